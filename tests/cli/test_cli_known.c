/* Data with known answers, through the command line: an exact clip, a noisy triangular diagram, and a million
 * rows. */
#include "crease/crease.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* 200 points of clip(4 e, -1, 1), even or scattered. */
static void write_clip(const char *folder, uint64_t seed) {
    char path[256];
    snprintf(path, sizeof path, "%s/clip.csv", folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    gsl_rng *generator = crease_random_new(seed, 0);
    fputs("e,u\n", file);
    for (int i = 0; i < 200; i++) {
        double e = seed == 0 ? -1 + 2. * i / 199 : 2 * gsl_rng_uniform(generator) - 1;
        fprintf(file, "%.17g,%.17g\n", e, fmax(-1, fmin(1, 4 * e)));
    }
    gsl_rng_free(generator);
    fclose(file);
}

static void check_clip(const char *folder, int seed) {
    run_result result =
        run_shell("crease fit %s/clip.csv -x e -y u --net affine+relu:2 --seed %d --json", folder, seed);
    ck_assert_msg(result.exit_code == 0, "seed %d: %s", seed, result.err);
    json_t *object = run_json(&result);
    ck_assert_msg(run_json_number(object, "max_error") < 1e-12, "seed %d: max error %g", seed,
                  run_json_number(object, "max_error"));
    const json_t *kinks = json_object_get(object, "kinks");
    ck_assert_msg(json_array_size(kinks) == 2, "seed %d: %zu kinks", seed, json_array_size(kinks));
    for (size_t k = 0; k < 2; k++) {
        const json_t *kink = json_array_get(kinks, k);
        double x = run_json_number(kink, "x");
        ck_assert_msg(fabs(x - (k ? .25 : -.25)) < 1e-12, "seed %d: kink at %.17g", seed, x);
        ck_assert_double_eq_tol(run_json_number(kink, "slope_left"), k ? 4 : 0, 1e-11);
        ck_assert_double_eq_tol(run_json_number(kink, "slope_right"), k ? 0 : 4, 1e-11);
    }
    json_decref(object);
    run_clear(&result);
}

START_TEST(clip_is_exact_for_every_seed) {
    char *folder = run_folder_new();
    for (int seed = 1; seed <= 20; seed++) {
        write_clip(folder, _i ? (uint64_t)seed : 0);
        check_clip(folder, seed);
    }
    run_folder_remove(folder);
}
END_TEST

/* Triangular diagram, capacity at 20 veh/km, noise of sd 100 veh/h. The best known root mean square residual
 * with three ReLU units is .168684 of the standard deviation of y. */
START_TEST(noisy_triangle_has_its_kink) {
    run_result result =
        run_shell("crease fit tests/data/c_tri_n_train.csv -x x -y y --net relu:3 --seed %d --json", _i);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    json_t *object = run_json(&result);
    const json_t *kink, *kinks = json_object_get(object, "kinks");
    double nearest = INFINITY, error_of_nearest = NAN;
    size_t k;
    json_array_foreach(kinks, k, kink) {
        if (fabs(run_json_number(kink, "x") - 20) < fabs(nearest - 20)) {
            nearest = run_json_number(kink, "x");
            error_of_nearest = run_json_number(kink, "se");
        }
    }
    ck_assert_msg(fabs(nearest - 20) <= .6, "seed %d: the nearest kink is at %g", _i, nearest);
    ck_assert_msg(error_of_nearest > .01 && error_of_nearest < .6, "seed %d: its error is %g", _i,
                  error_of_nearest);
    double relative = sqrt(1 - run_json_number(object, "r2"));
    ck_assert_msg(relative <= 1.01 * .168684 + 1e-4, "seed %d: %g of sd", _i, relative);
    json_decref(object);
    run_clear(&result);
}
END_TEST

/* 10^6 rows, 3 columns: y = |a| + 2 max(0, b) is two kinks in the plane, which four units hold exactly. */
START_TEST(million_rows_in_bounded_memory) {
    if (test_cases(0, 1) == 0)
        skip_test("a million rows are for make check-long");
    char *folder = run_folder_new();
    run_result result = run_shell(
        "awk 'BEGIN { srand(1); print \"a,b,y\"; for (i = 0; i < 1000000; i++) { a = 2 * rand() - 1; b = 2 * "
        "rand() - 1; "
        "printf \"%%.9g,%%.9g,%%.17g\\n\", a, b, (a < 0 ? -a : a) + (b > 0 ? 2 * b : 0) } }' > %s/big.csv && "
        "crease fit %s/big.csv -x a,b -y y --net affine+relu:4 --json",
        folder, folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    json_t *object = run_json(&result);
    ck_assert_int_eq((int)run_json_number(object, "n"), 1000000);
    ck_assert_double_gt(run_json_number(object, "r2"), .99999);
    struct rusage usage;
    ck_assert_int_eq(getrusage(RUSAGE_CHILDREN, &usage), 0);
    ck_assert_msg(usage.ru_maxrss < 1024 * 1024, "%ld KiB", usage.ru_maxrss);
    json_decref(object);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

Suite *test_cli_known(void) {
    Suite *suite = suite_create("cli_known");
    TCase *known = tcase_create("known answers");
    tcase_add_loop_test(known, clip_is_exact_for_every_seed, 0, 2);
    tcase_add_loop_test(known, noisy_triangle_has_its_kink, 1, 6);
    tcase_add_test(known, million_rows_in_bounded_memory);
    suite_add_tcase(suite, known);
    return suite;
}
