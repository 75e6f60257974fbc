/* Gain: a pair of units phi(e) = (f(e) - f(-e)) / norm as the law u = K phi(e) of an arm, J q'' + b q' = u.
 *
 * If the slope at the origin is the proportional gain, a small step swings at w_d with w_d^2 = K phi'(0)/J - (b/2J)^2, and
 * has its first peak at pi / w_d. So the time of the peak, simulated, gives back a gain J ((pi/t)^2 + (b/2J)^2), which is
 * held against K phi'(0). (`crease arm claims` has what follows from it.) */
#include "arm/arm.h"
#include "labs/lab.h"
#include <math.h>

enum { STEPS = 25 };

typedef struct gain_setup {
    arm_plant plant;
    arm_controller controller;
} gain_setup;

static crease_status swing_gain(const gain_setup *s, double step, double *gain, crease_error *error) {
    const arm_options options = {.reference = step, .time = 10, .tolerance = 1e-10};
    arm_motion *motion;
    arm_metrics metrics;
    crease_status status = arm_motion_new(&s->plant, &s->controller, &options, &motion, error);
    if (status != CREASE_OK)
        return status;
    status = arm_motion_measure(motion, &metrics, error);
    arm_motion_free(motion);
    const double half_rate = s->plant.friction / (2 * s->plant.inertia),
                 frequency = M_PI / metrics.peak_time_s;
    *gain = s->plant.inertia * (frequency * frequency + half_rate * half_rate);
    return status;
}

static double slope_at(const gain_setup *s, double e) {
    double slope;
    arm_pair_evaluate(s->controller.pair, s->controller.norm, e, &slope);
    return slope;
}

/* The gain that steps of growing size show, over that of the slope. */
static crease_status draw(lab_run *run, gain_setup *s, crease_error *error) {
    static const arm_pair pair[] = {ARM_RELU, ARM_TANH, ARM_SIGMOID, ARM_ELU};
    static const char *const role[] = {"relu", "tanh", "sigmoid", "smooth"};
    double step[STEPS], gain[STEPS];
    crease_status status = CREASE_OK;
    lab_panel_begin(run, (lab_panel){.x = "step, rad", .y = "gain that the swing shows / K", .log_x = true});
    for (size_t k = 0; k < sizeof pair / sizeof *pair; k++) {
        s->controller = arm_controller_default(ARM_LAW_P, pair[k]);
        for (size_t i = 0; i < STEPS && status == CREASE_OK; i++) {
            step[i] = lab_number(run, "step") *
                      pow(lab_number(run, "large") / lab_number(run, "step"), (double)i / (STEPS - 1));
            status = swing_gain(s, step[i], &gain[i], error);
            gain[i] /= s->controller.gain;
        }
        lab_draw(run, LAB_LINES, role[k], arm_pair_name(pair[k]), STEPS, step, gain);
    }
    return status;
}

/* What the slope does not say: where the arm comes to rest under its own weight. */
static crease_status say_gravity(lab_run *run, crease_error *error) {
    static const arm_pair pair[] = {ARM_RELU, ARM_SIGMOID};
    arm_plant plant;
    double sag[2];
    crease_status status = arm_plant_find("A", &plant, error);
    for (size_t k = 0; k < 2 && status == CREASE_OK; k++) {
        const arm_controller controller = arm_controller_default(ARM_LAW_P, pair[k]);
        status = arm_equilibrium(&plant, &controller, 1.5, 1.5, &sag[k], error);
    }
    if (status == CREASE_OK)
        lab_say(run,
                "Under gravity no such gain brings the arm home: asked for 1.5 rad it rests %.3f rad short "
                "with relu "
                "and %.3f rad with sigmoid.",
                1.5 - sag[0], 1.5 - sag[1]);
    return status;
}

static crease_status gain(lab_run *run, crease_error *error) {
    static const char *const column[] = {"pair", "slope at 0", "gain / K, small step",
                                         "gain / K, large step"};
    gain_setup s;
    double worst = 0, most = 0, small = 0, large = 0;
    arm_pair farthest = ARM_RELU;
    crease_status status = arm_plant_find("A", &s.plant, error);
    s.plant.gravity = 0;
    s.plant.torque_limit = 1e6; /* the motor is another matter */
    lab_table(run, "Gains from the time of the first peak:", 4, column);
    for (int p = 0; p < ARM_PAIR_COUNT && status == CREASE_OK; p++) {
        s.controller = arm_controller_default(ARM_LAW_P, (arm_pair)p);
        const double k = s.controller.gain, slope = slope_at(&s, 0);
        status = swing_gain(&s, lab_number(run, "step"), &small, error);
        if (status == CREASE_OK)
            status = swing_gain(&s, lab_number(run, "large"), &large, error);
        lab_cell_text(run, "%s", arm_pair_name((arm_pair)p));
        lab_cell(run, slope);
        lab_cell(run, small / k);
        lab_cell(run, large / k);
        const double claimed = k * (lab_falsified(run) ? slope_at(&s, .5) : slope);
        worst = fmax(worst, fabs(small / claimed - 1));
        if (fabs(large / (k * slope) - 1) > most) {
            most = fabs(large / (k * slope) - 1);
            farthest = (arm_pair)p;
        }
        if (p == ARM_RELU)
            lab_measure(run, "gain_relu", "gain of the ReLU pair over K, small step", lab_exact(small / k),
                        slope);
        if (p == ARM_SIGMOID)
            lab_measure(run, "gain_sigmoid", "gain of the sigmoid pair over K, small step",
                        lab_exact(small / k), slope);
    }
    if (status == CREASE_OK)
        status = draw(run, &s, error);
    if (status != CREASE_OK)
        return status;
    lab_measure(run, "deviation", "largest deviation from K phi'(0), small step", lab_exact(worst), 0);
    lab_measure(run, "deviation_large", "the same of a large step", lab_exact(most), NAN);
    lab_conclude(run,
                 worst > .01  ? LAB_REFUTED
                 : most > .05 ? LAB_CONFIRMED_WITH_LIMITS
                              : LAB_CONFIRMED,
                 "Steps of %g rad swing with the gain of the slope to %.2g %%.", lab_number(run, "step"),
                 100 * worst);
    if (most > .05)
        lab_say(run, "Of small errors only: a step of %g rad shows %s another gain, by %.0f %%.",
                lab_number(run, "large"), arm_pair_name(farthest), 100 * most);
    return say_gravity(run, error);
}

const lab_experiment lab_gain = {
    .name = "gain",
    .claim = "The slope of an activation pair at the origin is the proportional gain of the controller.",
    .control = "the slope at half a radian stands in for the slope at the origin",
    .knob = {{"step", .001, 1e-5, .1, false, "small step, rad"},
             {"large", 1.5, .2, 3, false, "large step, rad"}},
    .run = gain,
};
