/* Numbers and specifications: values against GMP's own conversions, enclosing doubles against a search over
 * neighbours. */
#include "crease/random.h"
#include "specification/number.h"
#include "support/suites.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int order(double d, const mpq_t value) {
    mpq_t other;
    mpq_init(other);
    mpq_set_d(other, d);
    int result = mpq_cmp(other, value);
    mpq_clear(other);
    return result;
}

/* The nearest doubles on either side, nothing between. */
static void check_enclosure(const crease_number *number, const mpq_t value) {
    ck_assert_msg(order(number->below, value) <= 0 && order(number->above, value) >= 0, "%s", number->text);
    if (number->below == number->above)
        ck_assert_msg(order(number->below, value) == 0, "%s", number->text);
    else
        ck_assert_msg(nextafter(number->below, INFINITY) == number->above &&
                          order(number->below, value) < 0 && order(number->above, value) > 0,
                      "%s", number->text);
}

static void check_value(const char *text, const char *fraction) {
    crease_number number;
    crease_error error = {0};
    mpq_t value, expected;
    mpq_inits(value, expected, NULL);
    ck_assert_msg(crease_number_parse(text, &number, &error) == CREASE_OK, "%s: %s", text, error.message);
    mpq_set_str(expected, fraction, 10);
    mpq_canonicalize(expected);
    crease_number_get(&number, value);
    ck_assert_msg(mpq_equal(value, expected), "%s is not %s", text, fraction);
    ck_assert_str_eq(number.text, text);
    check_enclosure(&number, expected);
    crease_number_clear(&number);
    mpq_clears(value, expected, NULL);
}

START_TEST(values) {
    check_value("0", "0");
    check_value("-0.0", "0");
    check_value("0e400000000", "0");
    check_value("0.000e-99999999999999999999999", "0");
    check_value("+12", "12");
    check_value("-0.5", "-1/2");
    check_value(".25", "1/4");
    check_value("3.", "3");
    check_value("1e-3", "1/1000");
    check_value("1E+3", "1000");
    check_value("-1/3", "-1/3");
    check_value("6/4", "3/2");
    check_value("0.1", "1/10");
    check_value("0x1.8p+1", "3");
    check_value("-0X.8P0", "-1/2");
    check_value("0x10", "16");
    check_value("0x1p-3", "1/8");
    check_value("123456789012345678901234567890.5", "246913578024691357802469135781/2");
    check_value("0x123456789abcdef01", "20988295479420645121");
    check_value("00000000000000000000000000000000001e2", "100");
}
END_TEST

START_TEST(refused) {
    static const char *const text[] = {"",
                                       "-",
                                       ".",
                                       "e5",
                                       "1e",
                                       "1e+",
                                       "1 ",
                                       " 1",
                                       "1.2.3",
                                       "nan",
                                       "inf",
                                       "0x",
                                       "0x.p1",
                                       "1/",
                                       "/2",
                                       "1/0",
                                       "1/-2",
                                       "1.5/2",
                                       "1/2e3",
                                       "--1",
                                       "+-1",
                                       "1e5.0",
                                       "0x1p",
                                       "1f",
                                       "0xg",
                                       "1/00",
                                       "1,5",
                                       "1/2/3",
                                       "1e400",
                                       "-1e309",
                                       "1e-309",
                                       "1e400000000",
                                       "-1e-400000000",
                                       "0x1p1024",
                                       "0x1p-1023",
                                       "1e99999999999999999999999",
                                       "1.7976931348623158e308",
                                       "2.2250738585072013e-308"};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        crease_number number;
        crease_error error = {0};
        ck_assert_msg(crease_number_parse(text[i], &number, &error) == CREASE_BAD_ARGUMENT, "'%s'", text[i]);
        ck_assert_ptr_null(number.text);
        ck_assert_ptr_nonnull(strstr(error.message, text[i]));
    }
    char *lengthy = malloc(20002);
    memset(lengthy, '1', 20001);
    lengthy[20001] = '\0';
    crease_number number;
    ck_assert_int_eq(crease_number_parse(lengthy, &number, NULL), CREASE_BAD_ARGUMENT);
    free(lengthy);
}
END_TEST

START_TEST(extremes_are_kept) {
    static const char *const text[] = {"1.7976931348623157e308",
                                       "-1.7976931348623157e308",
                                       "0x1.fffffffffffffp+1023",
                                       "2.2250738585072015e-308",
                                       "0x1p-1022",
                                       "0x.1p-1018"};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        crease_number number;
        mpq_t value;
        mpq_init(value);
        ck_assert_msg(crease_number_parse(text[i], &number, NULL) == CREASE_OK, "%s", text[i]);
        crease_number_get(&number, value);
        check_enclosure(&number, value);
        /* the C library rounds to the nearest, which is one of the two */
        double nearest = strtod(text[i], NULL);
        ck_assert(nearest == number.below || nearest == number.above);
        crease_number_clear(&number);
        mpq_clear(value);
    }
}
END_TEST

