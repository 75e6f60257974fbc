/* crease arm prove: read what is claimed, compute range, reach set and certificate, then report. */
#include "arm/commands.h"
#include "arm/plane/prove_run.h"
#include "crease/crease.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_START = 1300,
    KEY_SAMPLE,
    KEY_STEPS,
    KEY_NEVER_BEYOND,
    KEY_TORQUE_BELOW,
    KEY_SETTLES,
    KEY_AFTER,
    KEY_SAFE,
    KEY_LYAPUNOV,
    KEY_P,
    KEY_SLICE,
    KEY_POLYGONS
};

static const struct argp_option options[] = {
    {0, 0, 0, 0, "All motions of the sampled loop (horizontal plane):", 1},
    {"start", KEY_START, "LO:HI,LO:HI", 0, "starts: x = q - reference and w (-1.6:-1.4,-0.5:0.5)", 1},
    {"sample", KEY_SAMPLE, "S", 0, "the torque is set every S seconds and held (.01)", 1},
    {"steps", KEY_STEPS, "N", 0, "samples (100)", 1},
    {"never-beyond", KEY_NEVER_BEYOND, "RAD", 0,
     "claim: no motion goes farther beyond the reference, between samples either", 1},
    {"torque-below", KEY_TORQUE_BELOW, "N_M", 0,
     "claim: no motion needs more torque; without starts: no state of the box does", 1},
    {"settles-within", KEY_SETTLES, "RAD", 0, "claim: after the sample of --after |x| stays within RAD", 1},
    {"after", KEY_AFTER, "N", 0, "that sample (the last)", 1},
    {"safe", KEY_SAFE, "LO:HI,LO:HI", 0, "claim: x and w stay in this box", 1},
    {"polygons", KEY_POLYGONS, "N", 0, "give up beyond so many (100000)", 1},
    {0, 0, 0, 0, "Stability of the continuous loop:", 2},
    {"lyapunov", KEY_LYAPUNOV, 0, 0,
     "claim: V = d'Pd falls on the whole box; P is searched for, d = distance from the rest point", 2},
    {"p", KEY_P, "P11,P12,P22", 0, "the same for this P", 2},
    {"slice", KEY_SLICE, "RAD", 0, "with gravity: width of the slices in which the sine is bounded (.1)", 2},
    {0, 0, 0, 0, "Results:", 3},
    {"output", 'o', "FILE.csv", 0, "write the table of the samples; - is standard output", 3},
    {0}};

/* The box in doubles: at least as large as the one that is written when `outward`, else at most. */
static void take_box(const prove_run *run, const char *option, const char *text, bool outward, double low[2],
                     double high[2]) {
    crease_number lower[2] = {{0}}, upper[2] = {{0}};
    plane_options_box(&run->app, option, text, lower, upper);
    for (size_t k = 0; k < 2; k++) {
        low[k] = outward ? lower[k].below : lower[k].above;
        high[k] = outward ? upper[k].above : upper[k].below;
        crease_number_clear(&lower[k]);
        crease_number_clear(&upper[k]);
    }
}

static void take_matrix(prove_run *run, const char *text) {
    size_t count;
    double *value = crease_app_numbers(&run->app, "--p", text, &count);
    if (count != 3 || !(value[0] > 0 && value[0] * value[2] > value[1] * value[1]))
        crease_app_usage_error(
            &run->app, "--p takes three numbers P11,P12,P22 of a positive definite matrix, not '%s'", text);
    memcpy(run->p, value, sizeof run->p);
    free(value);
    run->has_p = run->wants_lyapunov = true;
}

static void finish_options(prove_run *run) {
    const crease_app *app = &run->app;
    crease_app_check_outputs(app, "-o", run->csv_path, NULL);
    bool gravity = run->plane_options.gravity;
    if (run->wants_reach && gravity)
        crease_app_usage_error(app, "the exact reach set needs the linear plant: --gravity 0");
    if (!run->wants_reach && !run->wants_lyapunov && isnan(run->torque_below)) {
        run->wants_reach = !gravity;
        run->wants_lyapunov = true;
    }
    if (run->csv_path && !run->wants_reach)
        crease_app_usage_error(app, "-o writes the reach set; give --start, --sample or --steps too");
    if (run->after != SIZE_MAX && isnan(run->settles_within))
        crease_app_usage_error(app, "--after belongs to --settles-within RAD");
    if (run->after != SIZE_MAX && run->after >= run->reach_options.steps)
        crease_app_usage_error(app, "--after %zu is not before the last of %zu samples", run->after,
                               run->reach_options.steps);
}

