/* Kink: networks of equal width fitted to max(0, x - c), near the corner and elsewhere.
 *
 * A function g with |g''| <= M errs at a corner of jump J by E >= J^2 / (16 M): of the second difference over the width
 * 2h about the corner g has at most M h^2 and the corner J h, so J h - M h^2 <= 4 E; take h = J / (2 M). A smooth
 * network can sharpen, at the price of a curvature that grows like the inverse of the error; a ReLU unit is the corner.
 * Where the target is smooth it is the other way round, so other targets are fitted beside, and noisy data. */
#include "crease/fit.h"
#include "crease/random.h"
#include "labs/lab.h"
#include "labs/tools.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 101, FINE = 2001, NOISY = 60, KINDS = 4, WIDTHS = 3, TARGETS = 5, CLOSE = 401, NEAR = 25 };
static const double corner = .1, jump = 1;
static const char *const kind_name[KINDS] = {"ReLU", "tanh", "sigmoid", "hybrid"};
static const char *const kind_role[KINDS] = {"relu", "tanh", "sigmoid", "hybrid"};
static const char *const target_name[TARGETS] = {"corner", "corner, curved arms", "corner, rounded", "wave",
                                                 "soft step"};

typedef struct findings {
    size_t widths;
    double width[WIDTHS];
    double largest[KINDS][WIDTHS]; /* error on the corner */
    double bound[KINDS][WIDTHS];   /* that error as a multiple of J^2 / (16 M) */
    double wave[KINDS][WIDTHS];    /* largest error on the wave */
    double rmse[TARGETS][KINDS];
    size_t smooth_wins, noisy; /* of so many noisy samples of the corner */
} findings;

/* Falsified: the corner is round. */
static double truth(const lab_run *run, size_t target, double x) {
    const double d = x - corner, radius = .2;
    switch (target) {
    case 0:
        return lab_falsified(run) ? radius * log1p(exp(d / radius)) : fmax(0, d);
    case 1:
        return fmax(0, d) + .2 * sin(4 * x);
    case 2:
        return .05 * log1p(exp(d / .05));
    case 3:
        return sin(3 * x);
    default:
        return d / sqrt(.01 + d * d);
    }
}

static crease_status fit(const lab_run *run, size_t kind, size_t width, const crease_data *data,
                         size_t threads, crease_net **net, crease_error *error) {
    char spec[48];
    if (kind == 3)
        snprintf(spec, sizeof spec, "tanh:%zu+relu:1", width - 1);
    else
        snprintf(spec, sizeof spec, "%s:%zu", kind_role[kind], width);
    const crease_fit_options options = {.starts = 3,
                                        .iterations = 50,
                                        .seed = lab_seed(run),
                                        .threads = threads,
                                        .interrupted = run->setup.interrupted,
                                        .interrupted_context = run->setup.interrupted_context};
    crease_fit_result result = {0};
    crease_status status = crease_net_parse(spec, 1, 1, net, error);
    if (status == CREASE_OK)
        status = crease_fit(*net, data, &options, &result, error);
    crease_fit_result_clear(&result);
    return status;
}

typedef struct quality {
    double largest, rmse, curvature;
} quality;

static crease_status judge(const lab_run *run, size_t target, const crease_net *net, quality *q,
                           crease_error *error) {
    double *x = lab_numbers(FINE, 2), *y = x ? x + FINE : NULL, sum = 0;
    crease_work *work = NULL;
    crease_status status = x ? crease_work_new(net, &work, error) : lab_no_memory(error, "kink");
    *q = (quality){0, 0, 0};
    if (status == CREASE_OK) {
        lab_grid(FINE, -1, 1, x);
        crease_net_evaluate(net, NULL, work, FINE, x, y);
    }
    for (size_t i = 0; i < FINE && status == CREASE_OK; i++) {
        const double wrong = fabs(y[i] - truth(run, target, x[i]));
        q->largest = fmax(q->largest, wrong);
        if (target == 0)
            q->curvature = fmax(q->curvature, fabs(lab_curvature(net, x[i])));
        sum += wrong * wrong;
    }
    q->rmse = sqrt(sum / FINE);
    crease_work_free(work);
    free(x);
    return status;
}

