/* The linear program of a node, against corners and grids of what it relaxes, and against a backward bound from its
 * multipliers that is written here anew. */
#include "crease/random.h"
#include "support/suites.h"
#include "verify/lp.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_INPUTS = 3, MOST_LAYERS = 3, MOST_WIDTH = 6, MOST_ROWS = 3, MOST_OUTPUTS = 3 };
enum { MOST_UNITS = MOST_LAYERS * MOST_WIDTH };

typedef struct lp_case {
    lp_problem problem;
    lp_layer layer[MOST_LAYERS];
    double weights[MOST_LAYERS][MOST_WIDTH * MOST_WIDTH], bias[MOST_UNITS], slope[MOST_UNITS];
    double lower[MOST_UNITS], upper[MOST_UNITS];
    signed char phase[MOST_UNITS];
    double box[2][MOST_INPUTS], shift[MOST_INPUTS], scale[MOST_INPUTS];
    double output_weights[MOST_OUTPUTS * MOST_WIDTH], output_bias[MOST_OUTPUTS];
    double affine[MOST_OUTPUTS * MOST_INPUTS], output_shift[MOST_OUTPUTS], output_scale[MOST_OUTPUTS];
    double coefficient[MOST_ROWS * (MOST_INPUTS + MOST_OUTPUTS)], constant[MOST_ROWS];
    size_t phases;
    bool integers;
} lp_case;

typedef struct lp_answer {
    lp_solution solution;
    double x[MOST_INPUTS], row[MOST_ROWS], phase[MOST_UNITS], slope[MOST_UNITS];
} lp_answer;

static double draw(const lp_case *c, gsl_rng *rng) {
    if (c->integers)
        return (double)gsl_rng_uniform_int(rng, 5) - 2;
    return gsl_ran_gaussian(rng, 1);
}

static void fill(const lp_case *c, gsl_rng *rng, double *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        values[i] = draw(c, rng);
}

static void make_shape(lp_case *c, gsl_rng *rng) {
    lp_problem *p = &c->problem;
    p->inputs = 1 + gsl_rng_uniform_int(rng, MOST_INPUTS);
    p->outputs = 1 + gsl_rng_uniform_int(rng, MOST_OUTPUTS);
    p->layer_count = gsl_rng_uniform_int(rng, MOST_LAYERS + 1);
    p->row_count = 1 + gsl_rng_uniform_int(rng, MOST_ROWS);
    size_t fan_in = p->inputs, first = 0;
    for (size_t l = 0; l < p->layer_count; l++) {
        size_t width = 1 + gsl_rng_uniform_int(rng, MOST_WIDTH);
        c->layer[l] = (lp_layer){.width = width,
                                 .fan_in = fan_in,
                                 .stride = MOST_WIDTH,
                                 .first = first,
                                 .weights = c->weights[l],
                                 .bias = c->bias + first,
                                 .slope = c->slope + first,
                                 .lower = c->lower + first,
                                 .upper = c->upper + first,
                                 .phase = c->phase + first};
        fan_in = width;
        first += width;
    }
    p->output_stride = MOST_WIDTH;
    p->affine_stride = MOST_INPUTS;
}

