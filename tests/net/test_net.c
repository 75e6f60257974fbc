/* Networks of random shape against a naive evaluation of the documented layout of theta, point by point in
 * long double. Derivatives against dual numbers (forward mode), so nothing is shared with the backward pass
 * under test. */
#include "crease/net.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_layers = 4, most_groups = 3, most_width = 48, most_inputs = 16 };

typedef struct group {
    crease_activation activation;
    double parameter;
    size_t width;
} group;

typedef struct shape {
    size_t inputs, outputs, layers, groups[most_layers];
    group group[most_layers][most_groups];
    bool affine;
    char spec[512];
} shape;

static const struct {
    const char *text;
    crease_activation activation;
    double parameter;
} words[] = {
    {"identity", CREASE_IDENTITY, 0}, {"relu", CREASE_RELU, 0},           {"leaky", CREASE_LEAKY, .01},
    {"leaky(.2)", CREASE_LEAKY, .2},  {"prelu", CREASE_PRELU, .25},       {"elu", CREASE_ELU, 0},
    {"gelu", CREASE_GELU, 0},         {"silu", CREASE_SILU, 0},           {"softplus", CREASE_SOFTPLUS, 0},
    {"tanh", CREASE_TANH, 0},         {"sigmoid", CREASE_SIGMOID, 0},     {"relu^1.5", CREASE_HINGE, 1.5},
    {"relu^2", CREASE_HINGE, 2},      {"prelu(.125)", CREASE_PRELU, .125}};
enum { word_count = sizeof words / sizeof words[0], straight_words = 5 };

static double uniform(gsl_rng *rng, double low, double high) {
    return low + (high - low) * gsl_rng_uniform(rng);
}

static void random_shape(gsl_rng *rng, size_t words_used, size_t width, shape *s) {
    *s = (shape){.inputs = 1 + gsl_rng_uniform_int(rng, 5),
                 .outputs = 1 + gsl_rng_uniform_int(rng, 3),
                 .layers = gsl_rng_uniform_int(rng, most_layers + 1)};
    s->affine = s->layers == 0 || gsl_rng_uniform_int(rng, 2);
    size_t at = s->affine ? (size_t)sprintf(s->spec, "affine") : 0;
    for (size_t l = 0; l < s->layers; l++) {
        s->groups[l] = 1 + gsl_rng_uniform_int(rng, most_groups);
        for (size_t g = 0; g < s->groups[l]; g++) {
            size_t word = gsl_rng_uniform_int(rng, words_used);
            s->group[l][g] =
                (group){words[word].activation, words[word].parameter, 1 + gsl_rng_uniform_int(rng, width)};
            const char *separator = at == 0 ? "" : g > 0 || l == 0 ? "+" : "/";
            at += (size_t)snprintf(s->spec + at, sizeof s->spec - at, "%s%s:%zu", separator, words[word].text,
                                   s->group[l][g].width);
        }
    }
}

static void set_randomly(crease_net *net, gsl_rng *rng) {
    for (size_t j = 0; j < net->parameter_count; j++)
        net->theta[j] = gsl_ran_gaussian(rng, .8);
    for (size_t k = 0; k < net->inputs; k++) {
        net->input_shift[k] = uniform(rng, -3, 3);
        net->input_scale[k] = uniform(rng, .5, 4);
    }
    for (size_t o = 0; o < net->outputs; o++) {
        net->output_shift[o] = uniform(rng, -9, 9);
        net->output_scale[o] = uniform(rng, .2, 6);
    }
}

/* The net and `n` points near its input shift. */
static double *make(gsl_rng *rng, const shape *s, size_t n, crease_net **net) {
    crease_error error;
    ck_assert_msg(crease_net_parse(s->spec, s->inputs, s->outputs, net, &error) == CREASE_OK, "%s",
                  error.message);
    set_randomly(*net, rng);
    double *x = malloc(n * s->inputs * sizeof *x);
    for (size_t i = 0; i < n * s->inputs; i++)
        x[i] = (*net)->input_shift[i % s->inputs] +
               (*net)->input_scale[i % s->inputs] * gsl_ran_gaussian(rng, 1.5);
    return x;
}