/* A network of this kind on ROWS exact values of the target. */
static crease_status study(const lab_run *run, size_t target, size_t kind, size_t width, crease_net **net,
                           quality *q, crease_error *error) {
    double x[ROWS], y[ROWS];
    lab_grid(ROWS, -1, 1, x);
    for (size_t i = 0; i < ROWS; i++)
        y[i] = truth(run, target, x[i]);
    const crease_data data = {ROWS, 1, 1, x, y, NULL};
    crease_status status = fit(run, kind, width, &data, (size_t)lab_threads(run), net, error);
    return status == CREASE_OK ? judge(run, target, *net, q, error) : status;
}

/* ---- pictures: the corner close by, and errors against the distance ---- */

static crease_status near_corner(const lab_run *run, const crease_net *net, size_t n, double curve[2][CLOSE],
                                 double distance[2][NEAR], crease_error *error) {
    crease_work *work;
    double x, y;
    crease_status status = crease_work_new(net, &work, error);
    lab_grid(n, corner - .15, corner + .15, curve[0]);
    if (status == CREASE_OK)
        crease_net_evaluate(net, NULL, work, n, curve[0], curve[1]);
    for (size_t i = 0; i < NEAR && status == CREASE_OK; i++) {
        distance[0][i] = pow(10, -3 + 2.9 * (double)i / (NEAR - 1));
        distance[1][i] = 1e-17; /* a logarithmic axis has no zero */
        for (int side = -1; side <= 1; side += 2) {
            x = corner + side * distance[0][i];
            crease_net_evaluate(net, NULL, work, 1, &x, &y);
            distance[1][i] = fmax(distance[1][i], fabs(y - truth(run, 0, x)));
        }
    }
    crease_work_free(work);
    return status;
}

/* tanh(z) = 2 sigmoid(2z) - 1: networks of either are the same functions, so one is drawn as points over the other. */
static lab_style style_of(size_t kind, lab_style style) {
    return kind == 2 ? LAB_POINTS : style;
}

static crease_status draw_near(lab_run *run, crease_net *const net[KINDS], double width,
                               crease_error *error) {
    double curve[KINDS][2][CLOSE], distance[KINDS][2][NEAR];
    char title[40];
    snprintf(title, sizeof title, "%g units at a corner", width);
    for (size_t k = 0; k < KINDS; k++) {
        crease_status status = near_corner(run, net[k], k == 2 ? NEAR : CLOSE, curve[k], distance[k], error);
        if (status != CREASE_OK)
            return status;
    }
    lab_panel_begin(run, (lab_panel){.title = title, .x = "x", .y = "y"});
    for (size_t k = 0; k < KINDS; k++)
        lab_draw(run, style_of(k, LAB_LINES), kind_role[k], kind_name[k], k == 2 ? NEAR : CLOSE, curve[k][0],
                 curve[k][1]);
    lab_panel_begin(
        run,
        (lab_panel){
            .title = title, .x = "distance from the corner", .y = "|error|", .log_x = true, .log_y = true});
    for (size_t k = 0; k < KINDS; k++)
        lab_draw(run, style_of(k, LAB_LINES), kind_role[k], kind_name[k], NEAR, distance[k][0],
                 distance[k][1]);
    return CREASE_OK;
}

static void draw_widths(lab_run *run, const findings *f) {
    for (int wave = 0; wave < 2; wave++) {
        lab_panel_begin(run, (lab_panel){.title = wave ? "a wave" : "a corner",
                                         .x = "units",
                                         .y = "largest error",
                                         .log_y = true});
        for (size_t k = 0; k < KINDS; k++)
            if (!wave || k != 2)
                lab_draw(run, style_of(k, LAB_LINES_POINTS), kind_role[k], kind_name[k], f->widths, f->width,
                         wave ? f->wave[k] : f->largest[k]);
    }
}

