/* The robots: reference numbers, closed forms against recursive Newton-Euler, both against quantities that are put together
 * from the places of the links alone, and the balance of energy. */
#include "arm/robot.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static arm_robot robot_of(const char *name) {
    arm_robot robot;
    crease_error error;
    ck_assert_msg(arm_robot_find(name, &robot, &error) == CREASE_OK, "%s", error.message);
    return robot;
}

static double uniform(gsl_rng *random, double lo, double hi) {
    return lo + (hi - lo) * gsl_rng_uniform(random);
}

static void fill(gsl_rng *random, double *x, size_t count, double size) {
    for (size_t i = 0; i < count; i++)
        x[i] = uniform(random, -size, size);
}

static void near(const char *what, size_t trial, double got, double wanted, double tolerance) {
    ck_assert_msg(fabs(got - wanted) <= tolerance * fmax(1, fabs(wanted)),
                  "trial %zu: %s is %.15g, wanted %.15g", trial, what, got, wanted);
}

/* ---- numbers of the reference ---- */

START_TEST(double_pendulum_of_arch_comp) {
    const arm_robot robot = robot_of("B2");
    const double q[2] = {1, 1.2}, w[2] = {0.3, -0.4}, u[2] = {0.1, -0.2};
    double a[2];
    ck_assert(arm_robot_acceleration(&robot, q, w, u, a));
    near("first", 0, a[0], 3.80615367348, 1e-11);
    near("second", 0, a[1], -3.48408607335, 1e-11);
}
END_TEST

/* th'' = g/l sin th + u/(m l^2) with l = m = .5, g = 1 */
START_TEST(single_pendulum_of_arch_comp) {
    const arm_robot robot = robot_of("B1");
    const double q = 0.7, w = 3, u = 0.4;
    double a;
    ck_assert(arm_robot_acceleration(&robot, &q, &w, &u, &a));
    near("acceleration", 0, a, 2 * sin(0.7) + 0.4 / 0.125, 1e-14);
    arm_plant plant;
    ck_assert(arm_robot_plant(&robot, &plant));
    plant.torque_limit = 10;
    near("the same as a plant", 0, arm_plant_acceleration(&plant, q, w, u), a, 1e-14);
}
END_TEST

START_TEST(puma_of_the_reference) {
    arm_robot robot = robot_of("C");
    const double q[3] = {0.1, 0.2, 0.3}, w[3] = {0.4, 0.5, 0.6}, a[3] = {0.7, 0.8, 0.9};
    const double wanted[3] = {4.2721323422, 37.2069828379, 1.4946122754};
    double torque[6], M[9], h[3];
    arm_chain_torques(&robot.chain, q, w, a, false, torque);
    arm_robot_terms(&robot, q, w, M, h);
    for (size_t i = 0; i < 3; i++) {
        near("rne", i, torque[i], wanted[i], 1e-11);
        near("M a + h", i, M[3 * i] * a[0] + M[3 * i + 1] * a[1] + M[3 * i + 2] * a[2] + h[i], wanted[i],
             1e-11);
    }
    /* all six links in the nominal pose: gravity load and inertia that are published to four decimals */
    robot.chain.joints = 6;
    const double nominal[6] = {0, M_PI / 4, M_PI, 0, M_PI / 4, 0}, rest[6] = {0};
    const double load[6] = {0, 31.6399, 6.0351, 0, 0.0283, 0}, inertia[3] = {3.6594, 4.4137, 0.9378};
    arm_chain_torques(&robot.chain, nominal, rest, rest, false, torque);
    for (size_t i = 0; i < 6; i++)
        ck_assert_double_eq_tol(torque[i], load[i], 5e-5);
    for (size_t i = 0; i < 3; i++) {
        double unit[6] = {0};
        unit[i] = 1;
        arm_chain_torques(&robot.chain, nominal, rest, unit, true, torque);
        ck_assert_double_eq_tol(torque[i], inertia[i], 5e-5);
    }
}
END_TEST