static void make_numbers(lp_case *c, gsl_rng *rng) {
    static const double slopes[] = {0, 0, 0, .01, .25, 1, 2, -.5};
    lp_problem *p = &c->problem;
    for (size_t k = 0; k < p->inputs; k++) {
        double a = draw(c, rng), b = gsl_rng_uniform_int(rng, 6) == 0 ? a : draw(c, rng);
        c->box[0][k] = fmin(a, b);
        c->box[1][k] = fmax(a, b);
        c->shift[k] = draw(c, rng);
        c->scale[k] = gsl_rng_uniform_int(rng, 2) ? 1 : .5 + 2 * gsl_rng_uniform(rng);
    }
    for (size_t l = 0; l < MOST_LAYERS; l++)
        fill(c, rng, c->weights[l], MOST_WIDTH * MOST_WIDTH);
    fill(c, rng, c->bias, MOST_UNITS);
    for (size_t u = 0; u < MOST_UNITS; u++)
        c->slope[u] = slopes[gsl_rng_uniform_int(rng, 8)];
    fill(c, rng, c->output_weights, MOST_OUTPUTS * MOST_WIDTH);
    fill(c, rng, c->output_bias, MOST_OUTPUTS);
    fill(c, rng, c->affine, MOST_OUTPUTS * MOST_INPUTS);
    fill(c, rng, c->output_shift, MOST_OUTPUTS);
    for (size_t o = 0; o < MOST_OUTPUTS; o++)
        c->output_scale[o] = .5 + gsl_rng_uniform(rng);
    fill(c, rng, c->coefficient, MOST_ROWS * (MOST_INPUTS + MOST_OUTPUTS));
    fill(c, rng, c->constant, MOST_ROWS);
    p->lower = c->box[0];
    p->upper = c->box[1];
    p->input_shift = c->shift;
    p->input_scale = c->scale;
    p->layer = c->layer;
    p->output_weights = c->output_weights;
    p->output_bias = c->output_bias;
    p->affine_weights = gsl_rng_uniform_int(rng, 2) ? c->affine : NULL;
    if (gsl_rng_uniform_int(rng, 2)) {
        p->output_shift = c->output_shift;
        p->output_scale = c->output_scale;
    }
    p->coefficient = c->coefficient;
    p->constant = c->constant;
}

/* Slope and offset of the chord, as proof.h has it. */
static void chord(double p, double l, double u, double *s, double *t) {
    int exponent;
    double fraction = frexp((u - p * l) / (u - l), &exponent);
    *s = ldexp(nearbyint(ldexp(fraction, 12)), exponent - 12);
    double a = p * l - *s * l, b = u - *s * u;
    *t = p <= 1 ? fmax(a, b) : fmin(a, b);
}

/* Through layer l from coefficients g of its values: a replaces them by those of the values below; returns what the
 * offsets add. b: multipliers of phases, S: slopes of free sides, both of all units or NULL. */
static double through_layer(const lp_case *c, size_t l, const double *b, const double *S, double *g) {
    const lp_layer *layer = &c->layer[l];
    double sum = 0, below[MOST_WIDTH] = {0};
    for (size_t u = 0; u < layer->width; u++) {
        double p = layer->slope[u], lo = layer->lower[u], up = layer->upper[u], nu, s, t;
        if (p == 1 || lo >= 0)
            nu = g[u];
        else if (up <= 0)
            nu = p * g[u];
        else if ((g[u] > 0) == (p <= 1)) {
            double given = S ? S[layer->first + u] : NAN;
            nu = g[u] * (isnan(given) ? (up > -lo ? 1 : p) : given);
        } else {
            chord(p, lo, up, &s, &t);
            nu = g[u] * s;
            sum += g[u] * t;
        }
        if (b)
            nu += b[layer->first + u];
        sum += nu * layer->bias[u];
        for (size_t k = 0; k < layer->fan_in; k++)
            below[k] += nu * layer->weights[u * layer->stride + k];
    }
    memcpy(g, below, sizeof below);
    return sum;
}

/* Least value over the box of what has coefficients g in the values below layer `top`, a in a_0 and x in the raw
 * inputs. */
static double backward(const lp_case *c, size_t top, double *g, const double *a, const double *x,
                       const double *b, const double *S) {
    double sum = 0;
    for (size_t l = top; l-- > 0;)
        sum += through_layer(c, l, b, S, g);
    for (size_t k = 0; k < c->problem.inputs; k++) {
        double inner = g[k] + (a ? a[k] : 0), slope = inner / c->scale[k] + (x ? x[k] : 0);
        sum += fmin(slope * c->box[0][k], slope * c->box[1][k]) - inner * c->shift[k] / c->scale[k];
    }
    return sum;
}

