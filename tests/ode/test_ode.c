/* The integrator as a whole: smooth systems, the state at any time, events, what is counted, and odd requests. */
#include "support/ode_systems.h"
#include "support/suites.h"
#include <math.h>
#include <string.h>

/* y'' = -speed^2 y; counts its calls, fails from `limit` on. */
typedef struct wheel {
    double speed, limit;
    size_t calls;
    bool nan;
} wheel;

static int wheel_field(double t, const double *y, const bool *above, double *dydt, void *context) {
    (void)above;
    wheel *w = context;
    w->calls++;
    dydt[0] = y[1];
    dydt[1] = w->nan && t > w->limit ? NAN : -w->speed * w->speed * y[0];
    return !w->nan && t > w->limit ? 7 : 0;
}

static const crease_ode_system smooth = {2, 0, NULL, wheel_field, NULL, NULL, NULL};

static crease_ode_system wheel_system(wheel *w) {
    crease_ode_system system = smooth;
    system.context = w;
    return system;
}

START_TEST(methods_have_names) {
    crease_error error;
    for (size_t i = 0; i < CREASE_ODE_METHOD_COUNT; i++) {
        crease_ode_method method = CREASE_ODE_METHOD_COUNT;
        ck_assert_int_eq(
            crease_ode_method_parse(crease_ode_method_name((crease_ode_method)i), &method, &error),
            CREASE_OK);
        ck_assert_uint_eq(method, i);
    }
    crease_ode_method method = CREASE_ODE_RK2;
    ck_assert_int_eq(crease_ode_method_parse("euler", &method, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "euler"));
    for (size_t i = 0; i < CREASE_ODE_METHOD_COUNT; i++)
        ck_assert_ptr_nonnull(strstr(error.message, crease_ode_method_name((crease_ode_method)i)));
    ck_assert_int_eq(method, CREASE_ODE_RK2);
}
END_TEST

START_TEST(smooth_motion) {
    for (size_t method = 0; method < CREASE_ODE_METHOD_COUNT; method++)
        for (int k = 0; k < 3; k++) {
            double size = k == 0 ? 1 : k == 1 ? 1e150 : 1e-150, scale[2] = {size, size};
            wheel w = {3, HUGE_VAL, 0, false};
            const crease_ode_system system = wheel_system(&w);
            const crease_ode_options o = {.method = (crease_ode_method)method,
                                          .tolerance = method == CREASE_ODE_RK2 ? 1e-8 : 1e-12,
                                          .scale = scale};
            crease_ode *ode = ode_start(&system, &o, 0, (double[]){size, 0});
            ck_assert_int_eq(ode_go(ode, 2), CREASE_ODE_REACHED);
            ck_assert(crease_ode_time(ode) == 2);
            ck_assert_double_eq_tol(crease_ode_state(ode)[0] / size, cos(6), 100 * o.tolerance);
            ck_assert_double_eq_tol(crease_ode_state(ode)[1] / size, -3 * sin(6), 300 * o.tolerance);
            ck_assert_uint_eq(crease_ode_statistics_of(ode).calls, w.calls);
            size_t calls = w.calls, count;
            for (double t = -0.1; t < 2.1; t += 0.0391) { /* before the start and after the end: clamped */
                double y[2], slope[2], at = fmax(0, fmin(2, t));
                crease_ode_at(ode, t, y, slope, NULL);
                ck_assert_double_eq_tol(y[0] / size, cos(3 * at), 100 * o.tolerance);
                ck_assert_double_eq_tol(slope[0] / size, -3 * sin(3 * at), 300 * o.tolerance);
                ck_assert_double_eq_tol(slope[1] / size, -9 * cos(3 * at), 900 * o.tolerance);
            }
            ck_assert_uint_eq(crease_ode_statistics_of(ode).calls, calls);
            const double *times = crease_ode_times(ode, &count);
            ck_assert_uint_eq(count, crease_ode_statistics_of(ode).steps + 1);
            ck_assert(times[0] == 0 && times[count - 1] == 2);
            for (size_t i = 1; i < count; i++)
                ck_assert(times[i] > times[i - 1]);
            crease_ode_crossings(ode, &count);
            ck_assert_uint_eq(count, 0);
            crease_ode_free(ode);
        }
}
END_TEST

