/* Options, Ctrl-C, progress and data of src/app, without a program around them. */
#include "crease/app.h"
#include "support/run.h"
#include "support/suites.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const crease_app quiet_app = {.name = "test", .quiet = true};

static void hide_messages(void) {
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
}

/* ---- options ---- */

typedef struct taken {
    const char *net, *column, *argument;
    bool flag;
} taken;

static error_t take(int key, char *argument, struct argp_state *state) {
    taken *t = state->input;
    switch (key) {
    case 300:
        t->net = argument;
        return 0;
    case 'x':
        t->column = argument;
        return 0;
    case 'f':
        t->flag = true;
        return 0;
    case ARGP_KEY_ARG:
        t->argument = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option test_options[] = {{"network", 300, "SPEC", 0, "a network", 0},
                                                  {0, 'x', "COL", 0, "a column", 0},
                                                  {"flag", 'f', 0, 0, "a flag", 0},
                                                  {0}};
static const struct argp test_argp = {.options = test_options, .parser = take, .args_doc = "DATA"};

static taken parse(crease_app *app, const char *const *words) {
    taken t = {0};
    char *argv[16];
    int argc = 0;
    while (words[argc]) {
        argv[argc] = strdup(words[argc]);
        argc++;
    }
    argv[argc] = NULL;
    char *given[16];
    memcpy(given, argv, sizeof given);
    crease_app_parse(app, &test_argp, argc, argv, &t);
    if (t.net)
        t.net = strdup(t.net);
    if (t.column)
        t.column = strdup(t.column);
    if (t.argument)
        t.argument = strdup(t.argument);
    for (int i = 0; i < argc; i++)
        free(given[i]);
    return t;
}

static void forget(taken *t) {
    free((void *)t->net);
    free((void *)t->column);
    free((void *)t->argument);
}

START_TEST(options_are_read) {
    crease_app app = {.name = "test command"};
    taken t = parse(&app, (const char *const[]){"p", "--network=relu:2", "-x", "-1", "-", "--seed", "7",
                                                "--thr=2", "-fq", "--json", NULL});
    ck_assert_str_eq(t.net, "relu:2");
    ck_assert_str_eq(t.column, "-1");
    ck_assert_str_eq(t.argument, "-");
    ck_assert(t.flag && app.quiet && app.json && !app.verbose);
    ck_assert_uint_eq(app.seed, 7);
    ck_assert_uint_eq(app.threads, 2);
    forget(&t);
}
END_TEST

START_TEST(values_that_look_like_options_pass) {
    crease_app app = {.name = "test command"};
    taken t = parse(
        &app, (const char *const[]){"p", "--net", "--nonsense", "-fx", "--other", "--", "--data", NULL});
    ck_assert_str_eq(t.net, "--nonsense");
    ck_assert_str_eq(t.column, "--other");
    ck_assert_str_eq(t.argument, "--data");
    ck_assert_uint_eq(app.seed, 1);
    ck_assert_uint_eq(app.threads, 0);
    forget(&t);
}
END_TEST

static const char *const bad_arguments[][4] = {
    {"p", "--netwrok", "3", NULL}, {"p", "--nonsense=1", NULL, NULL},
    {"p", "-Z", NULL, NULL},       {"p", "--network", NULL, NULL},
    {"p", "--seed", "-3", NULL},   {"p", "--seed", "1.5", NULL},
    {"p", "--threads", "0", NULL}, {"p", "--json", "--plot=-", NULL},
    {"p", "--flag=3", NULL, NULL}, {"p", "--seed", "9223372036854775808", NULL}};
enum { BAD_ARGUMENTS = sizeof bad_arguments / sizeof *bad_arguments };

START_TEST(bad_arguments_are_usage) {
    hide_messages();
    crease_app app = {.name = "test command"};
    parse(&app, bad_arguments[_i]);
}
END_TEST

/* The words of `text` as crease_report_words prints them, in `printed`. */
static void print_words(const char *text, int used, int indent, char printed[2000]) {
    FILE *file = fmemopen(printed, 2000, "w");
    ck_assert_ptr_nonnull(file);
    crease_report_words(file, text, used, indent);
    fclose(file);
}

START_TEST(words_in_lines) {
    char text[1500] = "", printed[2000];
    for (int i = 0; i < 200; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d", i ? " " : "", i * i % 1009);
    print_words(text, 9, 4, printed);
    size_t line = 9, longest = 0;
    for (const char *c = printed; *c; c++) {
        line = *c == '\n' ? 0 : line + 1;
        longest = line > longest ? line : longest;
        if (c[0] == '\n' && c[1])
            ck_assert_msg(strncmp(c, "\n    ", 5) == 0 && c[5] != ' ', "%.20s", c);
    }
    ck_assert_uint_le(longest, 100);
    ck_assert_uint_ge(longest, 97); /* no word has more than three digits */
    char *rest = text, *next = NULL, *word = strtok_r(printed, " \n", &next), *wanted;
    for (; (wanted = strsep(&rest, " ")) != NULL; word = strtok_r(NULL, " \n", &next))
        ck_assert_str_eq(word, wanted);
    ck_assert_ptr_null(word);
    print_words("one  word", 0, 0, printed);
    ck_assert_str_eq(printed, "one word\n");
}
END_TEST

START_TEST(standard_output_is_for_one) {
    crease_app app = {.name = "test command"};
    ck_assert(!crease_app_check_outputs(&app, NULL));
    ck_assert(!crease_app_check_outputs(&app, "-o", NULL, "--bode", "file.png", NULL));
    ck_assert(crease_app_check_outputs(&app, "-o", NULL, "--bode", "-", NULL));
    app.json = true;
    ck_assert(!crease_app_check_outputs(&app, "-o", "file.csv", NULL));
    app.json = false;
    app.plot = "-";
    ck_assert(crease_app_check_outputs(&app, "-o", "file.csv", NULL));
}
END_TEST

/* Of --json, --plot -, -o - and --bode -, two at once. */
START_TEST(standard_output_is_not_for_two) {
    hide_messages();
    int second = _i % 3, first = _i / 3 + (_i / 3 >= second ? 1 : 0);
    crease_app app = {.name = "test command", .json = first == 0 || second == 0};
    app.plot = first == 1 || second == 1 ? "-" : "picture.png";
    crease_app_check_outputs(&app, "-o", first == 2 || second == 2 ? "-" : NULL, "--bode",
                             first == 3 || second == 3 ? "-" : "bode.png", NULL);
}
END_TEST

START_TEST(switches_are_0_or_1) {
    const crease_app app = {.name = "test command"};
    ck_assert(crease_app_switch(&app, "--gravity", "1"));
    ck_assert(!crease_app_switch(&app, "--gravity", "0"));
}
END_TEST

START_TEST(other_switches_are_usage) {
    static const char *const bad[] = {"2", "", "01", "yes"};
    const crease_app app = {.name = "test command"};
    hide_messages();
    crease_app_switch(&app, "--gravity", bad[_i]);
}
END_TEST

/* ---- interrupts and progress ---- */

START_TEST(first_interrupt_is_a_flag) {
    crease_app_catch_interrupt();
    ck_assert(!crease_app_interrupted(NULL));
    raise(SIGINT);
    ck_assert(crease_app_interrupted(NULL));
}
END_TEST

START_TEST(second_interrupt_ends) {
    crease_app_catch_interrupt();
    raise(SIGINT);
    raise(SIGINT);
}
END_TEST

/* Standard error becomes a terminal; returns its other end. */
static int open_terminal(void) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert_int_ge(master, 0);
    ck_assert_int_eq(grantpt(master), 0);
    ck_assert_int_eq(unlockpt(master), 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    ck_assert_int_ge(slave, 0);
    ck_assert_int_ge(dup2(slave, 2), 0);
    close(slave);
    ck_assert_int_eq(fcntl(master, F_SETFL, O_NONBLOCK), 0);
    return master;
}

START_TEST(progress_is_drawn_and_erased) {
    int master = open_terminal();
    crease_app app = {.name = "test"};
    crease_progress progress = crease_progress_begin(&app, "fitting");
    char text[256] = "";
    crease_progress_update(1, 10, &progress); /* in the first second: nothing */
    ck_assert(!progress.shown);
    ck_assert_int_lt(read(master, text, sizeof text - 1), 1);
    progress.started -= 4;
    progress.last -= 4;
    crease_progress_update(2, 10, &progress);
    ssize_t got = read(master, text, sizeof text - 1);
    ck_assert_int_gt(got, 0);
    text[got] = '\0';
    /* 2 in 4 seconds: half a start a second, 8 left are 16 seconds */
    ck_assert_msg(strstr(text, "fitting: 2/10, 0.5/s, 16 s left") != NULL, "%s", text);
    crease_progress_end(&progress);
    got = read(master, text, sizeof text - 1);
    ck_assert_int_gt(got, 0);
    text[got] = '\0';
    ck_assert_str_eq(text, "\r\033[K");
    close(master);
}
END_TEST

START_TEST(progress_is_silent_when_quiet_or_no_terminal) {
    crease_app app = {.name = "test"};
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
    ck_assert(!crease_progress_begin(&app, "fitting").enabled);
    int master = open_terminal();
    app.quiet = true;
    ck_assert(!crease_progress_begin(&app, "fitting").enabled);
    close(master);
}
END_TEST

/* ---- data ---- */

static crease_status load(const char *folder, crease_app_data_options options, crease_app_data *data,
                          crease_error *error) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, options.path);
    options.path = path;
    return crease_app_data_load(&quiet_app, &options, data, error);
}

START_TEST(data_follow_the_named_columns) {
    char *folder = run_folder_new();
    run_file_write(folder, "d.csv", "b,site,y,a,w\n1,north,10,2,1\n3,south,20,4,0\n5,north,30,6,2\n");
    crease_app_data data;
    crease_error error;
    crease_app_data_options options = {
        .path = "d.csv", .x = "a,1", .y = "y", .weight = "w", .where = "site=north"};
    ck_assert_msg(load(folder, options, &data, &error) == CREASE_OK, "%s", error.message);
    ck_assert_uint_eq(data.data.n, 2);
    ck_assert_uint_eq(data.data.inputs, 2);
    ck_assert_uint_eq(data.data.outputs, 1);
    const double x[] = {2, 1, 6, 5}, y[] = {10, 30}, w[] = {1, 2};
    for (size_t i = 0; i < 4; i++)
        ck_assert_double_eq(data.data.x[i], x[i]);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_double_eq(data.data.y[i], y[i]);
        ck_assert_double_eq(data.data.weight[i], w[i]);
    }
    ck_assert_str_eq(data.input_name[0], "a");
    ck_assert_str_eq(data.input_name[1], "b");
    ck_assert_str_eq(data.output_name, "y");
    crease_app_data_clear(&data);

    const char *const names[] = {"b"};
    options = (crease_app_data_options){.path = "d.csv", .names = names, .name_count = 1};
    ck_assert_msg(load(folder, options, &data, &error) == CREASE_OK, "%s", error.message);
    ck_assert_uint_eq(data.data.n, 3);
    ck_assert_uint_eq(data.data.outputs, 0);
    ck_assert_ptr_null(data.data.y);
    ck_assert_ptr_null(data.data.weight);
    ck_assert_ptr_null(data.output_name);
    ck_assert_double_eq(data.data.x[2], 5);
    crease_app_data_clear(&data);
    run_folder_remove(folder);
}
END_TEST