/* The backward bound of sum row w + sum b z. */
static double bound(const lp_case *c, const double *w, const double *b, const double *S) {
    const lp_problem *p = &c->problem;
    double g[MOST_WIDTH] = {0}, a[MOST_INPUTS] = {0}, x[MOST_INPUTS] = {0}, sum = 0;
    size_t n = p->layer_count ? c->layer[p->layer_count - 1].width : 0;
    for (size_t r = 0; r < p->row_count; r++) {
        const double *row = c->coefficient + r * (p->inputs + p->outputs);
        sum += w[r] * c->constant[r];
        for (size_t k = 0; k < p->inputs; k++)
            x[k] += w[r] * row[k];
        for (size_t o = 0; o < p->outputs; o++) {
            double y = w[r] * row[p->inputs + o];
            sum += p->output_shift ? y * c->output_shift[o] : 0;
            y *= p->output_scale ? c->output_scale[o] : 1;
            sum += y * c->output_bias[o];
            for (size_t k = 0; k < n; k++)
                g[k] += y * c->output_weights[o * MOST_WIDTH + k];
            for (size_t k = 0; p->affine_weights && k < p->inputs; k++)
                a[k] += y * c->affine[o * MOST_INPUTS + k];
        }
    }
    return sum + backward(c, p->layer_count, g, a, x, b, S);
}

static double unit_value(double p, double z) {
    return z >= 0 ? z : p * z;
}

/* Evaluates at x; returns the largest row; *kept: the phases hold. */
static double evaluate(const lp_case *c, const double *x, bool *kept) {
    const lp_problem *p = &c->problem;
    double a0[MOST_WIDTH] = {0}, a[MOST_WIDTH], z[MOST_WIDTH], largest = -INFINITY;
    *kept = true;
    for (size_t k = 0; k < p->inputs; k++)
        a0[k] = (x[k] - c->shift[k]) / c->scale[k];
    memcpy(a, a0, sizeof a);
    for (size_t l = 0; l < p->layer_count; l++) {
        const lp_layer *layer = &c->layer[l];
        for (size_t u = 0; u < layer->width; u++) {
            z[u] = layer->bias[u];
            for (size_t k = 0; k < layer->fan_in; k++)
                z[u] += layer->weights[u * layer->stride + k] * a[k];
            *kept = *kept && layer->phase[u] * z[u] >= 0;
        }
        for (size_t u = 0; u < layer->width; u++)
            a[u] = unit_value(layer->slope[u], z[u]);
    }
    size_t n = p->layer_count ? c->layer[p->layer_count - 1].width : 0;
    for (size_t r = 0; r < p->row_count; r++) {
        const double *row = c->coefficient + r * (p->inputs + p->outputs);
        double value = c->constant[r];
        for (size_t k = 0; k < p->inputs; k++)
            value += row[k] * x[k];
        for (size_t o = 0; o < p->outputs; o++) {
            double y = c->output_bias[o];
            for (size_t k = 0; k < n; k++)
                y += c->output_weights[o * MOST_WIDTH + k] * a[k];
            for (size_t k = 0; p->affine_weights && k < p->inputs; k++)
                y += c->affine[o * MOST_INPUTS + k] * a0[k];
            value += row[p->inputs + o] * (p->output_scale ? c->output_shift[o] + c->output_scale[o] * y : y);
        }
        largest = fmax(largest, value);
    }
    return largest;
}

/* Bounds of all units by backward bounds, then a few phases fixed. */
static void make_bounds(lp_case *c, gsl_rng *rng) {
    const lp_problem *p = &c->problem;
    for (size_t l = 0; l < p->layer_count; l++)
        for (size_t u = 0; u < c->layer[l].width; u++)
            for (int side = 0; side < 2; side++) {
                double g[MOST_WIDTH] = {0}, sign = side ? -1 : 1;
                for (size_t k = 0; k < c->layer[l].fan_in; k++)
                    g[k] = sign * c->weights[l][u * MOST_WIDTH + k];
                size_t unit = c->layer[l].first + u;
                double least = sign * c->bias[unit] + backward(c, l, g, NULL, NULL, NULL, NULL);
                (side ? c->upper : c->lower)[unit] = sign * least - sign * 1e-12;
            }
    for (size_t l = 0; l < p->layer_count; l++)
        for (size_t u = 0; u < c->layer[l].width; u++) {
            size_t unit = c->layer[l].first + u;
            if (c->lower[unit] >= 0 || c->upper[unit] <= 0 || gsl_rng_uniform_int(rng, 5) > 0)
                continue;
            c->phase[unit] = gsl_rng_uniform_int(rng, 2) ? 1 : -1;
            c->phases++;
            (c->phase[unit] > 0 ? c->lower : c->upper)[unit] = 0;
        }
}

