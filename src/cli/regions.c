/* crease regions: the linear regions of a network, exactly. */
#include "commands.h"
#include "regions_run.h"
#include <omp.h>
#include <string.h>

enum { KEY_BOX = 900, KEY_FROM, KEY_TO, KEY_OUTPUT, KEY_INPUT, KEY_LIMIT };

static const struct argp_option options[] = {
    {"box", KEY_BOX, "LO:HI,..", 0, "an interval for each input; one or two vary, the others have one value",
     1},
    {"from", KEY_FROM, "X,..", 0, "instead of --box: along the segment from here", 1},
    {"to", KEY_TO, "X,..", 0, "to here, in any number of inputs", 1},
    {"limit", KEY_LIMIT, "N", 0, "give up beyond so many regions (100000)", 1},
    {"output", KEY_OUTPUT, "I", 0, "output of the picture, 1-based (1)", 2},
    {"input", KEY_INPUT, "I", 0, "colour the picture by the gain of this input, not by the norm of all", 2},
    {0}};

static void check_complete(const regions_run *run) {
    const crease_app *app = &run->app;
    exact_model_require(app, run->model_path);
    if (run->box.count && (run->from.count || run->to.count))
        crease_app_usage_error(app, "give either --box or --from and --to, not both");
    if (!run->box.count && !(run->from.count && run->to.count))
        crease_app_usage_error(app, run->from.count || run->to.count
                                        ? "a segment has two ends: give --from and --to"
                                        : "say where: --box LO:HI,LO:HI, or --from X,.. --to X,..");
}

static error_t parse_regions(int key, char *argument, struct argp_state *state) {
    regions_run *run = state->input;
    const crease_app *app = &run->app;
    switch (key) {
    case KEY_BOX:
        exact_box_take(app, "--box", argument, &run->box);
        return 0;
    case KEY_FROM:
        exact_point_take(app, "--from", argument, &run->from);
        return 0;
    case KEY_TO:
        exact_point_take(app, "--to", argument, &run->to);
        return 0;
    case KEY_OUTPUT:
        run->output_text = argument;
        return 0;
    case KEY_INPUT:
        run->input_text = argument;
        return 0;
    case KEY_LIMIT:
        run->limit = crease_app_count(app, "--limit", argument, 1);
        return 0;
    case ARGP_KEY_ARG:
        exact_model_take(app, argument, &run->model_path);
        return 0;
    case ARGP_KEY_END:
        check_complete(run);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int prepare(regions_run *run) {
    const crease_app *app = &run->app;
    int code = exact_model_load(app, run->model_path, &run->net);
    if (code == 0 && run->box.count)
        code = exact_box_must_fit(app, "--box", &run->box, run->model_path, run->net);
    if (code == 0 && run->from.count)
        code = exact_box_must_fit(app, "--from", &run->from, run->model_path, run->net);
    if (code == 0 && run->to.count)
        code = exact_box_must_fit(app, "--to", &run->to, run->model_path, run->net);
    if (code)
        return code;
    run->input = run->net->inputs;
    if (run->output_text)
        run->output = exact_index(app, "--output", run->output_text, run->net->outputs, "output");
    if (run->input_text)
        run->input = exact_index(app, "--input", run->input_text, run->net->inputs, "input");
    return 0;
}

typedef struct watch {
    crease_progress progress;
    size_t found;
} watch;

/* Asked at every region. */
static bool interrupted(void *context) {
    watch *seen = context;
    crease_progress_update(seen->found++, 0, &seen->progress);
    return crease_app_interrupted(NULL);
}

static int find_regions(regions_run *run) {
    crease_error error;
    watch seen = {.progress = crease_progress_begin(&run->app, "regions")};
    crease_regions_options regions_options = {
        .limit = run->limit, .interrupted = interrupted, .context = &seen};
    crease_app_catch_interrupt();
    double begin = omp_get_wtime();
    crease_status status = run->box.count ? crease_regions_box(run->net, run->box.lower, run->box.upper,
                                                               &regions_options, &run->regions, &error)
                                          : crease_regions_segment(run->net, run->from.lower, run->to.lower,
                                                                   &regions_options, &run->regions, &error);
    crease_progress_end(&seen.progress);
    run->seconds = omp_get_wtime() - begin;
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    if (run->regions->why && strcmp(run->regions->why, "limit") == 0)
        return crease_app_fail_text(
            &run->app, CREASE_EXIT_UNDECIDED,
            "there are more than %zu linear regions; raise --limit, or take a smaller box",
            run->regions->region_count);
    return 0;
}

static int deliver(const regions_run *run) {
    int code = run->app.json ? regions_print_json(run) : regions_print_text(run);
    if (code == 0 && run->app.plot)
        code = regions_draw(run);
    return run->regions->complete ? code : crease_app_end_interrupted(&run->app, code);
}

int command_regions(int argc, char **argv) {
    static const char doc[] =
        "Lists the linear regions of a network with straight pieces, exactly: on each the network is one "
        "affine "
        "map. One or two inputs vary; other inputs have one value (--box 0:1,0:1,0.5), or all move along a "
        "segment. Every decision is made in rational arithmetic; what is printed is the nearest double. "
        "Regions, also "
        "in the lists of neighbours, are numbered from 0.";
    static const char examples[] =
        "  build/bin/crease regions data/torque.json --box=-2:2,-4:4 --plot build/regions.png\n"
        "  build/bin/crease regions data/torque.json --box=-2:2,0.5 --json\n"
        "  build/bin/crease regions data/torque.json --from=-2,-4 --to 2,4\n";
    static const struct argp argp = {
        .options = options, .parser = parse_regions, .args_doc = "MODEL", .doc = doc};
    regions_run run = {.app = {.name = "crease regions", .examples = examples}};
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = prepare(&run);
    if (code == 0)
        code = find_regions(&run);
    if (code == 0)
        code = deliver(&run);
    crease_regions_free(run.regions);
    crease_net_free(run.net);
    exact_box_clear(&run.box);
    exact_box_clear(&run.from);
    exact_box_clear(&run.to);
    return code;
}
