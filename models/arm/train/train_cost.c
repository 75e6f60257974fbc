/* Runge-Kutta: s_j = y + h c_j k_{j-1}, k_j = f(s_j), y <- y + h sum b_j k_j and cost <- cost + h sum b_j l(s_j), with
 * b = (1, 2, 2, 1)/6, c = (0, 1, 1, 1/2 ..). Backwards, with p the derivative of the cost in the state after the step,
 *
 *     k~_j = h b_j p + h c_{j+1} s~_{j+1},   s~_j = f_s' k~_j + h b_j l_s,   p <- p + sum_j s~_j,
 *
 * where u, a function of s through the net, carries u~_j = d(held u)/du (k~_j / J + 2 r h b_j (u - u_ss)). The net's
 * derivatives in its inputs are taken for all stages of all starts at once, and its gradient too, as sum u~ du/dtheta. */
#include "arm/train/train.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STAGES = 4 };
static const double weight_of[STAGES] = {1. / 6, 1. / 3, 1. / 3, 1. / 6}, place_of[STAGES] = {0, .5, .5, 1};

struct arm_rollout {
    arm_train_setting setting;
    const crease_net *net;
    arm_network network;
    crease_work *work;
    double *memory; /* everything below lies here; rows are starts within stages within steps */
    double *state;  /* rows x 2 */
    double *x;      /* rows x inputs */
    double *u;      /* rows, before the limit */
    double *du;     /* rows: derivative of the cost in u */
    double *dx;     /* rows x inputs: derivative of u in x */
    double *y;      /* starts x 2 */
    double *k;      /* starts x 2 */
    double *p, *s;  /* starts x 2 */
    double *sum;    /* starts x 2 */
};

arm_train_setting arm_train_default(const arm_plant *plant) {
    arm_train_setting setting = {.plant = *plant,
                                 .target = M_PI / 2,
                                 .time = 2,
                                 .steps = 200,
                                 .torque_weight = 1e-4,
                                 .start_count = 10};
    for (size_t i = 0; i < 10; i++) {
        setting.start[i][0] = .25 + (3 - .25) * (double)(i / 2) / 4;
        setting.start[i][1] = i % 2 ? 2 : -2;
    }
    return setting;
}

double arm_train_feed_forward(const arm_train_setting *setting) {
    return setting->plant.gravity * sin(setting->target);
}

static crease_status check(const arm_train_setting *s, crease_error *error) {
    if (s->start_count == 0 || s->start_count > ARM_TRAIN_MOST_STARTS)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a training takes 1 to %d starts, not %zu",
                           ARM_TRAIN_MOST_STARTS, s->start_count);
    if (!(s->time > 0 && isfinite(s->time)) || s->steps == 0 || s->steps > 1000000)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the motions of a training take a positive time in 1 to a million steps, not %g s "
                           "in %zu",
                           s->time, s->steps);
    if (!(s->torque_weight > 0 && isfinite(s->torque_weight)) || !isfinite(s->target))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "a training needs a positive weight of the torque and a target angle, not %g and %g",
            s->torque_weight, s->target);
    for (size_t i = 0; i < s->start_count; i++)
        if (!isfinite(s->start[i][0]) || !isfinite(s->start[i][1]))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "start %zu is not finite; give each an angle and a rate", i + 1);
    return CREASE_OK;
}

crease_status arm_rollout_new(const arm_train_setting *setting, const crease_net *net, arm_rollout **result,
                              crease_error *error) {
    *result = NULL;
    arm_network network;
    crease_status status = check(setting, error);
    if (status == CREASE_OK)
        status = arm_network_bind(net, 1, NULL, &network, error);
    if (status != CREASE_OK)
        return status;
    size_t n = setting->start_count, rows = setting->steps * STAGES * n, inputs = net->inputs;
    arm_rollout *loop = calloc(1, sizeof *loop);
    if (loop)
        loop->memory = malloc((rows * (4 + 2 * inputs) + 10 * n) * sizeof(double));
    if (!loop || !loop->memory) {
        arm_rollout_free(loop);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu steps of %zu motions", setting->steps,
                           n);
    }
    double *next = loop->memory;
    loop->state = next;
    loop->x = next += 2 * rows;
    loop->u = next += inputs * rows;
    loop->du = next += rows;
    loop->dx = next += rows;
    loop->y = next += inputs * rows;
    loop->k = next += 2 * n;
    loop->p = next += 2 * n;
    loop->s = next += 2 * n;
    loop->sum = next + 2 * n;
    loop->setting = *setting;
    loop->net = net;
    loop->network = network;
    status = crease_work_new(net, &loop->work, error);
    if (status != CREASE_OK) {
        arm_rollout_free(loop);
        return status;
    }
    *result = loop;
    return CREASE_OK;
}

void arm_rollout_free(arm_rollout *loop) {
    if (!loop)
        return;
    crease_work_free(loop->work);
    free(loop->memory);
    free(loop);
}