START_TEST(unusable_data_are_refused) {
    char *folder = run_folder_new();
    run_file_write(folder, "negative.csv", "x,y,w\n1,2,1\n2,3,-1\n");
    run_file_write(folder, "zero.csv", "x,y,w\n1,2,0\n2,3,0\n");
    run_file_write(folder, "empty.csv", "x,y,w\n");
    static const struct {
        crease_app_data_options options;
        const char *says;
    } cases[] = {{{.path = "negative.csv", .x = "x", .y = "y", .weight = "w"}, "row 2"},
                 {{.path = "zero.csv", .x = "x", .y = "y", .weight = "w"}, "weight"},
                 {{.path = "empty.csv", .x = "x", .y = "y"}, "no "},
                 {{.path = "zero.csv", .x = "x", .y = "y", .where = "x=9"}, "x=9"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        crease_app_data data;
        crease_error error = {0};
        ck_assert_int_eq(load(folder, cases[i].options, &data, &error), CREASE_BAD_DATA);
        ck_assert_msg(strstr(error.message, cases[i].says) != NULL, "%s", error.message);
        ck_assert_ptr_null(data.table);
    }
    run_folder_remove(folder);
}
END_TEST

Suite *test_app_options(void) {
    Suite *suite = suite_create("app_options");
    TCase *options = tcase_create("options");
    tcase_add_test(options, options_are_read);
    tcase_add_test(options, values_that_look_like_options_pass);
    tcase_add_loop_exit_test(options, bad_arguments_are_usage, 64, 0, BAD_ARGUMENTS);
    tcase_add_test(options, words_in_lines);
    tcase_add_test(options, standard_output_is_for_one);
    tcase_add_loop_exit_test(options, standard_output_is_not_for_two, 64, 0, 9);
    tcase_add_test(options, switches_are_0_or_1);
    tcase_add_loop_exit_test(options, other_switches_are_usage, 64, 0, 4);
    suite_add_tcase(suite, options);

    TCase *terminal = tcase_create("terminal");
    tcase_add_test(terminal, first_interrupt_is_a_flag);
    tcase_add_test_raise_signal(terminal, second_interrupt_ends, SIGINT);
    tcase_add_test(terminal, progress_is_drawn_and_erased);
    tcase_add_test(terminal, progress_is_silent_when_quiet_or_no_terminal);
    suite_add_tcase(suite, terminal);

    TCase *data = tcase_create("data");
    tcase_add_test(data, data_follow_the_named_columns);
    tcase_add_test(data, unusable_data_are_refused);
    suite_add_tcase(suite, data);
    return suite;
}
