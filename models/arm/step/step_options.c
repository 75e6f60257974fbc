/* The options of crease arm step. */
#include "arm/one_joint.h"
#include "arm/step/step_run.h"
#include <string.h>

enum {
    KEY_MODEL = 500,
    KEY_PARAMETERS,
    KEY_LAW,
    KEY_ACT,
    KEY_GAIN,
    KEY_RATE_GAIN,
    KEY_LEAD_TIME,
    KEY_NORM,
    KEY_COMPENSATION,
    KEY_CONTROLLER,
    KEY_INPUTS,
    KEY_GRAVITY,
    KEY_LIMIT,
    KEY_LAG,
    KEY_SAMPLE,
    KEY_REFERENCE,
    KEY_START,
    KEY_TIME,
    KEY_TOLERANCE,
    KEY_METHOD,
    KEY_PLAIN,
    KEY_SAMPLES,
    KEY_ANIMATE
};

static const struct argp_option options[] = {
    {"model", KEY_MODEL, "A|A2|B|B1|B2|C", 0,
     "A: elbow of the PUMA 560, limit 89.4 N m (default); A2: Spong's link 1, 8 N m; B: Spong's two links; "
     "B1, B2: single "
     "and double pendulum of ARCH-COMP, angles from upright; C: three joints of the PUMA 560",
     0},
    {"parameters", KEY_PARAMETERS, "FILE.json", 0,
     "values for the model's parameters, such as data/arm_parameters.json; a wrong name gets the list of all "
     "(in "
     "data/README.md with units)",
     0},
    {"law", KEY_LAW, "P|PDx|PDi", 0, "P: K phi(e) (default); PDx: K phi(e) - Kd w; PDi: K phi(e - Td w)", 1},
    {"act", KEY_ACT, "NAME[,NAME..]", 0,
     "pair of activations phi(e) = (f(e) - f(-e))/norm: relu (default), tanh, sigmoid, leaky, "
     "softplus, silu, gelu, elu, or satrelu, which holds e within +-.5; several are compared",
     1},
    {"K", KEY_GAIN, "N_M[,N_M..]", 0,
     "gain, of each joint or one for all (80; B 150,60; B1 2; B2 4,2; C 300,600,150)", 1},
    {"Kd", KEY_RATE_GAIN, "N_M_S[,..]", 0, "rate gain of PDx (8; B 25,10; B1 .5; B2 1,.5; C 50,90,15)", 1},
    {"Td", KEY_LEAD_TIME, "S[,S..]", 0, "lead time of PDi (.2; B .167; B1, B2 .25; C .15,.15,.1)", 1},
    {"norm", KEY_NORM, "X", 0, "divides the pair (1; tanh and sigmoid 2, leaky 1.01)", 1},
    {"gravity-compensation", KEY_COMPENSATION, 0, 0,
     "add the torque that gravity asks for in the present pose", 1},
    {"controller", KEY_CONTROLLER, "MODEL.json|.onnx", 0,
     "a network instead of a law: its outputs are the torques of the joints", 1},
    {"inputs", KEY_INPUTS, "NAME,..", 0,
     "what the network sees, in its order: e (error), x (angle minus reference), q (angle), w (rate), with "
     "the number of "
     "the joint where there are several: e1,e2,w1,w2 (as its columns are named)",
     1},
    {"gravity", KEY_GRAVITY, "0|1", 0, "0: the horizontal plane; 1 (default)", 2},
    {"limit", KEY_LIMIT, "N_M[,N_M..]", 0,
     "torque limit, of each joint or one for all; inf: none (the model's)", 2},
    {"lag", KEY_LAG, "S", 0, "the torque follows the command with this time constant (0)", 2},
    {"sample", KEY_SAMPLE, "S", 0,
     "the controller acts at multiples of this time and holds its torque in between (0)", 2},
    {"reference", KEY_REFERENCE, "RAD[,RAD..]", 0,
     "wanted angle of each joint (.5; B .785,.785; B1 0; B2 0,0; C .5,1.1,2.8)", 3},
    {"start", KEY_START, "RAD[,..]", 0,
     "angles of all joints at the start, then rates in rad/s (0; B1 1; B2 1,1; C 0,.785,3.142)", 3},
    {"time", KEY_TIME, "S", 0, "length; the integrals of the report run over it too (8)", 3},
    {"tol", KEY_TOLERANCE, "X", 0, "error of a step of the integrator, 1e-14 to 1e-2 (1e-12)", 3},
    {"method", KEY_METHOD, "NAME", 0, "rk8pd (default), rkf45, rkck, rk4 or rk2", 3},
    {"plain", KEY_PLAIN, 0, 0, "do not stop at the kinks of law and limits, for comparison", 3},
    {"output", 'o', "FILE.csv", 0,
     "write t_s,q_rad,w_rad_s,u_n_m,reference (of several joints q1_rad,w1_rad_s,u1_n_m,reference1,..); - is "
     "standard "
     "output",
     4},
    {"samples", KEY_SAMPLES, "N", 0, "rows of that file, evenly spread over the time (801)", 4},
    {"animate", KEY_ANIMATE, "FILE.gif", 0, "the arm moving, the reference behind it", 4},
    {0}};

