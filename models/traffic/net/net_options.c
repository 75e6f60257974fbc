/* The options of crease traffic net: those of fd for data and fitting, and its own. */
#include "traffic/net/net_program.h"
#include <stdlib.h>
#include <string.h>

enum {
    KEY_TRUTH = 500,
    KEY_MODEL,
    KEY_LARGEST,
    KEY_WRITE,
    KEY_RUNS,
    KEY_POINTS,
    KEY_NOISE,
    KEY_NOISE_OF,
    KEY_UPTO
};

void net_truth_name(const net_run *run, size_t truth, char name[32]) {
    snprintf(name, 32, "%.*s", (int)strcspn(run->truth_text[truth], ":"), run->truth_text[truth]);
}

static const struct argp_option options[] = {
    {0, 0, 0, 0, "Instead of DATA:", 11},
    {"model", KEY_MODEL, "FILE.json", 0, "audit this network as it is, without fitting", 0},
    {"largest-density", KEY_LARGEST, "X", 0,
     "of --model: the largest density that it was fitted to (the truth's jam density, else from the network)",
     0},
    {"truth", KEY_TRUTH, "TRUTH", 0,
     "triangular:VF,W,RHOJ, trapezoidal:VF,C,W,RHOJ, greenshields:VF,RHOJ, smulders:VF,A,RHOC,RHOJ or "
     "newell-franklin:VF,W,RHOJ; the name alone has free speed 100 and jam density 150. Without DATA and "
     "--model: a "
     "study of fits to simulated data, of each --truth that is given; with them, what they are measured "
     "against",
     0},
    {0, 0, 0, 0, "A study (--starts 4; --models by the kind of truth):", 12},
    {"runs", KEY_RUNS, "N", 0, "simulated data sets of each truth and --upto (5)", 0},
    {"points", KEY_POINTS, "N", 0, "rows of each (400)", 0},
    {"noise", KEY_NOISE, "PERCENT", 0, "standard deviation of the noise (4)", 0},
    {"noise-of", KEY_NOISE_OF, "WHAT", 0,
     "flow (default): per cent of each flow, or capacity: of the capacity", 0},
    {"upto", KEY_UPTO, "S,S,..", 0,
     "the data reach to these shares of the jam density (1.3333,0.85: beyond the jam, and not up to it)", 0},
    {0, 0, 0, 0, "Output:", 13},
    {"write", KEY_WRITE, "M", 0, "-o writes this one of the models (the closest of the physical ones)", 0},
    {0}};

