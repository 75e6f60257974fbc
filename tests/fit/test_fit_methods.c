/* The methods one by one: steps of the first-order methods against their recursions written out for a linear
 * model, stop reasons, callbacks, and least-squares problems that are no network. */
#include "crease/fit.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static crease_net *parse(const char *spec) {
    crease_net *net;
    crease_error error;
    ck_assert_msg(crease_net_parse(spec, 1, 1, &net, &error) == CREASE_OK, "%s", error.message);
    return net;
}

/* ---- what the callbacks see ---- */

enum { most_points = 8000, most_parameters = 16, most_starts = 24 };

typedef struct record {
    size_t points, starts_seen, last_iteration[most_starts], progress, total, asked, stop_after;
    double loss[most_points], gradient_norm[most_points], step_norm[most_points];
    double theta[most_points][most_parameters];
    volatile int inside; /* a second caller at the same time would find it set */
    bool overlapped, disordered;
} record;

static void enter(record *r) {
    if (r->inside)
        r->overlapped = true;
    r->inside = 1;
    for (volatile int i = 0; i < 200; i++)
        ;
}

static void watch(const crease_trace *point, void *context) {
    record *r = context;
    enter(r);
    size_t *last = &r->last_iteration[point->start]; /* one more than the iteration seen last */
    r->disordered = r->disordered || point->start >= most_starts || point->iteration != *last;
    (*last)++;
    r->starts_seen += point->iteration == 0;
    if (r->points < most_points) {
        r->loss[r->points] = point->loss;
        r->step_norm[r->points] = point->step_norm;
        r->gradient_norm[r->points] = point->gradient_norm;
        memcpy(r->theta[r->points], point->theta,
               (point->parameters < most_parameters ? point->parameters : most_parameters) * sizeof(double));
        double square = 0;
        for (size_t j = 0; point->gradient && j < point->parameters; j++)
            square += point->gradient[j] * point->gradient[j];
        if (point->gradient && fabs(sqrt(square) - point->gradient_norm) > 1e-12 * point->gradient_norm)
            r->disordered = true;
        r->points++;
    }
    r->inside = 0;
}

static void count_progress(size_t done, size_t total, void *context) {
    record *r = context;
    enter(r);
    r->disordered = r->disordered || done != r->progress + 1;
    r->progress = done;
    r->total = total;
    r->inside = 0;
}

static bool ask(void *context) {
    record *r = context;
    enter(r);
    bool stop = ++r->asked > r->stop_after;
    r->inside = 0;
    return stop;
}

static record *new_record(crease_fit_options *options) {
    record *r = calloc(1, sizeof *r);
    r->stop_after = SIZE_MAX;
    options->trace = watch;
    options->progress = count_progress;
    options->interrupted = ask;
    options->trace_context = options->progress_context = options->interrupted_context = r;
    return r;
}

static crease_data sine(double *x, double *y, size_t n) {
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)i / (double)(n - 1) * 6;
        y[i] = sin(x[i]) + .1 * cos(40 * x[i]);
    }
    return (crease_data){n, 1, 1, x, y, NULL};
}

static crease_fit_result fit(crease_net *net, crease_data data, crease_fit_options options) {
    crease_fit_result result;
    crease_error error = {0};
    ck_assert_msg(crease_fit(net, &data, &options, &result, &error) == CREASE_OK, "%s", error.message);
    crease_fit_result copy = result;
    crease_fit_result_clear(&result);
    copy.start = NULL;
    return copy;
}

