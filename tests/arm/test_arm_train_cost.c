/* The cost of a closed loop against another simulation and a closed form, its gradient by the adjoint against differences. */
#include "arm/train/train.h"
#include "crease/crease.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static arm_train_setting setting_of(const char *model) {
    arm_plant plant;
    ck_assert(arm_plant_find(model, &plant, NULL) == CREASE_OK);
    return arm_train_default(&plant);
}

static void must(crease_status status, const crease_error *error) {
    ck_assert_msg(status == CREASE_OK, "%s", error->message);
}

static crease_net *named_net(const char *spec, size_t inputs, const char *const *names) {
    crease_net *net;
    crease_error error;
    must(crease_net_parse(spec, inputs, 1, &net, &error), &error);
    must(crease_net_set_names(net, names, NULL, &error), &error);
    return net;
}

static double cost_of(const arm_train_setting *setting, const crease_net *net) {
    double cost;
    crease_error error;
    must(arm_train_cost(setting, net, &cost, &error), &error);
    return cost;
}

/* ---- the same sum, start by start and unit by unit; and on which sides of their kinks limit and units were ---- */

typedef struct plain {
    double cost;
    uint64_t sides; /* a digest of all of them */
} plain;

static void note(plain *p, bool side) {
    p->sides = (p->sides ^ (side ? 0x9e37u : 0x79b9u)) * 0x100000001b3u;
}

/* One hidden layer at most. */
static double plain_torque(const crease_net *net, const double *theta, double target, double angle,
                           double rate, plain *p) {
    double x[2];
    for (size_t i = 0; i < net->inputs; i++) {
        char what = net->input_name[i][0];
        double raw = what == 'e' ? target - angle : what == 'x' ? angle - target : what == 'q' ? angle : rate;
        x[i] = (raw - net->input_shift[i]) / net->input_scale[i];
    }
    double y = theta[net->output_biases];
    for (size_t i = 0; net->affine && i < net->inputs; i++)
        y += theta[net->affine_weights + i] * x[i];
    for (size_t u = 0; net->layer_count && u < net->layer[0].width; u++) {
        const crease_layer *layer = &net->layer[0];
        double z = theta[layer->biases + u], parameter;
        for (size_t i = 0; i < net->inputs; i++)
            z += theta[layer->weights + u * net->inputs + i] * x[i];
        crease_activation kind = crease_net_unit(net, 0, u, &parameter)->activation;
        note(p, z > 0 && kind == CREASE_RELU);
        double value = kind == CREASE_TANH      ? tanh(z)
                       : kind == CREASE_SIGMOID ? 1 / (1 + exp(-z))
                                                : fmax(z, 0);
        y += theta[net->output_weights + u] * value;
    }
    return net->output_shift[0] + net->output_scale[0] * y;
}

static void plain_field(const arm_train_setting *s, const crease_net *net, const double *theta,
                        const double y[3], double dy[3], plain *p) {
    double u = plain_torque(net, theta, s->target, y[0], y[1], p), limit = s->plant.torque_limit;
    note(p, u >= limit);
    note(p, u <= -limit);
    u = u > limit ? limit : u < -limit ? -limit : u;
    dy[0] = y[1];
    dy[1] = (u - s->plant.friction * y[1] - s->plant.gravity * sin(y[0])) / s->plant.inertia;
    dy[2] = pow(y[0] - s->target, 2) + s->torque_weight * pow(u - s->plant.gravity * sin(s->target), 2);
}

static plain plain_cost(const arm_train_setting *s, const crease_net *net, const double *theta) {
    plain p = {0, 0xcbf29ce484222325u};
    double h = s->time / (double)s->steps;
    for (size_t i = 0; i < s->start_count; i++) {
        double y[3] = {s->start[i][0], s->start[i][1], 0}, k[4][3], at[3];
        for (size_t step = 0; step < s->steps; step++) {
            plain_field(s, net, theta, y, k[0], &p);
            for (size_t j = 0; j < 3; j++)
                at[j] = y[j] + h / 2 * k[0][j];
            plain_field(s, net, theta, at, k[1], &p);
            for (size_t j = 0; j < 3; j++)
                at[j] = y[j] + h / 2 * k[1][j];
            plain_field(s, net, theta, at, k[2], &p);
            for (size_t j = 0; j < 3; j++)
                at[j] = y[j] + h * k[2][j];
            plain_field(s, net, theta, at, k[3], &p);
            for (size_t j = 0; j < 3; j++)
                y[j] += h / 6 * (k[0][j] + 2 * k[1][j] + 2 * k[2][j] + k[3][j]);
        }
        p.cost += y[2] / (double)s->start_count;
    }
    return p;
}

