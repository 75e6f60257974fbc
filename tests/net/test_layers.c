/* Layers one by one: gradient norms against differences and against the product of a chain, activity against plain loops and
 * the binomial law, second moments under He and Xavier against their recursion. */
#include "crease/initialise.h"
#include "crease/layers.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static crease_net *parse(const char *spec, size_t inputs, size_t outputs) {
    crease_net *net;
    crease_error error;
    ck_assert_msg(crease_net_parse(spec, inputs, outputs, &net, &error) == CREASE_OK, "%s", error.message);
    return net;
}

static void draw(gsl_rng *rng, size_t n, double *value) {
    for (size_t i = 0; i < n; i++)
        value[i] = gsl_ran_gaussian(rng, 1);
}

/* ---- which parameters, and norms ---- */

START_TEST(layers_part_theta) {
    static const char *const specs[] = {"affine", "relu:3", "affine+prelu:2+tanh:1/relu:4/prelu:3",
                                        "tanh:2x7"};
    for (size_t s = 0; s < 4; s++) {
        crease_net *net = parse(specs[s], 2, 3);
        size_t p = net->parameter_count, next = 0, first;
        double *ones = malloc(p * sizeof *ones), norm[8];
        for (size_t j = 0; j < p; j++)
            ones[j] = 1;
        crease_net_layer_norms(net, ones, norm);
        for (size_t l = 0; l <= net->layer_count; l++) {
            size_t count = crease_net_layer_parameters(net, l, &first);
            ck_assert_uint_eq(first, next);
            next += count;
            ck_assert_double_eq_tol(norm[l] * norm[l], (double)count, 1e-9);
            if (l < net->layer_count) {
                const crease_layer *layer = &net->layer[l];
                ck_assert_uint_eq(count, layer->width * (layer->fan_in + 1) + layer->slope_count);
            }
        }
        ck_assert_uint_eq(next, p);
        for (size_t j = 0; j < p; j++) /* the square overflows, or is 0 */
            ones[j] = s % 2 ? 1e200 : 1e-200;
        crease_net_layer_norms(net, ones, norm);
        for (size_t l = 0; l <= net->layer_count; l++) {
            size_t count = crease_net_layer_parameters(net, l, &first);
            ck_assert_double_eq_tol(norm[l] / ones[0], sqrt((double)count), 1e-12 * (double)count);
        }
        free(ones);
        crease_net_free(net);
    }
}
END_TEST

/* ---- gradients ---- */

/* F by plain evaluation. */
static double loss_at(const crease_net *net, const double *theta, const crease_data *data) {
    crease_work *work;
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    double *y = malloc(data->n * data->outputs * sizeof *y), sum = 0, total = 0;
    crease_net_evaluate(net, theta, work, data->n, data->x, y);
    for (size_t i = 0; i < data->n; i++) {
        double weight = data->weight ? data->weight[i] : 1;
        total += weight;
        for (size_t o = 0; o < data->outputs; o++) {
            size_t at = i * data->outputs + o;
            sum += weight * (y[at] - data->y[at]) * (y[at] - data->y[at]);
        }
    }
    free(y);
    crease_work_free(work);
    return sum / total / 2;
}