static bool parse_reach(prove_run *run, int key, const char *text) {
    const crease_app *app = &run->app;
    arm_reach_options *reach = &run->reach_options;
    switch (key) {
    case KEY_START:
        take_box(run, "--start", text, true, reach->low, reach->high);
        break;
    case KEY_SAMPLE:
        reach->sample = crease_app_positive(app, "--sample", text);
        if (reach->sample > 10)
            crease_app_usage_error(app, "--sample takes at most 10 s, not '%s'", text);
        break;
    case KEY_STEPS:
        reach->steps = crease_app_count(app, "--steps", text, 1);
        if (reach->steps > 1000000)
            crease_app_usage_error(app, "--steps takes at most a million, not '%s'", text);
        break;
    case KEY_NEVER_BEYOND:
        run->never_beyond = crease_app_number(app, "--never-beyond", text);
        break;
    case KEY_SETTLES:
        run->settles_within = crease_app_positive(app, "--settles-within", text);
        break;
    case KEY_AFTER:
        run->after = crease_app_count(app, "--after", text, 0);
        break;
    case KEY_SAFE:
        take_box(run, "--safe", text, false, run->safe_low, run->safe_high);
        run->has_safe = true;
        break;
    case KEY_POLYGONS:
        reach->most_polygons = crease_app_count(app, "--polygons", text, 1);
        break;
    default:
        return false;
    }
    run->wants_reach = true;
    return true;
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    prove_run *run = state->input;
    if (parse_reach(run, key, text))
        return 0;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->plane_options;
        return 0;
    case KEY_TORQUE_BELOW:
        run->torque_below = crease_app_positive(&run->app, "--torque-below", text);
        return 0;
    case KEY_LYAPUNOV:
        run->wants_lyapunov = true;
        return 0;
    case KEY_P:
        take_matrix(run, text);
        return 0;
    case KEY_SLICE:
        run->slice = crease_app_positive(&run->app, "--slice", text);
        if (!(run->slice >= 1e-4 && run->slice <= 1))
            crease_app_usage_error(&run->app, "--slice takes a width from 1e-4 to 1 rad, not '%s'", text);
        return 0;
    case 'o':
        run->csv_path = text;
        return 0;
    case ARGP_KEY_ARG:
        plane_options_take_model(&run->plane_options, text);
        return 0;
    case ARGP_KEY_SUCCESS: /* after the options of the child */
        finish_options(run);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int compute(prove_run *run) {
    double begin = omp_get_wtime();
    crease_app_catch_interrupt();
    int code = prove_range(run);
    if (code == 0 && run->wants_reach)
        code = prove_reach(run);
    if (code == 0 && run->wants_lyapunov && !crease_app_interrupted(NULL))
        code = prove_lyapunov(run);
    run->seconds = omp_get_wtime() - begin;
    return code;
}

static int deliver(const prove_run *run) {
    crease_error error;
    int code = 0;
    if (run->csv_path && prove_write_csv(run, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    if (run->app.plot && run->pieces && (!run->reach || run->has_p))
        code = prove_draw_lyapunov(run);
    else if (run->app.plot && run->reach)
        code = prove_draw_reach(run);
    else if (run->app.plot)
        crease_app_note(&run->app, "no picture: there is neither a reach set nor a certificate to draw");
    if (code)
        return code;
    bool csv_on_stdout = crease_app_is_standard_output(run->csv_path);
    return run->app.json   ? prove_print_json(run)
           : csv_on_stdout ? crease_app_end(&run->app)
                           : prove_print_text(run);
}

static int verdict_code(const prove_run *run) {
    if (crease_app_interrupted(NULL))
        return crease_app_end_interrupted(&run->app, 0);
    prove_verdict verdict = prove_verdict_of_all(run);
    return verdict == PROVE_PROVED    ? CREASE_EXIT_OK
           : verdict == PROVE_REFUTED ? CREASE_EXIT_NO
                                      : CREASE_EXIT_UNDECIDED;
}

int arm_prove_command(int argc, char **argv) {
    static const char doc[] =
        "Proves what a ReLU controller of a one-joint arm does: the exact range of its torque, the exact set "
        "of states that all motions from a box of starts reach when the torque is set at samples and held, "
        "and a "
        "quadratic Lyapunov function of the continuous loop. Every claim is \"proved\" (exit code 0) with "
        "rounding counted outward, \"refuted\" with a start whose motion violates it (1), or \"unknown\" "
        "(2). "
        "Without options all three are computed for the example law, data/kinked_law.json.";
    static const struct argp_child children[] = {{&plane_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options, .parser = parse_option, .args_doc = "[MODEL]", .doc = doc, .children = children};
    prove_run run = {
        .app = {.name = "crease arm prove",
                .examples =
                    "  build/bin/crease arm prove --start=-1.6:-1.4,-0.5:0.5 --never-beyond 0.1353\n"
                    "  build/bin/crease arm prove --lyapunov --gravity 1 --box=-2:2,-10:10 --plot "
                    "build/arm_lyapunov.png\n"
                    "  build/bin/crease arm prove data/kinked_law.json --steps 150 --settles-within 0.1 "
                    "--after 80 --json\n"},
        .reach_options = {.sample = .01,
                          .steps = 100,
                          .low = {-1.6, -.5},
                          .high = {-1.4, .5},
                          .most_polygons = 100000,
                          .interrupted = crease_app_interrupted},
        .never_beyond = NAN,
        .torque_below = NAN,
        .settles_within = NAN,
        .after = SIZE_MAX,
        .slice = .1};
    run.plane_options = plane_options_default(&run.app, true);
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = plane_options_load(&run.plane_options);
    if (code == 0)
        code = compute(&run);
    if (code == 0)
        code = deliver(&run);
    if (code == 0)
        code = verdict_code(&run);
    arm_pieces_free(run.pieces);
    arm_plane_free(run.wide);
    arm_plane_free(run.plane);
    arm_reach_free(run.reach);
    plane_options_clear(&run.plane_options);
    return code;
}
