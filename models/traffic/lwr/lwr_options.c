/* Options of crease traffic lwr. */
#include "traffic/lwr/lwr_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_FLUX = 300,
    KEY_INITIAL,
    KEY_RING,
    KEY_LINE,
    KEY_WINDOW,
    KEY_INFLOW,
    KEY_OUTFLOW,
    KEY_LIGHT,
    KEY_BOTTLENECK,
    KEY_MOVING,
    KEY_TIME,
    KEY_CELLS,
    KEY_METHOD,
    KEY_STEPPER,
    KEY_CFL,
    KEY_AGAINST,
    KEY_VEHICLES,
    KEY_EVERY,
    KEY_COUNT_AT,
    KEY_COUNTS
};

/* The road, which crease traffic certify has as well. */
static const struct argp_option road_options[] = {
    {0, 0, 0, 0, "The road:", 1},
    {"initial", KEY_INITIAL, "INIT.csv", 0,
     "columns x_km,density_veh_km: a density from its x to the next row's x (- is standard input); or one "
     "number, the "
     "density everywhere",
     0},
    {"ring", KEY_RING, "KM", 0, "a closed road of this length, x from 0", 0},
    {"line", KEY_LINE, 0, 0, "an endless road, constant before the first x and after the last (default)", 0},
    {"window", KEY_WINDOW, "LO:HI", 0,
     "what is looked at of a line, or where a road with ends begins and ends (from the first x to the last)",
     0},
    {0, 0, 0, 0, "On the road (each may be given several times):", 2},
    {"light", KEY_LIGHT, "X,CYCLE,GREEN[,OFFSET]", 0,
     "a traffic light at X km, seconds; each cycle is red, then green", 0},
    {"bottleneck", KEY_BOTTLENECK, "X,FLOW[,FROM,TO]", 0,
     "at most so many veh/h at X km, always or between two times in h; X,FILE.csv: a schedule t_h,flow_veh_h",
     0},
    {"count-at", KEY_COUNT_AT, "X[,X..]", 0,
     "count the vehicles that pass, and note when a queue there has gone", 0},
    {0, 0, 0, 0, "The solution:", 3},
    {"time", KEY_TIME, "H", 0, "how far, in hours", 0},
    {0}};

static const struct argp_option options[] = {
    {"flux", KEY_FLUX, "FLUX", 0,
     "flow in veh/h over density in veh/km: KNOTS.csv (columns x,y), MODEL.json (a network of one input and "
     "straight "
     "pieces), greenshields:VF,RHOJ:SEGMENTS, triangular:VF,W,RHOJ or trapezoidal:VF,CAPACITY,W,RHOJ",
     1},
    {"inflow", KEY_INFLOW, "FLOW", 0,
     "a road with ends: vehicles that want to enter, veh/h, or a file with the columns t_h,flow_veh_h; who "
     "finds no room "
     "waits outside",
     1},
    {"outflow", KEY_OUTFLOW, "FLOW", 0, "a road with ends: how many can leave it, in the same way (all)", 1},
    {"moving", KEY_MOVING, "X,SPEED,FLOW[,FROM,TO]", 0,
     "a slow vehicle that starts at X km, goes at most so many km/h, and lets so many veh/h pass it", 2},
    {"method", KEY_METHOD, "METHOD", 0,
     "fronts (default, exact) or godunov (averages of --cells cells, and their error)", 3},
    {"stepper", KEY_STEPPER, "NAME", 0,
     "of godunov: euler (default), ssp3, rk2, rk4, rkf45, rkck, rk8pd, msadams", 3},
    {"cfl", KEY_CFL, "X", 0, "Courant number of euler and ssp3 (.95)", 3},
    {"against", KEY_AGAINST, "FLUX", 0,
     "solve with this flux as well: when the queue clears there, and a bound on how far the two solutions "
     "can be apart",
     3},
    {0, 0, 0, 0, "What is written:", 4},
    {"cells", KEY_CELLS, "N", 0, "cells of the output (200)", 0},
    {"output", 'o', "OUT.csv", 0,
     "columns x_lo_km,x_hi_km,density_veh_km: averages over the cells at the end", 0},
    {"vehicles", KEY_VEHICLES, "FILE.csv", 0,
     "ways of vehicles: columns vehicle,t_h,x_km,speed_km_h,density_veh_km, one row a change of speed; on a "
     "ring x goes on",
     0},
    {"every", KEY_EVERY, "N", 0, "follow every Nth vehicle (so that there are about 40)", 0},
    {"counts", KEY_COUNTS, "FILE.csv", 0,
     "cumulative counts at lights, bottlenecks and --count-at: columns x_km,t_h,count_veh,flow_veh_h, one "
     "row a change of "
     "flow",
     0},
    {0}};

static void add_text(lwr_run *run, lwr_texts *texts, char *text) {
    char **longer = realloc(texts->text, (texts->count + 1) * sizeof *longer);
    if (!longer)
        crease_app_usage_error(&run->app, "no memory for '%s'", text);
    texts->text = longer;
    texts->text[texts->count++] = text;
}

