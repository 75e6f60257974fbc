/* crease savings fit FILE --x COL --value COL: options, reading, fitting, writing. */
#include "crease/plot.h"
#include "savings/own/own_program.h"
#include <stdlib.h>
#include <string.h>

enum {
    KEY_VALUE = 1100,
    KEY_MARGINAL,
    KEY_CRRA,
    KEY_LIMIT,
    KEY_TRANSFORM,
    KEY_SCALE,
    KEY_KINKS,
    KEY_NET,
    KEY_CONCAVE,
    KEY_INCREASING,
    KEY_STATE,
    KEY_RETURN,
    KEY_SLOPE_WEIGHT,
    KEY_STARTS,
    KEY_POINTS
};

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The value function:", 1},
    {"x", 'x', "COL", 0, "column of the states, by name or 1-based number", 0},
    {"value", KEY_VALUE, "COL", 0, "column of the values", 0},
    {"marginal", KEY_MARGINAL, "COL", 0, "column of the slopes of the value, fitted jointly", 0},
    {"crra", KEY_CRRA, "G", 0,
     "relative risk aversion, 1: log utility; gives the pseudo-inverse and the policy", 0},
    {"limit", KEY_LIMIT, "X", 0, "borrowing limit: report what happens there", 0},
    {"state", KEY_STATE, "cash|assets|end", 0,
     "what the state is: cash on hand, V' = u'(c); assets before their return, V' = R u'(c); assets at the "
     "end of the period, their "
     "discounted value: V' = u'(c), and the policy is against m = state + c (cash)",
     0},
    {"R", KEY_RETURN, "R[,R]", 0, "with --state assets: gross return, or below and above the first kink (1)",
     0},
    {0, 0, 0, 0, "The fit:", 2},
    {"transform", KEY_TRANSFORM, "none|pinv|auto", 0,
     "what is fitted: V, its consumption equivalent ((1-G) V)^(1/(1-G)), or the better of both on rows left "
     "out (pinv with --crra)",
     0},
    {"scale", KEY_SCALE, "S", 0,
     "V is S times a utility, as 1/(1 - beta) in an endless life; matters for --crra 1 (1)", 0},
    {"kinks", KEY_KINKS, "auto|none|X[,X..]", 0,
     "find the kinks, have none, or have them at these states (auto)", 0},
    {"net", KEY_NET, "SPEC", 0,
     "network: one relu unit for each kink beside smooth ones, or affine+relu:N (affine+tanh:H+relu:K, H by "
     "cross-validation)",
     0},
    {"concave", KEY_CONCAVE, 0, 0, "enforce that what is fitted is concave (affine+relu:N)", 0},
    {"increasing", KEY_INCREASING, 0, 0, "enforce that it increases (affine+relu:N)", 0},
    {"slope-weight", KEY_SLOPE_WEIGHT, "W", 0,
     "how much an error of the slope counts against one of the value, both in standard deviations of state "
     "and value (0.1; 0: not at all)",
     0},
    {"starts", KEY_STARTS, "N", 0, "starting points of each fit (20)", 0},
    {0, 0, 0, 0, "Output:", 3},
    {"output", 'o', "STEM", 0, "write STEM_value.json, STEM_policy.csv and, with --crra, STEM_policy.json",
     0},
    {"points", KEY_POINTS, "N", 0, "rows of STEM_policy.csv beside the kinks (1001)", 0},
    {0}};

bool savings_own_is_meant(int argc, char **argv) {
    if (argc > 1 && (argv[1][0] != '-' || argv[1][1] == '\0'))
        return true;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--value") == 0 || strncmp(argv[i], "--value=", 8) == 0)
            return true;
    return false;
}

/* ---- options ---- */

static size_t one_of(const savings_own_program *run, const char *option, const char *text,
                     const char *const *known, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, known[i]) == 0)
            return i;
    const char *meant = crease_app_did_you_mean(text, known, count);
    crease_app_usage_error(&run->app, "%s takes %s, %s or %s, not '%s'%s%s%s", option, known[0], known[1],
                           known[2], text, meant ? "; did you mean '" : "", meant ? meant : "",
                           meant ? "'?" : "");
}

static void read_kinks(savings_own_program *run, const char *text) {
    free(run->kink);
    run->kink = NULL;
    run->options.kink_count = 0;
    run->options.no_kinks = strcmp(text, "none") == 0;
    if (!run->options.no_kinks && strcmp(text, "auto") != 0)
        run->kink = crease_app_numbers(&run->app, "--kinks", text, &run->options.kink_count);
    run->options.kink = run->kink;
}

static void read_returns(savings_own_program *run, const char *text) {
    size_t count;
    double *R = crease_app_numbers(&run->app, "--R", text, &count);
    if (count > 2 || !(R[0] > 0) || !(R[count - 1] > 0))
        crease_app_usage_error(
            &run->app, "--R takes one positive return, or two (below and above the kink), not '%s'", text);
    run->options.return_below = R[0];
    run->options.return_above = R[count - 1];
    free(R);
}

