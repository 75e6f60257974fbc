/* Verdicts of the engine against exact enumeration of linear regions, on thousands of small networks with ties. */
#include "crease/proof.h"
#include "crease/random.h"
#include "crease/verify.h"
#include "support/exact_net.h"
#include "support/random_net.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NUMBERS = 8, MOST_ROWS = 3 };

typedef struct trial {
    uint64_t seed;
    gsl_rng *rng;
    crease_net *net;
    exact_net *exact;
    crease_specification *specification;
} trial;

typedef struct tally {
    size_t proved, refuted, unknown;
} tally;

static void trial_begin(uint64_t seed, uint64_t stream, const random_net_limits *limits, trial *t) {
    *t = (trial){.seed = seed, .rng = crease_random_new(seed, stream)};
    t->net = random_net(t->rng, limits);
    t->exact = exact_net_new(t->net);
}

static void trial_end(trial *t) {
    crease_specification_free(t->specification);
    exact_net_free(t->exact);
    crease_net_free(t->net);
    gsl_rng_free(t->rng);
}

static size_t numbers(const trial *t) {
    return t->net->inputs + t->net->outputs;
}

static void random_box(const trial *t, double *lower, double *upper) {
    int kind = (int)gsl_rng_uniform_int(t->rng, 3);
    for (size_t k = 0; k < t->net->inputs; k++) {
        double a = random_number(t->rng, kind), b = random_number(t->rng, kind);
        if (gsl_rng_uniform_int(t->rng, 6) == 0)
            b = a;
        if (gsl_rng_uniform_int(t->rng, 12) == 0)
            b = nextafter(a, INFINITY);
        lower[k] = fmin(a, b);
        upper[k] = fmax(a, b);
    }
}

static void start_specification(trial *t, const double *lower, const double *upper) {
    crease_error error = {0};
    crease_status status =
        crease_specification_box(t->net->inputs, t->net->outputs, lower, upper, &t->specification, &error);
    ck_assert_msg(status == CREASE_OK, "seed %lu: %s", t->seed, error.message);
}

static void add_alternative(trial *t, size_t rows, const double *coefficients, const double *constants) {
    crease_error error = {0};
    crease_status status =
        crease_specification_add(t->specification, 0, rows, coefficients, constants, &error);
    ck_assert_msg(status == CREASE_OK, "seed %lu: %s", t->seed, error.message);
}

/* A bound of the box as another text of about the same size, which no double equals. */
static void set_bound(const trial *t, crease_number *bound, const char *text) {
    crease_number_clear(bound);
    ck_assert_msg(crease_number_parse(text, bound, NULL) == CREASE_OK, "seed %lu: %s", t->seed, text);
}

static void decimal_bounds(const trial *t) {
    crease_case *only = &t->specification->cases[0];
    for (size_t k = 0; k < t->net->inputs; k++) {
        char text[64];
        int digits = 1 + (int)gsl_rng_uniform_int(t->rng, 20);
        double low = -2 * gsl_rng_uniform(t->rng), high = 2 * gsl_rng_uniform(t->rng);
        snprintf(text, sizeof text, "%.*f", digits, low);
        set_bound(t, &only->lower[k], text);
        if (gsl_rng_uniform_int(t->rng, 4) > 0)
            snprintf(text, sizeof text, "%.*f", digits, high);
        if (gsl_rng_uniform_int(t->rng, 8) == 0) {
            strcpy(text, "1/3");
            set_bound(t, &only->lower[k], text);
        }
        set_bound(t, &only->upper[k], text);
    }
}

/* One more case, in front or behind, on a box of its own. */
static void add_case(trial *t) {
    crease_specification *first = t->specification;
    double lower[MOST_NUMBERS], upper[MOST_NUMBERS], coefficients[MOST_NUMBERS];
    random_box(t, lower, upper);
    start_specification(t, lower, upper);
    for (size_t i = 0; i < numbers(t); i++)
        coefficients[i] = random_number(t->rng, 1);
    add_alternative(t, 1, coefficients, &(double){3 + random_number(t->rng, 1)});
    crease_specification *second = t->specification;
    bool swap = gsl_rng_uniform_int(t->rng, 2);
    t->specification = first;
    first->cases = realloc(first->cases, 2 * sizeof *first->cases);
    first->cases[1] = swap ? first->cases[0] : second->cases[0];
    if (swap)
        first->cases[0] = second->cases[0];
    first->case_count = 2;
    second->case_count = 0; /* its case is the other's now */
    crease_specification_free(second);
}

