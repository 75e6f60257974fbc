/* crease savings fit: networks fitted to the value and policy functions of a solved problem. */
#include "crease/model_file.h"
#include "crease/plot.h"
#include "savings/program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_OBJECT = 1100, KEY_NETS, KEY_POINTS, KEY_STARTS, KEY_HOLD, KEY_SHAPE, KEY_MINIMISE };

typedef struct fit_run {
    crease_app app;
    savings_model_options model;
    const char *objects, *nets; /* texts, NULL when not given */
    const char *output;         /* where the best network goes, or NULL */
    savings_fit_options chosen;
    bool hold_kink;
    savings_solution *solution;
    char **object_name, **net; /* lists, owned */
    size_t object_count, net_count;
    savings_task *task;      /* owned */
    savings_task_text *text; /* owned, of some of the tasks */
    size_t task_count;
    savings_study study;
} fit_run;

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The fits:", 20},
    {"object", KEY_OBJECT, "W|pinvW|V|pinvV|dV|c[,..]", 0,
     "what to fit: end-of-period value (B, K3, D1), value, their pseudo-inverses, V', consumption (default: "
     "those that tell "
     "networks apart)",
     0},
    {"nets", KEY_NETS, "SPEC,SPEC,..", 0,
     "networks, each fitted to each object; exact: the policy's own kinks (default: a comparison at equal "
     "n_free, and what theory asks for)",
     0},
    {"points", KEY_POINTS, "N", 0, "exact values to fit to (200; policies of K3 and D1 400)", 0},
    {"starts", KEY_STARTS, "N", 0, "starting points of each fit (20)", 0},
    {"hold-kink", KEY_HOLD, 0, 0,
     "relu and relu^p units sit at the object's own kinks (D: at the limit) and stay there; without --nets: "
     "those of hybrids",
     0},
    {"shape", KEY_SHAPE, 0, 0,
     "affine+relu:k keeps what theory says: increasing, concave or convex, c with a slope from 0 to 1", 0},
    {"minimise", KEY_MINIMISE, "error|euler", 0,
     "what the fit of c brings down; euler: the Euler errors themselves, after the error (A, K3, D1)", 0},
    {"output", 'o', "MODEL.json", 0, "write the network of least max error on the first object", 0},
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
        run->chosen.points = crease_app_count(&run->app, "--points", argument, 2);
        return 0;
    case KEY_STARTS:
        run->chosen.fit.starts = crease_app_count(&run->app, "--starts", argument, 1);
        return 0;
    case KEY_HOLD:
        run->hold_kink = true;
        return 0;
    case KEY_SHAPE:
        run->chosen.shape = true;
        return 0;
    case KEY_MINIMISE:
        if (strcmp(argument, "error") != 0 && strcmp(argument, "euler") != 0)
            crease_app_usage_error(&run->app, "--minimise takes error or euler, not '%s'", argument);
        run->chosen.goal = strcmp(argument, "euler") == 0 ? SAVINGS_LEAST_EULER : SAVINGS_LEAST_ERROR;
        return 0;
    case 'o':
        run->output = argument;
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
            "error, position of the kink, ratio of the slopes on its two sides, error of V', and the Euler "
            "errors of the policy "
            "that the fit implies.\n\n"
            "A value function of your own: 'crease savings fit FILE.csv --x COL --value COL', whose options "
            "'crease savings fit "
            "FILE.csv --help' lists."};
    run->app = (crease_app){
        .name = "crease savings fit",
        .examples =
            "  build/bin/crease savings fit --model B --object pinvW --nets affine+relu:1,tanh:5\n"
            "  build/bin/crease savings fit --model A --object c --nets exact,tanh:5 --json\n"
            "  build/bin/crease savings fit --model K3 --object c --nets affine+tanh:8+relu:3 --hold-kink -o "
            "build/policy.json\n"};
    run->model.app = &run->app;
    crease_app_parse(&run->app, &argp, argc, argv, run);
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
            crease_app_usage_error(&run->app,
                                   "%s belongs to models B, K3 and D1; model %s has V, pinvV, dV and c", name,
                                   savings_model_name(model));
        return object;
    }
    const char *meant = crease_app_did_you_mean(name, known, SAVINGS_OBJECT_COUNT);
    crease_app_usage_error(&run->app, "unknown object '%s'%s%s%s; there are W, pinvW, V, pinvV, dV and c",
                           name, meant ? "; did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
}

static bool is_wanted(const fit_run *run, savings_model model, savings_object object) {
    for (size_t i = 0; i < run->object_count; i++)
        if (find_object(run, model, run->object_name[i]) == object)
            return true;
    return run->object_count == 0;
}

static bool is_hybrid(const char *net) {
    return strstr(net, "relu") && strstr(net, "tanh");
}

/* The default networks of an object, appended. */
static void list_defaults(fit_run *run, savings_object object) {
    size_t first = run->task_count;
    double at[1];
    bool hold = run->hold_kink && savings_hold_points(run->solution, object, at, 1) > 0;
    run->task_count += savings_tasks_for(run->solution, object, run->task + first, run->text + first);
    if (run->task_count == first && run->object_count > 0) /* asked for by name */
        run->task_count += savings_object_tasks(run->solution, object, run->task + first);
    for (size_t i = first; i < run->task_count; i++)
        run->task[i].hold_kink |= hold && is_hybrid(run->task[i].net);
}

