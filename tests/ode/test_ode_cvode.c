/* An independent integrator as judge: CVODE of SUNDIALS (Hindmarsh et al. 2005), Adams' method with root finding, which
 * stops at each surface, has its side flipped and starts anew. Random networks, seeds in the messages. */
#include "crease/random.h"
#include "support/ode_systems.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_SUNDIALS
#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <sunnonlinsol/sunnonlinsol_fixedpoint.h>

typedef struct judge {
    const crease_ode_system *system;
    bool above[FLOW_UNITS];
    size_t calls;
} judge;

static int judge_field(double t, N_Vector y, N_Vector dydt, void *context) {
    judge *j = context;
    j->calls++;
    return j->system->field(t, N_VGetArrayPointer(y), j->above, N_VGetArrayPointer(dydt), j->system->context);
}

static int judge_surfaces(double t, N_Vector y, double *z, void *context) {
    judge *j = context;
    return j->system->surfaces(t, N_VGetArrayPointer(y), j->above, z, j->system->context);
}

static void signs_at(judge *j, double t, const double *y) {
    double z[FLOW_UNITS];
    for (size_t pass = 0; pass <= j->system->surface_count; pass++) {
        j->system->surfaces(t, y, j->above, z, j->system->context);
        for (size_t i = 0; i < j->system->surface_count; i++)
            j->above[i] = z[i] > 0;
    }
}

/* From t to `until`; y: start and result. The number of crossings. */
static size_t judge_motion(judge *j, double t, double until, double tolerance, double *y) {
    const crease_ode_system *s = j->system;
    SUNContext context;
    ck_assert_int_eq(SUNContext_Create(NULL, &context), 0);
    N_Vector state = N_VMake_Serial((sunindextype)s->dimension, y, context);
    void *cvode = CVodeCreate(CV_ADAMS, context);
    SUNNonlinearSolver solver = SUNNonlinSol_FixedPoint(state, 0, context);
    size_t crossings = 0;
    signs_at(j, t, y);
    ck_assert_int_eq(CVodeInit(cvode, judge_field, t, state), CV_SUCCESS);
    CVodeSStolerances(cvode, tolerance, tolerance);
    CVodeSetUserData(cvode, j);
    CVodeSetNonlinearSolver(cvode, solver);
    CVodeSetMaxNumSteps(cvode, 1000000);
    CVodeRootInit(cvode, (int)s->surface_count, judge_surfaces);
    CVodeSetNoInactiveRootWarn(cvode);
    CVodeSetStopTime(cvode, until);
    while (t < until) {
        int found[FLOW_UNITS], outcome = CVode(cvode, until, state, &t, CV_NORMAL);
        ck_assert_int_ge(outcome, 0);
        if (outcome != CV_ROOT_RETURN)
            continue;
        CVodeGetRootInfo(cvode, found);
        for (size_t i = 0; i < s->surface_count; i++)
            if (found[i] != 0) {
                j->above[i] = found[i] > 0;
                crossings++;
            }
        CVodeReInit(cvode, t, state);
        CVodeSetStopTime(cvode, until);
    }
    CVodeFree(&cvode);
    SUNNonlinSolFree(solver);
    N_VDestroy(state);
    SUNContext_Free(&context);
    return crossings;
}

START_TEST(reference_law) {
    for (int g = 0; g < 2; g++) {
        double gravity = g ? 0 : law_gravity, y[2] = {0, 0};
        const crease_ode_system system = law_system(&gravity);
        judge j = {.system = &system};
        ck_assert_uint_eq(judge_motion(&j, 0, 0.6, 1e-12, y), g ? 5U : 4U);
        crease_ode *ode = ode_start(&system, NULL, 0, (double[]){0, 0});
        ode_go(ode, 0.6);
        for (size_t i = 0; i < 2; i++)
            ck_assert_double_eq_tol(crease_ode_state(ode)[i], y[i], 2e-10);
        crease_ode_free(ode);
    }
}
END_TEST

static void compare(uint64_t seed, size_t depth, const size_t *width, size_t dimension) {
    gsl_rng *random = crease_random_new(seed, 100 + depth);
    flow f;
    flow_draw(random, dimension, depth, width, &f);
    const crease_ode_system system = flow_system(&f);
    judge j = {.system = &system};
    double y[FLOW_DIMENSION];
    for (size_t i = 0; i < dimension; i++)
        y[i] = 2 * gsl_rng_uniform(random) - 1;
    crease_ode *ode = ode_start(&system, NULL, 0, y);
    ode_go(ode, 4);
    size_t crossings = judge_motion(&j, 0, 4, 1e-12, y);
    /* it looks at the signs at the ends of its own steps, so it may miss a surface that is crossed and crossed back */
    size_t own = crease_ode_statistics_of(ode).crossings;
    ck_assert_msg(own >= crossings && (own - crossings) % 2 == 0 && own - crossings <= 2 * (seed > 200),
                  "seed %zu, depth %zu: %zu crossings, by CVODE %zu", (size_t)seed, depth, own, crossings);
    for (size_t i = 0; i < dimension; i++)
        ck_assert_msg(fabs(crease_ode_state(ode)[i] - y[i]) <
                          (own == crossings ? 1e-8 : 1e-6) * (1 + fabs(y[i])),
                      "seed %zu, depth %zu, component %zu: %.17g, by CVODE %.17g", (size_t)seed, depth, i,
                      crease_ode_state(ode)[i], y[i]);
    ck_assert_msg(memcmp(crease_ode_above(ode), j.above, system.surface_count * sizeof *j.above) == 0,
                  "seed %zu, depth %zu: other sides at the end", (size_t)seed, depth);
    crease_ode_free(ode);
    gsl_rng_free(random);
}

START_TEST(random_networks) {
    for (uint64_t seed = 0; seed < test_rounds(40, 1000); seed++) {
        compare(seed, 1, (const size_t[]){8}, 2);
        compare(seed, 2, (const size_t[]){6, 6}, 2);
        compare(seed, 2, (const size_t[]){8, 8}, 3);
    }
}
END_TEST
#else
START_TEST(reference_law) {
    skip_test("built without CVODE; install libsundials-dev, remove build/ and make check again");
}
END_TEST

START_TEST(random_networks) {
    skip_test("built without CVODE; install libsundials-dev, remove build/ and make check again");
}
END_TEST
#endif

Suite *test_ode_cvode(void) {
    Suite *suite = suite_create("test_ode_cvode");
    TCase *tests = tcase_create("cvode");
    tcase_set_timeout(tests, (double)test_cases(60, 3600));
    tcase_add_test(tests, reference_law);
    tcase_add_test(tests, random_networks);
    suite_add_tcase(suite, tests);
    return suite;
}
