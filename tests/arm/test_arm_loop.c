/* Closed loops: the reference tables of two joints and of stability limits, networks, lag and sampling against matrix
 * exponentials, tiny steps of an integrator of the tests' own, energy over seconds. */
#include "arm/loop.h"
#include "crease/crease.h"
#include "support/suites.h"
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static arm_loop loop_of(const char *model, arm_law law, arm_pair pair) {
    arm_loop loop = {0};
    crease_error error;
    ck_assert_msg(arm_robot_find(model, &loop.robot, &error) == CREASE_OK, "%s", error.message);
    arm_loop_default(&loop, law, pair);
    return loop;
}

static arm_motion *move(const arm_loop *loop, const arm_run *run) {
    arm_motion *motion;
    crease_error error;
    ck_assert_msg(arm_loop_run(loop, run, &motion, &error) == CREASE_OK, "%s", error.message);
    return motion;
}

static double uniform(gsl_rng *random, double lo, double hi) {
    return lo + (hi - lo) * gsl_rng_uniform(random);
}

/* ---- tables ---- */

START_TEST(two_links_of_the_table) {
    FILE *file = fopen("tests/data/arm/step_2link.csv", "r");
    ck_assert_ptr_nonnull(file);
    char line[256];
    size_t rows = 0;
    arm_motion *motion = NULL;
    arm_pair moving = ARM_PAIR_COUNT;
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    for (; fgets(line, sizeof line, file); rows++) {
        double v[8], q[2], w[2];
        arm_pair pair;
        char *rest = line;
        ck_assert_int_eq(arm_pair_parse(strsep(&rest, ","), &pair, NULL), CREASE_OK);
        for (size_t j = 0; j < 8; j++)
            v[j] = strtod(strsep(&rest, ",\n"), NULL);
        if (pair != moving) {
            arm_motion_free(motion);
            arm_loop loop = loop_of("B", ARM_LAW_PDX, pair);
            loop.gravity_compensation = v[0] != 0;
            loop.reference[0] = v[1];
            loop.reference[1] = v[2];
            motion = move(&loop, &(arm_run){.time = 5});
            moving = pair;
        }
        arm_motion_joints_at(motion, v[3], q, w, NULL);
        const double got[4] = {q[0], q[1], w[0], w[1]};
        for (size_t j = 0; j < 4; j++)
            ck_assert_msg(fabs(got[j] - v[4 + j]) <= 2e-11, "row %zu, column %zu: %.13g, wanted %.13g", rows,
                          j, got[j], v[4 + j]);
    }
    ck_assert_uint_eq(rows, 24);
    arm_motion_free(motion);
    fclose(file);
}
END_TEST

/* A relu law in the plane: the gain at which actuator lag or sampling makes the loop unstable, from the poles. */
START_TEST(stability_limits_of_the_table) {
    FILE *file = fopen("tests/data/arm/stability_limits.csv", "r");
    ck_assert_ptr_nonnull(file);
    char line[256];
    size_t rows = 0;
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    for (; fgets(line, sizeof line, file); rows++) {
        char *rest = line;
        bool lag = strncmp(strsep(&rest, ","), "actuator", 8) == 0;
        double seconds = strtod(strsep(&rest, ","), NULL), critical = strtod(strsep(&rest, ","), NULL);
        for (int side = -1; side <= 1; side += 2) {
            arm_loop loop = loop_of("A", ARM_LAW_P, ARM_RELU);
            arm_robot_without_gravity(&loop.robot);
            loop.robot.torque_limit[0] = INFINITY;
            loop.lag = lag ? seconds : 0;
            loop.sample = lag ? 0 : seconds;
            loop.controller[0].gain = critical * (1 + side * 2e-9); /* the table has ten digits */
            arm_poles poles;
            crease_error error;
            ck_assert_int_eq(arm_loop_poles(&loop, loop.reference, &poles, &error), CREASE_OK);
            ck_assert_uint_eq(poles.count, lag ? 3 : 2);
            ck_assert_msg((poles.growth < !lag) == (side < 0), "%s %g s: growth %.15g on side %d of %g",
                          lag ? "lag" : "sample", seconds, poles.growth, side, critical);
        }
    }
    ck_assert_uint_eq(rows, 10);
    fclose(file);
}
END_TEST

/* ---- lag and sampling of a linear loop ---- */

typedef struct linear_case {
    double J, b, K, Td, lag, sample, reference;
} linear_case;

