/* The pictures of solutions: drawn for every model and at odd parameters, with the numbers of theory in their scripts. */
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *read_file(const char *folder, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s is not there", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    rewind(file);
    char *text = calloc((size_t)size + 1, 1);
    ck_assert_uint_eq(fread(text, 1, (size_t)size, file), (size_t)size);
    fclose(file);
    return text;
}

/* The value after "\nNAME = 1.0 * ", NaN when the script has no such variable. */
static double number_of(const char *script, const char *name) {
    char key[64];
    snprintf(key, sizeof key, "\n%s = 1.0 * ", name);
    const char *found = strstr(script, key);
    return found ? strtod(found + strlen(key), NULL) : NAN;
}

/* What `crease savings solve ARGUMENTS --plot` writes; the picture must be there. */
static char *script_of(const char *folder, const char *arguments) {
    run_result result = run_shell("crease-savings solve %s --plot %s/picture.svg", arguments, folder);
    ck_assert_msg(result.exit_code == 0, "%s: exit %d: %s", arguments, result.exit_code, result.err);
    ck_assert_msg(strstr(result.err, "picture.svg: ") != NULL, "%s: %s", arguments, result.err);
    run_clear(&result);
    char *picture = read_file(folder, "picture.svg");
    ck_assert_msg(strlen(picture) > 10000 && strstr(picture, "</svg>") != NULL, "%s: no picture", arguments);
    free(picture);
    return read_file(folder, "picture.gp");
}

START_TEST(test_every_solution_is_drawn) {
    static const char *const arguments[] = {"--model A",
                                            "--model B",
                                            "--model C",
                                            "--model D",
                                            "--model K3 --nodes 100",
                                            "--model D1 --nodes 100",
                                            "--model A --limit 3 --crra 1",
                                            "--model B --penalty 0",
                                            "--model B --limit -.5 --from 2 --to 3",
                                            "--model C --phi .5 --income 20",
                                            "--model D --limit -5 --r 0",
                                            "--model K3 --nodes 100 --limit natural --penalty 0",
                                            "--model K3 --nodes 100 --rates 1.3,1.1,1.02 --rate-kinks -0.1,1",
                                            "--model D1 --nodes 100 --to 0.5"};
    if (system("command -v gnuplot > /dev/null") != 0)
        skip_test("gnuplot is not installed");
    char *folder = run_folder_new();
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        free(script_of(folder, arguments[i]));
    run_folder_remove(folder);
}
END_TEST

START_TEST(test_stretches_and_tangents) {
    static const struct {
        const char *arguments, *name;
        double value;
    } row[] = {{"--model K3", "shades", 2},
               {"--model K3", "shade_high_1", .43066692},
               {"--model K3", "shade_low_2", .83003223},
               {"--model K3", "shade_high_2", .90029636},
               {"--model K3", "place", 0},
               {"--model A", "shades", 1},
               {"--model A", "shade_high_1", 1.00564748},
               {"--model A", "place", 1.00564748},
               {"--model B", "shade_low_1", .93169499},
               {"--model B", "shade_high_1", 1.01056510},
               {"--model C", "shade_high_1", -2.5},
               {"--model C", "has_euler", 0},
               {"--model D", "shades", 0},
               {"--model D", "has_left", 0},
               {"--model B --penalty 0", "shades", 0}};
    static const struct {
        const char *arguments, *text;
    } says[] = {{"--model K3", "left_label = 'left tangent, slope 1.4515'"},
                {"--model K3", "right_label = 'right tangent, slope 1.2338'"},
                {"--model K3", "value_label = 'W(a)'"},
                {"--model A", "value_label = 'V(m)'"},
                {"--model C", "right_label = 'right tangent, slope 1.284'"},
                {"--model C", "x_label = 'assets a (years of income)'"},
                {"--model D", "right_label = 'tangent, slope 1'"}};
    if (system("command -v gnuplot > /dev/null") != 0)
        skip_test("gnuplot is not installed");
    char *folder = run_folder_new(), *script = NULL;
    const char *drawn = "";
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        if (strcmp(drawn, row[i].arguments) != 0) {
            free(script);
            script = script_of(folder, drawn = row[i].arguments);
        }
        double value = number_of(script, row[i].name);
        ck_assert_msg(fabs(value - row[i].value) < 1e-7, "%s: %s is %.10g, not %.10g", row[i].arguments,
                      row[i].name, value, row[i].value);
    }
    for (size_t i = 0; i < sizeof says / sizeof *says; i++) {
        if (strcmp(drawn, says[i].arguments) != 0) {
            free(script);
            script = script_of(folder, drawn = says[i].arguments);
        }
        ck_assert_msg(strstr(script, says[i].text) != NULL, "%s: no %s", says[i].arguments, says[i].text);
    }
    free(script);
    run_folder_remove(folder);
}
END_TEST

/* Fits are drawn inside the range of the object only, less the tangent there: the exact curve is 0 at the kink. */
START_TEST(test_fits_near_the_kink) {
    static const struct {
        const char *arguments;
        double from, to, place; /* of the magnified panel */
    } row[] = {{"--model K3 --object W", -.2, .26, 0},
               {"--model D --object V", 0, .25, 0},
               {"--model C --object V", -3, -2, -2.5}};
    if (system("command -v gnuplot > /dev/null") != 0)
        skip_test("gnuplot is not installed");
    char *folder = run_folder_new();
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        run_result result = run_shell("crease-savings fit %s --nets tanh:1 --starts 1 --plot %s/fit.svg",
                                      row[i].arguments, folder);
        ck_assert_msg(result.exit_code == 0, "%s: %s", row[i].arguments, result.err);
        run_clear(&result);
        char *script = read_file(folder, "fit.gp"), *at = strstr(script, "$exact << EOD\n");
        ck_assert_ptr_nonnull(at);
        double x, y, first = NAN, last = NAN, nearest = INFINITY, there = NAN;
        int length;
        for (at += strlen("$exact << EOD\n"); sscanf(at, "%lf %lf%n", &x, &y, &length) == 2; at += length) {
            first = isnan(first) ? x : first;
            last = x;
            if (fabs(x - row[i].place) < nearest) {
                nearest = fabs(x - row[i].place);
                there = y;
            }
        }
        ck_assert_double_eq_tol(first, row[i].from, 1e-9);
        ck_assert_double_eq_tol(last, row[i].to, 1e-9);
        ck_assert_double_eq_tol(there, 0, 1e-3);
        free(script);
    }
    run_folder_remove(folder);
}
END_TEST

Suite *test_savings_pictures(void);
Suite *test_savings_pictures(void) {
    Suite *suite = suite_create("savings pictures");
    TCase *cases = tcase_create("pictures");
    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, test_every_solution_is_drawn);
    tcase_add_test(cases, test_stretches_and_tangents);
    tcase_add_test(cases, test_fits_near_the_kink);
    suite_add_tcase(suite, cases);
    return suite;
}
