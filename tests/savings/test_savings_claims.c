/* The claims about kinks: every verdict against what theory is known to say, every verdict falsified on
 * purpose, no kink reported where there is none, and the command. */
#include "savings/claims/claims.h"
#include "support/run.h"
#include "support/savings.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RUN(...) run_program(NULL, (const char *const[]){"crease-savings", "claims", __VA_ARGS__, NULL})

/* How a claim is made false, or true. */
typedef enum lie {
    HINGE,       /* a kink is added where there is none */
    UNBEND,      /* the kink of the policy is taken away */
    QUADRATIC,   /* the jump of V'' is taken away */
    EQUAL_RATES, /* by the parameters: no penalty */
    SMOOTHED,    /* the maximum over default and repaying becomes a softplus */
    SURE_TASTES, /* no taste shocks */
    ROOTLESS,    /* what goes like sqrt(a) or a^(3/2) goes like a or a^2 instead */
    CURVED       /* a parabola is added */
} lie;

typedef struct expectation {
    const char *name;
    bool verdict;
    lie lie;
    double size; /* of the lie */
} expectation;

static const expectation expected[] = {{"hard-limit-value-A", false, HINGE, .01},
                                       {"hard-limit-value-D1", false, HINGE, .01},
                                       {"hard-limit-value-K3", false, HINGE, .01},
                                       {"hard-limit-curvature-A", true, QUADRATIC, 1},
                                       {"hard-limit-curvature-D1", true, QUADRATIC, 1},
                                       {"hard-limit-curvature-K3", true, QUADRATIC, 1},
                                       {"hard-limit-policy-A", true, UNBEND, 1},
                                       {"hard-limit-policy-D1", true, UNBEND, 1},
                                       {"hard-limit-policy-K3", true, UNBEND, 1},
                                       {"penalty-value-B", true, EQUAL_RATES, 0},
                                       {"penalty-elsewhere-B", true, EQUAL_RATES, 0},
                                       {"wedge-value-K3", true, EQUAL_RATES, 0},
                                       {"wedge-policy-B", true, EQUAL_RATES, 0},
                                       {"wedge-policy-K3", true, EQUAL_RATES, 0},
                                       {"wedge-cash-low-B", false, HINGE, .01},
                                       {"wedge-cash-high-B", false, HINGE, .01},
                                       {"equal-rates-B", false, HINGE, .01},
                                       {"equal-rates-K3", false, HINGE, .01},
                                       {"default-value-C", true, SMOOTHED, .1},
                                       {"taste-shocks-C", false, SURE_TASTES, 0},
                                       {"time-value-D", true, ROOTLESS, 0},
                                       {"time-policy-D", true, ROOTLESS, 0},
                                       {"time-curvature-D", false, ROOTLESS, 0},
                                       {"time-wedge-D", false, HINGE, .01},
                                       {"time-periods-B", false, HINGE, .1},
                                       {"detector-A", false, HINGE, .2},
                                       {"detector-D1", false, HINGE, .2},
                                       {"detector-K3", false, HINGE, .2},
                                       {"detector-D", false, HINGE, .2},
                                       {"detector-W-B", true, EQUAL_RATES, 0},
                                       {"detector-W-K3", true, EQUAL_RATES, 0},
                                       {"detector-C", true, SMOOTHED, 2},
                                       {"network-pinvW-B", true, CURVED, 1e-3},
                                       {"network-pinvV-C", true, CURVED, 1e-3},
                                       {"network-policy-B", true, CURVED, 1e-3},
                                       {"network-value-A", false, HINGE, 100},
                                       {"network-value-D", false, HINGE, 100},
                                       {"network-W-B", false, HINGE, 100}};
enum { EXPECTED = sizeof expected / sizeof *expected };

typedef struct liar {
    const expectation *told;
    const savings_solution *solution;
    double place, change;
} liar;

static double tell(savings_object object, double x, double value, void *context) {
    const liar *l = context;
    const savings_parameters *p = &l->solution->parameters;
    double beyond = fmax(x - l->place, 0);
    switch (l->told->lie) {
    case HINGE:
        return value + l->told->size * beyond;
    case UNBEND:
        return value + l->change * beyond;
    case QUADRATIC:
        return value + l->change * beyond * beyond / 2;
    case CURVED:
        return value + l->told->size * x * x;
    case ROOTLESS: {
        savings_point limit = savings_evaluate(l->solution, p->limit);
        double a = x - p->limit, line = object == SAVINGS_CONSUMPTION ? limit.c : limit.V + limit.dV * a;
        return line + sqrt(fmax(a, 0)) * (value - line);
    }
    case SMOOTHED: {
        double all = p->R / (p->R - 1),
               kept = all * savings_utility(p->crra, (1 - p->default_cost) * p->income),
               gain = all * savings_utility(p->crra, p->income + (p->R - 1) * x) - kept, s = l->told->size;
        return kept + fmax(gain, 0) + s * log1p(exp(-fabs(gain) / s));
    }
    default:
        return value;
    }
}