START_TEST(every_method_lowers_the_loss) {
    double x[80], y[80];
    crease_data data = sine(x, y, 80);
    static const char *const specs[] = {"affine", "tanh:3", "relu:4"};
    for (size_t s = 0; s < 3; s++)
        for (int m = CREASE_METHOD_AUTO; m < CREASE_METHOD_COUNT; m++) {
            crease_fit_options options = {.method = (crease_method)m,
                                          .starts = 3,
                                          .threads = 3,
                                          .epochs = 300,
                                          .init = CREASE_INIT_HE,
                                          .seed = 5};
            record *r = new_record(&options);
            crease_net *net = parse(specs[s]);
            crease_fit_result result = fit(net, data, options);
            double first = INFINITY, sd = net->output_scale[0];
            ck_assert(!r->overlapped && !r->disordered);
            ck_assert(r->starts_seen == 3 ||
                      s == 0); /* a linear model has no steps under variable projection */
            ck_assert(r->progress == 3 && r->total == 3);
            for (size_t i = 0; i < r->points; i++)
                if (isnan(r->step_norm[i]))
                    first = fmin(first, sd * sqrt(2 * r->loss[i]));
            ck_assert_msg(result.score.rmse < .9 * first, "%s, %s: %g after %g", specs[s],
                          crease_method_name(options.method), result.score.rmse, first);
            free(r);
            crease_net_free(net);
        }
}
END_TEST

START_TEST(descent_methods_never_step_up) {
    double x[80], y[80];
    crease_data data = sine(x, y, 80);
    static const crease_method methods[] = {CREASE_METHOD_LM, CREASE_METHOD_VARPRO, CREASE_METHOD_BFGS};
    for (size_t m = 0; m < 3; m++) {
        crease_fit_options options = {
            .method = methods[m], .starts = 1, .seed = 2, .init = CREASE_INIT_RANDOM};
        record *r = new_record(&options);
        crease_net *net = parse("tanh:3");
        crease_fit_result result = fit(net, data, options);
        ck_assert_uint_eq(r->points, result.iterations + 1);
        for (size_t i = 1; i < r->points; i++)
            ck_assert_msg(r->loss[i] <= r->loss[i - 1] * (1 + 1e-14), "%s: %g after %g",
                          crease_method_name(methods[m]), r->loss[i], r->loss[i - 1]);
        /* the loss is half the mean square in units of sd(y) */
        ck_assert_double_eq_tol(net->output_scale[0] * sqrt(2 * r->loss[r->points - 1]), result.score.rmse,
                                1e-12);
        free(r);
        crease_net_free(net);
    }
}
END_TEST

START_TEST(smooth_optimum_is_the_same_by_every_least_squares_method) {
    double x[80], y[80], rmse[3];
    crease_data data = sine(x, y, 80);
    for (int i = 0; i < 80; i++)
        y[i] = tanh(2 * (x[i] - 2)) - .5 * tanh(3 * (x[i] - 4)) + .1 * cos(40 * x[i]);
    static const crease_method methods[] = {CREASE_METHOD_VARPRO, CREASE_METHOD_LM, CREASE_METHOD_BFGS};
    for (size_t m = 0; m < 3; m++) {
        crease_net *net = parse("tanh:2");
        rmse[m] = fit(net, data, (crease_fit_options){.method = methods[m], .seed = 1}).score.rmse;
        ck_assert_msg(rmse[m] < rmse[0] * (1 + 1e-5), "%s: %g, not %g", crease_method_name(methods[m]),
                      rmse[m], rmse[0]);
        crease_net_free(net);
    }
}
END_TEST

/* ---- first-order steps ---- */

enum { rows = 5 };
static const double line_x[rows] = {-1, 0, .5, 2, 3}, line_y[rows] = {2, 1, 4, 7, 6};

/* Of F = mean (b + w x - y)^2 / (2 var y) */
static void line_gradient(double b, double w, double g[2]) {
    double mean = 20. / 5, variance = (4 + 9 + 0 + 9 + 4) / 5.;
    ck_assert(mean == 4);
    g[0] = g[1] = 0;
    for (int i = 0; i < rows; i++) {
        double r = b + w * line_x[i] - line_y[i];
        g[0] += r / rows / variance;
        g[1] += r * line_x[i] / rows / variance;
    }
}

