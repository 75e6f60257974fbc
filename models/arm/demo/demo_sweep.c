/* The part of the demonstration about slope and gain: three pictures, and the gains at which it ends. */
#include "arm/demo/demo.h"
#include "arm/linear/sweep_program.h"
#include <stdio.h>

static int draw(const arm_demo *demo, const arm_sweep_run *run, arm_sweep_figure *figure, const char *name) {
    crease_plot *plot = NULL;
    crease_error error;
    const char *what_to_see;
    if (figure(run, &plot, &what_to_see, &error) == CREASE_OK)
        return crease_app_draw_in_folder(&demo->app, plot, demo->folder, name, what_to_see);
    crease_plot_free(plot);
    return crease_app_fail(&demo->app, &error);
}

/* Without gravity, so that every pair rests at the reference. */
static crease_status sweep(arm_sweep_run *run, double lag, crease_error *error) {
    crease_status status = arm_sweep_begin(run, error);
    if (status != CREASE_OK)
        return status;
    run->gravity = false;
    run->setup.plant.gravity = 0;
    run->setup.lag = lag;
    return arm_sweep_work(run, error);
}

static void print_limits(const arm_sweep_run *run) {
    printf("A drive that lags %g ms behind its command, K = %g N m: the pair, its gain margin, its phase "
           "margin:\n",
           1000 * run->setup.lag, run->gain[0]);
    for (size_t i = run->slopes; i < run->count; i++) {
        const arm_sweep_point *p = &run->point[i];
        printf("    %-8s %7.4g %7.1f°\n", arm_pair_name(p->pair), p->margins.gain_margin,
               p->margins.phase_margin_deg);
    }
    putchar('\n');
}

int arm_demo_sweep(const arm_demo *demo) {
    arm_sweep_run level = {.app = demo->app}, lagging = {.app = demo->app};
    crease_error error;
    crease_status status = sweep(&level, 0, &error);
    if (status == CREASE_OK)
        status = sweep(&lagging, 0.01, &error);
    int code = CREASE_EXIT_OK;
    if (status != CREASE_OK) {
        code = crease_app_fail(&demo->app, &error);
    } else if (!crease_app_interrupted(NULL)) {
        print_limits(&lagging);
        code = draw(demo, &level, arm_sweep_over_slope, "arm_sweep");
        if (code == CREASE_EXIT_OK)
            code = draw(demo, &lagging, arm_sweep_locus, "arm_root_locus");
        if (code == CREASE_EXIT_OK)
            code = draw(demo, &lagging, arm_sweep_bode, "arm_bode");
    }
    arm_sweep_clear(&level);
    arm_sweep_clear(&lagging);
    return code;
}
