/* The contract of crease_verify: what it refuses, what it says when it stops early, and that threads change nothing. */
#include "crease/random.h"
#include "crease/verify.h"
#include "support/run.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* y = x */
static crease_net *identity(void) {
    crease_net *net;
    ck_assert(crease_net_parse("relu:2", 1, 1, &net, NULL) == CREASE_OK);
    net->theta[0] = net->theta[4] = 1;
    net->theta[1] = net->theta[5] = -1;
    return net;
}

static crease_specification *box(size_t inputs, double lo, double hi) {
    double *lower = malloc(inputs * sizeof *lower), *upper = malloc(inputs * sizeof *upper);
    crease_specification *specification;
    for (size_t j = 0; j < inputs; j++) {
        lower[j] = lo;
        upper[j] = hi;
    }
    ck_assert(crease_specification_box(inputs, 1, lower, upper, &specification, NULL) == CREASE_OK);
    free(lower);
    free(upper);
    return specification;
}

/* sign y + constant <= 0 */
static void add_row(crease_specification *specification, size_t index, double sign, double constant) {
    double *coefficient = calloc(specification->inputs + 1, sizeof *coefficient);
    coefficient[specification->inputs] = sign;
    ck_assert(crease_specification_add(specification, index, 1, coefficient, &constant, NULL) == CREASE_OK);
    free(coefficient);
}

static void set(crease_number *number, const char *text) {
    crease_number_clear(number);
    ck_assert_msg(crease_number_parse(text, number, NULL) == CREASE_OK, "%s", text);
}

/* The case of `last` behind those of `first`; `last` is used up. */
static void append(crease_specification *first, crease_specification *last) {
    first->cases = realloc(first->cases, (first->case_count + 1) * sizeof *first->cases);
    first->cases[first->case_count++] = last->cases[0];
    last->case_count = 0;
    crease_specification_free(last);
}

static crease_verify_result run(const crease_net *net, const crease_specification *specification,
                                const crease_verify_options *options) {
    crease_verify_result result;
    crease_error error = {0};
    ck_assert_msg(crease_verify(net, specification, options, &result, &error) == CREASE_OK, "%s",
                  error.message);
    ck_assert((result.verdict == CREASE_UNKNOWN) == (result.why != NULL));
    ck_assert((result.verdict == CREASE_REFUTED) == (result.witness != NULL));
    ck_assert(result.settled >= 0 && result.settled <= 1 && result.seconds >= 0);
    return result;
}

static crease_verdict verdict(const crease_net *net, const crease_specification *specification) {
    crease_verify_result result = run(net, specification, &(crease_verify_options){.node_limit = 3000});
    crease_verdict found = result.verdict;
    crease_verify_result_clear(&result);
    crease_verify_result_clear(&result); /* twice does no harm */
    return found;
}

static void refused(const crease_net *net, const crease_specification *specification,
                    const crease_verify_options *options, crease_status status, const char *says) {
    crease_verify_result result;
    crease_error error = {0};
    ck_assert_int_eq(crease_verify(net, specification, options, &result, &error), status);
    ck_assert_msg(strstr(error.message, says) != NULL, "'%s' does not say '%s'", error.message, says);
    ck_assert(result.verdict == CREASE_UNKNOWN && !result.witness && !result.witness_output);
    crease_verify_result_clear(&result);
}