/* Runs the engine and compares; it may leave open only what `open_allowed` says. */
static crease_verdict judge(trial *t, size_t node_limit, bool open_allowed, tally *count) {
    crease_verify_options options = {.threads = 1, .node_limit = node_limit, .timeout = 60};
    crease_verify_result result;
    crease_error error = {0};
    crease_status status = crease_verify(t->net, t->specification, &options, &result, &error);
    ck_assert_msg(status == CREASE_OK, "seed %lu: %s", t->seed, error.message);
    mpq_t *where = exact_vector_new(t->net->inputs);
    bool violated = exact_violated(t->exact, t->specification, where);
    char spec[256];
    crease_net_spec(t->net, spec, sizeof spec);
    ck_assert_msg(result.verdict != CREASE_PROVED || !violated, "seed %lu, %s: proved, and violated", t->seed,
                  spec);
    ck_assert_msg(result.verdict != CREASE_REFUTED || violated, "seed %lu, %s: refuted, and not violated",
                  t->seed, spec);
    ck_assert_msg(result.verdict != CREASE_UNKNOWN || open_allowed,
                  "seed %lu, %s: %s after %zu nodes, violated %d", t->seed, spec, result.why, result.nodes,
                  violated);
    if (result.verdict == CREASE_REFUTED) {
        for (size_t k = 0; k < t->net->inputs; k++)
            exact_parse(result.witness[k].text, where[k]);
        ck_assert_msg(exact_is_witness(t->exact, t->specification, result.witness_case,
                                       result.witness_alternative, where),
                      "seed %lu, %s: the witness is none", t->seed, spec);
    }
    count->proved += result.verdict == CREASE_PROVED;
    count->refuted += result.verdict == CREASE_REFUTED;
    count->unknown += result.verdict == CREASE_UNKNOWN;
    crease_verdict verdict = result.verdict;
    exact_vector_free(where, t->net->inputs);
    crease_verify_result_clear(&result);
    return verdict;
}

/* The checker accepts the proof of what was proved, and rejects it for a question that is violated. */
static void check_proof(trial *t, const char *path, tally *count) {
    crease_verify_options options = {.threads = 1, .node_limit = 300, .timeout = 60, .proof = path};
    crease_verify_result result;
    crease_error error = {0};
    ck_assert_msg(crease_verify(t->net, t->specification, &options, &result, &error) == CREASE_OK,
                  "seed %lu: %s", t->seed, error.message);
    crease_verdict verdict = result.verdict;
    crease_verify_result_clear(&result);
    count->proved += verdict == CREASE_PROVED;
    if (verdict != CREASE_PROVED)
        return;
    crease_proof_check check;
    ck_assert_msg(crease_proof_check_file(t->net, t->specification, path, NULL, NULL, &check, &error) ==
                      CREASE_OK,
                  "seed %lu: %s", t->seed, error.message);
    ck_assert_msg(check.accepted, "seed %lu: line %zu: %s", t->seed, check.line, check.why);
    remove(path);
}

static const random_net_limits small = {3, 3, 3, 6};

