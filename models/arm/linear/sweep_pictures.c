/* Over the slope, and what the three pictures of crease arm sweep share. */
#include "arm/linear/sweep_program.h"
#include "arm/step/pictures.h"
#include <math.h>
#include <stdio.h>

enum { POINTS = 401 };

const char *arm_sweep_family(const arm_sweep_point *p) {
    return p->named ? arm_picture_family(p->pair) : "other";
}

crease_status arm_sweep_set_label(crease_plot *plot, size_t i, const char *label, const char *role,
                                  crease_error *error) {
    char variable[32];
    snprintf(variable, sizeof variable, "label_%zu", i + 1);
    crease_status status = crease_plot_set_text(plot, variable, label, error);
    snprintf(variable, sizeof variable, "family_%zu", i + 1);
    return status == CREASE_OK ? crease_plot_set_text(plot, variable, role, error) : status;
}

void arm_sweep_title(const arm_sweep_run *run, bool loop, char *text, size_t size) {
    const arm_sweep_setup *s = &run->setup;
    char lag[32] = "", sample[48] = "";
    if (loop && s->lag > 0)
        snprintf(lag, sizeof lag, ", lag %g s", s->lag);
    if (loop && s->sample > 0)
        snprintf(sample, sizeof sample, ", sampled every %g s", s->sample);
    snprintf(text, size, "model %s, law %s, %s%s%s", s->plant.name, arm_law_name(s->controller.law),
             run->gravity ? "gravity" : "no gravity", lag, sample);
}

size_t arm_sweep_shown(const arm_sweep_run *run, const arm_sweep_point *list[ARM_SWEEP_MOST_CURVES]) {
    size_t count = run->pairs > 0 ? run->pairs : run->slopes, first = run->pairs > 0 ? run->slopes : 0;
    count = count < ARM_SWEEP_MOST_CURVES ? count : ARM_SWEEP_MOST_CURVES;
    for (size_t i = 0; i < count; i++)
        list[i] = &run->point[first + i];
    return count;
}

/* ---- over the slope ---- */

static void slope_range(const arm_sweep_run *run, double *from, double *to) {
    *from = INFINITY;
    *to = 0;
    for (size_t i = 0; i < run->count; i++) {
        double slope = run->point[i].slope;
        if (slope > 0) {
            *from = fmin(*from, slope / 1.15);
            *to = fmax(*to, slope * 1.15);
        }
    }
}

/* A part of six columns: slope, frequency, damping ratio, overshoot, settling time, damping with lag and
 * sampling. */
static crease_status add_curve(const arm_sweep_run *run, double gain, double from, double to,
                               crease_plot *plot, crease_error *error) {
    double column[6][POINTS], *data[6];
    arm_sweep_range(from, to, POINTS, column[0]);
    for (size_t i = 0; i < POINTS; i++) {
        arm_sweep_point p;
        crease_status status = arm_sweep_line(&run->setup, column[0][i], gain, &p, error);
        if (status != CREASE_OK)
            return status;
        column[1][i] = p.step.natural_frequency;
        column[2][i] = p.step.damping_ratio;
        column[3][i] = p.step.overshoot_pct;
        column[4][i] = p.step.settle_2pct_s;
        column[5][i] = p.pole_damping;
    }
    for (size_t j = 0; j < 6; j++)
        data[j] = column[j];
    return crease_plot_add_data(plot, "theory", POINTS, 6, (const double *const *)data, error);
}

/* A part for each pair, a row for each gain that is drawn. */
static crease_status add_pair(const arm_sweep_run *run, size_t k, size_t gains, crease_plot *plot,
                              crease_error *error) {
    double column[5][ARM_SWEEP_MOST_CURVES], *data[5];
    size_t each = run->slopes + run->pairs;
    for (size_t i = 0; i < gains; i++) {
        const arm_sweep_point *p = &run->point[i * each + run->slopes + k];
        column[0][i] = p->slope;
        column[1][i] = p->step.natural_frequency;
        column[2][i] = p->step.damping_ratio;
        column[3][i] = p->metrics.overshoot_pct;
        column[4][i] = p->metrics.settle_2pct_s;
    }
    for (size_t j = 0; j < 5; j++)
        data[j] = column[j];
    return crease_plot_add_data(plot, "pairs", gains, 5, (const double *const *)data, error);
}

static const char *loop_label(const arm_sweep_setup *s) {
    return s->lag > 0 && s->sample > 0 ? "of the slowest pole, lag and sampled"
           : s->lag > 0                ? "of the slowest pole with the lag"
           : s->sample > 0             ? "of the slowest pole, sampled"
                                       : "";
}

crease_status arm_sweep_over_slope(const arm_sweep_run *run, crease_plot **plot, const char **what_to_see,
                                   crease_error *error) {
    char text[128];
    double from, to;
    size_t gains = run->gains < ARM_SWEEP_MOST_CURVES ? run->gains : ARM_SWEEP_MOST_CURVES;
    slope_range(run, &from, &to);
    arm_sweep_title(run, false, text, sizeof text);
    *what_to_see =
        run->setup.controller.law == ARM_LAW_PDI
            ? "with the damping inside, more slope damps better beyond the least damped slope."
            : "frequency and overshoot rise with the slope of the pair and damping falls; while it rings, "
              "the settling time only jumps from ring to ring.";
    crease_status status = crease_plot_new("arm_sweep", plot, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(*plot, "title_text", text, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(*plot, "curves", (double)gains, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(*plot, "pairs", (double)run->pairs, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(*plot, "loop_label", loop_label(&run->setup), error);
    for (size_t i = 0; i < gains && status == CREASE_OK; i++) {
        char label[64];
        snprintf(text, sizeof text, "gain_label_%zu", i + 1);
        snprintf(label, sizeof label, "theory, K = %.4g N m", run->gain[i]);
        status = crease_plot_set_text(*plot, text, label, error);
        if (status == CREASE_OK)
            status = add_curve(run, run->gain[i], from, to, *plot, error);
    }
    for (size_t k = 0; k < run->pairs && status == CREASE_OK; k++) {
        const arm_sweep_point *p = &run->point[run->slopes + k];
        snprintf(text, sizeof text, "%s, simulated", arm_pair_name(p->pair));
        status = arm_sweep_set_label(*plot, k, text, arm_sweep_family(p), error);
        if (status == CREASE_OK)
            status = add_pair(run, k, gains, *plot, error);
    }
    return status;
}