START_TEST(what_is_refused) {
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    crease_net *net = identity(), *smooth;
    crease_specification *specification = box(1, 0, 1), *two = box(2, 0, 1);
    add_row(specification, 0, 1, 1);
    refused(net, two, NULL, CREASE_BAD_ARGUMENT, "2 inputs");
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < net->parameter_count; i++) {
            double kept = net->theta[i];
            net->theta[i] = bad[k];
            refused(net, specification, NULL, CREASE_BAD_ARGUMENT, "not a finite number");
            net->theta[i] = kept;
        }
        double *scaling[] = {net->input_shift, net->input_scale, net->output_shift, net->output_scale};
        for (size_t i = 0; i < 4; i++) {
            double kept = *scaling[i];
            *scaling[i] = bad[k];
            refused(net, specification, NULL, CREASE_BAD_ARGUMENT, "not finite");
            *scaling[i] = kept;
        }
    }
    net->input_scale[0] = 0;
    refused(net, specification, NULL, CREASE_BAD_ARGUMENT, "positive");
    net->input_scale[0] = 1;
    specification->cases[0].alternative[0].row[0].term[0].index = 3;
    refused(net, specification, NULL, CREASE_BAD_ARGUMENT, "Y_3");
    specification->cases[0].alternative[0].row[0].term[0].index = 0;
    ck_assert(crease_net_parse("tanh:1", 1, 1, &smooth, NULL) == CREASE_OK);
    refused(smooth, specification, &(crease_verify_options){.proof = "/nowhere/proof"}, CREASE_BAD_ARGUMENT,
            "without a proof");
    crease_verify_result result;
    ck_assert(crease_verify(net, specification, &(crease_verify_options){.proof = "/nowhere/proof"}, &result,
                            NULL) != CREASE_OK);
    crease_verify_result_clear(&result);
    ck_assert(verdict(net, specification) == CREASE_PROVED);
    crease_net_free(smooth);
    crease_net_free(net);
    crease_specification_free(specification);
    crease_specification_free(two);
}
END_TEST

START_TEST(names) {
    ck_assert_str_eq(crease_verdict_name(CREASE_UNKNOWN), "unknown");
    ck_assert_str_eq(crease_verdict_name(CREASE_PROVED), "proved");
    ck_assert_str_eq(crease_verdict_name(CREASE_REFUTED), "refuted");
}
END_TEST

START_TEST(empty_specifications) {
    crease_net *net = identity(), *smooth;
    ck_assert(crease_net_parse("tanh:2", 1, 1, &smooth, NULL) == CREASE_OK);
    crease_net *nets[] = {net, smooth};
    for (size_t k = 0; k < 2; k++) {
        crease_specification none = {.inputs = 1, .outputs = 1};
        ck_assert(verdict(nets[k], &none) == CREASE_PROVED);
        crease_specification *specification = box(1, 0, 1);
        ck_assert(verdict(nets[k], specification) == CREASE_PROVED); /* no alternative */
        append(specification, box(1, 2, 3));
        ck_assert(crease_specification_add(specification, 1, 0, NULL, NULL, NULL) == CREASE_OK);
        crease_verify_result result = run(nets[k], specification, NULL); /* one that holds everywhere */
        ck_assert(result.verdict == CREASE_REFUTED && result.witness_case == 1);
        ck_assert(result.witness[0].below >= 2 && result.witness[0].above <= 3);
        crease_verify_result_clear(&result);
        set(&specification->cases[1].lower[0], "2.1");
        set(&specification->cases[1].upper[0], "2.1");
        result = run(nets[k], specification, NULL);
        ck_assert(result.verdict == CREASE_REFUTED);
        ck_assert_str_eq(result.witness[0].text, "2.1");
        crease_verify_result_clear(&result);
        crease_specification_free(specification);
    }
    crease_net_free(smooth);
    crease_net_free(net);
}
END_TEST

/* y = x on decimal boxes and with decimal constants, some of them between doubles. */
START_TEST(decimals_between_doubles) {
    static const struct {
        const char *lower, *upper, *constant;
        double sign;
        bool violated, decided;
    } row[] = {
        {"0", "1", "1", -1, true, true}, /* y >= 1 */
        {"0", "1", "1.0000000000000000001", -1, false, true},
        {"0", "1", "0.99999999999999999999999", -1, true, true},
        {"0", "1", "1e-12", 1, false, true},  /* y <= -1e-12 */
        {"0", "1", "1e-300", 1, false, true}, /* far less than what rounding may cost */
        {"0", "1", "-1e-300", 1, true, true},
        {"0.1", "0.1", "-0.1", 1, true, true}, /* y <= 0.1 */
        {"0.1", "0.1", "0.1", -1, true, true}, /* y >= 0.1 */
        {"0.1", "0.1", "0.10000000000000000001", -1, false, false},
        {"0.1", "0.1", "-0.09999999999999999999", 1, false, false},
        {"0.1", "0.1", "0.1001", -1, false, true},
        {"1/3", "1/3", "-1/3", 1, true, true},
        {"1/3", "1/3", "1/3", -1, true, true},
        {"0.1", "0.3", "-0.1", 1, true, false}, /* at 0.1 alone, which is no double */
        {"0.1", "0.3", "-0.09", 1, false, true},
        {"3", "3", "-3", 1, true, true},
        {"3", "3", "-2.9999999999999999999999", 1, false, true},
        {"3", "3", "3.0000000000000000000001", -1, false, true},
    };
    crease_net *net = identity();
    for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
        crease_specification *specification = box(1, 0, 1);
        add_row(specification, 0, row[k].sign, 0);
        set(&specification->cases[0].lower[0], row[k].lower);
        set(&specification->cases[0].upper[0], row[k].upper);
        set(&specification->cases[0].alternative[0].row[0].constant, row[k].constant);
        crease_verdict found = verdict(net, specification),
                       wrong = row[k].violated ? CREASE_PROVED : CREASE_REFUTED;
        ck_assert_msg(found != wrong && !(row[k].decided && found == CREASE_UNKNOWN), "row %zu: %s", k,
                      crease_verdict_name(found));
        crease_specification_free(specification);
    }
    crease_net_free(net);
}
END_TEST

