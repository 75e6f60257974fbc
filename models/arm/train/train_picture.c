/* Hands the motions of the trained laws, and the laws at rest against the angle, to the figure arm_train. */
#include "arm/train/train_program.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LAW_POINTS = 401 };

/* Three times as far as the tuned PD meets the limit, at most 1.6 rad. */
static double law_width(const arm_train_run *run) {
    double gain, rate_gain;
    arm_train_gains(run->table->row[run->table->pd].net, &gain, &rate_gain);
    double width = 3 * run->setting.plant.torque_limit / fabs(gain);
    return width < 1.6 ? width : 1.6;
}

/* The start at which the tuned PD spends most. */
static crease_status hardest_start(const arm_train_run *run, size_t *start, crease_error *error) {
    double most = -INFINITY;
    for (size_t i = 0; i < run->setting.start_count; i++) {
        arm_train_setting one = run->setting;
        double cost;
        one.start_count = 1;
        one.start[0][0] = run->setting.start[i][0];
        one.start[0][1] = run->setting.start[i][1];
        crease_status status = arm_train_cost(&one, run->table->row[run->table->pd].net, &cost, error);
        if (status != CREASE_OK)
            return status;
        if (cost > most) {
            most = cost;
            *start = i;
        }
    }
    return CREASE_OK;
}

static crease_status add_response(const arm_train_run *run, const crease_net *net, size_t start,
                                  crease_plot *plot, crease_error *error) {
    size_t steps = run->setting.steps;
    arm_rollout *loop = NULL;
    double *t = malloc(3 * steps * sizeof *t), *q = t + steps, *u = q + steps;
    crease_status status = t ? arm_rollout_new(&run->setting, net, &loop, error)
                             : crease_fail(error, CREASE_NO_MEMORY, "no memory for a picture");
    if (status == CREASE_OK) {
        arm_rollout_cost(loop, NULL);
        for (size_t i = 0; i < steps; i++) {
            double rate;
            t[i] = run->setting.time * (double)i / (double)steps;
            arm_rollout_state(loop, start, i, &q[i], &rate, &u[i]);
        }
        status = crease_plot_add_data(plot, "response", steps, 3, (const double *const[]){t, q, u}, error);
    }
    arm_rollout_free(loop);
    free(t);
    return status;
}

static crease_status add_law(const arm_train_run *run, const crease_net *net, crease_plot *plot,
                             crease_error *error) {
    double e[LAW_POINTS], u[LAW_POINTS], x[2 * LAW_POINTS];
    crease_work *work = NULL;
    crease_status status = crease_work_new(net, &work, error);
    if (status != CREASE_OK)
        return status;
    for (size_t i = 0; i < LAW_POINTS; i++) {
        e[i] = x[2 * i] = law_width(run) * (2 * (double)i / (LAW_POINTS - 1) - 1);
        x[2 * i + 1] = 0;
    }
    crease_net_evaluate(net, NULL, work, LAW_POINTS, x, u);
    crease_work_free(work);
    for (size_t i = 0; i < LAW_POINTS; i++)
        u[i] = arm_plant_clip_torque(&run->setting.plant, u[i]);
    return crease_plot_add_data(plot, "law", LAW_POINTS, 2, (const double *const[]){e, u}, error);
}

static crease_status add_row(const arm_train_run *run, const arm_train_row *row, size_t start, size_t *curves,
                             crease_plot *plot, crease_error *error) {
    char variable[32], label[64];
    ++*curves;
    snprintf(variable, sizeof variable, "label_%zu", *curves);
    snprintf(label, sizeof label, "%s%s, cost %.4g",
             row->pair == ARM_PAIR_COUNT ? row->name : arm_pair_name(row->pair),
             row->pair == ARM_PAIR_COUNT ? "" : " network", row->result.cost);
    crease_status status = crease_plot_set_text(plot, variable, label, error);
    snprintf(variable, sizeof variable, "family_%zu", *curves);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, variable,
                                      row->pair == ARM_PAIR_COUNT ? (*curves == 1 ? "other" : "exact")
                                      : row->pair <= ARM_SIGMOID  ? arm_pair_name(row->pair)
                                                                  : "smooth",
                                      error);
    if (status == CREASE_OK)
        status = add_response(run, row->net, start, plot, error);
    if (status == CREASE_OK)
        status = add_law(run, row->net, plot, error);
    return status;
}

crease_status arm_train_picture_new(const arm_train_run *run, crease_plot **plot, crease_error *error) {
    const arm_train_table *t = run->table;
    char title[128];
    size_t start = 0, curves = 0;
    crease_status status = crease_plot_new("arm_train", plot, error);
    if (status != CREASE_OK)
        return status;
    status = hardest_start(run, &start, error);
    for (size_t i = t->lqr; i <= t->pd && status == CREASE_OK; i++)
        status = add_row(run, &t->row[i], start, &curves, *plot, error);
    for (size_t k = 0; k < run->options.pair_count && status == CREASE_OK; k++)
        status = add_row(run, arm_train_best_of(t, run->options.pair[k]), start, &curves, *plot, error);
    snprintf(title, sizeof title, "model %s, from %.3g rad at %.3g rad/s", run->setting.plant.name,
             run->setting.start[start][0], run->setting.start[start][1]);
    if (status == CREASE_OK)
        status = crease_plot_set_text(*plot, "title_text", title, error);
    const struct {
        const char *name;
        double value;
    } number[] = {
        {"curves", (double)curves},
        {"reference", run->setting.target},
        {"torque_limit", isfinite(run->setting.plant.torque_limit) ? run->setting.plant.torque_limit : 0}};
    for (size_t i = 0; i < 3 && status == CREASE_OK; i++)
        status = crease_plot_set_number(*plot, number[i].name, number[i].value, error);
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}
