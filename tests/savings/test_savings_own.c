/* Value functions of the user's own: kinks, slopes, errors and the implied policy against closed forms, the errors left
 * out against a brute-force refit, and what must be refused. */
#include "savings/own/own_parts.h"
#include "support/savings.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 400 };

typedef struct value_table {
    size_t n;
    double x[MOST_ROWS], V[MOST_ROWS], dV[MOST_ROWS];
} value_table;

static savings_own_data load(const char *path, const char *x, const char *V, const char *dV) {
    const char *columns[3] = {x, V, dV};
    crease_csv_options options = {.columns = columns, .column_count = dV ? 3 : 2};
    crease_table *table;
    crease_error error = {0};
    savings_own_data data;
    ck_assert_msg(crease_csv_load(path, &options, &table, &error) == CREASE_OK, "%s", error.message);
    crease_status status = savings_own_data_new(table->rows, table->column[0], table->column[1],
                                                dV ? table->column[2] : NULL, NULL, &data, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    crease_table_free(table);
    return data;
}

static savings_own_data table_of(size_t n, const double *x, const double *V, const double *dV) {
    savings_own_data data;
    crease_error error = {0};
    ck_assert_msg(savings_own_data_new(n, x, V, dV, NULL, &data, &error) == CREASE_OK, "%s", error.message);
    return data;
}

static savings_own_fit run(const savings_own_data *data, savings_own_options options) {
    savings_own_fit fit;
    crease_error error = {0};
    if (options.fit.starts == 0)
        options.fit.starts = 4;
    crease_status status = savings_own_run(data, &options, &fit, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    return fit;
}

static void assert_net(const crease_net *net, const char *spec) {
    char text[128];
    crease_net_spec(net, text, sizeof text);
    ck_assert_str_eq(text, spec);
}

static double evaluate(const crease_net *net, double x) {
    crease_work *work;
    double y;
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    crease_net_evaluate(net, NULL, work, 1, &x, &y);
    crease_work_free(work);
    return y;
}

/* ---- the exact problems ---- */

/* B: pinv W is a line and a hinge, W' alone gives the policy c(m) with its two kinks: both exact. */
START_TEST(test_wedge_and_its_policy_are_exact) {
    savings_solution *solution = solve_default(SAVINGS_B, 0);
    for (int slopes = 0; slopes < 2; slopes++) {
        savings_own_data data =
            load("tests/data/savings/B_twoperiod_a.csv", "a", "W", slopes ? "dW_left" : NULL);
        savings_own_fit fit = run(
            &data, (savings_own_options){.crra = 2, .state = SAVINGS_OWN_END, .has_limit = true, .limit = 0});
        ck_assert_uint_eq(fit.kink_count, 1);
        ck_assert_double_eq_tol(fit.kink[0].x, 0, 1e-12);
        ck_assert_double_eq_tol(fit.kink[0].slope_left, 1.152, 1e-10);
        ck_assert_double_eq_tol(fit.kink[0].slope_right, .9792, 1e-10);
        ck_assert_double_eq_tol(fit.kink[0].ratio / (1.2 / 1.02), 1, 1e-10);
        ck_assert_double_eq_tol(fit.kink[0].seen_left / fit.kink[0].seen_right / (1.2 / 1.02), 1, 1e-10);
        ck_assert_int_eq(fit.at_limit, SAVINGS_OWN_LIMIT_KINK);
        ck_assert_int_eq(fit.transform, SAVINGS_OWN_PINV);
        ck_assert(fit.exact);
        assert_net(fit.row[0].net, "affine+relu:1");
        ck_assert_uint_eq(fit.row[0].n_free, 4);
        ck_assert_uint_eq(fit.row[1].n_free, 4);
        ck_assert_double_le(fit.row[0].value.max, 1e-12);
        ck_assert_double_le(fit.row[0].left_out.max, 1e-12);
        ck_assert_double_gt(fit.row[1].value.max, 1e-3);
        if (slopes) {
            ck_assert_double_le(fit.row[0].slope.max, 1e-11);
            ck_assert_double_eq_tol(fit.slopes_match, 1, 2e-3);
        } else
            ck_assert(isnan(fit.row[0].slope.max) && isnan(fit.row[0].left_out_slope.rms));
        ck_assert(fit.shape.drop == 0 && fit.shape.rise == 0);
        assert_net(fit.policy.net, "affine+relu:2");
        for (size_t k = 0; k < 2; k++)
            ck_assert_double_eq_tol(fit.policy.kink[k], solution->m[k], 1e-10);
        for (double m = -.1; m < 1.9; m += .001)
            ck_assert_double_eq_tol(evaluate(fit.policy.net, m), savings_consumption(solution, m), 1e-10);
        savings_own_fit_clear(&fit);
        savings_own_data_clear(&data);
    }
    savings_solution_free(solution);
}
END_TEST

/* C: the kink of default is convex, at -2.5, flat on its left. */
START_TEST(test_default_has_a_convex_kink) {
    savings_own_data data = load("tests/data/savings/C_default.csv", "a", "V", NULL);
    savings_own_fit fit = run(&data, (savings_own_options){.crra = 2, .has_limit = true, .limit = -3});
    ck_assert_uint_eq(fit.kink_count, 1);
    ck_assert_double_eq_tol(fit.kink[0].x, -2.5, 1e-9);
    ck_assert_double_eq_tol(fit.kink[0].slope_left, 0, 1e-10);
    ck_assert_double_eq_tol(fit.kink[0].slope_right, 1.04 * pow(.9, -2), 1e-9); /* R u'((1 - phi) y) */
    ck_assert_double_eq_tol(fit.kink[0].ratio, 0, 1e-10);
    ck_assert(fit.exact);
    ck_assert_int_eq(fit.at_limit, SAVINGS_OWN_LIMIT_SMOOTH);
    ck_assert_double_eq_tol(fit.shape.rise, fit.kink[0].slope_right, 1e-9);
    ck_assert_double_eq(fit.shape.rise_to, fit.kink[0].x);
    ck_assert_double_gt(fit.data_shape.rise, 1);
    ck_assert_ptr_null(fit.policy.net);
    ck_assert_ptr_nonnull(strstr(fit.policy.why, "no consumption"));
    savings_own_fit_clear(&fit);
    savings_own_data_clear(&data);
}
END_TEST

typedef struct table_file {
    const char *path, *x, *V, *dV;
} table_file;

/* Values that are C1: no kink may be found, with or without slopes. */
static const table_file smooth[] = {{"A_pf_constrained.csv", "m", "V", "dV"},
                                    {"B_twoperiod_m.csv", "m", "V", "dV"},
                                    {"D1_bufferstock.csv", "m", "v", "dv"},
                                    {"K3_kinkedR_limit.csv", "m", "v", "dv"},
                                    {"D_continuous.csv", "a", "V", "dV"}};

START_TEST(test_no_kink_is_invented) {
    const table_file *file = &smooth[_i / 4];
    bool slopes = _i % 2, pinv = _i / 2 % 2;
    char path[128];
    snprintf(path, sizeof path, "tests/data/savings/%s", file->path);
    savings_own_data data = load(path, file->x, file->V, slopes ? file->dV : NULL);
    savings_own_found found;
    double *z = malloc(2 * data.n * sizeof *z), *dz = z + data.n;
    savings_own_map map = {.pinv = pinv, .crra = 2, .scale = 1};
    for (size_t i = 0; i < data.n; i++) {
        double slope;
        ck_assert(savings_own_forward(&map, data.V[i], &z[i], &slope));
        dz[i] = slopes ? slope * data.dV[i] : 0;
    }
    savings_own_rows rows = {.n = data.n, .x = data.x, .z = z, .dz = slopes ? dz : NULL};
    crease_fit_options options = {.seed = 1};
    ck_assert_int_eq(savings_own_find_kinks(&rows, &options, &found, NULL), CREASE_OK);
    ck_assert_msg(found.count == 0, "%s, slopes %d, pinv %d: a kink at %g: %s", file->path, slopes, pinv,
                  found.kink[0].x, found.why);
    ck_assert_str_ne(found.why, "");
    free(found.kink);
    free(z);
    savings_own_data_clear(&data);
}
END_TEST

static savings_own_found find(size_t n, const double *x, const double *z, const double *dz) {
    savings_own_rows rows = {.n = n, .x = x, .z = z, .dz = dz};
    crease_fit_options options = {.seed = 1};
    savings_own_found found;
    ck_assert_int_eq(savings_own_find_kinks(&rows, &options, &found, NULL), CREASE_OK);
    return found;
}

/* On K3's flat stretch, m from .83003 to .90030, V'' jumps twice. Without rows there the table looks kinked, and is not. */
START_TEST(test_a_bend_in_a_hole_is_no_kink) {
    savings_own_data data = load("tests/data/savings/K3_kinkedR_limit.csv", "m", "v", "dv");
    size_t n = 0;
    for (size_t i = 0; i < data.n; i++) {
        if (data.x[i] > .835 && data.x[i] < .895)
            continue;
        data.x[n] = data.x[i];
        data.dV[n] = data.dV[i] / (data.V[i] * data.V[i]);
        data.V[n++] = -1 / data.V[i];
    }
    ck_assert_uint_lt(n, data.n);
    for (int slopes = 0; slopes < 2; slopes++) {
        savings_own_found found = find(n, data.x, data.V, slopes ? data.dV : NULL);
        ck_assert_msg(found.count == 0, "a kink at %g", found.kink[0].x);
        free(found.kink);
    }
    savings_own_data_clear(&data);
}
END_TEST

/* A kink between rows: slopes by central differences, which smear it, do not hide it; slopes of another function deny it; and
 * one of three parts in ten thousand is passed over. */
START_TEST(test_doubts) {
    value_table t = {.n = 100};
    double smeared[100], other[100], small[100];
    for (size_t i = 0; i < t.n; i++) {
        t.x[i] = .02 * (double)i;
        t.V[i] = log(1 + t.x[i]) + .2 * fmax(t.x[i] - 1.013, 0);
        other[i] = 1 / (1 + t.x[i]);
        small[i] = t.x[i] + 3e-4 * fmax(t.x[i] - 1.013, 0);
    }
    for (size_t i = 0; i < t.n; i++) {
        size_t left = i > 0 ? i - 1 : 0, right = i + 1 < t.n ? i + 1 : i;
        smeared[i] = (t.V[right] - t.V[left]) / (t.x[right] - t.x[left]);
    }
    savings_own_found found = find(t.n, t.x, t.V, smeared);
    ck_assert_uint_eq(found.count, 1);
    ck_assert_double_eq_tol(found.kink[0].x, 1.013, 1e-6);
    free(found.kink);
    found = find(t.n, t.x, t.V, other);
    ck_assert_uint_eq(found.count, 0);
    ck_assert_ptr_nonnull(strstr(found.why, "the slopes contradict it"));
    free(found.kink);
    found = find(t.n, t.x, small, NULL);
    ck_assert_uint_eq(found.count, 0);
    ck_assert_ptr_nonnull(strstr(found.why, "under a thousandth"));
    free(found.kink);
}
END_TEST

/* The policies of D1 and K3 have kinks that their values have not (section 2 of the specification's numbers). */
START_TEST(test_policy_kinks_come_from_the_slopes) {
    static const double d1[] = {.75516423}, k3[] = {.43066692, .83003223, .90029636};
    for (size_t i = 2; i < 4; i++) {
        if (test_leaves_out(i))
            continue;
        char path[128];
        snprintf(path, sizeof path, "tests/data/savings/%s", smooth[i].path);
        savings_own_data data = load(path, smooth[i].x, smooth[i].V, smooth[i].dV);
        savings_own_fit fit =
            run(&data,
                (savings_own_options){.crra = 2, .no_rivals = true, .fit.starts = 2, .net = "affine+tanh:3"});
        const double *truth = i == 2 ? d1 : k3;
        ck_assert_uint_eq(fit.kink_count, 0);
        ck_assert_uint_eq(fit.policy.kink_count, i == 2 ? 1 : 3);
        for (size_t k = 0; k < fit.policy.kink_count; k++)
            ck_assert_double_eq_tol(fit.policy.kink[k], truth[k], i == 2 ? 1e-5 : 1e-3);
        ck_assert(fit.policy.from_slopes);
        ck_assert_double_lt(fit.policy.max_error, 5e-3);
        savings_own_fit_clear(&fit);
        savings_own_data_clear(&data);
    }
}
END_TEST

/* Curved W of B as it is: slopes in the table make the slope of the fit better, and its ratio at the kink. */
START_TEST(test_slopes_improve_slopes) {
    double worst[2], ratio[2];
    savings_own_data data = load("tests/data/savings/B_twoperiod_a.csv", "a", "W", "dW_left");
    for (int fitted = 0; fitted < 2; fitted++) {
        savings_own_fit fit = run(&data, (savings_own_options){.net = "affine+tanh:6+relu:1",
                                                               .no_rivals = true,
                                                               .slope_weight = fitted ? 0 : -1,

                                                               .fit.starts = 30});
        ck_assert_uint_eq(fit.kink_count, 1);
        ck_assert_double_eq(fit.kink[0].x, 0); /* taken at the row */
        ck_assert(fit.kink[0].at_row);
        ck_assert_uint_eq(fit.row[0].n_free, 22);
        worst[fitted] = fit.row[0].slope.max;
        ratio[fitted] = fabs(fit.kink[0].ratio / (1.2 / 1.02) - 1);
        ck_assert_double_lt(fit.row[0].value.max, 3e-4);
        savings_own_fit_clear(&fit);
    }
    ck_assert_msg(worst[1] < .5 * worst[0] && ratio[1] < ratio[0], "worst %g and %g, ratio off by %g and %g",
                  worst[0], worst[1], ratio[0], ratio[1]);
    savings_own_data_clear(&data);
}
END_TEST

/* ---- random value functions ---- */

typedef struct random_value {
    double g, kink[2], slope[3], level;
    size_t kinks;
} random_value;

static random_value draw(gsl_rng *generator) {
    static const double crra[] = {.5, 1, 2, 3.5};
    random_value v = {.g = crra[gsl_rng_uniform_int(generator, 4)],
                      .kinks = gsl_rng_uniform_int(generator, 3)};
    v.kink[0] = gsl_ran_flat(generator, .8, 1.6);
    v.kink[1] = gsl_ran_flat(generator, 2.4, 3.2);
    v.level = gsl_ran_flat(generator, .3, 1);
    for (size_t k = 0; k < 3; k++) /* each slope differs from the last by a quarter at least */
        v.slope[k] =
            k == 0 ? gsl_ran_flat(generator, .4, 1)
                   : v.slope[k - 1] * (gsl_rng_uniform(generator) < .5 ? gsl_ran_flat(generator, .5, .75)
                                                                       : gsl_ran_flat(generator, 1.35, 2));
    return v;
}

/* n(x) and its right slope. */
static double consumption_at(const random_value *v, double x, double *slope) {
    double n = v->level + v->slope[0] * x;
    *slope = v->slope[0];
    for (size_t k = 0; k < v->kinks; k++)
        if (x >= v->kink[k]) {
            n += (v->slope[k + 1] - v->slope[k]) * (x - v->kink[k]);
            *slope = v->slope[k + 1];
        }
    return n;
}

static value_table tabulate(const random_value *v, size_t rows) {
    value_table t = {.n = rows};
    for (size_t i = 0; i < rows; i++) {
        double slope, n = consumption_at(v, t.x[i] = 4 * (double)i / (double)(rows - 1), &slope);
        t.V[i] = v->g == 1 ? log(n) : pow(n, 1 - v->g) / (1 - v->g);
        t.dV[i] = pow(n, -v->g) * slope;
    }
    return t;
}

START_TEST(test_random_values_are_recovered) {
    size_t cases = test_rounds(40, 2000);
    gsl_rng *generator = crease_random_new(1, 0);
    for (size_t seed = 0; seed < cases; seed++) {
        crease_random_set(generator, 31, seed);
        random_value v = draw(generator);
        value_table t = tabulate(&v, 60 + gsl_rng_uniform_int(generator, 60));
        bool slopes = gsl_rng_uniform(generator) < .5;
        savings_own_data data = table_of(t.n, t.x, t.V, slopes ? t.dV : NULL);
        savings_own_fit fit =
            run(&data, (savings_own_options){.crra = v.g, .scale = 1, .no_rivals = true, .fit.starts = 1});
        ck_assert_msg(fit.kink_count == v.kinks && fit.exact, "seed %zu: %zu kinks, not %zu; exact %d: %s",
                      seed, fit.kink_count, v.kinks, fit.exact, fit.kinks_why);
        for (size_t k = 0; k < v.kinks; k++) {
            double slope, n = consumption_at(&v, v.kink[k], &slope);
            ck_assert_msg(fabs(fit.kink[k].x - v.kink[k]) <= 1e-10, "seed %zu: kink %.15g, not %.15g", seed,
                          fit.kink[k].x, v.kink[k]);
            ck_assert_msg(fabs(fit.kink[k].ratio * v.slope[k + 1] / v.slope[k] - 1) <= 1e-9,
                          "seed %zu: ratio %.12g", seed, fit.kink[k].ratio);
            ck_assert_msg(fabs(fit.kink[k].slope_right / (pow(n, -v.g) * v.slope[k + 1]) - 1) <= 1e-9,
                          "seed %zu: slope %.12g", seed, fit.kink[k].slope_right);
        }
        double scale = fmax(fabs(t.V[0]), fabs(t.V[t.n - 1]));
        ck_assert_msg(fit.row[0].value.max <= 1e-11 * scale, "seed %zu: error %g", seed,
                      fit.row[0].value.max);
        savings_own_fit_clear(&fit);
        savings_own_data_clear(&data);
    }
    gsl_rng_free(generator);
}
END_TEST

/* A kink too near the end of a coarse table for its values to show, but not for its slopes. */
START_TEST(test_slopes_show_a_kink) {
    double x[14], V[14], dV[14];
    for (size_t i = 0; i < 14; i++) {
        x[i] = (double)i + .3 * sin(3. * (double)i);
        double t = fmax(x[i] - 9.4, 0);
        V[i] = log(1 + x[i]) + .5 * t;
        dV[i] = 1 / (1 + x[i]) + (t > 0 ? .5 : 0);
    }
    savings_own_data data = table_of(14, x, V, dV);
    savings_own_fit fit = run(&data, (savings_own_options){.no_rivals = true, .net = "affine+relu:1"});
    ck_assert_uint_eq(fit.kink_count, 1);
    ck_assert_double_eq_tol(fit.kink[0].x, 9.4, .01);
    savings_own_fit_clear(&fit);
    savings_own_data_clear(&data);
}
END_TEST

/* Noise: the place within a few of its standard errors, and the fit nearer the truth than the rows are. */
START_TEST(test_noise) {
    if (test_is_left_to_plain())
        return;
    size_t cases = test_cases(1, 50);
    gsl_rng *generator = crease_random_new(1, 0);
    for (size_t seed = 0; seed < cases; seed++) {
        value_table t = {.n = 300};
        double sum = 0;
        crease_random_set(generator, 32, seed);
        for (size_t i = 0; i < t.n; i++) {
            t.x[i] = -.5 + 2 * (double)i / 299;
            t.V[i] = -.96 / (1 + (t.x[i] < 0 ? 1.6 : 1.02) * t.x[i]) + gsl_ran_gaussian(generator, .003);
        }
        savings_own_data data = table_of(t.n, t.x, t.V, NULL);
        savings_own_fit fit =
            run(&data, (savings_own_options){.crra = 2, .no_rivals = true, .fit.seed = 1, .fit.starts = 6});
        ck_assert_msg(fit.kink_count == 1 && fabs(fit.kink[0].x) <= 5 * fit.kink[0].error &&
                          fit.kink[0].error < .02,
                      "seed %zu: %zu kinks: %s", seed, fit.kink_count, fit.kinks_why);
        ck_assert(fit.weighed);
        for (size_t i = 0; i < t.n; i++) {
            double V, dV, true_V = -.96 / (1 + (t.x[i] < 0 ? 1.6 : 1.02) * t.x[i]);
            savings_own_evaluate(&fit, 0, t.x[i], 0, &V, &dV);
            sum += (V - true_V) * (V - true_V);
        }
        ck_assert_msg(sqrt(sum / 300) < .0015, "seed %zu: rms %g against the truth", seed, sqrt(sum / 300));
        ck_assert_msg(fit.row[0].value.rms > .0025 && fit.row[0].value.rms < .0035, "seed %zu: rms %g", seed,
                      fit.row[0].value.rms);
        savings_own_fit_clear(&fit);
        savings_own_data_clear(&data);
    }
    gsl_rng_free(generator);
}
END_TEST

/* ---- parts ---- */

START_TEST(test_transform_and_back) {
    static const double crra[] = {.3, .999, 1, 1.5, 2, 10};
    for (size_t i = 0; i < 6; i++)
        for (double n = .01; n < 100; n *= 1.7) {
            savings_own_map map = {.pinv = true, .crra = crra[i], .scale = 2.5};
            double V = 2.5 * savings_utility(crra[i], n), z, slope, back, back_slope;
            ck_assert(savings_own_forward(&map, V, &z, &slope));
            ck_assert_double_eq_tol(z / n, 1, 1e-11);
            ck_assert_double_eq_tol(slope * 2.5 * savings_marginal_utility(crra[i], n), 1, 1e-11);
            ck_assert(savings_own_backward(&map, z, &back, &back_slope));
            ck_assert_double_eq_tol(back, V, 1e-12 * (1 + fabs(V)));
            ck_assert_double_eq_tol(back_slope * slope, 1, 1e-12);
        }
    savings_own_map map = {.pinv = true, .crra = 2, .scale = 1};
    double z, slope;
    ck_assert(!savings_own_forward(&map, 1, &z, &slope));
    map.crra = .5; /* 1/(1 - g) is even: the power of a negative number exists, and is no consumption */
    ck_assert(!savings_own_forward(&map, -1, &z, &slope));
    ck_assert(!savings_own_backward(&map, -1, &z, &slope));
    ck_assert_double_eq_tol(savings_own_consumption(2, 4 * 1.2, 1.2), .5, 1e-15);
}
END_TEST

/* The loss that savings_own_fit_held minimises, from the network alone. */
static double loss_of(const crease_net *net, const savings_own_rows *rows, double lambda, double kink) {
    crease_work *work;
    double sum = 0, s = net->output_scale[0], t = net->input_scale[0];
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    for (size_t i = 0; i < rows->n; i++) {
        double z, slope;
        crease_net_input_gradient(net, NULL, work, 1, &rows->x[i], &z, &slope);
        sum += pow((z - rows->z[i]) / s, 2);
        if (rows->x[i] != kink)
            sum += pow(lambda * (slope - rows->dz[i]) * t / s, 2);
    }
    crease_work_free(work);
    return sum;
}

/* No step of any free parameter lowers the loss: the Jacobian of the slopes is right for every kind of unit. */
START_TEST(test_the_joint_fit_is_a_minimum) {
    static const char *const specs[] = {"affine+tanh:2+relu:1", "sigmoid:2+relu:1",
                                        "affine+softplus:2+relu:1"};
    value_table t = {.n = 41};
    for (size_t i = 0; i < t.n; i++) {
        t.x[i] = -1 + .05 * (double)i;
        t.V[i] = sin(2 * t.x[i]) + fmax(t.x[i] - t.x[20], 0);
        t.dV[i] = 2 * cos(2 * t.x[i]) + (i > 20);
    }
    for (size_t i = 0; i < 3; i++) {
        savings_own_rows rows = {.n = t.n, .x = t.x, .z = t.V, .dz = t.dV};
        savings_own_held held = {.kink = &t.x[20], .kinks = 1, .lambda = .5};
        crease_fit_options options = {.seed = 1, .starts = 6};
        crease_net *net;
        ck_assert_int_eq(crease_net_parse(specs[i], 1, 1, &net, NULL), CREASE_OK);
        ck_assert_int_eq(savings_own_fit_held(net, &rows, &held, &options, NULL), CREASE_OK);
        double least = loss_of(net, &rows, .5, t.x[20]);
        size_t width = net->layer[0].width;
        ck_assert_double_eq(net->theta[width - 1], 1); /* the hinge stays where it was put */
        for (size_t j = 0; j < net->parameter_count; j++)
            for (double step = -1e-3; step <= 1e-3; step += 2e-3) {
                double kept = net->theta[j];
                if (j == width - 1 || j == 2 * width - 1)
                    continue;
                net->theta[j] += step * fmax(1, fabs(kept));
                double loss = loss_of(net, &rows, .5, t.x[20]);
                net->theta[j] = kept;
                ck_assert_msg(loss >= least * (1 - 1e-9), "%s: parameter %zu: %.12g < %.12g", specs[i], j,
                              loss, least);
            }
        crease_net_free(net);
    }
}
END_TEST

/* The errors left out of a line, against least squares on the other rows by hand. */
START_TEST(test_errors_left_out) {
    value_table t = {.n = 23};
    double sum = 0, largest = 0;
    size_t count = 0;
    for (size_t i = 0; i < t.n; i++) {
        t.x[i] = .5 * (double)i;
        t.V[i] = sqrt(1 + t.x[i]) + .1 * sin(9. * (double)i);
    }
    for (size_t fold = 0; fold < 5; fold++) {
        double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
        for (size_t i = 0; i < t.n; i++) {
            if (i % 5 == fold && i > 0 && i + 1 < t.n)
                continue;
            n++;
            sx += t.x[i];
            sy += t.V[i];
            sxx += t.x[i] * t.x[i];
            sxy += t.x[i] * t.V[i];
        }
        double slope = (n * sxy - sx * sy) / (n * sxx - sx * sx), level = (sy - slope * sx) / n;
        for (size_t i = fold; i < t.n; i += 5)
            if (i > 0 && i + 1 < t.n) {
                double error = level + slope * t.x[i] - t.V[i];
                sum += error * error;
                largest = fmax(largest, fabs(error));
                count++;
            }
    }
    savings_own_data data = table_of(t.n, t.x, t.V, NULL);
    savings_own_fit fit =
        run(&data, (savings_own_options){.net = "affine", .no_kinks = true, .no_rivals = true});
    ck_assert_uint_eq(count, 21);
    ck_assert_double_eq_tol(fit.row[0].left_out.rms, sqrt(sum / (double)count), 1e-12);
    ck_assert_double_eq_tol(fit.row[0].left_out.max, largest, 1e-12);
    savings_own_fit_clear(&fit);
    savings_own_data_clear(&data);
}
END_TEST

/* Two rows of one state with two slopes are a kink, whichever way the table runs; one row there has no slope. */
START_TEST(test_two_slopes_at_one_state) {
    for (int descending = 0; descending < 2; descending++) {
        double x[22], V[22], dV[22];
        for (size_t i = 0; i < 22; i++) {
            size_t row = descending ? 21 - i : i, step = i <= 10 ? i : i - 1;
            x[row] = (double)step;
            V[row] = step <= 10 ? 2. * (double)step : 20 + .5 * (double)(step - 10);
            dV[row] = i <= 10 ? 2 : .5;
        }
        savings_own_data data = table_of(22, x, V, dV);
        ck_assert_uint_eq(data.n, 21);
        ck_assert_double_eq(data.dV[10], 2);
        ck_assert_double_eq(data.dV_right[10], .5);
        savings_own_fit fit = run(&data, (savings_own_options){.no_rivals = true});
        ck_assert_uint_eq(fit.kink_count, 1);
        ck_assert_double_eq(fit.kink[0].x, 10);
        ck_assert_int_eq(fit.kink[0].source, SAVINGS_OWN_FROM_PAIR);
        ck_assert_double_eq_tol(fit.kink[0].ratio, 4, 1e-12);
        ck_assert(fit.exact);
        savings_own_fit_clear(&fit);
        savings_own_data_clear(&data);
    }
}
END_TEST

/* V = x + sin(6 x)/10 has slope 1 + .6 cos(6 x): it rises by 1.2 from pi/6 to pi/3, and never falls; with sin(6 x)/5 it
 * falls with slope -.2. */
START_TEST(test_violated_shapes_are_found) {
    static const double size[] = {.1, .2};
    for (size_t c = 0; c < test_rounds(2, 2); c++) {
        value_table t = {.n = 100};
        for (size_t i = 0; i < t.n; i++) {
            t.x[i] = 1.2 * (double)i / 99;
            t.V[i] = t.x[i] + size[c] * sin(6 * t.x[i]);
            t.dV[i] = 1 + 6 * size[c] * cos(6 * t.x[i]);
        }
        savings_own_data data = table_of(t.n, t.x, t.V, t.dV);
        savings_own_fit fit = run(&data, (savings_own_options){.no_rivals = true, .net = "affine+tanh:6"});
        ck_assert_uint_eq(fit.kink_count, 0);
        ck_assert_double_eq_tol(fit.shape.rise, 12 * size[c], .01);
        ck_assert_double_eq_tol(fit.shape.rise_from, M_PI / 6, .02);
        ck_assert_double_eq_tol(fit.shape.rise_to, M_PI / 3, .02);
        ck_assert_double_eq_tol(fit.data_shape.rise, 12 * size[c], .01);
        ck_assert_double_eq_tol(fit.shape.drop, c == 0 ? 0 : .2, .01);
        savings_own_fit_clear(&fit);
        savings_own_data_clear(&data);
    }
}
END_TEST

START_TEST(test_shapes_are_enforced) {
    gsl_rng *generator = crease_random_new(5, 0);
    value_table t = {.n = 30};
    for (size_t i = 0; i < t.n; i++) {
        t.x[i] = .13 * (double)i;
        t.V[i] = -exp(-t.x[i]) + gsl_ran_gaussian(generator, .05);
    }
    savings_own_data data = table_of(t.n, t.x, t.V, NULL);
    for (int chosen = 0; chosen < (int)test_rounds(2, 2); chosen++) {
        savings_own_fit fit = run(&data, (savings_own_options){.no_rivals = true,
                                                               .no_kinks = true,
                                                               .concave = true,
                                                               .increasing = true,
                                                               .fit.starts = 4,
                                                               .net = chosen ? NULL : "affine+relu:9"});
        ck_assert(fit.shape.drop == 0 && fit.shape.rise == 0);
        ck_assert(fit.data_shape.drop > 0 && fit.data_shape.rise > 0);
        ck_assert_double_lt(fit.row[0].value.rms, .07);
        savings_own_fit_clear(&fit);
    }
    savings_own_data_clear(&data);
    gsl_rng_free(generator);
}
END_TEST

START_TEST(test_the_policy_table) {
    savings_own_data data = load("tests/data/savings/B_twoperiod_a.csv", "a", "W", NULL);
    savings_own_fit fit =
        run(&data, (savings_own_options){.crra = 2, .state = SAVINGS_OWN_END, .no_rivals = true});
    crease_table *table;
    ck_assert_int_eq(
        savings_own_policy_table(&fit, &data, (const char *const[]){"a", "W", "dW"}, 101, &table, NULL),
        CREASE_OK);
    ck_assert_uint_eq(table->rows, 103);
    ck_assert_uint_eq(table->columns, 5);
    size_t kink_rows = 0;
    for (size_t i = 0; i < table->rows; i++) {
        double a = table->column[0][i], second = 1 + (a < 0 ? 1.2 : 1.02) * a, rate = a < 0 ? 1.2 : 1.02;
        if (fabs(a) < 1e-9)
            rate = kink_rows++ == 0 ? 1.2 : 1.02;
        ck_assert_double_eq_tol(table->column[1][i], -.96 / second, 1e-11);
        ck_assert_double_eq_tol(table->column[2][i], .96 * rate / second / second, 1e-10);
        ck_assert_double_eq_tol(table->column[3][i], second / sqrt(.96 * rate), 1e-10);
        ck_assert_double_eq(table->column[4][i], a + table->column[3][i]);
    }
    ck_assert_uint_eq(kink_rows, 2);
    ck_assert_double_eq(table->column[0][0], data.x[0]);
    ck_assert_double_eq(table->column[0][102], data.x[data.n - 1]);
    crease_table_free(table);
    savings_own_fit_clear(&fit);
    savings_own_data_clear(&data);
}
END_TEST

/* V(a) = V(m) at m = R(a) a + y: the kink is that of the return, and consumption runs through it. */
START_TEST(test_returns_on_both_sides) {
    value_table t = {.n = 100};
    for (size_t i = 0; i < t.n; i++) {
        t.x[i] = -.5 + 2 * (double)i / 99;
        double R = t.x[i] < 0 ? 1.2 : 1.02, c = .3 + .7 * (R * t.x[i] + 1);
        t.V[i] = -1 / c / .7; /* V'(m) = c^-2 */
    }
    savings_own_data data = table_of(t.n, t.x, t.V, NULL);
    for (int both = 0; both < 2; both++) {
        savings_own_fit fit = run(&data, (savings_own_options){.crra = 2,
                                                               .state = SAVINGS_OWN_ASSETS,
                                                               .return_below = both ? 1.2 : 1.02,
                                                               .return_above = 1.02,
                                                               .no_rivals = true});
        ck_assert_uint_eq(fit.kink_count, 1);
        ck_assert_double_eq_tol(fit.kink[0].ratio, 1.2 / 1.02, 1e-10);
        if (both) {
            assert_net(fit.policy.net, "affine+relu:1");
            for (size_t i = 0; i < t.n; i++)
                ck_assert_double_eq_tol(evaluate(fit.policy.net, t.x[i]),
                                        .3 + .7 * ((t.x[i] < 0 ? 1.2 : 1.02) * t.x[i] + 1), 1e-10);
        } else {
            ck_assert_ptr_null(fit.policy.net);
            ck_assert_ptr_nonnull(strstr(fit.policy.why, "jumps"));
        }
        savings_own_fit_clear(&fit);
    }
    savings_own_data_clear(&data);
}
END_TEST

/* Log utility for ever: V = log(c)/(1 - beta). With its scale one hinge is exact; without, V as it is does better. */
START_TEST(test_log_utility_and_its_scale) {
    value_table t = {.n = 80};
    for (size_t i = 0; i < t.n; i++) {
        t.x[i] = -.5 + .025 * (double)i;
        t.V[i] = 25 * log(.3 + .7 * (1 + (t.x[i] < 0 ? 1.2 : 1.02) * t.x[i]));
    }
    savings_own_data data = table_of(t.n, t.x, t.V, NULL);
    for (int scaled = 0; scaled < 2; scaled++) {
        savings_own_fit fit =
            run(&data, (savings_own_options){.crra = 1, .scale = scaled ? 25 : 0, .no_rivals = true});
        ck_assert_uint_eq(fit.kink_count, 1);
        ck_assert_double_eq_tol(fit.kink[0].x, 0, 1e-6);
        ck_assert_int_eq(fit.exact, scaled);
        ck_assert_int_eq(fit.transform, scaled ? SAVINGS_OWN_PINV : SAVINGS_OWN_NONE);
        ck_assert_int_eq(strstr(fit.transform_why, "--scale") != NULL, !scaled);
        ck_assert_double_lt(fit.row[0].value.max, scaled ? 1e-11 : .01);
        savings_own_fit_clear(&fit);
    }
    savings_own_data_clear(&data);
}
END_TEST

/* The transform is the one whose values err less where they were left out. */
START_TEST(test_transform_by_errors_left_out) {
    savings_own_data data = load("tests/data/savings/B_twoperiod_a.csv", "a", "W", NULL);
    savings_own_fit fit =
        run(&data, (savings_own_options){.crra = 2, .transform = SAVINGS_OWN_AUTO, .no_rivals = true});
    ck_assert_int_eq(fit.transform, SAVINGS_OWN_PINV);
    ck_assert_double_eq(fit.transform_error[1], fit.row[0].left_out.rms);
    ck_assert_double_gt(fit.transform_error[0], 1e-8);
    savings_own_fit_clear(&fit);
    savings_own_data_clear(&data);
    value_table t = {.n = 40}; /* V itself is a line and a hinge; with g = 2 its pseudo-inverse is curved */
    for (size_t i = 0; i < t.n; i++) {
        t.x[i] = .05 * (double)i;
        t.V[i] = -3 + t.x[i] - .5 * fmax(t.x[i] - 1.01, 0);
    }
    data = table_of(t.n, t.x, t.V, NULL);
    fit = run(&data, (savings_own_options){.crra = 2, .transform = SAVINGS_OWN_AUTO, .no_rivals = true});
    ck_assert_int_eq(fit.transform, SAVINGS_OWN_NONE);
    ck_assert(fit.exact);
    savings_own_fit_clear(&fit);
    savings_own_data_clear(&data);
}
END_TEST

/* ---- manners ---- */

START_TEST(test_threads_do_not_change_digits) {
    savings_own_data data = load("tests/data/savings/B_twoperiod_a.csv", "a", "W", "dW_left");
    savings_own_fit fit[2];
    for (size_t i = 0; i < 2; i++)
        fit[i] =
            run(&data, (savings_own_options){.net = "affine+tanh:2+relu:1",
                                             .no_rivals = true,
                                             .fit = {.seed = 3, .starts = 6, .threads = i == 0 ? 1 : 4}});
    for (size_t j = 0; j < fit[0].row[0].net->parameter_count; j++)
        ck_assert_double_eq(fit[0].row[0].net->theta[j], fit[1].row[0].net->theta[j]);
    savings_own_fit_clear(&fit[0]);
    savings_own_fit_clear(&fit[1]);
    savings_own_data_clear(&data);
}
END_TEST

static bool stop_after(void *context) {
    size_t *left = context;
    size_t now;
#pragma omp atomic capture
    now = (*left)++;
    return now >= 200;
}

START_TEST(test_interruption_returns_the_best_so_far) {
    savings_own_data data = load("tests/data/savings/D_continuous.csv", "a", "V", "dV");
    size_t asked = 0;
    savings_own_fit fit =
        run(&data, (savings_own_options){.crra = 2,
                                         .fit = {.interrupted = stop_after, .interrupted_context = &asked}});
    ck_assert(fit.interrupted);
    ck_assert_uint_eq(fit.row_count, 1);
    ck_assert(isfinite(fit.row[0].value.max));
    savings_own_fit_clear(&fit);
    savings_own_data_clear(&data);
}
END_TEST

START_TEST(test_long_tables_are_thinned_and_judged_whole) {
    size_t n = 7001;
    double *x = malloc(2 * n * sizeof *x), *V = x + n;
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)i / 1000;
        V[i] = 2 * x[i] - fmax(x[i] - 3.3333, 0);
    }
    V[4321] += .25; /* one row, which thinning may pass over */
    savings_own_data data = table_of(n, x, V, NULL);
    savings_own_fit fit = run(&data, (savings_own_options){.no_rivals = true,
                                                           .kink = (const double[]){3.3333},
                                                           .kink_count = 1,
                                                           .net = "affine+relu:1"});
    ck_assert_uint_ge(fit.fitted_rows, 1990);
    ck_assert_uint_le(fit.fitted_rows, 2010);
    ck_assert_double_eq_tol(fit.row[0].value.max, .25, 1e-3);
    ck_assert_double_eq(fit.row[0].worst_x, 4.321);
    ck_assert_uint_eq(fit.row[0].n_free, 3); /* the kink's place was given */
    savings_own_fit_clear(&fit);
    savings_own_data_clear(&data);
    free(x);
}
END_TEST

