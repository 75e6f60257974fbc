/* crease arm claims: the popular sentence about activations, and what stands behind it, measured. */
#include "arm/claims/claims_program.h"
#include "arm/commands.h"
#include "arm/one_joint.h"
#include <stdlib.h>
#include <string.h>

enum {
    KEY_CLAIM = 1300,
    KEY_MODEL,
    KEY_PARAMETERS,
    KEY_GAIN,
    KEY_LOW_GAIN,
    KEY_LEAD_TIME,
    KEY_STEP,
    KEY_LARGE_STEP,
    KEY_NORM
};

typedef struct claims_run {
    crease_app app;
    const char *only, *model, *parameters;
    arm_claim_setup setup;
    size_t count;
    const arm_claim **claim; /* count, owned */
    arm_finding *finding;    /* count, owned */
} claims_run;

static const struct argp_option options[] = {
    {"claim", KEY_CLAIM, "TEXT", 0, "only those with TEXT in their name", 0},
    {"model", KEY_MODEL, "A|A2", 0, "A: elbow of the PUMA 560 (default); A2: Spong's link 1", 0},
    {"parameters", KEY_PARAMETERS, "FILE.json", 0,
     "values for the model's parameters, as in 'crease arm step'", 0},
    {"K", KEY_GAIN, "N_M", 0, "gain (80)", 0},
    {"low-K", KEY_LOW_GAIN, "N_M", 0, "gain of the claims about the upright arm (20)", 0},
    {"Td", KEY_LEAD_TIME, "S", 0, "lead time of law PDi (.2)", 0},
    {"norm", KEY_NORM, "X", 0, "divides the sigmoid pair (2)", 0},
    {"step", KEY_STEP, "RAD", 0, "the step of most claims (.5)", 0},
    {"large-step", KEY_LARGE_STEP, "RAD", 0, "the step that saturates (1.5)", 0},
    {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    claims_run *run = state->input;
    const crease_app *app = &run->app;
    switch (key) {
    case KEY_CLAIM:
        run->only = text;
        return 0;
    case KEY_MODEL:
        run->model = text;
        return 0;
    case KEY_PARAMETERS:
        run->parameters = text;
        return 0;
    case KEY_GAIN:
        run->setup.gain = crease_app_positive(app, "--K", text);
        return 0;
    case KEY_LOW_GAIN:
        run->setup.low_gain = crease_app_positive(app, "--low-K", text);
        return 0;
    case KEY_LEAD_TIME:
        run->setup.lead_time = crease_app_positive(app, "--Td", text);
        return 0;
    case KEY_NORM:
        run->setup.norm[ARM_SIGMOID] = crease_app_positive(app, "--norm", text);
        return 0;
    case KEY_STEP:
        run->setup.small = crease_app_positive(app, "--step", text);
        return 0;
    case KEY_LARGE_STEP:
        run->setup.large = crease_app_positive(app, "--large-step", text);
        return 0;
    case ARGP_KEY_ARG:
        crease_app_usage_error(app, "'%s' is one argument too many; everything is given by options", text);
    case ARGP_KEY_END:
        if (app->plot)
            crease_app_usage_error(app, "claims draws no picture; 'crease arm sweep --plot' does");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static crease_status work(claims_run *run, crease_error *error) {
    size_t room = 0;
    while (arm_claim_at(room))
        room++;
    run->claim = calloc(room, sizeof(arm_claim *));
    run->finding = calloc(room, sizeof *run->finding);
    if (!run->claim || !run->finding)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu claims", room);
    crease_progress progress = crease_progress_begin(&run->app, "claims");
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < room && status == CREASE_OK && !crease_app_interrupted(NULL); i++) {
        const arm_claim *claim = arm_claim_at(i);
        if (run->only && !strstr(claim->name, run->only))
            continue;
        status = arm_claim_judge(claim, &run->setup, &run->finding[run->count], error);
        if (status == CREASE_OK && !crease_app_interrupted(NULL))
            run->claim[run->count++] = claim;
        crease_progress_update(i + 1, room, &progress);
    }
    crease_progress_end(&progress);
    if (status == CREASE_OK && run->count == 0 && !crease_app_interrupted(NULL))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "no claim has '%.40s' in its name; 'crease arm claims --json' has all names",
                           run->only);
    return status;
}

static int print_text(const claims_run *run) {
    size_t verdicts[3] = {0};
    const arm_claim_setup *s = &run->setup;
    printf("Model %s, K = %g N m; every number is measured in this run.\n", s->plant.name, s->gain);
    for (size_t i = 0; i < run->count; i++) {
        const arm_finding *finding = &run->finding[i];
        putchar('\n');
        arm_claim_print(run->claim[i], finding, stdout);
        verdicts[finding->verdict]++;
        for (size_t k = 0; k < finding->count && run->app.verbose; k++)
            printf("        %-58s %.8g\n", finding->measured[k].what, finding->measured[k].value);
        if (run->app.verbose)
            printf("        [%s]\n", run->claim[i]->name);
    }
    printf("\n%zu claims: %zu confirmed, %zu confirmed with limits, %zu refuted%s.\n", run->count,
           verdicts[ARM_CONFIRMED], verdicts[ARM_CONFIRMED_WITH_LIMITS], verdicts[ARM_REFUTED],
           run->app.verbose ? "" : " (-v prints what was measured)");
    return crease_app_end(&run->app);
}

static int print_json(const claims_run *run) {
    static const char none[] = "it does not exist with these parameters";
    const arm_claim_setup *s = &run->setup;
    json_t *object = crease_json_begin("arm-claims"), *list = json_array();
    crease_json_set_text(object, "model", s->plant.name);
    crease_json_set_text(object, "parameters", run->parameters);
    crease_json_set_number(object, "K", s->gain, NULL);
    crease_json_set_number(object, "low_K", s->low_gain, NULL);
    crease_json_set_number(object, "Td", s->lead_time, NULL);
    crease_json_set_number(object, "norm_sigmoid", s->norm[ARM_SIGMOID], NULL);
    crease_json_set_number(object, "step_rad", s->small, NULL);
    crease_json_set_number(object, "large_step_rad", s->large, NULL);
    for (size_t i = 0; i < run->count; i++) {
        const arm_finding *finding = &run->finding[i];
        json_t *entry = json_object(), *measured = json_object();
        crease_json_set_text(entry, "name", run->claim[i]->name);
        crease_json_set_text(entry, "claim", run->claim[i]->sentence);
        for (size_t k = 0; k < finding->count; k++)
            crease_json_set_number(measured, finding->measured[k].key, finding->measured[k].value, none);
        json_object_set_new(entry, "measured", measured);
        crease_json_set_text(entry, "verdict", arm_verdict_name(finding->verdict));
        crease_json_set_text(entry, "why", finding->why);
        json_array_append_new(list, entry);
    }
    json_object_set_new(object, "claims", list);
    crease_json_set_count(object, "seed", (size_t)run->app.seed);
    return crease_json_finish(&run->app, object);
}

int arm_claims_command(int argc, char **argv) {
    static const struct argp argp = {
        options,
        parse_option,
        NULL,
        "\"ReLU: high gain, fast, may oscillate; sigmoid: gentle, more stable\": this sentence and those "
        "behind "
        "it, each with a verdict (confirmed, confirmed with limits, refuted) that follows from what is "
        "measured in the run.",
        NULL,
        NULL,
        NULL};
    claims_run run = {.app = {.name = "crease arm claims",
                              .examples = "  build/bin/crease arm claims\n"
                                          "  build/bin/crease arm claims --claim upright --low-K 80 -v\n"
                                          "  build/bin/crease arm claims --model A2 --json\n"},
                      .setup = arm_claim_defaults()};
    crease_error error;
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    run.setup.interrupted = crease_app_interrupted;
    crease_app_catch_interrupt();
    int code = arm_one_joint_plant(&run.app, run.model, run.parameters, &run.setup.plant);
    if (code == CREASE_EXIT_OK && run.setup.plant.gravity < 0)
        crease_app_usage_error(&run.app,
                               "model %s counts its angle from upright, and the claims are of an arm that "
                               "hangs; take A or A2",
                               run.setup.plant.name);
    if (code == CREASE_EXIT_OK)
        code = work(&run, &error) != CREASE_OK ? crease_app_fail(&run.app, &error)
               : run.app.json                  ? print_json(&run)
                                               : print_text(&run);
    if (code == CREASE_EXIT_OK && crease_app_interrupted(NULL))
        code = crease_app_fail_text(&run.app, CREASE_EXIT_INTERRUPTED, "interrupted after %zu claims",
                                    run.count);
    free(run.claim);
    free(run.finding);
    return code;
}
