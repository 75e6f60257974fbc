/* About the target the arm is J e'' + b e' + a e = -(u - u_ss), a = G cos(target). The algebraic Riccati equation of
 * cost e^2 + r v^2 for x' = (w, (v - b w - a x)/J), P = [p11 p12; . p22], in closed form:
 *
 *     p12 = r J K,  p22 = r J Kd,  K = sqrt(a^2 + 1/r) - a,  Kd = sqrt(b^2 + 2 J K) - b,  p11 = r (b K + (a + K) Kd). */
#include "arm/train/train.h"
#include <math.h>
#include <stdio.h>

arm_lqr arm_train_lqr(const arm_train_setting *setting) {
    const arm_plant *plant = &setting->plant;
    double r = setting->torque_weight, a = plant->gravity * cos(setting->target), b = plant->friction;
    arm_lqr lqr;
    /* 1/r over the sum, where the difference would cancel */
    double root = sqrt(a * a + 1 / r);
    lqr.gain = a > 0 ? 1 / r / (root + a) : root - a;
    double product = 2 * plant->inertia * lqr.gain;
    lqr.rate_gain = product / (sqrt(b * b + product) + b);
    lqr.riccati[0] = r * (b * lqr.gain + (a + lqr.gain) * lqr.rate_gain);
    lqr.riccati[1] = r * plant->inertia * lqr.gain;
    lqr.riccati[2] = r * plant->inertia * lqr.rate_gain;
    return lqr;
}

/* Scales at which the gains of LQR are of size 1: e in rad, u in 1/sqrt(r), w as they oscillate together; but a torque no larger
 * than the limit, lest a random net begin beyond it, where the gradient is zero. */
static crease_status frame(const arm_train_setting *setting, crease_net *net, crease_error *error) {
    double torque = 1 / sqrt(setting->torque_weight);
    net->input_scale[0] = 1;
    net->input_scale[1] = sqrt(torque / setting->plant.inertia);
    net->output_scale[0] = fmin(torque, setting->plant.torque_limit);
    net->output_shift[0] = arm_train_feed_forward(setting);
    return crease_net_set_names(net, (const char *const[]){"e_rad", "w_rad_s"},
                                (const char *const[]){"u_n_m"}, error);
}

static crease_status framed_net(const arm_train_setting *setting, const char *spec, crease_net **net,
                                crease_error *error) {
    crease_status status = crease_net_parse(spec, 2, 1, net, error);
    if (status == CREASE_OK)
        status = frame(setting, *net, error);
    if (status != CREASE_OK) {
        crease_net_free(*net);
        *net = NULL;
    }
    return status;
}

crease_status arm_train_linear_net(const arm_train_setting *setting, double gain, double rate_gain,
                                   crease_net **net, crease_error *error) {
    *net = NULL;
    crease_status status = framed_net(setting, "affine", net, error);
    if (status != CREASE_OK)
        return status;
    crease_net *n = *net;
    n->theta[n->affine_weights] = gain * n->input_scale[0] / n->output_scale[0];
    n->theta[n->affine_weights + 1] = -rate_gain * n->input_scale[1] / n->output_scale[0];
    return CREASE_OK;
}

void arm_train_gains(const crease_net *net, double *gain, double *rate_gain) {
    *gain = net->theta[net->affine_weights] * net->output_scale[0] / net->input_scale[0];
    *rate_gain = -net->theta[net->affine_weights + 1] * net->output_scale[0] / net->input_scale[1];
}

crease_status arm_train_tuned_pd(const arm_train_setting *setting, const crease_fit_options *options,
                                 crease_net **best, arm_train_result *result, crease_error *error) {
    static const double fraction[][2] = {{1, 1}, {.5, .7}, {.25, .5}, {2, 2}};
    const arm_lqr lqr = arm_train_lqr(setting);
    crease_status status = CREASE_OK;
    double cost_of_lqr = NAN;
    *best = NULL;
    for (size_t i = 0; i < sizeof fraction / sizeof *fraction && status == CREASE_OK; i++) {
        crease_net *net = NULL;
        arm_train_result run = {0};
        status = arm_train_linear_net(setting, fraction[i][0] * lqr.gain, fraction[i][1] * lqr.rate_gain,
                                      &net, error);
        if (status == CREASE_OK)
            status = arm_train_net(setting, net, net->affine_weights, options, &run, error);
        if (i == 0)
            cost_of_lqr = run.cost_start;
        if (status == CREASE_OK && (!*best || run.cost < result->cost)) {
            crease_net *worse = *best;
            *best = net;
            net = worse;
            *result = run;
        }
        crease_net_free(net);
    }
    if (status != CREASE_OK) {
        crease_net_free(*best);
        *best = NULL;
        return status;
    }
    result->cost_start = cost_of_lqr;
    return CREASE_OK;
}

crease_status arm_train_net_new(const arm_train_setting *setting, arm_pair pair, size_t units,
                                crease_net **net, crease_error *error) {
    char spec[48];
    *net = NULL;
    if (units == 0 || units > 1000)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a controller takes 1 to 1000 units, not %zu", units);
    snprintf(spec, sizeof spec, "%s:%zu", pair == ARM_SATRELU ? "relu" : arm_pair_name(pair), units);
    return framed_net(setting, spec, net, error);
}