/* ---- experiments ---- */

static crease_status all_widths(lab_run *run, findings *f, crease_error *error) {
    crease_net *shown[KINDS] = {NULL};
    crease_status status = CREASE_OK;
    for (size_t k = 0; k < KINDS; k++)
        for (size_t w = 0; w < f->widths && status == CREASE_OK && !lab_interrupted(run); w++) {
            crease_net *net;
            quality q;
            const size_t width = (size_t)f->width[w];
            status = study(run, 0, k, width, &net, &q, error);
            f->largest[k][w] = fmax(q.largest, 1e-17);
            f->bound[k][w] = q.largest * 16 * q.curvature / (jump * jump);
            if (w == 1)
                shown[k] = net;
            else
                crease_net_free(net);
            net = NULL;
            if (status == CREASE_OK && k != 2)
                status = study(run, 3, k, width, &net, &q, error);
            f->wave[k][w] = q.largest;
            crease_net_free(net);
        }
    if (status == CREASE_OK && !lab_interrupted(run))
        status = draw_near(run, shown, f->width[1], error);
    for (size_t k = 0; k < KINDS; k++)
        crease_net_free(shown[k]);
    return status;
}

static crease_status all_targets(lab_run *run, findings *f, crease_error *error) {
    static const char *const columns[] = {"target", "ReLU", "tanh", "tanh and one ReLU"};
    static const size_t kinds[] = {0, 1, 3};
    char title[60];
    snprintf(title, sizeof title, "Root mean square error, %zu units each", lab_count(run, "width"));
    lab_table(run, title, 4, columns);
    for (size_t t = 0; t < TARGETS; t++) {
        lab_cell_text(run, "%s", target_name[t]);
        for (size_t i = 0; i < 3 && !lab_interrupted(run); i++) {
            crease_net *net;
            quality q;
            crease_status status = study(run, t, kinds[i], lab_count(run, "width"), &net, &q, error);
            crease_net_free(net);
            if (status != CREASE_OK)
                return status;
            f->rmse[t][kinds[i]] = q.rmse;
            lab_cell(run, q.rmse);
        }
    }
    return CREASE_OK;
}

/* Does a tanh network come closer to the corner than a ReLU network, both of three units, from noisy data? */
static crease_status noisy_sample(const lab_run *run, size_t sample, void *context, crease_error *error) {
    bool *smooth_wins = context;
    double x[NOISY], y[NOISY];
    gsl_rng *random = crease_random_new(lab_seed(run), 100 + sample); /* starts have the first ones */
    if (!random)
        return lab_no_memory(error, "kink");
    for (size_t i = 0; i < NOISY; i++) {
        x[i] = 2 * gsl_rng_uniform(random) - 1;
        y[i] = truth(run, 0, x[i]) + lab_number(run, "noise") * gsl_ran_gaussian(random, 1);
    }
    gsl_rng_free(random);
    const crease_data data = {NOISY, 1, 1, x, y, NULL};
    quality q[2];
    crease_status status = CREASE_OK;
    for (size_t k = 0; k < 2 && status == CREASE_OK; k++) {
        crease_net *net;
        status = fit(run, k, 3, &data, 1, &net, error);
        if (status == CREASE_OK)
            status = judge(run, 0, net, &q[k], error);
        crease_net_free(net);
    }
    smooth_wins[sample] = status == CREASE_OK && q[1].rmse < q[0].rmse;
    return status;
}

static crease_status all_noisy(const lab_run *run, findings *f, crease_error *error) {
    f->noisy = lab_count(run, "samples");
    f->smooth_wins = 0;
    bool *wins = calloc(f->noisy, sizeof *wins);
    const crease_status status =
        wins ? lab_each(run, f->noisy, noisy_sample, wins, error) : lab_no_memory(error, "kink");
    for (size_t i = 0; i < f->noisy && status == CREASE_OK; i++)
        f->smooth_wins += wins[i];
    free(wins);
    return status;
}

