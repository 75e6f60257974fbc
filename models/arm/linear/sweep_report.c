/* What crease arm sweep found, as tables, as JSON and as CSV. */
#include "arm/linear/sweep_program.h"
#include "crease/crease.h"
#include <math.h>
#include <stdio.h>

static const char no_torque[] = "no torque pulls the arm back to this point of rest, so it is not stable";
static const char any_gain[] = "no gain makes it unstable";
static const char no_gain[] = "no gain makes it stable";

void arm_sweep_label(const arm_sweep_point *point, char *text, size_t size) {
    if (point->named)
        snprintf(text, size, "%s", arm_pair_name(point->pair));
    else
        snprintf(text, size, "slope %.6g", point->slope);
}

static const char *with(const arm_sweep_run *run) {
    bool lags = run->setup.lag > 0, sampled = run->setup.sample > 0;
    return lags && sampled ? " with lag and sampling,"
           : lags          ? " with the lag,"
           : sampled       ? " with sampling,"
                           : ",";
}

/* K at which this point's slope reaches the limit. */
static double critical_gain(const arm_sweep_point *p) {
    return p->stable_gains.upper / p->slope;
}

static void print_title(const arm_sweep_run *run) {
    const arm_sweep_setup *s = &run->setup;
    printf("Model %s, law %s, %s, reference %g rad", s->plant.name, arm_law_name(s->controller.law),
           run->gravity ? "gravity" : "no gravity", s->motion.reference);
    if (s->controller.law == ARM_LAW_PDX)
        printf(", Kd %g N m s/rad", s->controller.rate_gain);
    if (s->controller.law == ARM_LAW_PDI)
        printf(", Td %g s", s->controller.lead_time);
    if (s->lag > 0)
        printf(", lag of the drive %g s", s->lag);
    if (s->sample > 0)
        printf(", sampled every %g s", s->sample);
    puts(".");
}

