/* crease compare: the same work for each network, a table, and in words which differences are beyond the
 * noise. */
#include "commands.h"
#include "conclusions.h"
#include "pictures.h"
#include "regression.h"
#include "units.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_NETS = 600, KEY_FOLDS, KEY_UNITS, DEFAULT_COUNT = 3, KINKS_SHOWN = 4, MOST_UNITS = 64 };

typedef struct compare_run {
    crease_app app;
    regression regression;
    const char *nets;
    size_t folds, units;
    char **spec;
    size_t spec_count;
    crease_proposal proposal; /* of --nets auto; no spec_count otherwise */
    crease_comparison *comparison;
    double seconds;
    bool interrupted;
} compare_run;

static const struct argp_option options[] = {
    {"nets", KEY_NETS, "SPEC,SPEC,..", 0,
     "the networks (ReLU, tanh and sigmoid with equal numbers of free parameters); auto: what the data ask "
     "for, "
     "beside its rivals",
     0},
    {"folds", KEY_FOLDS, "K", 0, "cross-validate over K folds", 2},
    {"units", KEY_UNITS, "N", 0,
     "instead: training error of a line and 1 to N ReLU units, above its certified lower bound", 2},
    {0}};

static void check_units(const compare_run *run) {
    const regression *r = &run->regression;
    if (run->nets || run->folds || r->test_path)
        crease_app_usage_error(&run->app, "--units compares training errors of its own networks: leave out "
                                          "--nets, --folds and --test");
    if (r->fit.method != CREASE_METHOD_AUTO || r->fit.init != CREASE_INIT_AUTO || r->fit.l2 > 0 ||
        r->fit.derivative_at_zero > 0)
        crease_app_usage_error(&run->app, "--units compares methods: leave out --method, --init, --l2 and "
                                          "--derivative-at-zero");
    if (regression_inputs(r) != 1)
        crease_app_usage_error(&run->app, "--units takes one input column");
}

