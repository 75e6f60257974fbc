/* The frame of the labs: intervals against closed forms and counting, knobs, the program. */
#include "support/labs.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(share_intervals) {
    /* Clopper & Pearson: at the bounds the tails of the binomial hold .025 */
    const lab_estimate e = lab_share(3, 10), none = lab_share(0, 10), all = lab_share(10, 10);
    double above = 0, below = 0;
    for (int k = 0; k <= 10; k++) {
        const double choose = tgamma(11) / tgamma(k + 1) / tgamma(11 - k);
        if (k >= 3)
            above += choose * pow(e.low, k) * pow(1 - e.low, 10 - k);
        if (k <= 3)
            below += choose * pow(e.high, k) * pow(1 - e.high, 10 - k);
    }
    ck_assert_double_eq_tol(above, .025, 1e-10);
    ck_assert_double_eq_tol(below, .025, 1e-10);
    ck_assert_double_eq(e.value, .3);
    ck_assert_double_eq(none.low, 0);
    ck_assert_double_eq_tol(none.high, 1 - pow(.025, .1), 1e-12);
    ck_assert_double_eq(all.high, 1);
    ck_assert(isnan(lab_share(0, 0).value));
}
END_TEST

START_TEST(mean_intervals) {
    /* 1..5: sd sqrt(2.5), t(.975, 4) = 2.776445105 */
    const lab_estimate e = lab_mean(5, (double[]){1, 2, 3, 4, 5});
    ck_assert_double_eq(e.value, 3);
    ck_assert_double_eq_tol(e.high - 3, 2.776445105 * sqrt(2.5 / 5), 1e-8);
    ck_assert_double_eq_tol(3 - e.low, e.high - 3, 1e-12);
    ck_assert(isnan(lab_mean(1, (double[]){1}).low) && isnan(lab_mean(0, NULL).value));
}
END_TEST

START_TEST(median_intervals) {
    /* of 10 the 2nd and the 9th: P(Binomial(10, 1/2) < 2) = 11/1024; of 5 none: 1/32 > .025 */
    const double ten[] = {5, 3, 8, 1, 10, 2, 7, 4, 9, 6};
    const lab_estimate e = lab_median(10, ten), five = lab_median(5, ten);
    ck_assert_double_eq(e.value, 5.5);
    ck_assert_double_eq(e.low, 2);
    ck_assert_double_eq(e.high, 9);
    ck_assert(isinf(five.low) && isinf(five.high) && five.value == 5);
    ck_assert(lab_median(6, ten).low == 1); /* 1/64 */
}
END_TEST

START_TEST(names_and_texts) {
    ck_assert_ptr_null(lab_find("nothing"));
    for (size_t i = 0; lab_at(i); i++) {
        const lab_experiment *lab = lab_at(i);
        ck_assert_ptr_eq(lab_find(lab->name), lab);
        ck_assert_msg(strlen(lab->claim) > 20 && lab->claim[strlen(lab->claim) - 1] == '.' && lab->control &&
                          lab->run,
                      "lab %s", lab->name);
        for (size_t k = 0; k < LAB_KNOBS && lab->knob[k].name; k++) {
            const lab_knob *knob = &lab->knob[k];
            ck_assert_msg(knob->least <= knob->value && knob->value <= knob->most && knob->what, "%s --%s",
                          lab->name, knob->name);
        }
    }
}
END_TEST

START_TEST(knobs_have_ranges) {
    lab_run *run;
    crease_error error;
    lab_setup setup = lab_setup_default(lab_find("gating"));
    setup.knob[0] = 1000.5;
    ck_assert_int_eq(lab_perform(lab_find("gating"), &setup, &run, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "--samples must be a whole number from 100 to 1e+08"));
    setup.knob[0] = NAN;
    ck_assert_int_eq(lab_perform(lab_find("gating"), &setup, &run, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_null(run);
}
END_TEST

START_TEST(program) {
    run_result result = run_shell("crease-labs --json");
    json_t *object = run_json_of(&result);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "labs")), lab_total());
    json_decref(object);

    result = run_shell("crease-labs gating --samples 1000 --json");
    object = run_json_of(&result);
    const json_t *lab = json_array_get(json_object_get(object, "labs"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(lab, "name")), "gating");
    ck_assert_str_eq(json_string_value(json_object_get(lab, "verdict")), "confirmed");
    ck_assert_double_eq_tol(run_json_number(lab, "measured"), sqrt(2), 1e-12);
    ck_assert(json_is_null(json_object_get(lab, "interval")));
    json_decref(object);

    run_must_fail(run_shell("crease-labs gatting"), 64, "did you mean 'gating'?");
    run_must_fail(run_shell("crease-labs gating --samples 3"), 64, "--samples must be");
    run_must_fail(run_shell("crease-labs gating more"), 64, "one argument too many");
    run_must_fail(run_shell("crease-labs --plot build/x.png"), 64, "the list has no picture");
    run_must_fail(run_shell("crease-labs all --plot build/x.png"), 64, "--folder DIR");
}
END_TEST

