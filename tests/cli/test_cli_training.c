/* crease fit with a first-order method: the columns of its trace against one another and against steps by hand, the options of
 * the methods, deep networks, and the picture of a run. */
#include "crease/crease.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

static void make_folder(void) {
    char text[2048] = "x,y\n";
    folder = run_folder_new();
    for (int i = 0; i < 40; i++) {
        size_t length = strlen(text);
        double x = i / 20. - 1;
        snprintf(text + length, sizeof text - length, "%g,%g\n", x, fabs(x - .1) + .1 * (i % 3));
    }
    run_file_write(folder, "d.csv", "%s", text);
}

static void remove_folder(void) {
    run_folder_remove(folder);
}

/* The trace of `crease fit d.csv -x x -y y OPTIONS`, empty cells as -1. */
static crease_table *trace_of(const char *options) {
    run_result result = run_shell("cd %s && crease fit d.csv -x x -y y -q %s --trace t.csv > /dev/null && "
                                  "sed -E ':a; s/,(,|$)/,-1\\1/; ta' t.csv > filled.csv",
                                  folder, options);
    ck_assert_msg(result.exit_code == 0, "%s: exit code %d\n%s", options, result.exit_code, result.err);
    run_clear(&result);
    char path[512];
    crease_table *table;
    crease_error error;
    snprintf(path, sizeof path, "%s/filled.csv", folder);
    ck_assert_msg(crease_csv_load(path, NULL, &table, &error) == CREASE_OK, "%s", error.message);
    return table;
}

static const double *column(const crease_table *table, const char *name) {
    size_t index = 0;
    crease_error error;
    ck_assert_msg(crease_table_find(table, name, &index, &error) == CREASE_OK, "%s", error.message);
    return table->column[index];
}

static double cell(const crease_table *table, const char *name, size_t layer, size_t row) {
    char full[64];
    snprintf(full, sizeof full, "%s_%zu", name, layer);
    return column(table, full)[row];
}

START_TEST(columns_agree_with_one_another) {
    static const struct {
        const char *options;
        size_t layers, units, points;
    } table[] = {
        {"--net relu:5/relu:4 --method adam --init he --epochs 30", 2, 9, 31},
        {"--net affine+tanh:3+relu:2 --method rmsprop --init xavier --epochs 30 --batch 7", 1, 5, 31},
        {"--net relu:3x6 --method momentum --init he --learning-rate .01 --starts 3 --epochs 20", 6, 18, 63},
    };
    for (size_t k = 0; k < 3; k++) {
        size_t layers = table[k].layers;
        crease_table *trace = trace_of(table[k].options);
        static const char *const first[] = {"start", "iteration", "loss", "gradient_norm", "step_norm"};
        for (size_t c = 0; c < 5; c++)
            ck_assert_str_eq(trace->name[c], first[c]);
        ck_assert_uint_eq(trace->columns, 5 + 2 * (layers + 1) + 2 * layers);
        ck_assert_str_eq(trace->name[5], "gradient_norm_1");
        ck_assert_str_eq(trace->name[5 + layers], "gradient_norm_output");
        ck_assert_uint_eq(trace->rows, table[k].points);
        for (size_t i = 0; i < trace->rows; i++) {
            bool at_start = column(trace, "iteration")[i] == 0;
            double gradient = column(trace, "gradient_norm_output")[i],
                   step = column(trace, "step_norm_output")[i];
            double dead = 0;
            for (size_t l = 1; l <= layers; l++) {
                gradient = hypot(gradient, cell(trace, "gradient_norm", l, i));
                step = hypot(step, cell(trace, "step_norm", l, i));
                double active = cell(trace, "active", l, i);
                ck_assert(active >= 0 && active <= 1);
                dead += cell(trace, "dead", l, i);
            }
            ck_assert_double_eq_tol(gradient, column(trace, "gradient_norm")[i], 1e-12 * gradient);
            if (at_start)
                ck_assert(fabs(step * step - (double)layers - 1) < 1e-9 &&
                          column(trace, "step_norm")[i] == -1); /* all empty */
            else
                ck_assert_double_eq_tol(step, column(trace, "step_norm")[i], 1e-12 * step);
            ck_assert(dead >= 0 && dead <= (double)table[k].units);
        }
        crease_table_free(trace);
    }
}
END_TEST

