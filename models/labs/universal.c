/* Universal: values and derivatives of the best functions of n straight pieces (n - 1 ReLU units and a line), found with
 * certificate by crease/minimax.h; of trained tanh networks of as many units; of cubic splines on n intervals.
 *
 * The best continuous function of n free pieces has, as n grows, the largest error
 *
 *   E_n ~ (int sqrt|f''|)^2 / (16 n^2):   on a piece of length h a chord errs by |f''| h^2/8 on one side, shifted by
 *
 * half of it by |f''| h^2/16 on both, and pieces that share the error equally have h ~ 1/sqrt|f''| (de Boor 1978, A
 * Practical Guide to Splines, chapter III). For f = sin(2 pi x) on [0, 1] the integral is 2 B(3/4, 1/2),
 * for |sin(pi (x - .4))| half of that: a kink costs no more than a knot.
 * f' of such a function is a step function, wrong by about |f''| h/2; f'' is 0 but for a spike at each knot, the size of
 * its jump of slope: sum of jump_j phi(x_j) -> int f'' phi for smooth phi that vanish at the ends. */
#include "crease/fit.h"
#include "crease/minimax.h"
#include "labs/lab.h"
#include "labs/tools.h"
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_spline.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { GRID = 4001, ROWS = 401, MOST = 8, METHODS = 3 };
typedef enum method { RELU = 0, TANH, SPLINE } method;
static const double corner = .4; /* of the target with a kink */

typedef struct target {
    const char *name;
    bool kinked;
} target;
static const target targets[] = {{"smooth", false}, {"kinked", true}};

/* Largest error of the value, root mean square errors of the derivatives. */
typedef struct errors {
    double value, slope, curvature;
} errors;

typedef struct study {
    size_t widths;
    double pieces[MOST], width[MOST];
    errors e[2][METHODS][MOST]; /* NaN: not tried */
    double spikes;              /* error of int f'' sin(2 pi x) by the spikes of the widest, relative */
} study;

/* sin(2 pi x), or |sin(pi (x - corner))|, and derivatives. */
static void truth(const target *t, double x, double d[3]) {
    const double rate = t->kinked ? M_PI : 2 * M_PI, z = rate * (x - (t->kinked ? corner : 0));
    const double sign = t->kinked && sin(z) < 0 ? -1 : 1;
    d[0] = sign * sin(z);
    d[1] = sign * rate * cos(z);
    d[2] = -sign * rate * rate * sin(z);
}

/* A fitted function with its derivatives. */
typedef struct fitted {
    const crease_pwl *pwl;
    const crease_net *net;
    crease_work *work;
    const gsl_spline *spline;
} fitted;

static void evaluate(const fitted *f, double x, double d[3]) {
    if (f->pwl) {
        size_t piece = 0;
        while (piece < f->pwl->knot_count && x > f->pwl->x[piece])
            piece++;
        d[0] = crease_pwl_evaluate(f->pwl, x);
        d[1] = crease_pwl_slope(f->pwl, piece);
        d[2] = 0;
    } else if (f->net) {
        crease_net_input_gradient(f->net, NULL, f->work, 1, &x, &d[0], &d[1]);
        d[2] = lab_curvature(f->net, x);
    } else {
        d[0] = gsl_spline_eval(f->spline, x, NULL);
        d[1] = gsl_spline_eval_deriv(f->spline, x, NULL);
        d[2] = gsl_spline_eval_deriv2(f->spline, x, NULL);
    }
}

/* Values on the grid, derivatives halfway between, where no kink is. */
static errors errors_of(const target *t, const fitted *f) {
    errors e = {0, 0, 0};
    double is[3], should[3];
    for (size_t i = 0; i < GRID; i++) {
        const double x = (double)i / (GRID - 1);
        evaluate(f, x, is);
        truth(t, x, should);
        e.value = fmax(e.value, fabs(is[0] - should[0]));
        if (i + 1 == GRID)
            break;
        evaluate(f, x + .5 / (GRID - 1), is);
        truth(t, x + .5 / (GRID - 1), should);
        e.slope += pow(is[1] - should[1], 2) / (GRID - 1);
        e.curvature += pow(is[2] - should[2], 2) / (GRID - 1);
    }
    return (errors){e.value, sqrt(e.slope), sqrt(e.curvature)};
}