static const expectation *expected_of(const savings_claim *claim) {
    for (size_t i = 0; i < EXPECTED; i++)
        if (strcmp(expected[i].name, claim->name) == 0)
            return &expected[i];
    ck_abort_msg("%s has no expectation, and nobody has falsified it", claim->name);
}

static savings_evidence judged(const savings_claim *claim, const savings_parameters *parameters,
                               const savings_claim_setup *setup) {
    savings_evidence evidence;
    crease_error error = {0};
    ck_assert_msg(savings_claim_judge(claim, parameters, setup, &evidence, &error) == CREASE_OK, "%s: %s",
                  claim->name, error.message);
    return evidence;
}

static void assert_agrees(const savings_claim *claim, const savings_evidence *evidence) {
    for (size_t i = 0; i < evidence->count; i++)
        ck_assert_msg(savings_number_agrees(&evidence->number[i]), "%s, %s: %.17g, theory %.17g +- %g",
                      claim->name, evidence->number[i].name, evidence->number[i].measured,
                      evidence->number[i].theory, evidence->number[i].tolerance);
    ck_assert_msg(evidence->agrees, "%s: measured %d, theory %d", claim->name, evidence->verdict,
                  evidence->theory);
}

START_TEST(test_verdicts) {
    size_t count = 0;
    const savings_claim *claim;
    for (; (claim = savings_claim_at(count)) != NULL; count++) {
        if (strncmp(claim->name, "network", 7) == 0 && test_leaves_out(count))
            continue; /* their fits take most of the time */
        savings_evidence evidence = judged(claim, NULL, &(savings_claim_setup){.starts = 4});
        ck_assert_msg(evidence.verdict == expected_of(claim)->verdict, "%s is said to be %s", claim->name,
                      evidence.verdict ? "true" : "false");
        ck_assert_uint_gt(evidence.count, 0);
        assert_agrees(claim, &evidence);
    }
    ck_assert_uint_eq(count, EXPECTED);
}
END_TEST

/* Every claim, measured on values or parameters that are not its own, comes out the other way. */
START_TEST(test_every_verdict_flips) {
    const savings_claim *claim;
    for (size_t i = 0; (claim = savings_claim_at(i)) != NULL; i++) {
        if (test_leaves_out(i))
            continue;
        liar l = {.told = expected_of(claim)};
        savings_parameters parameters = savings_defaults(claim->model), adjusted = parameters;
        if (claim->adjust)
            claim->adjust(&adjusted);
        savings_solution *truth = solve(claim->model, &adjusted, 0);
        l.solution = truth;
        l.place = savings_claim_place(claim, truth);
        if (strcmp(claim->name, "wedge-cash-high-B") == 0)
            l.place = truth->m[1];
        double bend = savings_evaluate(truth, l.place).d2V_left;
        if (l.told->lie == UNBEND)
            l.change = 1 - truth->slope[0];
        if (l.told->lie == QUADRATIC)
            l.change = bend - savings_evaluate(truth, l.place).d2V;
        if (l.told->lie == EQUAL_RATES)
            parameters.penalty = 0;
        savings_claim_setup setup = {.starts = 4,
                                     .distort = tell,
                                     .distort_context = &l,
                                     .taste_shocks = l.told->lie == SURE_TASTES ? -1 : 0};
        savings_evidence evidence = judged(claim, &parameters, &setup);
        ck_assert_msg(evidence.verdict != l.told->verdict, "%s is still said to be %s", claim->name,
                      evidence.verdict ? "true" : "false");
        bool by_parameters = l.told->lie == EQUAL_RATES || l.told->lie == SURE_TASTES;
        ck_assert_msg(evidence.agrees == by_parameters, "%s: values that are not the model's %s theory",
                      claim->name, evidence.agrees ? "agree with" : "contradict");
        savings_solution_free(truth);
    }
}
END_TEST

static const savings_claim *claim_named(const char *name) {
    const savings_claim *claim;
    for (size_t i = 0; (claim = savings_claim_at(i)) != NULL; i++)
        if (strcmp(claim->name, name) == 0)
            return claim;
    ck_abort_msg("no claim %s", name);
}

