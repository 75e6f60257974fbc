/* crease verify: can any input of a specification's boxes make the network do what the specification describes? */
#include "commands.h"
#include "model.h"
#include "regression.h"
#include "verify_run.h"
#include <string.h>

enum { KEY_TIMEOUT = 950, KEY_PROOF, KEY_NODES, KEY_VNNCOMP };

static const struct argp_option options[] = {
    {"timeout", KEY_TIMEOUT, "S", 0, "give up after S seconds (none)", 1},
    {"nodes", KEY_NODES, "N", 0, "give up after N boxes (none)", 1},
    {"proof", KEY_PROOF, "FILE", 0,
     "when nothing violates the specification, write the proof there; crease check-proof reads it", 1},
    {"output", 'o', "RESULT", 0, "write verdict and witness there as VNN-COMP wants them", 1},
    {"vnncomp", KEY_VNNCOMP, 0, 0,
     "print what -o writes: sat, unsat or unknown, and the witness; with --json only the verdict's name", 1},
    {0}};

static void check_complete(const verify_run *run) {
    const crease_app *app = &run->app;
    question_require(app, &run->files);
    if (app->plot)
        crease_app_usage_error(
            app, "verify draws no picture; crease regions --plot draws a network of two inputs");
    bool to_output =
        crease_app_is_standard_output(run->result_path) || crease_app_is_standard_output(run->options.proof);
    if (to_output)
        crease_app_usage_error(app, "-o and --proof take a file; --vnncomp writes to standard output");
    if (run->result_path && run->options.proof && strcmp(run->result_path, run->options.proof) == 0)
        crease_app_usage_error(app, "-o and --proof name the same file");
    if (run->options.proof && model_path_ends(run->files.model, ".csv"))
        crease_app_usage_error(app, "proofs are about networks: crease convert %s MODEL.json first",
                               run->files.model);
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    verify_run *run = state->input;
    switch (key) {
    case KEY_TIMEOUT:
        run->options.timeout = crease_app_positive(&run->app, "--timeout", argument);
        return 0;
    case KEY_NODES:
        run->options.node_limit = crease_app_count(&run->app, "--nodes", argument, 1);
        return 0;
    case KEY_PROOF:
        run->options.proof = argument;
        return 0;
    case KEY_VNNCOMP:
        run->competition = true;
        return 0;
    case 'o':
        run->result_path = argument;
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

static int load(verify_run *run) {
    int code = question_load(&run->app, &run->files, &run->net, &run->specification);
    if (code)
        return code;
    if (run->options.proof && !crease_net_is_piecewise_linear(run->net))
        return crease_app_fail_text(
            &run->app, CREASE_EXIT_USAGE,
            "%s has curved units, and proofs are about straight pieces only; leave out --proof",
            run->files.model);
    code = can_write(&run->app, run->result_path);
    return code ? code : can_write(&run->app, run->options.proof);
}

static void show_progress(const crease_verify_progress *progress, void *context) {
    verify_run *run = context;
    snprintf(run->progress_label, sizeof run->progress_label,
             "%.4g %% settled, %zu boxes wait, depth %zu, boxes done", 100 * progress->settled,
             progress->open, progress->depth);
    crease_progress_update(progress->nodes, 0, &run->progress);
}

static int verify(verify_run *run) {
    crease_error error;
    crease_app_catch_interrupt();
    run->progress = crease_progress_begin(&run->app, run->progress_label);
    run->options.threads = run->app.threads;
    run->options.seed = run->app.seed;
    run->options.interrupted = crease_app_interrupted;
    run->options.progress = show_progress;
    run->options.context = run;
    crease_app_detail(&run->app, "%zu inputs, %zu hidden units, %zu %s", run->net->inputs,
                      crease_net_unit_count(run->net), run->specification->case_count,
                      run->specification->case_count == 1 ? "case" : "cases");
    crease_status status = crease_verify(run->net, run->specification, &run->options, &run->result, &error);
    crease_progress_end(&run->progress);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

static int verdict_code(const verify_run *run) {
    switch (run->result.verdict) {
    case CREASE_PROVED:
        return CREASE_EXIT_OK;
    case CREASE_REFUTED:
        return CREASE_EXIT_NO;
    case CREASE_UNKNOWN:
        break;
    }
    return run->result.interrupted ? CREASE_EXIT_INTERRUPTED : CREASE_EXIT_UNDECIDED;
}

int command_verify(int argc, char **argv) {
    static const char doc[] = "Answers whether some input in the boxes of the specification (VNN-LIB) "
                              "violates it, that is, makes the network do "
                              "what its assertions describe. The answer is \"proved\" (no input does; exit "
                              "code 0), \"refuted\" with an input that "
                              "does, computed in rational arithmetic (1), or \"unknown\" when time or boxes "
                              "run out (2). Boxes of inputs are bounded "
                              "with every rounding error counted in, and split until each is settled. With "
                              "--proof the proof is written down for "
                              "crease check-proof, which trusts nothing of this search. Networks with curved "
                              "units (tanh, sigmoid, ..) are verified "
                              "too, but more of them end in unknown.";
    static const char examples[] =
        "  build/bin/crease verify data/flow_net.json data/flow.vnnlib --proof build/flow.proof\n"
        "  build/bin/crease verify data/arm_one_step.json data/arm_limit.vnnlib\n"
        "  build/bin/crease verify data/torque.json data/torque_limit.vnnlib --timeout 60 --vnncomp\n";
    static const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "MODEL SPEC.vnnlib", .doc = doc};
    verify_run run = {.app = {.name = "crease verify", .examples = examples}};
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = load(&run);
    if (code == 0)
        code = verify(&run);
    if (code == 0)
        code = verify_write_result(&run);
    if (code == 0)
        code = verify_report(&run);
    if (code == 0)
        code = verdict_code(&run);
    crease_verify_result_clear(&run.result);
    crease_specification_free(run.specification);
    crease_net_free(run.net);
    return code;
}