/* A random network and the lowest value among many points. */
static crease_net *random_relu(uint64_t seed, const char *spec, size_t inputs, double *lowest,
                               double *highest) {
    gsl_rng *rng = crease_random_new(seed, 60);
    crease_net *net;
    crease_work *work;
    ck_assert(crease_net_parse(spec, inputs, 1, &net, NULL) == CREASE_OK);
    for (size_t i = 0; i < net->parameter_count; i++)
        net->theta[i] = gsl_ran_gaussian(rng, .5);
    ck_assert(crease_work_new(net, &work, NULL) == CREASE_OK);
    *lowest = INFINITY;
    *highest = -INFINITY;
    for (size_t p = 0; p < 2000; p++) {
        double x[8], y;
        for (size_t j = 0; j < inputs; j++)
            x[j] = fmin(fmax(gsl_ran_flat(rng, -1.3, 1.3), -1), 1);
        crease_net_evaluate(net, NULL, work, 1, x, &y);
        *lowest = fmin(*lowest, y);
        *highest = fmax(*highest, y);
    }
    crease_work_free(work);
    gsl_rng_free(rng);
    return net;
}

/* It takes a few hundred boxes. */
static crease_net *hard(crease_specification **specification) {
    double lowest, highest;
    crease_net *net = random_relu(2, "relu:24/relu:24", 4, &lowest, &highest);
    *specification = box(4, -1, 1);
    add_row(*specification, 0, 1, -(lowest - .01 * (highest - lowest)));
    return net;
}

static void stops(const crease_net *net, const crease_specification *specification,
                  const crease_verify_options *options, const char *why) {
    crease_verify_result result = run(net, specification, options);
    ck_assert_msg(result.verdict == CREASE_UNKNOWN && strcmp(result.why, why) == 0,
                  "%s, %s after %zu nodes, not %s", crease_verdict_name(result.verdict),
                  result.why ? result.why : "no reason", result.nodes, why);
    ck_assert(result.interrupted == (strcmp(why, "interrupted") == 0));
    if (options->node_limit)
        ck_assert(result.nodes >= options->node_limit && result.nodes < options->node_limit + 64);
    crease_verify_result_clear(&result);
}

static bool at_once(void *context) {
    size_t *calls = context;
    return (*calls)++ >= 3;
}

/* What ends one case early is no proof of all, wherever the case stands. */
START_TEST(limits_leave_it_open) {
    crease_specification *alone;
    crease_net *net = hard(&alone);
    for (size_t place = 0; place < 3; place++) {
        crease_specification *specification = box(4, place ? -.1 : -1, place ? .1 : 1), *other;
        crease_net_free(hard(&other));
        if (place)
            add_row(specification, 0, 1, 1e6); /* y <= -1e6: settled at once */
        if (place == 0) {
            crease_specification_free(specification);
            specification = other;
            other = box(4, -.1, .1);
            add_row(other, 0, 1, 1e6);
        }
        if (place < 2)
            append(specification, other);
        else {
            append(specification, other);
            other = box(4, -.1, .1);
            append(specification, other);
        }
        for (size_t limit = 2; limit < 70; limit += 13)
            stops(net, specification, &(crease_verify_options){.node_limit = limit, .threads = 1},
                  "node limit");
        size_t calls = 0;
        stops(net, specification,
              &(crease_verify_options){.interrupted = at_once, .context = &calls, .threads = 2},
              "interrupted");
        crease_specification_free(specification);
    }
    stops(net, alone, &(crease_verify_options){.timeout = 1e-9}, "timeout");
    crease_verify_result result =
        run(net, alone, &(crease_verify_options){.timeout = 500, .node_limit = 1000000});
    ck_assert(result.verdict == CREASE_PROVED && result.settled == 1 && result.depth > 2 &&
              result.nodes > 100);
    crease_verify_result_clear(&result);
    crease_specification_free(alone);
    crease_net_free(net);
}
END_TEST

