/* JSON of every command, through jansson: one object, numbers at 17 digits, null with a reason for what has
 * no value. */
#include "crease/app.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Programs have nothing left to say without memory for their result. */
static json_t *need(json_t *value) {
    if (!value) {
        fputs("crease: out of memory\n", stderr);
        exit(CREASE_EXIT_INTERNAL);
    }
    return value;
}

static void set(json_t *object, const char *key, json_t *value) {
    if (json_object_set_new(object, key, need(value)) != 0)
        need(NULL);
}

static void add_why(json_t *object, const char *key, const char *why) {
    const char *before = json_string_value(json_object_get(object, "why"));
    json_t *text = before ? json_sprintf("%s; %s: %s", before, key, why) : json_sprintf("%s: %s", key, why);
    set(object, "why", text);
}

json_t *crease_json_begin(const char *command) {
    json_t *object = need(json_object());
    set(object, "schema", json_sprintf("crease/%s/1", command));
    return object;
}

void crease_json_set_number(json_t *object, const char *key, double value, const char *why) {
    if (isfinite(value)) {
        set(object, key, json_real(value));
        return;
    }
    set(object, key, json_null());
    add_why(object, key, why ? why : "it has no finite value");
}

void crease_json_set_count(json_t *object, const char *key, size_t value) {
    set(object, key, json_integer((json_int_t)value));
}

void crease_json_set_text(json_t *object, const char *key, const char *value) {
    set(object, key, value ? json_string(value) : json_null());
}

json_t *crease_json_numbers(const double *value, size_t count) {
    json_t *array = need(json_array());
    for (size_t i = 0; i < count; i++) {
        json_t *number = isfinite(value[i]) ? json_real(value[i]) : json_null();
        if (json_array_append_new(array, need(number)) != 0)
            need(NULL);
    }
    return array;
}

json_t *crease_json_kinks(const crease_kink *kinks, size_t count) {
    json_t *array = need(json_array());
    for (size_t i = 0; i < count; i++) {
        json_t *kink = need(json_object());
        crease_json_set_number(kink, "x", kinks[i].x, NULL);
        crease_json_set_number(kink, "se", kinks[i].standard_error,
                               "the data do not identify this position, or there are too few rows");
        crease_json_set_number(kink, "slope_left", kinks[i].slope_left, NULL);
        crease_json_set_number(kink, "slope_right", kinks[i].slope_right, NULL);
        if (json_array_append_new(array, kink) != 0)
            need(NULL);
    }
    return array;
}

int crease_json_finish(const crease_app *app, json_t *object) {
    json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17) | JSON_ENSURE_ASCII);
    putchar('\n');
    json_decref(object);
    return crease_app_end(app);
}