/* The link table in the program is that of the reference. */
START_TEST(puma_table) {
    const arm_robot robot = robot_of("C");
    FILE *file = fopen("tests/data/arm/puma560.csv", "r");
    ck_assert_ptr_nonnull(file);
    char line[256];
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    for (size_t i = 0; i < ARM_MOST_LINKS; i++) {
        const arm_link *l = &robot.chain.link[i];
        double v[14];
        ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
        char *rest = line, *cell;
        for (size_t j = 0; j < 14 && (cell = strsep(&rest, ",\n")); j++)
            v[j] = strtod(cell, NULL);
        const double have[14] = {(double)i + 1, l->offset,        l->length,     l->twist,
                                 l->inertia[0], l->inertia[1],    l->inertia[2], l->centre[0],
                                 l->centre[1],  l->centre[2],     l->mass,       l->motor_inertia,
                                 l->gear,       l->motor_friction};
        for (size_t j = 0; j < 14; j++)
            ck_assert_msg(have[j] == v[j], "link %zu, column %zu: %.17g, wanted %.17g", i + 1, j, have[j],
                          v[j]);
    }
    fclose(file);
}
END_TEST

/* ---- Newton-Euler against Lagrange ---- */

/* Spong's links as a chain of Denavit-Hartenberg links in a plane with the x axis down. */
static arm_chain chain_of(const arm_two_links *p) {
    arm_chain chain = {.joints = 2, .links = 2, .gravity = p->gravity, .down = {1, 0, 0}};
    for (size_t i = 0; i < 2; i++)
        chain.link[i] = (arm_link){.length = p->length[i],
                                   .mass = p->mass[i],
                                   .centre = {p->centre[i] - p->length[i], 0, 0},
                                   .inertia = {0, 0, p->inertia[i]},
                                   .gear = 1,
                                   .motor_friction = p->friction[i]};
    return chain;
}

START_TEST(two_links_by_newton_and_euler) {
    gsl_rng *random = crease_random_new(61, 0);
    for (size_t trial = 0; trial < test_rounds(300, 5000); trial++) {
        arm_robot robot = robot_of("B");
        double *p = (double *)&robot.two_links;
        for (size_t i = 0; i < sizeof robot.two_links / sizeof *p; i++)
            p[i] = uniform(random, 0.1, 3);
        arm_chain chain = chain_of(&robot.two_links);
        double q[2], w[2], a[2], torque[2], M[4], h[2];
        fill(random, q, 2, 4);
        fill(random, w, 2, 5);
        fill(random, a, 2, 9);
        arm_robot_terms(&robot, q, w, M, h);
        arm_chain_torques(&chain, q, w, a, false, torque);
        for (size_t i = 0; i < 2; i++)
            near("torque", trial, torque[i], M[2 * i] * a[0] + M[2 * i + 1] * a[1] + h[i], 1e-12);
    }
    gsl_rng_free(random);
}
END_TEST

/* The pendulums as a chain: relative angles q = (th1, th2 - th1), torques on absolute angles T = (t1 - t2, t2); the x axis up.
 */
START_TEST(pendulums_by_newton_and_euler) {
    gsl_rng *random = crease_random_new(62, 0);
    for (size_t trial = 0; trial < test_rounds(300, 5000); trial++) {
        arm_robot robot = robot_of("B2");
        robot.pendulums =
            (arm_pendulums){uniform(random, 0.2, 2), uniform(random, 0.2, 2), 0, uniform(random, 0, 10)};
        arm_chain chain = {.joints = 2, .links = 2, .gravity = robot.pendulums.gravity, .down = {-1, 0, 0}};
        for (size_t i = 0; i < 2; i++)
            chain.link[i] = (arm_link){.length = robot.pendulums.length, .mass = robot.pendulums.mass};
        double th[2], w[2], a[2], M[4], h[2], t[2];
        fill(random, th, 2, 4);
        fill(random, w, 2, 5);
        fill(random, a, 2, 9);
        const double q[2] = {th[0], th[1] - th[0]}, qw[2] = {w[0], w[1] - w[0]}, qa[2] = {a[0], a[1] - a[0]};
        arm_robot_terms(&robot, th, w, M, h);
        arm_chain_torques(&chain, q, qw, qa, false, t);
        near("T1", trial, t[0] - t[1], M[0] * a[0] + M[1] * a[1] + h[0], 1e-12);
        near("T2", trial, t[1], M[2] * a[0] + M[3] * a[1] + h[1], 1e-12);
    }
    gsl_rng_free(random);
}
END_TEST