/* ---- cost ---- */

static const char *const error_and_rate[] = {"e_rad", "w_rad_s"}, *const offset_and_rate[] = {"x", "w"},
                         *const rate_and_angle[] = {"w", "q"}, *const error_alone[] = {"e"};

static void draw_net(gsl_rng *generator, crease_net *net) {
    for (size_t j = 0; j < net->parameter_count; j++)
        net->theta[j] = gsl_ran_gaussian_ziggurat(generator, 1);
    for (size_t i = 0; i < net->inputs; i++) {
        net->input_shift[i] = gsl_ran_flat(generator, -.5, .5);
        net->input_scale[i] = gsl_ran_flat(generator, .5, 3);
    }
    net->output_shift[0] = gsl_ran_flat(generator, -5, 5);
    net->output_scale[0] = gsl_ran_flat(generator, 2, 20);
}

static const struct {
    const char *spec;
    size_t inputs;
    const char *const *names;
} shapes[] = {{"relu:4", 2, error_and_rate},        {"tanh:4", 2, error_and_rate},
              {"sigmoid:3", 2, offset_and_rate},    {"affine+tanh:2+relu:2", 2, rate_and_angle},
              {"affine", 2, error_and_rate},        {"relu:2", 1, error_alone},
              {"affine+relu:6", 2, offset_and_rate}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

START_TEST(cost_is_the_sum_of_single_motions) {
    for (uint64_t seed = 1; seed <= test_rounds(14, 200); seed++) {
        gsl_rng *generator = crease_random_new(seed, 0);
        arm_train_setting s = setting_of(seed % 2 ? "A" : "A2");
        size_t k = seed % SHAPES;
        crease_net *net = named_net(shapes[k].spec, shapes[k].inputs, shapes[k].names);
        draw_net(generator, net);
        double plainly = plain_cost(&s, net, net->theta).cost, cost = cost_of(&s, net);
        ck_assert_msg(fabs(cost - plainly) <= 1e-10 * plainly, "seed %lu: %.17g, plainly %.17g",
                      (unsigned long)seed, cost, plainly);
        crease_net_free(net);
        gsl_rng_free(generator);
    }
}
END_TEST

/* Without limit and gravity LQR's cost over a long time is the quadratic form of Riccati's matrix; RK4 nears it with order 4. */
START_TEST(cost_of_lqr_is_its_quadratic_form) {
    arm_train_setting s = setting_of("A");
    s.plant.gravity = 0;
    s.plant.torque_limit = 1e9;
    s.time = 6;
    const arm_lqr lqr = arm_train_lqr(&s);
    double wanted = 0, error[2];
    for (size_t i = 0; i < s.start_count; i++) {
        double x = s.start[i][0] - s.target, w = s.start[i][1];
        wanted += (lqr.riccati[0] * x * x + 2 * lqr.riccati[1] * x * w + lqr.riccati[2] * w * w) /
                  (double)s.start_count;
    }
    crease_net *net;
    crease_error e;
    must(arm_train_linear_net(&s, lqr.gain, lqr.rate_gain, &net, &e), &e);
    for (size_t k = 0; k < 2; k++) {
        s.steps = k ? 600 : 300;
        error[k] = fabs(cost_of(&s, net) - wanted) / wanted;
    }
    double order = log2(error[0] / error[1]);
    ck_assert_msg(error[1] < 2e-6 && order > 3.8 && order < 4.4, "errors %g %g, order %g", error[0], error[1],
                  order);
    crease_net_free(net);
}
END_TEST

START_TEST(states_are_those_of_the_motion) {
    arm_train_setting s = setting_of("A2");
    crease_net *net;
    crease_error e;
    must(arm_train_linear_net(&s, 30, 5, &net, &e), &e);
    arm_rollout *loop;
    must(arm_rollout_new(&s, net, &loop, &e), &e);
    arm_rollout_cost(loop, NULL);
    double angle, rate, torque;
    for (size_t i = 0; i < s.start_count; i++) {
        arm_rollout_state(loop, i, 0, &angle, &rate, &torque);
        ck_assert(angle == s.start[i][0] && rate == s.start[i][1]);
        double u = 30 * (s.target - angle) - 5 * rate + s.plant.gravity;
        ck_assert_double_eq_tol(torque, fmax(-8, fmin(8, u)), 1e-12);
    }
    arm_rollout_state(loop, 3, s.steps - 1, &angle, &rate, &torque);
    ck_assert_double_lt(fabs(angle - s.target), .02);
    ck_assert_double_lt(fabs(torque), 8);
    arm_rollout_free(loop);
    crease_net_free(net);
}
END_TEST

/* ---- gradient ---- */

/* Differences of fourth order along a direction; false where some side changes between the points. */
static bool difference(const arm_train_setting *s, const crease_net *net, const double *direction, double h,
                       double *value) {
    static const double step[4] = {-2, -1, 1, 2}, weight[4] = {1. / 12, -2. / 3, 2. / 3, -1. / 12};
    double theta[64];
    uint64_t sides = plain_cost(s, net, net->theta).sides;
    *value = 0;
    for (size_t k = 0; k < 4; k++) {
        for (size_t j = 0; j < net->parameter_count; j++)
            theta[j] = net->theta[j] + h * step[k] * direction[j];
        plain p = plain_cost(s, net, theta);
        if (p.sides != sides)
            return false;
        *value += weight[k] * p.cost / h;
    }
    return true;
}

/* Central differences are good to 1e-8 of the gradient where the motions are not wild: laws that hold the arm, disturbed. */
static void disturb_law(gsl_rng *generator, const arm_train_setting *s, size_t kind, crease_net **net) {
    static const arm_pair pairs[] = {ARM_RELU, ARM_TANH, ARM_SIGMOID};
    crease_error e;
    must(arm_train_net_new(s, pairs[kind % 3], 4, net, &e), &e);
    arm_train_design(s, gsl_ran_flat(generator, 20, 120), gsl_ran_flat(generator, 4, 12), pairs[kind % 3],
                     *net);
    for (size_t j = 0; j < (*net)->parameter_count; j++)
        (*net)->theta[j] += gsl_ran_gaussian_ziggurat(generator, .05);
}

START_TEST(gradient_is_that_of_differences) {
    size_t compared = 0, cases = test_rounds(12, 120);
    for (uint64_t seed = 1; seed <= cases; seed++) {
        gsl_rng *generator = crease_random_new(seed, 5);
        arm_train_setting s = setting_of(seed % 2 ? "A" : "A2");
        s.steps = 100;
        s.time = 1;
        crease_net *net;
        disturb_law(generator, &s, seed, &net);
        double gradient[64], direction[64], size = 0;
        arm_rollout *loop;
        crease_error e;
        must(arm_rollout_new(&s, net, &loop, &e), &e);
        ck_assert(arm_rollout_gradient(loop, NULL, gradient) == cost_of(&s, net));
        for (size_t j = 0; j < net->parameter_count; j++)
            size += gradient[j] * gradient[j];
        size = sqrt(size);
        for (size_t k = 0; k < net->parameter_count + 3; k++) {
            double along = 0, value;
            for (size_t j = 0; j < net->parameter_count; j++) {
                direction[j] =
                    k < net->parameter_count ? (double)(j == k) : gsl_ran_gaussian_ziggurat(generator, .3);
                along += gradient[j] * direction[j];
            }
            if (!difference(&s, net, direction, 2e-4, &value) &&
                !difference(&s, net, direction, 5e-5, &value))
                continue;
            ck_assert_msg(fabs(along - value) <= 1e-8 * size,
                          "seed %lu, direction %zu: %.12g, differences %.12g", (unsigned long)seed, k, along,
                          value);
            compared++;
        }
        arm_rollout_free(loop);
        crease_net_free(net);
        gsl_rng_free(generator);
    }
    ck_assert_msg(compared >= 8 * cases, "only %zu directions without a kink", compared);
}
END_TEST

/* Every way that a net can see the arm, scalings, an affine path, one input, where nothing meets a kink. */
START_TEST(gradient_of_every_shape) {
    size_t compared = 0;
    for (uint64_t seed = 1; seed <= test_rounds(21, 140); seed++) {
        gsl_rng *generator = crease_random_new(seed, 6);
        size_t k = seed % SHAPES;
        arm_train_setting s = setting_of("A");
        s.steps = 20;
        s.time = .3;
        s.start_count = 3;
        crease_net *net = named_net(shapes[k].spec, shapes[k].inputs, shapes[k].names);
        draw_net(generator, net);
        double gradient[64], direction[64], size = 0, along = 0, value;
        arm_rollout *loop;
        crease_error e;
        must(arm_rollout_new(&s, net, &loop, &e), &e);
        arm_rollout_gradient(loop, NULL, gradient);
        for (size_t j = 0; j < net->parameter_count; j++) {
            direction[j] = gsl_ran_gaussian_ziggurat(generator, 1);
            along += gradient[j] * direction[j];
            size += gradient[j] * gradient[j];
        }
        if (difference(&s, net, direction, 1e-3, &value) || difference(&s, net, direction, 1e-4, &value)) {
            compared++;
            ck_assert_msg(fabs(along - value) <= 1e-8 * sqrt(size), "seed %lu, %s: %.12g, differences %.12g",
                          (unsigned long)seed, shapes[k].spec, along, value);
        }
        arm_rollout_free(loop);
        crease_net_free(net);
        gsl_rng_free(generator);
    }
    ck_assert_uint_ge(compared, test_rounds(14, 100));
}
END_TEST

START_TEST(beyond_the_limit_the_gradient_is_zero) {
    arm_train_setting s = setting_of("A");
    s.steps = 10;
    s.time = .1;
    crease_net *net;
    crease_error e;
    must(arm_train_net_new(&s, ARM_RELU, 4, &net, &e), &e);
    net->theta[net->output_biases] = 100;
    double gradient[32];
    arm_rollout *loop;
    must(arm_rollout_new(&s, net, &loop, &e), &e);
    ck_assert(arm_rollout_gradient(loop, NULL, gradient) > 0);
    for (size_t j = 0; j < net->parameter_count; j++)
        ck_assert(gradient[j] == 0);
    /* but a torque that is no number is not hidden by the limit */
    net->theta[net->output_biases] = INFINITY;
    ck_assert(!isfinite(arm_rollout_gradient(loop, NULL, gradient)));
    net->theta[net->output_biases] = 0;
    net->theta[net->output_weights] = NAN;
    ck_assert(!isfinite(arm_rollout_gradient(loop, NULL, gradient)));
    arm_rollout_free(loop);
    crease_net_free(net);
}
END_TEST

START_TEST(what_is_refused) {
    arm_train_setting good = setting_of("A"), s;
    crease_net *net, *two;
    arm_rollout *loop;
    crease_error e;
    must(arm_train_net_new(&good, ARM_RELU, 4, &net, &e), &e);
    must(crease_net_parse("relu:2", 2, 2, &two, &e), &e);
    ck_assert(arm_rollout_new(&good, two, &loop, &e) == CREASE_BAD_ARGUMENT && strstr(e.message, "outputs"));
#define REFUSED(change, word)                                                                                \
    s = good;                                                                                                \
    change;                                                                                                  \
    ck_assert_msg(arm_rollout_new(&s, net, &loop, &e) == CREASE_BAD_ARGUMENT && strstr(e.message, word),     \
                  "%s", e.message);                                                                          \
    ck_assert_ptr_null(loop)
    REFUSED(s.start_count = 0, "starts");
    REFUSED(s.start_count = 65, "65");
    REFUSED(s.steps = 0, "steps");
    REFUSED(s.time = NAN, "time");
    REFUSED(s.time = -1, "time");
    REFUSED(s.torque_weight = 0, "weight");
    REFUSED(s.target = INFINITY, "target");
    REFUSED(s.start[4][1] = NAN, "start 5");
#undef REFUSED
    arm_train_result result;
    ck_assert(arm_train_net(&good, net, net->parameter_count, NULL, &result, &e) == CREASE_BAD_ARGUMENT);
    crease_net *none;
    ck_assert(arm_train_net_new(&good, ARM_RELU, 0, &none, &e) == CREASE_BAD_ARGUMENT);
    ck_assert_ptr_null(none);
    arm_rollout_free(NULL);
    arm_train_table_free(NULL);
    crease_net_free(net);
    crease_net_free(two);
}
END_TEST

Suite *test_arm_train_cost(void) {
    Suite *suite = suite_create("arm: cost and gradient of a closed loop");
    TCase *tests = tcase_create("cost");
    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, cost_is_the_sum_of_single_motions);
    tcase_add_test(tests, cost_of_lqr_is_its_quadratic_form);
    tcase_add_test(tests, states_are_those_of_the_motion);
    tcase_add_test(tests, gradient_is_that_of_differences);
    tcase_add_test(tests, gradient_of_every_shape);
    tcase_add_test(tests, beyond_the_limit_the_gradient_is_zero);
    tcase_add_test(tests, what_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
