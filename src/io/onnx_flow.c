/* Flows: what a value of an ONNX graph is as a function of the last hidden layer and the input.
 *
 * An affine function W v + b that meets another one is not multiplied out, which would round: it becomes a layer of
 * identity units. So does what an activation was applied to, as soon as anything else follows: every value that
 * becomes a layer must be a function of the last layer, so that the layers are a chain. */
#include "io/onnx_parts.h"
#include "net/shape.h"
#include <stdlib.h>
#include <string.h>

static bool is_plain(const onnx_flow *f) {
    return !f->weights && !f->bias && !f->affine && !f->scale && !f->shift && !f->group;
}

static double *identity(onnx_reader *r, size_t n) {
    double *matrix = crease_onnx_numbers(r, n > CREASE_MAX_PARAMETERS / n ? SIZE_MAX : n * n);
    for (size_t i = 0; matrix && i < n; i++)
        matrix[i * n + i] = 1;
    return matrix;
}

static double *diagonal(onnx_reader *r, size_t n, const double *value) {
    double *matrix = identity(r, n);
    for (size_t i = 0; matrix && i < n; i++)
        matrix[i * n + i] = value[i];
    return matrix;
}

/* Weights are about to be applied to a plain flow: those of the input must all see it the same way. */
static crease_status use(onnx_reader *r, const onnx_flow *f) {
    if (f->source != 0)
        return CREASE_OK;
    if (!r->input_used) {
        r->input_used = true;
        r->in_shift = f->in_shift;
        r->in_scale = f->in_scale;
    }
    if (r->in_shift != f->in_shift || r->in_scale != f->in_scale)
        return crease_onnx_refuse(r, "the input is used both before and after it is shifted or scaled");
    return CREASE_OK;
}

/* weights v of a plain flow */
static crease_status apply(onnx_reader *r, const onnx_flow *plain, const double *weights, size_t width,
                           onnx_flow *result) {
    crease_status status = use(r, plain);
    if (status)
        return status;
    *result = (onnx_flow){
        .source = plain->source, .source_width = plain->width, .width = width, .weights = weights};
    return weights ? CREASE_OK : CREASE_NO_MEMORY;
}

static crease_status push_layer(onnx_reader *r, onnx_flow layer) {
    if (layer.affine)
        return crease_onnx_refuse(r,
                                  "the sum of a function of the input and one of a layer must be the output");
    if (layer.source != r->layer_count)
        return crease_onnx_refuse(r,
                                  "the graph branches: this continues layer %zu, but layer %zu is the last; "
                                  "only a chain of layers is read",
                                  layer.source, r->layer_count);
    if (r->layer_count == r->layer_room) {
        size_t room = r->layer_room ? 2 * r->layer_room : 16;
        onnx_flow *grown = realloc(r->layer, room * sizeof *grown);
        if (!grown)
            return crease_onnx_refuse(r, "not enough memory for %zu layers", room);
        r->layer = grown;
        r->layer_room = room;
    }
    if (!layer.group) {
        layer.group = crease_onnx_groups(r, 1);
        if (!layer.group)
            return CREASE_NO_MEMORY;
        layer.group[0] = (crease_group){.activation = CREASE_IDENTITY, .width = layer.width};
        layer.group_count = 1;
    }
    r->layer[r->layer_count++] = layer;
    return CREASE_OK;
}

/* An affine flow without scale and shift, of the same value: what is scaled becomes a layer first. */
static crease_status settle(onnx_reader *r, const onnx_flow *f, onnx_flow *result) {
    if (!f->scale && !f->shift) {
        *result = *f;
        return CREASE_OK;
    }
    onnx_flow inner = *f;
    inner.scale = inner.shift = NULL;
    crease_status status = push_layer(r, inner);
    if (status)
        return status;
    onnx_flow outer = {
        .source = r->layer_count, .source_width = f->width, .width = f->width, .bias = f->shift};
    outer.weights = f->scale ? diagonal(r, f->width, f->scale) : identity(r, f->width);
    *result = outer;
    return outer.weights ? CREASE_OK : CREASE_NO_MEMORY;
}

/* The value as the plain flow of a layer, which it becomes if it is none yet. */
static crease_status plain(onnx_reader *r, onnx_value *value, onnx_flow *result) {
    onnx_flow f = value->flow;
    if (is_plain(&f)) {
        *result = f;
        return CREASE_OK;
    }
    if (!value->is_layer) {
        crease_status status = settle(r, &value->flow, &f);
        if (!status)
            status = push_layer(r, f);
        if (status)
            return status;
        value->is_layer = true;
        value->layer = r->layer_count;
    }
    *result = (onnx_flow){.source = value->layer, .width = f.width};
    return CREASE_OK;
}