/* ---- a chain from the places of its links, by products of 4 x 4 matrices ---- */

typedef struct placed {
    double T[4][4];
} placed;

static placed times(const placed *a, const placed *b) {
    placed c = {{{0}}};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            for (int k = 0; k < 4; k++)
                c.T[i][j] += a->T[i][k] * b->T[k][j];
    return c;
}

/* The frame of link `last` and, in axis, the joint axes of all up to it. */
static placed place(const arm_chain *chain, const double *q, size_t last, double axis[][3]) {
    placed all = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}};
    for (size_t i = 0; i <= last; i++) {
        const arm_link *l = &chain->link[i];
        double c = cos(q[i]), s = sin(q[i]), ca = cos(l->twist), sa = sin(l->twist);
        for (int k = 0; k < 3; k++)
            axis[i][k] = all.T[k][2];
        const placed turn = {{{c, -s, 0, 0}, {s, c, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}};
        const placed shift = {{{1, 0, 0, l->length}, {0, ca, -sa, 0}, {0, sa, ca, l->offset}, {0, 0, 0, 1}}};
        placed next = times(&all, &turn);
        all = times(&next, &shift);
    }
    return all;
}

static void centre_of(const arm_chain *chain, const double *q, size_t link, double centre[3]) {
    double axis[ARM_MOST_LINKS][3];
    placed frame = place(chain, q, link, axis);
    for (int k = 0; k < 3; k++)
        centre[k] = frame.T[k][3] + frame.T[k][0] * chain->link[link].centre[0] +
                    frame.T[k][1] * chain->link[link].centre[1] + frame.T[k][2] * chain->link[link].centre[2];
}

/* Kinetic energy from velocities of the centres (differences) and angular velocities (sums over the axes). */
static double kinetic(const arm_chain *chain, const double *q, const double *w) {
    const double step = 1e-5;
    double sum = 0;
    for (size_t i = 0; i < chain->joints; i++) {
        const arm_link *l = &chain->link[i];
        double before[3], after[3], x[2][ARM_MOST_LINKS], axis[ARM_MOST_LINKS][3], turn[3] = {0};
        for (size_t j = 0; j < chain->joints; j++) {
            x[0][j] = q[j] - step * w[j];
            x[1][j] = q[j] + step * w[j];
        }
        centre_of(chain, x[0], i, before);
        centre_of(chain, x[1], i, after);
        placed frame = place(chain, q, i, axis);
        for (int k = 0; k < 3; k++) {
            double v = (after[k] - before[k]) / (2 * step);
            sum += l->mass * v * v / 2;
            for (size_t j = 0; j <= i; j++)
                turn[k] += axis[j][k] * w[j];
        }
        for (int k = 0; k < 3; k++) {
            double seen = frame.T[0][k] * turn[0] + frame.T[1][k] * turn[1] + frame.T[2][k] * turn[2];
            sum += l->inertia[k] * seen * seen / 2;
        }
        sum += l->gear * l->gear * l->motor_inertia * w[i] * w[i] / 2;
    }
    return sum;
}