START_TEST(first_order_steps_are_their_recursions) {
    static const crease_method methods[] = {CREASE_METHOD_SGD, CREASE_METHOD_MOMENTUM, CREASE_METHOD_RMSPROP,
                                            CREASE_METHOD_ADAM};
    enum { epochs = 7 };
    crease_data data = {rows, 1, 1, line_x, line_y, NULL};
    for (int m = 0; m < 4; m++)
        for (int given = 0; given < 2; given++) {
            crease_fit_options options = {.method = methods[m], .init = CREASE_INIT_KEEP, .epochs = epochs};
            double rate = m == 0   ? .1
                          : m == 1 ? .05
                                   : .01,
                   mu = .9, b1 = .9, b2 = m == 3 ? .999 : .99, eps = 1e-8, decay = 0;
            if (given) {
                options.learning_rate = rate = .03;
                options.momentum = mu = .7;
                options.decay_first = b1 = .8;
                options.decay = b2 = .95;
                options.epsilon = eps = 1e-3;
                options.weight_decay = decay = .2;
            }
            record *r = new_record(&options);
            crease_net *net = parse("affine");
            double theta[2] = {1, -2}, first[2] = {0}, second[2] = {0};
            memcpy(net->theta, theta, sizeof theta);
            fit(net, data, options);
            ck_assert_uint_eq(r->points, epochs + 1);
            for (int t = 0; t <= epochs; t++) {
                ck_assert_double_eq_tol(r->theta[t][0], theta[0], 1e-13);
                ck_assert_double_eq_tol(r->theta[t][1], theta[1], 1e-13);
                double g[2];
                line_gradient(theta[0], theta[1], g);
                ck_assert_double_eq_tol(r->gradient_norm[t], hypot(g[0], g[1]), 1e-13);
                for (int j = 0; j < 2; j++) {
                    double step = g[j],
                           shrink = j == 1 ? rate * decay * theta[1] : 0; /* weights only, not the bias */
                    first[j] = m == 1 ? mu * first[j] + g[j] : b1 * first[j] + (1 - b1) * g[j];
                    second[j] = b2 * second[j] + (1 - b2) * g[j] * g[j];
                    if (m == 1)
                        step = first[j];
                    if (m == 2)
                        step = g[j] / (sqrt(second[j]) + eps);
                    if (m == 3)
                        step =
                            first[j] / (1 - pow(b1, t + 1)) / (sqrt(second[j] / (1 - pow(b2, t + 1))) + eps);
                    theta[j] -= rate * step + shrink;
                }
            }
            free(r);
            crease_net_free(net);
        }
}
END_TEST

/* By hand: at b = 1, w = -2 the residuals are 1, 0, -4, -10, -11, their mean -24/5, that with x -56/5, var y
 * 26/5. */
START_TEST(one_step_by_hand) {
    static const struct {
        crease_method method;
        double bias, weight;
    } table[] = {
        {CREASE_METHOD_SGD, 1 + .1 * 24 / 26, -2 + .1 * 56 / 26},
        {CREASE_METHOD_MOMENTUM, 1 + .05 * 24 / 26, -2 + .05 * 56 / 26},
        {CREASE_METHOD_RMSPROP, 1 + .01 / .1, -2 + .01 / .1}, /* g / sqrt(.01 g^2) */
        {CREASE_METHOD_ADAM, 1.01, -1.99},                    /* the first step has the size of the rate */
    };
    crease_data data = {rows, 1, 1, line_x, line_y, NULL};
    for (int m = 0; m < 4; m++) {
        crease_net *net = parse("affine");
        net->theta[0] = 1;
        net->theta[1] = -2;
        fit(net, data,
            (crease_fit_options){.method = table[m].method, .init = CREASE_INIT_KEEP, .epochs = 1});
        ck_assert_double_eq_tol(net->theta[0], table[m].bias, 2e-8);
        ck_assert_double_eq_tol(net->theta[1], table[m].weight, 2e-8);
        crease_net_free(net);
    }
}
END_TEST