/* Against the constants of the literature and of the reference tables. */
START_TEST(test_numbers) {
    static const struct {
        const char *claim;
        size_t number;
        double value, tolerance;
    } row[] = {{"hard-limit-curvature-A", 0, 1, 1e-6},
               {"hard-limit-policy-A", 1, 0.50879669, 1e-7},
               {"penalty-value-B", 0, 1.2 / 1.02, 1e-9},
               {"penalty-elsewhere-B", 0, 1.2 / 1.02, 1e-9},
               {"wedge-value-K3", 0, 1.2 / 1.02, 1e-8},
               {"wedge-policy-B", 0, 1.0846522890932808, 1e-8}, /* sqrt(1.2/1.02) */
               {"wedge-policy-K3", 0, 1.0846522890932808, 1e-8},
               {"default-value-C", 1, 1.28395062, 5e-9},
               {"taste-shocks-C", 2, 0.0693147181, 1e-10},
               {"time-value-D", 0, 1.5, 1e-5},
               {"time-value-D", 1, -0.18856181, 1e-6}, /* (4/3) sqrt(.02) */
               {"time-policy-D", 0, .5, 1e-8},
               {"time-policy-D", 1, 0.14142136, 1e-8}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        savings_evidence evidence = judged(claim_named(row[i].claim), NULL, NULL);
        ck_assert_uint_lt(row[i].number, evidence.count);
        double measured = evidence.number[row[i].number].measured;
        ck_assert_msg(fabs(measured - row[i].value) <= row[i].tolerance, "%s: %.12g, not %.12g", row[i].claim,
                      measured, row[i].value);
    }
    savings_evidence kink = judged(claim_named("wedge-value-K3"), NULL, NULL);
    ck_assert_double_eq_tol(kink.slope_left, 1.45147675, 2e-7);
    ck_assert_double_eq_tol(kink.slope_right, 1.23375523, 2e-7);
}
END_TEST

/* Closed forms and measurements agree at any parameters, not at the defaults only. */
START_TEST(test_random_parameters) {
    size_t cases = test_rounds(20, 500);
    for (size_t seed = 1; seed <= cases; seed++) {
        gsl_rng *random = crease_random_new(seed, 5);
        const savings_claim *claim;
        double crra = gsl_ran_flat(random, .5, 5), beta = gsl_ran_flat(random, .8, .98),
               penalty = gsl_ran_flat(random, .01, .5), income = gsl_ran_flat(random, .3, 3);
        for (size_t i = 0; (claim = savings_claim_at(i)) != NULL; i++) {
            savings_parameters p = savings_defaults(claim->model);
            p.crra = crra;
            p.income = claim->model == SAVINGS_K3 || claim->model == SAVINGS_D1 ? p.income : income;
            p.beta = claim->model == SAVINGS_A ? fmin(beta, .95) : p.beta;
            p.penalty = claim->model == SAVINGS_B ? penalty : p.penalty;
            if (claim->model >= SAVINGS_K3 || strncmp(claim->name, "network", 7) == 0 ||
                strncmp(claim->name, "detector", 8) == 0)
                continue;
            savings_evidence evidence = judged(claim, &p, NULL);
            ck_assert_msg(evidence.agrees,
                          "seed %zu, %s: verdict %d, theory %d, first number %.12g for %.12g", seed,
                          claim->name, evidence.verdict, evidence.theory, evidence.number[0].measured,
                          evidence.number[0].theory);
        }
        gsl_rng_free(random);
    }
}
END_TEST

/* The negative control: V' is continuous everywhere in A, D1, K3 and D, though V'' jumps at several places in the
 * first three and is infinite at a = 0 in D. Ranges below, around and far beyond those places. */
static const struct {
    savings_model model;
    double from, to;
} smooth_values[] = {
    {SAVINGS_A, .5, 4},       {SAVINGS_A, .2, 10},   {SAVINGS_A, .7, 1.5},   {SAVINGS_D1, .38, 2.27},
    {SAVINGS_D1, .4, 5},      {SAVINGS_D1, .05, 10}, {SAVINGS_D1, .6, 1.6},  {SAVINGS_K3, .115, 2.16},
    {SAVINGS_K3, .115, 2.39}, {SAVINGS_K3, .15, 5},  {SAVINGS_K3, -.15, 10}, {SAVINGS_K3, .6, 1.2},
    {SAVINGS_K3, .1, .8},     {SAVINGS_D, 0, 5},     {SAVINGS_D, .1, 1},     {SAVINGS_D, 0, 20}};
enum { SMOOTH_VALUES = sizeof smooth_values / sizeof *smooth_values };

