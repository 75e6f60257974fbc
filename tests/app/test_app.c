/* Values, messages, JSON and reports of src/app, without a program around them. */
#include "crease/app.h"
#include "crease/random.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const crease_app quiet_app = {.name = "test", .quiet = true};

/* Messages of tests that are meant to fail do not belong in the log. */
static void hide_messages(void) {
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
}

/* ---- did you mean ---- */

/* Optimal string alignment distance by its recursive definition. */
static size_t slow_distance(const char *a, size_t m, const char *b, size_t n) {
    if (m == 0 || n == 0)
        return m + n;
    size_t best = slow_distance(a, m - 1, b, n - 1) + (a[m - 1] != b[n - 1]);
    size_t other = slow_distance(a, m - 1, b, n) + 1;
    best = other < best ? other : best;
    other = slow_distance(a, m, b, n - 1) + 1;
    best = other < best ? other : best;
    if (m > 1 && n > 1 && a[m - 1] == b[n - 2] && a[m - 2] == b[n - 1]) {
        other = slow_distance(a, m - 2, b, n - 2) + 1;
        best = other < best ? other : best;
    }
    return best;
}

START_TEST(did_you_mean_finds_slips) {
    static const char *const known[] = {"fit", "compare", "eval", "starts", "learning-rate", "skip-missing"};
    static const char *const slips[][2] = {{"fti", "fit"},         {"compar", "compare"},
                                           {"comapre", "compare"}, {"evall", "eval"},
                                           {"strats", "starts"},   {"learningrate", "learning-rate"},
                                           {"start", "starts"},    {"skip-mising", "skip-missing"}};
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        const char *meant = crease_app_did_you_mean(slips[i][0], known, 6);
        ck_assert_msg(meant && strcmp(meant, slips[i][1]) == 0, "%s gave %s", slips[i][0],
                      meant ? meant : "none");
    }
    ck_assert_ptr_null(crease_app_did_you_mean("zebra", known, 6));
    ck_assert_ptr_null(crease_app_did_you_mean("", known, 6));
    ck_assert_ptr_null(crease_app_did_you_mean("x", known, 6));
    char longer[500];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    ck_assert_ptr_null(crease_app_did_you_mean(longer, known, 6));
}
END_TEST

static void random_word(gsl_rng *generator, char *word, size_t least, size_t most) {
    size_t length = least + gsl_rng_uniform_int(generator, most - least + 1);
    for (size_t i = 0; i < length; i++)
        word[i] = (char)('a' + gsl_rng_uniform_int(generator, 3));
    word[length] = '\0';
}

START_TEST(did_you_mean_is_the_nearest) {
    for (uint64_t seed = 1; seed <= 300; seed++) {
        gsl_rng *generator = crease_random_new(seed, 0);
        char word[8], known_text[5][8];
        const char *known[5];
        random_word(generator, word, 2, 6);
        size_t nearest = SIZE_MAX;
        for (size_t i = 0; i < 5; i++) {
            random_word(generator, known_text[i], 2, 6);
            known[i] = known_text[i];
            size_t d = slow_distance(word, strlen(word), known[i], strlen(known[i]));
            nearest = d < nearest ? d : nearest;
        }
        gsl_rng_free(generator);
        const char *meant = crease_app_did_you_mean(word, known, 5);
        if (meant)
            ck_assert_msg(slow_distance(word, strlen(word), meant, strlen(meant)) == nearest,
                          "seed %llu: %s is not the nearest to %s", (unsigned long long)seed, meant, word);
        else
            ck_assert_msg(nearest > 1, "seed %llu: one slip from %s was not found", (unsigned long long)seed,
                          word);
    }
}
END_TEST

/* ---- values ---- */

START_TEST(lists_split_outside_parentheses) {
    size_t count = 0;
    char **list = crease_app_list(&quiet_app, "--nets", "leaky(.1,2):8,relu:4,a b", &count);
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(list[0], "leaky(.1,2):8");
    ck_assert_str_eq(list[1], "relu:4");
    ck_assert_str_eq(list[2], "a b");
    crease_app_list_free(list, count);
    crease_app_list_free(NULL, 0);
    double *value = crease_app_numbers(&quiet_app, "--at", "-1,2.5,1e-3", &count);
    ck_assert_uint_eq(count, 3);
    ck_assert_double_eq(value[0], -1);
    ck_assert_double_eq(value[1], 2.5);
    ck_assert_double_eq(value[2], 1e-3);
    free(value);
}
END_TEST