START_TEST(batches_go_over_every_row_once) {
    /* One row a step, no curvature: with w = 0 kept at 0 by x = 0, the bias after an epoch of rate a is
     * b + a' sum_i (y_i - b) + O(a^2), whatever the order of the rows */
    enum { n = 64 };
    double x[n] = {0}, y[n], sum = 0, variance = 0;
    for (int i = 0; i < n; i++) {
        y[i] = i % 9;
        sum += y[i];
    }
    for (int i = 0; i < n; i++)
        variance += (y[i] - sum / n) * (y[i] - sum / n) / n;
    for (size_t batch = 1; batch <= 48; batch += 47) {
        const double rate = 1e-9;
        crease_net *net = parse("affine");
        crease_fit_options options = {.method = CREASE_METHOD_SGD,
                                      .init = CREASE_INIT_KEEP,
                                      .epochs = 1,
                                      .batch = batch,
                                      .learning_rate = rate,
                                      .seed = 3};
        fit(net, (crease_data){n, 1, 1, x, y, NULL}, options);
        /* a batch stands for all rows: the gradient of 48 is scaled by 64/48 / 64, that of the 16 left by
         * 64/16 / 64 */
        double steps = batch == 1 ? sum : net->theta[0] / rate * variance;
        ck_assert_double_eq_tol(net->theta[0], rate * steps / variance, 1e-6 * rate * steps);
        ck_assert(batch == 1 || (steps > 2 * 3 && steps < 2 * 5)); /* two means of y, 3.9 */
        crease_net_free(net);
    }
}
END_TEST

START_TEST(derivative_at_zero_decides_whether_a_unit_learns) {
    /* corner exactly at the data: only with a derivative above 0 does the unit's own weight move */
    const double x[] = {1, 1}, y[] = {3, 5};
    static const double choices[] = {0, .5, 1};
    for (int c = 0; c < 3; c++) {
        crease_net *net = parse("relu:1");
        const double theta[] = {1, -1, 2, 4}; /* z = 0; gradient in w: mean r * out * d = 0 */
        memcpy(net->theta, theta, sizeof theta);
        net->theta[3] = 0; /* residuals -3, -5, mean -4, var y 1: gradient in w and b is -8 d */
        fit(net, (crease_data){2, 1, 1, x, y, NULL},
            (crease_fit_options){.method = CREASE_METHOD_SGD,
                                 .init = CREASE_INIT_KEEP,
                                 .epochs = 1,
                                 .learning_rate = .01,
                                 .derivative_at_zero = choices[c]});
        ck_assert_double_eq_tol(net->theta[0], 1 + .08 * choices[c], 1e-14);
        ck_assert_double_eq_tol(net->theta[1], -1 + .08 * choices[c], 1e-14);
        ck_assert_double_eq_tol(net->theta[3], .04, 1e-14);
        crease_net_free(net);
    }
}
END_TEST

static double schedule(size_t step, void *context) {
    size_t *steps = context;
    ck_assert_uint_eq(step, *steps);
    ++*steps;
    return step == 0 ? 3 : 0;
}

START_TEST(bias_schedule_wakes_a_dead_unit) {
    const double x[] = {1, 1}, y[] = {3, 5};
    for (int scheduled = 0; scheduled < 2; scheduled++) {
        size_t steps = 0;
        crease_net *net = parse("relu:1");
        const double theta[] = {1, -2, 2,
                                0}; /* z = -1: dead; with the shift z = 2, y = 4, mean residual 0 in w */
        memcpy(net->theta, theta, sizeof theta);
        net->theta[2] = 1; /* y = 2 with the shift: residuals -1, -3, mean -2, var y 1 */
        fit(net, (crease_data){2, 1, 1, x, y, NULL},
            (crease_fit_options){.method = CREASE_METHOD_SGD,
                                 .init = CREASE_INIT_KEEP,
                                 .epochs = 2,
                                 .learning_rate = .01,
                                 .bias_shift = scheduled ? schedule : NULL,
                                 .bias_shift_context = &steps});
        ck_assert_uint_eq(steps, scheduled ? 2 : 0);
        /* first step with the shift: w, b += .02, out += .04, bias += .02; then dead again, bias += .01 (4 -
         * .02) */
        ck_assert_double_eq_tol(net->theta[0], scheduled ? 1.02 : 1, 1e-14);
        ck_assert_double_eq_tol(net->theta[1], scheduled ? -1.98 : -2, 1e-14);
        ck_assert_double_eq_tol(net->theta[2], scheduled ? 1.04 : 1, 1e-14);
        ck_assert_double_eq_tol(net->theta[3], scheduled ? .02 + .0398 : .04 + .0396, 1e-14);
        crease_net_free(net);
    }
}
END_TEST

