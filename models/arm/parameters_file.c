/* A model's parameters from a JSON file: one object, names to numbers, and "model" if it likes. */
#include "arm/step/step_run.h"
#include <errno.h>
#include <string.h>

static crease_status load(const char *path, json_t **object, crease_error *error) {
    json_error_t problem;
    *object = NULL;
    FILE *file = fopen(path, "r");
    if (!file)
        return crease_fail(error, CREASE_NO_INPUT, "cannot read the parameters %.200s: %s", path,
                           strerror(errno));
    json_t *read = json_loadf(file, JSON_REJECT_DUPLICATES, &problem);
    fclose(file);
    if (!read)
        return crease_fail(error, CREASE_BAD_DATA, "%.200s:%d:%d: the parameters are not JSON: %.120s", path,
                           problem.line, problem.column, problem.text);
    if (!json_is_object(read)) {
        json_decref(read);
        return crease_fail(error, CREASE_BAD_DATA,
                           "%.200s: parameters are one object of names and numbers, such as {\"J\": 0.9}",
                           path);
    }
    *object = read;
    return CREASE_OK;
}

crease_status arm_parameters_model(const char *path, char *name, size_t size, crease_error *error) {
    json_t *object;
    crease_status status = load(path, &object, error);
    if (status != CREASE_OK)
        return status;
    json_t *model = json_object_get(object, "model");
    if (model && !json_is_string(model))
        status = crease_fail(error, CREASE_BAD_DATA, "%.200s: \"model\" must be a name, such as \"B\"", path);
    else
        snprintf(name, size, "%s", model ? json_string_value(model) : "");
    json_decref(object);
    return status;
}

static crease_status unknown(const char *path, const char *name, const arm_robot *robot,
                             crease_error *error) {
    enum { MOST = 64 };
    const char *known[MOST];
    size_t count = arm_robot_parameter_count(robot);
    char list[400] = "";
    for (size_t i = 0, used = 0; i < count && i < MOST; i++) {
        known[i] = arm_robot_parameter_name(robot, i);
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", known[i]);
    }
    const char *meant = crease_app_did_you_mean(name, known, count);
    return crease_fail(error, CREASE_BAD_DATA, "%.200s: model %s has no parameter '%.40s'%s%s%s; it has %s",
                       path, robot->name, name, meant ? ", did you mean '" : "", meant ? meant : "",
                       meant ? "'?" : "", list);
}

static crease_status set(const char *path, const char *name, const json_t *value, arm_robot *robot,
                         crease_error *error) {
    size_t count = arm_robot_parameter_count(robot), i = 0;
    while (i < count && strcmp(arm_robot_parameter_name(robot, i), name) != 0)
        i++;
    if (i == count)
        return unknown(path, name, robot, error);
    if (!json_is_number(value))
        return crease_fail(error, CREASE_BAD_DATA, "%.200s: \"%.40s\" must be a number", path, name);
    crease_error reason;
    crease_status status = arm_robot_set_parameter(robot, i, json_number_value(value), &reason);
    return status == CREASE_OK ? status
                               : crease_fail(error, CREASE_BAD_DATA, "%.200s: %s", path, reason.message);
}

crease_status arm_parameters_load(const char *path, arm_robot *robot, crease_error *error) {
    json_t *object, *value;
    const char *name;
    crease_status status = load(path, &object, error);
    if (status != CREASE_OK)
        return status;
    json_object_foreach(object, name, value) {
        if (status == CREASE_OK && strcmp(name, "model") != 0)
            status = set(path, name, value, robot, error);
    }
    json_decref(object);
    if (status == CREASE_OK) {
        crease_error reason;
        if (arm_robot_check(robot, &reason) != CREASE_OK)
            status = crease_fail(error, CREASE_BAD_DATA, "%.200s: %s", path, reason.message);
    }
    return status;
}
