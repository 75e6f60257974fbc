/* The options of crease traffic fd. */
#include "traffic/fd/fd_program.h"
#include <string.h>

enum {
    KEY_DENSITY = 300,
    KEY_FLOW,
    KEY_SPEED,
    KEY_BY,
    KEY_WEIGHTS,
    KEY_MODELS,
    KEY_STARTS,
    KEY_WHERE,
    KEY_MOVING,
    KEY_SKIP_MISSING,
    KEY_DECIMAL,
    KEY_OCCUPANCY,
    KEY_EFFECTIVE,
    KEY_LANES,
    KEY_UNITS,
    KEY_FILE_UNITS,
    KEY_JAM,
    KEY_BOOTSTRAP,
    KEY_BLOCK
};

/* Those of the data and of fits to them, which crease traffic certify has as well. */
static const struct argp_option data_options[] = {
    {0, 0, 0, 0, "Columns, by name or number; give two of the three (occupancy stands for density):", 1},
    {"density", KEY_DENSITY, "COL", 0, "vehicles per length and lane", 0},
    {"flow", KEY_FLOW, "COL", 0, "vehicles per hour and lane", 0},
    {"speed", KEY_SPEED, "COL", 0, "length per hour; the third column is derived by flow = density x speed",
     0},
    {"occupancy", KEY_OCCUPANCY, "COL", 0,
     "share of time in per cent that the detector is covered: density = 10 occupancy / effective length", 0},
    {"effective-length", KEY_EFFECTIVE, "M", 0, "of a vehicle and the detector, in metres", 0},
    {"lanes", KEY_LANES, "N", 0, "density and flow are totals of N lanes; the report is per lane", 0},
    {"file-units", KEY_FILE_UNITS, "U", 0,
     "km or mile: the length in the columns (from their names, if these say)", 0},
    {0, 0, 0, 0, "Fitting:", 2},
    {"by", KEY_BY, "WHAT", 0, "flow (default) or speed: whose squared error is minimised", 0},
    {"weights", KEY_WEIGHTS, "W", 0,
     "ols (default: equal) or qu: by the distance to the neighbouring densities", 0},
    {"jam-density", KEY_JAM, "X", 0,
     "imposed on every diagram that has one, per lane, in the units of the report", 0},
    {"bootstrap", KEY_BOOTSTRAP, "N", 0, "95 per cent intervals from N resamples (none; 1000 is usual)", 0},
    {"block", KEY_BLOCK, "N", 0, "resample blocks of N consecutive rows, for rows in the order of time (1)",
     0},
    {0, 0, 0, 0, "Rows:", 3},
    {"where", KEY_WHERE, "COL=TEXT", 0, "only rows whose cell in COL is exactly TEXT", 0},
    {"moving", KEY_MOVING, 0, 0, "leave out rows without flow: standing vehicles on a partly filled road", 0},
    {"skip-missing", KEY_SKIP_MISSING, 0, 0, "leave out rows with an empty, NA or NaN cell in a used column",
     0},
    {"decimal", KEY_DECIMAL, "C", 0, "decimal mark: '.' (default) or ','", 0},
    {0}};

static const struct argp_option options[] = {
    {"units", KEY_UNITS, "U", 0, "km or mile: the length in the report (as in the file)", 1},
    {"models", KEY_MODELS, "M,M,..", 0,
     "greenshields, triangular, trapezoidal, smulders, newell-franklin, underwood, drake, van-aerde, s3, "
     "physical:KINKS, and networks as relu:6, tanh:4, affine+relu:2 "
     "(greenshields,triangular,physical:6,relu:6,tanh:4,sigmoid:4)",
     2},
    {"starts", KEY_STARTS, "N", 0, "random starts of a network (20)", 2},
    {"output", 'o', "MODEL.json", 0, "write the closest of the models that is a network or piecewise linear",
     2},
    {0}};

static fd_length length_unit(const fd_run *run, const char *option, const char *text) {
    if (strcmp(text, "km") != 0 && strcmp(text, "mile") != 0)
        crease_app_usage_error(&run->app, "%s takes km or mile, not '%s'", option, text);
    return strcmp(text, "km") == 0 ? FD_KM : FD_MILE;
}