/* ---- stop reasons, interruption ---- */

START_TEST(stop_reasons) {
    double x[80], y[80];
    crease_data data = sine(x, y, 80);
    static const crease_method methods[] = {CREASE_METHOD_LM, CREASE_METHOD_VARPRO, CREASE_METHOD_BFGS};
    for (size_t m = 0; m < 3; m++) {
        crease_net *net = parse("tanh:3");
        crease_fit_result result =
            fit(net, data, (crease_fit_options){.method = methods[m], .starts = 1, .iterations = 2});
        ck_assert_int_eq(result.stop, CREASE_STOP_BUDGET);
        ck_assert_uint_eq(result.iterations, 2);
        result = fit(net, data, (crease_fit_options){.method = methods[m], .starts = 1, .iterations = 50000});
        ck_assert_msg(result.stop != CREASE_STOP_BUDGET && result.stop != CREASE_STOP_INTERRUPTED, "%s: %s",
                      crease_method_name(methods[m]), crease_stop_name(result.stop));
        crease_net_free(net);
    }
    crease_net *net = parse("affine"); /* the data are on the line: nothing is left */
    for (size_t i = 0; i < 80; i++)
        y[i] = 3 * x[i] - 1;
    ck_assert_int_eq(fit(net, data, (crease_fit_options){.starts = 1}).stop, CREASE_STOP_GRADIENT);
    crease_net_free(net);
    net = parse("tanh:3");
    sine(x, y, 80);
    /* a looser tolerance ends sooner, by a small step or by small progress */
    crease_fit_options fine = {.method = CREASE_METHOD_LM, .starts = 1}, rough = fine;
    rough.tolerance = 1e-2;
    crease_fit_result exact = fit(net, data, fine), early = fit(net, data, rough);
    ck_assert(early.stop == CREASE_STOP_STEP || early.stop == CREASE_STOP_STALLED);
    ck_assert(early.iterations < exact.iterations && early.score.rmse < 1.01 * exact.score.rmse);
    crease_net_free(net);
    net = parse("relu:1"); /* dead, and the bias is at its best: nothing moves */
    const double theta[] = {1, -100, 1, 3};
    memcpy(net->theta, theta, sizeof theta);
    for (size_t i = 0; i < 80; i++)
        y[i] = i % 2 ? 2 : 4;
    crease_fit_options keep = {.method = CREASE_METHOD_SGD, .init = CREASE_INIT_KEEP};
    crease_fit_result result = fit(net, data, keep);
    ck_assert_int_eq(result.stop, CREASE_STOP_STALLED);
    ck_assert_uint_eq(result.dead_units, 1);
    keep.epochs = 3;
    net->theta[3] = 0;
    ck_assert_int_eq(fit(net, data, keep).stop, CREASE_STOP_BUDGET);
    crease_net_free(net);
}
END_TEST

START_TEST(divergence_returns_the_best_point) {
    double x[80], y[80];
    crease_data data = sine(x, y, 80);
    static const crease_method methods[] = {CREASE_METHOD_SGD, CREASE_METHOD_MOMENTUM, CREASE_METHOD_RMSPROP,
                                            CREASE_METHOD_ADAM};
    for (size_t m = 0; m < 4; m++) {
        crease_fit_options options = {.method = methods[m], .learning_rate = 1e6, .epochs = 400};
        record *r = new_record(&options);
        crease_net *net = parse("affine+relu:3");
        crease_fit_result result = fit(net, data, options);
        ck_assert(result.score.rmse <= net->output_scale[0] * sqrt(2 * r->loss[0]) * (1 + 1e-12));
        free(r);
        crease_net_free(net);
    }
}
END_TEST