static void set_samples(step_run *run, const char *text) {
    run->samples = crease_app_count(&run->app, "--samples", text, 2);
    if (run->samples > 10000000)
        crease_app_usage_error(&run->app, "--samples takes at most 10 million rows, not %s", text);
}

static void set_animation(step_run *run, const char *text) {
    size_t length = strlen(text);
    if (length < 5 || strcasecmp(text + length - 4, ".gif") != 0)
        crease_app_usage_error(&run->app, "--animate takes FILE.gif, not '%s'", text);
    run->animation_path = text;
}

/* The place of an option that is read once the model is known. */
static const char **text_of(step_texts *text, int key) {
    switch (key) {
    case KEY_MODEL:
        return &text->model;
    case KEY_PARAMETERS:
        return &text->parameters;
    case KEY_LAW:
        return &text->law;
    case KEY_ACT:
        return &text->act;
    case KEY_GAIN:
        return &text->gain;
    case KEY_RATE_GAIN:
        return &text->rate_gain;
    case KEY_LEAD_TIME:
        return &text->lead_time;
    case KEY_NORM:
        return &text->norm;
    case KEY_CONTROLLER:
        return &text->controller;
    case KEY_INPUTS:
        return &text->inputs;
    case KEY_LIMIT:
        return &text->limit;
    case KEY_REFERENCE:
        return &text->reference;
    case KEY_START:
        return &text->start;
    default:
        return NULL;
    }
}

static void check_outputs(const step_run *run) {
    crease_app_check_outputs(&run->app, "-o", run->csv_path, NULL);
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    step_run *run = state->input;
    const crease_app *app = &run->app;
    crease_error error = {0};
    const char **kept = text_of(&run->text, key);
    if (kept) {
        *kept = text;
        return 0;
    }
    switch (key) {
    case KEY_COMPENSATION:
        run->loop.gravity_compensation = true;
        break;
    case KEY_GRAVITY:
        run->gravity = crease_app_switch(&run->app, "--gravity", text);
        break;
    case KEY_LAG:
        run->loop.lag = crease_app_not_negative(&run->app, "--lag", text);
        break;
    case KEY_SAMPLE:
        run->loop.sample = crease_app_not_negative(&run->app, "--sample", text);
        break;
    case KEY_TIME:
        run->options.time = crease_app_positive(app, "--time", text);
        break;
    case KEY_TOLERANCE:
        run->options.tolerance = crease_app_positive(app, "--tol", text);
        break;
    case KEY_METHOD:
        if (crease_ode_method_parse(text, &run->options.method, &error) != CREASE_OK)
            crease_app_usage_error(app, "%s", error.message);
        break;
    case KEY_PLAIN:
        run->options.plain = true;
        break;
    case KEY_SAMPLES:
        set_samples(run, text);
        break;
    case KEY_ANIMATE:
        set_animation(run, text);
        break;
    case 'o':
        run->csv_path = text;
        break;
    case ARGP_KEY_ARG:
        crease_app_usage_error(app, "'%s' is one argument too many; everything is given by options", text);
    case ARGP_KEY_END:
        check_outputs(run);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

const struct argp arm_step_argp = {options,
                                   parse_option,
                                   NULL,
                                   "A step response of an arm of one to three joints under proportional "
                                   "control by a pair of activation functions, or "
                                   "under any network, with its metrics.",
                                   NULL,
                                   NULL,
                                   NULL};