static error_t parse_rows(int key, char *argument, fd_run *run) {
    switch (key) {
    case KEY_WHERE:
        if (!strchr(argument, '=') || *argument == '=')
            crease_app_usage_error(&run->app, "--where takes COLUMN=TEXT, not '%s'", argument);
        run->where = argument;
        return 0;
    case KEY_MOVING:
        run->moving = true;
        return 0;
    case KEY_SKIP_MISSING:
        run->skip_missing = true;
        return 0;
    case KEY_DECIMAL:
        if (strcmp(argument, ".") != 0 && strcmp(argument, ",") != 0)
            crease_app_usage_error(&run->app, "--decimal takes '.' or ',', not '%s'", argument);
        run->decimal = *argument;
        return 0;
    case ARGP_KEY_ARG:
        if (run->path)
            crease_app_usage_error(&run->app, "one file of data, not two: '%s' and '%s'", run->path,
                                   argument);
        run->path = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_fit(int key, char *argument, fd_run *run) {
    switch (key) {
    case KEY_BY:
        if (strcmp(argument, "flow") != 0 && strcmp(argument, "speed") != 0)
            crease_app_usage_error(&run->app, "--by takes flow or speed, not '%s'", argument);
        run->study.by = strcmp(argument, "speed") == 0 ? TRAFFIC_BY_SPEED : TRAFFIC_BY_FLOW;
        return 0;
    case KEY_WEIGHTS:
        if (strcmp(argument, "ols") != 0 && strcmp(argument, "qu") != 0)
            crease_app_usage_error(&run->app, "--weights takes ols or qu, not '%s'", argument);
        run->study.weighting = strcmp(argument, "qu") == 0 ? TRAFFIC_QU : TRAFFIC_OLS;
        return 0;
    case KEY_JAM:
        run->study.jam_density = crease_app_positive(&run->app, "--jam-density", argument);
        return 0;
    case KEY_BOOTSTRAP:
        run->study.bootstrap = crease_app_count(&run->app, "--bootstrap", argument, 0);
        return 0;
    case KEY_BLOCK:
        run->study.block = crease_app_count(&run->app, "--block", argument, 1);
        return 0;
    default:
        return parse_rows(key, argument, run);
    }
}

static error_t parse_data(int key, char *argument, struct argp_state *state) {
    fd_run *run = state->input;
    switch (key) {
    case KEY_DENSITY:
        run->density = argument;
        return 0;
    case KEY_FLOW:
        run->flow = argument;
        return 0;
    case KEY_SPEED:
        run->speed = argument;
        return 0;
    case KEY_OCCUPANCY:
        run->occupancy = argument;
        return 0;
    case KEY_EFFECTIVE:
        run->effective_length = crease_app_positive(&run->app, "--effective-length", argument);
        return 0;
    case KEY_LANES:
        run->lanes = crease_app_count(&run->app, "--lanes", argument, 1);
        return 0;
    case KEY_FILE_UNITS:
        run->file_units = length_unit(run, "--file-units", argument);
        return 0;
    default:
        return parse_fit(key, argument, run);
    }
}

const struct argp traffic_fd_data_argp = {.options = data_options, .parser = parse_data};

static error_t parse_fd(int key, char *argument, struct argp_state *state) {
    fd_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = run;
        return 0;
    case KEY_UNITS:
        run->units = length_unit(run, "--units", argument);
        return 0;
    case KEY_MODELS:
        run->models = argument;
        return 0;
    case KEY_STARTS:
        run->study.fit.starts = crease_app_count(&run->app, "--starts", argument, 1);
        return 0;
    case 'o':
        run->output = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void traffic_fd_choose_models(fd_run *run) {
    size_t curved = 0;
    static const char *const known[] = {
        "greenshields", "triangular", "trapezoidal", "smulders", "newell-franklin", "underwood", "drake",
        "van-aerde",    "s3",         "physical:3",  "relu:6",   "tanh:4",          "sigmoid:4"};
    run->model = crease_app_list(&run->app, "--models", run->models ? run->models : traffic_default_models,
                                 &run->model_count);
    for (size_t i = 0; i < run->model_count; i++) {
        crease_error error;
        curved += traffic_model_parameters(run->model[i]) > 0 && strcmp(run->model[i], "triangular") != 0 &&
                  strcmp(run->model[i], "trapezoidal") != 0 && strncmp(run->model[i], "physical", 8) != 0;
        if (traffic_model_check(run->model[i], &error) == CREASE_OK)
            continue;
        const char *meant = crease_app_did_you_mean(run->model[i], known, sizeof known / sizeof *known);
        if (meant && strcmp(meant, run->model[i]) != 0)
            crease_app_usage_error(&run->app, "%s; did you mean %s?", error.message, meant);
        crease_app_usage_error(&run->app, "%s", error.message);
    }
    if (run->output && curved == run->model_count)
        crease_app_usage_error(&run->app,
                               "-o writes a network, and a curved diagram is none: add triangular, "
                               "physical:3 or a network to --models");
}

void traffic_fd_check_usage(const fd_run *run) {
    const int densities = (run->density != NULL) + (run->occupancy != NULL);
    const int given = densities + (run->flow != NULL) + (run->speed != NULL);
    if (!run->path)
        crease_app_usage_error(&run->app, "which file? DATA is missing (- is standard input)");
    if (densities == 2)
        crease_app_usage_error(&run->app, "give --density or --occupancy, not both");
    if (run->occupancy && !(run->effective_length > 0.0))
        crease_app_usage_error(&run->app,
                               "density from occupancy needs --effective-length M, the length of a "
                               "vehicle and the detector in metres, for example 7");
    if (!run->occupancy && run->effective_length > 0.0)
        crease_app_usage_error(&run->app, "--effective-length belongs to --occupancy");
    if (run->study.block > 0 && run->study.bootstrap == 0)
        crease_app_usage_error(&run->app, "--block belongs to --bootstrap N");
    if (given != 2)
        crease_app_usage_error(&run->app,
                               "give two of --density, --flow and --speed (flow = density x speed), not %s",
                               given == 3   ? "all three"
                               : given == 1 ? "one"
                                            : "none");
    crease_app_check_outputs(&run->app, "-o", run->output, NULL);
}

static const char doc[] =
    "Fits flow diagrams and networks to traffic data. Every diagram is 0 below density 0 and beyond its jam "
    "density.\v"
    "free: parameters that the data can tell apart. rmse: root mean square error, unweighted, of flow or, by "
    "speed, of "
    "speed; --json also has wmse, the weighted mean square that was minimised. free speed: slope at the "
    "low-density "
    "end, of a network at the least density observed. capacity, crit. dens.: the largest flow (of a network "
    "over the "
    "densities observed) and where it is reached. wave speed: mean slope, sign changed, from there to the "
    "jam density, or "
    "to the largest density observed where there is none; of smulders and newell-franklin the w of the "
    "formula. jam "
    "dens.: the first density beyond, at which the flow is zero; with a star (extrapolated) it lies beyond "
    "all densities "
    "observed. min past jam (min_flow_beyond_jam): the lowest flow from there up to 1.5 times the largest "
    "density "
    "observed. flow at 0: the prediction for the empty road. rmse median, hit rate: of a network, the median "
    "over its "
    "starts, and the share of them that reach the best. of bound: the least wmse that any diagram can have "
    "whose speed "
    "never rises with density (isotonic_bound), over its own; a network, which need not obey this, can "
    "exceed 1. s: "
    "seconds.\n"
    "95 % intervals: 2.5 and 97.5 per cent of the fits to resampled rows; none where too many of these fits "
    "have no such "
    "value. fits: how many of the resamples could be fitted. Networks are refitted from their own weights, "
    "so what other "
    "starts may find is not in their intervals. The picture shows the intervals of the jam densities below, "
    "those of "
    "capacity and critical density as crosses.\n"
    "By speed, Greenshields is the regression line of speed on density. Jam bias (jam_bias): by how much a "
    "piecewise-linear diagram would miss the jam density if the best curved one with a jam density were the "
    "truth.";

static const struct argp_child children[] = {{&traffic_fd_data_argp, 0, NULL, 0}, {0}};

const struct argp traffic_fd_argp = {
    .options = options, .parser = parse_fd, .args_doc = "DATA", .doc = doc, .children = children};