static void check(const lwr_run *run) {
    const crease_app *app = &run->app;
    if (!run->flux_text || !run->initial_path || !(run->time > 0))
        crease_app_usage_error(app, "%s is missing",
                               !run->flux_text      ? "--flux FLUX"
                               : !run->initial_path ? "--initial INIT.csv"
                                                    : "--time H");
    const bool road = run->inflow_text || run->outflow_text;
    if ((run->ring > 0) + run->line + road > 1)
        crease_app_usage_error(app,
                               "a road is either a --ring, or a --line, or has an --inflow and an --outflow");
    if (run->ring > 0 && run->window_text)
        crease_app_usage_error(app,
                               "a ring is seen as a whole: --window goes with a line or a road with ends");
    if (!run->godunov && (run->scheme.stepper || run->scheme.cfl > 0))
        crease_app_usage_error(app, "--stepper and --cfl are of --method godunov");
    if (run->godunov && run->moving.count > 0)
        crease_app_usage_error(app,
                               "cells cannot follow a moving bottleneck: --moving goes with --method fronts");
    crease_app_check_outputs(app, "-o", run->output, "--vehicles", run->vehicles_path, "--counts",
                             run->counts_path, NULL);
}

static bool set_method(lwr_run *run, const char *text) {
    const crease_app *app = &run->app;
    if (strcmp(text, "fronts") != 0 && strcmp(text, "godunov") != 0)
        crease_app_usage_error(app, "--method takes fronts or godunov, not '%s'", text);
    return strcmp(text, "godunov") == 0;
}

static error_t parse_files(int key, char *text, lwr_run *run) {
    switch (key) {
    case 'o':
        run->output = text;
        return 0;
    case KEY_VEHICLES:
        run->vehicles_path = text;
        return 0;
    case KEY_EVERY:
        run->every = crease_app_positive(&run->app, "--every", text);
        return 0;
    case KEY_COUNTS:
        run->counts_path = text;
        return 0;
    case KEY_CELLS:
        run->cells = crease_app_count(&run->app, "--cells", text, 1);
        if (run->cells > 10000000)
            crease_app_usage_error(&run->app, "--cells takes at most 10 million, not %s", text);
        return 0;
    case ARGP_KEY_ARG:
        crease_app_usage_error(&run->app, "'%s' is one argument too many; everything is given by options",
                               text);
    case ARGP_KEY_END:
        check(run);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_method(int key, char *text, lwr_run *run) {
    switch (key) {
    case KEY_METHOD:
        run->godunov = set_method(run, text);
        return 0;
    case KEY_STEPPER:
        if (!godunov_knows(text))
            crease_app_usage_error(&run->app, "--stepper takes %s, not '%s'", godunov_steppers, text);
        run->scheme.stepper = text;
        return 0;
    case KEY_CFL:
        run->scheme.cfl = crease_app_positive(&run->app, "--cfl", text);
        if (run->scheme.cfl > 1)
            crease_app_usage_error(&run->app, "--cfl takes at most 1, not '%s'", text);
        return 0;
    case KEY_AGAINST:
        run->against_text = text;
        return 0;
    default:
        return parse_files(key, text, run);
    }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    lwr_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = run;
        return 0;
    case KEY_FLUX:
        run->flux_text = text;
        return 0;
    case KEY_INFLOW:
        run->inflow_text = text;
        return 0;
    case KEY_OUTFLOW:
        run->outflow_text = text;
        return 0;
    case KEY_MOVING:
        add_text(run, &run->moving, text);
        return 0;
    default:
        return parse_method(key, text, run);
    }
}

static error_t parse_road(int key, char *text, struct argp_state *state) {
    lwr_run *run = state->input;
    switch (key) {
    case KEY_INITIAL:
        run->initial_path = text;
        return 0;
    case KEY_RING:
        run->ring = crease_app_positive(&run->app, "--ring", text);
        return 0;
    case KEY_LINE:
        run->line = true;
        return 0;
    case KEY_WINDOW:
        run->window_text = text;
        return 0;
    case KEY_LIGHT:
        add_text(run, &run->light, text);
        return 0;
    case KEY_BOTTLENECK:
        add_text(run, &run->bottleneck, text);
        return 0;
    case KEY_COUNT_AT:
        add_text(run, &run->count, text);
        return 0;
    case KEY_TIME:
        run->time = crease_app_positive(&run->app, "--time", text);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp lwr_road_argp = {road_options, parse_road, NULL, NULL, NULL, NULL, NULL};
static const struct argp_child children[] = {{&lwr_road_argp, 0, NULL, 0}, {0}};

const struct argp lwr_argp = {
    options,
    parse,
    NULL,
    "Solves the LWR model of traffic exactly, by tracking the fronts of a flow diagram of straight pieces.\v"
    "mass error: vehicles at the end less those at the beginning and the net inflow. total variation: sum of "
    "all jumps of "
    "density. A queue stands at a place while the density just upstream is at least the critical one. L1: "
    "integral of the "
    "difference of two densities over the road, in vehicles.",
    children,
    NULL,
    NULL};
