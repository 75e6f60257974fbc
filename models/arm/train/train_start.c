/* Where trainings begin. With x = (e, w) in the net's scale the linear law is k.x; pair i of P adds
 * c (f(a d_i.x) - f(-a d_i.x)), where d_i is k leaning by up to +-1/5 and the leanings add up to nothing. With m the slope
 * of f(z) - f(-z) at 0, c a m = 1/P. A pair that is linear takes a = 1; one that bends takes c so that all pairs end at
 * three times the torque limit, which keeps them near their tangent as far as the limit. */
#include "arm/train/train.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double lean = .2;
enum { ROWS_A_MOTION = 50 };

const char *arm_train_start_name(arm_train_start start) {
    static const char *const names[] = {"imitation", "designed", "random"};
    return names[start];
}

/* f(infinity) - f(-infinity) of the pair, 0 where it has no end. */
static double range_of(arm_pair pair) {
    return pair == ARM_TANH ? 2 : pair == ARM_SIGMOID ? 1 : 0;
}

void arm_train_design(const arm_train_setting *setting, double gain, double rate_gain, arm_pair pair,
                      crease_net *net) {
    const crease_layer *layer = &net->layer[0];
    size_t pairs = layer->width / 2;
    double k[2] = {gain * net->input_scale[0] / net->output_scale[0],
                   -rate_gain * net->input_scale[1] / net->output_scale[0]};
    double slope, range = range_of(pair), inner = 1;
    arm_pair_evaluate(pair == ARM_SATRELU ? ARM_RELU : pair, 1, 0, &slope);
    double outer = 1 / (slope * (double)pairs);
    if (range > 0) {
        double limit = fmin(setting->plant.torque_limit, 3 * net->output_scale[0]);
        outer = 3 * limit / net->output_scale[0] / range / (double)pairs;
        inner = 1 / (outer * slope * (double)pairs);
    }
    memset(net->theta, 0, net->parameter_count * sizeof *net->theta);
    for (size_t i = 0; i < pairs; i++) {
        double leaning = pairs > 1 ? lean * (2 * (double)i / (double)(pairs - 1) - 1) : 0;
        for (size_t side = 0; side < 2; side++) {
            size_t unit = 2 * i + side;
            double sign = side ? -1 : 1, *weight = net->theta + layer->weights + 2 * unit;
            weight[0] = sign * inner * k[0] * (1 + leaning);
            weight[1] = sign * inner * k[1] * (1 - leaning);
            net->theta[net->output_weights + unit] = sign * outer;
        }
    }
}

crease_status arm_train_imitate(const arm_train_setting *setting, const crease_net *teacher, crease_net *net,
                                const crease_fit_options *options, double *rmse, crease_error *error) {
    arm_rollout *loop = NULL;
    double *x = NULL;
    crease_fit_result fit = {0};
    crease_status status = arm_rollout_new(setting, teacher, &loop, error);
    if (status != CREASE_OK)
        return status;
    size_t each = setting->steps < ROWS_A_MOTION ? setting->steps : ROWS_A_MOTION;
    size_t rows = each * setting->start_count;
    x = malloc(3 * rows * sizeof *x);
    if (!x) {
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu rows of the teacher", rows);
        goto done;
    }
    arm_rollout_cost(loop, NULL);
    double *y = x + 2 * rows;
    for (size_t i = 0; i < rows; i++) {
        double angle;
        arm_rollout_state(loop, i / each, i % each * setting->steps / each, &angle, &x[2 * i + 1], &y[i]);
        x[2 * i] = setting->target - angle;
    }
    const crease_data data = {rows, 2, 1, x, y, NULL};
    status = crease_fit(net, &data, options, &fit, error);
    *rmse = fit.score.rmse;
done:
    crease_fit_result_clear(&fit);
    free(x);
    arm_rollout_free(loop);
    return status;
}
