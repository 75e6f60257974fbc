/* Least largest error against brute force: every way to spread the knots over the gaps between data, each a system
 * of linear inequalities in the lines, whose infeasibility has a certificate (Farkas) that NNLS finds. */
#include "crease/minimax.h"
#include "crease/nnls.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 10, VARIABLES = 2 * MOST, ROWS = 6 * MOST };
enum { NO_KNOT, UP, DOWN, TWO, WAYS };

/* ---- brute force ---- */

typedef struct inequalities { /* a z <= b */
    size_t rows, variables;
    double a[ROWS][VARIABLES], b[ROWS];
    double origin[MOST]; /* of each line's x, which keeps the numbers small */
} inequalities;

static double *add_row(inequalities *system, double bound) {
    ck_assert_uint_lt(system->rows, ROWS);
    double *row = system->a[system->rows];
    memset(row, 0, sizeof system->a[0]);
    system->b[system->rows++] = bound;
    return row;
}

/* sign * (line at x) <= bound; variables 2 s and 2 s + 1 are slope and value at the origin of line s */
static void add_value(inequalities *system, size_t line, double sign, double x, double bound) {
    double *row = add_row(system, bound);
    row[2 * line] = sign * (x - system->origin[line]);
    row[2 * line + 1] = sign;
}

/* sign ((line + 1 at `to`) - (line at x)) <= bound */
static void add_step(inequalities *system, size_t line, double x, double to, double sign, double bound) {
    double *row = add_row(system, bound);
    row[2 * line] = -sign * (x - system->origin[line]);
    row[2 * line + 1] = -sign;
    row[2 * line + 2] = sign * (to - system->origin[line + 1]);
    row[2 * line + 3] = sign;
}

static bool feasible(const inequalities *system) {
    size_t rows = system->variables + 1;
    double A[(VARIABLES + 1) * ROWS], right[VARIABLES + 1] = {0}, lambda[ROWS], residual;
    for (size_t c = 0; c < system->rows; c++) {
        for (size_t v = 0; v < system->variables; v++)
            A[v * system->rows + c] = system->a[c][v];
        A[system->variables * system->rows + c] = system->b[c];
    }
    right[system->variables] = -1;
    ck_assert_int_eq(crease_nnls(A, rows, system->rows, right, NULL, lambda, &residual, NULL), CREASE_OK);
    return residual > 1e-5;
}

/* x ascending and distinct. way[g]: what happens between x_g and x_{g+1}. */
static bool way_is_feasible(const crease_data *data, double t, const int *way,
                            const crease_minimax_options *shape) {
    inequalities system = {.variables = 2, .origin = {data->x[0]}};
    size_t line = 0;
    for (size_t i = 0; i < data->n; i++) {
        add_value(&system, line, 1, data->x[i], data->y[i] + t);
        add_value(&system, line, -1, data->x[i], t - data->y[i]);
        if (i + 1 == data->n || way[i] == NO_KNOT)
            continue;
        double x = data->x[i], next = data->x[i + 1];
        system.origin[line + 1] = next;
        if (way[i] != TWO) {
            add_step(&system, line, x, x, way[i] == UP ? 1 : -1, 0);
            add_step(&system, line, next, next, way[i] == UP ? -1 : 1, 0);
        } else if (shape->slope_limits) { /* between the knots, from x to the next */
            add_step(&system, line, x, next, 1, shape->slope_limits[1] * (next - x));
            add_step(&system, line, x, next, -1, -shape->slope_limits[0] * (next - x));
        }
        line++;
        system.variables += 2;
    }
    for (size_t s = 0; shape->slope_limits && s <= line; s++) {
        add_row(&system, shape->slope_limits[1])[2 * s] = 1;
        add_row(&system, -shape->slope_limits[0])[2 * s] = -1;
    }
    return feasible(&system);
}

static bool some_way_is_feasible(const crease_data *data, size_t knots, double t,
                                 const crease_minimax_options *shape) {
    size_t gaps = data->n - 1, ways = 1;
    for (size_t g = 0; g < gaps; g++)
        ways *= WAYS;
    for (size_t code = 0; code < ways; code++) {
        int way[MOST];
        size_t used = 0, rest = code;
        bool admitted = true;
        for (size_t g = 0; g < gaps; g++, rest /= WAYS) {
            way[g] = (int)(rest % WAYS);
            used += way[g] == TWO ? 2 : way[g] != NO_KNOT;
            /* two knots of one turn in a gap do nothing that one cannot */
            if (shape->curvature &&
                (way[g] == TWO || way[g] == (shape->curvature == CREASE_CONCAVE ? UP : DOWN)))
                admitted = false;
        }
        if (admitted && used <= knots && way_is_feasible(data, t, way, shape))
            return true;
    }
    return false;
}