static void sample(const target *t, size_t n, double *x, double *y) {
    double d[3];
    lab_grid(n, 0, 1, x);
    for (size_t i = 0; i < n; i++) {
        truth(t, x[i], d);
        y[i] = d[0];
    }
}

/* The spikes weighed by sin(2 pi x), against int f'' sin(2 pi x) = -2 pi^2. */
static double spike_error(const crease_pwl *p) {
    double sum = 0;
    for (size_t j = 0; j < p->knot_count; j++)
        sum += (crease_pwl_slope(p, j + 1) - crease_pwl_slope(p, j)) * sin(2 * M_PI * p->x[j]);
    return fabs(sum / (-2 * M_PI * M_PI) - 1);
}

static crease_status best_relu(const lab_run *run, const target *t, size_t width, errors *e, double *spikes,
                               crease_error *error) {
    double *x = lab_numbers(GRID, 2);
    if (!x)
        return lab_no_memory(error, "universal");
    sample(t, GRID, x, x + GRID);
    const crease_data data = {GRID, 1, 1, x, x + GRID, NULL};
    const crease_minimax_options options = {.interrupted = run->setup.interrupted,
                                            .interrupted_context = run->setup.interrupted_context};
    crease_minimax_result result = {0};
    crease_status status = crease_minimax_fit(&data, width, &options, &result, error);
    if (status == CREASE_OK) {
        *e = errors_of(t, &(fitted){.pwl = result.pwl});
        if (!t->kinked)
            *spikes = spike_error(result.pwl);
    }
    crease_minimax_result_clear(&result);
    free(x);
    return status;
}

static crease_status trained_tanh(const lab_run *run, const target *t, size_t width, errors *e,
                                  crease_error *error) {
    double x[ROWS], y[ROWS];
    char spec[40];
    crease_net *net;
    crease_work *work = NULL;
    crease_fit_result result = {0};
    sample(t, ROWS, x, y);
    snprintf(spec, sizeof spec, "affine+tanh:%zu", width);
    const crease_data data = {ROWS, 1, 1, x, y, NULL};
    const crease_fit_options options = {.starts = 6,
                                        .iterations = 100,
                                        .seed = lab_seed(run),
                                        .threads = (size_t)lab_threads(run),
                                        .interrupted = run->setup.interrupted,
                                        .interrupted_context = run->setup.interrupted_context};
    crease_status status = crease_net_parse(spec, 1, 1, &net, error);
    if (status == CREASE_OK)
        status = crease_fit(net, &data, &options, &result, error);
    if (status == CREASE_OK)
        status = crease_work_new(net, &work, error);
    if (status == CREASE_OK)
        *e = errors_of(t, &(fitted){.net = net, .work = work});
    crease_fit_result_clear(&result);
    crease_work_free(work);
    crease_net_free(net);
    return status;
}

static crease_status cubic_spline(const target *t, size_t pieces, errors *e, crease_error *error) {
    double *x = lab_numbers(pieces + 1, 2), *y = x ? x + pieces + 1 : NULL;
    gsl_spline *spline = x ? gsl_spline_alloc(gsl_interp_cspline_periodic, pieces + 1) : NULL;
    crease_status status = spline ? CREASE_OK : lab_no_memory(error, "universal");
    if (status == CREASE_OK) {
        sample(t, pieces + 1, x, y);
        y[pieces] = y[0]; /* to the bit */
        gsl_spline_init(spline, x, y, pieces + 1);
        *e = errors_of(t, &(fitted){.spline = spline});
    }
    gsl_spline_free(spline);
    free(x);
    return status;
}