/* A line has two parameters, and with gradients of ordinary size each moves by the same step in the first epoch. */
START_TEST(first_steps_by_hand) {
    const double root = sqrt(2.), rate = .01;
    const struct {
        const char *options;
        double step;
    } table[] = {
        {"--method adam", rate},
        {"--method adam --bias-correction 0", rate * .1 / sqrt(.001)},
        {"--method adam --bias-correction 0 --decay .9 --decay-first .5", rate * .5 / sqrt(.1)},
        {"--method rmsprop", rate / sqrt(.01)},
        {"--method rmsprop --decay .75", rate * 2},
        {"--method rmsprop --bias-correction 1", rate},
        {"--method rmsprop --bias-correction 1 --learning-rate .5", .5},
    };
    char line[256];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        snprintf(line, sizeof line, "--net affine --init random --epochs 1 %s", table[i].options);
        crease_table *trace = trace_of(line);
        ck_assert_uint_eq(trace->columns, 7);
        double step = column(trace, "step_norm")[1];
        ck_assert_msg(fabs(step - root * table[i].step) <= 1e-5 * step, "%s: %.9g, not %.9g", line, step,
                      root * table[i].step);
        crease_table_free(trace);
    }
    /* beside a huge epsilon the root mean square is nothing: sgd with rate / epsilon */
    crease_table *trace = trace_of("--net affine --init random --epochs 1 --method rmsprop --epsilon 1e6");
    ck_assert_double_eq_tol(column(trace, "step_norm")[1] / (rate / 1e6 * column(trace, "gradient_norm")[0]),
                            1, 1e-5);
    crease_table_free(trace);
}
END_TEST

START_TEST(options_that_change_nothing_and_something) {
    run_result same =
        run_shell("cd %s && fit='crease fit d.csv -x x -y y -q --net relu:4 --init he --epochs 25 "
                  "--learning-rate .05' && "
                  "$fit --method sgd --trace a.csv > /dev/null && "
                  "$fit --method momentum --momentum 1e-300 --trace b.csv > /dev/null && cmp a.csv b.csv && "
                  "$fit --method sgd --bias-warming 0,5 --trace c.csv > /dev/null && cmp a.csv c.csv && "
                  "$fit --method sgd --bias-warming 1,5 --trace w.csv > /dev/null && ! cmp -s a.csv w.csv && "
                  "$fit --method momentum --momentum .5 --trace e.csv > /dev/null && ! cmp -s a.csv e.csv && "
                  "$fit --method adam --trace f.csv > /dev/null && "
                  "$fit --method adam --decay .999 --decay-first .9 --epsilon 1e-8 --bias-correction 1 "
                  "--trace g.csv > /dev/null && "
                  "cmp f.csv g.csv && head -n 2 w.csv | cut -d , -f 1-5 > w.head && "
                  "head -n 2 a.csv | cut -d , -f 1-5 | cmp - w.head",
                  folder);
    ck_assert_msg(same.exit_code == 0, "%d %s%s", same.exit_code, same.out, same.err);
    run_clear(&same);
}
END_TEST

START_TEST(fifty_layers_from_the_command_line) {
    run_result result =
        run_shell("cd %s && crease fit d.csv -x x -y y --net tanh:4x50 --init xavier --method adam "
                  "--epochs 3 --trace t.csv -o m.json --json && crease eval m.json d.csv > p.csv",
                  folder);
    json_t *object = run_json_of(&result);
    ck_assert_str_eq(json_string_value(json_object_get(object, "net")), "tanh:4x50");
    ck_assert_double_eq(run_json_number(object, "n_params"), 8 + 49 * 20 + 5);
    ck_assert(isfinite(run_json_number(object, "rmse")));
    json_decref(object);
    result = run_shell(
        "cd %s && head -n 1 t.csv | tr , '\\n' | grep -c -E '^(gradient_norm|step_norm|active|dead)_'",
        folder);
    ck_assert_str_eq(result.out, "202\n");
    run_clear(&result);
}
END_TEST

