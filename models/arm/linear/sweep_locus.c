/* The root locus: a branch is followed from gain to gain by the nearest poles, which steps short enough make
 * its own. */
#include "arm/linear/sweep_program.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { POINTS = 3000 };

typedef struct locus {
    size_t order, points;
    double *real[ARM_MOST_POLES], *imaginary[ARM_MOST_POLES]; /* of one block */
} locus;

/* The order of `found` that is nearest to `last`, by all permutations. */
static void follow(size_t n, const double complex *last, double complex *found) {
    static const size_t permutation[][ARM_MOST_POLES] = {{0, 1, 2}, {1, 0, 2}, {0, 2, 1},
                                                         {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};
    double best = INFINITY;
    double complex kept[ARM_MOST_POLES] = {0};
    for (size_t k = 0; k < (n == 2 ? 2 : 6); k++) {
        double apart = 0;
        for (size_t i = 0; i < n; i++)
            apart += cabs(found[permutation[k][i]] - last[i]);
        if (apart < best) {
            best = apart;
            for (size_t i = 0; i < n; i++)
                kept[i] = found[permutation[k][i]];
        }
    }
    for (size_t i = 0; i < n; i++)
        found[i] = kept[i];
}

/* From gain 0 on to `most`, in steps of the gain that grow and shrink so that no pole moves by more than a
 * hundredth of what is seen (where two meet, they move as the square root of the step). */
static crease_status trace(const arm_linear_loop *loop, double least, double most, double size, locus *l,
                           crease_error *error) {
    double complex last[ARM_MOST_POLES], pole[ARM_MOST_POLES], centre = loop->sample > 0 ? 1 : 0;
    double gain = 0, growth = 0.01;
    for (l->points = 0; l->points < POINTS && gain < most;) {
        double next = l->points == 0 ? 0 : fmax(least, gain * (1 + growth)), moved = 0;
        crease_status status = arm_linear_poles(loop, next, pole, error);
        if (status != CREASE_OK)
            return status;
        if (l->points > 0)
            follow(l->order, last, pole);
        for (size_t i = 0; i < l->order && l->points > 0; i++)
            moved = fmax(moved, cabs(pole[i] - last[i]) / fmax(size, cabs(pole[i] - centre)));
        if (moved > 0.01 && growth > 1e-7 && gain > 0) {
            growth /= 2;
            continue;
        }
        for (size_t i = 0; i < l->order; i++) {
            last[i] = pole[i];
            l->real[i][l->points] = creal(pole[i]);
            l->imaginary[i][l->points] = cimag(pole[i]);
        }
        gain = next;
        growth = moved < 0.004 ? fmin(0.05, 2 * growth) : growth;
        l->points++;
    }
    return CREASE_OK;
}

static crease_status add_points(crease_plot *plot, const char *block, const double complex *z, size_t count,
                                crease_error *error) {
    double real[ARM_MOST_POLES + 1], imaginary[ARM_MOST_POLES + 1];
    for (size_t i = 0; i < count; i++) {
        real[i] = creal(z[i]);
        imaginary[i] = cimag(z[i]);
    }
    if (count == 0) { /* a block without numbers */
        real[0] = imaginary[0] = NAN;
        count = 1;
    }
    return crease_plot_add_data(plot, block, count, 2, (const double *const[]){real, imaginary}, error);
}

/* What the picture shows, in units of its plane. */
typedef struct window {
    double left;        /* lowest real part of a pole at gain 0 */
    double all, nearby; /* size of the poles on the edge; of those of the marked loops about 0 or z = 1 */
} window;

/* The poles on the edge at the upper limit. */
static crease_status add_critical(const arm_sweep_point *p, crease_plot *plot, window *w,
                                  crease_error *error) {
    double complex z[ARM_MOST_POLES];
    size_t found = 0;
    if (isfinite(p->stable_gains.upper)) {
        crease_status status = arm_linear_poles(&p->loop, p->stable_gains.upper, z, error);
        if (status != CREASE_OK)
            return status;
        for (size_t i = 0; i < p->loop.order; i++) {
            double size = cabs(z[i]), off = p->loop.sample > 0 ? size - 1 : creal(z[i]) / size;
            if (fabs(off) < 1e-6) {
                z[found++] = z[i];
                w->all = fmax(w->all, size);
            }
        }
    }
    return add_points(plot, "critical", z, found, error);
}

static crease_status add_marks(const arm_sweep_point *const *list, size_t count, crease_plot *plot, window *w,
                               crease_error *error) {
    const arm_linear_loop *loop = &list[0]->loop;
    double complex z[ARM_MOST_POLES];
    size_t found;
    crease_status status = arm_linear_poles(loop, 0, z, error);
    if (status == CREASE_OK)
        status = add_points(plot, "open", z, loop->order, error);
    for (size_t i = 0; i < loop->order && status == CREASE_OK; i++)
        w->left = fmin(w->left, creal(z[i]));
    if (status == CREASE_OK)
        status = arm_linear_zeros(loop, z, &found, error);
    if (status == CREASE_OK)
        status = add_points(plot, "zeros", z, found, error);
    for (size_t i = 0; i < count && status == CREASE_OK; i++) {
        char label[64];
        arm_sweep_label(list[i], label, sizeof label);
        status = arm_sweep_set_label(plot, i, label, arm_sweep_family(list[i]), error);
        if (status == CREASE_OK)
            status = add_points(plot, "marks", list[i]->pole, loop->order, error);
        /* a pair of poles is together by its slower one */
        double size = cabs(list[i]->pole[0] - (loop->sample > 0 ? 1 : 0));
        w->nearby = fmax(w->nearby, size);
    }
    w->all = fmax(w->all, w->nearby);
    return status;
}

static crease_status fill_locus(const arm_sweep_run *run, crease_plot *plot, locus *l, crease_error *error) {
    const arm_sweep_point *list[ARM_SWEEP_MOST_CURVES];
    size_t count = arm_sweep_shown(run, list);
    const arm_sweep_point *p = list[0];
    char text[160];
    window w = {0, 0, 0};
    double most = isfinite(p->stable_gains.upper) ? p->stable_gains.upper : 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, list[i]->gain * list[i]->slope);
    arm_sweep_title(run, true, text, sizeof text);
    crease_status status = crease_plot_set_text(plot, "title_text", text, error);
    if (isfinite(p->stable_gains.upper))
        snprintf(text, sizeof text, "edge of stability, K φ' = %.4g", p->stable_gains.upper);
    else
        snprintf(text, sizeof text, "%s",
                 isnan(p->stable_gains.upper) ? "no gain makes it stable" : "no gain makes it unstable");
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "critical_label", text, error);
    if (status == CREASE_OK)
        status = add_critical(p, plot, &w, error);
    if (status == CREASE_OK)
        status = add_marks(list, count, plot, &w, error);
    if (status == CREASE_OK)
        status = trace(&p->loop, most * 1e-6, most * 20, w.nearby, l, error);
    for (size_t i = 0; i < l->order && status == CREASE_OK; i++)
        status = crease_plot_add_data(plot, "branch", l->points, 2,
                                      (const double *const[]){l->real[i], l->imaginary[i]}, error);
    const struct {
        const char *name;
        double value;
    } number[] = {{"branches", (double)l->order},
                  {"marks", (double)count},
                  {"sampled", run->setup.sample > 0},
                  {"all_left", fmin(1.1 * w.left, -1.2 * w.all)},
                  {"all_size", w.all},
                  {"near_size", 1.25 * w.nearby}};
    for (size_t i = 0; i < sizeof number / sizeof *number && status == CREASE_OK; i++)
        status = crease_plot_set_number(plot, number[i].name, number[i].value, error);
    return status;
}

crease_status arm_sweep_locus(const arm_sweep_run *run, crease_plot **plot, const char **what_to_see,
                              crease_error *error) {
    locus l = {.order = run->point[0].loop.order};
    double *storage = malloc(2 * l.order * POINTS * sizeof *storage);
    *what_to_see =
        run->setup.sample > 0
            ? "as the gain grows the poles move, and outside the unit circle the loop is unstable."
            : "as the gain grows the poles move, and right of the vertical line the loop is unstable.";
    crease_status status = crease_plot_new("arm_root_locus", plot, error);
    if (status == CREASE_OK && !storage)
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for the root locus");
    for (size_t i = 0; i < l.order && storage; i++) {
        l.real[i] = storage + 2 * i * POINTS;
        l.imaginary[i] = l.real[i] + POINTS;
    }
    if (status == CREASE_OK)
        status = fill_locus(run, *plot, &l, error);
    free(storage);
    return status;
}