START_TEST(random_decimals) {
    gsl_rng *rng = crease_random_new(5, 0);
    mpq_t value;
    mpq_init(value);
    size_t inexact = 0, cases = test_rounds(20000, 500000);
    for (size_t i = 0; i < cases; i++) {
        char text[80];
        int length = snprintf(text, sizeof text, "%s%lu.", gsl_rng_uniform_int(rng, 2) ? "-" : "",
                              gsl_rng_uniform_int(rng, 1000));
        for (unsigned long k = gsl_rng_uniform_int(rng, 25); k > 0; k--)
            length +=
                snprintf(text + length, sizeof text - (size_t)length, "%lu", gsl_rng_uniform_int(rng, 10));
        if (gsl_rng_uniform_int(rng, 2))
            snprintf(text + length, sizeof text - (size_t)length, "e%d",
                     (int)gsl_rng_uniform_int(rng, 600) - 300);
        crease_number number;
        if (crease_number_parse(text, &number, NULL) != CREASE_OK)
            continue;
        crease_number_get(&number, value);
        check_enclosure(&number, value);
        double nearest = strtod(text, NULL);
        ck_assert_msg(nearest == number.below || nearest == number.above, "case %zu: %s", i, text);
        inexact += number.below != number.above;
        crease_number_clear(&number);
    }
    ck_assert_uint_gt(inexact, cases / 2);
    mpq_clear(value);
    gsl_rng_free(rng);
}
END_TEST

START_TEST(doubles_come_back) {
    gsl_rng *rng = crease_random_new(6, 0);
    mpq_t value;
    mpq_init(value);
    for (size_t i = 0; i < test_rounds(5000, 100000); i++) {
        double x = 0;
        uint64_t bits = (uint64_t)gsl_rng_get(rng) << 32 | gsl_rng_get(rng);
        memcpy(&x, &bits, sizeof x);
        x = i == 0 ? DBL_TRUE_MIN : i == 1 ? -DBL_MAX : i == 2 ? 7 : x;
        crease_number number, copy;
        if (!isfinite(x)) {
            ck_assert_int_eq(crease_number_from_double(x, &number, NULL), CREASE_BAD_ARGUMENT);
            continue;
        }
        ck_assert_int_eq(crease_number_from_double(x, &number, NULL), CREASE_OK);
        ck_assert_int_eq(crease_number_copy(&number, &copy, NULL), CREASE_OK);
        crease_number_clear(&number);
        crease_number_get(&copy, value);
        ck_assert_msg(order(x, value) == 0 && copy.below == x && copy.above == x, "%a", x);
        crease_number_clear(&copy);
    }
    mpq_clear(value);
    gsl_rng_free(rng);
}
END_TEST

START_TEST(boxes_and_rows) {
    const double lower[] = {-1, .5}, upper[] = {1, .5}, bad[] = {1, .4};
    const double rows[] = {0, 2, 0, -1, 0, 0, 0, 0}, constants[] = {.25, -1},
                 infinite[] = {0, 0, INFINITY, 0};
    crease_specification *s;
    crease_error error = {0};
    ck_assert_int_eq(crease_specification_box(2, 2, lower, bad, &s, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_null(s);
    ck_assert_ptr_nonnull(strstr(error.message, "input 1"));
    ck_assert_int_eq(crease_specification_box(2, 2, lower, upper, &s, NULL), CREASE_OK);
    ck_assert_int_eq(crease_specification_add(s, 0, 2, rows, constants, NULL), CREASE_OK);
    ck_assert_int_eq(crease_specification_add(s, 0, 0, NULL, NULL, NULL), CREASE_OK);
    ck_assert_int_eq(crease_specification_add(s, 1, 0, NULL, NULL, NULL), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(crease_specification_add(s, 0, 1, infinite, constants, NULL), CREASE_BAD_ARGUMENT);
    ck_assert_uint_eq(s->cases[0].alternative_count, 2);
    const crease_row *row = s->cases[0].alternative[0].row;
    ck_assert_uint_eq(row[0].term_count, 2);
    ck_assert(!row[0].term[0].output && row[0].term[0].index == 1 && row[0].term[0].coefficient == 2);
    ck_assert(row[0].term[1].output && row[0].term[1].index == 1 && row[0].term[1].coefficient == -1);
    ck_assert(row[0].constant.below == .25 && row[0].constant.above == .25);
    ck_assert_uint_eq(row[1].term_count, 0);
    ck_assert(s->cases[0].lower[1].below == .5 && s->cases[0].upper[1].above == .5);
    crease_specification_free(s);
    crease_specification_free(NULL);
}
END_TEST

Suite *test_specification(void) {
    Suite *suite = suite_create("specification");
    TCase *tests = tcase_create("specification");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, values);
    tcase_add_test(tests, refused);
    tcase_add_test(tests, extremes_are_kept);
    tcase_add_test(tests, random_decimals);
    tcase_add_test(tests, doubles_come_back);
    tcase_add_test(tests, boxes_and_rows);
    suite_add_tcase(suite, tests);
    return suite;
}