/* exp(A t) of an n x n matrix */
static void exponential(const double *A, size_t n, double t, double *E) {
    double scaled[25];
    for (size_t i = 0; i < n * n; i++)
        scaled[i] = A[i] * t;
    gsl_matrix_view a = gsl_matrix_view_array(scaled, n, n), e = gsl_matrix_view_array(E, n, n);
    gsl_linalg_exponential_ss(&a.matrix, &e.matrix, GSL_PREC_DOUBLE);
}

static void apply(const double *E, size_t n, const double *x, double *y) {
    for (size_t i = 0; i < n; i++) {
        y[i] = 0;
        for (size_t j = 0; j < n; j++)
            y[i] += E[i * n + j] * x[j];
    }
}

/* x = (q - reference, w, torque at the joint) at time t; a held command is a fourth part. */
static void exact(const linear_case *c, double t, double x[3]) {
    double E[16], y[4] = {-c->reference, 0, 0, c->K * c->reference}, z[4];
    if (c->sample == 0) {
        const double A[9] = {
            0, 1, 0, 0, -c->b / c->J, 1 / c->J, -c->K / c->lag, -c->K * c->Td / c->lag, -1 / c->lag};
        exponential(A, 3, t, E);
        apply(E, 3, y, x);
        return;
    }
    const double A[16] = {0,
                          1,
                          0,
                          0,
                          0,
                          -c->b / c->J,
                          1 / c->J,
                          0,
                          0,
                          0,
                          c->lag > 0 ? -1 / c->lag : 0,
                          c->lag > 0 ? 1 / c->lag : 0,
                          0,
                          0,
                          0,
                          0};
    for (size_t k = 0;; k++) {
        y[3] = -c->K * (y[0] + c->Td * y[1]);
        if (c->lag == 0)
            y[2] = y[3];
        double left = t - (double)k * c->sample;
        exponential(A, 4, fmin(left, c->sample), E);
        apply(E, 4, y, z);
        memcpy(y, z, sizeof y);
        if (left <= c->sample)
            break;
    }
    memcpy(x, y, 3 * sizeof *x);
}

START_TEST(lag_and_sampling_by_matrix_exponentials) {
    gsl_rng *random = crease_random_new(71, 0);
    for (size_t trial = 0; trial < test_rounds(24, 400); trial++) {
        arm_loop loop = loop_of("A", ARM_LAW_PDI, trial % 2 ? ARM_GELU : ARM_RELU);
        arm_robot_without_gravity(&loop.robot);
        loop.robot.torque_limit[0] = INFINITY;
        linear_case c = {loop.robot.plant.inertia, loop.robot.plant.friction,  uniform(random, 10, 80),
                         uniform(random, 0, 0.1),  uniform(random, 0.01, 0.1), uniform(random, 0.01, 0.08),
                         uniform(random, -1, 1)};
        c.lag = trial % 3 == 1 ? 0 : c.lag;
        c.sample = trial % 3 == 0 ? 0 : c.sample;
        loop.controller[0].gain = c.K;
        loop.controller[0].lead_time = c.Td;
        loop.lag = c.lag;
        loop.sample = c.sample;
        loop.reference[0] = c.reference;
        arm_motion *motion = move(&loop, &(arm_run){.time = 3});
        for (size_t i = 0; i < 20; i++) {
            double t = uniform(random, 0, 3), x[3], q, w, u;
            exact(&c, t, x);
            arm_motion_joints_at(motion, t, &q, &w, &u);
            double size = 1 + fabs(x[0]) + fabs(x[1]) + fabs(x[2]);
            ck_assert_msg(fabs(q - c.reference - x[0]) <= 1e-10 * size && fabs(w - x[1]) <= 1e-9 * size &&
                              fabs(u - x[2]) <= 1e-8 * size,
                          "seed 71, trial %zu, t %g: %.13g %.13g %.13g, wanted %.13g %.13g %.13g", trial, t,
                          q - c.reference, w, u, x[0], x[1], x[2]);
        }
        arm_motion_free(motion);
    }
    gsl_rng_free(random);
}
END_TEST

/* Beyond the limit of stability the held torque keeps the arm swinging, and what needs rest is null with a reason. */
START_TEST(unstable_loops_say_so) {
    for (int sampled = 0; sampled < 2; sampled++) {
        arm_loop loop = loop_of("A", ARM_LAW_P, ARM_RELU);
        arm_robot_without_gravity(&loop.robot);
        loop.controller[0].gain = sampled ? 500 : 120;
        loop.lag = sampled ? 0 : 0.05;
        loop.sample = sampled ? 0.02 : 0;
        arm_motion *motion = move(&loop, &(arm_run){0});
        arm_metrics m;
        crease_error error;
        ck_assert_int_eq(arm_motion_measure_joints(motion, &m, &error), CREASE_OK);
        ck_assert(isnan(m.settle_2pct_s) && isnan(m.overshoot_pct) && isnan(m.peak_time_s));
        ck_assert_str_eq(m.settle_why, m.overshoot_why);
        ck_assert_ptr_nonnull(strstr(m.settle_why, "grow"));
        ck_assert(m.q_ss_rad == 0.5 && m.peak_torque_n_m <= 89.4);
        arm_motion_free(motion);
    }
}
END_TEST