START_TEST(gradient_norms_are_those_of_differences) {
    static const char *const specs[] = {"affine+tanh:3/sigmoid:4",         "softplus:3+prelu(.3):2/silu:3",
                                        "gelu:4/elu:3/tanh:2/sigmoid:2",   "relu:4/leaky(.2):3",
                                        "affine+relu:5/relu:4/identity:2", "affine"};
    enum { rows = 37 };
    size_t cases = test_cases(3, 60);
    for (size_t seed = 0; seed < cases; seed++)
        for (size_t s = 0; s < 6; s++) {
            crease_net *net = parse(specs[s], 2, 2);
            gsl_rng *rng = crease_random_new(seed, s);
            double x[2 * rows], y[2 * rows], weight[rows], loss, norm[8], square = 0;
            draw(rng, 2 * rows, x);
            draw(rng, 2 * rows, y);
            draw(rng, net->parameter_count, net->theta);
            for (int i = 0; i < rows; i++)
                weight[i] = i == 5 ? 0 : gsl_rng_uniform(rng);
            net->output_scale[1] = 3;
            net->input_scale[0] = 2;
            net->input_shift[0] = .5;
            crease_data data = {rows, 2, 2, x, y, seed % 2 ? weight : NULL};
            size_t p = net->parameter_count;
            double *gradient = malloc(2 * p * sizeof *gradient), *difference = gradient + p;
            crease_layer_state state[8];
            crease_error error = {0};
            ck_assert_msg(crease_net_layer_states(net, NULL, &data, 0, &loss, gradient, state, &error) ==
                              CREASE_OK,
                          "%s", error.message);
            ck_assert_double_eq_tol(loss, loss_at(net, NULL, &data), 1e-12 * loss);
            for (size_t j = 0; j < p; j++) {
                const double h = 1e-6;
                double kept = net->theta[j];
                net->theta[j] = kept + h;
                double above = loss_at(net, NULL, &data);
                net->theta[j] = kept - h;
                difference[j] = (above - loss_at(net, NULL, &data)) / (2 * h);
                net->theta[j] = kept;
                square += gradient[j] * gradient[j];
            }
            crease_net_layer_norms(net, difference, norm);
            /* a row whose corner lies within h of a unit's: one in 10^4 */
            for (size_t l = 0; l <= net->layer_count; l++) {
                ck_assert_msg(fabs(state[l].gradient_norm - norm[l]) <= 1e-4 * (norm[l] + 1e-3),
                              "%s, seed %zu, layer %zu: %g, not %g", specs[s], seed, l,
                              state[l].gradient_norm, norm[l]);
                ck_assert(isnan(state[l].step_norm));
                square -= state[l].gradient_norm * state[l].gradient_norm;
            }
            ck_assert_double_eq_tol(square, 0, 1e-9 * (1 + loss) * (1 + loss));
            gsl_rng_free(rng);
            free(gradient);
            crease_net_free(net);
        }
}
END_TEST

/* One unit a layer: dF/db_l = r v phi'(z_L) w_L phi'(z_{L-1}) ... w_{l+1} phi'(z_l), and that with a_{l-1} for w_l. */
START_TEST(chain_of_fifty_units_is_a_product) {
    static const char *const specs[] = {"sigmoid:1x50", "tanh:1x50", "relu:1x50"};
    enum { depth = 50 };
    for (size_t s = 0; s < 3; s++)
        for (size_t seed = 0; seed < 5; seed++) {
            crease_net *net = parse(specs[s], 1, 1);
            gsl_rng *rng = crease_random_new(seed, 0);
            double x = 1.25, y = .5, a[depth + 1], slope[depth], *theta = net->theta;
            a[0] = x;
            for (size_t l = 0; l < depth; l++) {
                theta[2 * l] = (s == 2                      ? 1
                                : gsl_rng_uniform(rng) < .5 ? -1
                                                            : 1) *
                               (.7 + gsl_rng_uniform(rng));
                theta[2 * l + 1] = (gsl_rng_uniform(rng) - .3) / 4;
                double z = theta[2 * l] * a[l] + theta[2 * l + 1];
                ck_assert(s < 2 || z > 0); /* else the chain is off: weights above .7, biases above -.075 */
                a[l + 1] = s == 0 ? 1 / (1 + exp(-z)) : s == 1 ? tanh(z) : fmax(z, 0);
                slope[l] = s == 0 ? a[l + 1] * (1 - a[l + 1]) : s == 1 ? 1 - a[l + 1] * a[l + 1] : z > 0;
            }
            theta[2 * depth] = 1.5;
            theta[2 * depth + 1] = -.25;
            double r = 1.5 * a[depth] - .25 - y, sensitivity = r * 1.5;
            crease_layer_state state[depth + 1];
            ck_assert_int_eq(crease_net_layer_states(net, NULL, &(crease_data){1, 1, 1, &x, &y, NULL}, 0,
                                                     NULL, NULL, state, NULL),
                             CREASE_OK);
            ck_assert_double_eq_tol(state[depth].gradient_norm, fabs(r) * hypot(a[depth], 1),
                                    1e-13 * fabs(r) * hypot(a[depth], 1));
            double bound = fabs(r) * 1.5;
            for (size_t l = depth; l-- > 0;) {
                sensitivity *= slope[l];
                bound /= 4;
                double expected = fabs(sensitivity) * hypot(a[l], 1);
                ck_assert_msg(fabs(state[l].gradient_norm - expected) <= 1e-12 * expected,
                              "%s, seed %zu, layer %zu: %g, not %g", specs[s], seed, l,
                              state[l].gradient_norm, expected);
                if (s == 0) /* the document's quarter a layer */
                    ck_assert(state[l].gradient_norm <= bound * hypot(a[l], 1) * (1 + 1e-12));
                sensitivity *= theta[2 * l];
                bound *= fabs(theta[2 * l]);
            }
            ck_assert(s == 2 || state[0].gradient_norm < 1e-3 * state[depth].gradient_norm);
            gsl_rng_free(rng);
            crease_net_free(net);
        }
}
END_TEST