static crease_work *work_of(const crease_net *net) {
    crease_work *work;
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    return work;
}

/* ---- the naive network, on dual numbers value + epsilon derivative ---- */

typedef struct dual {
    long double v, d;
} dual;

static dual times(dual a, dual b) {
    return (dual){a.v * b.v, a.d * b.v + a.v * b.d};
}

static dual plus(dual a, dual b) {
    return (dual){a.v + b.v, a.d + b.d};
}

static dual chain(dual z, long double value, long double derivative) {
    return (dual){value, derivative * z.d};
}

static dual activate(crease_activation activation, dual parameter, dual z) {
    long double logistic = 1 / (1 + expl(-z.v)), cdf = erfcl(-z.v / sqrtl(2)) / 2;
    long double density = expl(-z.v * z.v / 2) / sqrtl(2 * acosl(-1));
    switch (activation) {
    case CREASE_RELU:
        return z.v > 0 ? z : (dual){0};
    case CREASE_LEAKY:
    case CREASE_PRELU:
        return z.v > 0 ? z : times(parameter, z);
    case CREASE_ELU:
        return z.v > 0 ? z : chain(z, expl(z.v) - 1, expl(z.v));
    case CREASE_GELU:
        return chain(z, z.v * cdf, cdf + z.v * density);
    case CREASE_SILU:
        return chain(z, z.v * logistic, logistic * (1 + z.v * (1 - logistic)));
    case CREASE_SOFTPLUS:
        return chain(z, logl(1 + expl(z.v)), logistic);
    case CREASE_TANH:
        return chain(z, tanhl(z.v), 1 - tanhl(z.v) * tanhl(z.v));
    case CREASE_SIGMOID:
        return chain(z, logistic, logistic * (1 - logistic));
    case CREASE_HINGE:
        return z.v > 0 ? chain(z, powl(z.v, parameter.v), parameter.v * powl(z.v, parameter.v - 1))
                       : (dual){0};
    default:
        return z;
    }
}

enum { nothing = -1 };

typedef struct naive {
    dual output[3];
    long double last[most_width * most_groups]; /* values of the last hidden layer */
    long double z[most_layers][most_width * most_groups];
} naive;

/* Derivative with respect to theta[parameter], or raw input `input`; `shift` is added to pre-activations. */
static naive evaluate_naively(const shape *s, const crease_net *net, const double *x, long parameter,
                              long input, double shift) {
    static dual below[most_width * most_groups], here[most_width * most_groups], first[most_inputs];
    naive result = {0};
    size_t at = 0, fan_in = s->inputs, features = 0;
    for (size_t k = 0; k < s->inputs; k++)
        below[k] = first[k] = (dual){((long double)x[k] - net->input_shift[k]) / net->input_scale[k],
                                     (long)k == input ? 1 / (long double)net->input_scale[k] : 0};
#define THETA(j) ((dual){net->theta[j], (long)(j) == parameter})
    for (size_t l = 0; l < s->layers; l++) {
        size_t width = 0, unit = 0;
        for (size_t g = 0; g < s->groups[l]; g++)
            width += s->group[l][g].width;
        size_t biases = at + width * fan_in, slope = biases + width;
        for (size_t g = 0; g < s->groups[l]; g++)
            for (size_t i = 0; i < s->group[l][g].width; i++, unit++) {
                dual z = plus(THETA(biases + unit), (dual){shift, 0});
                for (size_t k = 0; k < fan_in; k++)
                    z = plus(z, times(THETA(at + unit * fan_in + k), below[k]));
                bool learned = s->group[l][g].activation == CREASE_PRELU;
                dual own = learned ? THETA(slope) : (dual){s->group[l][g].parameter, 0};
                slope += learned;
                here[unit] = activate(s->group[l][g].activation, own, z);
                result.z[l][unit] = z.v;
                result.last[unit] = here[unit].v;
            }
        memcpy(below, here, width * sizeof *here);
        at = slope;
        features = fan_in = width;
    }
    for (size_t o = 0; o < s->outputs; o++) {
        dual y = THETA(at + s->outputs * features + o);
        for (size_t u = 0; u < features; u++)
            y = plus(y, times(THETA(at + o * features + u), below[u]));
        for (size_t k = 0; s->affine && k < s->inputs; k++)
            y = plus(y, times(THETA(at + s->outputs * (features + 1) + o * s->inputs + k), first[k]));
        result.output[o] =
            (dual){net->output_shift[o] + net->output_scale[o] * y.v, net->output_scale[o] * y.d};
    }
#undef THETA
    return result;
}