/* ---- networks ---- */

static crease_net *random_net(gsl_rng *random, const char *spec, size_t inputs, size_t outputs, double size) {
    crease_net *net;
    crease_error error;
    ck_assert_msg(crease_net_parse(spec, inputs, outputs, &net, &error) == CREASE_OK, "%s", error.message);
    for (size_t i = 0; i < net->parameter_count; i++)
        net->theta[i] = uniform(random, -1, 1);
    for (size_t i = 0; i < inputs; i++) {
        net->input_shift[i] = uniform(random, -0.2, 0.2);
        net->input_scale[i] = uniform(random, 0.5, 2);
    }
    for (size_t i = 0; i < outputs; i++)
        net->output_scale[i] = size;
    return net;
}

static const char *const specs[] = {"relu:6",
                                    "relu:5/relu:4",
                                    "affine+relu:3+tanh:2",
                                    "leaky(.1):4/elu:3",
                                    "prelu:4+silu:2",
                                    "relu^2:3+sigmoid:2",
                                    "relu^1.5:4",
                                    "affine",
                                    "gelu:4/softplus:3/relu:3"};
enum { SPECS = sizeof specs / sizeof *specs };

START_TEST(network_with_and_without_frozen_sides) {
    gsl_rng *random = crease_random_new(72, 0);
    for (size_t trial = 0; trial < test_rounds(200, 4000); trial++) {
        crease_net *net = random_net(random, specs[trial % SPECS], 3, 2, 5);
        arm_network_work *work;
        crease_work *own;
        ck_assert_int_eq(arm_network_work_new(net, &work, NULL), CREASE_OK);
        ck_assert_int_eq(crease_work_new(net, &own, NULL), CREASE_OK);
        size_t kinks = arm_network_kinks(work);
        bool above[32];
        double x[3], dx[3], u[2], du[2], y[2], z[32], dz[32], near_u[2][2], near_z[2][32];
        for (size_t i = 0; i < 3; i++) {
            x[i] = uniform(random, -2, 2);
            dx[i] = uniform(random, -2, 2);
        }
        arm_network_evaluate(work, x, dx, NULL, u, z, du, dz);
        crease_net_evaluate(net, NULL, own, 1, x, y);
        for (size_t i = 0; i < kinks; i++)
            above[i] = z[i] > 0;
        const double step = 1e-6;
        for (int side = 0; side < 2; side++) {
            double moved[3];
            for (size_t i = 0; i < 3; i++)
                moved[i] = x[i] + (side ? step : -step) * dx[i];
            arm_network_evaluate(work, moved, NULL, above, near_u[side], near_z[side], NULL, NULL);
        }
        for (size_t i = 0; i < 2; i++) {
            ck_assert_msg(fabs(u[i] - y[i]) <= 1e-12 * (1 + fabs(y[i])),
                          "seed 72, trial %zu: %.15g, wanted %.15g", trial, u[i], y[i]);
            double slope = (near_u[1][i] - near_u[0][i]) / (2 * step);
            ck_assert_msg(fabs(du[i] - slope) <= 1e-6 * (1 + fabs(slope)),
                          "seed 72, trial %zu (%s): du %g, wanted %g", trial, specs[trial % SPECS], du[i],
                          slope);
        }
        for (size_t i = 0; i < kinks; i++) {
            double slope = (near_z[1][i] - near_z[0][i]) / (2 * step);
            ck_assert_double_eq_tol(dz[i], slope, 1e-6 * (1 + fabs(slope)));
        }
        crease_work_free(own);
        arm_network_work_free(work);
        crease_net_free(net);
    }
    gsl_rng_free(random);
}
END_TEST