/* ---- activity ---- */

/* z of every unit by plain loops; one group a layer, all alike. */
static void plain_preactivations(const crease_net *net, const double *x, double *z) {
    double a[16], next[16];
    memcpy(a, x, net->inputs * sizeof *a);
    for (size_t l = 0; l < net->layer_count; l++) {
        const crease_layer *layer = &net->layer[l];
        for (size_t u = 0; u < layer->width; u++) {
            double sum = net->theta[layer->biases + u];
            for (size_t k = 0; k < layer->fan_in; k++)
                sum += net->theta[layer->weights + u * layer->fan_in + k] * a[k];
            *z++ = sum;
            next[u] = layer->group[0].activation == CREASE_TANH ? tanh(sum)
                      : sum > 0                                 ? sum
                                                                : layer->group[0].parameter * sum;
        }
        memcpy(a, next, layer->width * sizeof *a);
    }
}

START_TEST(activity_is_that_of_plain_loops) {
    static const char *const specs[] = {"relu:5/relu:7/relu:2", "leaky(.25):4/leaky(.5):3",
                                        "relu:6/tanh:4/relu:3"};
    static const size_t row_counts[] = {1, 2, 127, 128, 129, 300};
    for (size_t s = 0; s < 3; s++)
        for (size_t k = 0; k < 6; k++) {
            size_t n = row_counts[k];
            gsl_rng *rng = crease_random_new(s, k);
            crease_net *net = parse(specs[s], 3, 1);
            draw(rng, net->parameter_count, net->theta);
            net->theta[net->layer[0].biases + 1] = -100; /* silent, and the first of layer 1 always on */
            net->theta[net->layer[1].biases] = 100;
            double *x = malloc(n * 3 * sizeof *x), z[16];
            size_t active[3] = {0}, on[16] = {0}, units = crease_net_unit_count(net);
            double square[3] = {0};
            draw(rng, n * 3, x);
            for (size_t i = 0; i < n; i++) {
                plain_preactivations(net, x + 3 * i, z);
                for (size_t l = 0, at = 0; l < net->layer_count; l++)
                    for (size_t u = 0; u < net->layer[l].width; u++, at++) {
                        active[l] += z[at] > 0;
                        on[at] += z[at] > 0;
                        square[l] += z[at] * z[at];
                    }
            }
            crease_work *work;
            crease_layer_state state[4];
            for (size_t l = 0; l < 4; l++)
                state[l] = (crease_layer_state){.gradient_norm = 7, .step_norm = 8};
            ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
            crease_net_layer_activity(net, NULL, work, n, x, state);
            size_t at = 0, dead = 0;
            for (size_t l = 0; l < net->layer_count; l++) {
                double pairs = (double)(n * net->layer[l].width);
                size_t silent = 0;
                for (size_t u = 0; u < net->layer[l].width; u++, at++)
                    silent += on[at] == 0;
                ck_assert_double_eq_tol(state[l].active_share, (double)active[l] / pairs, 1e-15);
                ck_assert_double_eq_tol(state[l].preactivation_rms, sqrt(square[l] / pairs),
                                        1e-13 * sqrt(square[l] / pairs));
                bool can_die = net->layer[l].group[0].activation == CREASE_RELU;
                ck_assert_uint_eq(state[l].dead_units, can_die ? silent : 0);
                dead += state[l].dead_units;
                ck_assert(state[l].gradient_norm == 7 && state[l].step_norm == 8);
            }
            ck_assert_uint_eq(at, units);
            ck_assert_uint_eq(dead, crease_net_dead_units(net, work, n, x));
            const crease_layer_state *output = &state[net->layer_count];
            ck_assert(isnan(output->active_share) && isnan(output->preactivation_rms) &&
                      output->dead_units == 0);
            crease_work_set_bias_shift(work, 1e6); /* every unit is on */
            if (s < 2) {
                crease_net_layer_activity(net, NULL, work, n, x, state);
                ck_assert(state[0].active_share == 1 && state[0].dead_units == 0);
            }
            crease_work_free(work);
            gsl_rng_free(rng);
            free(x);
            crease_net_free(net);
        }
}
END_TEST