typedef struct watch {
    crease_verify_progress last;
    size_t calls;
} watch;

static void look(const crease_verify_progress *progress, void *context) {
    watch *seen = context;
    ck_assert(progress->nodes > seen->last.nodes && progress->depth >= seen->last.depth);
    ck_assert(progress->settled >= seen->last.settled && progress->settled <= 1 + 1e-9);
    ck_assert(progress->seconds >= seen->last.seconds);
    seen->last = *progress;
    seen->calls++;
}

START_TEST(progress_moves_on) {
    crease_specification *specification;
    crease_net *net = hard(&specification);
    watch seen = {0};
    crease_verify_result result =
        run(net, specification, &(crease_verify_options){.progress = look, .context = &seen});
    ck_assert(seen.calls > 5 && seen.last.nodes == result.nodes && seen.last.open == 0);
    ck_assert_msg(seen.last.seconds <= result.seconds, "%g s of %g s", seen.last.seconds, result.seconds);
    ck_assert_double_eq_tol(seen.last.settled, 1, 1e-9);
    crease_verify_result_clear(&result);
    crease_specification_free(specification);
    crease_net_free(net);
}
END_TEST

/* Volumes beyond the range of doubles, each way, and sides that are too. */
START_TEST(progress_of_large_and_small_boxes) {
    static const double half[] = {1e20, 1e-20, 1.7e308};
    for (size_t k = 0; k < 3; k++) {
        crease_net *wide;
        ck_assert(crease_net_parse("relu:2", 40, 1, &wide, NULL) == CREASE_OK);
        crease_specification *specification = box(40, -half[k], half[k]),
                             *other = box(40, half[k] / 2, half[k]);
        add_row(specification, 0, 1, 1);
        add_row(other, 0, 1, 1);
        append(specification, other);
        watch seen = {0};
        crease_verify_result result =
            run(wide, specification,
                &(crease_verify_options){.progress = look, .context = &seen, .node_limit = 100});
        ck_assert(result.verdict == (k < 2 ? CREASE_PROVED : CREASE_UNKNOWN)); /* y = 0 */
        ck_assert_msg(k == 2 || fabs(seen.last.settled - 1) < 1e-9, "%g settled", seen.last.settled);
        crease_verify_result_clear(&result);
        crease_specification_free(specification);
        crease_net_free(wide);
    }
}
END_TEST

static void same(uint64_t seed, const crease_verify_result *a, const crease_verify_result *b) {
    ck_assert_msg(a->verdict == b->verdict && a->nodes == b->nodes && a->depth == b->depth &&
                      a->settled == b->settled,
                  "seed %lu: %s after %zu boxes of depth %zu, and %s after %zu of %zu", seed,
                  crease_verdict_name(a->verdict), a->nodes, a->depth, crease_verdict_name(b->verdict),
                  b->nodes, b->depth);
    ck_assert(a->why == b->why || strcmp(a->why, b->why) == 0);
    ck_assert(a->inputs == b->inputs && a->witness_case == b->witness_case &&
              a->witness_alternative == b->witness_alternative);
    for (size_t j = 0; j < a->inputs; j++)
        ck_assert_msg(strcmp(a->witness[j].text, b->witness[j].text) == 0, "seed %lu: input %zu: %s and %s",
                      seed, j, a->witness[j].text, b->witness[j].text);
}

static char *read_all(const char *path) {
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 22);
    ck_assert(file && text);
    size_t length = fread(text, 1, (1 << 22) - 1, file);
    ck_assert_uint_gt(length, 0);
    fclose(file);
    remove(path);
    return text;
}