/* On the sides of one point a net of straight pieces is that point's affine map everywhere. */
START_TEST(frozen_straight_pieces_go_on_for_ever) {
    gsl_rng *random = crease_random_new(73, 0);
    for (size_t trial = 0; trial < 100; trial++) {
        crease_net *net =
            random_net(random, trial % 2 ? "relu:5/leaky(.2):4" : "affine+relu:6/prelu:3", 2, 1, 3);
        arm_network_work *work;
        crease_work *own;
        ck_assert_int_eq(arm_network_work_new(net, &work, NULL), CREASE_OK);
        ck_assert_int_eq(crease_work_new(net, &own, NULL), CREASE_OK);
        const double here[2] = {uniform(random, -2, 2), uniform(random, -2, 2)};
        const double far[2] = {uniform(random, -9, 9), uniform(random, -9, 9)};
        double u, z[16], gain[2], offset;
        bool above[16];
        arm_network_evaluate(work, here, NULL, NULL, &u, z, NULL, NULL);
        for (size_t i = 0; i < arm_network_kinks(work); i++)
            above[i] = z[i] > 0;
        arm_network_evaluate(work, far, NULL, above, &u, NULL, NULL, NULL);
        crease_net_local_affine(net, own, here, gain, &offset);
        ck_assert_double_eq_tol(u, gain[0] * far[0] + gain[1] * far[1] + offset, 1e-11);
        crease_work_free(own);
        arm_network_work_free(work);
        crease_net_free(net);
    }
    gsl_rng_free(random);
}
END_TEST

/* The law of section 3 of the specification as the network it ships as: both reference states and their events. */
START_TEST(kinked_law_reaches_the_reference_states) {
    static const struct {
        bool gravity;
        double q, w;
        size_t events;
    } wanted[] = {{true, 1.449072518548371, -0.4462641615942786, 4},
                  {false, 1.62954021131941, 0.160171468738569, 5}};
    crease_net *net;
    arm_network network;
    ck_assert_int_eq(crease_net_load("data/kinked_law.json", &net, NULL), CREASE_OK);
    ck_assert_int_eq(arm_network_bind(net, 1, NULL, &network, NULL), CREASE_OK);
    for (size_t i = 0; i < 2; i++) {
        arm_loop loop = loop_of("A", ARM_LAW_P, ARM_RELU);
        if (!wanted[i].gravity)
            arm_robot_without_gravity(&loop.robot);
        loop.network = &network;
        loop.reference[0] = 1.5;
        arm_motion *motion = move(&loop, &(arm_run){.time = 0.6});
        double q, w;
        arm_motion_joints_at(motion, 0.6, &q, &w, NULL);
        ck_assert_double_eq_tol(q, wanted[i].q, 5e-13);
        ck_assert_double_eq_tol(w, wanted[i].w, 5e-13);
        ck_assert_uint_eq(arm_motion_events(motion), wanted[i].events);
        arm_motion_free(motion);
        /* without stops: no events, and a worse end for more calls at this tolerance */
        arm_motion *plain = move(&loop, &(arm_run){.time = 0.6, .plain = true, .tolerance = 1e-9});
        arm_motion *stopped = move(&loop, &(arm_run){.time = 0.6, .tolerance = 1e-9});
        double q_plain, q_stopped;
        arm_motion_joints_at(plain, 0.6, &q_plain, NULL, NULL);
        arm_motion_joints_at(stopped, 0.6, &q_stopped, NULL, NULL);
        ck_assert_uint_eq(arm_motion_events(plain), 0);
        ck_assert_uint_lt(arm_motion_calls(stopped), arm_motion_calls(plain));
        ck_assert_double_le(fabs(q_plain - wanted[i].q), 1e-6);
        ck_assert_double_le(fabs(q_stopped - wanted[i].q), 1e-9);
        arm_motion_free(plain);
        arm_motion_free(stopped);
    }
    crease_net_free(net);
}
END_TEST

/* ---- tiny steps of an integrator of the tests' own, with the law and limits by hand ---- */

typedef struct by_hand {
    const arm_loop *loop;
    crease_work *work;
} by_hand;

static void torque_by_hand(const by_hand *h, const double *q, const double *w, double *u) {
    const arm_loop *loop = h->loop;
    if (loop->network) {
        double x[ARM_MOST_INPUTS];
        arm_network_inputs(loop->network, loop->reference, q, w, x);
        crease_net_evaluate(loop->network->net, NULL, h->work, 1, x, u);
    }
    double gravity[3];
    arm_robot_gravity(&loop->robot, q, gravity);
    for (size_t j = 0; j < loop->robot.joints; j++) {
        if (!loop->network)
            u[j] = arm_controller_command(&loop->controller[j], loop->reference[j], q[j], w[j]);
        if (loop->gravity_compensation)
            u[j] += gravity[j];
        double limit = loop->robot.torque_limit[j];
        u[j] = u[j] > limit ? limit : u[j] < -limit ? -limit : u[j];
    }
}