/* Weights are symmetric about 0 and biases 0, so given the layer below each unit is on with probability 1/2 (but where the
 * whole layer below is off, once in 2^16), independently of the others of its layer. */
START_TEST(half_the_units_are_on_at_a_symmetric_start) {
    static const crease_initialiser kinds[] = {CREASE_INIT_HE, CREASE_INIT_XAVIER};
    enum { width = 16, nets = 400 };
    for (size_t k = 0; k < 2; k++) {
        crease_net *net = parse("relu:16x4", 2, 1);
        crease_work *work;
        ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
        gsl_rng *rng = crease_random_new(17, k);
        const double x[] = {.3, -1.1};
        double on[4] = {0};
        for (size_t i = 0; i < nets; i++) {
            crease_layer_state state[5];
            crease_net_initialise(net, kinds[k], rng, net->theta);
            crease_net_layer_activity(net, NULL, work, 1, x, state);
            for (size_t l = 0; l < 4; l++)
                on[l] += state[l].active_share * width;
        }
        for (size_t l = 0; l < 4; l++) {
            double trials = width * nets, share = on[l] / trials;
            ck_assert_msg(fabs(share - .5) <= 4 * sqrt(.25 / trials) + 1e-4, "%s, layer %zu: %g",
                          k ? "xavier" : "he", l, share);
        }
        gsl_rng_free(rng);
        crease_work_free(work);
        crease_net_free(net);
    }
    /* rows in pairs x, -x without biases: exactly one of each pair is on in the first layer */
    crease_net *net = parse("relu:9", 2, 1);
    crease_work *work;
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    gsl_rng *rng = crease_random_new(18, 0);
    crease_net_initialise(net, CREASE_INIT_HE, rng, net->theta);
    const double pairs[] = {1, 2, -1, -2, .5, -3, -.5, 3};
    crease_layer_state state[2];
    crease_net_layer_activity(net, NULL, work, 4, pairs, state);
    ck_assert(state[0].active_share == .5 && state[0].dead_units == 0);
    gsl_rng_free(rng);
    crease_work_free(work);
    crease_net_free(net);
}
END_TEST

/* With variance c / fan-in and no biases E z_{l+1}^2 = c E relu(z_l)^2 = c/2 E z_l^2: kept by He (c = 2), halved by Xavier
 * between layers of one width (c = 1). */
START_TEST(second_moments_follow_their_recursion) {
    static const struct {
        crease_initialiser initialiser;
        double first, factor; /* variance of the first layer's weights, growth a layer */
    } table[] = {{CREASE_INIT_HE, 2. / 2, 1}, {CREASE_INIT_XAVIER, 2. / (2 + 24), .5}};
    enum { nets = 300, depth = 6 };
    const double x[] = {.6, -1.3};
    for (size_t k = 0; k < 2; k++) {
        crease_net *net = parse("relu:24x6", 2, 1);
        crease_work *work;
        ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
        gsl_rng *rng = crease_random_new(23, k);
        double sum[depth] = {0}, square[depth] = {0};
        for (size_t i = 0; i < nets; i++) {
            crease_layer_state state[depth + 1];
            crease_net_initialise(net, table[k].initialiser, rng, net->theta);
            crease_net_layer_activity(net, NULL, work, 1, x, state);
            for (size_t l = 0; l < depth; l++) {
                double second = state[l].preactivation_rms * state[l].preactivation_rms;
                sum[l] += second;
                square[l] += second * second;
            }
        }
        double expected = table[k].first * (x[0] * x[0] + x[1] * x[1]);
        for (size_t l = 0; l < depth; l++, expected *= table[k].factor) {
            double mean = sum[l] / nets, error = sqrt((square[l] / nets - mean * mean) / nets);
            ck_assert_msg(fabs(mean - expected) <= 4 * error && error < .15 * expected,
                          "%s, layer %zu: %g +- %g, not %g", k ? "xavier" : "he", l, mean, error, expected);
        }
        gsl_rng_free(rng);
        crease_work_free(work);
        crease_net_free(net);
    }
}
END_TEST

/* ---- dead units, and what is refused ---- */

