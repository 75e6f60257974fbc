/* The mini-language of networks:
 *
 *   spec  = layer { "/" layer }
 *   layer = term { "+" term } [ "x" COUNT ]          COUNT such layers, one behind the other
 *   term  = "affine" | NAME [ "(" NUMBER ")" | "^" NUMBER ] ":" WIDTH */
#include "net/shape.h"
#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHORTEST_REPETITION = 4 /* that the normal form writes with an x */ };

typedef struct parser {
    const char *spec, *at;
    crease_layer *layer;
    size_t layer_count;
    bool affine;
    crease_error *error;
} parser;

static crease_status refuse(const parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static crease_status refuse(const parser *p, const char *format, ...) {
    char reason[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return crease_fail(p->error, CREASE_BAD_ARGUMENT, "network '%.100s', character %td: %s", p->spec,
                       p->at - p->spec + 1, reason);
}

static crease_status out_of_memory(const parser *p) {
    return crease_fail(p->error, CREASE_NO_MEMORY, "out of memory for the network '%.100s'", p->spec);
}

/* A decimal number such as 1.5 or .01, read without strtod's dependence on the locale. */
static bool read_decimal(const char **at, double *value) {
    const char *s = *at;
    const double most =
        1e15; /* so that the quotient below is correctly rounded and prints as it was written */
    double number = 0, unit = 1;
    size_t digits = 0;
    for (; isdigit((unsigned char)*s); s++, digits++)
        number = 10 * number + (*s - '0');
    if (*s == '.')
        for (s++; isdigit((unsigned char)*s); s++, digits++, unit *= 10)
            number = 10 * number + (*s - '0');
    if (digits == 0 || number >= most || unit > most)
        return false;
    *value = number / unit;
    *at = s;
    return true;
}

static bool find_activation(const char *name, size_t length, crease_activation *activation) {
    for (int a = 0; a < CREASE_ACTIVATION_COUNT; a++) {
        const char *known = crease_activation_name((crease_activation)a);
        if (strlen(known) == length && memcmp(known, name, length) == 0) {
            *activation = (crease_activation)a;
            return true;
        }
    }
    return false;
}

static crease_status parse_parameter(parser *p, crease_group *group) {
    bool slope = group->activation == CREASE_LEAKY || group->activation == CREASE_PRELU;
    if (slope)
        group->parameter = group->activation == CREASE_LEAKY ? .01 : .25;
    if (*p->at == '(') {
        if (!slope)
            return refuse(p, "only leaky and prelu take a slope in parentheses");
        p->at++;
        if (!read_decimal(&p->at, &group->parameter) || *p->at != ')')
            return refuse(p, "expected a slope such as (.1) behind %s",
                          crease_activation_name(group->activation));
        p->at++;
        if (group->parameter >= 1)
            return refuse(p, "the slope below zero must be less than 1");
    } else if (*p->at == '^') {
        if (group->activation != CREASE_RELU)
            return refuse(p, "only relu takes a power, as in relu^1.5:1");
        p->at++;
        if (!read_decimal(&p->at, &group->parameter) || !(group->parameter > 0) || group->parameter > 16)
            return refuse(p, "expected a power above 0 and at most 16, as in relu^1.5:1");
        group->activation = group->parameter == 1 ? CREASE_RELU : CREASE_HINGE;
        if (group->activation == CREASE_RELU)
            group->parameter = 0;
    }
    return CREASE_OK;
}

/* A whole number from 1 to most. */
static crease_status parse_count(parser *p, size_t most, const char *what, size_t *count) {
    const char *start = p->at;
    *count = 0;
    for (; isdigit((unsigned char)*p->at); p->at++) {
        *count = 10 * *count + (size_t)(*p->at - '0');
        if (*count > most)
            return refuse(p, "more than %zu %s", most, what);
    }
    if (p->at == start || *count == 0)
        return refuse(p, "expected a number of %s, at least 1", what);
    return CREASE_OK;
}

static crease_status parse_width(parser *p, size_t *width) {
    if (*p->at != ':')
        return refuse(p, "expected ':' and a number of units, as in relu:8");
    p->at++;
    return parse_count(p, CREASE_MAX_PARAMETERS, "units", width);
}

static crease_status parse_term(parser *p, crease_layer *layer) {
    const char *name = p->at;
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz");
    if (length == 6 && memcmp(name, "affine", 6) == 0) {
        if (p->affine)
            return refuse(p, "the affine path appears twice");
        if (p->layer_count > 0)
            return refuse(p, "the affine path runs from input to output: write it in the first layer");
        p->affine = true;
        p->at += length;
        return CREASE_OK;
    }
    crease_group group = {0};
    if (length == 0 || !find_activation(name, length, &group.activation))
        return refuse(
            p, "expected affine, relu, leaky, prelu, elu, gelu, silu, softplus, tanh, sigmoid or identity");
    p->at += length;
    crease_status status = parse_parameter(p, &group);
    if (status == CREASE_OK)
        status = parse_width(p, &group.width);
    if (status != CREASE_OK)
        return status;
    crease_group *grown = realloc(layer->group, (layer->group_count + 1) * sizeof *grown);
    if (!grown)
        return out_of_memory(p);
    layer->group = grown;
    layer->group[layer->group_count++] = group;
    layer->width += group.width;
    return CREASE_OK;
}

/* Appends a layer, of which it takes ownership. */
static crease_status append_layer(parser *p, crease_layer layer) {
    crease_layer *grown =
        p->layer_count < CREASE_MAX_LAYERS ? realloc(p->layer, (p->layer_count + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(layer.group);
        return p->layer_count < CREASE_MAX_LAYERS ? out_of_memory(p)
                                                  : refuse(p, "more than %zu layers", CREASE_MAX_LAYERS);
    }
    p->layer = grown;
    p->layer[p->layer_count++] = layer;
    return CREASE_OK;
}

/* Appends the last layer again. */
static crease_status repeat_layer(parser *p) {
    crease_layer copy = p->layer[p->layer_count - 1];
    size_t size = copy.group_count * sizeof *copy.group;
    const crease_group *group = copy.group;
    copy.group = malloc(size);
    if (!copy.group)
        return out_of_memory(p);
    memcpy(copy.group, group, size);
    return append_layer(p, copy);
}

static crease_status parse_terms(parser *p, crease_layer *layer) {
    crease_status status;
    while ((status = parse_term(p, layer)) == CREASE_OK && *p->at == '+')
        p->at++;
    if (status == CREASE_OK && *p->at && *p->at != '/' && *p->at != 'x')
        status = refuse(p, "expected '+', '/' or the end");
    if (status == CREASE_OK && layer->group_count == 0 && *p->at)
        status = refuse(p, "the first layer has no units: write affine+relu:8/relu:8");
    return status;
}

static crease_status parse_layer(parser *p) {
    crease_layer layer = {0};
    size_t times = 1;
    crease_status status = parse_terms(p, &layer);
    if (status == CREASE_OK && *p->at == 'x') {
        p->at++;
        status = parse_count(p, CREASE_MAX_LAYERS, "layers", &times);
        if (status == CREASE_OK && *p->at && *p->at != '/')
            status = refuse(p, "expected '/' or the end");
    }
    if (status != CREASE_OK || layer.group_count == 0) {
        free(layer.group);
        return status;
    }
    status = append_layer(p, layer);
    for (size_t i = 1; i < times && status == CREASE_OK; i++)
        status = repeat_layer(p);
    return status;
}

crease_status crease_net_parse(const char *spec, size_t inputs, size_t outputs, crease_net **net,
                               crease_error *error) {
    parser p = {.spec = spec, .at = spec, .error = error};
    *net = NULL;
    crease_status status = parse_layer(&p);
    while (status == CREASE_OK && *p.at == '/') {
        p.at++;
        status = parse_layer(&p);
    }
    if (status != CREASE_OK) {
        crease_layers_free(p.layer, p.layer_count);
        return status;
    }
    return crease_net_build(inputs, outputs, p.layer_count, p.layer, p.affine, net, error);
}

/* Appends like snprintf and counts the length even when nothing more fits. */
static void append(char *text, size_t size, size_t *length, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void append(char *text, size_t size, size_t *length, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t room = *length < size ? size - *length : 0;
    int added = vsnprintf(room ? text + *length : NULL, room, format, arguments);
    va_end(arguments);
    if (added > 0)
        *length += (size_t)added;
}

/* A parameter has at most 15 significant digits and a point, whatever the locale prints. */
static void append_decimal(char *text, size_t size, size_t *length, double value) {
    char number[32];
    snprintf(number, sizeof number, "%.*f", value < 1 ? 15 : value < 10 ? 14 : 13, value);
    for (char *c = number; *c; c++)
        if (!isdigit((unsigned char)*c))
            *c = '.';
    size_t end = strlen(number);
    while (end > 1 && number[end - 1] == '0')
        end--;
    if (number[end - 1] == '.')
        end--;
    number[end] = '\0';
    append(text, size, length, "%s", number);
}

static bool same_layers(const crease_layer *a, const crease_layer *b) {
    bool same = a->group_count == b->group_count;
    for (size_t g = 0; g < a->group_count && same; g++)
        same = a->group[g].activation == b->group[g].activation && a->group[g].width == b->group[g].width &&
               a->group[g].parameter == b->group[g].parameter;
    return same;
}

/* How often layer l comes in a row; short rows are spelt out. */
static size_t repetitions(const crease_net *net, size_t l) {
    size_t times = 1;
    while (l + times < net->layer_count && same_layers(&net->layer[l], &net->layer[l + times]))
        times++;
    return times < SHORTEST_REPETITION ? 1 : times;
}

static void append_group(char *text, size_t size, size_t *length, const crease_group *group) {
    append(text, size, length, "%s", crease_activation_name(group->activation));
    if (group->activation == CREASE_HINGE) {
        append(text, size, length, "^");
        append_decimal(text, size, length, group->parameter);
    } else if ((group->activation == CREASE_LEAKY && group->parameter != .01) ||
               (group->activation == CREASE_PRELU && group->parameter != .25)) {
        append(text, size, length, "(");
        append_decimal(text, size, length, group->parameter);
        append(text, size, length, ")");
    }
    append(text, size, length, ":%zu", group->width);
}

size_t crease_net_spec(const crease_net *net, char *text, size_t size) {
    size_t length = 0, times;
    if (size)
        text[0] = '\0';
    if (net->affine)
        append(text, size, &length, "affine");
    for (size_t l = 0; l < net->layer_count; l += times) {
        for (size_t g = 0; g < net->layer[l].group_count; g++) {
            append(text, size, &length, "%s", g > 0 || (l == 0 && net->affine) ? "+" : l > 0 ? "/" : "");
            append_group(text, size, &length, &net->layer[l].group[g]);
        }
        times = repetitions(net, l);
        if (times > 1)
            append(text, size, &length, "x%zu", times);
    }
    return length;
}
