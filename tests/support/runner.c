/* Runs the test suites, each test in a process of its own, and prints a line for each suite and for each
 * failure.
 *
 *   run-tests              all suites
 *   run-tests NAME...      only these (test_net, ...)
 *   run-tests --list       the names
 *
 * CK_FORK=no runs everything in one process, for a debugger; CK_RUN_CASE=NAME runs one test case. */
#include "crease/status.h"
#include "support/suites.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct tally {
    size_t passed, failed, skipped;
} tally;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void print_failures(SRunner *runner, size_t count) {
    TestResult **failures = srunner_failures(runner);
    for (size_t i = 0; i < count; i++) {
        TestResult *failure = failures[i];
        const char *file = tr_lfile(failure);
        printf("%s:%d: %s: %s%s\n", file ? file : "(no file)", tr_lno(failure), tr_tcname(failure),
               tr_rtype(failure) == CK_ERROR ? "after this line: " : "", tr_msg(failure));
    }
    free(failures);
}

static tally run_suite(const test_suite *suite) {
    double start = now();
    test_open_skip_record();
    SRunner *runner = srunner_create(suite->make());
    srunner_run_all(runner, CK_SILENT);
    size_t run = (size_t)srunner_ntests_run(runner);
    size_t failed = (size_t)srunner_ntests_failed(runner);
    print_failures(runner, failed);
    size_t skipped = test_print_skips();
    srunner_free(runner);
    /* a test can record that it skips and still fail, at its exit (a leak); then it counts as failed */
    size_t passed = run >= failed + skipped ? run - failed - skipped : 0;
    tally result = {.passed = passed, .failed = failed, .skipped = run - failed - passed};
    printf("%s: %zu passed, %zu failed, %zu skipped (%.1f s)\n", suite->name, result.passed, result.failed,
           result.skipped, now() - start);
    fflush(stdout);
    return result;
}

static bool wanted(const char *name, int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc < 2;
}

static int check_names(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const test_suite *suite = all_suites;
        while (suite->name && strcmp(suite->name, argv[i]) != 0)
            suite++;
        if (!suite->name) {
            fprintf(stderr, "run-tests: there is no suite %s; --list names them all\n", argv[i]);
            return 64;
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (const test_suite *suite = all_suites; suite->name; suite++)
            puts(suite->name);
        return EXIT_SUCCESS;
    }
    if (check_names(argc, argv) != 0)
        return 64;
    /* a loaded machine is no reason to fail: the limit is only there against a test that hangs */
    setenv("CK_DEFAULT_TIMEOUT", "300", 0);
    crease_init();

    tally total = {0};
    size_t suites = 0;
    for (const test_suite *suite = all_suites; suite->name; suite++) {
        if (!wanted(suite->name, argc, argv))
            continue;
        tally result = run_suite(suite);
        total.passed += result.passed;
        total.failed += result.failed;
        total.skipped += result.skipped;
        suites++;
    }
    if (suites != 1)
        printf("%zu suites: %zu passed, %zu failed, %zu skipped\n", suites, total.passed, total.failed,
               total.skipped);
    return total.failed == 0 && total.passed + total.skipped > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