START_TEST(values_are_read) {
    ck_assert_double_eq(crease_app_number(&quiet_app, "-a", "-1.5e3"), -1500);
    ck_assert_double_eq(crease_app_positive(&quiet_app, "-a", ".5"), .5);
    ck_assert_uint_eq(crease_app_count(&quiet_app, "-a", "0", 0), 0);
    ck_assert_uint_eq(crease_app_count(&quiet_app, "-a", "18446744073709551615", 1), SIZE_MAX);
}
END_TEST

static const char *const bad_lists[] = {"", ",", "a,", ",a", "a,,b"};
static const char *const bad_numbers[] = {"", " 1", "1 ", "1x", "x", "nan", "inf", "1e999", "1,5"};
static const char *const bad_counts[] = {"", "-1", "+1", " 1", "1.5", "1e3", "0x10", "18446744073709551616",
                                         "1"};
enum { BAD_LISTS = 5, BAD_NUMBERS = 9, BAD_COUNTS = 9 };

START_TEST(bad_list_is_usage) {
    hide_messages();
    size_t count;
    crease_app_list(&quiet_app, "--nets", bad_lists[_i], &count);
}
END_TEST

START_TEST(bad_number_is_usage) {
    hide_messages();
    crease_app_number(&quiet_app, "-a", bad_numbers[_i]);
}
END_TEST

START_TEST(bad_count_is_usage) {
    hide_messages();
    crease_app_count(&quiet_app, "-a", bad_counts[_i], 2);
}
END_TEST

START_TEST(zero_is_not_positive) {
    hide_messages();
    crease_app_positive(&quiet_app, "-a", "0");
}
END_TEST

/* ---- exit codes ---- */

START_TEST(statuses_have_their_exit_codes) {
    static const int expected[][2] = {{CREASE_OK, 0},           {CREASE_BAD_ARGUMENT, 64},
                                      {CREASE_BAD_DATA, 65},    {CREASE_NO_INPUT, 66},
                                      {CREASE_UNAVAILABLE, 69}, {CREASE_NO_MEMORY, 70},
                                      {CREASE_INTERNAL, 70},    {CREASE_CANNOT_WRITE, 74}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ck_assert_int_eq(crease_app_exit_code((crease_status)expected[i][0]), expected[i][1]);
    hide_messages();
    crease_error error = {.status = CREASE_BAD_DATA, .message = "a 100 % sign is not a format"};
    ck_assert_int_eq(crease_app_fail(&quiet_app, &error), 65);
}
END_TEST

START_TEST(full_disk_is_noticed_at_the_end) {
    hide_messages();
    ck_assert_int_eq(crease_app_end(&quiet_app), 0);
    ck_assert_ptr_nonnull(freopen("/dev/full", "w", stdout));
    puts("text");
    int code = crease_app_end(&quiet_app);
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stdout));
    ck_assert_int_eq(code, 74);
}
END_TEST

/* ---- JSON ---- */

/* What crease_json_finish prints, read back. */
static json_t *printed(json_t *object) {
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    fflush(stdout);
    int saved = dup(1);
    ck_assert_int_ge(saved, 0);
    ck_assert_int_ge(dup2(fileno(file), 1), 0);
    int code = crease_json_finish(&quiet_app, object);
    dup2(saved, 1);
    close(saved);
    ck_assert_int_eq(code, 0);
    rewind(file);
    json_t *back = json_loadf(file, JSON_REJECT_DUPLICATES, NULL);
    ck_assert(json_is_object(back));
    fclose(file);
    return back;
}

START_TEST(json_says_why_null) {
    json_t *object = crease_json_begin("fit");
    crease_json_set_number(object, "rmse", .1, "unused");
    crease_json_set_number(object, "test_rmse", NAN, "no --test file");
    crease_json_set_number(object, "r2", INFINITY, NULL);
    crease_json_set_count(object, "n", 12);
    crease_json_set_text(object, "net", "relu:3");
    crease_json_set_text(object, "plot", NULL);
    json_t *back = printed(object);
    ck_assert_str_eq(json_string_value(json_object_get(back, "schema")), "crease/fit/1");
    ck_assert_double_eq(run_json_number(back, "rmse"), .1);
    ck_assert(json_is_null(json_object_get(back, "test_rmse")));
    ck_assert(json_is_null(json_object_get(back, "r2")));
    ck_assert(json_is_null(json_object_get(back, "plot")));
    ck_assert_int_eq(json_integer_value(json_object_get(back, "n")), 12);
    ck_assert_str_eq(json_string_value(json_object_get(back, "why")),
                     "test_rmse: no --test file; r2: it has no finite value");
    json_decref(back);
}
END_TEST

