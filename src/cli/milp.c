/* crease milp: a question about a network as mixed-integer programs, solved by GLPK or written out. */
#include "commands.h"
#include "milp_run.h"
#include "model.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_LP = 900, KEY_NO_SOLVE, KEY_TIMEOUT, KEY_PLAIN, KEY_STUDY };

static const struct argp_option options[] = {
    {"lp", KEY_LP, "FILE.lp", 0,
     "write the program in the CPLEX LP format, with exact numbers; several alternatives "
     "give FILE-1.lp, FILE-2.lp, ..",
     1},
    {"no-solve", KEY_NO_SOLVE, NULL, 0, "only count and write", 1},
    {"timeout", KEY_TIMEOUT, "S", 0, "seconds for GLPK (60); with --study for each network (5)", 1},
    {"plain-bounds", KEY_PLAIN, NULL, 0, "bounds by interval arithmetic instead of the engine's", 1},
    {"study", KEY_STUDY, NULL, 0, "no model: time of GLPK and of crease verify on random networks", 2},
    {0}};

static void check_complete(const milp_run *run) {
    const crease_app *app = &run->app;
    if (run->study && (run->files.model || run->lp_path))
        crease_app_usage_error(app, "--study makes its own networks; leave out the model and --lp");
    if (run->study)
        return;
    question_require(app, &run->files);
    if (app->plot)
        crease_app_usage_error(app, "--plot draws the times of --study");
    if (crease_app_is_standard_output(run->lp_path) && app->json)
        crease_app_usage_error(app, "--json and --lp - both write to standard output");
}

static error_t parse_milp(int key, char *argument, struct argp_state *state) {
    milp_run *run = state->input;
    switch (key) {
    case KEY_LP:
        run->lp_path = argument;
        return 0;
    case KEY_NO_SOLVE:
        run->no_solve = true;
        return 0;
    case KEY_TIMEOUT:
        run->timeout = crease_app_positive(&run->app, "--timeout", argument);
        return 0;
    case KEY_PLAIN:
        run->plain_bounds = true;
        return 0;
    case KEY_STUDY:
        run->study = true;
        return 0;
    case ARGP_KEY_ARG:
        question_take(&run->app, argument, &run->files);
        return 0;
    case ARGP_KEY_END:
        check_complete(run);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int write_programs(milp_run *run) {
    const crease_app *app = &run->app;
    crease_error error;
    crease_milp_options milp = {.plain_bounds = run->plain_bounds};
    size_t programs = run->result.programs;
    if (programs != 1 && strcmp(run->lp_path, "-") == 0)
        return crease_app_fail_text(app, CREASE_EXIT_USAGE,
                                    "there are %zu programs, one for each alternative; give --lp a file name",
                                    programs);
    for (size_t i = 0; i < programs; i++) {
        char *name = milp_lp_name(run->lp_path, i, programs);
        if (!name)
            return crease_app_fail_text(app, CREASE_EXIT_INTERNAL, "out of memory for a file name");
        crease_status status = crease_milp_save(run->net, run->specification, i, &milp, name, &error);
        free(name);
        if (status != CREASE_OK)
            return crease_app_fail(app, &error);
    }
    return 0;
}

static int solve(milp_run *run) {
    crease_error error;
    crease_milp_options milp = {.timeout = run->timeout > 0 ? run->timeout : 60,
                                .interrupted = crease_app_interrupted,
                                .plain_bounds = run->plain_bounds};
    crease_status status = CREASE_OK;
    if (run->no_solve || run->lp_path)
        status = crease_milp_count(run->net, run->specification, &milp, &run->result, &error);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    int code = run->lp_path ? write_programs(run) : 0;
    if (code || run->no_solve)
        return code;
    crease_milp_result_clear(&run->result);
    crease_app_catch_interrupt();
    status = crease_milp(run->net, run->specification, &milp, &run->result, &error);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

static int run_question(milp_run *run) {
    int code = question_load(&run->app, &run->files, &run->net, &run->specification);
    if (code == 0 && crease_app_is_standard_output(run->lp_path))
        run->no_solve = true;
    if (code == 0)
        code = solve(run);
    if (code == 0)
        code = milp_report(run);
    if (code || run->no_solve)
        return code;
    code = run->result.verdict == CREASE_PROVED    ? CREASE_EXIT_OK
           : run->result.verdict == CREASE_REFUTED ? CREASE_EXIT_NO
                                                   : CREASE_EXIT_UNDECIDED;
    return run->result.interrupted ? crease_app_end_interrupted(&run->app, 0) : code;
}

int command_milp(int argc, char **argv) {
    static const char doc[] =
        "Asks whether an input of the specification's boxes makes the network do what must not happen, as "
        "mixed-integer linear programs with one binary variable for each unit whose sign the bounds leave "
        "open. GLPK "
        "computes in floating point with tolerances: what it refutes is evaluated exactly, what it proves is "
        "not "
        "rigorous. 'crease verify' answers the same question faster and with a proof.\v"
        "Ends with 0 when proved, 1 when refuted, 2 when undecided.";
    static const char examples[] =
        "  build/bin/crease milp data/clip_net.json data/clip_range.vnnlib\n"
        "  build/bin/crease milp data/clip_net.json data/clip_range.vnnlib --no-solve --lp build/clip.lp\n"
        "  build/bin/crease milp --study --timeout 1 --plot build/milp.png\n";
    static const struct argp argp = {
        .options = options, .parser = parse_milp, .args_doc = "MODEL SPEC.vnnlib", .doc = doc};
    milp_run run = {.app = {.name = "crease milp", .examples = examples}};
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = run.study ? milp_study(&run) : run_question(&run);
    crease_milp_result_clear(&run.result);
    crease_specification_free(run.specification);
    crease_net_free(run.net);
    return code;
}