static error_t parse_compare(int key, char *argument, struct argp_state *state) {
    compare_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->regression;
        return 0;
    case KEY_NETS:
        run->nets = argument;
        return 0;
    case KEY_FOLDS:
        run->folds = crease_app_count(&run->app, "--folds", argument, 2);
        return 0;
    case KEY_UNITS:
        run->units = crease_app_count(&run->app, "--units", argument, 1);
        if (run->units > MOST_UNITS)
            crease_app_usage_error(&run->app, "--units takes up to %d", MOST_UNITS);
        return 0;
    case ARGP_KEY_END:
        if (run->units > 0)
            check_units(run);
        if (run->folds > 0 && run->regression.test_path)
            crease_app_usage_error(&run->app,
                                   "--folds and --test both measure the error on other rows; give one");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool is_automatic(const compare_run *run) {
    return run->nets && strcmp(run->nets, "auto") == 0;
}

/* What the data ask for, found before the comparison. */
static int propose_nets(compare_run *run) {
    crease_error error;
    crease_fit_options fit = {0};
    char joined[sizeof run->proposal.spec + 3] = "";
    crease_progress progress = crease_progress_begin(&run->app, "proposing");
    crease_app_fit_options(&run->app, &progress, &fit);
    crease_app_catch_interrupt();
    crease_app_detail(&run->app, "looking for the kind of network that the data ask for");
    crease_status status = crease_compare_propose(&run->regression.data.data, &fit, &run->proposal, &error);
    crease_progress_end(&progress);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    for (size_t i = 0, length = 0; i < run->proposal.spec_count; i++)
        length += (size_t)snprintf(joined + length, sizeof joined - length, "%s%s", i ? "," : "",
                                   run->proposal.spec[i]);
    run->spec = crease_app_list(&run->app, "--nets", joined, &run->spec_count);
    return 0;
}

static int choose_nets(compare_run *run) {
    size_t inputs = regression_inputs(&run->regression);
    char defaults[DEFAULT_COUNT][32], joined[DEFAULT_COUNT * 32];
    const char *nets = run->nets;
    if (is_automatic(run))
        return 0;
    if (!nets) {
        crease_compare_default_specs(inputs, defaults);
        snprintf(joined, sizeof joined, "%s,%s,%s", defaults[0], defaults[1], defaults[2]);
        nets = joined;
    }
    run->spec = crease_app_list(&run->app, "--nets", nets, &run->spec_count);
    for (size_t i = 0; i < run->spec_count; i++) {
        crease_net *net = NULL;
        crease_error error;
        if (crease_net_parse(run->spec[i], inputs, 1, &net, &error) != CREASE_OK)
            return crease_app_fail(&run->app, &error);
        crease_net_free(net);
    }
    return 0;
}

static int prepare(compare_run *run) {
    int code = choose_nets(run);
    if (code == 0)
        code = can_write(&run->app, run->app.plot);
    if (code == 0)
        code = regression_load(&run->regression);
    if (code == 0 && run->folds > run->regression.data.data.n)
        code = crease_app_fail_text(&run->app, CREASE_EXIT_DATA, "%s has %zu row%s, too few for %zu folds",
                                    run->regression.data.table->source, run->regression.data.data.n,
                                    run->regression.data.data.n == 1 ? "" : "s", run->folds);
    if (code == 0 && is_automatic(run))
        code = propose_nets(run);
    return code;
}

static int compare(compare_run *run) {
    crease_error error;
    crease_progress progress = crease_progress_begin(&run->app, "comparing");
    crease_compare_options comparing = {.fit = run->regression.fit,
                                        .folds = run->folds,
                                        .test =
                                            run->regression.test_path ? &run->regression.test.data : NULL};
    crease_app_fit_options(&run->app, &progress, &comparing.fit);
    crease_app_catch_interrupt();
    crease_app_detail(&run->app, "comparing %zu networks on %zu rows", run->spec_count,
                      run->regression.data.data.n);
    crease_status status = crease_compare((const char *const *)run->spec, run->spec_count,
                                          &run->regression.data.data, &comparing, &run->comparison, &error);
    crease_progress_end(&progress);
    run->interrupted = crease_app_interrupted(NULL);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    for (size_t i = 0; i < run->comparison->row_count; i++)
        regression_warn_few_rows(&run->regression, run->comparison->row[i].spec,
                                 run->comparison->row[i].n_free);
    return 0;
}

static const char *no_test_reason(const compare_run *run) {
    return run->interrupted ? "interrupted before it was measured" : "neither --folds nor --test was given";
}

static json_t *row_json(const compare_run *run, const crease_compare_row *row) {
    json_t *object = json_object();
    crease_json_set_text(object, "net", row->spec);
    crease_json_set_count(object, "n_params", row->n_params);
    crease_json_set_count(object, "n_free", row->n_free);
    crease_json_set_number(object, "rmse_median", row->rmse_median, NULL);
    crease_json_set_number(object, "rmse_best", row->rmse_best, NULL);
    crease_json_set_number(object, "rmse_iqr", row->rmse_iqr, NULL);
    crease_json_set_number(object, "test_rmse", row->test_rmse, no_test_reason(run));
    crease_json_set_number(object, "max_error", row->fit.score.max_error, NULL);
    crease_json_set_number(object, "hit_rate", row->fit.hit_rate, NULL);
    crease_json_set_number(object, "seconds_median", row->seconds_median, NULL);
    crease_json_set_number(object, "rmse_equal_seconds", row->rmse_equal_seconds, NULL);
    crease_json_set_number(object, "starts_equal_seconds", row->starts_equal_seconds, NULL);
    json_object_set_new(object, "searched", json_boolean(row->fit.searched));
    crease_json_set_count(object, "starts", row->fit.starts);
    crease_json_set_count(object, "dead_units", row->fit.dead_units);
    crease_json_set_text(object, "stop", crease_stop_name(row->fit.stop));
    if (row->fold_rmse)
        json_object_set_new(object, "fold_rmse", crease_json_numbers(row->fold_rmse, run->comparison->folds));
    json_object_set_new(object, "kinks", crease_json_kinks(row->kinks, row->kink_count));
    return object;
}

/* A ratio of errors, a over b, with its test. */
static void set_ratio(json_t *object, const crease_paired *test) {
    static const char *const why =
        "the ratios do not vary, are fewer than three, or a global search has no seed "
        "noise";
    crease_json_set_number(object, "log_ratio", test->log_ratio, "an error is zero or was not measured");
    crease_json_set_number(object, "ratio", exp(test->log_ratio), "an error is zero or was not measured");
    crease_json_set_number(object, "ratio_low", exp(test->log_low), why);
    crease_json_set_number(object, "ratio_high", exp(test->log_high), why);
    crease_json_set_number(object, "p_value", test->p_value, why);
    crease_json_set_number(object, "p_adjusted", test->p_adjusted, why);
}

static json_t *pair_json(const crease_comparison *comparison, const crease_compare_pair *pair) {
    json_t *object = json_object(), *seeds = json_object();
    char sentence[SENTENCE_SIZE];
    crease_json_set_text(object, "a", comparison->row[pair->a].spec);
    crease_json_set_text(object, "b", comparison->row[pair->b].spec);
    crease_json_set_text(object, "noise", comparison->folds > 1 ? "folds" : "starts");
    set_ratio(object, main_test(comparison, pair));
    set_ratio(seeds, &pair->starts);
    conclude_seeds(comparison, pair, sentence);
    crease_json_set_text(seeds, "conclusion", sentence);
    json_object_set_new(object, "seeds", seeds);
    crease_json_set_number(object, "chance_a_lower_equal_seconds", pair->chance_equal_seconds, NULL);
    conclude_pair(comparison, pair, sentence);
    crease_json_set_text(object, "conclusion", sentence);
    conclude_parameters(comparison, pair, sentence);
    crease_json_set_text(object, "conclusion_equal_parameters", sentence);
    conclude_seconds(comparison, pair, sentence);
    crease_json_set_text(object, "conclusion_equal_seconds", sentence);
    return object;
}

static json_t *proposal_json(const compare_run *run) {
    json_t *object = json_object();
    if (run->proposal.kind == CREASE_PROPOSE_NOTHING)
        json_object_set_new(object, "net", json_null());
    else
        crease_json_set_text(object, "net", run->proposal.spec[0]);
    crease_json_set_text(object, "kind", crease_proposal_kind_name(run->proposal.kind));
    crease_json_set_text(object, "why", run->proposal.why);
    return object;
}

static int print_json(const compare_run *run) {
    const crease_comparison *comparison = run->comparison;
    json_t *object = crease_json_begin("compare"), *rows = json_array(), *pairs = json_array();
    crease_json_set_count(object, "n", run->regression.data.data.n);
    if (is_automatic(run))
        json_object_set_new(object, "proposal", proposal_json(run));
    for (size_t i = 0; i < comparison->row_count; i++)
        json_array_append_new(rows, row_json(run, &comparison->row[i]));
    json_object_set_new(object, "rows", rows);
    for (size_t i = 0; i < comparison->pair_count; i++)
        json_array_append_new(pairs, pair_json(comparison, &comparison->pair[i]));
    json_object_set_new(object, "differences", pairs);
    char sentence[SENTENCE_SIZE];
    conclude_basis(comparison, run->regression.test_path != NULL, sentence);
    crease_json_set_text(object, "basis", sentence);
    crease_json_set_number(object, "equal_seconds", comparison->equal_seconds, NULL);
    crease_json_set_count(object, "folds", comparison->folds);
    crease_json_set_count(object, "seed", run->app.seed);
    return crease_json_finish(&run->app, object);
}

static void report_kinks(crease_report *report, const crease_compare_row *row) {
    char text[KINKS_SHOWN * 24 + 24] = "";
    size_t length = 0;
    for (size_t i = 0; i < row->kink_count && i < KINKS_SHOWN; i++)
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s%.4g", i ? ", " : "", row->kinks[i].x);
    if (row->kink_count > KINKS_SHOWN)
        snprintf(text + length, sizeof text - length, ", ...");
    crease_report_text(report, "%s", row->kink_count ? text : "-");
}

static void print_table(const compare_run *run) {
    static const char *const titles[] = {"net",      "free",       "best rmse", "median",
                                         "iqr",      "equal time", "test rmse", "max error",
                                         "hit rate", "ms/start",   "kinks"};
    crease_report *report = crease_report_new(sizeof titles / sizeof *titles, titles);
    for (size_t i = 0; i < run->comparison->row_count; i++) {
        const crease_compare_row *row = &run->comparison->row[i];
        crease_report_text(report, "%s", row->spec);
        crease_report_count(report, row->n_free);
        crease_report_number(report, row->rmse_best, 4);
        crease_report_number(report, row->rmse_median, 4);
        crease_report_number(report, row->rmse_iqr, 2);
        crease_report_number(report, row->rmse_equal_seconds, 4);
        crease_report_number(report, row->test_rmse, 4);
        crease_report_number(report, row->fit.score.max_error, 4);
        crease_report_number(report, row->fit.hit_rate, 2);
        crease_report_number(report, 1e3 * row->seconds_median, 3);
        report_kinks(report, row);
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
}

static void print_pair(const crease_comparison *comparison, const crease_compare_pair *pair) {
    char sentence[SENTENCE_SIZE];
    conclude_pair(comparison, pair, sentence);
    puts(sentence);
    if (comparison->folds > 1) {
        conclude_seeds(comparison, pair, sentence);
        printf("  On the rows fitted: %s\n", sentence);
    }
    conclude_parameters(comparison, pair, sentence);
    printf("  %s ", sentence);
    conclude_seconds(comparison, pair, sentence);
    puts(sentence);
}

static int print_text(const compare_run *run) {
    const crease_comparison *comparison = run->comparison;
    char sentence[SENTENCE_SIZE];
    const size_t n = run->regression.data.data.n, starts = comparison->row[0].fit.starts;
    printf("%zu row%s of %s, %zu start%s a network%s, seed %llu\n\n", n, n == 1 ? "" : "s",
           run->regression.data.table->source, starts, starts == 1 ? "" : "s",
           run->interrupted ? " wanted (interrupted)" : "", (unsigned long long)run->app.seed);
    if (is_automatic(run))
        printf("%s\n\n", run->proposal.why);
    print_table(run);
    putchar('\n');
    for (size_t i = 0; i < comparison->pair_count; i++)
        print_pair(comparison, &comparison->pair[i]);
    conclude_basis(comparison, run->regression.test_path != NULL, sentence);
    puts(sentence);
    return crease_app_end(&run->app);
}

static int deliver(const compare_run *run) {
    int code = run->app.plot ? draw_compare(&run->app, run->comparison, &run->regression.data) : 0;
    int printed = run->app.json ? print_json(run) : print_text(run);
    code = code ? code : printed;
    if (run->interrupted) {
        crease_app_note(&run->app, "interrupted: these are the best results so far");
        code = code ? code : CREASE_EXIT_INTERRUPTED;
    }
    return code;
}

int command_compare(int argc, char **argv) {
    static const char doc[] = "Fits several networks to the same data with the same work, and says which "
                              "differences are beyond the noise.";
    static const char examples[] =
        "  build/bin/crease compare data/clip.csv -x e -y u --nets affine+relu:2,tanh:3,relu:6 --folds 5\n"
        "  build/bin/crease compare data/clip.csv -x e -y u --nets auto --folds 5\n"
        "  build/bin/crease compare data/overtime.csv -x hours -y pay --units 6 --plot build/units.svg\n";
    static const struct argp_child children[] = {{&regression_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options, .parser = parse_compare, .args_doc = "DATA", .doc = doc, .children = children};
    compare_run run = {.app = {.name = "crease compare", .examples = examples}};
    run.regression.app = &run.app;
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = prepare(&run);
    if (code == 0 && run.units > 0) {
        code = compare_units(&run.regression, run.units);
    } else {
        if (code == 0)
            code = compare(&run);
        if (code == 0)
            code = deliver(&run);
    }
    crease_comparison_free(run.comparison);
    regression_clear(&run.regression);
    crease_app_list_free(run.spec, run.spec_count);
    return code;
}