START_TEST(interruption_returns_a_result) {
    double x[80], y[80];
    crease_data data = sine(x, y, 80);
    for (int m = CREASE_METHOD_AUTO; m < CREASE_METHOD_COUNT; m++)
        for (size_t after = 0; after <= 20; after += 10) {
            crease_fit_options options = {.method = (crease_method)m, .starts = 10, .threads = 2};
            record *r = new_record(&options);
            r->stop_after = after;
            crease_net *net = parse("tanh:3");
            crease_fit_result result = fit(net, data, options);
            ck_assert_int_eq(result.stop, CREASE_STOP_INTERRUPTED);
            ck_assert(isfinite(result.score.rmse) && result.score.rmse < 1 && !r->overlapped);
            ck_assert_uint_le(r->asked,
                              after + 10 + 10); /* each start asks once more at most, then the end */
            ck_assert_uint_le(r->progress, 10);
            free(r);
            crease_net_free(net);
        }
}
END_TEST

/* ---- problems that are no network ---- */

/* Rosenbrock: r = (10 (b - a^2), 1 - a) */
static bool rosenbrock(const void *context, void *work, const double *theta, double *r) {
    (void)context;
    (void)work;
    r[0] = 10 * (theta[1] - theta[0] * theta[0]);
    r[1] = 1 - theta[0];
    return true;
}
static bool rosenbrock_jacobian(const void *context, void *work, const double *theta, double *r, double *J) {
    const double derivatives[] = {-20 * theta[0], 10, -1, 0};
    memcpy(J, derivatives, sizeof derivatives);
    return r ? rosenbrock(context, work, theta, r) : true;
}

/* r_i = c exp(-a t_i) + d - y_i with y of a = 2, c = 3, d = -1; theta = a, c, d: the last two are linear */
static bool decay_jacobian(const void *context, void *work, const double *theta, double *r, double *J) {
    (void)context;
    (void)work;
    for (int i = 0; i < 20; i++) {
        double t = i / 10., e = exp(-theta[0] * t);
        if (r)
            r[i] = theta[1] * e + theta[2] - (3 * exp(-2 * t) - 1);
        J[3 * i] = -theta[1] * t * e;
        J[3 * i + 1] = e;
        J[3 * i + 2] = 1;
    }
    return true;
}
static bool decay(const void *context, void *work, const double *theta, double *r) {
    double J[60];
    return decay_jacobian(context, work, theta, r, J);
}

START_TEST(problems_that_are_no_network) {
    const crease_problem valley = {.residuals = 2,
                                   .parameters = 2,
                                   .linear_from = 2,
                                   .residual = rosenbrock,
                                   .jacobian = rosenbrock_jacobian};
    const crease_problem curve = {
        .residuals = 20, .parameters = 3, .linear_from = 1, .residual = decay, .jacobian = decay_jacobian};
    static const crease_method methods[] = {CREASE_METHOD_LM, CREASE_METHOD_BFGS, CREASE_METHOD_VARPRO};
    crease_minimum minimum;
    for (int m = 0; m < 3; m++) {
        crease_fit_options options = {.method = methods[m]};
        double theta[] = {-1.2, 1}, abc[] = {.5, 1, 0};
        crease_error error = {0};
        if (m < 2) {
            ck_assert_int_eq(crease_minimise(&valley, &options, 0, theta, &minimum, &error), CREASE_OK);
            ck_assert_double_eq_tol(theta[0], 1, 1e-6);
            ck_assert_double_eq_tol(theta[1], 1, 1e-6);
            ck_assert(minimum.loss < 1e-14 && minimum.evaluations >= minimum.iterations &&
                      minimum.iterations > 3);
        } else {
            ck_assert_int_eq(crease_minimise(&valley, &options, 0, theta, &minimum, &error),
                             CREASE_BAD_ARGUMENT);
            ck_assert(theta[0] == -1.2 && theta[1] == 1 && error.message[0]);
        }
        ck_assert_int_eq(crease_minimise(&curve, &options, 0, abc, &minimum, &error), CREASE_OK);
        ck_assert_double_eq_tol(abc[0], 2, 1e-5);
        ck_assert_double_eq_tol(abc[1], 3, 1e-5);
        ck_assert_double_eq_tol(abc[2], -1, 1e-5);
        ck_assert(m < 2 ||
                  minimum.iterations <= 9); /* quadratic convergence: the residual is zero at the end */
    }
    for (int m = CREASE_METHOD_ADAM; m < CREASE_METHOD_COUNT; m++) { /* there is no gradient */
        double theta[] = {-1.2, 1};
        crease_fit_options options = {.method = (crease_method)m};
        ck_assert_int_eq(crease_minimise(&valley, &options, 0, theta, &minimum, NULL), CREASE_BAD_ARGUMENT);
    }
    double theta[] = {-1.2, 1};
    crease_fit_options automatic = {0};
    ck_assert_int_eq(crease_minimise(&valley, &automatic, 0, theta, &minimum, NULL), CREASE_BAD_ARGUMENT);
    const crease_problem empty = {.parameters = 2};
    ck_assert_int_eq(crease_minimise(&empty, NULL, 0, theta, &minimum, NULL), CREASE_BAD_ARGUMENT);
}
END_TEST