/* Torques and slopes k at the states of one stage; returns the sum of l over the starts. */
static double stage(arm_rollout *loop, const double *theta, size_t row, double feed_forward) {
    const arm_train_setting *set = &loop->setting;
    size_t n = set->start_count, inputs = loop->net->inputs;
    const double *state = loop->state + 2 * row;
    for (size_t i = 0; i < n; i++)
        arm_network_inputs(&loop->network, &set->target, &state[2 * i], &state[2 * i + 1],
                           loop->x + (row + i) * inputs);
    crease_net_evaluate(loop->net, theta, loop->work, n, loop->x + row * inputs, loop->u + row);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double off = state[2 * i] - set->target, u = arm_plant_clip_torque(&set->plant, loop->u[row + i]);
        loop->k[2 * i] = state[2 * i + 1];
        loop->k[2 * i + 1] =
            arm_plant_acceleration(&set->plant, state[2 * i], state[2 * i + 1], loop->u[row + i]);
        sum += off * off + set->torque_weight * (u - feed_forward) * (u - feed_forward);
        if (!isfinite(loop->u[row + i])) /* which the limit would hide */
            sum = NAN;
    }
    return sum;
}

double arm_rollout_cost(arm_rollout *loop, const double *theta) {
    const arm_train_setting *set = &loop->setting;
    size_t n = set->start_count;
    double h = set->time / (double)set->steps, feed_forward = arm_train_feed_forward(set), cost = 0;
    memcpy(loop->y, set->start, 2 * n * sizeof(double));
    for (size_t step = 0; step < set->steps; step++) {
        memcpy(loop->sum, loop->y, 2 * n * sizeof(double));
        for (size_t j = 0; j < STAGES; j++) {
            size_t row = (step * STAGES + j) * n;
            for (size_t i = 0; i < 2 * n; i++)
                loop->state[2 * row + i] = j ? loop->y[i] + h * place_of[j] * loop->k[i] : loop->y[i];
            cost += h * weight_of[j] * stage(loop, theta, row, feed_forward);
            for (size_t i = 0; i < 2 * n; i++)
                loop->sum[i] += h * weight_of[j] * loop->k[i];
        }
        double *swap = loop->y;
        loop->y = loop->sum;
        loop->sum = swap;
    }
    return cost / (double)n;
}

/* s~ of one stage from k~ (both in loop->s), and du. */
static void stage_back(arm_rollout *loop, size_t row, double share, double feed_forward) {
    const arm_train_setting *set = &loop->setting;
    const arm_plant *plant = &set->plant;
    size_t inputs = loop->net->inputs;
    for (size_t i = 0; i < set->start_count; i++) {
        const double *state = loop->state + 2 * (row + i), *dx = loop->dx + (row + i) * inputs;
        double u = loop->u[row + i], to_angle = loop->s[2 * i], to_rate = loop->s[2 * i + 1] / plant->inertia;
        double du =
            fabs(u) < plant->torque_limit ? to_rate + 2 * share * set->torque_weight * (u - feed_forward) : 0;
        double u_angle = 0, u_rate = 0;
        for (size_t k = 0; k < inputs; k++) {
            if (loop->network.input[k].quantity == ARM_SPEED)
                u_rate += dx[k];
            else
                u_angle += loop->network.input[k].quantity == ARM_ERROR ? -dx[k] : dx[k];
        }
        loop->du[row + i] = du;
        loop->s[2 * i] =
            2 * share * (state[0] - set->target) - to_rate * plant->gravity * cos(state[0]) + du * u_angle;
        loop->s[2 * i + 1] = to_angle - to_rate * plant->friction + du * u_rate;
    }
}

double arm_rollout_gradient(arm_rollout *loop, const double *theta, double *gradient) {
    const arm_train_setting *set = &loop->setting;
    const crease_net *net = loop->net;
    size_t n = set->start_count, rows = set->steps * STAGES * n;
    double h = set->time / (double)set->steps, feed_forward = arm_train_feed_forward(set);
    double cost = arm_rollout_cost(loop, theta);
    memset(gradient, 0, net->parameter_count * sizeof *gradient);
    if (!isfinite(cost))
        return cost;
    crease_net_input_gradient(net, theta, loop->work, rows, loop->x, NULL, loop->dx);
    memset(loop->p, 0, 2 * n * sizeof(double));
    for (size_t step = set->steps; step-- > 0;) {
        memset(loop->sum, 0, 2 * n * sizeof(double));
        memset(loop->s, 0, 2 * n * sizeof(double));
        for (size_t j = STAGES; j-- > 0;) {
            double next = j + 1 < STAGES ? h * place_of[j + 1] : 0;
            for (size_t i = 0; i < 2 * n; i++)
                loop->s[i] = h * weight_of[j] * loop->p[i] + next * loop->s[i];
            stage_back(loop, (step * STAGES + j) * n, h * weight_of[j] / (double)n, feed_forward);
            for (size_t i = 0; i < 2 * n; i++)
                loop->sum[i] += loop->s[i];
        }
        for (size_t i = 0; i < 2 * n; i++)
            loop->p[i] += loop->sum[i];
    }
    crease_net_gradient(net, theta, loop->work, rows, loop->x, loop->du, NULL, gradient);
    return cost;
}

void arm_rollout_state(const arm_rollout *loop, size_t start, size_t i, double *angle, double *rate,
                       double *torque) {
    size_t row = i * STAGES * loop->setting.start_count + start;
    *angle = loop->state[2 * row];
    *rate = loop->state[2 * row + 1];
    *torque = arm_plant_clip_torque(&loop->setting.plant, loop->u[row]);
}

crease_status arm_train_cost(const arm_train_setting *setting, const crease_net *net, double *cost,
                             crease_error *error) {
    arm_rollout *loop;
    crease_status status = arm_rollout_new(setting, net, &loop, error);
    if (status != CREASE_OK)
        return status;
    *cost = arm_rollout_cost(loop, NULL);
    arm_rollout_free(loop);
    return CREASE_OK;
}