/* rk8pd: 12 stages and the slope at the end, which is the first stage of the next step. */
START_TEST(fixed_steps) {
    wheel w = {3, HUGE_VAL, 0, false};
    const crease_ode_system system = wheel_system(&w);
    const crease_ode_options o = {.fixed_step = 0.1};
    crease_ode *ode = ode_start(&system, &o, 0, (double[]){1, 0});
    ode_go(ode, 7); /* 70 times .1 is not 7 in doubles: no tiny step is left */
    crease_ode_statistics s = crease_ode_statistics_of(ode);
    ck_assert_uint_eq(s.steps, 70);
    ck_assert_uint_eq(s.calls, 70 * 13 + 1);
    ck_assert_uint_eq(s.rejected, 0);
    ode_go(ode, 7.25);
    ck_assert_uint_eq(crease_ode_statistics_of(ode).steps, 73);
    ode_go(ode, 7.25);
    ck_assert_uint_eq(crease_ode_statistics_of(ode).steps, 73);
    crease_ode_free(ode);
}
END_TEST

START_TEST(largest_step_and_pieces) {
    wheel w = {0.01, HUGE_VAL, 0, false};
    const crease_ode_system system = wheel_system(&w);
    const crease_ode_options o = {.largest_step = 0.25};
    crease_ode *ode = ode_start(&system, &o, 0, (double[]){1, 0});
    ode_go(ode, 10);
    size_t count;
    const double *times = crease_ode_times(ode, &count);
    for (size_t i = 1; i < count; i++)
        ck_assert(times[i] - times[i - 1] <= 0.25 * (1 + 1e-7));
    crease_ode_free(ode);
    /* a motion in many short pieces keeps the length of its steps in mind: two calls a piece would be too many */
    double gravity = law_gravity;
    const crease_ode_system law = law_system(&gravity);
    ode = ode_start(&law, NULL, 0, (double[]){0, 0});
    crease_ode *whole = ode_start(&law, NULL, 0, (double[]){0, 0});
    for (int i = 1; i <= 60; i++)
        ode_go(ode, 0.01 * i);
    ode_go(whole, 0.6);
    for (size_t j = 0; j < 2; j++) {
        ck_assert_double_eq_tol(crease_ode_state(ode)[j], law_reference[0][j], 1e-12);
        ck_assert_double_eq_tol(crease_ode_state(whole)[j], law_reference[0][j], 1e-12);
    }
    ck_assert_uint_le(crease_ode_statistics_of(ode).steps, crease_ode_statistics_of(whole).steps + 62);
    ck_assert_uint_eq(crease_ode_statistics_of(ode).crossings, 4);
    crease_ode_free(ode);
    crease_ode_free(whole);
}
END_TEST

/* The state at any time against a motion that ends there; sides and slope from the field itself. */
START_TEST(state_in_between) {
    double gravity = law_gravity;
    const crease_ode_system system = law_system(&gravity);
    for (int plain = 0; plain < 2; plain++) {
        const crease_ode_options o = {.plain = plain};
        crease_ode *ode = ode_start(&system, &o, 0, (double[]){0, 0});
        ode_go(ode, 0.6);
        size_t count;
        const crease_ode_crossing *c = crease_ode_crossings(ode, &count);
        for (size_t i = 0; i < 40 + count; i++) {
            double t = i < 40 ? 0.6 * ((double)i + 0.5) / 40 : c[i - 40].t, y[2], slope[2], right[2], z[6];
            bool above[6];
            crease_ode_at(ode, t, y, slope, above);
            crease_ode *other = ode_start(&system, &o, 0, (double[]){0, 0});
            ode_go(other, t);
            for (size_t j = 0; j < 2; j++)
                ck_assert_msg(fabs(y[j] - crease_ode_state(other)[j]) <
                                  (plain ? 1e-9 : 2e-12) * (1 + fabs(y[j])),
                              "plain %d, t %g: %g", plain, t, y[j] - crease_ode_state(other)[j]);
            system.surfaces(t, y, above, z, &gravity);
            for (size_t k = 0; k < 6; k++)
                ck_assert_msg(above[k] == (z[k] > 0) || fabs(z[k]) < 1e-11, "plain %d, t %g, unit %zu: %g",
                              plain, t, k, z[k]);
            system.field(t, y, above, right, &gravity);
            ck_assert_mem_eq(slope, right, sizeof slope);
            crease_ode_free(other);
        }
        crease_ode_free(ode);
    }
}
END_TEST