/* Rows with random thresholds, several alternatives, some without rows, some contradictory, decimal boxes. */
START_TEST(random_specifications) {
    tally count = {0};
    for (uint64_t seed = 1; seed <= test_rounds(1000, 20000); seed++) {
        trial t;
        double lower[MOST_NUMBERS], upper[MOST_NUMBERS];
        trial_begin(seed, 0, &small, &t);
        random_box(&t, lower, upper);
        start_specification(&t, lower, upper);
        if (gsl_rng_uniform_int(t.rng, 3) == 0)
            decimal_bounds(&t);
        size_t alternatives = gsl_rng_uniform_int(t.rng, 3);
        for (size_t a = 0; a < alternatives; a++) {
            double coefficients[MOST_ROWS * MOST_NUMBERS], constants[MOST_ROWS];
            size_t rows = gsl_rng_uniform_int(t.rng, 20) == 0 ? 0 : 1 + gsl_rng_uniform_int(t.rng, MOST_ROWS);
            for (size_t i = 0; i < rows * numbers(&t); i++)
                coefficients[i] = gsl_rng_uniform_int(t.rng, 3) ? random_number(t.rng, 1) : 0;
            for (size_t r = 0; r < rows; r++)
                constants[r] = 3 * random_number(t.rng, (int)gsl_rng_uniform_int(t.rng, 3));
            if (rows == 2 && gsl_rng_uniform_int(t.rng, 4) == 0) { /* the second row says the opposite */
                for (size_t i = 0; i < numbers(&t); i++)
                    coefficients[numbers(&t) + i] = -coefficients[i];
                constants[1] = -constants[0] + (gsl_rng_uniform_int(t.rng, 2) ? 1e-9 : 0);
            }
            add_alternative(&t, rows, coefficients, constants);
        }
        if (gsl_rng_uniform_int(t.rng, 4) == 0)
            add_case(&t);
        judge(&t, 300, true, &count);
        trial_end(&t);
    }
    ck_assert_msg(count.proved > test_rounds(300, 300) && count.refuted > test_rounds(250, 250) &&
                      50 * count.unknown < count.proved,
                  "%zu proved, %zu refuted, %zu unknown", count.proved, count.refuted, count.unknown);
}
END_TEST

/* The double below and the double above the rational, equal where it is one. */
static void neighbours(mpq_t value, double *below, double *above) {
    double cut = mpq_get_d(value);
    mpq_t there;
    *below = *above = INFINITY;
    if (!isfinite(cut))
        return;
    mpq_init(there);
    mpq_set_d(there, cut);
    int order = mpq_cmp(there, value);
    *below = order <= 0 ? cut : nextafter(cut, -INFINITY);
    *above = order >= 0 ? cut : nextafter(cut, INFINITY);
    mpq_clear(there);
}

/* f <= threshold, where the threshold is about the exact least value of f: at it and a few doubles to each side. */
START_TEST(thresholds_at_the_extreme_value) {
    tally count = {0};
    for (uint64_t seed = 1; seed <= test_rounds(300, 10000); seed++) {
        trial t;
        double lower[MOST_NUMBERS], upper[MOST_NUMBERS], coefficient[MOST_NUMBERS], below, above;
        trial_begin(seed, 1, &small, &t);
        random_box(&t, lower, upper);
        for (size_t i = 0; i < numbers(&t); i++)
            coefficient[i] = i >= t.net->inputs ? random_number(t.rng, 1) : 0;
        mpq_t least;
        mpq_init(least);
        exact_minimum(t.exact, lower, upper, coefficient, least, NULL);
        neighbours(least, &below, &above);
        mpq_clear(least);
        double thresholds[] = {below, above, nextafter(below, -INFINITY), nextafter(above, INFINITY)};
        for (size_t i = 0; i < 4 && isfinite(below) && isfinite(above); i++) {
            if (i == 1 && !(above > below))
                continue;
            start_specification(&t, lower, upper);
            add_alternative(&t, 1, coefficient, &(double){-thresholds[i]});
            judge(&t, 300, true, &count);
            crease_specification_free(t.specification);
            t.specification = NULL;
        }
        trial_end(&t);
    }
    ck_assert_msg(count.refuted > test_rounds(300, 300), "%zu proved, %zu refuted, %zu unknown", count.proved,
                  count.refuted, count.unknown);
}
END_TEST