static void make_case(uint64_t seed, lp_case *c) {
    gsl_rng *rng = crease_random_new(seed, 0);
    *c = (lp_case){.integers = seed % 3 == 0};
    make_shape(c, rng);
    make_numbers(c, rng);
    make_bounds(c, rng);
    gsl_rng_free(rng);
}

static void solve(const lp_case *c, lp_answer *answer) {
    crease_error error = {0};
    answer->solution =
        (lp_solution){.x = answer->x, .row = answer->row, .phase = answer->phase, .slope = answer->slope};
    crease_status status = crease_lp_solve(&c->problem, &answer->solution, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
}

static void check_multipliers(const lp_case *c, const lp_answer *answer, uint64_t seed) {
    double sum = 0;
    for (size_t r = 0; r < c->problem.row_count; r++) {
        ck_assert_msg(answer->row[r] >= 0 && (float)answer->row[r] == answer->row[r], "seed %lu", seed);
        sum += answer->row[r];
    }
    double expected = answer->solution.status == LP_OPTIMAL ? 1 : 0;
    ck_assert_msg(fabs(sum - expected) < 1e-6, "seed %lu: multipliers sum to %g", seed, sum);
    for (size_t l = 0; l < c->problem.layer_count; l++)
        for (size_t u = 0; u < c->layer[l].width; u++) {
            size_t unit = c->layer[l].first + u;
            double p = c->slope[unit], S = answer->slope[unit], b = answer->phase[unit];
            bool open = p != 1 && c->lower[unit] < 0 && c->upper[unit] > 0;
            ck_assert_msg(open == !isnan(S), "seed %lu: unit %zu has slope %g", seed, unit, S);
            ck_assert_msg(!open || (S >= fmin(p, 1) && S <= fmax(p, 1)), "seed %lu: slope %.17g", seed, S);
            ck_assert_msg(c->phase[unit] * b <= 0 && (c->phase[unit] || b == 0), "seed %lu: phase %g", seed,
                          b);
        }
}

static double largest_number(const lp_case *c) {
    double size = 1;
    for (size_t u = 0; u < MOST_UNITS; u++)
        size = fmax(size, fmax(fabs(c->lower[u]), fabs(c->upper[u])));
    return size;
}

/* No point of the box may do better than the program says; the best of its grid is returned. */
static double best_of_grid(const lp_case *c, double objective, uint64_t seed) {
    const size_t steps = c->problem.inputs == 1 ? 60 : c->problem.inputs == 2 ? 16 : 7;
    size_t count = 1;
    double best = INFINITY, slack = 1e-7 * largest_number(c);
    for (size_t k = 0; k < c->problem.inputs; k++)
        count *= steps + 1;
    for (size_t i = 0; i < count; i++) {
        double x[MOST_INPUTS];
        size_t rest = i;
        for (size_t k = 0; k < c->problem.inputs; k++, rest /= steps + 1) {
            double share = (double)(rest % (steps + 1)) / (double)steps;
            x[k] = c->box[0][k] + share * (c->box[1][k] - c->box[0][k]);
        }
        bool kept;
        double largest = evaluate(c, x, &kept);
        ck_assert_msg(!kept || largest >= objective - slack, "seed %lu: %.17g at a point, program %.17g",
                      seed, largest, objective);
        if (kept)
            best = fmin(best, largest);
    }
    return best;
}

/* Relaxed multipliers reach the objective; whatever else a backward bound finds is not above it. */
static void check_bound(const lp_case *c, const lp_answer *answer, uint64_t seed, size_t *short_of) {
    double objective = answer->solution.objective, slack = 1e-6 * largest_number(c);
    double found = bound(c, answer->row, answer->phase, answer->slope);
    ck_assert_msg(found <= objective + slack, "seed %lu: bound %.17g, objective %.17g", seed, found,
                  objective);
    *short_of += found < objective - slack;
    gsl_rng *rng = crease_random_new(seed, 1);
    for (int trial = 0; trial < 5; trial++) {
        double w[MOST_ROWS], b[MOST_UNITS], S[MOST_UNITS], sum = 0;
        for (size_t r = 0; r < c->problem.row_count; r++)
            sum += w[r] = gsl_rng_uniform(rng);
        for (size_t r = 0; r < c->problem.row_count; r++)
            w[r] /= sum;
        for (size_t u = 0; u < MOST_UNITS; u++) {
            b[u] = -c->phase[u] * gsl_rng_uniform(rng);
            S[u] = c->slope[u] + gsl_rng_uniform(rng) * (1 - c->slope[u]);
        }
        double other = bound(c, w, b, S);
        ck_assert_msg(other <= objective + slack, "seed %lu: bound %.17g, objective %.17g", seed, other,
                      objective);
    }
    gsl_rng_free(rng);
}

START_TEST(duality_and_points) {
    size_t optimal = 0, infeasible = 0, failed = 0, short_of = 0, exact = 0;
    for (uint64_t seed = 1; seed <= test_rounds(4000, 100000); seed++) {
        lp_case c;
        lp_answer answer;
        make_case(seed, &c);
        solve(&c, &answer);
        if (answer.solution.status == LP_FAILED) {
            failed++;
            continue;
        }
        check_multipliers(&c, &answer, seed);
        if (answer.solution.status == LP_INFEASIBLE) {
            infeasible++;
            ck_assert_msg(c.phases > 0 && best_of_grid(&c, INFINITY, seed) == INFINITY, "seed %lu", seed);
            double found = bound(&c, answer.row, answer.phase, answer.slope);
            short_of += !(found > 0);
            continue;
        }
        optimal++;
        for (size_t k = 0; k < c.problem.inputs; k++)
            ck_assert(answer.x[k] >= c.box[0][k] && answer.x[k] <= c.box[1][k]);
        best_of_grid(&c, answer.solution.objective, seed);
        check_bound(&c, &answer, seed, &short_of);
        bool kept;
        size_t open = 0;
        for (size_t u = 0; u < MOST_UNITS; u++)
            open += !isnan(answer.slope[u]) && c.slope[u] != 1 && c.lower[u] < 0 && c.upper[u] > 0;
        double there = evaluate(&c, answer.x, &kept);
        if (open > 0)
            continue;
        exact++; /* an affine map: the point attains the objective */
        ck_assert_msg(fabs(there - answer.solution.objective) < 1e-7 * largest_number(&c),
                      "seed %lu: %.17g at the point, objective %.17g", seed, there,
                      answer.solution.objective);
    }
    ck_assert_msg(optimal > test_rounds(2000, 2000) && infeasible > test_rounds(20, 20) &&
                      exact > test_rounds(300, 300),
                  "%zu %zu %zu", optimal, infeasible, exact);
    ck_assert_msg(failed * 1000 <= optimal && short_of * 100 <= optimal, "%zu failed, %zu short of", failed,
                  short_of);
}
END_TEST

/* One input in [-1, 1] and one layer of plain relu units z = weight x + bias; rows over x and y = a. */
static void make_line(lp_case *c, size_t units, const double *weight, const double *bias) {
    *c = (lp_case){.scale = {1}, .box = {{-1}, {1}}};
    c->layer[0] = (lp_layer){units, 1, 1, 0, c->weights[0], c->bias, c->slope, c->lower, c->upper, c->phase};
    for (size_t u = 0; u < units; u++) {
        c->weights[0][u] = weight[u];
        c->bias[u] = bias[u];
        c->lower[u] = bias[u] - fabs(weight[u]);
        c->upper[u] = bias[u] + fabs(weight[u]);
        c->output_weights[u * MOST_WIDTH + u] = 1;
    }
    c->problem = (lp_problem){.inputs = 1,
                              .outputs = units,
                              .layer_count = 1,
                              .row_count = 2,
                              .lower = c->box[0],
                              .upper = c->box[1],
                              .input_shift = c->shift,
                              .input_scale = c->scale,
                              .layer = c->layer,
                              .output_weights = c->output_weights,
                              .output_stride = MOST_WIDTH,
                              .output_bias = c->output_bias,
                              .coefficient = c->coefficient,
                              .constant = c->constant};
}

/* x - a <= t and -x - a <= t, where the chord allows a = (x + 1) / 2: t = -1/2 at x = 0, by three quarters of
 * the first row, whose x then cancels the chord's. */
START_TEST(triangle_of_one_unit) {
    lp_case c;
    lp_answer answer;
    make_line(&c, 1, (double[]){1}, (double[]){0});
    memcpy(c.coefficient, (double[]){1, -1, -1, -1}, 4 * sizeof(double));
    solve(&c, &answer);
    ck_assert_int_eq(answer.solution.status, LP_OPTIMAL);
    ck_assert_double_eq_tol(answer.solution.objective, -.5, 1e-12);
    ck_assert_double_eq_tol(answer.x[0], 0, 1e-12);
    ck_assert_double_eq_tol(answer.row[0], .75, 1e-7);
    ck_assert_double_eq_tol(answer.row[1], .25, 1e-7);
    /* a + 1/4 <= t and a + x/2 <= t: relaxed from below, a >= 0 and a >= x, 1/4 at any x <= 0 */
    memcpy(c.coefficient, (double[]){0, 1, .5, 1}, 4 * sizeof(double));
    c.constant[0] = .25;
    solve(&c, &answer);
    ck_assert_double_eq_tol(answer.solution.objective, .25, 1e-12);
    ck_assert_double_eq_tol(bound(&c, answer.row, answer.phase, answer.slope), .25, 1e-7);
}
END_TEST

START_TEST(contradictory_phases) {
    lp_case c;
    lp_answer answer;
    make_line(&c, 2, (double[]){1, 1}, (double[]){-.5, .5});
    c.phase[0] = 1;  /* x >= 1/2 */
    c.phase[1] = -1; /* x <= -1/2 */
    c.lower[0] = 0;
    c.upper[1] = 0;
    for (size_t rows = 0; rows <= 2; rows++) {
        c.problem.row_count = rows;
        solve(&c, &answer);
        ck_assert_int_eq(answer.solution.status, LP_INFEASIBLE);
        double found = bound(&c, answer.row, answer.phase, answer.slope);
        ck_assert_double_gt(found, 0);
        ck_assert_double_eq_tol(found, answer.solution.objective, 1e-6 * found);
    }
    c.phase[1] = 0;
    c.problem.row_count = 0;
    solve(&c, &answer);
    ck_assert_int_eq(answer.solution.status, LP_FAILED); /* nothing to show */
}
END_TEST

START_TEST(numbers_out_of_range) {
    static const double bad[] = {NAN, INFINITY, -INFINITY, 1e308, 1e200, 1e-200, 4e-324};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (int place = 0; place < 5; place++) {
            lp_case c;
            lp_answer answer;
            make_line(&c, 2, (double[]){1, -1}, (double[]){0, .25});
            memcpy(c.coefficient, (double[]){1, -1, -1, -1, -1, 1}, 6 * sizeof(double));
            double *at[] = {c.weights[0], c.bias, c.coefficient + 1, c.upper, c.constant};
            *at[place] = bad[i];
            solve(&c, &answer); /* any answer, but no crash, and none from what is no number */
            if (!isfinite(bad[i]))
                ck_assert_int_eq(answer.solution.status, LP_FAILED);
        }
}
END_TEST

START_TEST(threads_agree) {
    enum { cases = 64 };
    static lp_answer alone[cases], together[cases];
    for (size_t i = 0; i < cases; i++) {
        lp_case c;
        make_case(i + 1, &c);
        solve(&c, &alone[i]);
    }
    size_t different = 0;
#pragma omp parallel for num_threads(4) reduction(+ : different)
    for (size_t i = 0; i < cases; i++) {
        lp_case c;
        make_case(i + 1, &c);
        solve(&c, &together[i]);
        different += together[i].solution.status != alone[i].solution.status;
        different += together[i].solution.status == LP_OPTIMAL &&
                     together[i].solution.objective != alone[i].solution.objective;
    }
    ck_assert_uint_eq(different, 0);
}
END_TEST

Suite *test_lp(void) {
    Suite *suite = suite_create("lp");
    TCase *all = tcase_create("all");
    tcase_add_test(all, triangle_of_one_unit);
    tcase_add_test(all, contradictory_phases);
    tcase_add_test(all, numbers_out_of_range);
    tcase_add_test(all, threads_agree);
    tcase_add_test(all, duality_and_points);
    suite_add_tcase(suite, all);
    return suite;
}