/* On even places, or on random ones when seed is odd; noise in units of the range of V. */
static size_t kinks_found(const savings_solution *solution, double from, double to, size_t n, double noise,
                          size_t seed) {
    double *x = calloc(2 * n, sizeof *x), *y = x + n;
    gsl_rng *random = crease_random_new(seed, n);
    double rise = fabs(savings_evaluate(solution, to).V - savings_evaluate(solution, from).V);
    for (size_t i = 0; i < n; i++) {
        double share = seed % 2 ? gsl_rng_uniform(random) : (double)i / (double)(n - 1);
        x[i] = from + (to - from) * share;
        y[i] = savings_evaluate(solution, x[i]).V + noise * rise * gsl_ran_gaussian(random, 1);
    }
    crease_data data = {.n = n, .inputs = 1, .outputs = 1, .x = x, .y = y};
    crease_kink_options options = {.seed = seed};
    crease_detected_kink *kinks;
    crease_kinks_summary summary;
    size_t count;
    ck_assert_int_eq(crease_kinks_detect(&data, &options, &kinks, &count, &summary, NULL), CREASE_OK);
    free(kinks);
    gsl_rng_free(random);
    free(x);
    return count;
}

static void solve_all(savings_solution *solution[SAVINGS_MODEL_COUNT]) {
    for (int model = 0; model < SAVINGS_MODEL_COUNT; model++)
        solution[model] = solve_default((savings_model)model, 12);
}

static void free_all(savings_solution *solution[SAVINGS_MODEL_COUNT]) {
    for (int model = 0; model < SAVINGS_MODEL_COUNT; model++)
        savings_solution_free(solution[model]);
}

START_TEST(test_no_kink_is_reported_in_smooth_values) {
    static const size_t sizes[] = {60, 100, 150, 300, 600, 1000, 2000};
    const size_t each = test_cases(2, 14);
    savings_solution *solution[SAVINGS_MODEL_COUNT];
    solve_all(solution);
    for (size_t r = 0; r < SMOOTH_VALUES; r++)
        for (size_t k = 0; k < each; k++) {
            if (test_leaves_out(r + k))
                continue;
            size_t n = sizes[(r + 3 * k) % 7];
            size_t count = kinks_found(solution[smooth_values[r].model], smooth_values[r].from,
                                       smooth_values[r].to, n, 0, k / 7);
            ck_assert_msg(count == 0, "%s: %zu kinks among %zu values of V in [%g, %g]",
                          savings_model_name(smooth_values[r].model), count, n, smooth_values[r].from,
                          smooth_values[r].to);
        }
    /* those that were taken for kinks once */
    ck_assert_uint_eq(kinks_found(solution[SAVINGS_D1], .4, 5, 300, 0, 0), 0);
    ck_assert_uint_eq(kinks_found(solution[SAVINGS_K3], .15, 5, 100, 0, 0), 0);
    ck_assert_uint_eq(kinks_found(solution[SAVINGS_K3], .115, 2.39, 2000, 0, 0), 0);
    free_all(solution);
}
END_TEST

/* With noise in no larger share of the cases than the level of the test, .01, within three standard errors. */
START_TEST(test_noise_makes_no_kinks_of_smooth_values) {
    static const size_t sizes[] = {60, 100, 150, 300, 600};
    static const double noise[] = {1e-6, 1e-4, 1e-2};
    const size_t seeds = test_cases(1, 10);
    size_t cases = 0, found = 0;
    savings_solution *solution[SAVINGS_MODEL_COUNT];
    solve_all(solution);
    for (size_t r = 0; r < SMOOTH_VALUES; r++)
        for (size_t j = 0; j < test_cases(1, 3) && !test_leaves_out(r); j++)
            for (size_t seed = 1; seed <= seeds; seed++, cases++)
                found +=
                    kinks_found(solution[smooth_values[r].model], smooth_values[r].from, smooth_values[r].to,
                                sizes[(r + j + seed) % 5], noise[(r + j) % 3], seed) > 0;
    double allowed = .01 * (double)cases;
    ck_assert_msg((double)found <= allowed + 3 * sqrt(allowed), "%zu of %zu", found, cases);
    free_all(solution);
}
END_TEST

