/* SHA-256 against the examples of FIPS 180-4 and the digest of a million letters. */
#include "crease/digest.h"
#include "support/suites.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check_digest(const char *part, size_t times, const char *expected) {
    char path[] = "/tmp/crease_digest_XXXXXX", hex[CREASE_DIGEST_SIZE];
    FILE *file = fdopen(mkstemp(path), "w");
    for (size_t i = 0; i < times; i++)
        fputs(part, file);
    fclose(file);
    crease_error error = {0};
    crease_status status = crease_digest_file(path, hex, &error);
    unlink(path);
    if (status == CREASE_UNAVAILABLE)
        skip_test(error.message);
    ck_assert_int_eq(status, CREASE_OK);
    ck_assert_str_eq(hex, expected);
}

START_TEST(examples) {
    check_digest("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_digest("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    check_digest("aaaaaaaaaa", 100000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

START_TEST(missing_file) {
    char hex[CREASE_DIGEST_SIZE];
    crease_error error = {0};
    crease_status status = crease_digest_file("/nowhere/x", hex, &error);
    ck_assert(status == CREASE_NO_INPUT || status == CREASE_UNAVAILABLE);
    ck_assert_str_eq(hex, "");
    status = crease_digest_file("/tmp", hex, &error);
    ck_assert(status == CREASE_NO_INPUT || status == CREASE_UNAVAILABLE);
}
END_TEST

Suite *test_digest(void) {
    Suite *suite = suite_create("digest");
    TCase *tests = tcase_create("digest");
    tcase_add_test(tests, examples);
    tcase_add_test(tests, missing_file);
    suite_add_tcase(suite, tests);
    return suite;
}