START_TEST(dead_units_have_no_gradient) {
    crease_net *net = parse("relu:2/relu:3", 1, 1);
    gsl_rng *rng = crease_random_new(4, 0);
    double x[50], y[50], gradient[19];
    draw(rng, 50, x);
    draw(rng, 50, y);
    draw(rng, net->parameter_count, net->theta);
    size_t bias = net->layer[1].biases + 1, weights = net->layer[1].weights + 2;
    net->theta[bias] = -1e3;
    crease_data data = {50, 1, 1, x, y, NULL};
    crease_layer_state state[3];
    ck_assert_uint_le(net->parameter_count, 19);
    ck_assert_int_eq(crease_net_layer_states(net, NULL, &data, 0, NULL, gradient, state, NULL), CREASE_OK);
    ck_assert(gradient[bias] == 0 && gradient[weights] == 0 && gradient[weights + 1] == 0);
    ck_assert(gradient[net->output_weights + 1] == 0 && state[1].dead_units >= 1);
    gsl_rng_free(rng);
    crease_net_free(net);
    /* exactly at the corner on every row: dead by z <= 0, and the derivative taken there decides the gradient */
    net = parse("relu:1", 1, 1);
    const double corner[] = {1, -1, 2, 0}, one[] = {1, 1}, target[] = {3, 5};
    memcpy(net->theta, corner, sizeof corner);
    for (int c = 0; c < 3; c++) { /* mean residual -4, times the outgoing weight 2 */
        crease_data two = {2, 1, 1, one, target, NULL};
        ck_assert_int_eq(crease_net_layer_states(net, NULL, &two, c / 2., NULL, gradient, state, NULL),
                         CREASE_OK);
        ck_assert_double_eq_tol(state[0].gradient_norm, 8 * sqrt(2) * c / 2., 1e-14);
        ck_assert(state[0].dead_units == 1 && state[0].active_share == 0 && state[0].preactivation_rms == 0);
    }
    crease_net_free(net);
}
END_TEST

START_TEST(bad_data_are_refused) {
    crease_net *net = parse("relu:2x2", 1, 1);
    double x[] = {1, 2}, y[] = {1, 3}, nan_y[] = {1, NAN}, pair[] = {1, 2, 3, 4};
    crease_layer_state state[3];
    crease_error error;
    const struct {
        crease_data data;
        double at_zero, size;
        crease_status status;
        const char *says;
    } table[] = {
        {{2, 1, 1, x, nan_y, NULL}, 0, 1, CREASE_BAD_DATA, "finite"},
        {{0, 1, 1, x, y, NULL}, 0, 1, CREASE_BAD_DATA, "row"},
        {{2, 2, 1, pair, y, NULL}, 0, 1, CREASE_BAD_ARGUMENT, "1 inputs"},
        {{2, 1, 1, x, y, NULL}, 2, 1, CREASE_BAD_ARGUMENT, "derivative"},
        {{2, 1, 1, x, y, NULL}, NAN, 1, CREASE_BAD_ARGUMENT, "derivative"},
        {{2, 1, 1, x, y, NULL}, 0, 1e150, CREASE_BAD_DATA, "smaller weights"},
        {{2, 1, 1, x, y, NULL}, 0, 1e-150, CREASE_OK, ""},
        {{2, 1, 1, x, y, NULL}, 1, 1, CREASE_OK, ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        for (size_t j = 0; j < net->parameter_count; j++)
            net->theta[j] = table[i].size;
        error = (crease_error){0};
        ck_assert_int_eq(
            crease_net_layer_states(net, NULL, &table[i].data, table[i].at_zero, NULL, NULL, state, &error),
            table[i].status);
        ck_assert_msg(strstr(error.message, table[i].says) != NULL, "%zu: %s", i, error.message);
    }
    crease_net_free(net);
}
END_TEST

Suite *test_layers(void) {
    Suite *suite = suite_create("layers");
    TCase *tests = tcase_create("layers");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, layers_part_theta);
    tcase_add_test(tests, gradient_norms_are_those_of_differences);
    tcase_add_test(tests, chain_of_fifty_units_is_a_product);
    tcase_add_test(tests, activity_is_that_of_plain_loops);
    tcase_add_test(tests, half_the_units_are_on_at_a_symmetric_start);
    tcase_add_test(tests, second_moments_follow_their_recursion);
    tcase_add_test(tests, dead_units_have_no_gradient);
    tcase_add_test(tests, bad_data_are_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