/* ---- what is refused ---- */

static void refuse_table(size_t n, const double *x, const double *V, const double *dV, const char *says) {
    savings_own_data data;
    crease_error error = {0};
    ck_assert_int_eq(savings_own_data_new(n, x, V, dV, NULL, &data, &error), CREASE_BAD_DATA);
    ck_assert_msg(strstr(error.message, says) != NULL, "'%s' is not in: %s", says, error.message);
    ck_assert_ptr_null(data.x);
}

START_TEST(test_bad_tables_are_refused) {
    double x[10], V[10], dV[10];
    for (size_t i = 0; i < 10; i++) {
        x[i] = (double)i;
        V[i] = -1 / (1 + x[i]);
        dV[i] = V[i] * V[i];
    }
    refuse_table(0, x, V, NULL, "too few");
    V[5] = -1e160;
    refuse_table(10, x, V, NULL, "row 6 of the table holds a number beyond 1e+152");
    V[5] = -1. / 6;
    refuse_table(7, x, V, NULL, "too few distinct states, 7");
    V[3] = -INFINITY;
    refuse_table(10, x, V, dV, "row 4");
    V[3] = -.25;
    dV[2] = NAN;
    refuse_table(10, x, V, dV, "not finite");
    dV[2] = V[2] * V[2];
    x[9] = x[2];
    refuse_table(10, x, V, NULL, "row 10 gives the state 2");
    x[8] = x[2]; /* three slopes at one state */
    V[8] = V[9] = V[2];
    refuse_table(10, x, V, dV, "three different slopes");
}
END_TEST