static void close_to(double got, long double expected, double scale, const shape *s, uint64_t seed,
                     const char *what) {
    ck_assert_msg(fabs(got - (double)expected) <= 1e-11 * (scale + fabs((double)expected)),
                  "seed %lu, %s, %s: %.17g, not %.17Lg", (unsigned long)seed, s->spec, what, got, expected);
}

/* ---- tests on random networks ---- */

static void check_values(const shape *s, const crease_net *net, size_t n, const double *x, uint64_t seed) {
    crease_work *work = work_of(net);
    double *y = malloc(n * s->outputs * sizeof *y), alone[3];
    crease_net_evaluate(net, NULL, work, n, x, y);
    for (size_t i = 0; i < n; i++) {
        naive expected = evaluate_naively(s, net, x + i * s->inputs, nothing, nothing, 0);
        crease_net_evaluate(net, net->theta, work, 1, x + i * s->inputs, alone);
        for (size_t o = 0; o < s->outputs; o++) {
            close_to(y[i * s->outputs + o], expected.output[o].v, 10, s, seed, "value");
            close_to(alone[o], expected.output[o].v, 10, s, seed, "value of one row");
        }
    }
    free(y);
    crease_work_free(work);
}

/* Every `every`-th parameter; rows of J are `stride` apart and what lies between stays untouched. */
static void check_jacobian(const shape *s, const crease_net *net, size_t n, const double *x, size_t every,
                           uint64_t seed) {
    size_t p = net->parameter_count, stride = p + 3, rows = n * s->outputs;
    crease_work *work = work_of(net);
    double *J = malloc(rows * stride * sizeof *J), *y = malloc(2 * rows * sizeof *y), *dy = y + rows;
    double *gradient = malloc(p * sizeof *gradient);
    for (size_t i = 0; i < rows * stride; i++)
        J[i] = 777;
    crease_net_jacobian(net, NULL, work, n, x, y, J, stride);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j += i < 3 ? every : 7 * every) {
            naive expected = evaluate_naively(s, net, x + i * s->inputs, (long)j, nothing, 0);
            for (size_t o = 0; o < s->outputs; o++) {
                close_to(J[(i * s->outputs + o) * stride + j], expected.output[o].d, 10, s, seed, "Jacobian");
                close_to(y[i * s->outputs + o], expected.output[o].v, 10, s, seed,
                         "value beside the Jacobian");
            }
        }
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = p; j < stride; j++)
            ck_assert(J[i * stride + j] == 777);
        dy[i] = sin((double)i + 1);
    }
    for (size_t j = 0; j < p; j++)
        gradient[j] = (double)j; /* it is added to */
    crease_net_gradient(net, NULL, work, n, x, dy, NULL, gradient);
    for (size_t j = 0; j < p; j++) {
        long double sum = j, size = 1;
        for (size_t i = 0; i < rows; i++) {
            sum += (long double)dy[i] * J[i * stride + j];
            size += fabsl((long double)dy[i] * J[i * stride + j]);
        }
        close_to(gradient[j], sum, (double)size + (double)j, s, seed, "gradient against J'dy");
    }
    free(J);
    free(y);
    free(gradient);
    crease_work_free(work);
}

