/* Options of crease traffic calibrate. */
#include "traffic/calibrate/calibrate_program.h"
#include <stdlib.h>
#include <string.h>

enum {
    KEY_TIME = 1700,
    KEY_TIME_UNIT,
    KEY_PLACE,
    KEY_FLOW,
    KEY_DENSITY,
    KEY_LANES,
    KEY_WHERE,
    KEY_START,
    KEY_KINKS,
    KEY_TRAIN,
    KEY_STARTS
};

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The counts, a row a detector and interval, or one more for each lane:", 1},
    {"time", KEY_TIME, "COL", 0, "when the interval begins (t_s)", 0},
    {"time-unit", KEY_TIME_UNIT, "s|min|h", 0,
     "of that column, where its name does not end in _s, _min or _h", 0},
    {"place", KEY_PLACE, "COL", 0, "where the detector is, km along the road (x_km)", 0},
    {"flow", KEY_FLOW, "COL", 0, "what it counted, veh/h (flow_veh_h)", 0},
    {"density", KEY_DENSITY, "COL", 0,
     "veh/km there: for the diagram to start from and for the road at first; without it the road is free at "
     "first",
     0},
    {"lanes", KEY_LANES, "N", 0, "a row is the total of so many lanes (1); fluxes are reported for one", 0},
    {"where", KEY_WHERE, "COL=TEXT", 0, "only rows whose cell in COL is exactly TEXT", 0},
    {0, 0, 0, 0, "The fit:", 2},
    {"kinks", KEY_KINKS, "M", 0, "of the flux (1, the triangle; or those of --start)", 0},
    {"start", KEY_START, "FLUX", 0,
     "start from this flux of one lane instead of a diagram fitted to flow and density: KNOTS.csv, "
     "MODEL.json, "
     "triangular:VF,W,RHOJ, as crease traffic lwr takes them",
     0},
    {"train", KEY_TRAIN, "T", 0,
     "fit intervals that begin before T, in the units of the time column; later ones are held out (half)", 0},
    {"starts", KEY_STARTS, "N", 0, "the first flux, and N - 1 at random about it (10)", 0},
    {0, 0, 0, 0, "What is written:", 3},
    {"output", 'o', "FILE", 0,
     "the calibrated flux for crease traffic lwr --flux: MODEL.json, a network, or KNOTS.csv, columns x,y",
     0},
    {0}};

static void set_unit(calibrate_run *run, const char *text) {
    run->unit = strcmp(text, "s") == 0     ? 1. / 3600
                : strcmp(text, "min") == 0 ? 1. / 60
                                           : strcmp(text, "h") == 0;
    if (run->unit == 0)
        crease_app_usage_error(&run->app, "--time-unit takes s, min or h, not '%s'", text);
}

static bool ends_with(const char *text, const char *end) {
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static void check(calibrate_run *run) {
    const crease_app *app = &run->app;
    if (!run->path)
        crease_app_usage_error(app,
                               "a file of counts is missing, as data/sumo_loops.csv (- is standard input)");
    if (!run->density && !run->start_text)
        crease_app_usage_error(
            app, "--density COL is missing, or --start FLUX: there has to be a flux to start from");
    if (run->unit == 0)
        run->unit = ends_with(run->time, "_s")     ? 1. / 3600
                    : ends_with(run->time, "_min") ? 1. / 60
                    : ends_with(run->time, "_h")   ? 1
                                                   : 0;
    if (run->unit == 0)
        crease_app_usage_error(
            app, "the name of the column %s does not say its unit; add --time-unit s, min or h", run->time);
    if (run->output && !crease_app_is_standard_output(run->output) && !ends_with(run->output, ".json") &&
        !ends_with(run->output, ".csv"))
        crease_app_usage_error(app, "-o takes a file that ends in .json or .csv, or - for JSON, not '%s'",
                               run->output);
    crease_app_check_outputs(app, "-o", run->output, NULL);
}

static error_t parse_fit(int key, char *text, calibrate_run *run) {
    const crease_app *app = &run->app;
    switch (key) {
    case KEY_KINKS:
        run->kinks = crease_app_count(app, "--kinks", text, 1);
        if (run->kinks > TRAFFIC_MAX_KINKS)
            crease_app_usage_error(app, "--kinks takes at most %d, not %s", TRAFFIC_MAX_KINKS, text);
        return 0;
    case KEY_START:
        run->start_text = text;
        return 0;
    case KEY_TRAIN:
        run->train_time = crease_app_number(app, "--train", text);
        return 0;
    case KEY_STARTS:
        run->starts = crease_app_count(app, "--starts", text, 1);
        return 0;
    case 'o':
        run->output = text;
        return 0;
    case ARGP_KEY_ARG:
        if (run->path)
            crease_app_usage_error(app, "'%s' is one argument too many; one file of counts is taken", text);
        run->path = text;
        return 0;
    case ARGP_KEY_END:
        check(run);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    calibrate_run *run = state->input;
    switch (key) {
    case KEY_TIME:
        run->time = text;
        return 0;
    case KEY_TIME_UNIT:
        set_unit(run, text);
        return 0;
    case KEY_PLACE:
        run->place = text;
        return 0;
    case KEY_FLOW:
        run->flow = text;
        return 0;
    case KEY_DENSITY:
        run->density = text;
        return 0;
    case KEY_LANES:
        run->lanes = crease_app_count(&run->app, "--lanes", text, 1);
        return 0;
    case KEY_WHERE:
        if (!strchr(text, '='))
            crease_app_usage_error(&run->app, "--where takes COLUMN=TEXT, not '%s'", text);
        run->where = text;
        return 0;
    default:
        return parse_fit(key, text, run);
    }
}

const struct argp calibrate_argp = {options,
                                    parse,
                                    "COUNTS.csv",
                                    "Fits the kinks of a flow diagram so that front tracking reproduces what "
                                    "detectors along a road have counted.\v"
                                    "The first detector says what wants to enter, the last how many have "
                                    "left at most by the end of each interval; "
                                    "those between are fitted. straight line: counts between interpolated "
                                    "between the first detector and the last, "
                                    "without any flux. Errors are root mean squares over the detectors "
                                    "between: of the vehicles counted since the "
                                    "start, of all lanes, and of the flows of single intervals.",
                                    NULL,
                                    NULL,
                                    NULL};
