/* The demonstration: simulated traffic whose truth is known in part, and measured traffic where it is at
 * hand. For each data set one table, what it means in words, and a picture. */
#include "crease/csv.h"
#include "crease/plot.h"
#include "traffic/fd/program.h"
#include "traffic/lwr/lwr_program.h"
#include "traffic/ring/ring_program.h"
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct demo_set {
    const char *title, *file, *where;
    const char *column[2];
    bool second_is_speed; /* column[0] is flow, density = flow / speed */
    bool moving;          /* rows with flow alone */
    bool measured;        /* in CREASE_DATA_DIR/traffic, not shipped */
    size_t every;         /* long data: every such row; 0: all */
    const char *density_label, *flow_label, *picture;
} demo_set;

/* Ideal ring: 5 m vehicles, 2.5 m gaps, 1.2 s reaction time, speed limit 33.33 m/s, so rho_j = 1000/7.5, w
 * = 7.5/1.2 m/s and the two branches meet at the capacity. */
static traffic_truth ideal_ring(void) {
    traffic_truth truth = {
        .free_speed = 33.33 * 3.6, .wave_speed = 7.5 / 1.2 * 3.6, .jam_density = 1000.0 / 7.5};
    truth.critical_density = truth.wave_speed * truth.jam_density / (truth.free_speed + truth.wave_speed);
    truth.capacity = truth.free_speed * truth.critical_density;
    return truth;
}

#define UNKNOWN                                                                                              \
    { NAN, NAN, NAN, NAN, NAN }

static const demo_set sets[] = {{"Ring road, identical drivers (simulated; the truth is triangular)",
                                 "sumo_ring.csv",
                                 "driver=ideal",
                                 {"density_veh_km", "flow_veh_h"},
                                 false,
                                 false,
                                 false,
                                 0,
                                 "density (veh/km)",
                                 "flow (veh/h)",
                                 "traffic_ring"},
                                {"Ring road, drivers of many kinds (simulated)",
                                 "sumo_ring.csv",
                                 "driver=hetero",
                                 {"density_veh_km", "flow_veh_h"},
                                 false,
                                 false,
                                 false,
                                 0,
                                 "density (veh/km)",
                                 "flow (veh/h)",
                                 "traffic_ring_mixed"},
                                {"Motorway upstream of a lane drop (simulated; rows with moving vehicles)",
                                 "sumo_bottleneck.csv",
                                 NULL,
                                 {"density_veh_km_lane", "flow_veh_h_lane"},
                                 false,
                                 true,
                                 false,
                                 0,
                                 "density (veh/km/lane)",
                                 "flow (veh/h/lane)",
                                 "traffic_bottleneck"},
                                {"Freeway, five-minute records (measured: Cheng et al. 2021)",
                                 "cheng2021_freeway_5min_raw.csv",
                                 NULL,
                                 {"Density", "Flow"},
                                 false,
                                 false,
                                 true,
                                 6,
                                 "density (veh/mile/lane)",
                                 "flow (veh/h/lane)",
                                 "traffic_cheng2021"},
                                {"I-880, lane 2 (measured: Petty et al. 1996; density = flow / speed)",
                                 "i880_fsp_lane2.csv",
                                 NULL,
                                 {"flow_veh_h_lane", "speed_mi_h"},
                                 true,
                                 false,
                                 true,
                                 0,
                                 "density (veh/mile/lane)",
                                 "flow (veh/h/lane)",
                                 "traffic_i880"}};

typedef struct demo_run {
    crease_app app;
    const char *folder; /* of the pictures */
    traffic_study_options study;
    char **model;
    size_t model_count;
} demo_run;

/* malloc'd path of the set's file, NULL when it is not at hand. */
static char *locate(const demo_set *set) {
    if (!set->measured)
        return traffic_find_data(set->file);
    const char *folder = getenv("CREASE_DATA_DIR");
    char *path = NULL;
    if (!folder || !*folder || asprintf(&path, "%s/traffic/%s", folder, set->file) < 0)
        return NULL;
    if (access(path, R_OK) == 0)
        return path;
    free(path);
    return NULL;
}

/* Density and flow of the rows wanted, compacted in the table's two columns; returns their number. */
static size_t arrange(const demo_set *set, crease_table *table) {
    size_t n = 0;
    for (size_t i = 0; i < table->rows; i += set->every ? set->every : 1) {
        double density = table->column[0][i], flow = table->column[1][i];
        if (set->second_is_speed) {
            const double speed = flow;
            if (!(speed > 0.0))
                continue;
            flow = density;
            density = flow / speed;
        }
        if (set->moving && !(flow > 0.0))
            continue;
        table->column[0][n] = density;
        table->column[1][n++] = flow;
    }
    return n;
}