START_TEST(threads_change_nothing) {
    size_t proved = 0, refuted = 0, limited = 0;
    char *folder = run_folder_new(), path[512];
    snprintf(path, sizeof path, "%s/proof", folder);
    for (uint64_t seed = 1; seed <= test_rounds(40, 600); seed++) {
        double lowest, highest, gap[] = {.1, .02, -.0005, -.00001, .2};
        crease_net *net = random_relu(seed, seed % 4 ? "relu:12/relu:12" : "tanh:4+relu:4", 1 + seed % 4,
                                      &lowest, &highest);
        crease_specification *specification = box(net->inputs, -1, 1);
        add_row(specification, 0, 1, -(lowest - gap[seed % 5] * (highest - lowest)));
        if (seed % 3 == 0)
            add_row(specification, 0, -1, highest + gap[seed % 5] * (highest - lowest));
        bool proof = crease_net_is_piecewise_linear(net);
        crease_verify_options options = {
            .threads = 1, .node_limit = 1000, .seed = seed, .proof = proof ? path : NULL};
        crease_verify_result one = run(net, specification, &options);
        char *first = proof && one.verdict == CREASE_PROVED ? read_all(path) : NULL;
        ck_assert(access(path, F_OK) != 0); /* no proof of what is not proved */
        for (options.threads = 2; options.threads < 4; options.threads++) {
            crease_verify_result other = run(net, specification, &options);
            same(seed, &one, &other);
            if (first) {
                char *text = read_all(path);
                ck_assert_msg(strcmp(first, text) == 0, "seed %lu: another proof", seed);
                free(text);
            }
            crease_verify_result_clear(&other);
        }
        proved += one.verdict == CREASE_PROVED;
        refuted += one.verdict == CREASE_REFUTED;
        limited += one.verdict == CREASE_UNKNOWN;
        free(first);
        crease_verify_result_clear(&one);
        crease_specification_free(specification);
        crease_net_free(net);
    }
    run_folder_remove(folder);
    ck_assert_msg(proved > test_rounds(5, 5) && refuted > test_rounds(5, 5),
                  "%zu proved, %zu refuted, %zu open", proved, refuted, limited);
}
END_TEST

/* The scaling of outputs may mirror them. */
START_TEST(negative_scale_of_an_output) {
    crease_net *net = identity();
    net->output_scale[0] = -1; /* y = -x */
    crease_specification *specification = box(1, 0, 1);
    add_row(specification, 0, 1, 1); /* y <= -1, at x = 1 */
    ck_assert(verdict(net, specification) == CREASE_REFUTED);
    crease_specification_free(specification);
    specification = box(1, 0, 1);
    add_row(specification, 0, -1, .5); /* y >= .5 */
    ck_assert(verdict(net, specification) == CREASE_PROVED);
    crease_specification_free(specification);
    crease_net_free(net);
}
END_TEST

/* Nothing is concluded from bounds that overflow. */
START_TEST(overflow_proves_nothing) {
    crease_net *net = identity();
    for (size_t i = 0; i < 6; i++)
        net->theta[i] *= 1e200;
    crease_specification *specification = box(1, -1e200, 1e200);
    add_row(specification, 0, 1, 1e300); /* y = 1e400 x <= -1e300 */
    ck_assert(verdict(net, specification) != CREASE_PROVED);
    crease_specification_free(specification);
    crease_net_free(net);
}
END_TEST

Suite *test_verify(void) {
    Suite *suite = suite_create("test_verify");
    TCase *all = tcase_create("verify");
    tcase_set_timeout(all, 600);
    tcase_add_test(all, what_is_refused);
    tcase_add_test(all, names);
    tcase_add_test(all, empty_specifications);
    tcase_add_test(all, decimals_between_doubles);
    tcase_add_test(all, limits_leave_it_open);
    tcase_add_test(all, progress_moves_on);
    tcase_add_test(all, progress_of_large_and_small_boxes);
    tcase_add_test(all, threads_change_nothing);
    tcase_add_test(all, negative_scale_of_an_output);
    tcase_add_test(all, overflow_proves_nothing);
    suite_add_tcase(suite, all);
    return suite;
}