static void refuse(const savings_own_data *data, savings_own_options options, crease_status status,
                   const char *says) {
    savings_own_fit fit;
    crease_error error = {0};
    options.fit.starts = 2;
    ck_assert_int_eq(savings_own_run(data, &options, &fit, &error), status);
    ck_assert_msg(strstr(error.message, says) != NULL, "'%s' is not in: %s", says, error.message);
    ck_assert_uint_eq(fit.row_count, 0);
}

START_TEST(test_bad_wishes_are_refused) {
    double x[20], V[20], dV[20];
    for (size_t i = 0; i < 20; i++) {
        x[i] = (double)i;
        V[i] = -1 / (1 + x[i]);
        dV[i] = V[i] * V[i];
    }
    dV[4] = -1;
    savings_own_data data = table_of(20, x, V, NULL), falling = table_of(20, x, V, dV);
    refuse(&data, (savings_own_options){.crra = .5}, CREASE_BAD_DATA, "(1 - g) V must be positive");
    refuse(&data, (savings_own_options){.crra = -1}, CREASE_BAD_ARGUMENT, "positive");
    refuse(&falling, (savings_own_options){.crra = 2}, CREASE_BAD_DATA, "at the state 4 is not positive");
    refuse(&data, (savings_own_options){.transform = SAVINGS_OWN_PINV}, CREASE_BAD_ARGUMENT, "--crra");
    refuse(&data, (savings_own_options){.kink = (const double[]){5, 3}, .kink_count = 2}, CREASE_BAD_ARGUMENT,
           "ascend");
    refuse(&data, (savings_own_options){.kink = (const double[]){-5}, .kink_count = 1}, CREASE_BAD_DATA,
           "no row left of");
    refuse(&data, (savings_own_options){.kink = (const double[]){19}, .kink_count = 1}, CREASE_BAD_DATA,
           "no row right of");
    refuse(&data, (savings_own_options){.kink = (const double[]){3.2, 3.4}, .kink_count = 2}, CREASE_BAD_DATA,
           "no row right");
    refuse(&data, (savings_own_options){.net = "tanh:2/relu:2"}, CREASE_BAD_ARGUMENT, "one hidden layer");
    refuse(&data, (savings_own_options){.net = "tanh:2+relu:2"}, CREASE_BAD_ARGUMENT, "no kink to hold");
    refuse(&data, (savings_own_options){.net = "tanh:2", .concave = true}, CREASE_BAD_ARGUMENT,
           "affine+relu:N");
    refuse(&data, (savings_own_options){.net = "tanhh:2"}, CREASE_BAD_ARGUMENT, "tanhh");
    savings_own_data_clear(&data);
    savings_own_data_clear(&falling);
}
END_TEST