static int draw(const demo_run *run, const demo_set *set, const traffic_study *study) {
    const traffic_labels labels = {set->title, set->density_label, set->flow_label};
    crease_plot *plot = NULL;
    crease_error error;
    if (traffic_picture(study, &labels, &plot, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    char *what = traffic_what_to_see(study);
    int code =
        crease_app_draw_in_folder(&run->app, plot, run->folder, set->picture, what ? what : "data and fits");
    free(what);
    return code;
}

static int show_set(const demo_run *run, const demo_set *set, const traffic_truth *truth) {
    char *path = locate(set), *verdict = NULL;
    crease_table *table = NULL;
    traffic_study *study = NULL;
    crease_error error;
    int code = 0;
    printf("\n== %s ==\n", set->title);
    if (!path && set->measured) {
        printf("not at hand: set CREASE_DATA_DIR to a folder that holds traffic/%s\n", set->file);
        return 0;
    }
    if (!path)
        return crease_app_fail_text(
            &run->app, CREASE_EXIT_NO_INPUT,
            "%s is neither in ./data nor in share/crease/data beside this program; run it from "
            "the folder of the repository",
            set->file);
    const crease_csv_options csv = {.columns = set->column, .column_count = 2, .where = set->where};
    if (crease_csv_load(path, &csv, &table, &error) != CREASE_OK) {
        code = crease_app_fail(&run->app, &error);
        goto end;
    }
    fflush(stdout);
    const size_t n = arrange(set, table);
    code = traffic_run(&run->app, n, table->column[0], table->column[1], run->model, run->model_count,
                       &run->study, &study);
    if (code != 0)
        goto end;
    if (set->every)
        printf("%zu rows of %s: every %zuth, to be quick; they are in random order\n\n", n, path, set->every);
    else
        printf("%zu rows of %s\n\n", n, path);
    traffic_print_table(study, truth, stdout);
    verdict = traffic_verdict(study, truth->jam_density);
    printf("\n%s", verdict ? verdict : "");
    code = study->row_count > 0 ? draw(run, set, study) : 0;
    if (study->interrupted && code == 0)
        code = CREASE_EXIT_INTERRUPTED;
end:
    free(verdict);
    traffic_study_free(study);
    crease_table_free(table);
    free(path);
    return code;
}

enum { KEY_FOLDER = 400, KEY_STARTS };

static const struct argp_option options[] = {
    {"folder", KEY_FOLDER, "DIR", 0, "where the pictures go (build/plots)", 0},
    {"starts", KEY_STARTS, "N", 0, "random starts of a network (10)", 0},
    {0}};

static error_t parse_demo(int key, char *argument, struct argp_state *state) {
    demo_run *run = state->input;
    switch (key) {
    case KEY_FOLDER:
        run->folder = argument;
        return 0;
    case KEY_STARTS:
        run->study.fit.starts = crease_app_count(&run->app, "--starts", argument, 1);
        return 0;
    case ARGP_KEY_END:
        if (run->app.json || run->app.plot)
            crease_app_usage_error(
                &run->app, "the demonstration prints tables and draws its own pictures; --json and --plot "
                           "belong to crease traffic fd");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* What a diagram of straight pieces, that is a ReLU network, makes possible. */
static const crease_app_shown commands[] = {
    {traffic_lwr_main,
     "A flux of straight pieces makes the motion of traffic exactly solvable, here behind a light:",
     "lwr --flux triangular:100,20,150 --initial 15 --window 0:4 --inflow 1000 --light 3,90,40 --time .3",
     "--plot", "traffic_light.png"},
    {traffic_ring_main, "Vehicles that follow each other by ReLUs, and the stop-and-go wave that grows:",
     "ring --vehicles 50 --spacing 20 --tau .8 --time 500", "--plot", "traffic_stop_and_go.png"},
};

int traffic_demo_main(int argc, char **argv) {
    static const char doc[] =
        "Without a subcommand: fits diagrams and networks to the data that come with crease.";
    static const struct argp argp = {.options = options, .parser = parse_demo, .doc = doc};
    demo_run run = {.app = {.name = "crease traffic"}, .folder = "build/plots", .study.fit.starts = 10};
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    run.model = crease_app_list(&run.app, "--models", traffic_default_models, &run.model_count);
    puts("Traffic: flow against density. Three diagrams that are built to be physical, and three networks "
         "with equal\n"
         "numbers of free parameters. What happens beyond the jam density, where a road holds no more "
         "vehicles?");
    int code = 0;
    for (size_t i = 0; i < sizeof sets / sizeof *sets && code == 0; i++) {
        const traffic_truth truth = i == 0 ? ideal_ring() : traffic_truth_unknown;
        code = show_set(&run, &sets[i], &truth);
    }
    if (code == 0)
        code = crease_app_demonstrate(&run.app, run.folder, commands, sizeof commands / sizeof *commands);
    if (code == CREASE_EXIT_INTERRUPTED)
        crease_app_note(&run.app, "interrupted: these are the best results so far");
    crease_app_list_free(run.model, run.model_count);
    const int ended = crease_app_end(&run.app);
    return code ? code : ended;
}
