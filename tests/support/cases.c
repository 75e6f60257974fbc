/* Number of random cases, and the record of skipped tests: libcheck has no word for "skipped", and a test
 * runs in a process of its own, so it leaves a line in a file that it inherits. */
#include "support/suites.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *skip_record;

#ifdef __has_feature /* clang; gcc defines the name itself */
#if __has_feature(address_sanitizer) && !defined __SANITIZE_ADDRESS__
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif
enum { SHARE = 3 }; /* of so many cases the sanitizer's build takes one */

static bool long_run(void) {
    const char *wanted = getenv("CREASE_LONG");
    return wanted && *wanted && strcmp(wanted, "0") != 0;
}

size_t test_cases(size_t quick, size_t thorough) {
    return long_run() ? thorough : quick;
}

bool test_is_left_to_plain(void) {
    return SANITIZED && !long_run();
}

size_t test_rounds(size_t quick, size_t thorough) {
    if (long_run())
        return thorough;
    return SANITIZED ? (quick + SHARE - 1) / SHARE : quick;
}

bool test_leaves_out(size_t index) {
    return test_is_left_to_plain() && index % SHARE != 0;
}

void test_open_skip_record(void) {
    if (skip_record)
        fclose(skip_record);
    skip_record = tmpfile();
    if (!skip_record) {
        perror("cannot open a temporary file");
        exit(EXIT_FAILURE);
    }
}

void test_record_skip(const char *test, const char *why) {
    size_t length = strlen(test);
    if (length > 3 && strcmp(test + length - 3, "_fn") == 0) /* libcheck's ending */
        length -= 3;
    if (!skip_record) {
        fprintf(stderr, "skipped %.*s: %s\n", (int)length, test, why);
        return;
    }
    fprintf(skip_record, "%.*s: %s\n", (int)length, test, why);
    fflush(skip_record);
}

size_t test_print_skips(void) {
    char line[1024];
    size_t count = 0;
    rewind(skip_record);
    while (fgets(line, sizeof line, skip_record)) {
        printf("    skipped %s", line);
        count++;
    }
    return count;
}
