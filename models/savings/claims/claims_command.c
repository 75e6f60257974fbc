/* crease savings claims: every form of the sentence about the kink at the borrowing limit, measured. And the
 * short form that stands below a solution. */
#include "savings/claims/claims.h"
#include "savings/program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_CLAIM = 1100, KEY_HINGE, KEY_STARTS };

typedef struct claims_run {
    crease_app app;
    savings_model_options model;
    const char *only, *hinge_text;
    double hinge;
    bool whole;                      /* all models, with their defaults */
    savings_calibration calibration; /* of the one model otherwise */
    savings_solution *solution[SAVINGS_MODEL_COUNT];
    savings_claim_setup setup;
    size_t count;
    const savings_claim **claim; /* count, owned */
    savings_evidence *evidence;  /* count, owned */
    size_t contradictions;
    bool interrupted;
} claims_run;

static const struct argp_option options[] = {
    {0, 0, 0, 0, "Which claims:", 20},
    {"claim", KEY_CLAIM, "TEXT", 0, "those with TEXT in their name", 0},
    {"add-hinge", KEY_HINGE, "H", 0,
     "falsify all values on purpose: add H max(0, x - k), k the critical point, before they are measured", 0},
    {"starts", KEY_STARTS, "N", 0, "starting points of each network (8)", 0},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    claims_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->model;
        return 0;
    case KEY_CLAIM:
        run->only = argument;
        return 0;
    case KEY_HINGE:
        run->hinge_text = argument;
        return 0;
    case KEY_STARTS:
        run->setup.starts = crease_app_count(&run->app, "--starts", argument, 1);
        return 0;
    case ARGP_KEY_ARG:
        crease_app_usage_error(&run->app, "claims takes no file, and so not '%s'", argument);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void read_options(claims_run *run, int argc, char **argv) {
    static const struct argp_child children[] = {{&savings_model_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .children = children,
        .doc =
            "\"The value function has a kink precisely at the borrowing limit\": every form of the sentence, "
            "measured on values and held against theory. Exits with 1 when a measurement contradicts "
            "theory."};
    run->app = (crease_app){.name = "crease savings claims",
                            .examples = "  build/bin/crease savings claims\n"
                                        "  build/bin/crease savings claims --model B --penalty 0\n"
                                        "  build/bin/crease savings claims --claim hard-limit --json\n"};
    run->model.app = &run->app;
    crease_app_parse(&run->app, &argp, argc, argv, run);
    if (run->app.plot)
        crease_app_usage_error(&run->app, "claims draws no picture; 'crease savings solve --plot' does");
    if (run->hinge_text)
        run->hinge = crease_app_number(&run->app, "--add-hinge", run->hinge_text);
    run->setup.seed = run->app.seed;
    run->setup.threads = run->app.threads;
    run->setup.interrupted = crease_app_interrupted;
}

/* Without --model or --calibration every model has its defaults, and a parameter would have no owner. */
static crease_status choose_model(claims_run *run, crease_error *error) {
    run->whole = !run->model.model && !run->model.calibration;
    for (size_t i = 0; i < SAVINGS_PARAMETER_COUNT && run->whole; i++)
        if (run->model.value[i])
            crease_app_usage_error(&run->app, "a parameter belongs to one model; name it by --model");
    if (run->whole && (run->model.rates || run->model.rate_kinks || run->model.shocks))
        crease_app_usage_error(&run->app, "a parameter belongs to one model; name it by --model");
    return run->whole ? CREASE_OK : savings_model_chosen(&run->model, &run->calibration, error);
}

static double add_hinge(savings_object object, double x, double value, void *context) {
    const double *hinge = context; /* size, place */
    (void)object;
    return value + hinge[0] * fmax(x - hinge[1], 0);
}

/* The solution a claim is about: shared by all claims on a model as it is, else the caller's own. */
static crease_status solve_for(claims_run *run, const savings_claim *claim, const savings_solution **solution,
                               savings_solution **own, crease_error *error) {
    savings_parameters parameters = run->whole ? savings_defaults(claim->model) : run->calibration.parameters;
    savings_solve_options wanted = {
        .grid = {.threads = run->app.threads, .interrupted = crease_app_interrupted}};
    crease_status status = CREASE_OK;
    *own = NULL;
    if (claim->adjust)
        claim->adjust(&parameters);
    savings_solution **made = claim->adjust ? own : &run->solution[claim->model];
    if (!*made)
        status = savings_solve(claim->model, &parameters, &wanted, made, error);
    *solution = *made;
    return status;
}

static crease_status judge(claims_run *run, const savings_claim *claim, crease_error *error) {
    const savings_solution *solution;
    savings_solution *own;
    crease_status status = solve_for(run, claim, &solution, &own, error);
    savings_claim_setup setup = run->setup;
    if (status == CREASE_OK && (!claim->possible || claim->possible(solution))) {
        double hinge[2] = {run->hinge, savings_claim_place(claim, solution)};
        if (run->hinge != 0) {
            setup.distort = add_hinge;
            setup.distort_context = hinge;
        }
        savings_evidence *evidence = &run->evidence[run->count];
        status = savings_claim_judge_solution(claim, solution, &setup, evidence, error);
        if (status == CREASE_OK && !crease_app_interrupted(NULL)) {
            run->contradictions += !evidence->agrees;
            run->claim[run->count++] = claim;
        }
    }
    savings_solution_free(own);
    return status;
}

static bool is_wanted(const claims_run *run, const savings_claim *claim) {
    return (run->whole || claim->model == run->calibration.model) &&
           (!run->only || strstr(claim->name, run->only));
}

static crease_status work(claims_run *run, crease_error *error) {
    size_t room = 0, done = 0;
    while (savings_claim_at(room))
        room++;
    run->claim = calloc(room, sizeof(savings_claim *));
    run->evidence = calloc(room, sizeof *run->evidence);
    if (!run->claim || !run->evidence)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu claims", room);
    crease_status status = choose_model(run, error);
    crease_progress progress = crease_progress_begin(&run->app, "claims");
    for (size_t i = 0; i < room && status == CREASE_OK && !run->interrupted; i++) {
        const savings_claim *claim = savings_claim_at(i);
        if (is_wanted(run, claim))
            status = judge(run, claim, error);
        run->interrupted = crease_app_interrupted(NULL);
        crease_progress_update(++done, room, &progress);
    }
    crease_progress_end(&progress);
    if (status == CREASE_OK && run->count == 0 && !run->interrupted)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "no claim of that name is about %s with these parameters",
                           run->whole ? "any model" : savings_model_name(run->calibration.model));
    return status;
}

static const char *relation(const savings_number *number) {
    return number->relation == SAVINGS_AT_LEAST  ? "at least"
           : number->relation == SAVINGS_AT_MOST ? "at most"
                                                 : "equal";
}

static void print_numbers(const savings_evidence *evidence, const char *indent, FILE *file) {
    for (size_t i = 0; i < evidence->count; i++) {
        const savings_number *number = &evidence->number[i];
        fprintf(file, "%s%s: %.9g; ", indent, number->name, number->measured);
        if (number->relation == SAVINGS_EQUAL)
            fprintf(file, "theory %.9g, tolerance %.1g", number->theory, number->tolerance);
        else
            fprintf(file, "theory %s %.3g", relation(number), number->theory);
        fputs(savings_number_agrees(number) ? "\n" : "  CONTRADICTS THEORY\n", file);
    }
}

static int print_text(const claims_run *run) {
    const char *topic = NULL;
    puts("\"The value function has a kink precisely at the borrowing limit\": which forms of this are true");
    for (size_t i = 0; i < run->count; i++) {
        const savings_claim *claim = run->claim[i];
        const savings_evidence *evidence = &run->evidence[i];
        if (!topic || strcmp(topic, claim->topic) != 0)
            printf("\n%s\n", claim->topic);
        topic = claim->topic;
        printf("  %s %s: %s\n", evidence->verdict ? "TRUE " : "FALSE", savings_model_name(claim->model),
               claim->sentence);
        if (evidence->verdict != evidence->theory)
            printf("        CONTRADICTS THEORY, by which it is %s\n", evidence->theory ? "true" : "false");
        print_numbers(evidence, "        ", stdout);
        if (run->app.verbose)
            printf("        measured by %s [%s]\n", claim->how, claim->name);
    }
    printf("\n%zu claims measured on values alone%s; ", run->count,
           run->app.verbose ? "" : " (-v says how each was)");
    if (run->contradictions == 0)
        puts("every measurement agrees with theory.");
    else
        printf("%zu contradict theory.\n", run->contradictions);
    return crease_app_end(&run->app);
}

static void set_numbers(json_t *object, const savings_evidence *evidence) {
    json_t *list = json_array();
    for (size_t i = 0; i < evidence->count; i++) {
        const savings_number *number = &evidence->number[i];
        json_t *entry = json_object();
        crease_json_set_text(entry, "name", number->name);
        crease_json_set_number(entry, "measured", number->measured, NULL);
        crease_json_set_number(entry, "theory", number->theory, NULL);
        crease_json_set_text(entry, "relation", relation(number));
        crease_json_set_number(entry, "tolerance", number->tolerance, NULL);
        json_object_set_new(entry, "agrees", json_boolean(savings_number_agrees(number)));
        json_array_append_new(list, entry);
    }
    json_object_set_new(object, "numbers", list);
}

static void set_slopes(json_t *object, const savings_evidence *evidence) {
    static const char none[] = "the claim is not about two slopes at one place";
    crease_json_set_number(object, "x", evidence->x, "the claim is about a whole range");
    crease_json_set_number(object, "slope_left", evidence->slope_left, none);
    crease_json_set_number(object, "slope_right", evidence->slope_right, none);
    crease_json_set_number(object, "ratio", evidence->slope_left / evidence->slope_right, none);
}

static const char *verdict_text(bool verdict) {
    return verdict ? "true" : "false";
}

static int print_json(claims_run *run) {
    json_t *object = crease_json_begin("savings-claims"), *list = json_array();
    for (size_t i = 0; i < run->count; i++) {
        const savings_claim *claim = run->claim[i];
        const savings_evidence *evidence = &run->evidence[i];
        json_t *entry = json_object();
        crease_json_set_text(entry, "name", claim->name);
        crease_json_set_text(entry, "topic", claim->topic);
        crease_json_set_text(entry, "claim", claim->sentence);
        crease_json_set_text(entry, "model", savings_model_name(claim->model));
        crease_json_set_text(entry, "object", savings_object_name(claim->object));
        crease_json_set_text(entry, "verdict", verdict_text(evidence->verdict));
        crease_json_set_text(entry, "theory", verdict_text(evidence->theory));
        json_object_set_new(entry, "agrees", json_boolean(evidence->agrees));
        set_slopes(entry, evidence);
        set_numbers(entry, evidence);
        crease_json_set_text(entry, "how", claim->how);
        json_array_append_new(list, entry);
    }
    json_object_set_new(object, "claims", list);
    crease_json_set_count(object, "contradictions", run->contradictions);
    crease_json_set_count(object, "seed", (size_t)run->app.seed);
    return crease_json_finish(&run->app, object);
}

int savings_claims_command(int argc, char **argv) {
    claims_run run = {0};
    crease_error error;
    int code;
    read_options(&run, argc, argv);
    crease_app_catch_interrupt();
    crease_status status = work(&run, &error);
    if (status != CREASE_OK)
        code = crease_app_fail(&run.app, &error);
    else
        code = run.app.json ? print_json(&run) : print_text(&run);
    if (code == CREASE_EXIT_OK && run.interrupted)
        code = crease_app_fail_text(&run.app, CREASE_EXIT_INTERRUPTED, "interrupted after %zu claims",
                                    run.count);
    else if (code == CREASE_EXIT_OK && run.contradictions > 0)
        code = CREASE_EXIT_NO;
    for (int model = 0; model < SAVINGS_MODEL_COUNT; model++)
        savings_solution_free(run.solution[model]);
    savings_calibration_clear(&run.calibration);
    free(run.claim);
    free(run.evidence);
    return code;
}

/* ---- below a solution ---- */

/* The next brief claim that applies, from index *next on, judged; NULL after the last. A claim that cannot be
 * judged is left out. */
static const savings_claim *next_brief(const savings_solution *solution, size_t *next,
                                       savings_evidence *evidence) {
    const savings_claim *claim;
    while ((claim = savings_claim_at((*next)++)) != NULL)
        if (claim->brief && claim->model == solution->model &&
            (!claim->possible || claim->possible(solution)) &&
            (!claim->applies || claim->applies(solution)) &&
            savings_claim_judge_solution(claim, solution, NULL, evidence, NULL) == CREASE_OK)
            return claim;
    return NULL;
}

void savings_claims_print(const savings_solution *solution, FILE *file) {
    const savings_claim *claim;
    savings_evidence evidence;
    for (size_t next = 0; (claim = next_brief(solution, &next, &evidence)) != NULL;) {
        fprintf(file, "%s: %s.\n", evidence.verdict ? "TRUE " : "FALSE", claim->sentence);
        if (isnan(evidence.slope_left)) {
            print_numbers(&evidence, "       ", file);
            continue;
        }
        double ratio = evidence.slope_left / evidence.slope_right;
        ratio = fabs(ratio) < 5e-10 ? 0 : ratio; /* what would print as -0 */
        fprintf(file,
                "       Measured at %s = %.8g: slope %.9g on the left, %.9g on the right, ratio %.9f "
                "(theory: %.9f).\n",
                savings_object_variable(solution->model, claim->object), evidence.x, evidence.slope_left,
                evidence.slope_right, ratio, evidence.slope_ratio);
    }
}

json_t *savings_claims_json(const savings_solution *solution) {
    const savings_claim *claim;
    savings_evidence evidence;
    json_t *list = json_array();
    for (size_t next = 0; (claim = next_brief(solution, &next, &evidence)) != NULL;) {
        json_t *entry = json_object();
        crease_json_set_text(entry, "claim", claim->sentence);
        crease_json_set_text(entry, "verdict", verdict_text(evidence.verdict));
        crease_json_set_text(entry, "object", savings_object_name(claim->object));
        set_slopes(entry, &evidence);
        crease_json_set_number(entry, "theory", evidence.slope_ratio,
                               "the claim is not about two slopes at one place");
        set_numbers(entry, &evidence);
        json_array_append_new(list, entry);
    }
    return list;
}