static bool parse_fit_option(savings_own_program *run, int key, char *argument) {
    static const char *const transforms[] = {"none", "pinv", "auto"};
    savings_own_options *o = &run->options;
    switch (key) {
    case KEY_TRANSFORM:
        o->transform =
            (savings_own_transform)(SAVINGS_OWN_NONE + one_of(run, "--transform", argument, transforms, 3));
        return true;
    case KEY_SCALE:
        o->scale = crease_app_positive(&run->app, "--scale", argument);
        return true;
    case KEY_KINKS:
        read_kinks(run, argument);
        return true;
    case KEY_NET:
        o->net = argument;
        return true;
    case KEY_CONCAVE:
        o->concave = true;
        return true;
    case KEY_INCREASING:
        o->increasing = true;
        return true;
    case KEY_SLOPE_WEIGHT:
        o->slope_weight = crease_app_number(&run->app, "--slope-weight", argument);
        if (o->slope_weight < 0)
            crease_app_usage_error(&run->app, "--slope-weight takes a number from 0 on, not '%s'", argument);
        if (o->slope_weight == 0)
            o->slope_weight = -1;
        return true;
    case KEY_STARTS:
        o->fit.starts = crease_app_count(&run->app, "--starts", argument, 1);
        return true;
    case KEY_POINTS:
        run->points = crease_app_count(&run->app, "--points", argument, 2);
        return true;
    default:
        return false;
    }
}

static void check_complete(const savings_own_program *run) {
    const savings_own_options *o = &run->options;
    if (!run->columns.path)
        crease_app_usage_error(&run->app,
                               "name the CSV file with the value function ('-' is standard input)");
    if (!run->x || !run->value)
        crease_app_usage_error(&run->app, run->x ? "name the column of the values: --value COL"
                                                 : "name the column of the states: --x COL");
    if (o->return_below > 0 && o->state != SAVINGS_OWN_ASSETS)
        crease_app_usage_error(&run->app, "--R belongs to --state assets, where V' = R u'(c)");
    if (o->crra == 0 && (o->transform > SAVINGS_OWN_NONE || o->scale > 0))
        crease_app_usage_error(&run->app, "the consumption equivalent needs the risk aversion: --crra G");
    crease_app_check_outputs(&run->app, NULL);
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    static const char *const states[] = {"cash", "assets", "end"};
    savings_own_program *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->columns;
        return 0;
    case 'x':
        run->x = argument;
        return 0;
    case 'o':
        run->stem = argument;
        return 0;
    case KEY_VALUE:
        run->value = argument;
        return 0;
    case KEY_MARGINAL:
        run->marginal = argument;
        return 0;
    case KEY_CRRA:
        run->options.crra = crease_app_positive(&run->app, "--crra", argument);
        return 0;
    case KEY_LIMIT:
        run->options.limit = crease_app_number(&run->app, "--limit", argument);
        run->options.has_limit = true;
        return 0;
    case KEY_STATE:
        run->options.state = (savings_own_state)one_of(run, "--state", argument, states, 3);
        return 0;
    case KEY_RETURN:
        read_returns(run, argument);
        return 0;
    case ARGP_KEY_ARG:
        crease_app_data_take_file(&run->app, &run->columns, argument);
        return 0;
    case ARGP_KEY_END:
        check_complete(run);
        return 0;
    default:
        return parse_fit_option(run, key, argument) ? 0 : ARGP_ERR_UNKNOWN;
    }
}

