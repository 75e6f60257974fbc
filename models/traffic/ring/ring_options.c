/* Options of crease traffic ring. */
#include "traffic/ring/ring_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_VEHICLES = 1400,
    KEY_SPACING,
    KEY_LENGTH,
    KEY_ORDER,
    KEY_TAU,
    KEY_TAU_RATIO,
    KEY_GAP_TIME,
    KEY_STANDSTILL,
    KEY_SPEED,
    KEY_VEHICLE_LENGTH,
    KEY_TIME,
    KEY_PERTURB,
    KEY_MODE,
    KEY_QUEUE,
    KEY_STOP,
    KEY_EVERY,
    KEY_FROM,
    KEY_LWR,
    KEY_MAP,
    KEY_MAP_VEHICLES,
    KEY_MAP_TAU
};

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The ring and its drivers:", 1},
    {"vehicles", KEY_VEHICLES, "N", 0, "how many (22)", 0},
    {"spacing", KEY_SPACING, "M", 0, "mean distance from front to front (20)", 0},
    {"length", KEY_LENGTH, "KM", 0, "of the ring, instead of the spacing", 0},
    {"order", KEY_ORDER, "1|2", 0,
     "1: the speed is V(s), never a collision; 2: it tends to V(s) within tau, optimal velocity (default)",
     0},
    {"tau", KEY_TAU, "S", 0, "that time (.7)", 0},
    {"tau-ratio", KEY_TAU_RATIO, "X", 0, "tau in multiples of the critical one, instead", 0},
    {"gap-time", KEY_GAP_TIME, "S", 0, "Tg: seconds of spacing added for each m/s (1.2)", 0},
    {"standstill", KEY_STANDSTILL, "M", 0, "sj: spacing at which a car stands (7.5)", 0},
    {"speed", KEY_SPEED, "KM_H", 0, "free speed (108)", 0},
    {"vehicle-length", KEY_VEHICLE_LENGTH, "M", 0, "a spacing below it is a collision (5)", 0},
    {0, 0, 0, 0, "The motion:", 2},
    {"time", KEY_TIME, "S", 0, "how long (600)", 0},
    {"perturb", KEY_PERTURB, "M", 0, "how far vehicles start from their even places (1)", 0},
    {"mode", KEY_MODE, "J", 0,
     "they start on a cosine with J waves round the ring, and its growth is what is reported (at random, and "
     "the "
     "fastest mode)",
     0},
    {"queue", KEY_QUEUE, "SHARE", 0, "start with this share of the vehicles in a queue, instead", 0},
    {"stop-at-collision", KEY_STOP, 0, 0, "end there; else it is noted, and the equations go on", 0},
    {"lwr", KEY_LWR, "M", 0,
     "of order 1: distance of densities and paths to the exact solution of the LWR model with 1, 4, 16 .. M "
     "vehicles for each; the picture of order 1 shows its paths anyway",
     0},
    {0, 0, 0, 0, "What is written:", 3},
    {"output", 'o', "FILE.csv", 0,
     "ways: columns t_s,vehicle,x_m,speed_km_h,spacing_m; x goes on round the ring", 0},
    {"every", KEY_EVERY, "S", 0, "a row for each vehicle every so many seconds (300 rows each)", 0},
    {"from", KEY_FROM, "S", 0, "the picture shows the ways from then on (0)", 0},
    {"map", KEY_MAP, "FILE", 0,
     "stability over vehicles and tau: a picture, or FILE.csv with the columns "
     "vehicles,tau_s,growth_rate_1_s,fastest_mode,critical_tau_s,stable",
     0},
    {"map-vehicles", KEY_MAP_VEHICLES, "LO:HI", 0, "of the map (2:60)", 0},
    {"map-tau", KEY_MAP_TAU, "LO:HI", 0, "of the map, s (up to 1.5 Tg)", 0},
    {0}};

/* LO:HI, LO < HI */
static void set_range(const ring_run *run, const char *option, const char *text, double *low, double *high) {
    char part[2][64];
    if (sscanf(text, "%63[^:]:%63[^:]", part[0], part[1]) != 2 ||
        strlen(part[0]) + strlen(part[1]) + 1 != strlen(text))
        crease_app_usage_error(&run->app, "%s takes LO:HI, not '%s'", option, text);
    *low = crease_app_positive(&run->app, option, part[0]);
    *high = crease_app_positive(&run->app, option, part[1]);
    if (!(*low < *high))
        crease_app_usage_error(&run->app, "%s takes LO:HI with LO below HI, not '%s'", option, text);
}

static void set_map_vehicles(ring_run *run, const char *text) {
    double low, high;
    set_range(run, "--map-vehicles", text, &low, &high);
    if (low != floor(low) || high != floor(high) || low < 2 || high > 1000)
        crease_app_usage_error(&run->app, "--map-vehicles takes whole numbers from 2 to 1000, not '%s'",
                               text);
    run->map.low = (size_t)low;
    run->map.high = (size_t)high;
}

static void check_map(const ring_run *run) {
    const char *path = run->map_path, *ending = strrchr(path, '.');
    static const char *const known[] = {".csv", ".png", ".svg", ".pdf", ".html"};
    bool good = crease_app_is_standard_output(path);
    for (size_t i = 0; i < sizeof known / sizeof *known && ending; i++)
        good = good || strcmp(ending, known[i]) == 0;
    if (!good)
        crease_app_usage_error(
            &run->app,
            "--map takes a file that ends in .csv, .png, .svg, .pdf or .html, or - for CSV, not '%s'", path);
    if (run->problem.law.order == 1)
        crease_app_usage_error(&run->app, "a map over tau is of --order 2; order 1 is always stable");
}

