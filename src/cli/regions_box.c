#include "regions_box.h"
#include "model.h"
#include <stdlib.h>
#include <string.h>

static crease_number number_of(const crease_app *app, const char *option, const char *text) {
    crease_error error;
    crease_number number;
    if (crease_number_parse(text, &number, &error) != CREASE_OK)
        crease_app_usage_error(app, "%s: %s", option, error.message);
    return number;
}

static void reserve(const crease_app *app, exact_box *box, size_t count) {
    *box = (exact_box){.lower = calloc(count, sizeof *box->lower),
                       .upper = calloc(count, sizeof *box->upper),
                       .count = count};
    if (!box->lower || !box->upper)
        crease_app_usage_error(app, "out of memory for %zu numbers", count);
}

void exact_box_take(const crease_app *app, const char *option, const char *text, exact_box *box) {
    size_t count;
    char **list = crease_app_list(app, option, text, &count);
    exact_box_clear(box);
    reserve(app, box, count);
    for (size_t i = 0; i < count; i++) {
        char *colon = strchr(list[i], ':');
        if (colon)
            *colon = '\0';
        box->lower[i] = number_of(app, option, list[i]);
        box->upper[i] = number_of(app, option, colon ? colon + 1 : list[i]);
        if (box->lower[i].below > box->upper[i].below)
            crease_app_usage_error(app, "%s: interval %zu from %s to %s is empty; write LO:HI", option, i + 1,
                                   list[i], colon ? colon + 1 : list[i]);
    }
    crease_app_list_free(list, count);
}

void exact_point_take(const crease_app *app, const char *option, const char *text, exact_box *point) {
    if (strchr(text, ':'))
        crease_app_usage_error(app, "%s: '%s' is no point; write X,X,..", option, text);
    exact_box_take(app, option, text, point);
}

void exact_box_clear(exact_box *box) {
    for (size_t i = 0; i < box->count; i++) {
        crease_number_clear(&box->lower[i]);
        crease_number_clear(&box->upper[i]);
    }
    free(box->lower);
    free(box->upper);
    *box = (exact_box){0};
}

int exact_box_must_fit(const crease_app *app, const char *option, const exact_box *box, const char *path,
                       const crease_net *net) {
    if (box->count == net->inputs)
        return 0;
    return crease_app_fail_text(app, CREASE_EXIT_USAGE, "%s has %zu part%s but %s has %zu input%s", option,
                                box->count, box->count == 1 ? "" : "s", path, net->inputs,
                                net->inputs == 1 ? "" : "s");
}

void exact_model_take(const crease_app *app, const char *argument, const char **path) {
    if (*path)
        crease_app_usage_error(app, "one model is enough, '%s' is too many", argument);
    *path = argument;
}

void exact_model_require(const crease_app *app, const char *path) {
    if (!path)
        crease_app_usage_error(app, "name the model (.json, .onnx, or a polyline as .csv)");
}

int exact_model_load(const crease_app *app, const char *path, crease_net **net) {
    crease_error error;
    crease_pwl *pwl;
    crease_status status = model_load(path, net, &pwl, &error);
    if (status == CREASE_OK && pwl)
        status = crease_pwl_to_net(pwl, net, &error);
    crease_pwl_free(pwl);
    return status == CREASE_OK ? 0 : crease_app_fail(app, &error);
}

static void name_of(char *const *kept, const char *letter, size_t index, size_t count, char *name,
                    size_t size) {
    if (kept)
        snprintf(name, size, "%s", kept[index]);
    else if (count == 1)
        snprintf(name, size, "%s", letter);
    else
        snprintf(name, size, "%s%zu", letter, index + 1);
}

void exact_input_name(const crease_net *net, size_t j, char *name, size_t size) {
    name_of(net->input_name, "x", j, net->inputs, name, size);
}

void exact_output_name(const crease_net *net, size_t k, char *name, size_t size) {
    name_of(net->output_name, "y", k, net->outputs, name, size);
}

size_t exact_index(const crease_app *app, const char *option, const char *text, size_t count,
                   const char *what) {
    size_t index = crease_app_count(app, option, text, 1);
    if (index > count)
        crease_app_usage_error(app, "%s %zu: the model has %zu %s%s, counted from 1", option, index, count,
                               what, count == 1 ? "" : "s");
    return index - 1;
}