static void print_theory(const arm_sweep_run *run) {
    puts("Small motions about the point of rest, second-order theory (no lag, no sampling):\n");
    crease_report *report = crease_report_new(
        10, (const char *const[]){"law", "K N m", "slope", "rest rad", "Keff N m/rad", "wn rad/s", "zeta",
                                  "overshoot %", "rise s", "settling s"});
    for (size_t i = 0; i < run->count; i++) {
        const arm_sweep_point *p = &run->point[i];
        char label[32];
        arm_sweep_label(p, label, sizeof label);
        crease_report_text(report, "%s", p->named ? label : "line");
        crease_report_number(report, p->gain, 6);
        crease_report_number(report, p->slope, 4);
        crease_report_number(report, p->rest, 4);
        crease_report_number(report, p->effective_gain, 5);
        crease_report_number(report, p->step.natural_frequency, 5);
        crease_report_number(report, p->step.damping_ratio, 5);
        crease_report_number(report, p->step.overshoot_pct, 4);
        crease_report_number(report, p->step.rise_10_90_s, 4);
        crease_report_number(report, p->step.settle_2pct_s, 5);
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
}

static void print_loop(const arm_sweep_run *run) {
    bool sampled = run->setup.sample > 0;
    printf("\nThe loop%s its poles (%s plane) and how far it is from the edge of stability%s:\n\n", with(run),
           sampled ? "z" : "s", run->gravity ? ", resting where it does" : "");
    crease_report *report = crease_report_new(
        9, (const char *const[]){"law", "K N m", "stable", "slowest pole", "its zeta", "gain margin",
                                 "phase margin deg", "at rad/s", "K critical"});
    for (size_t i = 0; i < run->count; i++) {
        const arm_sweep_point *p = &run->point[i];
        char label[32];
        arm_sweep_label(p, label, sizeof label);
        crease_report_text(report, "%s", label);
        crease_report_number(report, p->gain, 6);
        crease_report_text(report, "%s", p->margins.stable ? "yes" : "NO");
        if (cimag(p->pole[0]) != 0)
            crease_report_text(report, "%.4g +- %.4gj", creal(p->pole[0]), fabs(cimag(p->pole[0])));
        else
            crease_report_text(report, "%.4g", creal(p->pole[0]));
        crease_report_number(report, p->pole_damping, 4);
        if (isinf(p->margins.gain_margin))
            crease_report_text(report, "any gain");
        else
            crease_report_number(report, p->margins.gain_margin, 5);
        crease_report_number(report, p->margins.phase_margin_deg, 4);
        crease_report_number(report, p->margins.phase_margin_frequency, 4);
        if (isinf(p->stable_gains.upper))
            crease_report_text(report, "none");
        else
            crease_report_number(report, critical_gain(p), 6);
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
}

static void print_simulated(const arm_sweep_run *run) {
    crease_report *report = NULL;
    for (size_t i = 0; i < run->count; i++) {
        const arm_sweep_point *p = &run->point[i];
        if (!p->simulated)
            continue;
        if (!report)
            report =
                crease_report_new(9, (const char *const[]){"law", "K N m", "overshoot %", "theory", "rise s",
                                                           "theory", "settling s", "theory", "torque N m"});
        crease_report_text(report, "%s", arm_pair_name(p->pair));
        crease_report_number(report, p->gain, 6);
        crease_report_number(report, p->metrics.overshoot_pct, 4);
        crease_report_number(report, p->step.overshoot_pct, 4);
        crease_report_number(report, p->metrics.rise_10_90_s, 4);
        crease_report_number(report, p->step.rise_10_90_s, 4);
        crease_report_number(report, p->metrics.settle_2pct_s, 5);
        crease_report_number(report, p->step.settle_2pct_s, 5);
        crease_report_number(report, p->metrics.peak_torque_n_m, 4);
    }
    if (!report)
        return;
    printf(
        "\nThe whole step from 0 to %g rad, simulated%s with all that is not linear, beside that theory:\n\n",
        run->setup.motion.reference, with(run));
    crease_report_print(report, stdout);
    crease_report_free(report);
}

int arm_sweep_print(const arm_sweep_run *run) {
    print_title(run);
    print_theory(run);
    print_loop(run);
    print_simulated(run);
    return crease_app_end(&run->app);
}

/* ---- JSON ---- */

static json_t *complex_pair(double complex z) {
    return crease_json_numbers((double[]){creal(z), cimag(z)}, 2);
}

static void set_theory(json_t *row, const arm_sweep_point *p) {
    const arm_second_order *s = &p->step;
    crease_json_set_number(row, "effective_gain_n_m_rad", p->effective_gain, NULL);
    crease_json_set_number(row, "natural_frequency_rad_s", s->natural_frequency, no_torque);
    crease_json_set_number(row, "damping_ratio", s->damping_ratio, no_torque);
    bool rests = isfinite(s->natural_frequency);
    crease_json_set_number(row, "rise_10_90_s", s->rise_10_90_s, no_torque);
    crease_json_set_number(row, "overshoot_pct", s->overshoot_pct, no_torque);
    crease_json_set_number(row, "peak_time_s", s->peak_time_s,
                           rests ? "from damping ratio 1 on there is no peak" : no_torque);
    crease_json_set_number(row, "settle_2pct_s", s->settle_2pct_s,
                           rests ? "without damping it never settles" : no_torque);
}

static void set_loop(json_t *row, const arm_sweep_run *run, const arm_sweep_point *p) {
    const arm_margins *m = &p->margins;
    static const char no_crossover[] = "the loop gain is below 1 at all frequencies";
    const char *why = isnan(p->stable_gains.lower) ? no_gain : any_gain;
    json_t *poles = json_array();
    for (size_t i = 0; i < p->loop.order; i++)
        json_array_append_new(poles, complex_pair(p->pole[i]));
    json_object_set_new(row, "poles", poles);
    crease_json_set_number(row, "slowest_pole_damping_ratio", p->pole_damping, "the pole is at 0");
    json_object_set_new(row, "stable", json_boolean(m->stable));
    crease_json_set_number(row, "critical_K_n_m", critical_gain(p), why);
    crease_json_set_number(row, "least_K_n_m", p->stable_gains.lower / p->slope, no_gain);
    crease_json_set_number(row, "gain_margin", m->gain_margin,
                           m->stable ? any_gain : "a smaller gain does not help");
    crease_json_set_number(row, "gain_margin_frequency_rad_s", m->gain_margin_frequency,
                           m->stable ? any_gain : "a smaller gain does not help");
    crease_json_set_number(row, "phase_margin_deg", m->phase_margin_deg, no_crossover);
    crease_json_set_number(row, "phase_margin_frequency_rad_s", m->phase_margin_frequency, no_crossover);
    crease_json_set_number(row, "delay_margin_s", m->delay_margin_s,
                           !m->stable              ? "it is not stable without a delay"
                           : run->setup.sample > 0 ? "a delay of a sampled loop falls between the samples"
                                                   : "any delay leaves it stable");
}

static json_t *simulated(const arm_sweep_point *p) {
    const arm_metrics *m = &p->metrics;
    json_t *object = json_object();
    crease_json_set_number(object, "rise_10_90_s", m->rise_10_90_s, m->rise_why);
    crease_json_set_number(object, "overshoot_pct", m->overshoot_pct, m->overshoot_why);
    crease_json_set_number(object, "peak_time_s", m->peak_time_s, m->peak_time_why);
    crease_json_set_number(object, "settle_2pct_s", m->settle_2pct_s, m->settle_why);
    crease_json_set_number(object, "q_ss_rad", m->q_ss_rad, m->q_ss_why);
    crease_json_set_number(object, "peak_torque_n_m", m->peak_torque_n_m, NULL);
    return object;
}

int arm_sweep_print_json(const arm_sweep_run *run) {
    const arm_sweep_setup *s = &run->setup;
    json_t *object = crease_json_begin("arm-sweep"), *rows = json_array();
    crease_json_set_text(object, "model", s->plant.name);
    crease_json_set_text(object, "parameters", run->parameters);
    crease_json_set_text(object, "law", arm_law_name(s->controller.law));
    crease_json_set_number(object, "Kd", s->controller.rate_gain, NULL);
    crease_json_set_number(object, "Td", s->controller.lead_time, NULL);
    crease_json_set_count(object, "gravity", run->gravity);
    crease_json_set_number(object, "reference_rad", s->motion.reference, NULL);
    crease_json_set_number(object, "lag_s", s->lag, NULL);
    crease_json_set_number(object, "sample_s", s->sample, NULL);
    crease_json_set_text(object, "poles_of", s->sample > 0 ? "z" : "s");
    for (size_t i = 0; i < run->count; i++) {
        const arm_sweep_point *p = &run->point[i];
        json_t *row = json_object();
        crease_json_set_text(row, "act", p->named ? arm_pair_name(p->pair) : NULL);
        crease_json_set_number(row, "K", p->gain, NULL);
        crease_json_set_number(row, "slope", p->slope, NULL);
        crease_json_set_number(row, "q_ss_rad", p->rest, NULL);
        set_theory(row, p);
        set_loop(row, run, p);
        json_object_set_new(row, "simulated", p->simulated ? simulated(p) : json_null());
        json_array_append_new(rows, row);
    }
    json_object_set_new(object, "rows", rows);
    crease_json_set_count(object, "seed", (size_t)run->app.seed);
    return crease_json_finish(&run->app, object);
}

/* ---- CSV ---- */

static double finite_or_gap(double value) {
    return isfinite(value) ? value : NAN;
}

static void fill_row(const arm_sweep_point *p, double *cell) {
    const double value[] = {p->named ? (double)p->pair + 1 : 0,
                            p->gain,
                            p->slope,
                            p->rest,
                            p->effective_gain,
                            p->step.natural_frequency,
                            p->step.damping_ratio,
                            p->step.overshoot_pct,
                            p->step.rise_10_90_s,
                            p->step.settle_2pct_s,
                            p->margins.stable,
                            creal(p->pole[0]),
                            cimag(p->pole[0]),
                            creal(p->pole[1]),
                            cimag(p->pole[1]),
                            p->loop.order > 2 ? creal(p->pole[2]) : NAN,
                            p->loop.order > 2 ? cimag(p->pole[2]) : NAN,
                            critical_gain(p),
                            p->margins.gain_margin,
                            p->margins.phase_margin_deg,
                            p->simulated ? p->metrics.overshoot_pct : NAN,
                            p->simulated ? p->metrics.rise_10_90_s : NAN,
                            p->simulated ? p->metrics.settle_2pct_s : NAN,
                            p->simulated ? p->metrics.peak_torque_n_m : NAN};
    for (size_t j = 0; j < sizeof value / sizeof *value; j++)
        cell[j] = finite_or_gap(value[j]);
}

crease_status arm_sweep_write(const arm_sweep_run *run, crease_error *error) {
    static const char *const names[] = {"pair",
                                        "K_n_m",
                                        "slope",
                                        "q_ss_rad",
                                        "Keff_n_m_rad",
                                        "wn_rad_s",
                                        "zeta",
                                        "overshoot_pct",
                                        "rise_s",
                                        "settling_s",
                                        "stable",
                                        "pole1_re",
                                        "pole1_im",
                                        "pole2_re",
                                        "pole2_im",
                                        "pole3_re",
                                        "pole3_im",
                                        "K_critical_n_m",
                                        "gain_margin",
                                        "phase_margin_deg",
                                        "simulated_overshoot_pct",
                                        "simulated_rise_s",
                                        "simulated_settling_s",
                                        "simulated_torque_n_m"};
    enum { COLUMNS = sizeof names / sizeof *names };
    crease_table *table = NULL;
    double cell[COLUMNS];
    crease_status status = crease_table_new(&table, run->count, COLUMNS, error);
    for (size_t j = 0; j < COLUMNS && status == CREASE_OK; j++)
        status = crease_table_set_name(table, j, names[j], error);
    for (size_t i = 0; i < run->count && status == CREASE_OK; i++) {
        fill_row(&run->point[i], cell);
        for (size_t j = 0; j < COLUMNS; j++)
            table->column[j][i] = cell[j];
    }
    if (status == CREASE_OK)
        status = crease_csv_save_gaps(run->csv_path, table, error);
    crease_table_free(table);
    return status;
}