static void check_input_gradient(const shape *s, const crease_net *net, size_t n, const double *x,
                                 uint64_t seed) {
    crease_work *work = work_of(net);
    double *dydx = malloc(n * s->outputs * s->inputs * sizeof *dydx), *y = malloc(n * s->outputs * sizeof *y);
    crease_net_input_gradient(net, NULL, work, n, x, y, dydx);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < s->inputs; k++) {
            naive expected = evaluate_naively(s, net, x + i * s->inputs, nothing, (long)k, 0);
            for (size_t o = 0; o < s->outputs; o++) {
                close_to(dydx[(i * s->outputs + o) * s->inputs + k], expected.output[o].d, 10, s, seed,
                         "input gradient");
                close_to(y[i * s->outputs + o], expected.output[o].v, 10, s, seed,
                         "value beside input gradient");
            }
        }
    free(dydx);
    free(y);
    crease_work_free(work);
}

START_TEST(random_networks_are_the_naive_ones) {
    static const size_t sizes[] = {1, 2, 5, 9};
    size_t cases = test_rounds(80, 3000);
    for (uint64_t seed = 1; seed <= cases; seed++) {
        gsl_rng *rng = crease_random_new(seed, 0);
        shape s;
        random_shape(rng, word_count, 4, &s);
        size_t n = sizes[seed % 4];
        crease_net *net;
        double *x = make(rng, &s, n, &net);
        check_values(&s, net, n, x, seed);
        check_jacobian(&s, net, n, x, 1, seed);
        check_input_gradient(&s, net, n, x, seed);
        free(x);
        crease_net_free(net);
        gsl_rng_free(rng);
    }
}
END_TEST

START_TEST(row_counts_around_the_block_size) {
    static const size_t sizes[] = {0, 1, 127, 128, 129, 255, 256, 257, 500};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (uint64_t seed = 1; seed <= 2; seed++) {
            gsl_rng *rng = crease_random_new(seed, 1);
            shape s;
            random_shape(rng, word_count, 3, &s);
            crease_net *net;
            double *x = make(rng, &s, sizes[i] ? sizes[i] : 1, &net);
            check_values(&s, net, sizes[i], x, seed);
            check_jacobian(&s, net, sizes[i], x, 5, seed);
            check_input_gradient(&s, net, sizes[i], x, seed);
            free(x);
            crease_net_free(net);
            gsl_rng_free(rng);
        }
}
END_TEST

START_TEST(wide_layers_are_the_naive_ones) {
    shape s = {.inputs = 16,
               .outputs = 3,
               .layers = 3,
               .groups = {3, 2, 1},
               .group = {{{CREASE_TANH, 0, 20}, {CREASE_RELU, 0, 10}, {CREASE_PRELU, .25, 5}},
                         {{CREASE_GELU, 0, 12}, {CREASE_PRELU, .25, 30}},
                         {{CREASE_SIGMOID, 0, 48}}},
               .affine = true,
               .spec = "affine+tanh:20+relu:10+prelu:5/gelu:12+prelu:30/sigmoid:48"};
    static const size_t sizes[] = {1, 128, 131};
    for (size_t i = 0; i < 3; i++) {
        gsl_rng *rng = crease_random_new(5, i);
        crease_net *net;
        double *x = make(rng, &s, sizes[i], &net);
        check_values(&s, net, sizes[i] < 4 ? sizes[i] : 131 - 3 * i, x, i);
        check_jacobian(&s, net, sizes[i], x, sizes[i] == 1 ? 3 : 457, i);
        check_input_gradient(&s, net, sizes[i] == 1 ? 1 : 12, x, i);
        free(x);
        crease_net_free(net);
        gsl_rng_free(rng);
    }
}
END_TEST

