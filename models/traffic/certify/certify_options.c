/* Options of crease traffic certify: those of data and fits of fd, those of the road of lwr, and its own. */
#include "traffic/certify/certify_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MODEL = 300, KEY_STANDING, KEY_ARRIVAL, KEY_VEHICLE };

static const struct argp_option options[] = {
    {"model", KEY_MODEL, "MODEL", 0,
     "triangular, trapezoidal or physical:KINKS, a concave flux of straight pieces (physical:3)", 2},
    {0, 0, 0, 0, "The queue:", 4},
    {"standing", KEY_STANDING, "D", 0,
     "initial densities of at least D are standing traffic, of the jam density of each flux (from the jam "
     "density "
     "of the fit on)",
     0},
    {"arrival", KEY_ARRIVAL, "FLOW", 0,
     "free traffic with this flow, veh/h, comes from upstream: it replaces the density of the first row of "
     "INIT.csv, "
     "which each flux makes another flow of",
     0},
    {"vehicle", KEY_VEHICLE, "N", 0,
     "bound when the Nth vehicle passes (the last of the queue that stands before the place at first)", 0},
    {0}};

static void check(certify_run *run) {
    const crease_app *app = &run->app;
    lwr_run *road = &run->lwr;
    run->fd.app = road->app = *app;
    traffic_fd_check_usage(&run->fd);
    if (!road->initial_path)
        crease_app_usage_error(app,
                               "--initial INIT.csv is missing: the densities at first, as in data/queue.csv");
    if (crease_app_is_standard_output(run->fd.path) && crease_app_is_standard_output(road->initial_path))
        crease_app_usage_error(app, "standard input cannot be both DATA and --initial");
    if (road->ring > 0 && road->line)
        crease_app_usage_error(app, "a road is either a --ring or a --line");
    if (road->ring > 0 && road->window_text)
        crease_app_usage_error(app, "a ring is seen as a whole: --window goes with a line");
    if (road->ring > 0 && !isnan(run->arrival))
        crease_app_usage_error(app, "nobody arrives on a ring: --arrival goes with a line");
    if (run->fd.study.bootstrap < 40)
        crease_app_usage_error(app, "95 per cent of the replicates need --bootstrap of at least 40, not %zu",
                               run->fd.study.bootstrap);
    if (run->fd.study.bootstrap > 100000)
        crease_app_usage_error(app, "--bootstrap takes at most 100000, not %zu", run->fd.study.bootstrap);
    crease_error error;
    if (traffic_model_check(run->model, &error) != CREASE_OK)
        crease_app_usage_error(app, "%s", error.message);
    if (strcmp(run->model, "triangular") != 0 && strcmp(run->model, "trapezoidal") != 0 &&
        strncmp(run->model, "physical:", 9) != 0)
        crease_app_usage_error(
            app,
            "--model takes triangular, trapezoidal or physical:KINKS, not '%s': fronts are exact "
            "for a flux of straight pieces, and a band of physical ones ends in a jam",
            run->model);
    crease_app_check_outputs(app, NULL);
}

static error_t parse(int key, char *text, struct argp_state *state) {
    certify_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->fd;
        state->child_inputs[1] = &run->lwr;
        return 0;
    case KEY_MODEL:
        run->model = text;
        return 0;
    case KEY_STANDING:
        run->standing = crease_app_positive(&run->app, "--standing", text);
        return 0;
    case KEY_ARRIVAL:
        run->arrival = crease_app_not_negative(&run->app, "--arrival", text);
        return 0;
    case KEY_VEHICLE:
        run->vehicle = crease_app_positive(&run->app, "--vehicle", text);
        return 0;
    case ARGP_KEY_SUCCESS:
        check(run);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char doc[] =
    "From data to the interval in which a queue clears: a concave flux is fitted with its bootstrap, and "
    "front "
    "tracking is run with the fit, with every replicate, and with the lower and the upper edge of a band "
    "that "
    "holds 95 per cent of replicates at all densities at once.\vA queue stands at a place while the "
    "density "
    "just upstream is at least the critical one; it is gone when that first ends. The interval is the middle "
    "95 "
    "per cent of the replicates. When a given vehicle passes is bounded by the two edges: more flow at every "
    "density lets every vehicle pass earlier. When a queue is gone is not, because more flow also feeds it. "
    "Everything is per lane, in km and hours.";

static const struct argp_child children[] = {
    {&traffic_fd_data_argp, 0, NULL, 0}, {&lwr_road_argp, 0, NULL, 0}, {0}};

const struct argp certify_argp = {
    .options = options, .parser = parse, .args_doc = "DATA", .doc = doc, .children = children};