/* The value as an affine function, with weights and without phi. */
static crease_status affine(onnx_reader *r, onnx_value *value, onnx_flow *result) {
    if (!is_plain(&value->flow) && !value->flow.group && !value->is_layer) {
        *result = value->flow;
        return CREASE_OK;
    }
    onnx_flow before;
    crease_status status = plain(r, value, &before);
    return status ? status : apply(r, &before, identity(r, before.width), before.width, result);
}

static const double *negated(onnx_reader *r, const double *value, size_t count) {
    double *negative = value ? crease_onnx_numbers(r, count) : NULL;
    for (size_t i = 0; negative && i < count; i++)
        negative[i] = -value[i];
    return negative;
}

crease_status crease_onnx_flow_add(onnx_reader *r, onnx_value *value, const double *constant, bool negate,
                                   onnx_flow *result) {
    onnx_flow f = value->flow;
    bool at_input = is_plain(&f) && f.source == 0 && !f.in_shift && !f.in_scale;
    if (negate != at_input)
        constant = negated(r, constant, f.width);
    if (!constant)
        return CREASE_NO_MEMORY;
    if (at_input) { /* x - constant */
        f.in_shift = constant;
        *result = f;
        return CREASE_OK;
    }
    crease_status status = affine(r, value, &f);
    if (!status && f.shift) {
        onnx_flow before;
        status = plain(r, value, &before);
        if (!status)
            status = apply(r, &before, identity(r, before.width), before.width, &f);
    }
    if (status)
        return status;
    if (!f.bias && !f.scale)
        f.bias = constant;
    else
        f.shift = constant;
    *result = f;
    return CREASE_OK;
}

crease_status crease_onnx_flow_negate(onnx_reader *r, onnx_value *value, onnx_flow *result) {
    onnx_flow f;
    crease_status status = affine(r, value, &f);
    if (!status)
        status = settle(r, &f, &f);
    if (status)
        return status;
    size_t bias = f.bias ? f.width : 0, path = f.affine ? f.width * r->inputs : 0;
    f.weights = negated(r, f.weights, f.width * f.source_width);
    f.bias = negated(r, f.bias, bias);
    f.affine = negated(r, f.affine, path);
    *result = f;
    return f.weights && (!bias || f.bias) && (!path || f.affine) ? CREASE_OK : CREASE_NO_MEMORY;
}

static bool all_positive(const double *value, size_t count) {
    bool positive = true;
    for (size_t i = 0; i < count; i++)
        positive = positive && value[i] > 0;
    return positive;
}

crease_status crease_onnx_flow_multiply(onnx_reader *r, onnx_value *value, const double *constant,
                                        onnx_flow *result) {
    const onnx_flow *f = &value->flow;
    if (f->weights && !f->group && !value->is_layer && !f->scale && !f->shift &&
        all_positive(constant, f->width)) {
        *result = *f;
        result->scale = constant;
        return CREASE_OK;
    }
    onnx_flow before;
    crease_status status = plain(r, value, &before);
    return status ? status : apply(r, &before, diagonal(r, before.width, constant), before.width, result);
}

crease_status crease_onnx_flow_divide(onnx_reader *r, onnx_value *value, const double *constant,
                                      onnx_flow *result) {
    onnx_flow f = value->flow;
    if (!is_plain(&f) || f.source != 0 || f.in_scale || !all_positive(constant, f.width))
        return crease_onnx_refuse(r, "a division is read only of the network's input by numbers above 0");
    f.in_scale = constant;
    *result = f;
    return CREASE_OK;
}

crease_status crease_onnx_flow_map(onnx_reader *r, onnx_value *value, const double *matrix, size_t width,
                                   onnx_flow *result) {
    onnx_flow before;
    crease_status status = plain(r, value, &before);
    return status ? status : apply(r, &before, matrix, width, result);
}

