/* Networks as JSON, through jansson. A damaged file is refused by the name of the key at fault; the lengths
 * of the arrays that the shape fixes are compared before a net of that shape is built. */
#include "crease/model_file.h"
#include "base/input.h"
#include "base/names.h"
#include "crease/file.h"
#include "net/shape.h"
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char format_name[] = "crease-net";
enum { known_version = 1 };

/* ---- writing ---- */

/* Adds an array; false when it cannot be made. */
static bool put_numbers(json_t *root, const char *key, const double *value, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; i < count && array; i++)
        if (json_array_append_new(array, json_real(value[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    return json_object_set_new(root, key, array) == 0;
}

static bool put_names(json_t *root, const char *key, char *const *name, size_t count) {
    if (!name)
        return true;
    json_t *array = json_array();
    for (size_t i = 0; i < count && array; i++)
        if (json_array_append_new(array, json_string(name[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    return json_object_set_new(root, key, array) == 0;
}

static crease_status check_names(const char *what, char *const *name, size_t count, crease_error *error) {
    for (size_t i = 0; name && i < count; i++) {
        json_t *text = json_string(name[i]);
        if (!text)
            return crease_fail(error, CREASE_BAD_DATA,
                               "the name of %s %zu is not UTF-8 text; convert the data file to UTF-8", what,
                               i + 1);
        json_decref(text);
    }
    return CREASE_OK;
}

static crease_status check_savable(const crease_net *net, crease_error *error) {
    crease_status status = crease_net_check_finite(net, error);
    if (!status)
        status = check_names("input", net->input_name, net->inputs, error);
    if (!status)
        status = check_names("output", net->output_name, net->outputs, error);
    return status;
}

/* NULL without memory. */
static json_t *to_json(const crease_net *net) {
    size_t size = crease_net_spec(net, NULL, 0) + 1;
    char *spec = malloc(size);
    json_t *root = json_object();
    if (!spec || !root)
        goto failed;
    crease_net_spec(net, spec, size);
    bool made = json_object_set_new(root, "format", json_string(format_name)) == 0 &&
                json_object_set_new(root, "version", json_integer(known_version)) == 0 &&
                json_object_set_new(root, "net", json_string(spec)) == 0 &&
                json_object_set_new(root, "inputs", json_integer((json_int_t)net->inputs)) == 0 &&
                json_object_set_new(root, "outputs", json_integer((json_int_t)net->outputs)) == 0 &&
                put_names(root, "input_names", net->input_name, net->inputs) &&
                put_names(root, "output_names", net->output_name, net->outputs) &&
                put_numbers(root, "input_shift", net->input_shift, net->inputs) &&
                put_numbers(root, "input_scale", net->input_scale, net->inputs) &&
                put_numbers(root, "output_shift", net->output_shift, net->outputs) &&
                put_numbers(root, "output_scale", net->output_scale, net->outputs) &&
                put_numbers(root, "theta", net->theta, net->parameter_count);
    if (!made)
        goto failed;
    free(spec);
    return root;
failed:
    free(spec);
    json_decref(root);
    return NULL;
}

crease_status crease_net_write(const crease_net *net, FILE *file, crease_error *error) {
    crease_status status = check_savable(net, error);
    if (status)
        return status;
    json_t *root = to_json(net);
    if (!root)
        return crease_fail(error, CREASE_NO_MEMORY, "not enough memory to write a net");
    if (json_dumpf(root, file, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) != 0 || putc('\n', file) == EOF ||
        fflush(file) != 0)
        status = crease_fail(error, CREASE_CANNOT_WRITE, "a net could not be written in full");
    json_decref(root);
    return status;
}

crease_status crease_net_save(const crease_net *net, const char *path, crease_error *error) {
    crease_file file;
    crease_status status = crease_file_create(&file, path, error);
    if (status)
        return status;
    status = crease_net_write(net, file.stream, error);
    if (status) {
        crease_file_discard(&file);
        return status;
    }
    return crease_file_commit(&file, error);
}

/* ---- reading ---- */

typedef struct model_reader {
    const json_t *root;
    const char *source;
    crease_error *error;
} model_reader;

/* The value of a key, of the wanted type; NULL after a message. */
static const json_t *get(const model_reader *r, const char *key, json_type type, const char *type_name) {
    const json_t *value = json_object_get(r->root, key);
    if (!value)
        crease_fail(r->error, CREASE_BAD_DATA, "%s: the key '%s' is missing", r->source, key);
    else if (json_typeof(value) != type)
        crease_fail(r->error, CREASE_BAD_DATA, "%s: the key '%s' must hold %s", r->source, key, type_name);
    else
        return value;
    return NULL;
}

static crease_status check_format(const model_reader *r) {
    const json_t *format = get(r, "format", JSON_STRING, "a string");
    if (!format)
        return CREASE_BAD_DATA;
    if (strcmp(json_string_value(format), format_name) != 0)
        return crease_fail(r->error, CREASE_BAD_DATA,
                           "%s: the key 'format' is '%.40s', not '%s': no crease net", r->source,
                           json_string_value(format), format_name);
    const json_t *version = get(r, "version", JSON_INTEGER, "a whole number");
    if (!version)
        return CREASE_BAD_DATA;
    json_int_t number = json_integer_value(version);
    if (number > known_version)
        return crease_fail(
            r->error, CREASE_BAD_DATA,
            "%s: the key 'version' is %lld; this crease knows versions up to %d: a newer one is needed",
            r->source, (long long)number, known_version);
    if (number < 1)
        return crease_fail(r->error, CREASE_BAD_DATA, "%s: the key 'version' is %lld; versions start at 1",
                           r->source, (long long)number);
    return CREASE_OK;
}

static crease_status get_count(const model_reader *r, const char *key, size_t *count) {
    const json_t *value = get(r, key, JSON_INTEGER, "a whole number");
    if (!value)
        return CREASE_BAD_DATA;
    if (json_integer_value(value) < 1)
        return crease_fail(r->error, CREASE_BAD_DATA, "%s: the key '%s' is %lld; it must be at least 1",
                           r->source, key, (long long)json_integer_value(value));
    *count = (size_t)json_integer_value(value);
    return CREASE_OK;
}

static const json_t *get_array(const model_reader *r, const char *key, size_t expected) {
    const json_t *array = get(r, key, JSON_ARRAY, "an array");
    if (array && json_array_size(array) != expected) {
        crease_fail(r->error, CREASE_BAD_DATA,
                    "%s: the key '%s' must hold %zu numbers for this net, but holds %zu", r->source, key,
                    expected, json_array_size(array));
        return NULL;
    }
    return array;
}

static crease_status get_numbers(const model_reader *r, const char *key, size_t count, bool positive,
                                 double *value) {
    const json_t *array = get_array(r, key, count);
    if (!array)
        return CREASE_BAD_DATA;
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(array, i);
        value[i] = json_number_value(item);
        if (!json_is_number(item) || !isfinite(value[i]))
            return crease_fail(r->error, CREASE_BAD_DATA,
                               "%s: the key '%s' holds something other than a number at %zu", r->source, key,
                               i + 1);
        if (positive && value[i] <= 0)
            return crease_fail(r->error, CREASE_BAD_DATA,
                               "%s: the key '%s' holds %g at %zu; scales are above 0", r->source, key,
                               value[i], i + 1);
    }
    return CREASE_OK;
}

/* Fills name[0..count] with texts that the JSON tree owns; *present tells whether the key is there. */
static crease_status get_names(const model_reader *r, const char *key, size_t count, const char **name,
                               bool *present) {
    *present = json_object_get(r->root, key) != NULL;
    if (!*present)
        return CREASE_OK;
    const json_t *array = get(r, key, JSON_ARRAY, "an array of strings");
    if (!array)
        return CREASE_BAD_DATA;
    if (json_array_size(array) != count)
        return crease_fail(r->error, CREASE_BAD_DATA, "%s: the key '%s' must hold %zu names, but holds %zu",
                           r->source, key, count, json_array_size(array));
    for (size_t i = 0; i < count; i++) {
        name[i] = json_string_value(json_array_get(array, i));
        if (!name[i])
            return crease_fail(r->error, CREASE_BAD_DATA,
                               "%s: the key '%s' holds something other than a string at %zu", r->source, key,
                               i + 1);
    }
    return CREASE_OK;
}

static crease_status fill_names(const model_reader *r, crease_net *net) {
    bool named_inputs, named_outputs;
    const char **name = calloc(net->inputs + net->outputs, sizeof *name);
    if (!name)
        return crease_fail(r->error, CREASE_NO_MEMORY, "%s: not enough memory for its names", r->source);
    crease_status status = get_names(r, "input_names", net->inputs, name, &named_inputs);
    if (!status)
        status = get_names(r, "output_names", net->outputs, name + net->inputs, &named_outputs);
    if (!status)
        status = crease_net_set_names(net, named_inputs ? name : NULL,
                                      named_outputs ? name + net->inputs : NULL, r->error);
    free(name);
    return status;
}

static crease_status build_net(const model_reader *r, crease_net **out) {
    size_t inputs = 0, outputs = 0;
    crease_status status = check_format(r);
    if (!status)
        status = get_count(r, "inputs", &inputs);
    if (!status)
        status = get_count(r, "outputs", &outputs);
    if (status)
        return status;
    const json_t *spec = get(r, "net", JSON_STRING, "a string");
    const json_t *theta = spec ? get(r, "theta", JSON_ARRAY, "an array") : NULL;
    /* these arrays bound the sizes by what the file really holds */
    if (!theta || !get_array(r, "input_shift", inputs) || !get_array(r, "output_shift", outputs))
        return CREASE_BAD_DATA;
    crease_net *net = NULL;
    crease_error parse_error = {0};
    status = crease_net_parse(json_string_value(spec), inputs, outputs, &net, &parse_error);
    if (status)
        return crease_fail(r->error, status == CREASE_BAD_ARGUMENT ? CREASE_BAD_DATA : status,
                           "%s: the key 'net': %.300s", r->source, parse_error.message);
    status = get_numbers(r, "theta", net->parameter_count, false, net->theta);
    if (!status)
        status = get_numbers(r, "input_shift", inputs, false, net->input_shift);
    if (!status)
        status = get_numbers(r, "input_scale", inputs, true, net->input_scale);
    if (!status)
        status = get_numbers(r, "output_shift", outputs, false, net->output_shift);
    if (!status)
        status = get_numbers(r, "output_scale", outputs, true, net->output_scale);
    if (!status)
        status = fill_names(r, net);
    if (status) {
        crease_net_free(net);
        return status;
    }
    *out = net;
    return CREASE_OK;
}

crease_status crease_net_read(FILE *file, const char *source, crease_net **net, crease_error *error) {
    *net = NULL;
    source = crease_input_shown(source);
    json_error_t fault;
    json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &fault);
    if (!root && ferror(file))
        return crease_fail(error, CREASE_NO_INPUT, "%s: cannot be read: %s", source, strerror(errno));
    if (!root)
        return crease_fail(error, CREASE_BAD_DATA, "%s:%d:%d: not a JSON file: %s", source, fault.line,
                           fault.column, fault.text);
    crease_status status;
    if (json_is_object(root))
        status = build_net(&(model_reader){root, source, error}, net);
    else
        status = crease_fail(error, CREASE_BAD_DATA, "%s: a crease net is a JSON object", source);
    json_decref(root);
    return status;
}

crease_status crease_net_load(const char *path, crease_net **net, crease_error *error) {
    *net = NULL;
    if (strcmp(path, "-") == 0)
        return crease_net_read(stdin, "standard input", net, error);
    FILE *file;
    crease_status status = crease_input_open(path, &file, error);
    if (status)
        return status;
    status = crease_net_read(file, path, net, error);
    fclose(file);
    return status;
}