/* y: angles, rates, then torques where there is a lag */
static void field_by_hand(const by_hand *h, const double *y, double *dy) {
    size_t n = h->loop->robot.joints;
    double u[3];
    torque_by_hand(h, y, y + n, u);
    for (size_t j = 0; j < n; j++) {
        dy[j] = y[n + j];
        if (h->loop->lag > 0)
            dy[2 * n + j] = (u[j] - y[2 * n + j]) / h->loop->lag;
    }
    arm_robot_acceleration(&h->loop->robot, y, y + n, h->loop->lag > 0 ? y + 2 * n : u, dy + n);
}

static void steps_by_hand(const by_hand *h, double time, size_t steps, double *y) {
    size_t m = (h->loop->lag > 0 ? 3 : 2) * h->loop->robot.joints;
    double dt = time / (double)steps, k[4][9], at[9];
    for (size_t i = 0; i < steps; i++) {
        field_by_hand(h, y, k[0]);
        for (int s = 1; s < 4; s++) {
            for (size_t j = 0; j < m; j++)
                at[j] = y[j] + (s == 3 ? dt : dt / 2) * k[s - 1][j];
            field_by_hand(h, at, k[s]);
        }
        for (size_t j = 0; j < m; j++)
            y[j] += dt / 6 * (k[0][j] + 2 * k[1][j] + 2 * k[2][j] + k[3][j]);
    }
}

static void expect_same(const arm_loop *loop, const arm_run *run, const char *what, size_t trial) {
    by_hand h = {loop, NULL};
    size_t n = loop->robot.joints;
    if (loop->network)
        ck_assert_int_eq(crease_work_new(loop->network->net, &h.work, NULL), CREASE_OK);
    double y[9] = {0}, q[3], w[3];
    memcpy(y, run->start, 2 * n * sizeof *y);
    steps_by_hand(&h, run->time, 20000, y);
    arm_motion *motion = move(loop, run);
    arm_motion_joints_at(motion, run->time, q, w, NULL);
    for (size_t j = 0; j < n; j++)
        ck_assert_msg(fabs(q[j] - y[j]) <= 2e-8 * (1 + fabs(y[j])) &&
                          fabs(w[j] - y[n + j]) <= 2e-7 * (1 + fabs(y[n + j])),
                      "%s, trial %zu, joint %zu: %.12g %.12g, wanted %.12g %.12g", what, trial, j + 1, q[j],
                      w[j], y[j], y[n + j]);
    arm_motion_free(motion);
    crease_work_free(h.work);
}