/* features, layer_values and largest_preactivations, with and without a shift of the biases. */
START_TEST(hidden_values_are_the_naive_ones) {
    enum { n = 131 };
    for (uint64_t seed = 1; seed <= 40; seed++) {
        gsl_rng *rng = crease_random_new(seed, 2);
        shape s;
        random_shape(rng, word_count, 4, &s);
        crease_net *net;
        double *x = make(rng, &s, n, &net), shift = seed % 2 ? uniform(rng, -1, 1) : 0;
        crease_work *work = work_of(net);
        crease_work_set_bias_shift(work, shift);
        size_t units = crease_net_unit_count(net), width = s.layers ? net->layer[s.layers - 1].width : 0;
        size_t stride = width + s.inputs + 2, dead = 0, next = 0;
        double *values = calloc(n * stride, sizeof *values), *largest = malloc((units + 1) * sizeof *largest);
        for (size_t u = 0; u < units; u++)
            largest[u] = -INFINITY;
        crease_net_largest_preactivations(net, NULL, work, n, x, largest);
        crease_net_features(net, NULL, work, n, x, values, stride);
        for (size_t i = 0; i < n; i++) {
            naive expected = evaluate_naively(&s, net, x + i * s.inputs, nothing, nothing, shift);
            for (size_t u = 0; u < width; u++)
                close_to(values[i * stride + u], expected.last[u], 10, &s, seed, "feature");
            for (size_t u = width; u < stride; u++)
                ck_assert(values[i * stride + u] == 0);
        }
        crease_net_layer_values(net, NULL, work, 0, n, x, values, stride);
        for (size_t i = 0; i < n * s.inputs; i++)
            close_to(values[i / s.inputs * stride + i % s.inputs],
                     (x[i] - net->input_shift[i % s.inputs]) / net->input_scale[i % s.inputs], 1, &s, seed,
                     "standardised input");
        for (size_t l = 0; l < s.layers; l++)
            for (size_t u = 0; u < net->layer[l].width; u++, next++) {
                long double most = -INFINITY;
                double parameter;
                for (size_t i = 0; i < n; i++)
                    most = fmaxl(
                        most, evaluate_naively(&s, net, x + i * s.inputs, nothing, nothing, shift).z[l][u]);
                close_to(largest[next], most, 10, &s, seed, "largest pre-activation");
                crease_activation kind = crease_net_unit(net, l, u, &parameter)->activation;
                dead += most <= 0 && (kind == CREASE_RELU || kind == CREASE_HINGE);
            }
        ck_assert_uint_eq(crease_net_dead_units(net, work, n, x), dead);
        free(values);
        free(largest);
        free(x);
        crease_work_free(work);
        crease_net_free(net);
        gsl_rng_free(rng);
    }
}
END_TEST

START_TEST(bias_shift_adds_to_every_bias) {
    for (uint64_t seed = 1; seed <= 40; seed++) {
        gsl_rng *rng = crease_random_new(seed, 3);
        shape s;
        random_shape(rng, word_count, 4, &s);
        crease_net *net, *shifted;
        double *x = make(rng, &s, 1, &net), y[3], expected[3], gamma = uniform(rng, -2, 2);
        ck_assert_int_eq(crease_net_copy(net, &shifted, NULL), CREASE_OK);
        for (size_t l = 0; l < net->layer_count; l++)
            for (size_t u = 0; u < net->layer[l].width; u++)
                shifted->theta[net->layer[l].biases + u] += gamma;
        crease_work *work = work_of(net);
        crease_net_evaluate(shifted, NULL, work, 1, x, expected);
        crease_work_set_bias_shift(work, gamma);
        crease_net_evaluate(net, NULL, work, 1, x, y);
        for (size_t o = 0; o < s.outputs; o++)
            close_to(y[o], expected[o], 10, &s, seed, "shifted net");
        crease_work_set_bias_shift(work, 0);
        crease_net_evaluate(net, shifted->theta, work, 1, x, y); /* another theta than the net's own */
        for (size_t o = 0; o < s.outputs; o++)
            ck_assert(y[o] == expected[o]);
        free(x);
        crease_work_free(work);
        crease_net_free(net);
        crease_net_free(shifted);
        gsl_rng_free(rng);
    }
}
END_TEST

