/* From the options to one closed loop for each activation: the model and its parameters, then what depends on its joints. */
#include "arm/step/step_run.h"
#include "crease/crease.h"
#include "crease/onnx.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void refuse(const step_run *run, const crease_error *error) {
    crease_app_usage_error(&run->app, "%s", error->message);
}

static int set_robot(step_run *run) {
    crease_error error;
    const step_texts *text = &run->text;
    char name[32] = "";
    if (text->parameters && arm_parameters_model(text->parameters, name, sizeof name, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    if (*name && text->model && strcmp(name, text->model) != 0)
        crease_app_usage_error(&run->app, "%s is for model %s, not %s", text->parameters, name, text->model);
    if (arm_robot_find(text->model ? text->model : *name ? name : "A", &run->loop.robot, &error) != CREASE_OK)
        refuse(run, &error);
    if (text->parameters && arm_parameters_load(text->parameters, &run->loop.robot, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    if (!run->gravity)
        arm_robot_without_gravity(&run->loop.robot);
    return CREASE_EXIT_OK;
}

/* "1.5" or "1,2": one number for each of `joints`, or one for all; `unlimited`: or inf. */
static void set_each(const step_run *run, const char *option, const char *text, bool unlimited,
                     double *value) {
    size_t joints = run->loop.robot.joints, count;
    if (!text)
        return;
    char **given = crease_app_list(&run->app, option, text, &count);
    if (count != 1 && count != joints)
        crease_app_usage_error(&run->app, "model %s has %zu joint%s, so %s takes one number%s, not %zu",
                               run->loop.robot.name, joints, joints == 1 ? "" : "s", option,
                               joints == 1 ? "" : " or one for each joint", count);
    for (size_t j = 0; j < joints; j++) {
        const char *one = given[count == 1 ? 0 : j];
        bool infinite = unlimited && strcmp(one, "inf") == 0;
        double v = infinite ? INFINITY : crease_app_number(&run->app, option, one);
        if (v < 0)
            crease_app_usage_error(&run->app, "%s takes numbers of at least 0, not '%s'", option, text);
        value[j] = v;
    }
    crease_app_list_free(given, count);
}

static void set_reference(step_run *run) {
    size_t joints = run->loop.robot.joints, count;
    if (!run->text.reference)
        return;
    double *value = crease_app_numbers(&run->app, "--reference", run->text.reference, &count);
    if (count != joints)
        crease_app_usage_error(&run->app, "model %s has %s, so --reference takes %zu angle%s, not %zu",
                               run->loop.robot.name,
                               joints == 1   ? "one joint"
                               : joints == 2 ? "two joints"
                                             : "three joints",
                               joints, joints == 1 ? "" : "s", count);
    memcpy(run->loop.reference, value, count * sizeof *value);
    free(value);
}

static void set_start(step_run *run) {
    const arm_robot *robot = &run->loop.robot;
    size_t joints = robot->joints, count;
    memcpy(run->options.start, robot->start, joints * sizeof *robot->start);
    if (!run->text.start)
        return;
    double *value = crease_app_numbers(&run->app, "--start", run->text.start, &count);
    if (count != joints && count != 2 * joints)
        crease_app_usage_error(
            &run->app,
            "model %s has %s, so --start takes %zu angle%s, or as many angles and then as many rates, "
            "not %zu numbers",
            robot->name,
            joints == 1   ? "one joint"
            : joints == 2 ? "two joints"
                          : "three joints",
            joints, joints == 1 ? "" : "s", count);
    memcpy(run->options.start, value, count * sizeof *value);
    free(value);
}

/* ---- laws ---- */

static void set_pair(const step_run *run, const char *name, step_case *c) {
    crease_error error;
    const step_texts *text = &run->text;
    if (arm_pair_parse(name, &c->pair, &error) != CREASE_OK)
        refuse(run, &error);
    arm_loop_default(&c->loop, run->law, c->pair);
    c->loop.gravity_compensation = run->loop.gravity_compensation;
    c->loop.lag = run->loop.lag;
    c->loop.sample = run->loop.sample;
    memcpy(c->loop.reference, run->loop.reference, sizeof c->loop.reference);
    double norm = text->norm ? crease_app_positive(&run->app, "--norm", text->norm) : arm_pair_norm(c->pair);
    arm_robot gains = c->loop.robot;
    set_each(run, "--K", text->gain, false, gains.gain);
    set_each(run, "--Kd", text->rate_gain, false, gains.rate_gain);
    set_each(run, "--Td", text->lead_time, false, gains.lead_time);
    for (size_t j = 0; j < gains.joints; j++)
        c->loop.controller[j] =
            (arm_controller){run->law, c->pair, gains.gain[j], gains.rate_gain[j], gains.lead_time[j], norm};
}

static void set_laws(step_run *run) {
    const step_texts *text = &run->text;
    crease_error error;
    if (text->law && arm_law_parse(text->law, &run->law, &error) != CREASE_OK)
        refuse(run, &error);
    if (text->inputs)
        crease_app_usage_error(&run->app, "--inputs says what a network sees; name one with --controller");
    char **list = crease_app_list(&run->app, "--act", text->act ? text->act : "relu", &run->count);
    for (size_t i = 0; i < run->count; i++) {
        run->cases[i].loop = run->loop;
        set_pair(run, list[i], &run->cases[i]);
        for (size_t k = 0; k < i; k++)
            if (run->cases[k].pair == run->cases[i].pair)
                crease_app_usage_error(&run->app, "--act names '%s' twice", list[i]);
    }
    crease_app_list_free(list, run->count);
}

/* ---- a network ---- */

static crease_status load_network(const char *path, crease_net **net, crease_error *error) {
    size_t length = strlen(path);
    if (length > 5 && strcasecmp(path + length - 5, ".onnx") == 0)
        return crease_onnx_load(path, net, error);
    return crease_net_load(path, net, error);
}

static int set_network(step_run *run) {
    const step_texts *text = &run->text;
    const char *said = text->law         ? "--law"
                       : text->act       ? "--act"
                       : text->gain      ? "--K"
                       : text->rate_gain ? "--Kd"
                       : text->lead_time ? "--Td"
                       : text->norm      ? "--norm"
                                         : NULL;
    if (said)
        crease_app_usage_error(&run->app, "with --controller the network is the law; leave out %s", said);
    crease_error error;
    if (load_network(text->controller, &run->net, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    if (arm_network_bind(run->net, run->loop.robot.joints, text->inputs, &run->network, &error) != CREASE_OK)
        refuse(run, &error);
    run->loop.network = &run->network;
    run->cases[0].loop = run->loop;
    run->count = 1;
    return CREASE_EXIT_OK;
}

static void check_cases(const step_run *run) {
    crease_error error;
    for (size_t i = 0; i < run->count; i++)
        if (arm_loop_check(&run->cases[i].loop, &error) != CREASE_OK)
            refuse(run, &error);
    if (run->count > 1 && (run->csv_path || run->animation_path))
        crease_app_usage_error(&run->app, "%s takes the motion of one activation; give one to --act",
                               run->csv_path ? "-o" : "--animate");
}

int arm_step_set_up(step_run *run) {
    int code = set_robot(run);
    if (code != CREASE_EXIT_OK)
        return code;
    run->cases = calloc(ARM_PAIR_COUNT + 1, sizeof *run->cases);
    if (!run->cases)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "out of memory");
    memcpy(run->loop.reference, run->loop.robot.reference, sizeof run->loop.reference);
    set_each(run, "--limit", run->text.limit, true, run->loop.robot.torque_limit);
    set_reference(run);
    set_start(run);
    if (run->text.controller)
        code = set_network(run);
    else
        set_laws(run);
    if (code == CREASE_EXIT_OK)
        check_cases(run);
    return code;
}