/* With a margin of a millionth of the value's size hardly anything is left open. */
START_TEST(small_margins_are_decided) {
    tally count = {0};
    for (uint64_t seed = 1; seed <= test_rounds(400, 10000); seed++) {
        trial t;
        double lower[MOST_NUMBERS], upper[MOST_NUMBERS], coefficient[MOST_NUMBERS];
        trial_begin(seed, 2, &(random_net_limits){2, 2, 3, 6}, &t);
        random_box(&t, lower, upper);
        for (size_t i = 0; i < numbers(&t); i++)
            coefficient[i] = i >= t.net->inputs ? random_number(t.rng, 1) : 0;
        mpq_t least;
        mpq_init(least);
        exact_minimum(t.exact, lower, upper, coefficient, least, NULL);
        double value = mpq_get_d(least);
        mpq_clear(least);
        for (int side = -1; side <= 1 && fabs(value) < 1e100; side += 2) {
            double threshold = value + side * 1e-6 * (1 + fabs(value));
            start_specification(&t, lower, upper);
            add_alternative(&t, 1, coefficient, &(double){-threshold});
            judge(&t, 1000, true, &count);
            crease_specification_free(t.specification);
            t.specification = NULL;
        }
        trial_end(&t);
    }
    ck_assert_msg(count.proved > test_rounds(300, 300) && count.refuted > test_rounds(300, 300) &&
                      50 * count.unknown < count.proved,
                  "%zu proved, %zu refuted, %zu unknown", count.proved, count.refuted, count.unknown);
}
END_TEST

/* y = relu(x): y <= -1 nowhere, y <= 0 at x = 0. A deadline between the two cases must not make a proof of the first
 * one a proof of both. */
START_TEST(no_time_limit_makes_a_proof) {
    static const double lower[] = {-1}, upper[] = {1}, coefficient[] = {0, 1};
    crease_net *net;
    ck_assert(crease_net_parse("relu:1", 1, 1, &net, NULL) == CREASE_OK);
    net->theta[0] = net->theta[2] = 1;
    crease_specification *two, *other;
    ck_assert(crease_specification_box(1, 1, lower, upper, &two, NULL) == CREASE_OK);
    ck_assert(crease_specification_box(1, 1, lower, upper, &other, NULL) == CREASE_OK);
    ck_assert(crease_specification_add(two, 0, 1, coefficient, (double[]){1}, NULL) == CREASE_OK);
    ck_assert(crease_specification_add(other, 0, 1, coefficient, (double[]){0}, NULL) == CREASE_OK);
    two->cases = realloc(two->cases, 2 * sizeof *two->cases);
    two->cases[1] = other->cases[0];
    two->case_count = 2;
    other->case_count = 0;
    size_t refuted = 0, unknown = 0;
    for (double timeout = 2e-6; timeout < 3e-3; timeout *= 1.01) {
        crease_verify_result result;
        ck_assert(crease_verify(net, two, &(crease_verify_options){.timeout = timeout, .threads = 1}, &result,
                                NULL) == CREASE_OK);
        ck_assert_msg(result.verdict != CREASE_PROVED, "timeout %g s", timeout);
        refuted += result.verdict == CREASE_REFUTED;
        unknown += result.verdict == CREASE_UNKNOWN;
        crease_verify_result_clear(&result);
    }
    ck_assert_uint_gt(refuted + unknown, 700);
    crease_specification_free(two);
    crease_specification_free(other);
    crease_net_free(net);
}
END_TEST

/* One alternative is f close to its least value, twice. The other one holds nowhere by its first row, and its other rows would
 * each cut off half of the box: of the first alternative's they must not. */
