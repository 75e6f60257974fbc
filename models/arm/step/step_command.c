/* crease arm step: read the options, simulate, measure, then write the trajectory, the pictures, and the report. */
#include "arm/commands.h"
#include "arm/step/step_run.h"
#include "crease/crease.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Second-order theory holds for one joint whose law acts at once. */
static void linearise(step_case *c) {
    const arm_loop *loop = &c->loop;
    arm_plant plant;
    c->linear = (arm_linear){NAN, NAN, NAN, NAN, NAN, NAN};
    if (loop->network)
        c->linear_why = "the controller is a network; see its poles";
    else if (!arm_robot_plant(&loop->robot, &plant))
        c->linear_why = "an arm of several joints has several; see its poles";
    else if (loop->gravity_compensation || loop->lag > 0 || loop->sample > 0)
        c->linear_why = "theory of second order does not cover lag, sampling and compensation; see the poles";
    else if (isnan(c->metrics[0].q_ss_rad))
        c->linear_why = c->metrics[0].q_ss_why;
    else if (fabs(arm_controller_command(&loop->controller[0], loop->reference[0], c->metrics[0].q_ss_rad,
                                         0)) >= loop->robot.torque_limit[0])
        c->linear_why = "the torque is at its limit there, so the law does not act; see the poles";
    else
        c->linear = arm_linearise(&plant, &loop->controller[0], loop->reference[0], c->metrics[0].q_ss_rad);
}

static crease_status run_case(step_run *run, step_case *c, crease_error *error) {
    crease_app_detail(&run->app, "simulates %g s of model %s", run->options.time == 0 ? 8 : run->options.time,
                      c->loop.robot.name);
    crease_progress progress = crease_progress_begin(&run->app, "simulated milliseconds");
    run->options.progress_context = &progress;
    crease_status status = arm_loop_run(&c->loop, &run->options, &c->motion, error);
    crease_progress_end(&progress);
    if (status == CREASE_OK)
        status = arm_motion_measure_joints(c->motion, c->metrics, error);
    if (status != CREASE_OK)
        return status;
    double q_ss[ARM_MOST_JOINTS];
    for (size_t j = 0; j < c->loop.robot.joints; j++)
        q_ss[j] = c->metrics[j].q_ss_rad;
    linearise(c);
    return arm_loop_poles(&c->loop, q_ss, &c->poles, error);
}

/* A loop that runs away does so because nothing holds its torque. */
static int fail(const step_run *run, const step_case *c, const crease_error *error) {
    const arm_loop *loop = &c->loop;
    if (error->status == CREASE_BAD_ARGUMENT && strstr(error->message, "finite") &&
        isinf(loop->robot.torque_limit[0]))
        return crease_app_fail_text(
            &run->app, CREASE_EXIT_USAGE,
            "%s; without a torque limit an unstable loop grows for ever: give one with --limit",
            error->message);
    return crease_app_fail(&run->app, error);
}

static int run_cases(step_run *run) {
    crease_error error;
    run->options.interrupted = crease_app_interrupted;
    run->options.progress = crease_progress_update;
    crease_app_catch_interrupt();
    for (size_t i = 0; i < run->count; i++) {
        if (run_case(run, &run->cases[i], &error) != CREASE_OK)
            return fail(run, &run->cases[i], &error);
        if (crease_app_interrupted(NULL))
            run->count = i + 1; /* what comes after was not begun */
    }
    return CREASE_EXIT_OK;
}

static int report(const step_run *run) {
    bool csv_on_stdout = crease_app_is_standard_output(run->csv_path);
    if (run->app.json)
        return arm_step_print_json(run);
    return csv_on_stdout ? crease_app_end(&run->app) : arm_step_print_report(run);
}

static int run_step(step_run *run) {
    crease_error error;
    int code = arm_step_set_up(run);
    if (code == CREASE_EXIT_OK)
        code = run_cases(run);
    if (code == CREASE_EXIT_OK && run->csv_path && arm_step_write_csv(run, &error) != CREASE_OK)
        code = crease_app_fail(&run->app, &error);
    if (code == CREASE_EXIT_OK && run->app.plot)
        code = arm_step_draw(run);
    if (code == CREASE_EXIT_OK && run->animation_path)
        code = arm_step_animate(run);
    if (code == CREASE_EXIT_OK)
        code = report(run);
    if (code == CREASE_EXIT_OK && crease_app_interrupted(NULL)) {
        crease_app_note(&run->app, "interrupted at %g s of the motion; the results are of that part",
                        arm_motion_end(run->cases[run->count - 1].motion));
        code = CREASE_EXIT_INTERRUPTED;
    }
    return code;
}

int arm_step_command(int argc, char **argv) {
    step_run run = {
        .app =
            {.name = "crease arm step",
             .examples =
                 "  build/bin/crease arm step --act relu,tanh,sigmoid --gravity 0\n"
                 "  build/bin/crease arm step --model C --law PDx --act tanh --json\n"
                 "  build/bin/crease arm step --controller data/kinked_law.json --reference 1.5 --plot -\n"},
        .gravity = true,
        .samples = 801};
    crease_app_parse(&run.app, &arm_step_argp, argc, argv, &run);
    int code = run_step(&run);
    for (size_t i = 0; i < run.count; i++)
        arm_motion_free(run.cases[i].motion);
    free(run.cases);
    crease_net_free(run.net);
    return code;
}