/* True when each unit's pre-activation has the same sign at both points, so they share a linear region. */
static bool same_region(const shape *s, const crease_net *net, const double *a, const double *b) {
    naive at_a = evaluate_naively(s, net, a, nothing, nothing, 0),
          at_b = evaluate_naively(s, net, b, nothing, nothing, 0);
    for (size_t l = 0; l < s->layers; l++)
        for (size_t u = 0; u < net->layer[l].width; u++)
            if ((at_a.z[l][u] > 0) != (at_b.z[l][u] > 0))
                return false;
    return true;
}

START_TEST(local_affine_map_holds_on_its_region) {
    size_t tried = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        gsl_rng *rng = crease_random_new(seed, 4);
        shape s;
        random_shape(rng, straight_words, 4, &s);
        crease_net *net;
        double *x = make(rng, &s, 1, &net), gain[3 * 5], offset[3];
        ck_assert(crease_net_is_piecewise_linear(net));
        crease_work *work = work_of(net);
        crease_net_local_affine(net, work, x, gain, offset);
        for (int i = 0; i < 200; i++) {
            double other[5];
            for (size_t k = 0; k < s.inputs; k++)
                other[k] = x[k] + gsl_ran_gaussian(rng, i % 2 ? .2 : 3);
            if (!same_region(&s, net, x, other))
                continue;
            tried++;
            naive expected = evaluate_naively(&s, net, other, nothing, nothing, 0);
            for (size_t o = 0; o < s.outputs; o++) {
                double y = offset[o];
                for (size_t k = 0; k < s.inputs; k++)
                    y += gain[o * s.inputs + k] * other[k];
                close_to(y, expected.output[o].v, 100, &s, seed, "affine map");
            }
        }
        free(x);
        crease_work_free(work);
        crease_net_free(net);
        gsl_rng_free(rng);
    }
    ck_assert_msg(tried > 1000, "only %zu points share a region", tried);
}
END_TEST

START_TEST(derivative_at_a_kink_is_the_chosen_one) {
    static const double choices[] = {0, .5, 1};
    crease_net *net;
    ck_assert_int_eq(crease_net_parse("relu:1+leaky(.2):1+prelu:1", 1, 1, &net, NULL), CREASE_OK);
    /* every unit has its corner at x = 2; weights 3, -1, 4; output weights 5, 6, 7 */
    const double theta[] = {3, -1, 4, -6, 2, -8, .25, 5, 6, 7, 1}, x = 2;
    memcpy(net->theta, theta, sizeof theta);
    crease_work *work = work_of(net);
    for (size_t c = 0; c < 3; c++) {
        double J[11], slope, y, d = choices[c], leaky = .2 + .8 * d, prelu = .25 + .75 * d;
        crease_work_set_derivative_at_zero(work, d);
        crease_net_jacobian(net, NULL, work, 1, &x, &y, J, 11);
        crease_net_input_gradient(net, NULL, work, 1, &x, NULL, &slope);
        const double expected[] = {10 * d, 12 * leaky, 14 * prelu, 5 * d, 6 * leaky, 7 * prelu,
                                   0,      0,          0,          0,     1};
        for (int j = 0; j < 11; j++)
            ck_assert_double_eq_tol(J[j], expected[j], 1e-14);
        ck_assert_double_eq_tol(slope, 15 * d - 6 * leaky + 28 * prelu, 1e-13);
        ck_assert(y == 1);
    }
    crease_work_free(work);
    crease_net_free(net);
}
END_TEST

START_TEST(dead_units_are_counted) {
    crease_net *net;
    ck_assert_int_eq(crease_net_parse("relu:3+tanh:1+relu^2:1", 1, 1, &net, NULL), CREASE_OK);
    /* on x in {1, 2}: corner at 0 facing right (alive), corner at 2 facing right (dead: largest is 0), facing
     * left from 0 (dead); tanh far below zero; squared hinge dead */
    const double theta[] = {1, 1, -1, 1, -1, 0, -2, 0, -50, 0, 1, 1, 1, 1, 1, 0}, x[] = {1, 2};
    memcpy(net->theta, theta, sizeof theta);
    crease_work *work = work_of(net);
    ck_assert_uint_eq(crease_net_dead_units(net, work, 2, x), 3);
    crease_work_free(work);
    crease_net_free(net);
}
END_TEST