START_TEST(names_are_parsed_back) {
    for (int m = 0; m < CREASE_METHOD_COUNT; m++) {
        crease_method method = CREASE_METHOD_COUNT;
        ck_assert_int_eq(crease_method_parse(crease_method_name((crease_method)m), &method, NULL), CREASE_OK);
        ck_assert_int_eq(method, m);
    }
    for (int i = 0; i <= CREASE_INIT_KEEP; i++) {
        crease_initialiser initialiser = CREASE_INIT_KEEP;
        ck_assert_int_eq(
            crease_initialiser_parse(crease_initialiser_name((crease_initialiser)i), &initialiser, NULL),
            CREASE_OK);
        ck_assert_int_eq(initialiser, i);
    }
    crease_method method;
    crease_initialiser initialiser;
    crease_error error;
    ck_assert_int_eq(crease_method_parse("ADAM", &method, &error), CREASE_BAD_ARGUMENT);
    ck_assert_msg(strstr(error.message, "'ADAM'") && strstr(error.message, "rmsprop"), "%s", error.message);
    ck_assert_int_eq(crease_initialiser_parse("glorot", &initialiser, &error), CREASE_BAD_ARGUMENT);
    ck_assert_msg(strstr(error.message, "'glorot'") && strstr(error.message, "xavier"), "%s", error.message);
    ck_assert_str_eq(crease_stop_name(CREASE_STOP_STALLED), "stalled");
}
END_TEST

Suite *test_fit_methods(void) {
    Suite *suite = suite_create("fit_methods");
    TCase *descent = tcase_create("descent"), *first_order = tcase_create("first order"),
          *ends = tcase_create("ends");
    tcase_add_test(descent, every_method_lowers_the_loss);
    tcase_add_test(descent, descent_methods_never_step_up);
    tcase_add_test(descent, smooth_optimum_is_the_same_by_every_least_squares_method);
    tcase_add_test(descent, problems_that_are_no_network);
    tcase_add_test(first_order, first_order_steps_are_their_recursions);
    tcase_add_test(first_order, one_step_by_hand);
    tcase_add_test(first_order, batches_go_over_every_row_once);
    tcase_add_test(first_order, derivative_at_zero_decides_whether_a_unit_learns);
    tcase_add_test(first_order, bias_schedule_wakes_a_dead_unit);
    tcase_add_test(first_order, divergence_returns_the_best_point);
    tcase_add_test(ends, stop_reasons);
    tcase_add_test(ends, interruption_returns_a_result);
    tcase_add_test(ends, names_are_parsed_back);
    suite_add_tcase(suite, descent);
    suite_add_tcase(suite, first_order);
    suite_add_tcase(suite, ends);
    return suite;
}