/* Twice the same run gives the same digits. */
START_TEST(deterministic) {
    double gravity = law_gravity, y[2][2];
    const crease_ode_system system = law_system(&gravity);
    for (int k = 0; k < 2; k++) {
        crease_ode *ode = ode_start(&system, NULL, 0, (double[]){0, 0});
        ode_go(ode, 5);
        memcpy(y[k], crease_ode_state(ode), sizeof y[k]);
        crease_ode_free(ode);
    }
    ck_assert_mem_eq(y[0], y[1], sizeof y[0]);
}
END_TEST

/* A ball that bounces: flight times halve, 2 v / g each, and the whole takes 3 times the first fall. */
static int ball_field(double t, const double *y, const bool *above, double *dydt, void *context) {
    (void)t, (void)above, (void)context;
    dydt[0] = y[1];
    dydt[1] = -10;
    return 0;
}

static int ball_surfaces(double t, const double *y, const bool *above, double *z, void *context) {
    (void)t, (void)above, (void)context;
    z[0] = y[0];
    z[1] = y[1];
    z[2] = y[0] - 1;
    return 0;
}

static const crease_ode_surface ball_surface[3] = {
    {CREASE_ODE_EVENT, -1, true}, {CREASE_ODE_EVENT, -1, false}, {CREASE_ODE_EVENT, 1, false}};

START_TEST(bouncing_ball) {
    const crease_ode_system system = {2, 3, ball_surface, ball_field, ball_surfaces, NULL, NULL};
    for (size_t method = 0; method < CREASE_ODE_METHOD_COUNT; method++) {
        const crease_ode_options o = {.method = (crease_ode_method)method};
        crease_ode *ode = ode_start(&system, &o, 0, (double[]){5, 0});
        double t = 0, v = 10;
        for (int bounce = 0; bounce < 20; bounce++, v /= 2) {
            t += bounce ? 2 * v / 10 : 1;
            ck_assert_int_eq(ode_go(ode, 4), CREASE_ODE_TERMINAL);
            ck_assert_double_eq_tol(crease_ode_time(ode), t, 1e-13);
            double y[2] = {crease_ode_state(ode)[0], crease_ode_state(ode)[1]};
            ck_assert_double_eq_tol(y[0], 0, 1e-13);
            ck_assert_double_eq_tol(y[1], -v, 1e-11);
            y[0] = 0;
            y[1] *= -0.5;
            ck_assert_int_eq(crease_ode_set_state(ode, y, NULL), CREASE_OK);
        }
        size_t count, top = 0, up = 0, ground = 0;
        const crease_ode_crossing *c = crease_ode_crossings(ode, &count);
        for (size_t i = 0; i < count; i++) {
            ck_assert_int_eq(c[i].direction, c[i].surface == 2 ? 1 : -1);
            top += c[i].surface == 1;
            up += c[i].surface == 2;
            ground += c[i].surface == 0;
        }
        ck_assert_uint_eq(ground, 20);
        ck_assert_uint_eq(top, 19); /* the start is at the top: the rate vanishes there, it is not passed */
        ck_assert_uint_eq(up, 1);   /* to 1.25 once, then to .3125 */
        size_t times;
        const double *at = crease_ode_times(ode, &times);
        for (size_t i = 1; i < times; i++)
            ck_assert(at[i] >= at[i - 1]);
        crease_ode_free(ode);
    }
}
END_TEST

/* An event that ended the motion does not end it again when it goes on. */
START_TEST(goes_on_after_the_end) {
    const crease_ode_system system = {2, 3, ball_surface, ball_field, ball_surfaces, NULL, NULL};
    crease_ode *ode = ode_start(&system, NULL, 0, (double[]){5, 0});
    ck_assert_int_eq(ode_go(ode, 4), CREASE_ODE_TERMINAL);
    ck_assert_int_eq(ode_go(ode, 4), CREASE_ODE_REACHED);
    ck_assert_double_eq_tol(crease_ode_state(ode)[0], 5 - 80, 1e-11);
    double y[2];
    crease_ode_at(ode, 0.5, y, NULL, NULL);
    ck_assert_double_eq_tol(y[0], 5 - 1.25, 1e-12);
    crease_ode_free(ode);
}
END_TEST

static bool after_three(void *context) {
    return ++*(int *)context > 3;
}