static void random_chain(gsl_rng *random, arm_robot *robot) {
    *robot = robot_of("C");
    for (size_t i = 0; i < 3; i++) {
        double *p = (double *)&robot->chain.link[i];
        for (size_t k = 0; k < sizeof(arm_link) / sizeof *p; k++)
            p[k] = uniform(random, -1, 1) + p[k];
        robot->chain.link[i].mass = uniform(random, 0.1, 9);
        for (size_t k = 0; k < 3; k++)
            robot->chain.link[i].inertia[k] = uniform(random, 0.1, 1);
        robot->chain.link[i].motor_inertia = uniform(random, 0, 1e-3);
        robot->chain.link[i].motor_friction = 0;
    }
}

START_TEST(kinetic_energy_of_a_chain) {
    gsl_rng *random = crease_random_new(63, 0);
    for (size_t trial = 0; trial < test_rounds(100, 2000); trial++) {
        arm_robot robot;
        random_chain(random, &robot);
        double q[3], w[3], M[9], h[3], by_mass = 0;
        fill(random, q, 3, 4);
        fill(random, w, 3, 3);
        arm_robot_terms(&robot, q, w, M, h);
        for (size_t i = 0; i < 9; i++)
            by_mass += M[i] * w[i / 3] * w[i % 3] / 2;
        near("kinetic energy", trial, by_mass, kinetic(&robot.chain, q, w), 1e-8);
    }
    gsl_rng_free(random);
}
END_TEST

