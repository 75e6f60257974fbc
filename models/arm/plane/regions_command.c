/* crease arm regions: cut the phase plane, then write the table, the picture and the report. */
#include "arm/commands.h"
#include "arm/plane/regions_run.h"
#include "crease/crease.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MOST = 1200, KEY_COLOUR, KEY_TIME };

static const struct argp_option options[] = {
    {"output", 'o', "FILE.csv", 0,
     "write a row a region: area, gains, eigenvalues, rest point; - is standard output", 1},
    {"colour", KEY_COLOUR, "type|Kp|Kd", 0, "what colours the picture (type)", 1},
    {"time", KEY_TIME, "S", 0, "length of the motions drawn over it (2)", 1},
    {"most", KEY_MOST, "N", 0, "give up beyond so many regions (100000)", 1},
    {0}};

static void set_colour(regions_run *run, const char *text) {
    static const char *const names[] = {"type", "Kp", "Kd"};
    for (size_t i = 0; i < 3; i++)
        if (strcasecmp(text, names[i]) == 0) {
            run->colour = (regions_colour)i;
            return;
        }
    crease_app_usage_error(&run->app, "--colour takes type, Kp or Kd, not '%s'", text);
}

static void finish_options(const regions_run *run) {
    crease_app_check_outputs(&run->app, "-o", run->csv_path, NULL);
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    regions_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->plane_options;
        return 0;
    case 'o':
        run->csv_path = text;
        return 0;
    case KEY_COLOUR:
        set_colour(run, text);
        return 0;
    case KEY_TIME:
        run->time = crease_app_positive(&run->app, "--time", text);
        return 0;
    case KEY_MOST:
        run->most = crease_app_count(&run->app, "--most", text, 1);
        return 0;
    case ARGP_KEY_ARG:
        plane_options_take_model(&run->plane_options, text);
        return 0;
    case ARGP_KEY_END:
        finish_options(run);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

typedef struct watch {
    crease_progress progress;
    size_t found;
} watch;

static bool interrupted(void *context) {
    watch *seen = context;
    crease_progress_update(seen->found++, 0, &seen->progress);
    return crease_app_interrupted(NULL);
}

static int cut(regions_run *run) {
    crease_error error;
    const plane_options *asked = &run->plane_options;
    watch seen = {.progress = crease_progress_begin(&run->app, "regions")};
    crease_regions_options how = {.limit = run->most, .interrupted = interrupted, .context = &seen};
    crease_app_catch_interrupt();
    double begin = omp_get_wtime();
    crease_status status = arm_plane_new(&asked->plant, asked->law, asked->reference, asked->low, asked->high,
                                         &how, &run->plane, &error);
    run->seconds = omp_get_wtime() - begin;
    crease_progress_end(&seen.progress);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    const crease_regions *regions = run->plane->regions;
    if (regions->why && strcmp(regions->why, "limit") == 0)
        return crease_app_fail_text(&run->app, CREASE_EXIT_UNDECIDED,
                                    "there are more than %zu regions; raise --most, or take a smaller box",
                                    regions->region_count);
    return 0;
}

static int deliver(regions_run *run) {
    crease_error error;
    if (run->csv_path && regions_write_csv(run, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    int code = run->app.plot ? regions_draw(run) : 0;
    if (code == 0) {
        bool csv_on_stdout = crease_app_is_standard_output(run->csv_path);
        code = run->app.json   ? regions_print_json(run)
               : csv_on_stdout ? crease_app_end(&run->app)
                               : regions_print_text(run);
    }
    return run->plane->regions->complete ? code : crease_app_end_interrupted(&run->app, code);
}

int arm_regions_command(int argc, char **argv) {
    static const char doc[] =
        "Cuts the phase plane of a one-joint arm exactly into the regions on which a ReLU controller is one "
        "affine law: gains, eigenvalues, type and rest point of each. MODEL is a network (.json or .onnx); "
        "without one it is the example law with 19 regions, data/kinked_law.json.";
    static const struct argp_child children[] = {{&plane_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options, .parser = parse_option, .args_doc = "[MODEL]", .doc = doc, .children = children};
    regions_run run = {
        .app = {.name = "crease arm regions",
                .examples =
                    "  build/bin/crease arm regions --plot build/arm_regions.png\n"
                    "  build/bin/crease arm regions data/kinked_law.json --box=-1:1,-4:4 --limit 30 --json\n"
                    "  build/bin/crease arm regions --gravity 1 --reference 0.5 -o -\n"},
        .time = 2};
    run.plane_options = plane_options_default(&run.app, false);
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = plane_options_load(&run.plane_options);
    if (code == 0)
        code = cut(&run);
    if (code == 0)
        code = deliver(&run);
    arm_plane_free(run.plane);
    plane_options_clear(&run.plane_options);
    return code;
}