START_TEST(laws_by_tiny_steps) {
    static const char *const models[] = {"A2", "B", "B2", "C", "B1"};
    gsl_rng *random = crease_random_new(74, 0);
    for (size_t trial = 0; trial < test_rounds(18, 200); trial++) {
        arm_loop loop = loop_of(models[trial % 5], (arm_law)(trial % 3), (arm_pair)(trial % ARM_PAIR_COUNT));
        loop.gravity_compensation = trial % 4 == 1;
        loop.lag = trial % 7 == 3 ? 0.03 : 0;
        arm_run run = {.time = 0.5};
        for (size_t j = 0; j < loop.robot.joints; j++) {
            run.start[j] = loop.reference[j] + uniform(random, -1, 1);
            run.start[loop.robot.joints + j] = uniform(random, -2, 2);
            loop.robot.torque_limit[j] = fmin(loop.robot.torque_limit[j], 0.6 * loop.controller[j].gain);
        }
        expect_same(&loop, &run, "seed 74", trial);
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(networks_by_tiny_steps) {
    gsl_rng *random = crease_random_new(75, 0);
    for (size_t trial = 0; trial < test_rounds(12, 150); trial++) {
        bool two = trial % 3 == 2;
        arm_loop loop = loop_of(two ? "B" : "A2", ARM_LAW_P, ARM_RELU);
        crease_net *net = random_net(random, specs[trial % SPECS], two ? 4 : 2, two ? 2 : 1, 6);
        arm_network network;
        crease_error error;
        ck_assert_int_eq(
            arm_network_bind(net, loop.robot.joints, two ? "e1,w2,q2,w1" : "e,w", &network, &error),
            CREASE_OK);
        loop.network = &network;
        arm_run run = {.time = 0.5, .start = {uniform(random, -1, 1), uniform(random, -1, 1)}};
        expect_same(&loop, &run, "seed 75", trial);
        crease_net_free(net);
    }
    gsl_rng_free(random);
}
END_TEST

/* Events: as often as the command passes a limit, seen on a fine grid. */
START_TEST(events_are_the_kinks_that_were_crossed) {
    arm_loop loop = loop_of("A2", ARM_LAW_PDX, ARM_SATRELU);
    loop.controller[0].gain = 30;
    loop.controller[0].rate_gain = 0.5;
    loop.reference[0] = 1.2;
    arm_motion *motion = move(&loop, &(arm_run){.time = 4});
    size_t passed = 0;
    double z[4], last[4];
    for (size_t i = 0; i <= 40000; i++) {
        double q, w;
        arm_motion_joints_at(motion, (double)i * 1e-4, &q, &w, NULL);
        double e = 1.2 - q, u = arm_controller_command(&loop.controller[0], 1.2, q, w);
        const double now[4] = {e + 0.5, e - 0.5, u - 8, u + 8};
        memcpy(z, now, sizeof z);
        for (size_t k = 0; i > 0 && k < 4; k++)
            passed += (last[k] > 0) != (z[k] > 0);
        memcpy(last, z, sizeof last);
    }
    ck_assert_uint_gt(passed, 3);
    ck_assert_uint_eq(arm_motion_events(motion), passed);
    arm_motion_free(motion);
}
END_TEST

/* ---- energy, rest, equilibria ---- */

START_TEST(falling_two_links_of_the_reference) {
    arm_loop loop = loop_of("B", ARM_LAW_P, ARM_RELU);
    loop.controller[0].gain = loop.controller[1].gain = 0;
    loop.robot.two_links.friction[0] = loop.robot.two_links.friction[1] = 0;
    arm_motion *motion = move(&loop, &(arm_run){.start = {1, 0.5}, .time = 2});
    double q[2], w[2];
    arm_motion_joints_at(motion, 2, q, w, NULL);
    ck_assert_double_eq_tol(q[0], 0.0536646083405, 1e-10);
    ck_assert_double_eq_tol(q[1], -1.218498772, 1e-9);
    ck_assert_double_eq_tol(w[0], 1.72902561707, 1e-10);
    ck_assert_double_eq_tol(w[1], 1.30481695696, 1e-10);
    ck_assert_double_eq_tol(arm_robot_energy(&loop.robot, q, w), -8.64448037921, 1e-10);
    arm_motion_free(motion);
}
END_TEST

START_TEST(energy_is_conserved_for_seconds) {
    static const char *const models[] = {"B", "B1", "B2", "C"};
    gsl_rng *random = crease_random_new(76, 0);
    for (size_t trial = 0; trial < 12; trial++) {
        arm_loop loop = loop_of(models[trial % 4], ARM_LAW_P, ARM_RELU);
        arm_run run = {.time = 6};
        loop.robot.two_links.friction[0] = loop.robot.two_links.friction[1] = 0;
        for (size_t j = 0; j < loop.robot.joints; j++) {
            loop.robot.chain.link[j].motor_friction = loop.controller[j].gain = 0;
            run.start[j] = uniform(random, -3, 3);
            run.start[loop.robot.joints + j] = uniform(random, -2, 2);
        }
        arm_motion *motion = move(&loop, &run);
        double first = arm_robot_energy(&loop.robot, run.start, run.start + loop.robot.joints);
        for (size_t i = 1; i <= 60; i++) {
            double q[3], w[3];
            arm_motion_joints_at(motion, (double)i / 10, q, w, NULL);
            double energy = arm_robot_energy(&loop.robot, q, w);
            ck_assert_msg(fabs(energy - first) <= 2e-10 * fmax(1, fabs(first)),
                          "seed 76, trial %zu (%s), t %g: %.14g, then %.14g", trial, loop.robot.name,
                          (double)i / 10, first, energy);
        }
        arm_motion_free(motion);
    }
    gsl_rng_free(random);
}
END_TEST

/* Where the arm has come to rest is the equilibrium, and there command and gravity balance. */
START_TEST(equilibria_of_several_joints) {
    static const char *const models[] = {"A", "B", "B1", "B2", "C"};
    for (size_t trial = 0; trial < 20; trial++) {
        if (test_leaves_out(trial))
            continue;
        static const arm_pair pairs[] = {ARM_RELU, ARM_TANH, ARM_ELU, ARM_SATRELU};
        arm_loop loop = loop_of(models[trial % 5], ARM_LAW_PDX, pairs[trial / 5]);
        loop.gravity_compensation = trial % 2;
        arm_motion *motion = move(&loop, &(arm_run){.time = 40, .tolerance = 1e-10});
        arm_metrics m[3];
        crease_error error;
        double gravity[3], q[3], u[3], rest[3] = {0};
        ck_assert_int_eq(arm_motion_measure_joints(motion, m, &error), CREASE_OK);
        for (size_t j = 0; j < loop.robot.joints; j++)
            q[j] = m[j].q_ss_rad;
        by_hand h = {&loop, NULL};
        torque_by_hand(&h, q, rest, u);
        arm_robot_gravity(&loop.robot, q, gravity);
        for (size_t j = 0; j < loop.robot.joints; j++) {
            ck_assert_msg(fabs(u[j] - gravity[j]) <= 1e-10 * (1 + fabs(u[j])),
                          "trial %zu, joint %zu: %g off balance", trial, j + 1, u[j] - gravity[j]);
            ck_assert_double_eq_tol(m[j].state_end[0], q[j], 1e-7);
            if (loop.gravity_compensation)
                ck_assert_double_eq_tol(q[j], loop.reference[j], 1e-10);
        }
        arm_motion_free(motion);
    }
}
END_TEST

/* The law elu bends where e = 0, and with gravity compensated the arm comes to rest there, where e is nothing but rounding. */
START_TEST(at_rest_on_a_kink) {
    static const char *const models[] = {"A", "B", "B2", "C"};
    for (size_t i = 0; i < 4; i++) {
        arm_loop loop = loop_of(models[i], ARM_LAW_PDX, ARM_ELU);
        loop.gravity_compensation = true;
        arm_motion *motion = move(&loop, &(arm_run){.time = 40, .tolerance = 1e-10});
        ck_assert_msg(arm_motion_step_count(motion) < 2000, "model %s: %zu steps", models[i],
                      arm_motion_step_count(motion));
        arm_motion_free(motion);
    }
}
END_TEST

START_TEST(no_equilibrium_without_anything_to_hold) {
    arm_loop loop = loop_of("C", ARM_LAW_P, ARM_RELU);
    arm_robot_without_gravity(&loop.robot);
    loop.controller[1].gain = 0;
    double angle[3];
    crease_error error;
    ck_assert_int_eq(arm_loop_equilibrium(&loop, loop.reference, angle, &error), CREASE_OK);
    ck_assert(isnan(angle[0]) && isnan(angle[1]) && isnan(angle[2]));
    arm_poles poles;
    ck_assert_int_eq(arm_loop_poles(&loop, angle, &poles, &error), CREASE_OK);
    ck_assert_uint_eq(poles.count, 0);
    loop = loop_of("B", ARM_LAW_PDX,
                   ARM_SATRELU); /* at most 10 and 5 N m: too little to hold the second link level */
    loop.controller[0].gain = 20;
    loop.controller[1].gain = 10;
    loop.reference[0] = M_PI / 2;
    loop.reference[1] = 0;
    const double near[2] = {M_PI / 2, 0};
    ck_assert_int_eq(arm_loop_equilibrium(&loop, near, angle, &error), CREASE_OK);
    if (!isnan(angle[0])) { /* then it is one, lower down */
        double gravity[2];
        arm_robot_gravity(&loop.robot, angle, gravity);
        ck_assert_double_le(fabs(gravity[0]), 10 + 1e-9);
        ck_assert_double_le(fabs(gravity[1]), 5 + 1e-9);
    }
}
END_TEST

/* The poles of a single joint are those of second-order theory, and those of several are seen in the motion. */
START_TEST(poles_agree_with_theory_and_motion) {
    /* level, the arm rests where the second derivative of elu's pair jumps */
    for (int k = 0; k < 2 * ARM_PAIR_COUNT; k++) {
        int p = k / 2;
        arm_loop loop = loop_of("A", (arm_law)(p % 3), (arm_pair)p);
        double q_ss;
        arm_poles poles;
        if (k % 2)
            arm_robot_without_gravity(&loop.robot);
        crease_error error;
        ck_assert_int_eq(arm_loop_equilibrium(&loop, loop.reference, &q_ss, &error), CREASE_OK);
        ck_assert_int_eq(arm_loop_poles(&loop, &q_ss, &poles, &error), CREASE_OK);
        arm_linear linear = arm_linearise(&loop.robot.plant, &loop.controller[0], loop.reference[0], q_ss);
        double product = poles.real[0] * poles.real[1] - poles.imaginary[0] * poles.imaginary[1];
        ck_assert_double_eq_tol(product, linear.natural_frequency * linear.natural_frequency, 1e-7);
        ck_assert_double_eq_tol(-(poles.real[0] + poles.real[1]) / 2,
                                linear.damping_ratio * linear.natural_frequency, 1e-8);
        ck_assert(poles.stable && !poles.neutral && !poles.discrete);
    }
    arm_loop loop = loop_of("C", ARM_LAW_PDX, ARM_RELU);
    double q_ss[3], q[2][3];
    arm_poles poles;
    crease_error error;
    ck_assert_int_eq(arm_loop_equilibrium(&loop, loop.reference, q_ss, &error), CREASE_OK);
    ck_assert_int_eq(arm_loop_poles(&loop, q_ss, &poles, &error), CREASE_OK);
    arm_motion *motion = move(&loop, &(arm_run){.time = 2.8});
    arm_motion_joints_at(motion, 2.4, q[0], NULL, NULL);
    arm_motion_joints_at(motion, 2.8, q[1], NULL, NULL);
    ck_assert_double_eq_tol(log((q[1][1] - q_ss[1]) / (q[0][1] - q_ss[1])) / 0.4, poles.growth,
                            1e-2 * fabs(poles.growth));
    arm_motion_free(motion);
}
END_TEST

/* ---- options ---- */

START_TEST(every_method_reaches_the_same_end) {
    arm_loop loop = loop_of("B", ARM_LAW_PDX, ARM_SATRELU);
    double wanted[2], q[2];
    arm_motion *motion = move(&loop, &(arm_run){.time = 1});
    arm_motion_joints_at(motion, 1, wanted, NULL, NULL);
    arm_motion_free(motion);
    for (int method = 0; method < CREASE_ODE_METHOD_COUNT; method++)
        for (int plain = 0; plain < 2; plain++) {
            arm_run run = {.time = 1, .method = (crease_ode_method)method, .plain = plain, .tolerance = 1e-7};
            motion = move(&loop, &run);
            arm_motion_joints_at(motion, 1, q, NULL, NULL);
            ck_assert_msg(fabs(q[0] - wanted[0]) <= 1e-5 && fabs(q[1] - wanted[1]) <= 1e-5,
                          "%s, plain %d: %.10g %.10g", crease_ode_method_name((crease_ode_method)method),
                          plain, q[0] - wanted[0], q[1] - wanted[1]);
            arm_motion_free(motion);
        }
}
END_TEST

START_TEST(unusable_loops_are_refused) {
    const arm_loop good = loop_of("C", ARM_LAW_PDX, ARM_RELU);
    arm_loop bad[8];
    for (size_t i = 0; i < 8; i++)
        bad[i] = good;
    bad[0].lag = -1;
    bad[1].lag = 1e-9;
    bad[2].sample = NAN;
    bad[3].controller[2].gain = -1;
    bad[4].controller[1].norm = 0;
    bad[5].reference[2] = INFINITY;
    bad[6].robot.torque_limit[1] = -5;
    bad[7].sample = 1e-6; /* over eight seconds */
    arm_motion *motion = NULL;
    crease_error error;
    const arm_run fine = {0};
    for (size_t i = 0; i < 8; i++) {
        ck_assert_msg(arm_loop_run(&bad[i], &fine, &motion, &error) == CREASE_BAD_ARGUMENT, "loop %zu", i);
        ck_assert_ptr_null(motion);
    }
    arm_run wrong[4] = {
        {.time = -1}, {.tolerance = 1}, {.start = {0, 0, 2000}}, {.start = {0, 0, 0, 0, 0, NAN}}};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_msg(arm_loop_run(&good, &wrong[i], &motion, &error) == CREASE_BAD_ARGUMENT, "run %zu", i);
        ck_assert_ptr_null(motion);
    }
}
END_TEST

Suite *test_arm_loop(void) {
    Suite *suite = suite_create("arm: closed loops");
    TCase *tests = tcase_create("loops");
    tcase_set_timeout(tests, 200);
    tcase_add_test(tests, two_links_of_the_table);
    tcase_add_test(tests, stability_limits_of_the_table);
    tcase_add_test(tests, lag_and_sampling_by_matrix_exponentials);
    tcase_add_test(tests, unstable_loops_say_so);
    tcase_add_test(tests, network_with_and_without_frozen_sides);
    tcase_add_test(tests, frozen_straight_pieces_go_on_for_ever);
    tcase_add_test(tests, kinked_law_reaches_the_reference_states);
    tcase_add_test(tests, laws_by_tiny_steps);
    tcase_add_test(tests, networks_by_tiny_steps);
    tcase_add_test(tests, events_are_the_kinks_that_were_crossed);
    tcase_add_test(tests, falling_two_links_of_the_reference);
    tcase_add_test(tests, energy_is_conserved_for_seconds);
    tcase_add_test(tests, equilibria_of_several_joints);
    tcase_add_test(tests, at_rest_on_a_kink);
    tcase_add_test(tests, no_equilibrium_without_anything_to_hold);
    tcase_add_test(tests, poles_agree_with_theory_and_motion);
    tcase_add_test(tests, every_method_reaches_the_same_end);
    tcase_add_test(tests, unusable_loops_are_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