static bool gnuplot_is_there(void) {
    run_result result = run_shell("command -v gnuplot");
    const bool there = result.exit_code == 0;
    run_clear(&result);
    return there;
}

static char *page_of(const char *folder, const char *labs) {
    run_result result = run_shell("crease-labs report %s/page.html -q --labs %s", folder, labs);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    run_clear(&result);
    char path[300];
    snprintf(path, sizeof path, "%s/page.html", folder);
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    ck_assert(file && getdelim(&text, &size, '\0', file) > 0);
    fclose(file);
    return text;
}

/* One page that needs no other file, balanced, with the verdict and a frame a panel. */
START_TEST(page) {
    char *folder = run_folder_new(), *text = page_of(folder, "gating");
    static const char *const has[] = {
        "<!DOCTYPE html>",         "name=\"viewport\"", "@media print", "<section id=\"gating\">",
        "class=\"v0\">confirmed.", "1.414214",          "</html>"};
    for (size_t i = 0; i < sizeof has / sizeof *has; i++)
        ck_assert_msg(strstr(text, has[i]) != NULL, "the page has no %s", has[i]);
    size_t frames = 0, ends = 0;
    for (const char *p = text; (p = strstr(p, "<iframe ")); p++)
        frames++;
    for (const char *p = text; (p = strstr(p, "</iframe>")); p++)
        ends++;
    ck_assert(ends == frames && (frames == 2 || !gnuplot_is_there()));
    ck_assert_ptr_null(strstr(text, "src="));
    ck_assert_ptr_null(strstr(text, "<svg")); /* inside the frames it is escaped */
    free(text);
    run_folder_remove(folder);
    run_must_fail(run_shell("crease-labs report"), 64, "where does the page go?");
    run_must_fail(run_shell("crease-labs report a.html b.html"), 64, "one file too many");
    run_must_fail(run_shell("crease-labs report /nowhere/a.html --labs gating -q"), 74, "/nowhere/a.html");
    run_must_fail(run_shell("crease-labs report a.html --labs gatin"), 64, "did you mean 'gating'?");
}
END_TEST

/* In a browser: the page as it stands after its programs ran, and a picture of it at the width of a phone. */
START_TEST(page_in_a_browser) {
    run_result there = run_shell("command -v chromium");
    const bool chromium = there.exit_code == 0;
    run_clear(&there);
    if (!chromium)
        skip_test("chromium is not installed");
    char *folder = run_folder_new(), *text = page_of(folder, "gating");
    free(text);
    run_result dom = run_shell(
        "chromium --headless --no-sandbox --disable-gpu --user-data-dir=%s/user --virtual-time-budget=5000 "
        "--window-size=400,800 --screenshot=%s/phone.png file://%s/page.html 2>/dev/null && "
        "chromium --headless --no-sandbox --disable-gpu --user-data-dir=%s/user --virtual-time-budget=5000 "
        "--dump-dom file://%s/page.html 2>/dev/null",
        folder, folder, folder, folder, folder);
    ck_assert_int_eq(dom.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(dom.out, "id=\"gating\""));
    ck_assert_ptr_nonnull(strstr(dom.out, "gnuplot_svg"));
    ck_assert_ptr_nonnull(strstr(dom.out, "confirmed."));
    run_clear(&dom);
    run_result picture = run_shell("head -c 8 %s/phone.png | od -An -c", folder);
    ck_assert_ptr_nonnull(strstr(picture.out, "P   N   G"));
    run_clear(&picture);
    run_folder_remove(folder);
}
END_TEST

START_TEST(examples) {
    char *folder = run_folder_new();
    run_help_examples("labs gating", folder, "s/gating /gating --samples 1000 /");
    run_help_examples("labs all", folder, "s/labs all/labs all --labs gating/");
    run_help_examples("labs report", folder, "s/--labs.*//; s/$/ --labs gating/");
    run_folder_remove(folder);
}
END_TEST

Suite *test_labs(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, share_intervals);
    tcase_add_test(tests, mean_intervals);
    tcase_add_test(tests, median_intervals);
    tcase_add_test(tests, names_and_texts);
    tcase_add_test(tests, knobs_have_ranges);
    tcase_add_test(tests, program);
    tcase_add_test(tests, page);
    tcase_add_test(tests, page_in_a_browser);
    tcase_add_test(tests, examples);
    tcase_set_timeout(tests, 120);
    Suite *suite = suite_create("test_labs");
    suite_add_tcase(suite, tests);
    return suite;
}