START_TEST(json_keeps_every_digit) {
    for (uint64_t seed = 1; seed <= 200; seed++) {
        gsl_rng *generator = crease_random_new(seed, 0);
        double value[3];
        for (size_t i = 0; i < 3; i++)
            value[i] = ldexp(gsl_rng_uniform(generator) - .5, (int)gsl_rng_uniform_int(generator, 600) - 300);
        gsl_rng_free(generator);
        json_t *object = crease_json_begin("x");
        json_object_set_new(object, "numbers", crease_json_numbers(value, 3));
        json_t *back = printed(object);
        for (size_t i = 0; i < 3; i++)
            ck_assert_msg(json_number_value(json_array_get(json_object_get(back, "numbers"), i)) == value[i],
                          "seed %llu: %.17g changed", (unsigned long long)seed, value[i]);
        json_decref(back);
    }
}
END_TEST

START_TEST(json_kinks_have_null_errors) {
    crease_kink kinks[2] = {{.x = 1, .slope_left = 0, .slope_right = 2, .standard_error = .1},
                            {.x = 2, .slope_left = 2, .slope_right = 3, .standard_error = NAN}};
    json_t *array = crease_json_kinks(kinks, 2);
    ck_assert_uint_eq(json_array_size(array), 2);
    const json_t *first = json_array_get(array, 0), *second = json_array_get(array, 1);
    ck_assert_double_eq(run_json_number(first, "se"), .1);
    ck_assert_double_eq(run_json_number(first, "slope_right"), 2);
    ck_assert_ptr_null(json_object_get(first, "why"));
    ck_assert(json_is_null(json_object_get(second, "se")));
    ck_assert_ptr_nonnull(json_object_get(second, "why"));
    json_decref(array);
}
END_TEST

/* ---- reports ---- */

START_TEST(reports_are_aligned) {
    crease_report *report = crease_report_new(3, (const char *const[]){"net", "rmse", "kinks"});
    crease_report_text(report, "relu:%d", 4);
    crease_report_number(report, .125, 4);
    crease_report_text(report, "none");
    crease_report_text(report, "caf\u00e9 au lait"); /* more bytes than characters */
    crease_report_number(report, NAN, 4);
    crease_report_text(report, "1, 2");
    crease_report_text(report, "x");
    crease_report_number(report, -0., 4);
    crease_report_text(report, "-");
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    crease_report_print(report, file);
    fclose(file);
    crease_report_free(report);
    ck_assert_str_eq(text, "net            rmse  kinks\n"
                           "relu:4        0.125  none\n"
                           "caf\u00e9 au lait      -  1, 2\n"
                           "x                 0  -\n");
    free(text);
    crease_report_free(NULL);
}
END_TEST

START_TEST(counts_stand_to_the_right) {
    crease_report *report = crease_report_new(1, (const char *const[]){"n"});
    crease_report_count(report, 1000);
    crease_report_count(report, 7);
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    crease_report_print(report, file);
    fclose(file);
    crease_report_free(report);
    ck_assert_str_eq(text, "   n\n1000\n   7\n");
    free(text);
}
END_TEST

Suite *test_app(void) {
    Suite *suite = suite_create("app");
    TCase *values = tcase_create("values");
    tcase_add_test(values, did_you_mean_finds_slips);
    tcase_add_test(values, did_you_mean_is_the_nearest);
    tcase_add_test(values, lists_split_outside_parentheses);
    tcase_add_test(values, values_are_read);
    tcase_add_loop_exit_test(values, bad_list_is_usage, 64, 0, BAD_LISTS);
    tcase_add_loop_exit_test(values, bad_number_is_usage, 64, 0, BAD_NUMBERS);
    tcase_add_loop_exit_test(values, bad_count_is_usage, 64, 0, BAD_COUNTS);
    tcase_add_exit_test(values, zero_is_not_positive, 64);
    suite_add_tcase(suite, values);

    TCase *output = tcase_create("output");
    tcase_add_test(output, statuses_have_their_exit_codes);
    tcase_add_test(output, full_disk_is_noticed_at_the_end);
    tcase_add_test(output, json_says_why_null);
    tcase_add_test(output, json_keeps_every_digit);
    tcase_add_test(output, json_kinks_have_null_errors);
    tcase_add_test(output, reports_are_aligned);
    tcase_add_test(output, counts_stand_to_the_right);
    suite_add_tcase(suite, output);

    return suite;
}