static error_t parse_study(int key, char *argument, net_run *run) {
    switch (key) {
    case KEY_RUNS:
        run->runs = crease_app_count(&run->app, run->study_option = "--runs", argument, 1);
        return 0;
    case KEY_POINTS:
        run->points = crease_app_count(&run->app, run->study_option = "--points", argument, 2);
        return 0;
    case KEY_NOISE:
        run->noise = crease_app_not_negative(&run->app, run->study_option = "--noise", argument) / 100.0;
        return 0;
    case KEY_NOISE_OF:
        if (strcmp(argument, "flow") != 0 && strcmp(argument, "capacity") != 0)
            crease_app_usage_error(&run->app, "--noise-of takes flow or capacity, not '%s'", argument);
        run->study_option = "--noise-of";
        run->noise_of_capacity = strcmp(argument, "capacity") == 0;
        return 0;
    case KEY_UPTO:
        run->study_option = "--upto";
        run->reaches = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_net(int key, char *argument, struct argp_state *state) {
    net_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->fd; /* the options of fd are a child, see traffic_net_main */
        return 0;
    case KEY_TRUTH:
        if (run->truth_count == NET_MOST_TRUTHS)
            crease_app_usage_error(&run->app, "at most %d truths in one study", NET_MOST_TRUTHS);
        run->truth_text[run->truth_count++] = argument;
        return 0;
    case KEY_MODEL:
        if (run->model_path)
            crease_app_usage_error(&run->app, "one --model, not two: '%s' and '%s'", run->model_path,
                                   argument);
        run->model_path = argument;
        return 0;
    case KEY_LARGEST:
        run->largest_density = crease_app_positive(&run->app, "--largest-density", argument);
        return 0;
    case KEY_WRITE:
        run->write_model = argument;
        return 0;
    default:
        return parse_study(key, argument, run);
    }
}

static void read_truths(net_run *run) {
    static const char *const known[] = {"triangular", "trapezoidal", "greenshields", "smulders",
                                        "newell-franklin"};
    for (size_t i = 0; i < run->truth_count; i++) {
        crease_error error;
        char name[32];
        if (traffic_net_truth_parse(run->truth_text[i], &run->truth[i], &error) == CREASE_OK)
            continue;
        net_truth_name(run, i, name);
        const char *meant = crease_app_did_you_mean(name, known, sizeof known / sizeof *known);
        if (meant && strcmp(meant, name) != 0)
            crease_app_usage_error(&run->app, "%s; did you mean %s?", error.message, meant);
        crease_app_usage_error(&run->app, "%s", error.message);
    }
}

static void read_reaches(net_run *run) {
    run->reach = crease_app_numbers(
        &run->app, "--upto", run->reaches ? run->reaches : "1.3333333333333333,0.85", &run->reach_count);
    for (size_t i = 0; i < run->reach_count; i++)
        if (!(run->reach[i] > 0.0) || !(run->reach[i] <= 100.0))
            crease_app_usage_error(&run->app,
                                   "--upto takes shares of the jam density above 0, at most 100, not %g",
                                   run->reach[i]);
}

static void check_writing(const net_run *run) {
    const fd_run *fd = &run->fd;
    bool found = false;
    if (run->write_model && !fd->output)
        crease_app_usage_error(&run->app, "--write belongs to -o MODEL.json");
    if (!fd->output)
        return;
    for (size_t i = 0; i < fd->model_count; i++) {
        const bool physical = strcmp(fd->model[i], "triangular") == 0 ||
                              strcmp(fd->model[i], "trapezoidal") == 0 ||
                              strncmp(fd->model[i], "physical:", 9) == 0;
        found = found || (run->write_model ? strcmp(fd->model[i], run->write_model) == 0 &&
                                                 (physical || traffic_model_parameters(fd->model[i]) == 0)
                                           : physical);
    }
    if (!found && run->write_model)
        crease_app_usage_error(&run->app,
                               "--write '%s': it must be one of --models, and a network or piecewise linear",
                               run->write_model);
    if (!found)
        crease_app_usage_error(&run->app,
                               "-o writes a physical network, and no model is one by its form: add "
                               "physical:3 or triangular to --models, or name another with --write");
}

/* What one kind of run does not take. */
static void check_kind(const net_run *run) {
    const fd_run *fd = &run->fd;
    const bool columns = fd->density || fd->flow || fd->speed || fd->occupancy;
    if (fd->path && run->model_path)
        crease_app_usage_error(&run->app, "give DATA or --model, not both: '%s' and '%s'", fd->path,
                               run->model_path);
    if (!fd->path && !run->model_path && run->truth_count == 0) {
        if (columns)
            crease_app_usage_error(&run->app, "which file? DATA is missing (- is standard input)");
        crease_app_usage_error(&run->app,
                               "of what? Give DATA --density COL --flow COL, or --model FILE.json, or for "
                               "a study of simulated data --truth triangular");
    }
    if (!fd->path && columns)
        crease_app_usage_error(&run->app,
                               "--density, --flow, --speed and --occupancy name columns of DATA, and there "
                               "is no DATA");
    if ((fd->path || run->model_path) && run->study_option)
        crease_app_usage_error(&run->app, "%s belongs to a study: --truth without DATA and --model",
                               run->study_option);
    if ((fd->path || run->model_path) && run->truth_count > 1)
        crease_app_usage_error(&run->app, "one --truth to measure against, not %zu", run->truth_count);
    if (!fd->path && fd->output)
        crease_app_usage_error(&run->app, "-o writes a network fitted to DATA, and there is no DATA");
    if (!run->model_path && run->largest_density > 0.0)
        crease_app_usage_error(&run->app, "--largest-density belongs to --model");
    if (run->model_path && (fd->models || fd->study.jam_density > 0.0))
        crease_app_usage_error(&run->app,
                               "--model is audited as it is: --models and --jam-density are for fits");
    if (!fd->path && (fd->study.bootstrap > 0 || fd->study.by != TRAFFIC_BY_FLOW ||
                      fd->study.weighting != TRAFFIC_OLS || fd->where || fd->moving || fd->skip_missing))
        crease_app_usage_error(&run->app,
                               "--bootstrap, --by, --weights, --where, --moving and --skip-missing belong "
                               "to DATA, and there is no DATA");
}

void net_check_usage(net_run *run) {
    const crease_app mine = run->app;
    run->fd.app = mine;
    check_kind(run);
    read_truths(run);
    if (run->fd.path) {
        traffic_fd_check_usage(&run->fd);
        traffic_fd_choose_models(&run->fd);
        check_writing(run);
    } else if (!run->model_path) {
        read_reaches(run);
        if (run->fd.models)
            traffic_fd_choose_models(&run->fd);
        check_writing(run);
    }
    crease_app_check_outputs(&run->app, "-o", run->fd.output, NULL);
}

static const char doc[] = "Networks on the flow diagram, held to physics: no flow on an empty road, never "
                          "negative, concave up to the jam, "
                          "zero there. Audits fits to DATA, a saved network, or many fits to simulated data "
                          "of a known truth, and says which "
                          "claims the numbers bear out.\vlowest: the lowest flow from 0 to 1.5 times the "
                          "largest density observed. lowest past "
                          "jam: from the model's own zero on. rise: the largest rise of the slope below the "
                          "jam; 0 means concave. wave error: "
                          "mean difference of the wave speed -dq/drho from the truth's between 0 and its jam "
                          "density. In a study negative "
                          "flows are looked for between the true jam density and 4/3 of it, or the end of "
                          "the data when that is farther; what "
                          "is smaller than 1/10000 of the capacity is let pass.";

const struct argp traffic_net_argp = {
    .options = options, .parser = parse_net, .args_doc = "[DATA]", .doc = doc};