START_TEST(options_are_refused_with_a_sentence) {
    static const struct {
        const char *options, *says;
        int code;
    } table[] = {
        {"--method adam --learning-rate nan", "--learning-rate takes a number, not 'nan'", 64},
        {"--method adam --learning-rate 0", "--learning-rate takes a number above 0", 64},
        {"--method adam --momentum .5", "--momentum belongs to --method momentum", 64},
        {"--method sgd --decay .5", "--decay belongs to --method adam or rmsprop", 64},
        {"--method rmsprop --decay-first .5", "--decay-first belongs to --method adam", 64},
        {"--method momentum --epsilon 1", "--epsilon belongs to --method adam or rmsprop", 64},
        {"--method sgd --bias-correction 1", "--bias-correction belongs to --method adam or rmsprop", 64},
        {"--method lm --bias-warming 1,2", "--bias-warming belongs to --method adam", 64},
        {"--epochs 9", "--epochs belongs to --method adam", 64},
        {"--method momentum --momentum 1", "above 0 and below 1, not '1'", 64},
        {"--method momentum --momentum 0", "--method sgd", 64},
        {"--method adam --decay 1", "--decay takes a number above 0 and below 1", 64},
        {"--method adam --decay-first 0", "--method rmsprop --bias-correction 1", 64},
        {"--method adam --bias-correction on", "takes 0 or 1", 64},
        {"--method sgd --bias-warming 3", "a height and a number of steps", 64},
        {"--method sgd --bias-warming 3,1,2", "a height and a number of steps", 64},
        {"--method sgd --bias-warming 3,0", "at least 1", 64},
        {"--method sgd --bias-warming inf,2", "--bias-warming takes a number", 64},
        {"--method sgd --weight-decay -1", "--weight-decay takes a number of at least 0", 64},
        {"--method sgd --trace - --trace-plot -", "only one of", 64},
        {"--method sgd --json --trace-plot -", "only one of", 64},
        {"--method sgd --trace-plot no/such.png", "no/such.png", 74},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        run_must_fail(
            run_shell("cd %s && crease fit d.csv -x x -y y --net relu:2 %s", folder, table[i].options),
            table[i].code, table[i].says);
}
END_TEST

/* Lines between "$name << EOD" and EOD that hold numbers. */
static size_t block_lines(const char *script, const char *name) {
    char opening[64];
    snprintf(opening, sizeof opening, "\n$%s << EOD\n", name);
    const char *line = strstr(script, opening);
    if (!line)
        return 0;
    size_t count = 0;
    for (line += strlen(opening); strncmp(line, "EOD", 3) != 0; line = strchr(line, '\n') + 1)
        count += *line != '\n';
    return count;
}

START_TEST(picture_holds_every_layer) {
    if (system("command -v gnuplot > /dev/null") != 0)
        skip_test("gnuplot is not installed");
    static const struct {
        const char *options;
        size_t total, layer;
    } table[] = {
        {"--net relu:5/relu:4 --method adam --init he --epochs 30", 31, 3 * 31},
        {"--net tanh:2x8 --method sgd --init xavier --starts 2 --epochs 700", 600, 9 * 600},
        {"--net affine --method sgd --init random --epochs 4", 5, 5},
        {"--net relu:2 --method bfgs --init random", 0, 0},
        {"--net affine+relu:2", 1, 0}, /* the global search takes no step */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *options = table[i].options;
        run_result result =
            run_shell("cd %s && crease fit d.csv -x x -y y %s --json --trace-plot run.svg > /dev/null && "
                      "grep -c '<svg' run.svg > /dev/null && cat run.gp",
                      folder, options);
        ck_assert_msg(result.exit_code == 0, "%s: exit code %d\n%s", options, result.exit_code, result.err);
        ck_assert_msg(strstr(result.err, "run.svg: ") != NULL, "%s", result.err);
        ck_assert_msg(strstr(result.err, "arning") == NULL, "%s: %s", options, result.err);
        if (table[i].total)
            ck_assert_uint_eq(block_lines(result.out, "total"), table[i].total);
        else
            ck_assert_uint_gt(block_lines(result.out, "total"), 2);
        ck_assert_uint_eq(block_lines(result.out, "layer"), table[i].layer);
        run_clear(&result);
    }
    run_result terminal = run_shell(
        "cd %s && crease fit d.csv -x x -y y -q --net relu:4 --method adam --epochs 9 --trace-plot -",
        folder);
    ck_assert_int_eq(terminal.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(terminal.out, "epoch"));
    run_clear(&terminal);
}
END_TEST

Suite *test_cli_training(void) {
    Suite *suite = suite_create("cli_training");
    TCase *tests = tcase_create("training");
    tcase_set_timeout(tests, 240);
    tcase_add_unchecked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, columns_agree_with_one_another);
    tcase_add_test(tests, first_steps_by_hand);
    tcase_add_test(tests, options_that_change_nothing_and_something);
    tcase_add_test(tests, fifty_layers_from_the_command_line);
    tcase_add_test(tests, options_are_refused_with_a_sentence);
    tcase_add_test(tests, picture_holds_every_layer);
    suite_add_tcase(suite, tests);
    return suite;
}
