/* The table of laws, and what follows from it, in words and as JSON. */
#include "arm/train/train_program.h"
#include "crease/crease.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *act_of(const arm_train_row *row) {
    return row->pair == ARM_PAIR_COUNT ? NULL : arm_pair_name(row->pair);
}

static void spec_of(const arm_train_row *row, char *text, size_t size) {
    if (row->pair == ARM_PAIR_COUNT)
        snprintf(text, size, "linear");
    else
        crease_net_spec(row->net, text, size);
}

/* Untrained rows of least and largest cost. */
static void untrained_ends(const arm_train_run *run, const arm_train_row **least,
                           const arm_train_row **most) {
    *least = *most = run->table->row;
    for (size_t i = 1; i < run->options.pair_count; i++) {
        const arm_train_row *row = &run->table->row[i];
        if (row->result.cost < (*least)->result.cost)
            *least = row;
        if (row->result.cost > (*most)->result.cost)
            *most = row;
    }
}

/* What the table comes to, for people and for programs. */
static void say(const arm_train_run *run, char *text, size_t size) {
    const arm_train_table *t = run->table;
    const arm_train_row *best = &t->row[t->best];
    size_t used = 0;
    if (run->options.pair_count > 1) {
        const arm_train_row *least, *most;
        untrained_ends(run, &least, &most);
        used = (size_t)snprintf(text, size,
                                "Untrained, the activation changes the cost %.3g times (%s %.4g, %s %.4g); "
                                "trained, by %.2g %%. %s ",
                                t->untrained_ratio, arm_pair_name(least->pair), least->result.cost,
                                arm_pair_name(most->pair), most->result.cost, 100 * t->trained_spread,
                                10 * t->trained_spread < t->untrained_ratio - 1
                                    ? "So what counts is the training, not the activation."
                                    : "So here training does not make up for the activation.");
    }
    if (used < size && t->best != t->pd)
        snprintf(text + used, size - used,
                 "The best network (%s, %zu parameters) costs %.2g %% %s than the tuned PD, which has two "
                 "gains, and "
                 "%.2g %% %s than LQR, of which tuning the two gains alone is %.2g %%.%s",
                 arm_pair_name(best->pair), best->n_params, 100 * fabs(best->over_pd),
                 best->over_pd >= 0 ? "less" : "more", 100 * fabs(best->over_lqr),
                 best->over_lqr >= 0 ? "less" : "more", 100 * t->row[t->pd].over_lqr,
                 best->over_pd < 1e-3 ? " That is no reason for a network." : "");
    else if (used < size)
        snprintf(text + used, size - used, "No network was trained.");
}

static json_t *row_json(const arm_train_row *row) {
    static const char not_trained[] = "this law was not trained";
    char spec[64];
    json_t *object = json_object();
    bool linear = row->pair == ARM_PAIR_COUNT, trained = !isnan(row->result.cost_start);
    spec_of(row, spec, sizeof spec);
    crease_json_set_text(object, "name", row->name);
    crease_json_set_text(object, "act", act_of(row));
    crease_json_set_text(object, "net", spec);
    crease_json_set_count(object, "n_params", row->n_params);
    crease_json_set_number(object, "cost_start", row->result.cost_start, not_trained);
    crease_json_set_number(object, "cost", row->result.cost, "the motion left the finite numbers");
    crease_json_set_number(object, "over_tuned_pd", row->over_pd, NULL);
    crease_json_set_number(object, "over_lqr", row->over_lqr, NULL);
    crease_json_set_number(object, "gradient_norm", row->result.gradient_norm, not_trained);
    crease_json_set_count(object, "iterations", row->result.iterations);
    if (trained)
        crease_json_set_text(object, "stop", crease_stop_name(row->result.stop));
    if (!isnan(row->imitation_rmse))
        crease_json_set_number(object, "imitation_rmse_n_m", row->imitation_rmse, NULL);
    if (linear) {
        double gain, rate_gain;
        arm_train_gains(row->net, &gain, &rate_gain);
        crease_json_set_number(object, "K", gain, NULL);
        crease_json_set_number(object, "Kd", rate_gain, NULL);
    }
    return object;
}