static void conclude(lab_run *run, const findings *f) {
    double blunt = INFINITY, least = INFINITY;
    for (size_t w = 0; w < f->widths; w++)
        for (size_t k = 1; k < 3; k++) {
            blunt = fmin(blunt, f->largest[k][w] / f->largest[0][w]);
            least = fmin(least, f->bound[k][w]);
        }
    size_t wins = 0;
    double most = 0;
    for (size_t t = 0; t < TARGETS; t++) {
        const double gain = f->rmse[t][0] / f->rmse[t][1];
        wins += gain > 2;
        most = fmax(most, gain);
    }
    lab_measure(run, "blunt", "error of the best smooth net at a corner, of ReLU's, the least over widths",
                lab_exact(blunt), NAN);
    lab_measure(run, "largest_tanh", "error of the widest tanh net at a corner",
                lab_exact(f->largest[1][f->widths - 1]), NAN);
    lab_measure(run, "bound", "smooth nets' error as a multiple of J^2/(16 max|g''|), the least",
                lab_exact(least), NAN);
    lab_measure(run, "smooth_wins", "targets of 5 on which a smooth net has half of ReLU's error or less",
                lab_exact((double)wins), NAN);
    lab_measure(run, "noisy", "share of noisy samples of the corner from which tanh learns more",
                lab_share(f->smooth_wins, f->noisy), NAN);
    lab_conclude(run,
                 blunt < 10 ? LAB_REFUTED
                 : wins     ? LAB_CONFIRMED_WITH_LIMITS
                            : LAB_CONFIRMED,
                 "At a corner of straight arms a smooth network errs at least %.2g times as much as ReLU "
                 "with as many units; "
                 "the widest tanh net still by %.1e.",
                 blunt, f->largest[1][f->widths - 1]);
    lab_say(run,
            "The instrument can be sharpened, for curvature: no network with |g''| <= M errs less than "
            "J^2/(16 M) at a "
            "jump J of slope, and these err %.2g times that and more.",
            least);
    lab_say(run,
            "On %zu of %d targets a smooth network wins all the same, by up to %.2g times: where the target "
            "is curved, "
            "straight pieces are the blunt instrument. A corner with curved arms: ReLU %.1e, tanh %.1e, and "
            "%.1e where "
            "one ReLU unit stands among tanh units.",
            wins, TARGETS, most, f->rmse[1][0], f->rmse[1][1], f->rmse[1][3]);
    lab_say(run, "With noise of %g tanh comes closer than ReLU to the corner itself in %zu of %zu samples.",
            lab_number(run, "noise"), f->smooth_wins, f->noisy);
}

static crease_status kink(lab_run *run, crease_error *error) {
    findings f = {.width = {2, 4, 8}};
    while (f.widths < WIDTHS && f.width[f.widths] <= lab_number(run, "widest"))
        f.widths++;
    crease_status status = all_widths(run, &f, error);
    if (status == CREASE_OK && !lab_interrupted(run))
        status = all_targets(run, &f, error);
    if (status == CREASE_OK && !lab_interrupted(run))
        status = all_noisy(run, &f, error);
    if (status != CREASE_OK || lab_interrupted(run))
        return status;
    draw_widths(run, &f);
    conclude(run, &f);
    return CREASE_OK;
}

const lab_experiment lab_kink = {
    .name = "kink",
    .claim = "A smooth network draws a sharp corner with a blunt instrument.",
    .control = "the corner is round",
    .knob = {{"widest", 8, 4, 8, true, "units of the widest network at a corner and a wave"},
             {"width", 6, 2, 16, true, "units of the networks in the table"},
             {"samples", 20, 1, 1000, true, "noisy samples of the corner"},
             {"noise", .1, 0, 10, false, "standard deviation of their noise"}},
    .run = kink,
};