/* A constant, and values of unusual size. */
START_TEST(test_odd_but_usable_tables) {
    static const double size[] = {1, 1e150, 1e-150};
    double x[30], V[30];
    for (size_t i = 0; i < 30; i++) {
        x[i] = (double)i;
        V[i] = 3;
    }
    savings_own_data data = table_of(30, x, V, NULL);
    savings_own_fit fit = run(&data, (savings_own_options){0});
    ck_assert_uint_eq(fit.kink_count, 0);
    ck_assert_double_le(fit.row[0].value.max, 1e-14);
    savings_own_fit_clear(&fit);
    savings_own_data_clear(&data);
    for (size_t i = 0; i < 9; i++) {
        double sx = size[i % 3], sV = size[i / 3];
        for (size_t j = 0; j < 30; j++) {
            x[j] = sx * (double)j;
            V[j] = sV * ((double)j + 2 * fmin((double)j, 12.5));
        }
        data = table_of(30, x, V, NULL);
        fit = run(&data, (savings_own_options){.no_rivals = true});
        ck_assert_msg(fit.kink_count == 1 && fit.exact, "sizes %g, %g: %zu kinks", sx, sV, fit.kink_count);
        ck_assert_double_eq_tol(fit.kink[0].x / sx, 12.5, 1e-9);
        ck_assert_double_eq_tol(fit.kink[0].ratio, 3, 1e-9);
        savings_own_fit_clear(&fit);
        savings_own_data_clear(&data);
    }
}
END_TEST