/* h by Lagrange: sum of (dM_ij/dq_k - dM_jk/dq_i / 2) w_j w_k + dV/dq_i, M and V differentiated by differences. */
START_TEST(velocity_terms_by_lagrange) {
    const char *const names[] = {"B", "B2", "C"};
    gsl_rng *random = crease_random_new(64, 0);
    for (size_t trial = 0; trial < test_rounds(150, 3000); trial++) {
        arm_robot robot = robot_of(names[trial % 3]);
        if (trial % 3 == 2)
            random_chain(random, &robot);
        robot.two_links.friction[0] = robot.two_links.friction[1] = 0;
        size_t n = robot.joints;
        const double step = 1e-5, rest[3] = {0};
        double q[3], w[3], M[9], h[3], dM[3][9], dV[3];
        fill(random, q, 3, 4);
        fill(random, w, 3, 3);
        for (size_t k = 0; k < n; k++) {
            double x[3], side[2][9], V[2];
            for (int s = 0; s < 2; s++) {
                memcpy(x, q, sizeof x);
                x[k] += s ? step : -step;
                arm_robot_terms(&robot, x, rest, side[s], h);
                V[s] = arm_robot_energy(&robot, x, rest);
            }
            for (size_t i = 0; i < n * n; i++)
                dM[k][i] = (side[1][i] - side[0][i]) / (2 * step);
            dV[k] = (V[1] - V[0]) / (2 * step);
        }
        arm_robot_terms(&robot, q, w, M, h);
        for (size_t i = 0; i < n; i++) {
            double sum = dV[i];
            for (size_t j = 0; j < n; j++)
                for (size_t k = 0; k < n; k++)
                    sum += (dM[k][i * n + j] - dM[i][j * n + k] / 2) * w[j] * w[k];
            ck_assert_msg(fabs(h[i] - sum) <= 1e-7 * (1 + fabs(sum)),
                          "seed 64, trial %zu, joint %zu: %.12g, wanted %.12g", trial, i, h[i], sum);
        }
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(mass_is_symmetric_and_positive) {
    const char *const names[] = {"A", "A2", "B", "B1", "B2", "C"};
    gsl_rng *random = crease_random_new(65, 0);
    for (size_t trial = 0; trial < test_rounds(600, 20000); trial++) {
        arm_robot robot = robot_of(names[trial % 6]);
        size_t n = robot.joints;
        double q[3], w[3], M[9], h[3];
        fill(random, q, 3, 10);
        fill(random, w, 3, 10);
        arm_robot_terms(&robot, q, w, M, h);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                near("M", trial, M[i * n + j], M[j * n + i], 1e-13);
        gsl_matrix_view L = gsl_matrix_view_array(M, n, n);
        ck_assert_msg(gsl_linalg_cholesky_decomp1(&L.matrix) == 0,
                      "seed 65, trial %zu: not positive definite", trial);
    }
    gsl_rng_free(random);
}
END_TEST

/* The energy grows at the power of the torques less what friction takes: along a short parabola. */
START_TEST(power_balance) {
    const char *const names[] = {"A", "A2", "B", "B1", "B2", "C"};
    gsl_rng *random = crease_random_new(66, 0);
    for (size_t trial = 0; trial < test_rounds(300, 6000); trial++) {
        arm_robot robot = robot_of(names[trial % 6]);
        size_t n = robot.joints;
        const double s = 1e-5;
        double q[3], w[3], u[3], a[3], x[2][3], v[2][3], power = 0;
        fill(random, q, 3, 4);
        fill(random, w, 3, 2);
        fill(random, u, 3, 20);
        robot.pendulums.friction = 0.3;
        ck_assert(arm_robot_acceleration(&robot, q, w, u, a));
        for (size_t j = 0; j < n; j++) {
            for (int side = 0; side < 2; side++) {
                double t = side ? s : -s;
                x[side][j] = q[j] + t * w[j] + t * t * a[j] / 2;
                v[side][j] = w[j] + t * a[j];
            }
            double gear = robot.chain.link[j].gear;
            double friction = robot.dynamics == ARM_ONE_JOINT   ? robot.plant.friction
                              : robot.dynamics == ARM_TWO_LINKS ? robot.two_links.friction[j]
                              : robot.dynamics == ARM_PENDULUMS
                                  ? robot.pendulums.friction
                                  : gear * gear * robot.chain.link[j].motor_friction;
            power += (u[j] - friction * w[j]) * w[j];
        }
        double slope =
            (arm_robot_energy(&robot, x[1], v[1]) - arm_robot_energy(&robot, x[0], v[0])) / (2 * s);
        ck_assert_msg(fabs(slope - power) <= 1e-6 * (1 + fabs(power)),
                      "seed 66, trial %zu (%s): %.12g, wanted %.12g", trial, robot.name, slope, power);
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(gravity_is_what_holds_the_arm_still) {
    const char *const names[] = {"A", "B", "B1", "B2", "C"};
    gsl_rng *random = crease_random_new(67, 0);
    for (size_t trial = 0; trial < 200; trial++) {
        arm_robot robot = robot_of(names[trial % 5]);
        double q[3], torque[3], a[3], rest[3] = {0};
        fill(random, q, 3, 4);
        arm_robot_gravity(&robot, q, torque);
        ck_assert(arm_robot_acceleration(&robot, q, rest, torque, a));
        for (size_t j = 0; j < robot.joints; j++)
            ck_assert_double_eq_tol(a[j], 0, 1e-12);
        arm_robot_without_gravity(&robot);
        arm_robot_gravity(&robot, q, torque);
        for (size_t j = 0; j < robot.joints; j++)
            ck_assert(torque[j] == 0);
    }
    gsl_rng_free(random);
}
END_TEST

/* ---- parameters and pictures ---- */

START_TEST(every_parameter_has_a_name_and_counts) {
    const char *const names[] = {"A", "A2", "B", "B1", "B2", "C"};
    for (size_t r = 0; r < 6; r++) {
        arm_robot robot = robot_of(names[r]);
        size_t count = arm_robot_parameter_count(&robot);
        crease_error error;
        ck_assert_int_eq(arm_robot_check(&robot, &error), CREASE_OK);
        for (size_t i = 0; i < count; i++) {
            const char *name = arm_robot_parameter_name(&robot, i);
            for (size_t k = 0; k < i; k++)
                ck_assert_str_ne(name, arm_robot_parameter_name(&robot, k));
            arm_robot other = robot;
            double value = arm_robot_parameter(&robot, i), changed = isfinite(value) ? fabs(value) + 0.25 : 7;
            ck_assert_int_eq(arm_robot_set_parameter(&other, i, changed, &error), CREASE_OK);
            ck_assert(arm_robot_parameter(&other, i) == changed);
            ck_assert(memcmp(&other, &robot, sizeof robot) != 0);
            const double wrong[] = {NAN, INFINITY, -INFINITY, 1e300, -1e7};
            for (size_t k = 0; k < 5; k++) {
                ck_assert_int_eq(arm_robot_set_parameter(&other, i, wrong[k], &error), CREASE_BAD_ARGUMENT);
                ck_assert_ptr_nonnull(strstr(error.message, name));
            }
            ck_assert(arm_robot_parameter(&other, i) == changed);
        }
    }
}
END_TEST

START_TEST(arms_without_inertia_are_refused) {
    arm_robot robot = robot_of("B");
    crease_error error;
    robot.two_links.centre[1] = robot.two_links.inertia[1] = 0;
    ck_assert_int_eq(arm_robot_check(&robot, &error), CREASE_BAD_ARGUMENT);
    robot = robot_of("C");
    for (size_t i = 0; i < 3; i++)
        robot.chain.link[i].motor_inertia = robot.chain.link[i].mass = 0;
    for (size_t k = 0; k < 3; k++)
        robot.chain.link[2].inertia[k] = 0;
    ck_assert_int_eq(arm_robot_check(&robot, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(arm_robot_find("D", &robot, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "B2"));
}
END_TEST

/* Links keep their lengths, and the tip is where trigonometry puts it. */
START_TEST(points_of_the_arm) {
    double point[ARM_MOST_POINTS][3];
    const double q[2] = {0.3, 0.9};
    arm_robot robot = robot_of("B");
    ck_assert_uint_eq(arm_robot_points(&robot, q, point), 3);
    near("x", 0, point[2][0], sin(0.3) + 2 * sin(1.2), 1e-15);
    near("z", 0, point[2][2], -cos(0.3) - 2 * cos(1.2), 1e-15);
    robot = robot_of("B2");
    ck_assert_uint_eq(arm_robot_points(&robot, q, point), 3);
    near("x", 0, point[2][0], 0.5 * sin(0.3) + 0.5 * sin(0.9), 1e-15);
    near("z", 0, point[2][2], 0.5 * cos(0.3) + 0.5 * cos(0.9), 1e-15);
    robot = robot_of("C");
    gsl_rng *random = crease_random_new(68, 0);
    for (size_t trial = 0; trial < 50; trial++) {
        double pose[4] = {0}, axis[ARM_MOST_LINKS][3];
        fill(random, pose, 3, 4);
        size_t count = arm_robot_points(&robot, pose, point);
        placed wrist = place(&robot.chain, pose, 3, axis); /* its fourth joint moves nothing: a = 0 */
        for (int k = 0; k < 3; k++)
            ck_assert_double_eq_tol(point[count - 1][k], wrist.T[k][3], 1e-14);
    }
    gsl_rng_free(random);
}
END_TEST

Suite *test_arm_robot(void) {
    Suite *suite = suite_create("arm: robots of several joints");
    TCase *tests = tcase_create("robots");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, double_pendulum_of_arch_comp);
    tcase_add_test(tests, single_pendulum_of_arch_comp);
    tcase_add_test(tests, puma_of_the_reference);
    tcase_add_test(tests, puma_table);
    tcase_add_test(tests, two_links_by_newton_and_euler);
    tcase_add_test(tests, pendulums_by_newton_and_euler);
    tcase_add_test(tests, kinetic_energy_of_a_chain);
    tcase_add_test(tests, velocity_terms_by_lagrange);
    tcase_add_test(tests, mass_is_symmetric_and_positive);
    tcase_add_test(tests, power_balance);
    tcase_add_test(tests, gravity_is_what_holds_the_arm_still);
    tcase_add_test(tests, every_parameter_has_a_name_and_counts);
    tcase_add_test(tests, arms_without_inertia_are_refused);
    tcase_add_test(tests, points_of_the_arm);
    suite_add_tcase(suite, tests);
    return suite;
}
