/* Seeded streams. */
#include "crease/random.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>

START_TEST(repeatable) {
    gsl_rng *a = crease_random_new(7, 3), *b = crease_random_new(99, 1);
    unsigned long first[50];
    for (int i = 0; i < 50; i++)
        first[i] = gsl_rng_get(a);
    crease_random_set(b, 7, 3);
    for (int i = 0; i < 50; i++)
        ck_assert_uint_eq(gsl_rng_get(b), first[i]);
    crease_random_set(b, 7, 4);
    int same = 0;
    for (int i = 0; i < 50; i++)
        same += gsl_rng_get(b) == first[i];
    ck_assert_int_le(same, 1);
    crease_random_set(b, 8, 3);
    same = 0;
    for (int i = 0; i < 50; i++)
        same += gsl_rng_get(b) == first[i];
    ck_assert_int_le(same, 1);
    /* the high half of the stream counts too */
    crease_random_set(b, 7, 3 + ((uint64_t)1 << 32));
    same = 0;
    for (int i = 0; i < 50; i++)
        same += gsl_rng_get(b) == first[i];
    ck_assert_int_le(same, 1);
    gsl_rng_free(a);
    gsl_rng_free(b);
}
END_TEST

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Among 200000 random 32-bit seeds 200000^2 / 2^33 = 4.7 collisions are expected, and none with probability
 * 0.009; streams of one seed must not collide. Two outputs identify a start. */
START_TEST(streams_never_collide) {
    enum { streams = 200000 };
    uint64_t *start = malloc(streams * sizeof *start);
    gsl_rng *rng = crease_random_new(0, 0);
    for (uint64_t i = 0; i < streams; i++) {
        crease_random_set(rng, 1, i * 21473);
        start[i] = (uint64_t)gsl_rng_get(rng) << 32;
        start[i] |= gsl_rng_get(rng);
    }
    qsort(start, streams, sizeof *start, by_value);
    for (size_t i = 1; i < streams; i++)
        ck_assert_uint_ne(start[i], start[i - 1]);
    gsl_rng_free(rng);
    free(start);
}
END_TEST

START_TEST(neighbours_are_independent) {
    enum { streams = 40000, cells = 64 };
    double count[cells] = {0}, product = 0, previous = 0;
    gsl_rng *rng = crease_random_new(0, 0);
    for (uint64_t i = 0; i < streams; i++) {
        crease_random_set(rng, 1, i);
        double u = gsl_rng_uniform(rng);
        count[(int)(cells * u)]++;
        product += (u - .5) * previous;
        previous = u - .5;
    }
    double chi = 0, expected = (double)streams / cells, degrees = cells - 1;
    for (int c = 0; c < cells; c++)
        chi += (count[c] - expected) * (count[c] - expected) / expected;
    double z = (cbrt(chi / degrees) - (1 - 2 / (9 * degrees))) / sqrt(2 / (9 * degrees));
    ck_assert_double_lt(fabs(z), 6);
    ck_assert_double_lt(fabs(12 * product / streams) * sqrt(streams),
                        6); /* correlation in its standard errors */
    gsl_rng_free(rng);
}
END_TEST

/* Each of the 24 orders of four things turns up equally often. */
START_TEST(shuffle_is_fair) {
    enum { trials = 48000 };
    double count[256] = {0};
    gsl_rng *rng = crease_random_new(5, 0);
    for (int t = 0; t < trials; t++) {
        size_t order[4] = {0, 1, 2, 3}, seen = 0;
        crease_random_shuffle(rng, order, 4);
        for (int i = 0; i < 4; i++)
            seen |= (size_t)1 << order[i];
        ck_assert_uint_eq(seen, 15);
        count[order[0] << 6 | order[1] << 4 | order[2] << 2 | order[3]]++;
    }
    int orders = 0;
    for (int i = 0; i < 256; i++) {
        orders += count[i] > 0;
        if (count[i] > 0) /* 2000 expected, standard deviation 44 */
            ck_assert_double_lt(fabs(count[i] - trials / 24.), 6 * 44);
    }
    ck_assert_int_eq(orders, 24);
    crease_random_shuffle(rng, NULL, 0);
    gsl_rng_free(rng);
}
END_TEST

Suite *test_random(void) {
    Suite *suite = suite_create("random");
    TCase *tests = tcase_create("random");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, repeatable);
    tcase_add_test(tests, streams_never_collide);
    tcase_add_test(tests, neighbours_are_independent);
    tcase_add_test(tests, shuffle_is_fair);
    suite_add_tcase(suite, tests);
    return suite;
}