static void check(const ring_run *run) {
    const crease_app *app = &run->app;
    const ring_problem *p = &run->problem;
    if (p->vehicles > RING_MOST_VEHICLES)
        crease_app_usage_error(app, "--vehicles takes at most %d, not %zu", RING_MOST_VEHICLES, p->vehicles);
    if (p->law.standstill < p->vehicle)
        crease_app_usage_error(
            app, "vehicles of %g m cannot stand %g m apart; --vehicle-length is part of --standstill",
            p->vehicle, p->law.standstill);
    if (run->mode > p->vehicles / 2)
        crease_app_usage_error(app, "%zu vehicles have the modes 1 to %zu, not %zu", p->vehicles,
                               p->vehicles / 2, run->mode);
    if (run->mode > 0 && run->queue > 0)
        crease_app_usage_error(app, "a start is either a --queue or a --mode");
    if (p->law.order == 1 && run->tau_ratio > 0)
        crease_app_usage_error(app, "order 1 has no tau: --tau-ratio is of --order 2");
    if (run->refine > 0 && p->law.order == 2)
        crease_app_usage_error(app, "the LWR model is the limit of order 1: --lwr goes with --order 1");
    if (run->refine > RING_MOST_VEHICLES / p->vehicles)
        crease_app_usage_error(app, "--lwr %zu makes more than %d vehicles of %zu", run->refine,
                               RING_MOST_VEHICLES, p->vehicles);
    if (run->from >= run->time)
        crease_app_usage_error(app, "--from %g lies beyond the end, --time %g", run->from, run->time);
    if (run->map_path)
        check_map(run);
    crease_app_check_outputs(app, "-o", run->output, "--map", run->map_path, NULL);
}

static error_t parse_rest(int key, char *text, ring_run *run) {
    const crease_app *app = &run->app;
    switch (key) {
    case KEY_STOP:
        run->problem.stop = true;
        return 0;
    case KEY_LWR:
        run->refine = crease_app_count(app, "--lwr", text, 1);
        return 0;
    case 'o':
        run->output = text;
        return 0;
    case KEY_EVERY:
        run->every = crease_app_positive(app, "--every", text);
        return 0;
    case KEY_FROM:
        run->from = crease_app_not_negative(&run->app, "--from", text);
        return 0;
    case KEY_MAP:
        run->map_path = text;
        return 0;
    case KEY_MAP_VEHICLES:
        set_map_vehicles(run, text);
        return 0;
    case KEY_MAP_TAU:
        set_range(run, "--map-tau", text, &run->map.tau_low, &run->map.tau_high);
        return 0;
    case ARGP_KEY_ARG:
        crease_app_usage_error(app, "'%s' is one argument too many; everything is given by options", text);
    case ARGP_KEY_END:
        check(run);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_motion(int key, char *text, ring_run *run) {
    const crease_app *app = &run->app;
    switch (key) {
    case KEY_TIME:
        run->time = crease_app_positive(app, "--time", text);
        return 0;
    case KEY_PERTURB:
        run->perturb = crease_app_not_negative(&run->app, "--perturb", text);
        return 0;
    case KEY_MODE:
        run->mode = crease_app_count(app, "--mode", text, 1);
        return 0;
    case KEY_QUEUE:
        run->queue = crease_app_positive(app, "--queue", text);
        if (run->queue >= 1)
            crease_app_usage_error(app, "--queue takes a share between 0 and 1, not '%s'", text);
        return 0;
    default:
        return parse_rest(key, text, run);
    }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    ring_run *run = state->input;
    const crease_app *app = &run->app;
    follow_law *law = &run->problem.law;
    switch (key) {
    case KEY_VEHICLES:
        run->problem.vehicles = crease_app_count(app, "--vehicles", text, 1);
        return 0;
    case KEY_SPACING:
        run->spacing = crease_app_positive(app, "--spacing", text);
        return 0;
    case KEY_LENGTH:
        run->length = crease_app_positive(app, "--length", text);
        return 0;
    case KEY_ORDER:
        if (strcmp(text, "1") != 0 && strcmp(text, "2") != 0)
            crease_app_usage_error(app, "--order takes 1 or 2, not '%s'", text);
        law->order = *text - '0';
        return 0;
    case KEY_TAU:
        law->tau = crease_app_positive(app, "--tau", text);
        return 0;
    case KEY_TAU_RATIO:
        run->tau_ratio = crease_app_positive(app, "--tau-ratio", text);
        return 0;
    case KEY_GAP_TIME:
        law->gap_time = crease_app_positive(app, "--gap-time", text);
        return 0;
    case KEY_STANDSTILL:
        law->standstill = crease_app_positive(app, "--standstill", text);
        return 0;
    case KEY_SPEED:
        law->speed = crease_app_positive(app, "--speed", text) / 3.6;
        return 0;
    case KEY_VEHICLE_LENGTH:
        run->problem.vehicle = crease_app_not_negative(&run->app, "--vehicle-length", text);
        return 0;
    default:
        return parse_motion(key, text, run);
    }
}

const struct argp ring_argp = {
    options,
    parse,
    NULL,
    "Vehicles follow one another round a ring: V(s) = relu((s - sj)/Tg) - relu((s - sj)/Tg - vmax).\v"
    "Growth rate: of a small wave e^(lt + ikj), from tau l^2 + l + V'(1 - e^(ik)) = 0, and the same measured "
    "in a "
    "simulation of such a wave while no kink is met. Kinks: how often a spacing passed one of the two kinks "
    "of V. "
    "Vehicles are counted from 1; vehicle i follows vehicle i + 1, the last the first. LWR distance: "
    "integral of the "
    "difference of densities, in vehicles.",
    NULL,
    NULL,
    NULL};