START_TEST(alternatives_do_not_mix) {
    tally count = {0};
    for (uint64_t seed = 1; seed <= test_rounds(300, 10000); seed++) {
        trial t;
        double lower[MOST_NUMBERS], upper[MOST_NUMBERS], f[2 * MOST_NUMBERS] = {0},
                                                               other[3 * MOST_NUMBERS] = {0};
        trial_begin(seed, 6, &small, &t);
        random_box(&t, lower, upper);
        for (size_t i = 0; i < numbers(&t); i++)
            f[i] = f[numbers(&t) + i] = random_number(t.rng, 1);
        mpq_t value;
        mpq_init(value);
        exact_minimum(t.exact, lower, upper, f, value, NULL);
        double least = mpq_get_d(value), above = least + 1e-6 * (1 + fabs(least));
        mpq_clear(value);
        size_t k = gsl_rng_uniform_int(t.rng, t.net->inputs);
        double middle = lower[k] / 2 + upper[k] / 2;
        other[k] = other[numbers(&t) + k] = 1; /* x <= lower - 1, x <= middle, x >= middle */
        other[2 * numbers(&t) + k] = -1;
        if (fabs(least) < 1e100) {
            start_specification(&t, lower, upper);
            add_alternative(&t, 2, f, (double[]){-above, -above - 1});
            add_alternative(&t, 2 + gsl_rng_uniform_int(t.rng, 2), other,
                            (double[]){1 - lower[k], -middle, middle});
            judge(&t, 300, true, &count);
        }
        trial_end(&t);
    }
    ck_assert_msg(count.refuted > test_rounds(200, 200), "%zu refuted, %zu unknown", count.refuted,
                  count.unknown);
}
END_TEST

/* Any activation: a point that satisfies the row, by a margin far beyond rounding, contradicts a proof. */
START_TEST(smooth_networks) {
    static const char *const units[] = {"tanh", "sigmoid",  "softplus", "gelu", "silu",
                                        "elu",  "relu^1.5", "relu^.5",  "relu"};
    enum { POINTS = 3000 };
    tally count = {0};
    for (uint64_t seed = 1; seed <= test_rounds(150, 3000); seed++) {
        gsl_rng *rng = crease_random_new(seed, 4);
        char spec[128];
        snprintf(spec, sizeof spec, "%s:%zu+%s:2/%s:%zu", units[gsl_rng_uniform_int(rng, 9)],
                 1 + gsl_rng_uniform_int(rng, 4), units[gsl_rng_uniform_int(rng, 9)],
                 units[gsl_rng_uniform_int(rng, 9)], 1 + gsl_rng_uniform_int(rng, 4));
        crease_net *net;
        crease_work *work;
        crease_specification *specification;
        ck_assert_msg(crease_net_parse(spec, 2, 1, &net, NULL) == CREASE_OK, "%s", spec);
        for (size_t i = 0; i < net->parameter_count; i++)
            net->theta[i] = random_number(rng, seed % 2 ? 2 : 1);
        ck_assert(crease_work_new(net, &work, NULL) == CREASE_OK);
        double least = INFINITY, most = -INFINITY, place[2] = {0, 0};
        for (size_t i = 0; i < POINTS; i++) { /* anywhere, and then nearer and nearer to the lowest */
            double step = i < POINTS / 3 ? 2 : pow(1e-6, (double)i / POINTS), x[2], y;
            for (size_t k = 0; k < 2; k++)
                x[k] =
                    fmin(fmax((i < POINTS / 3 ? 0 : place[k]) + step * (gsl_rng_uniform(rng) - .5), -1), 1);
            crease_net_evaluate(net, NULL, work, 1, x, &y);
            most = fmax(most, y);
            if (y < least) {
                least = y;
                memcpy(place, x, sizeof place);
            }
        }
        double size = most - least + 1e-6 * (1 + fabs(least));
        for (int side = -1; side <= 1; side++) { /* two thresholds above the least value, one below */
            double threshold = least + (side == 0 ? 1e-9 : side * .05) * size;
            crease_verify_result result;
            ck_assert(crease_specification_box(2, 1, (double[]){-1, -1}, (double[]){1, 1}, &specification,
                                               NULL) == CREASE_OK);
            ck_assert(crease_specification_add(specification, 0, 1, (double[]){0, 0, 1},
                                               &(double){-threshold}, NULL) == CREASE_OK);
            ck_assert(crease_verify(net, specification,
                                    &(crease_verify_options){.threads = 1, .node_limit = 200}, &result,
                                    NULL) == CREASE_OK);
            ck_assert_msg(side < 0 || result.verdict != CREASE_PROVED,
                          "seed %lu, %s: proved, but %.17g at %.17g,%.17g", seed, spec, least, place[0],
                          place[1]);
            count.proved += result.verdict == CREASE_PROVED;
            count.refuted += result.verdict == CREASE_REFUTED;
            count.unknown += result.verdict == CREASE_UNKNOWN;
            crease_verify_result_clear(&result);
            crease_specification_free(specification);
        }
        crease_work_free(work);
        crease_net_free(net);
        gsl_rng_free(rng);
    }
    ck_assert_msg(count.proved > test_rounds(60, 60), "%zu proved, %zu refuted, %zu unknown", count.proved,
                  count.refuted, count.unknown);
}
END_TEST