crease_status crease_onnx_flow_activate(onnx_reader *r, onnx_value *value, crease_activation activation,
                                        double parameter, const double *slope, onnx_flow *result) {
    onnx_flow f;
    crease_status status = affine(r, value, &f);
    if (!status)
        status = settle(r, &f, &f);
    if (!status && f.affine)
        status =
            crease_onnx_refuse(r, "the sum of a function of the input and one of a layer must be the output");
    if (status)
        return status;
    f.group = crease_onnx_groups(r, 1);
    if (!f.group)
        return CREASE_NO_MEMORY;
    f.group[0] = (crease_group){.activation = activation, .parameter = parameter, .width = f.width};
    f.group_count = 1;
    f.slope = slope;
    *result = f;
    return CREASE_OK;
}

crease_status crease_onnx_flow_sum(onnx_reader *r, onnx_value *a, onnx_value *b, onnx_flow *result) {
    onnx_flow path, main;
    bool a_is_path = a->flow.source == 0 && !a->flow.group && !a->is_layer;
    crease_status status = affine(r, a_is_path ? a : b, &path);
    if (!status)
        status = affine(r, a_is_path ? b : a, &main);
    if (status)
        return status;
    if (path.source != 0 || main.source == 0 || main.affine || path.affine || path.scale || path.shift ||
        main.scale || main.shift || (path.bias && main.bias) || path.width != main.width)
        return crease_onnx_refuse(
            r, "two values that depend on the input are added; that is read only of an affine "
               "function of the last layer and one of the input");
    main.affine = path.weights;
    main.bias = main.bias ? main.bias : path.bias;
    *result = main;
    return CREASE_OK;
}

static bool can_join(const onnx_flow *a, const onnx_flow *b) {
    return a->source == b->source && !b->affine && !b->scale && !b->shift;
}

static void append(const onnx_flow *part, size_t at, size_t group_at, onnx_flow *whole, double *weights,
                   double *bias, double *slope) {
    memcpy(weights + at * part->source_width, part->weights,
           part->width * part->source_width * sizeof *weights);
    if (part->bias)
        memcpy(bias + at, part->bias, part->width * sizeof *bias);
    if (part->slope)
        memcpy(slope + at, part->slope, part->width * sizeof *slope);
    if (part->group)
        memcpy(whole->group + group_at, part->group, part->group_count * sizeof *part->group);
    else
        whole->group[group_at] = (crease_group){.activation = CREASE_IDENTITY, .width = part->width};
}

crease_status crease_onnx_flow_concat(onnx_reader *r, onnx_value *const *value, size_t count,
                                      onnx_flow *result) {
    size_t width = 0, groups = 0;
    onnx_flow *part = calloc(count, sizeof *part);
    crease_status status = part ? CREASE_OK : crease_onnx_refuse(r, "not enough memory for %zu parts", count);
    for (size_t i = 0; i < count && !status; i++) {
        if (value[i]->flow.group && !value[i]->is_layer)
            part[i] = value[i]->flow;
        else
            status = affine(r, value[i], &part[i]);
        if (!status && !can_join(&part[0], &part[i]))
            status = crease_onnx_refuse(r, "the parts that are joined are not functions of the same layer");
        width += part[i].width;
        groups += part[i].group ? part[i].group_count : 1;
    }
    if (status)
        goto done;
    onnx_flow whole = part[0];
    size_t fan_in = whole.source_width;
    double *weights =
        crease_onnx_numbers(r, width > CREASE_MAX_PARAMETERS / fan_in ? SIZE_MAX : width * fan_in);
    double *bias = crease_onnx_numbers(r, width), *slope = crease_onnx_numbers(r, width);
    whole.group = crease_onnx_groups(r, groups);
    if (!weights || !bias || !slope || !whole.group) {
        status = CREASE_NO_MEMORY;
        goto done;
    }
    size_t at = 0, group_at = 0;
    bool phi = false;
    for (size_t i = 0; i < count; i++) {
        append(&part[i], at, group_at, &whole, weights, bias, slope);
        at += part[i].width;
        group_at += part[i].group ? part[i].group_count : 1;
        phi = phi || part[i].group;
    }
    whole.weights = weights;
    whole.bias = bias;
    whole.slope = slope;
    whole.width = width;
    whole.group_count = groups;
    if (!phi)
        whole.group = NULL;
    *result = whole;
done:
    free(part);
    return status;
}

crease_status crease_onnx_flow_finish(onnx_reader *r, onnx_value *value, onnx_flow *result) {
    onnx_flow f;
    crease_status status = affine(r, value, &f);
    if (!status && f.source != r->layer_count)
        status = crease_onnx_refuse(r, "the output depends on layer %zu, but the graph has %zu", f.source,
                                    r->layer_count);
    *result = f;
    return status;
}