/* ---- copies ---- */

START_TEST(a_copy_is_deep_and_equal) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        gsl_rng *rng = crease_random_new(seed, 5);
        shape s;
        random_shape(rng, word_count, 4, &s);
        crease_net *net, *copy;
        double *x = make(rng, &s, 1, &net), y[3], expected[3];
        const char *names[] = {"a", "b", "c", "d", "e"};
        ck_assert_int_eq(crease_net_set_names(net, names, seed % 2 ? names : NULL, NULL), CREASE_OK);
        crease_work *work = work_of(net);
        crease_net_evaluate(net, NULL, work, 1, x, expected);
        crease_work_free(work);
        ck_assert_int_eq(crease_net_copy(net, &copy, NULL), CREASE_OK);
        char text[512], other[512];
        crease_net_spec(net, text, sizeof text);
        crease_net_spec(copy, other, sizeof other);
        ck_assert_str_eq(text, other);
        ck_assert_ptr_ne(copy->theta, net->theta);
        ck_assert_ptr_ne(copy->input_name, net->input_name);
        ck_assert_str_eq(copy->input_name[s.inputs - 1], names[s.inputs - 1]);
        ck_assert_int_eq(copy->output_name == NULL, net->output_name == NULL);
        memset(net->theta, 0, net->parameter_count * sizeof(double));
        net->input_name[0][0] = 'z';
        crease_net_free(net);
        ck_assert_str_eq(copy->input_name[0], "a");
        work = work_of(copy);
        crease_net_evaluate(copy, NULL, work, 1, x, y);
        for (size_t o = 0; o < s.outputs; o++)
            ck_assert(y[o] == expected[o]);
        crease_work_free(work);
        crease_net_free(copy);
        free(x);
        gsl_rng_free(rng);
    }
    crease_net_free(NULL);
    crease_work_free(NULL);
}
END_TEST

START_TEST(a_unit_knows_its_group) {
    crease_net *net;
    double parameter;
    ck_assert_int_eq(crease_net_parse("prelu:2+leaky(.1):1+prelu(.5):2/relu^2:1", 1, 1, &net, NULL),
                     CREASE_OK);
    for (size_t u = 0; u < 4; u++)
        net->theta[net->layer[0].slopes + u] += .01 * (double)(u + 1);
    static const double expected[] = {.26, .27, .1, .53, .54};
    for (size_t u = 0; u < 5; u++) {
        ck_assert_int_eq(crease_net_unit(net, 0, u, &parameter)->activation,
                         u == 2 ? CREASE_LEAKY : CREASE_PRELU);
        ck_assert_double_eq_tol(parameter, expected[u], 1e-15);
    }
    ck_assert_int_eq(crease_net_unit(net, 1, 0, &parameter)->activation, CREASE_HINGE);
    ck_assert(parameter == 2 && !crease_net_is_piecewise_linear(net));
    crease_net_free(net);
}
END_TEST

Suite *test_net(void) {
    Suite *suite = suite_create("net");
    TCase *random = tcase_create("random networks"), *shapes = tcase_create("shapes");
    tcase_add_test(random, random_networks_are_the_naive_ones);
    tcase_add_test(random, row_counts_around_the_block_size);
    tcase_add_test(random, wide_layers_are_the_naive_ones);
    tcase_add_test(random, hidden_values_are_the_naive_ones);
    tcase_add_test(random, bias_shift_adds_to_every_bias);
    tcase_add_test(random, local_affine_map_holds_on_its_region);
    tcase_add_test(random, derivative_at_a_kink_is_the_chosen_one);
    tcase_add_test(random, dead_units_are_counted);
    tcase_add_test(shapes, a_copy_is_deep_and_equal);
    tcase_add_test(shapes, a_unit_knows_its_group);
    suite_add_tcase(suite, random);
    suite_add_tcase(suite, shapes);
    return suite;
}