/* Threads change nothing. */
START_TEST(threads_agree) {
    for (uint64_t seed = 1; seed <= 40; seed++) {
        trial t;
        double lower[MOST_NUMBERS], upper[MOST_NUMBERS], coefficient[MOST_NUMBERS];
        trial_begin(seed, 5, &(random_net_limits){3, 2, 3, 12}, &t);
        random_box(&t, lower, upper);
        for (size_t i = 0; i < numbers(&t); i++)
            coefficient[i] = random_number(t.rng, 1);
        start_specification(&t, lower, upper);
        add_alternative(&t, 1, coefficient, &(double){random_number(t.rng, 1)});
        crease_verify_result one, four;
        ck_assert(crease_verify(t.net, t.specification,
                                &(crease_verify_options){.threads = 1, .node_limit = 500}, &one,
                                NULL) == CREASE_OK);
        ck_assert(crease_verify(t.net, t.specification,
                                &(crease_verify_options){.threads = 4, .node_limit = 500}, &four,
                                NULL) == CREASE_OK);
        ck_assert_msg(one.verdict == four.verdict && one.nodes == four.nodes && one.depth == four.depth,
                      "seed %lu", seed);
        for (size_t k = 0; one.witness && k < t.net->inputs; k++)
            ck_assert_str_eq(one.witness[k].text, four.witness[k].text);
        crease_verify_result_clear(&one);
        crease_verify_result_clear(&four);
        trial_end(&t);
    }
}
END_TEST

/* Proofs of random questions, with thresholds a little below the least value, are accepted by the checker. */
START_TEST(proofs_are_accepted) {
    char *folder = run_folder_new(), path[512];
    snprintf(path, sizeof path, "%s/proof", folder);
    tally count = {0};
    for (uint64_t seed = 1; seed <= test_rounds(250, 5000); seed++) {
        trial t;
        double lower[MOST_NUMBERS], upper[MOST_NUMBERS], coefficient[MOST_NUMBERS];
        trial_begin(seed, 3, &small, &t);
        random_box(&t, lower, upper);
        for (size_t i = 0; i < numbers(&t); i++)
            coefficient[i] = random_number(t.rng, 1);
        mpq_t least;
        mpq_init(least);
        exact_minimum(t.exact, lower, upper, coefficient, least, NULL);
        double value = mpq_get_d(least), threshold = value - pow(10, -(double)(seed % 9)) * (1 + fabs(value));
        mpq_clear(least);
        if (fabs(value) < 1e100) {
            start_specification(&t, lower, upper);
            add_alternative(&t, 1, coefficient, &(double){-threshold});
            check_proof(&t, path, &count);
        }
        trial_end(&t);
    }
    ck_assert_uint_gt(count.proved, test_rounds(180, 180));
    run_folder_remove(folder);
}
END_TEST

Suite *test_soundness(void) {
    Suite *suite = suite_create("soundness");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 300);
    tcase_add_test(all, no_time_limit_makes_a_proof);
    tcase_add_test(all, proofs_are_accepted);
    tcase_add_test(all, smooth_networks);
    tcase_add_test(all, threads_agree);
    tcase_add_test(all, alternatives_do_not_mix);
    tcase_add_test(all, random_specifications);
    tcase_add_test(all, thresholds_at_the_extreme_value);
    tcase_add_test(all, small_margins_are_decided);
    suite_add_tcase(suite, all);
    return suite;
}