int arm_train_print_json(const arm_train_run *run) {
    const arm_train_setting *s = &run->setting;
    const arm_train_table *t = run->table;
    static const char one[] = "one activation has nothing to be compared with";
    char words[600];
    json_t *object = crease_json_begin("arm-train"), *starts = json_array(), *rows = json_array();
    crease_json_set_text(object, "model", s->plant.name);
    crease_json_set_count(object, "gravity", run->gravity);
    crease_json_set_number(object, "target_rad", s->target, NULL);
    crease_json_set_number(object, "time_s", s->time, NULL);
    crease_json_set_count(object, "steps", s->steps);
    crease_json_set_number(object, "torque_weight", s->torque_weight, NULL);
    crease_json_set_number(object, "feed_forward_n_m", arm_train_feed_forward(s), NULL);
    for (size_t i = 0; i < s->start_count; i++)
        json_array_append_new(starts, crease_json_numbers(s->start[i], 2));
    json_object_set_new(object, "starts", starts);
    crease_json_set_count(object, "units", run->options.units);
    crease_json_set_count(object, "random_starts", run->options.random_starts);
    crease_json_set_count(object, "seed", run->app.seed);
    for (size_t i = 0; i < t->row_count; i++)
        json_array_append_new(rows, row_json(&t->row[i]));
    json_object_set_new(object, "rows", rows);
    crease_json_set_count(object, "best", t->best);
    crease_json_set_number(object, "untrained_ratio", t->untrained_ratio, one);
    crease_json_set_number(object, "trained_spread", t->trained_spread, one);
    say(run, words, sizeof words);
    crease_json_set_text(object, "verdict", words);
    return crease_json_finish(&run->app, object);
}

int arm_train_print(const arm_train_run *run) {
    const arm_train_setting *s = &run->setting;
    const arm_train_table *t = run->table;
    char words[600], spec[64];
    printf(
        "Cost: (angle - %.4g)^2 + %g (torque - %.4g)^2, integrated over %g s, mean of %zu starts; model %s, ",
        s->target, s->torque_weight, arm_train_feed_forward(s), s->time, s->start_count, s->plant.name);
    if (isfinite(s->plant.torque_limit))
        printf("torque within +-%g N m.\n\n", s->plant.torque_limit);
    else
        printf("no torque limit.\n\n");
    crease_report *report = crease_report_new(
        9, (const char *const[]){"law or start", "net", "parameters", "cost at start", "cost", "against PD %",
                                 "against LQR %", "gradient", "iterations"});
    for (size_t i = 0; i < t->row_count; i++) {
        const arm_train_row *row = &t->row[i];
        spec_of(row, spec, sizeof spec);
        crease_report_text(report, "%s", row->name);
        crease_report_text(report, "%s", spec);
        crease_report_count(report, row->n_params);
        crease_report_number(report, row->result.cost_start, 6);
        crease_report_number(report, row->result.cost, 7);
        crease_report_number(report, 0 - 100 * row->over_pd, 3);
        crease_report_number(report, 0 - 100 * row->over_lqr, 3);
        crease_report_number(report, row->result.gradient_norm, 2);
        crease_report_count(report, row->result.iterations);
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
    say(run, words, sizeof words);
    putchar('\n');
    crease_report_words(stdout, words, 0, 0);
    for (size_t i = t->lqr; i <= t->pd; i++) {
        double gain, rate_gain;
        arm_train_gains(t->row[i].net, &gain, &rate_gain);
        crease_app_detail(&run->app, "%s: K = %.6g N m, Kd = %.6g N m s/rad", t->row[i].name, gain,
                          rate_gain);
    }
    return crease_app_end(&run->app);
}
