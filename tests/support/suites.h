/* What every test file may use beside libcheck. Every test_*.c has one function that makes its suite; the
 * build lists them all. */
#ifndef TEST_SUITES_H
#define TEST_SUITES_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct test_suite {
    const char *name; /* of the function and the file */
    Suite *(*make)(void);
} test_suite;

/* Ends with a NULL name. */
extern const test_suite all_suites[];

/* How many random cases to try: `quick` in make check, `thorough` in make check-long (CREASE_LONG=1). */
size_t test_cases(size_t quick, size_t thorough);

/* The same where like cases are each judged by themselves. make check judges all of them in the plain build; the
 * sanitizer's build, some three times as slow, looks for errors of memory on the same paths, which a third of `quick`, rounded
 * up, goes through. Where a share or a mean of the cases is judged, its bound must be fair for a third of them too. */
size_t test_rounds(size_t quick, size_t thorough);
/* The same of the rows of a table: whether row `index` is among the two thirds that the sanitizer's build leaves out. */
bool test_leaves_out(size_t index);
/* The same of a test that goes no way that others of the sanitizer's build do not: whether it is left to the plain one. */
bool test_is_left_to_plain(void);

/* Leaves the running test (a function returning void), which is then counted as skipped and shown with the
 * reason, for instance because data are absent. */
#define skip_test(why)                                                                                       \
    do {                                                                                                     \
        test_record_skip(__func__, (why));                                                                   \
        return;                                                                                              \
    } while (0)
void test_record_skip(const char *test, const char *why);

/* For the runner: opens the record that the forked tests write to; afterwards the lines in it. */
void test_open_skip_record(void);
size_t test_print_skips(void);

#endif