static crease_status measure_all(const lab_run *run, study *s, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t t = 0; t < 2; t++)
        for (size_t k = 0; k < s->widths && status == CREASE_OK && !lab_interrupted(run); k++) {
            const size_t width = (size_t)s->width[k];
            status = best_relu(run, &targets[t], width, &s->e[t][RELU][k], &s->spikes, error);
            s->e[t][TANH][k] = (errors){NAN, NAN, NAN};
            if (status == CREASE_OK && width <= lab_count(run, "tanh"))
                status = trained_tanh(run, &targets[t], width, &s->e[t][TANH][k], error);
            if (status == CREASE_OK)
                status = cubic_spline(&targets[t], width + 1, &s->e[t][SPLINE][k], error);
        }
    return status;
}

/* ---- what is recorded ---- */

static const char *const name[METHODS] = {"ReLU, best", "tanh, trained", "cubic spline"};

static void fill_table(lab_run *run, const study *s) {
    static const char *const columns[] = {
        "target", "units", "function", "largest error of f", "rms error of f'", "rms error of f''"};
    lab_table(run, "Errors of value, slope and curvature", 6, columns);
    for (size_t t = 0; t < 2; t++)
        for (size_t k = 1; k < s->widths; k += 2) /* the picture has all */
            for (int m = 0; m < METHODS; m++) {
                const errors *e = &s->e[t][m][k];
                if (isnan(e->value))
                    continue;
                lab_cell_text(run, "%s", targets[t].name);
                lab_cell(run, s->width[k]);
                lab_cell_text(run, "%s", name[m]);
                lab_cell(run, e->value);
                lab_cell(run, e->slope);
                lab_cell(run, e->curvature);
            }
}

static double part(const errors *e, int which) {
    return which == 0 ? e->value : which == 1 ? e->slope : e->curvature;
}

static void draw(lab_run *run, const study *s, double constant) {
    static const char *const role[METHODS] = {"relu", "tanh", "other"};
    static const char *const label[] = {"largest error of f", "rms error of f′", "rms error of f″",
                                        "largest error of f"};
    double y[MOST];
    for (int panel = 0; panel < 4; panel++) {
        const int which = panel % 3;
        lab_panel_begin(run, (lab_panel){.title = panel < 3 ? "sin 2πx" : "|sin π(x − 0.4)|",
                                         .x = "units",
                                         .y = label[panel],
                                         .log_x = true,
                                         .log_y = true});
        for (int m = 0; m < METHODS; m++) {
            size_t count = 0;
            for (size_t k = 0; k < s->widths && !isnan(s->e[panel == 3][m][k].value); k++)
                y[count++] = part(&s->e[panel == 3][m][k], which);
            lab_draw(run, LAB_LINES_POINTS, role[m], name[m], count, s->width, y);
        }
        for (size_t k = 0; k < s->widths; k++)
            y[k] = constant / (s->pieces[k] * s->pieces[k]);
        if (panel == 0)
            lab_draw(run, LAB_LINES, "exact", "theory", s->widths, s->width, y);
    }
}

/* Order in the number of pieces over the larger half of the widths. */
static double order_of(const study *s, int t, method m, int which) {
    double y[MOST];
    for (size_t k = 0; k < s->widths; k++)
        y[k] = part(&s->e[t][m][k], which);
    return lab_order(s->widths - s->widths / 2, s->pieces + s->widths / 2, y + s->widths / 2);
}

static size_t widest_tanh(const study *s) {
    size_t k = s->widths - 1;
    while (k > 0 && isnan(s->e[0][TANH][k].value))
        k--;
    return k;
}