static void read_options(savings_own_program *run, int argc, char **argv) {
    static const struct argp_child children[] = {{&crease_app_data_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .children = children,
        .args_doc = "FILE",
        .doc = "Fits a small network to a value function that was solved elsewhere, keeps its kinks, and "
               "reports how accurate the value, its "
               "slope and the implied consumption are."};
    run->app = (crease_app){.name = "crease savings fit",
                            .examples = "  build/bin/crease savings fit data/wedge_value.csv --x assets "
                                        "--value W --crra 2 --state end --limit 0\n"
                                        "  build/bin/crease savings fit data/wedge_value.csv --x assets "
                                        "--value W --marginal dW --crra 2 --state end --transform auto "
                                        "-o build/wedge --plot build/wedge.png\n"
                                        "  build/bin/crease savings fit data/wedge_value.csv --x assets "
                                        "--value W --kinks 0 --net affine+tanh:4+relu:1 --json\n"};
    run->points = 1001;
    crease_app_parse(&run->app, &argp, argc, argv, run);
}

/* ---- work ---- */

static crease_status read_table(savings_own_program *run, crease_error *error) {
    const char *names[2] = {run->x, run->marginal};
    size_t inputs = run->marginal ? 2 : 1;
    run->columns.names = names;
    run->columns.name_count = inputs;
    run->columns.y = run->value;
    crease_status status = crease_app_data_load(&run->app, &run->columns, &run->table, error);
    if (status == CREASE_BAD_DATA && strstr(error->message, "is not a finite number")) {
        crease_error first = *error;
        crease_fail(
            error, status,
            "%.380s; leave out states at which the value is infinite, such as a limit where consumption is 0",
            first.message);
    }
    if (status != CREASE_OK)
        return status;
    const crease_table *table = run->table.table;
    run->x_name = table->name[0];
    run->value_name = table->name[inputs];
    run->marginal_name = run->marginal ? table->name[1] : "slope";
    return savings_own_data_new(table->rows, table->column[0], table->column[inputs],
                                run->marginal ? table->column[1] : NULL,
                                run->columns.weight ? table->column[inputs + 1] : NULL, &run->data, error);
}

static crease_status fit(savings_own_program *run, crease_error *error) {
    crease_app_detail(&run->app, "fitting %zu states", run->data.n);
    crease_progress progress = crease_progress_begin(&run->app, "fitting");
    crease_app_fit_options(&run->app, &progress, &run->options.fit);
    crease_status status = savings_own_run(&run->data, &run->options, &run->fit, error);
    crease_progress_end(&progress);
    return status;
}

const char *savings_own_policy_variable(const savings_own_program *run) {
    return run->options.state == SAVINGS_OWN_END ? "m" : run->x_name;
}

static crease_status name_file(savings_own_program *run, size_t which, const char *ending,
                               crease_error *error) {
    if (asprintf(&run->file[which], "%s_%s", run->stem, ending) < 0) {
        run->file[which] = NULL;
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a file name");
    }
    return CREASE_OK;
}

static crease_status save_net(savings_own_program *run, size_t which, const char *ending, crease_net *net,
                              const char *input, const char *output, crease_error *error) {
    crease_status status = name_file(run, which, ending, error);
    if (status == CREASE_OK)
        status = crease_net_set_names(net, &input, &output, error);
    return status == CREASE_OK ? crease_net_save(net, run->file[which], error) : status;
}

static crease_status save_table(savings_own_program *run, crease_error *error) {
    crease_table *table = NULL;
    const char *const name[3] = {run->x_name, run->value_name, run->marginal_name};
    crease_status status = name_file(run, 1, "policy.csv", error);
    if (status == CREASE_OK)
        status = savings_own_policy_table(&run->fit, &run->data, name, run->points, &table, error);
    if (status == CREASE_OK)
        status = crease_csv_save(run->file[1], table, error);
    crease_table_free(table);
    return status;
}

static crease_status write_files(savings_own_program *run, crease_error *error) {
    char output[128];
    if (!run->stem)
        return CREASE_OK;
    snprintf(output, sizeof output, run->fit.transform == SAVINGS_OWN_PINV ? "pinv_%s" : "%s",
             run->value_name);
    crease_status status = save_net(run, 0, "value.json", run->fit.row[0].net, run->x_name, output, error);
    if (status == CREASE_OK)
        status = save_table(run, error);
    if (status == CREASE_OK && run->fit.policy.net)
        status = save_net(run, 2, "policy.json", run->fit.policy.net, savings_own_policy_variable(run), "c",
                          error);
    return status;
}

static int report(const savings_own_program *run) {
    if (run->app.json)
        return crease_json_finish(&run->app, savings_own_json(run));
    savings_own_print(run, stdout);
    return crease_app_end(&run->app);
}

static int draw(const savings_own_program *run) {
    crease_plot *plot;
    crease_error error;
    if (savings_own_plot(run, &plot, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    return crease_app_draw(
        &run->app, plot, run->app.plot,
        run->fit.kink_count > 0
            ? "top right, the slope jumps at the kink, and only a network with a hinge there follows it"
            : "top right, the slope has no jump: there is no kink to keep");
}

int savings_own_command(int argc, char **argv) {
    savings_own_program run = {0};
    crease_error error;
    read_options(&run, argc, argv);
    crease_app_catch_interrupt();
    crease_status status = read_table(&run, &error);
    if (status == CREASE_OK)
        status = fit(&run, &error);
    if (status == CREASE_OK)
        status = write_files(&run, &error);
    int code = status == CREASE_OK ? report(&run) : crease_app_fail(&run.app, &error);
    if (code == CREASE_EXIT_OK && run.app.plot)
        code = draw(&run);
    if (code == CREASE_EXIT_OK && run.fit.interrupted)
        code =
            crease_app_fail_text(&run.app, CREASE_EXIT_INTERRUPTED,
                                 "interrupted: this is the best fit so far, and what it lacks is left blank");
    for (size_t i = 0; i < 3; i++)
        free(run.file[i]);
    savings_own_fit_clear(&run.fit);
    savings_own_data_clear(&run.data);
    crease_app_data_clear(&run.table);
    free(run.kink);
    return code;
}