/* ---- what every answer must keep ---- */

static crease_minimax_result fit(const crease_data *data, size_t knots, const crease_minimax_options *shape) {
    crease_minimax_result result;
    crease_error error = {0};
    crease_status status = crease_minimax_fit(data, knots, shape, &result, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    return result;
}

static double slope_of_piece(const crease_pwl *p, size_t piece) {
    if (piece == 0)
        return p->slope_left;
    if (piece == p->knot_count)
        return p->slope_right;
    return (p->y[piece] - p->y[piece - 1]) / (p->x[piece] - p->x[piece - 1]);
}

static void check_shape(const crease_pwl *p, const crease_minimax_options *shape, unsigned long seed) {
    for (size_t s = 0; s <= p->knot_count; s++) {
        double slope = slope_of_piece(p, s), before = s ? slope_of_piece(p, s - 1) : slope;
        double rounding = 1e-7 * (1 + fabs(slope) + fabs(before));
        ck_assert(s < 2 || p->x[s - 1] > p->x[s - 2]);
        if (shape && shape->slope_limits)
            ck_assert_msg(slope >= shape->slope_limits[0] - rounding &&
                              slope <= shape->slope_limits[1] + rounding,
                          "seed %lu: slope %.17g", seed, slope);
        if (shape && shape->curvature)
            ck_assert_msg((shape->curvature == CREASE_CONCAVE ? slope - before : before - slope) <= rounding,
                          "seed %lu: slopes %.17g, %.17g", seed, before, slope);
    }
}

static void check_result(const crease_data *data, size_t knots, const crease_minimax_options *shape,
                         const crease_minimax_result *r, unsigned long seed) {
    double largest = 0, sse = 0, weight = 0;
    for (size_t i = 0; i < data->n; i++) {
        double w = data->weight ? data->weight[i] : 1;
        double e = data->y[i] - crease_pwl_evaluate(r->pwl, data->x[i]);
        largest = w > 0 ? fmax(largest, fabs(e)) : largest;
        sse += w * e * e;
        weight += w;
    }
    ck_assert_msg(r->max_error == largest && fabs(r->sse - sse) <= 1e-12 * sse &&
                      fabs(r->rmse - sqrt(sse / weight)) <= 1e-12 * r->rmse,
                  "seed %lu: max error %.17g, not %.17g", seed, r->max_error, largest);
    ck_assert_msg(r->pwl->knot_count <= knots && r->knots_asked == knots, "seed %lu: too many knots", seed);
    ck_assert_msg(r->lower_bound <= r->max_error && r->gap >= 0 && r->certified,
                  "seed %lu, %zu knots: error %.17g, bound %.17g", seed, knots, r->max_error, r->lower_bound);
    check_shape(r->pwl, shape, seed);
}

/* ---- random small cases ---- */

static void random_data(gsl_rng *rng, size_t n, double *x, double *y) {
    bool whole = gsl_rng_uniform(rng) < .3; /* many contacts at once */
    for (size_t i = 0; i < n; i++) {
        double step = whole ? 1 + (double)gsl_rng_uniform_int(rng, 3)
                            : exp(gsl_ran_gaussian(rng, 1.2)); /* gaps narrow and wide */
        x[i] = (i ? x[i - 1] : -1) + step;
        y[i] = whole ? (double)gsl_rng_uniform_int(rng, 5) : gsl_ran_gaussian(rng, 1);
    }
}

static const double limits[3][2] = {{0, INFINITY}, {-.4, .7}, {-INFINITY, -.1}};
static const double finite_limits[3][2] = {{0, 1e4}, {-.4, .7}, {-1e4, -.1}};

static void check_against_brute_force(uint64_t seed, const crease_minimax_options *shape,
                                      const crease_minimax_options *brute_shape) {
    gsl_rng *rng = crease_random_new(seed, 7);
    size_t n = 2 + gsl_rng_uniform_int(rng, 5), knots = gsl_rng_uniform_int(rng, 4);
    double x[MOST], y[MOST];
    random_data(rng, n, x, y);
    crease_data data = {.n = n, .inputs = 1, .outputs = 1, .x = x, .y = y};
    crease_minimax_result r = fit(&data, knots, shape);
    check_result(&data, knots, shape, &r, seed);
    if (r.lower_bound > 1e-9)
        ck_assert_msg(!some_way_is_feasible(&data, knots, r.lower_bound * (1 - 1e-5), brute_shape),
                      "seed %lu: n %zu, %zu knots: there is better than %.17g", (unsigned long)seed, n, knots,
                      r.max_error);
    ck_assert_msg(some_way_is_feasible(&data, knots, r.max_error * (1 + 1e-5) + 1e-9, brute_shape),
                  "seed %lu: brute force does not reach %.17g", (unsigned long)seed, r.max_error);
    crease_minimax_result_clear(&r);
    gsl_rng_free(rng);
}

START_TEST(equals_brute_force) {
    const crease_minimax_options any = {0};
    for (uint64_t seed = 1; seed <= test_rounds(100, 5000); seed++)
        check_against_brute_force(seed, NULL, &any);
}
END_TEST

START_TEST(shapes_equal_brute_force) {
    for (uint64_t seed = 1; seed <= test_rounds(120, 5000); seed++) {
        size_t kind = seed % 4;
        crease_minimax_options shape = {.curvature = seed % 3 == 0   ? CREASE_ANY_CURVATURE
                                                     : seed % 3 == 1 ? CREASE_CONCAVE
                                                                     : CREASE_CONVEX,
                                        .slope_limits = kind < 3 ? limits[kind] : NULL};
        crease_minimax_options brute = shape; /* certificates want finite numbers; these do not bind */
        brute.slope_limits = kind < 3 ? finite_limits[kind] : NULL;
        check_against_brute_force(seed, &shape, &brute);
    }
}
END_TEST

START_TEST(tube_has_fewest_pieces) {
    const crease_minimax_options any = {0};
    for (uint64_t seed = 1; seed <= test_rounds(100, 5000); seed++) {
        gsl_rng *rng = crease_random_new(seed, 8);
        size_t n = 2 + gsl_rng_uniform_int(rng, 5);
        double x[MOST], y[MOST], t = exp(gsl_ran_gaussian(rng, 1)) / 3;
        random_data(rng, n, x, y);
        crease_data data = {.n = n, .inputs = 1, .outputs = 1, .x = x, .y = y};
        crease_pwl *pwl;
        crease_error error;
        ck_assert_msg(crease_minimax_tube(&data, t, NULL, &pwl, &error) == CREASE_OK, "%s", error.message);
        for (size_t i = 0; i < n; i++)
            ck_assert_msg(fabs(crease_pwl_evaluate(pwl, x[i]) - y[i]) <= t + 1e-9,
                          "seed %lu: leaves the tube", (unsigned long)seed);
        ck_assert_msg(pwl->knot_count == 0 ||
                          !some_way_is_feasible(&data, pwl->knot_count - 1, t * (1 - 1e-6), &any),
                      "seed %lu: n %zu: fewer than %zu knots are enough for %.17g", (unsigned long)seed, n,
                      pwl->knot_count, t);
        crease_pwl_free(pwl);
        gsl_rng_free(rng);
    }
}
END_TEST

/* ---- larger cases ---- */

enum { MANY = 400 };

/* The scan goes from left to right, so the mirror image is another computation. */
START_TEST(does_not_depend_on_side_order_scale_or_copies) {
    for (uint64_t seed = 1; seed <= test_rounds(30, 1000); seed++) {
        gsl_rng *rng = crease_random_new(seed, 9);
        static double x[MANY], y[MANY], u[2 * MANY], v[2 * MANY];
        size_t n = 30 + gsl_rng_uniform_int(rng, MANY - 30), knots = gsl_rng_uniform_int(rng, 12);
        int curvature = (int)gsl_rng_uniform_int(rng, 3);
        double bend = 3 * gsl_rng_uniform(rng),
               limit[2] = {-2 * gsl_rng_uniform(rng), 2 * gsl_rng_uniform(rng)};
        bool limited = gsl_rng_uniform(rng) < .4;
        for (size_t i = 0; i < n; i++) {
            x[i] = 10 * gsl_rng_uniform(rng);
            y[i] = sin(bend * x[i]) + gsl_ran_gaussian(rng, .2);
        }
        for (size_t i = 0; i < n; i++) { /* mirrored, upside down, moved, twice */
            u[2 * i] = u[2 * i + 1] = 1e3 - 2.5 * x[n - 1 - i];
            v[2 * i] = v[2 * i + 1] = -40 * y[n - 1 - i] + 7;
        }
        double other_limit[2] = {16 * limit[0], 16 * limit[1]};
        crease_minimax_options shape = {.curvature = (crease_curvature)curvature,
                                        .slope_limits = limited ? limit : NULL};
        crease_minimax_options other = {.curvature = curvature == CREASE_CONCAVE  ? CREASE_CONVEX
                                                     : curvature == CREASE_CONVEX ? CREASE_CONCAVE
                                                                                  : CREASE_ANY_CURVATURE,
                                        .slope_limits = limited ? other_limit : NULL};
        crease_data data = {.n = n, .inputs = 1, .outputs = 1, .x = x, .y = y};
        crease_data mirror = {.n = 2 * n, .inputs = 1, .outputs = 1, .x = u, .y = v};
        crease_minimax_result a = fit(&data, knots, &shape), b = fit(&mirror, knots, &other);
        check_result(&data, knots, &shape, &a, seed);
        ck_assert_msg(fabs(40 * a.max_error - b.max_error) <= 1e-9 * b.max_error && b.certified,
                      "seed %lu: n %zu, %zu knots: %.17g, mirrored %.17g", (unsigned long)seed, n, knots,
                      a.max_error, b.max_error / 40);
        ck_assert_uint_eq(b.points, a.points);
        ck_assert_uint_eq(b.rows, 2 * a.rows);
        crease_minimax_result_clear(&a);
        crease_minimax_result_clear(&b);
        gsl_rng_free(rng);
    }
}
END_TEST

START_TEST(parabola_in_closed_form) {
    /* the best k + 1 chords of x^2 on [0, 1] are as long as each other, with error 1/8 (k + 1)^-2; between data
     * nothing is asked, which shortens each by a part of a step */
    enum { n = 5001 };
    static double x[n], y[n];
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)i / (n - 1);
        y[i] = x[i] * x[i];
    }
    crease_data data = {.n = n, .inputs = 1, .outputs = 1, .x = x, .y = y};
    const crease_minimax_options convex = {.curvature = CREASE_CONVEX};
    for (size_t knots = 0; knots <= 9; knots++)
        for (int shaped = 0; shaped < 2; shaped++) {
            double exact = 1. / (8 * (double)((knots + 1) * (knots + 1)));
            crease_minimax_result r = fit(&data, knots, shaped ? &convex : NULL);
            check_result(&data, knots, shaped ? &convex : NULL, &r, knots);
            ck_assert_msg(r.max_error <= exact * (1 + 1e-12) &&
                              r.max_error > exact * (1 - 2.5 * (double)knots / (n - 1)) - 1e-8,
                          "%zu knots: %.17g, not %.17g", knots, r.max_error, exact);
            crease_minimax_result_clear(&r);
        }
    const crease_minimax_options concave = {.curvature = CREASE_CONCAVE}; /* a line */
    crease_minimax_result r = fit(&data, 5, &concave);
    ck_assert_double_eq_tol(r.max_error, .125, 1e-8);
    crease_minimax_result_clear(&r);
}
END_TEST

