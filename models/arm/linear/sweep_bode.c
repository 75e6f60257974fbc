/* The Bode plot. The phase is unwrapped: it turns by less than half a circle from point to point. */
#include "arm/linear/sweep_program.h"
#include <math.h>
#include <stdio.h>

enum { POINTS = 401 };

static void response(const arm_linear_loop *loop, double from, double to, double late, double *frequency,
                     double *modulus, double *phase) {
    double turned = 0, last = 0;
    arm_sweep_range(from, to, POINTS, frequency);
    for (size_t i = 0; i < POINTS; i++) {
        double complex L = arm_linear_response(loop, frequency[i]);
        double angle = carg(L) - frequency[i] * late;
        if (i == 0 && angle > 1e-9) /* upright, the loop begins at -180 degrees */
            turned = -2 * M_PI;
        while (i > 0 && angle + turned - last > M_PI)
            turned -= 2 * M_PI;
        while (i > 0 && angle + turned - last < -M_PI)
            turned += 2 * M_PI;
        last = angle + turned;
        modulus[i] = cabs(L);
        phase[i] = last * 180 / M_PI;
    }
}

/* The phase at one frequency on the curve's own turn. */
static double phase_on(const double *frequency, const double *phase, double at, const arm_linear_loop *loop) {
    size_t i = 0;
    while (i + 1 < POINTS && frequency[i + 1] < at)
        i++;
    double exact = carg(arm_linear_response(loop, at)) * 180 / M_PI;
    return exact + 360 * round((phase[i] - exact) / 360);
}

/* Parts of two rows, where |L| = 1 and where the phase is -180 degrees: frequency, |L|, phase; and the label. */
static crease_status add_margins(const arm_sweep_point *p, size_t i, const double *frequency,
                                 const double *phase, crease_plot *plot, crease_error *error) {
    const arm_margins *m = &p->margins;
    double at[2] = {m->phase_margin_frequency, m->gain_margin_frequency}, size[2] = {NAN, NAN},
           angle[2] = {NAN, NAN};
    char name[32], label[128], gain[64];
    for (size_t k = 0; k < 2; k++)
        if (at[k] > 0) {
            size[k] = cabs(arm_linear_response(&p->loop, at[k]));
            angle[k] = phase_on(frequency, phase, at[k], &p->loop);
        }
    arm_sweep_label(p, name, sizeof name);
    if (m->stable && isinf(m->gain_margin))
        snprintf(gain, sizeof gain, "any gain");
    else if (!m->stable && m->lower_gain_margin > 1)
        snprintf(gain, sizeof gain, "needs %.3g times its gain", m->lower_gain_margin);
    else if (isnan(m->gain_margin))
        snprintf(gain, sizeof gain, "with any gain");
    else
        snprintf(gain, sizeof gain, "gain margin %.3g (%.1f dB)", m->gain_margin, 20 * log10(m->gain_margin));
    if (isnan(m->phase_margin_deg))
        snprintf(label, sizeof label, "%s: %s%s", name, m->stable ? "" : "unstable, ", gain);
    else
        snprintf(label, sizeof label, "%s: %sphase margin %.1f°, %s", name, m->stable ? "" : "unstable, ",
                 m->phase_margin_deg, gain);
    crease_status status = arm_sweep_set_label(plot, i, label, arm_sweep_family(p), error);
    return status == CREASE_OK
               ? crease_plot_add_data(plot, "margins", 2, 3, (const double *const[]){at, size, angle}, error)
               : status;
}

static void frequency_range(const arm_sweep_run *run, const arm_sweep_point *const *list, size_t count,
                            double *from, double *to) {
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < count; i++) {
        const double at[] = {list[i]->margins.phase_margin_frequency, list[i]->margins.gain_margin_frequency,
                             arm_linear_pole_frequency(&list[i]->loop, list[i]->pole[0])};
        for (size_t k = 0; k < 3; k++)
            if (at[k] > 0 && isfinite(at[k])) {
                least = fmin(least, at[k]);
                most = fmax(most, at[k]);
            }
    }
    *from = most > 0 ? least / 10 : 0.1;
    *to = most > 0 ? most * 10 : 100;
    if (run->setup.sample > 0)
        *to = fmin(*to, M_PI / run->setup.sample); /* Nyquist */
    if (*from >= *to)
        *from = *to / 100;
}

/* What is often said of sampling instead of the exact response: continuous, and half a period late. */
static crease_status add_rule_of_thumb(const arm_sweep_run *run, const arm_sweep_point *p, double from,
                                       double to, crease_plot *plot, crease_error *error) {
    double frequency[POINTS], modulus[POINTS], phase[POINTS];
    arm_controller controller = run->setup.controller;
    arm_linear_loop loop;
    controller.gain = p->gain;
    crease_status status =
        arm_linear_make(&run->setup.plant, &controller, p->slope, p->rest, run->setup.lag, 0, &loop, error);
    if (status != CREASE_OK)
        return status;
    response(&loop, from, to, run->setup.sample / 2, frequency, modulus, phase);
    return crease_plot_add_data(plot, "thumb", POINTS, 3, (const double *const[]){frequency, modulus, phase},
                                error);
}

static crease_status fill_bode(const arm_sweep_run *run, crease_plot *plot, crease_error *error) {
    const arm_sweep_point *list[ARM_SWEEP_MOST_CURVES];
    size_t count = arm_sweep_shown(run, list);
    double from, to, frequency[POINTS], modulus[POINTS], phase[POINTS];
    char text[160];
    frequency_range(run, list, count, &from, &to);
    arm_sweep_title(run, true, text, sizeof text);
    crease_status status = crease_plot_set_text(plot, "title_text", text, error);
    for (size_t i = 0; i < count && status == CREASE_OK; i++) {
        response(&list[i]->loop, from, to, 0, frequency, modulus, phase);
        status = crease_plot_add_data(plot, "response", POINTS, 3,
                                      (const double *const[]){frequency, modulus, phase}, error);
        if (status == CREASE_OK)
            status = add_margins(list[i], i, frequency, phase, plot, error);
    }
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "curves", (double)count, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "sampled", run->setup.sample > 0, error);
    if (status == CREASE_OK && run->setup.sample > 0)
        status = add_rule_of_thumb(run, list[0], from, to, plot, error);
    return status;
}

crease_status arm_sweep_bode(const arm_sweep_run *run, crease_plot **plot, const char **what_to_see,
                             crease_error *error) {
    *what_to_see =
        "where |L| passes 1 the phase is still the phase margin above -180°; where the phase passes -180°, "
        "|L| is still the gain margin below 1.";
    crease_status status = crease_plot_new("arm_bode", plot, error);
    return status == CREASE_OK ? fill_bode(run, *plot, error) : status;
}
