/* crease-check-proof: is a file a proof that a network does not violate a specification? */
#include "crease/app.h"
#include "crease/model_file.h"
#include "crease/onnx.h"
#include "crease/proof.h"
#include "crease/vnnlib.h"
#include <string.h>

typedef struct proof_run {
    crease_app app;
    const char *path[3]; /* model, specification, proof */
    size_t given;
    crease_net *net;
    crease_specification *specification;
    crease_proof_check check;
    crease_progress progress;
} proof_run;

static const struct argp_option options[] = {{0}};

static void check_complete(const proof_run *run) {
    static const char *const wanted[] = {
        "network (.json or .onnx), the specification (.vnnlib) and the proof",
        "specification (.vnnlib) and the proof", "proof"};
    if (run->given < 3)
        crease_app_usage_error(&run->app, "name the %s", wanted[run->given]);
    size_t standard = 0;
    for (size_t i = 0; i < 3; i++)
        standard += strcmp(run->path[i], "-") == 0;
    if (standard > 1)
        crease_app_usage_error(&run->app, "only one file can be standard input");
    if (run->app.plot)
        crease_app_usage_error(&run->app, "check-proof draws no picture");
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    proof_run *run = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (run->given == 3)
            crease_app_usage_error(
                &run->app, "a network, a specification and a proof are enough, '%s' is too many", argument);
        run->path[run->given++] = argument;
        return 0;
    case ARGP_KEY_END:
        check_complete(run);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int load(proof_run *run) {
    crease_error error;
    size_t length = strlen(run->path[0]);
    bool onnx = length >= 5 && strcasecmp(run->path[0] + length - 5, ".onnx") == 0;
    crease_status status = onnx ? crease_onnx_load(run->path[0], &run->net, &error)
                                : crease_net_load(run->path[0], &run->net, &error);
    if (status == CREASE_OK)
        status = crease_vnnlib_load(run->path[1], run->net->inputs, run->net->outputs, &run->specification,
                                    &error);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

/* Asked between two lines; how many there are is not known, so progress counts the leaves. */
static bool interrupted(void *context) {
    proof_run *run = context;
    crease_progress_update(run->check.leaves, 0, &run->progress);
    return crease_app_interrupted(NULL);
}

static int check(proof_run *run) {
    crease_error error;
    crease_app_detail(&run->app, "%zu hidden units, %zu %s", crease_net_unit_count(run->net),
                      run->specification->case_count, run->specification->case_count == 1 ? "case" : "cases");
    run->progress = crease_progress_begin(&run->app, "leaves checked");
    crease_status status = strcmp(run->path[2], "-") == 0
                               ? crease_proof_check_stream(run->net, run->specification, stdin, interrupted,
                                                           run, &run->check, &error)
                               : crease_proof_check_file(run->net, run->specification, run->path[2],
                                                         interrupted, run, &run->check, &error);
    crease_progress_end(&run->progress);
    if (status == CREASE_BAD_ARGUMENT) /* of a network that proofs are not about */
        return crease_app_fail_text(&run->app, CREASE_EXIT_DATA, "%s: %s", run->path[0], error.message);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

static double leaves_per_second(const crease_proof_check *check) {
    return check->seconds > 0 ? (double)check->leaves / check->seconds : 0;
}

static int report_json(const proof_run *run) {
    const crease_proof_check *check = &run->check;
    json_t *object = crease_json_begin("check-proof");
    crease_json_set_text(object, "model", run->path[0]);
    crease_json_set_text(object, "specification", run->path[1]);
    crease_json_set_text(object, "proof", run->path[2]);
    json_object_set_new(object, "accepted", json_boolean(check->accepted));
    crease_json_set_count(object, "leaves", check->leaves);
    crease_json_set_count(object, "nodes", check->nodes);
    crease_json_set_count(object, "steps", check->steps);
    crease_json_set_number(object, "leaves_per_second", leaves_per_second(check), NULL);
    json_object_set_new(object, "line",
                        check->accepted ? json_null() : json_integer((json_int_t)check->line));
    crease_json_set_text(object, "why", check->accepted ? NULL : check->why);
    crease_json_set_number(object, "seconds", check->seconds, NULL);
    return crease_json_finish(&run->app, object);
}

static int report_text(const proof_run *run) {
    const crease_proof_check *check = &run->check;
    if (check->accepted)
        printf("accepted: %s is a proof, in exact arithmetic, that %s does not violate %s\n", run->path[2],
               run->path[0], run->path[1]);
    else if (check->interrupted)
        printf("undecided: interrupted in line %zu of %s\n", check->line, run->path[2]);
    else
        printf("rejected: %s:%zu: %s\n", run->path[2], check->line, check->why);
    printf("%zu %s, %zu nodes, %zu steps in %.3g s: %.3g leaves per second\n", check->leaves,
           check->leaves == 1 ? "leaf" : "leaves", check->nodes, check->steps, check->seconds,
           leaves_per_second(check));
    return crease_app_end(&run->app);
}

static int report(const proof_run *run) {
    int code = run->app.json ? report_json(run) : report_text(run);
    if (code == 0 && run->check.interrupted)
        return CREASE_EXIT_INTERRUPTED;
    return code == 0 && !run->check.accepted ? CREASE_EXIT_NO : code;
}

int main(int argc, char **argv) {
    static const char doc[] = "Checks a proof that `crease verify --proof` wrote: that no input in the boxes "
                              "of the specification violates it. "
                              "Everything is computed again in rational arithmetic by a program that shares "
                              "with crease verify only what reads "
                              "networks and specifications; so a proof that is accepted holds whatever "
                              "mistakes the search may have made. The exit "
                              "code is 0 when the proof is accepted and 1 when it is rejected; then the line "
                              "is named that does not hold.";
    static const char examples[] =
        "  build/bin/crease verify data/clip_net.json data/clip_range.vnnlib --proof build/clip.proof\n"
        "  build/bin/crease check-proof data/clip_net.json data/clip_range.vnnlib build/clip.proof\n"
        "  build/bin/crease check-proof data/clip_net.json data/clip_range.vnnlib build/clip.proof --json\n";
    static const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "MODEL SPEC.vnnlib PROOF", .doc = doc};
    proof_run run = {.app = {.name = "crease check-proof", .examples = examples}};
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    crease_app_catch_interrupt();
    int code = load(&run);
    if (code == 0)
        code = check(&run);
    if (code == 0)
        code = report(&run);
    crease_specification_free(run.specification);
    crease_net_free(run.net);
    return code;
}