/* ---- nasty data ---- */

START_TEST(exact_polylines_have_no_error) {
    enum { n = 101 };
    double x[n], y[n];
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)i;
        y[i] = fmin(3 * x[i], 120 - x[i]); /* a knot at 30 */
    }
    crease_data data = {.n = n, .inputs = 1, .outputs = 1, .x = x, .y = y};
    crease_minimax_result r = fit(&data, 4, NULL);
    ck_assert_double_eq(r.max_error, 0);
    ck_assert_double_eq(r.lower_bound, 0);
    ck_assert_double_eq(r.gap, 0);
    ck_assert(r.certified && r.pwl->knot_count == 1 && r.pwl->x[0] == 30 && r.pwl->y[0] == 90);
    ck_assert(r.pwl->slope_left == 3 && r.pwl->slope_right == -1);
    crease_minimax_result_clear(&r);
    for (size_t i = 0; i < n; i++) /* now rounded: zero up to that, and certified */
        y[i] /= 7;
    r = fit(&data, 1, NULL);
    ck_assert_double_lt(r.max_error, 1e-14);
    ck_assert(r.certified);
    crease_minimax_result_clear(&r);
}
END_TEST

START_TEST(ties_and_weights) {
    const double x[] = {2, 0, 1, 1, 0, 3}, y[] = {5, 1, 9, 2, 1.5, 1e9}, w[] = {1, 1, 2, 3, .5, 0};
    crease_data data = {.n = 6, .inputs = 1, .outputs = 1, .x = x, .y = y, .weight = w};
    for (size_t knots = 0; knots < 5; knots++) { /* 2 and 9 at one x; 5.5 there is on no better line */
        crease_minimax_result r = fit(&data, knots, NULL);
        check_result(&data, knots, NULL, &r, knots);
        ck_assert_double_eq_tol(r.max_error, 3.5, 1e-12);
        ck_assert_double_eq_tol(r.lower_bound, 3.5, 1e-12);
        ck_assert_uint_eq(r.rows, 5);
        ck_assert_uint_eq(r.points, 3);
        crease_minimax_result_clear(&r);
    }
    crease_pwl *pwl;
    crease_error error;
    ck_assert_int_eq(crease_minimax_tube(&data, 3.4, NULL, &pwl, &error), CREASE_BAD_DATA);
    ck_assert_ptr_null(pwl);
}
END_TEST