START_TEST(test_json_and_exit_codes) {
    run_result result = RUN("--model", "B", "--claim", "penalty", "--json");
    ck_assert_int_eq(result.exit_code, 0);
    json_t *object = run_json(&result), *claims = json_object_get(object, "claims");
    run_clear(&result);
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/savings-claims/1");
    ck_assert_uint_eq(json_array_size(claims), 2);
    ck_assert_double_eq(run_json_number(object, "contradictions"), 0);
    const json_t *first = json_array_get(claims, 0),
                 *number = json_array_get(json_object_get(first, "numbers"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(first, "verdict")), "true");
    ck_assert_str_eq(json_string_value(json_object_get(first, "theory")), "true");
    ck_assert(json_is_true(json_object_get(first, "agrees")));
    ck_assert_double_eq_tol(run_json_number(number, "measured"), 1.2 / 1.02, 1e-9);
    ck_assert_double_eq_tol(run_json_number(first, "ratio"), 1.2 / 1.02, 1e-9);
    json_decref(object);
    /* without the penalty both say that there is no kink; with a false hinge they differ */
    result = RUN("--model", "B", "--claim", "penalty", "--penalty", "0");
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    ck_assert(strstr(result.out, "FALSE B: with a penalty rate") != NULL);
    ck_assert(strstr(result.out, "every measurement agrees") != NULL);
    run_clear(&result);
    result = RUN("--claim", "hard-limit-value", "--add-hinge", "0.01");
    ck_assert_int_eq(result.exit_code, 1);
    ck_assert(strstr(result.out, "3 contradict theory") != NULL);
    ck_assert_str_eq(result.err, "");
    run_clear(&result);
}
END_TEST

static void assert_usage(run_result result, int exit_code, const char *says) {
    ck_assert_msg(result.exit_code == exit_code, "exit %d: %s", result.exit_code, result.err);
    ck_assert_msg(strstr(result.err, says) != NULL, "%s", result.err);
    ck_assert_str_eq(result.out, "");
    run_clear(&result);
}

START_TEST(test_wrong_use) {
    assert_usage(RUN("--penalty", "0"), 64, "name it by --model");
    assert_usage(RUN("--rates", "1.2,1.02"), 64, "name it by --model");
    assert_usage(RUN("--claim", "nonsense"), 64, "no claim of that name");
    assert_usage(RUN("data.csv"), 64, "takes no file");
    assert_usage(RUN("--plot", "x.png"), 64, "draws no picture");
    assert_usage(RUN("--add-hinge", "much"), 64, "--add-hinge");
    assert_usage(RUN("--model", "A", "--R", "2"), 64, "impatient");
    assert_usage(RUN("--calibration", "/nowhere.json"), 66, "nowhere.json");
}
END_TEST

/* Below a solution stand the claims that are about it, for every model and at odd parameters. */
START_TEST(test_claims_below_a_solution) {
    static const struct {
        const char *arguments;
        size_t claims;
        const char *first;
    } row[] = {{"--model A", 2, "false"},
               {"--model B", 3, "true"},
               {"--model B --penalty 0", 1, "false"},
               {"--model B --crra 1", 3, "true"},
               {"--model C", 1, "true"},
               {"--model D", 2, "true"},
               {"--model D --limit -3 --crra 1", 2, "true"},
               {"--model K3", 3, "false"},
               {"--model K3 --penalty 0", 3, "false"},
               {"--model K3 --limit natural", 2, "false"},
               {"--model K3 --rates 1.3,1.1,1.02 --rate-kinks -0.1,1", 3, "false"},
               {"--model D1", 2, "false"}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        if (test_leaves_out(i))
            continue;
        run_result result = run_shell("crease-savings solve %s --json", row[i].arguments);
        ck_assert_msg(result.exit_code == 0, "%s: %s", row[i].arguments, result.err);
        json_t *object = run_json(&result), *claims = json_object_get(object, "claims");
        ck_assert_msg(json_array_size(claims) == row[i].claims, "%s: %zu claims", row[i].arguments,
                      json_array_size(claims));
        ck_assert_str_eq(json_string_value(json_object_get(json_array_get(claims, 0), "verdict")),
                         row[i].first);
        json_decref(object);
        run_clear(&result);
    }
}
END_TEST

Suite *test_savings_claims(void);
Suite *test_savings_claims(void) {
    Suite *suite = suite_create("savings claims");
    TCase *cases = tcase_create("claims");
    tcase_set_timeout(cases, (double)test_cases(300, 3600));
    tcase_add_test(cases, test_verdicts);
    tcase_add_test(cases, test_every_verdict_flips);
    tcase_add_test(cases, test_numbers);
    tcase_add_test(cases, test_random_parameters);
    tcase_add_test(cases, test_no_kink_is_reported_in_smooth_values);
    tcase_add_test(cases, test_noise_makes_no_kinks_of_smooth_values);
    tcase_add_test(cases, test_json_and_exit_codes);
    tcase_add_test(cases, test_wrong_use);
    tcase_add_test(cases, test_claims_below_a_solution);
    suite_add_tcase(suite, cases);
    return suite;
}