/* The given networks for each wanted object, or the default ones; without names the objects that have a default list. */
static crease_status list_tasks(fit_run *run, savings_model model, crease_error *error) {
    size_t room = SAVINGS_OBJECT_COUNT * (run->net_count + SAVINGS_MOST_TASKS);
    run->task = calloc(room, sizeof *run->task);
    run->text = calloc(room, sizeof *run->text);
    if (!run->task || !run->text)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the list of fits");
    for (savings_object object = 0; object < SAVINGS_OBJECT_COUNT; object++) {
        size_t before = run->task_count;
        if (!is_wanted(run, model, object))
            continue;
        list_defaults(run, object);
        if (!run->nets || run->task_count == before)
            continue;
        run->task_count = before;
        for (size_t i = 0; i < run->net_count; i++)
            run->task[run->task_count++] =
                (savings_task){.object = object, .net = run->net[i], .hold_kink = run->hold_kink};
    }
    return CREASE_OK;
}

static crease_status work(fit_run *run, crease_error *error) {
    savings_calibration calibration;
    crease_status status = savings_model_chosen(&run->model, &calibration, error);
    if (status == CREASE_OK)
        status = savings_solve(calibration.model, &calibration.parameters,
                               &(savings_solve_options){.grid = {.threads = run->app.threads,
                                                                 .interrupted = crease_app_interrupted}},
                               &run->solution, error);
    savings_calibration_clear(&calibration);
    if (status == CREASE_OK)
        status = list_tasks(run, run->solution->model, error);
    if (status == CREASE_OK)
        crease_app_detail(&run->app, "%zu fits to do", run->task_count);
    if (status == CREASE_OK)
        status = savings_study_run_with(&run->app, run->solution, run->task, run->task_count, &run->chosen,
                                        &run->study, error);
    return status;
}

static int report(const fit_run *run) {
    if (run->app.json) {
        json_t *object = crease_json_begin("savings-fit");
        savings_json_model(object, run->solution);
        json_object_set_new(object, "rows", savings_study_json(&run->study));
        json_object_set_new(object, "seen", savings_sights_json(&run->study));
        json_object_set_new(object, "interrupted", json_boolean(run->study.interrupted));
        json_object_set_new(object, "seed", json_integer((json_int_t)run->app.seed));
        return crease_json_finish(&run->app, object);
    }
    savings_study_print(&run->study, stdout);
    savings_study_print_reasons(&run->study, stdout);
    puts("errors on 10,001 points; near kink: within 5 % of the range; slope ratio: .1 % of the range left "
         "over right of the critical point,\nexact: the same of the true function; Euler: errors of the "
         "policy that the fit "
         "implies, mean of log10 and largest");
    if (run->solution->model == SAVINGS_C)
        puts("Euler errors of C: |(y + (R-1) a)/c - 1| where debt is repaid, since c must be constant and "
             "last for ever");
    else if (run->solution->model == SAVINGS_D)
        puts("Euler errors of D: |c'(a) (c - y - r a)/c - q|, q = (rho - r)/g, what c is off by after a unit "
             "of time");
    else
        puts("Euler errors where neither the limit binds nor savings are flat: the share of c by which u'(c) "
             "misses what next "
             "period is worth");
    return crease_app_end(&run->app);
}

/* The network of least max error on the first object. */
static int write_best(const fit_run *run) {
    const savings_fit_row *best = &run->study.row[0];
    crease_error error;
    char label[160];
    for (size_t i = 1; i < run->study.count; i++)
        if (run->study.row[i].object == best->object && run->study.row[i].max_error < best->max_error)
            best = &run->study.row[i];
    const char *input = savings_object_variable(run->solution->model, best->object),
               *output = savings_object_name(best->object);
    crease_status status = crease_net_set_names(best->net, &input, &output, &error);
    if (status == CREASE_OK)
        status = crease_net_save(best->net, run->output, &error);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    savings_row_label(best, label, sizeof label);
    crease_app_note(&run->app, "wrote %s of %s to %s; crease eval evaluates it", label, output, run->output);
    return CREASE_EXIT_OK;
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
    int code = status == CREASE_OK ? CREASE_EXIT_OK : crease_app_fail(&run.app, &error);
    if (code == CREASE_EXIT_OK && run.output && run.study.count > 0)
        code = write_best(&run);
    if (code == CREASE_EXIT_OK)
        code = report(&run);
    if (code == CREASE_EXIT_OK && run.app.plot && run.study.count > 0)
        code = draw(&run);
    if (code == CREASE_EXIT_OK && run.study.interrupted) {
        crease_app_note(&run.app, "interrupted: %zu of %zu fits are done", run.study.count, run.task_count);
        code = CREASE_EXIT_INTERRUPTED;
    }
    savings_study_clear(&run.study);
    savings_solution_free(run.solution);
    free(run.task);
    free(run.text);
    crease_app_list_free(run.object_name, run.object_count);
    crease_app_list_free(run.net, run.net_count);
    return code;
}