START_TEST(few_rows_and_extreme_scales) {
    static const double scales[] = {1, 1e150, 1e-150, 1e300, 1e-300};
    for (size_t sx = 0; sx < 5; sx++)
        for (size_t sy = 0; sy < 5; sy++)
            for (size_t n = 1; n <= 5; n++) {
                double x[5], y[5], a = scales[sx], b = scales[sy];
                if (b / a > 1e305 || b / a < 1e-290)
                    continue; /* slopes are no numbers */
                for (size_t i = 0; i < n; i++) {
                    x[i] = a * (double)i;
                    y[i] = b * (i % 2 ? 1 : -1);
                }
                crease_data data = {.n = n, .inputs = 1, .outputs = 1, .x = x, .y = y};
                for (size_t knots = 0; knots < 4; knots++) {
                    crease_minimax_result r = fit(&data, knots, NULL);
                    /* a zigzag: as many knots as inner data leave nothing, a constant is the best line */
                    double error = r.max_error / b;
                    bool known = knots == 0 || knots + 2 >= n;
                    ck_assert_msg(r.certified && error < 1 + 1e-12 &&
                                      (!known || fabs(error - (knots + 2 < n)) <= 1e-12),
                                  "scales %g %g, n %zu, %zu knots: %.17g", a, b, n, knots, error);
                    crease_minimax_result_clear(&r);
                }
            }
}
END_TEST