START_TEST(interrupted) {
    int asked = 0;
    double gravity = law_gravity;
    const crease_ode_system system = law_system(&gravity);
    const crease_ode_options o = {.interrupted = after_three, .interrupted_context = &asked};
    crease_ode *ode = ode_start(&system, &o, 0, (double[]){0, 0});
    ck_assert_int_eq(ode_go(ode, 0.6), CREASE_ODE_INTERRUPTED);
    ck_assert_uint_eq(crease_ode_statistics_of(ode).steps, 3);
    double t = crease_ode_time(ode), y[2];
    ck_assert(t > 0 && t < 0.6);
    crease_ode_at(ode, t, y, NULL, NULL);
    ck_assert_mem_eq(y, crease_ode_state(ode), sizeof y);
    asked = -100000;
    ck_assert_int_eq(ode_go(ode, 0.6), CREASE_ODE_REACHED);
    ck_assert_double_eq_tol(crease_ode_state(ode)[0], law_reference[0][0], 1e-12);
    crease_ode_free(ode);
}
END_TEST

static void refused(const crease_ode_system *system, const crease_ode_options *o, double t, const double *y,
                    const char *word) {
    crease_ode *ode = (crease_ode *)&ode;
    crease_error error;
    ck_assert_int_eq(crease_ode_new(system, o, t, y, &ode, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_null(ode);
    ck_assert_msg(strstr(error.message, word) != NULL, "%s", error.message);
    ck_assert_int_eq(crease_ode_new(system, o, t, y, &ode, NULL), CREASE_BAD_ARGUMENT);
}

START_TEST(odd_requests) {
    wheel w = {1, HUGE_VAL, 0, false};
    crease_ode_system system = wheel_system(&w);
    const double y[2] = {1, 0}, bad[2] = {1, NAN}, scale[2] = {1, 0};
    refused(&system, &(crease_ode_options){.tolerance = -1}, 0, y, "tolerance");
    refused(&system, &(crease_ode_options){.tolerance = NAN}, 0, y, "tolerance");
    refused(&system, &(crease_ode_options){.tolerance = 2}, 0, y, "tolerance");
    refused(&system, &(crease_ode_options){.fixed_step = -1}, 0, y, "steps");
    refused(&system, &(crease_ode_options){.fixed_step = HUGE_VAL}, 0, y, "steps");
    refused(&system, &(crease_ode_options){.largest_step = NAN}, 0, y, "steps");
    refused(&system, &(crease_ode_options){.method = CREASE_ODE_METHOD_COUNT}, 0, y, "method");
    refused(&system, &(crease_ode_options){.scale = scale}, 0, y, "scale 2");
    refused(&system, NULL, 0, bad, "component 2");
    refused(&system, NULL, NAN, y, "finite");
    crease_ode_system empty = system;
    empty.dimension = 0;
    refused(&empty, NULL, 0, y, "dimension");
    empty = system;
    empty.surface_count = 1;
    refused(&empty, NULL, 0, y, "surfaces");
    crease_ode *ode = ode_start(&system, NULL, 5, y);
    crease_error error;
    crease_ode_end end;
    ck_assert_int_eq(crease_ode_advance(ode, 4, &end, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(crease_ode_advance(ode, NAN, &end, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(crease_ode_advance(ode, HUGE_VAL, &end, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(crease_ode_set_state(ode, bad, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "component 2"));
    ck_assert_int_eq(crease_ode_advance(ode, 5, &end, &error), CREASE_OK);
    ck_assert_int_eq(crease_ode_advance(ode, 6, NULL, NULL), CREASE_OK);
    ck_assert_double_eq_tol(crease_ode_state(ode)[0], cos(1), 1e-11);
    crease_ode_free(ode);
    crease_ode_free(NULL);
}
END_TEST

static void ends_early(const crease_ode_system *system, const crease_ode_options *o, double until,
                       const char *word, double earliest, double latest) {
    crease_ode *ode = ode_start(system, o, 0, (double[]){1, 0});
    crease_ode_end end;
    crease_error error;
    ck_assert_int_eq(crease_ode_advance(ode, until, &end, &error), CREASE_BAD_ARGUMENT);
    ck_assert_msg(strstr(error.message, word) != NULL, "%s", error.message);
    ck_assert_msg(crease_ode_time(ode) >= earliest && crease_ode_time(ode) <= latest, "%g",
                  crease_ode_time(ode));
    double y[2], half = 0.5 * crease_ode_time(ode);
    crease_ode_at(ode, half, y, NULL, NULL); /* what was reached stays */
    ck_assert(isfinite(y[0]) && isfinite(y[1]));
    crease_ode_free(ode);
}

/* y' = y^2 leaves the numbers at t = 1. */
static int explode(double t, const double *y, const bool *above, double *dydt, void *context) {
    (void)t, (void)above, (void)context;
    dydt[0] = y[0] * y[0];
    dydt[1] = 0;
    return 0;
}

/* A jump that is not told of as a surface. */
static int hidden_jump(double t, const double *y, const bool *above, double *dydt, void *context) {
    (void)t, (void)above, (void)context;
    dydt[0] = y[0] > 0 ? -1 : 1;
    dydt[1] = 0;
    return 0;
}

START_TEST(motions_that_fail) {
    wheel w = {3, 0.5, 0, false};
    const crease_ode_system system = wheel_system(&w);
    ends_early(&system, NULL, 2, "(7)", 0, 0.5);
    ends_early(&system, &(crease_ode_options){.fixed_step = 0.1}, 2, "(7)", 0.3, 0.5);
    w.nan = true;
    ends_early(&system, NULL, 2, "finite", 0.4, 0.5);
    ends_early(&system, &(crease_ode_options){.fixed_step = 0.1}, 2, "finite", 0.3, 0.5);
    w.limit = HUGE_VAL;
    ends_early(&system, &(crease_ode_options){.most_steps = 5}, 20, "over 5 steps", 0.01, 3);
    crease_ode_system other = system;
    other.field = explode;
    ends_early(&other, NULL, 2, "no step meets", 0.9999, 1.0001);
    other.field = hidden_jump;
    ends_early(&other, &(crease_ode_options){.most_steps = 3000}, 5, "step", 0.9999, 1.1);
}
END_TEST

/* A unit in the last place of 1e15 is an eighth: steps below it cannot be taken, above it they are. */
START_TEST(late_times) {
    wheel w = {1e-3, HUGE_VAL, 0, false};
    crease_ode_system system = wheel_system(&w);
    crease_ode *ode = ode_start(&system, &(crease_ode_options){.tolerance = 1e-9}, 1e15, (double[]){1, 0});
    ode_go(ode, 1e15 + 5000);
    ck_assert_double_eq_tol(crease_ode_state(ode)[0], cos(5), 1e-7);
    crease_ode_free(ode);
    w.speed = 1e6;
    ode = ode_start(&system, NULL, 1e15, (double[]){1, 0});
    crease_error error;
    crease_ode_end end;
    ck_assert_int_eq(crease_ode_advance(ode, 1e15 + 10, &end, &error), CREASE_BAD_ARGUMENT);
    ck_assert(crease_ode_time(ode) == 1e15);
    crease_ode_free(ode);
    double gravity = law_gravity; /* the field knows no time: the same motion, to the spacing of the times */
    system = law_system(&gravity);
    ode = ode_start(&system, NULL, 1048576, (double[]){0, 0});
    ode_go(ode, 1048576.6);
    ck_assert_uint_eq(crease_ode_statistics_of(ode).crossings, 4);
    for (size_t j = 0; j < 2; j++)
        ck_assert_double_eq_tol(crease_ode_state(ode)[j], law_reference[0][j], 3e-9);
    ck_assert_uint_lt(crease_ode_statistics_of(ode).calls, 1000);
    crease_ode_free(ode);
}
END_TEST

Suite *test_ode(void) {
    Suite *suite = suite_create("test_ode");
    TCase *tests = tcase_create("ode");
    tcase_set_timeout(tests, (double)test_cases(60, 3600));
    tcase_add_test(tests, methods_have_names);
    tcase_add_test(tests, smooth_motion);
    tcase_add_test(tests, fixed_steps);
    tcase_add_test(tests, largest_step_and_pieces);
    tcase_add_test(tests, state_in_between);
    tcase_add_test(tests, deterministic);
    tcase_add_test(tests, bouncing_ball);
    tcase_add_test(tests, goes_on_after_the_end);
    tcase_add_test(tests, interrupted);
    tcase_add_test(tests, odd_requests);
    tcase_add_test(tests, motions_that_fail);
    tcase_add_test(tests, late_times);
    suite_add_tcase(suite, tests);
    return suite;
}
