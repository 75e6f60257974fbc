/* crease savings fit: networks fitted to the value and policy functions of a solved problem. */
#include "crease/plot.h"
#include "savings/program.h"
#include <stdlib.h>
#include <string.h>

enum { KEY_OBJECT = 1100, KEY_NETS, KEY_POINTS, KEY_STARTS, KEY_HOLD };

typedef struct fit_run {
    crease_app app;
    savings_model_options model;
    const char *objects, *nets; /* texts, NULL when not given */
    size_t points, starts;
    bool hold_kink;
    savings_solution *solution;
    char **object_name, **net; /* lists, owned */
    size_t object_count, net_count;
    savings_task *task; /* owned */
    size_t task_count;
    savings_study study;
} fit_run;

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The fits:", 20},
    {"object", KEY_OBJECT, "W|pinvW|V|pinvV|c[,..]", 0,
     "what to fit: end-of-period value (B), value, their pseudo-inverses, consumption (A: V,pinvV,c; B: "
     "W,pinvW,c)",
     0},
    {"nets", KEY_NETS, "SPEC,SPEC,..", 0,
     "networks, each fitted to each object; exact: the policy's own kinks (default: a comparison at equal "
     "n_free)",
     0},
    {"points", KEY_POINTS, "N", 0, "exact values to fit to (200)", 0},
    {"starts", KEY_STARTS, "N", 0, "starting points of each fit (20)", 0},
    {"hold-kink", KEY_HOLD, 0, 0, "with --nets: relu units sit at the object's own kinks and stay there", 0},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    fit_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->model;
        return 0;
    case KEY_OBJECT:
        run->objects = argument;
        return 0;
    case KEY_NETS:
        run->nets = argument;
        return 0;
    case KEY_POINTS:
        run->points = crease_app_count(&run->app, "--points", argument, 2);
        return 0;
    case KEY_STARTS:
        run->starts = crease_app_count(&run->app, "--starts", argument, 1);
        return 0;
    case KEY_HOLD:
        run->hold_kink = true;
        return 0;
    case ARGP_KEY_ARG:
        crease_app_usage_error(&run->app, "fit takes no file, and so not '%s'; for your own data: crease fit",
                               argument);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void read_options(fit_run *run, int argc, char **argv) {
    static const struct argp_child children[] = {{&savings_model_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .children = children,
        .doc =
            "Fits networks to exact values of a consumption-saving problem and judges them on 10,001 other "
            "points: "
            "error, position of the kink, ratio of the slopes on its two sides, Euler errors of a policy."};
    run->app = (crease_app){
        .name = "crease savings fit",
        .examples =
            "  build/bin/crease savings fit --model B --object pinvW --nets affine+relu:1,tanh:5\n"
            "  build/bin/crease savings fit --model A --object c --nets exact,tanh:5 --json\n"
            "  build/bin/crease savings fit --model B --object W --nets affine+tanh:4+relu:1 --hold-kink\n"};
    run->model.app = &run->app;
    crease_app_parse(&run->app, &argp, argc, argv, run);
    if (run->hold_kink && !run->nets)
        crease_app_usage_error(&run->app, "--hold-kink needs --nets with relu units to hold");
    if (run->objects)
        run->object_name = crease_app_list(&run->app, "--object", run->objects, &run->object_count);
    if (run->nets)
        run->net = crease_app_list(&run->app, "--nets", run->nets, &run->net_count);
}

static savings_object find_object(const fit_run *run, savings_model model, const char *name) {
    const char *known[SAVINGS_OBJECT_COUNT];
    for (savings_object object = 0; object < SAVINGS_OBJECT_COUNT; object++) {
        known[object] = savings_object_name(object);
        if (strcmp(name, known[object]) != 0)
            continue;
        if (!savings_object_exists(model, object))
            crease_app_usage_error(&run->app, "%s belongs to model B; model A has V, pinvV and c", name);
        return object;
    }
    const char *meant = crease_app_did_you_mean(name, known, SAVINGS_OBJECT_COUNT);
    crease_app_usage_error(&run->app, "unknown object '%s'%s%s%s; there are W, pinvW, V, pinvV and c", name,
                           meant ? "; did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
}

static bool is_wanted(const fit_run *run, savings_model model, savings_object object) {
    for (size_t i = 0; i < run->object_count; i++)
        if (find_object(run, model, run->object_name[i]) == object)
            return true;
    return run->object_count == 0;
}

/* The given networks for each wanted object (A: V, pinvV, c, B: W, pinvW, c when none is named), or the
 * default ones of the wanted objects; an object that has none of its own is fitted by those of V. */
static crease_status list_tasks(fit_run *run, savings_model model, crease_error *error) {
    size_t defaults, list = 0;
    const savings_task *standard = savings_default_tasks(model, &defaults);
    run->task = calloc(SAVINGS_OBJECT_COUNT * (run->net_count + defaults), sizeof *run->task);
    if (!run->task)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the list of fits");
    for (savings_object object = 0; object < SAVINGS_OBJECT_COUNT; object++) {
        size_t own = 0;
        for (size_t i = 0; i < defaults; i++)
            own += standard[i].object == object;
        if (!is_wanted(run, model, object) || (run->object_count == 0 && own == 0))
            continue;
        for (size_t i = 0; i < run->net_count; i++)
            run->task[list++] = (savings_task){object, run->net[i], run->hold_kink};
        for (size_t i = 0; i < defaults && !run->nets; i++) {
            if (standard[i].object == object ||
                (own == 0 && standard[i].object == standard[0].object && !standard[i].hold_kink))
                run->task[list++] = (savings_task){object, standard[i].net, own > 0 && standard[i].hold_kink};
        }
    }
    run->task_count = list;
    return CREASE_OK;
}

static crease_status work(fit_run *run, crease_error *error) {
    savings_calibration calibration;
    crease_status status = savings_model_chosen(&run->model, &calibration, error);
    if (status == CREASE_OK)
        status = savings_solve(calibration.model, &calibration.parameters, NULL, &run->solution, error);
    savings_calibration_clear(&calibration);
    if (status == CREASE_OK)
        status = list_tasks(run, run->solution->model, error);
    if (status == CREASE_OK)
        status = savings_study_run(&run->app, run->solution, run->task, run->task_count, run->points,
                                   run->starts, &run->study, error);
    return status;
}

static int report(const fit_run *run) {
    if (run->app.json) {
        json_t *object = crease_json_begin("savings-fit");
        savings_json_model(object, run->solution);
        json_object_set_new(object, "rows", savings_study_json(&run->study));
        json_object_set_new(object, "interrupted", json_boolean(run->study.interrupted));
        json_object_set_new(object, "seed", json_integer((json_int_t)run->app.seed));
        return crease_json_finish(&run->app, object);
    }
    savings_study_print(&run->study, stdout);
    puts("errors on 10,001 points; near kink: within 5 % of the range; slope ratio: .1 % of the range left "
         "over right of "
         "the critical point,\nexact: the same of the true function; Euler: mean over the points where the "
         "limit does "
         "not bind");
    return crease_app_end(&run->app);
}

static int draw(const fit_run *run) {
    crease_plot *plot;
    crease_error error;
    savings_object object = run->study.row[0].object;
    char title[96];
    for (size_t i = 0; i < run->study.count; i++)
        if (run->study.row[i].object != object) {
            crease_app_note(&run->app, "the picture shows %s; --object chooses another",
                            savings_object_name(object));
            break;
        }
    snprintf(title, sizeof title, "Problem %s, %s(%s)", savings_model_name(run->solution->model),
             savings_object_name(object), savings_object_variable(run->solution->model, object));
    if (savings_study_plot(&run->study, object, title, &plot, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    return crease_app_draw(&run->app, plot, run->app.plot,
                           "top right, whether the slope of each network jumps where the true one does");
}

int savings_fit_command(int argc, char **argv) {
    fit_run run = {0};
    crease_error error;
    read_options(&run, argc, argv);
    crease_app_catch_interrupt();
    crease_status status = work(&run, &error);
    int code = status == CREASE_OK ? report(&run) : crease_app_fail(&run.app, &error);
    if (code == CREASE_EXIT_OK && run.app.plot && run.study.count > 0)
        code = draw(&run);
    if (code == CREASE_EXIT_OK && run.study.interrupted) {
        crease_app_note(&run.app, "interrupted: %zu of %zu fits are done", run.study.count, run.task_count);
        code = CREASE_EXIT_INTERRUPTED;
    }
    savings_study_clear(&run.study);
    savings_solution_free(run.solution);
    free(run.task);
    crease_app_list_free(run.object_name, run.object_count);
    crease_app_list_free(run.net, run.net_count);
    return code;
}