static bool at_once(void *unused) {
    (void)unused;
    return true;
}

START_TEST(refusals_and_interruption) {
    const double x[] = {0, 1, 2}, y[] = {0, 3, 1}, bad[] = {0, NAN, 1}, reversed[] = {1, 0};
    crease_data data = {.n = 3, .inputs = 1, .outputs = 1, .x = x, .y = y};
    crease_minimax_result r;
    crease_error error = {0};
    crease_minimax_options options = {.slope_limits = reversed};
    ck_assert_int_eq(crease_minimax_fit(&data, 1, &options, &r, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "limits 1 and 0"));
    data.y = bad;
    ck_assert_int_eq(crease_minimax_fit(&data, 1, NULL, &r, &error), CREASE_BAD_DATA);
    data.y = y;
    data.inputs = 2;
    ck_assert_int_eq(crease_minimax_fit(&data, 1, NULL, &r, &error), CREASE_BAD_ARGUMENT);
    data.inputs = 1;
    crease_pwl *pwl;
    ck_assert_int_eq(crease_minimax_tube(&data, -1, NULL, &pwl, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(crease_minimax_tube(&data, NAN, NULL, &pwl, &error), CREASE_BAD_ARGUMENT);
    options = (crease_minimax_options){.interrupted = at_once};
    r = fit(&data, 0, &options);
    ck_assert(r.interrupted && r.lower_bound <= r.max_error);
    crease_minimax_result_clear(&r);
    crease_minimax_result_clear(&r);
}
END_TEST

Suite *test_minimax(void) {
    Suite *suite = suite_create("minimax");
    TCase *brute = tcase_create("brute force");
    tcase_add_test(brute, equals_brute_force);
    tcase_add_test(brute, shapes_equal_brute_force);
    tcase_add_test(brute, tube_has_fewest_pieces);
    tcase_set_timeout(brute, 60);
    suite_add_tcase(suite, brute);
    TCase *larger = tcase_create("larger");
    tcase_add_test(larger, does_not_depend_on_side_order_scale_or_copies);
    tcase_add_test(larger, parabola_in_closed_form);
    tcase_set_timeout(larger, 60);
    suite_add_tcase(suite, larger);
    TCase *nasty = tcase_create("nasty");
    tcase_add_test(nasty, exact_polylines_have_no_error);
    tcase_add_test(nasty, ties_and_weights);
    tcase_add_test(nasty, few_rows_and_extreme_scales);
    tcase_add_test(nasty, refusals_and_interruption);
    suite_add_tcase(suite, nasty);
    return suite;
}