Suite *test_savings_own(void) {
    Suite *suite = suite_create("savings: value functions of the user's own");
    TCase *exact = tcase_create("exact"), *parts = tcase_create("parts"), *manners = tcase_create("manners");
    tcase_set_timeout(exact, 300);
    tcase_set_timeout(parts, 300);
    tcase_set_timeout(manners, 300);
    tcase_add_test(exact, test_wedge_and_its_policy_are_exact);
    tcase_add_test(exact, test_default_has_a_convex_kink);
    tcase_add_loop_test(exact, test_no_kink_is_invented, 0, 4 * (int)(sizeof smooth / sizeof *smooth));
    tcase_add_test(exact, test_a_bend_in_a_hole_is_no_kink);
    tcase_add_test(exact, test_doubts);
    tcase_add_test(exact, test_policy_kinks_come_from_the_slopes);
    tcase_add_test(exact, test_slopes_improve_slopes);
    tcase_add_test(exact, test_random_values_are_recovered);
    tcase_add_test(exact, test_slopes_show_a_kink);
    tcase_add_test(exact, test_noise);
    tcase_add_test(parts, test_transform_and_back);
    tcase_add_test(parts, test_the_joint_fit_is_a_minimum);
    tcase_add_test(parts, test_errors_left_out);
    tcase_add_test(parts, test_two_slopes_at_one_state);
    tcase_add_test(parts, test_violated_shapes_are_found);
    tcase_add_test(parts, test_shapes_are_enforced);
    tcase_add_test(parts, test_the_policy_table);
    tcase_add_test(parts, test_returns_on_both_sides);
    tcase_add_test(parts, test_log_utility_and_its_scale);
    tcase_add_test(parts, test_transform_by_errors_left_out);
    tcase_add_test(manners, test_threads_do_not_change_digits);
    tcase_add_test(manners, test_interruption_returns_the_best_so_far);
    tcase_add_test(manners, test_long_tables_are_thinned_and_judged_whole);
    tcase_add_test(manners, test_bad_tables_are_refused);
    tcase_add_test(manners, test_bad_wishes_are_refused);
    tcase_add_test(manners, test_odd_but_usable_tables);
    suite_add_tcase(suite, exact);
    suite_add_tcase(suite, parts);
    suite_add_tcase(suite, manners);
    return suite;
}