static void conclude(lab_run *run, const study *s, double constant) {
    const size_t last = s->widths - 1, k = widest_tanh(s);
    const double claimed = lab_falsified(run) ? -1 : -2, n = s->pieces[last];
    const double order[3] = {order_of(s, 0, RELU, 0), order_of(s, 0, RELU, 1), order_of(s, 0, RELU, 2)};
    const double ratio = s->e[0][RELU][last].value * n * n, curvature = 4 * M_PI * M_PI * M_SQRT1_2;
    const double left = s->e[0][RELU][last].curvature / curvature;
    lab_measure(run, "order", "order of ReLU's error of f in the number of pieces", lab_exact(order[0]),
                claimed);
    lab_measure(run, "constant", "that error times the square of the pieces, at most pieces",
                lab_exact(ratio), constant);
    lab_measure(run, "constant_kinked", "the same of the target with a kink",
                lab_exact(s->e[1][RELU][last].value * n * n), constant / 4);
    lab_measure(run, "order_slope", "order of ReLU's error of f'", lab_exact(order[1]), -1);
    lab_measure(run, "order_curvature", "order of ReLU's error of f''", lab_exact(order[2]), 0);
    lab_measure(run, "curvature", "rms error of f'' of the widest ReLU net, of rms f''", lab_exact(left), 1);
    lab_measure(run, "spikes", "error of int f'' sin(2 pi x) by its spikes, relative", lab_exact(s->spikes),
                0);
    lab_measure(run, "order_spline", "order of the cubic spline's error of f",
                lab_exact(order_of(s, 0, SPLINE, 0)), -4);
    lab_measure(run, "order_kinked", "order of ReLU's error of f at a kink",
                lab_exact(order_of(s, 1, RELU, 0)), -2);
    lab_measure(run, "order_spline_kinked", "order of the cubic spline's error of f at a kink",
                lab_exact(order_of(s, 1, SPLINE, 0)), -1);
    const bool values = fabs(order[0] - claimed) < .25 && fabs(ratio / constant - 1) < .1;
    const bool rough = left > .9, slopes = order[1] < -.5;
    lab_conclude(run,
                 !values || !rough ? LAB_REFUTED
                 : slopes          ? LAB_CONFIRMED_WITH_LIMITS
                                   : LAB_CONFIRMED,
                 "With n pieces the error of f falls like n^%.2f, %.3g/n^2 at the end (theory %.3g/n^2); f'' "
                 "stays wrong by "
                 "%.0f %% of itself.",
                 order[0], ratio, constant, 100 * left);
    lab_say(run,
            "The slope does converge, as n^%.2f: a step function, but a closer and closer one. And f'' is "
            "not lost: the "
            "spikes hold it, weighed with a smooth function to %.1e.",
            order[1], s->spikes);
    lab_say(run,
            "On the smooth target %g tanh units err by %.1e in f, %g ReLU units by %.1e; on the kinked one "
            "by %.1e and "
            "%.1e. The cubic spline's order falls from %.1f to %.1f there.",
            s->width[k], s->e[0][TANH][k].value, s->width[k], s->e[0][RELU][k].value, s->e[1][TANH][k].value,
            s->e[1][RELU][k].value, order_of(s, 0, SPLINE, 0), order_of(s, 1, SPLINE, 0));
}

static crease_status universal(lab_run *run, crease_error *error) {
    study s = {0};
    const double integral = 2 * gsl_sf_beta(.75, .5), constant = integral * integral / 16;
    for (size_t width = 1; width <= lab_count(run, "relu") && s.widths < MOST; width *= 2) {
        s.width[s.widths] = (double)width;
        s.pieces[s.widths++] = (double)width + 1;
    }
    crease_status status = measure_all(run, &s, error);
    if (status != CREASE_OK || lab_interrupted(run))
        return status;
    fill_table(run, &s);
    draw(run, &s, constant);
    conclude(run, &s, constant);
    return CREASE_OK;
}

const lab_experiment lab_universal = {
    .name = "universal",
    .claim =
        "Enough units approximate any continuous function; ReLU gets the values but not smooth derivatives.",
    .control = "the error is claimed to fall like 1/n, not 1/n^2",
    .knob = {{"relu", 64, 8, 128, true, "most ReLU units, and pieces of the spline less one"},
             {"tanh", 8, 1, 32, true, "most tanh units"}},
    .run = universal,
};
