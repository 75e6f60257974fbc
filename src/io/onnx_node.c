/* Nodes of an ONNX graph by operator: onnx.ai/onnx/operators, versions up to 17. An attribute that is not known here
 * could change the meaning, so it is refused. */
#include "base/names.h"
#include "io/onnx_parts.h"
#include "net/shape.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const char *text) {
    return text ? text : "";
}

/* ---- elementwise nodes ---- */

typedef struct operands {
    onnx_value *value[3]; /* NULL where left out */
} operands;

static crease_status read_sum(onnx_reader *r, const operands *in, bool subtract, onnx_value *result) {
    onnx_value *a = in->value[0], *b = in->value[1];
    if (a->is_flow && b->is_flow) {
        if (subtract)
            return crease_onnx_refuse(r, "two values that depend on the input are subtracted");
        if (a->shape.size != b->shape.size)
            return crease_onnx_refuse(r, "values of %zu and %zu numbers are added", a->shape.size,
                                      b->shape.size);
        result->shape = a->shape;
        return crease_onnx_flow_sum(r, a, b, &result->flow);
    }
    onnx_value *flow = a->is_flow ? a : b;
    const double *constant = crease_onnx_broadcast(r, a->is_flow ? b : a, &flow->shape, &result->shape);
    if (!constant)
        return CREASE_NO_MEMORY;
    onnx_value minus;
    if (subtract && b->is_flow) { /* constant - flow */
        minus = *flow;
        crease_status status = crease_onnx_flow_negate(r, flow, &minus.flow);
        minus.is_layer = false;
        if (status)
            return status;
        flow = &minus;
        subtract = false;
    }
    return crease_onnx_flow_add(r, flow, constant, subtract, &result->flow);
}

static crease_status read_add(onnx_reader *r, const operands *in, onnx_value *result) {
    return read_sum(r, in, false, result);
}

static crease_status read_sub(onnx_reader *r, const operands *in, onnx_value *result) {
    return read_sum(r, in, true, result);
}

static crease_status read_product(onnx_reader *r, const operands *in, bool divide, onnx_value *result) {
    onnx_value *a = in->value[0], *b = in->value[1];
    if ((a->is_flow && b->is_flow) || (divide && !a->is_flow))
        return crease_onnx_refuse(r, "one operand must be a constant%s", divide ? ", the second" : "");
    onnx_value *flow = a->is_flow ? a : b;
    const double *constant = crease_onnx_broadcast(r, a->is_flow ? b : a, &flow->shape, &result->shape);
    if (!constant)
        return CREASE_NO_MEMORY;
    return divide ? crease_onnx_flow_divide(r, flow, constant, &result->flow)
                  : crease_onnx_flow_multiply(r, flow, constant, &result->flow);
}

static crease_status read_mul(onnx_reader *r, const operands *in, onnx_value *result) {
    return read_product(r, in, false, result);
}

static crease_status read_div(onnx_reader *r, const operands *in, onnx_value *result) {
    return read_product(r, in, true, result);
}

/* ---- activations ---- */

static crease_status activate(onnx_reader *r, const operands *in, crease_activation activation,
                              double parameter, const double *slope, onnx_value *result) {
    result->shape = in->value[0]->shape;
    return crease_onnx_flow_activate(r, in->value[0], activation, parameter, slope, &result->flow);
}

static crease_status read_relu(onnx_reader *r, const operands *in, onnx_value *result) {
    return activate(r, in, CREASE_RELU, 0, NULL, result);
}

static crease_status read_tanh(onnx_reader *r, const operands *in, onnx_value *result) {
    return activate(r, in, CREASE_TANH, 0, NULL, result);
}

static crease_status read_sigmoid(onnx_reader *r, const operands *in, onnx_value *result) {
    return activate(r, in, CREASE_SIGMOID, 0, NULL, result);
}

static crease_status read_softplus(onnx_reader *r, const operands *in, onnx_value *result) {
    return activate(r, in, CREASE_SOFTPLUS, 0, NULL, result);
}

static crease_status read_elu(onnx_reader *r, const operands *in, onnx_value *result) {
    double alpha = crease_onnx_float(r, "alpha", 1);
    if (alpha != 1)
        return crease_onnx_refuse(r, "alpha is %g; only 1 is read", alpha);
    return activate(r, in, CREASE_ELU, 0, NULL, result);
}

/* True where the mini-language of networks, with its 15 decimals, can write this slope. */
static bool is_short_decimal(double slope) {
    char spec[40];
    if (!(slope >= 0 && slope < 1))
        return false;
    snprintf(spec, sizeof spec, "leaky(%.15f", slope);
    for (char *c = spec + 6; *c; c++)
        if (*c < '0' || *c > '9')
            *c = '.'; /* whatever the locale */
    strcat(spec, "):1");
    crease_net *net;
    if (crease_net_parse(spec, 1, 1, &net, NULL) != CREASE_OK)
        return false;
    bool same = net->layer[0].group[0].parameter == slope;
    crease_net_free(net);
    return same;
}

/* One slope for all units: leaky if that keeps it exactly, else prelu. */
static crease_status activate_slope(onnx_reader *r, const operands *in, double slope, onnx_value *result) {
    if (!isfinite(slope))
        return crease_onnx_refuse(r, "the slope is %g; it must be finite", slope);
    if (is_short_decimal(slope))
        return activate(r, in, CREASE_LEAKY, slope, NULL, result);
    double *all = crease_onnx_numbers(r, in->value[0]->shape.size);
    for (size_t i = 0; all && i < in->value[0]->shape.size; i++)
        all[i] = slope;
    return all ? activate(r, in, CREASE_PRELU, .25, all, result) : CREASE_NO_MEMORY;
}

static crease_status read_leaky(onnx_reader *r, const operands *in, onnx_value *result) {
    return activate_slope(r, in, crease_onnx_float(r, "alpha", (double).01f), result);
}

static crease_status read_prelu(onnx_reader *r, const operands *in, onnx_value *result) {
    if (in->value[1]->is_flow)
        return crease_onnx_refuse(r, "the slopes must be constants");
    const double *data = crease_onnx_data(r, in->value[1]);
    if (data && in->value[1]->shape.size == 1 && in->value[1]->shape.rank < 2)
        return activate_slope(r, in, data[0], result);
    onnx_shape shape;
    const double *slope = data ? crease_onnx_broadcast(r, in->value[1], &in->value[0]->shape, &shape) : NULL;
    return slope ? activate(r, in, CREASE_PRELU, .25, slope, result) : CREASE_NO_MEMORY;
}

/* ---- nodes that pass on ---- */

static void pass(const operands *in, onnx_value *result) {
    const char *name = result->name;
    *result = *in->value[0];
    result->name = name;
}

static crease_status read_identity(onnx_reader *r, const operands *in, onnx_value *result) {
    (void)r;
    pass(in, result);
    return CREASE_OK;
}

static crease_status read_flatten(onnx_reader *r, const operands *in, onnx_value *result) {
    const onnx_shape *before = &in->value[0]->shape;
    int64_t axis = crease_onnx_integer(r, "axis", 1), rank = (int64_t)before->rank;
    if (axis < -rank || axis > rank)
        return crease_onnx_refuse(r, "axis %lld of a value with %zu dimensions", (long long)axis,
                                  before->rank);
    onnx_shape after = {.rank = 2, .dim = {1, 1}, .size = before->size};
    for (size_t i = 0; i < before->rank; i++)
        after.dim[(int64_t)i >= (axis < 0 ? axis + rank : axis)] *= before->dim[i];
    pass(in, result);
    result->shape = after;
    return CREASE_OK;
}

static crease_status read_reshape(onnx_reader *r, const operands *in, onnx_value *result) {
    const onnx_shape *before = &in->value[0]->shape;
    int64_t wanted[ONNX_MAX_RANK];
    size_t open = ONNX_MAX_RANK, known = 1;
    onnx_shape after = {0};
    if (in->value[1]->is_flow)
        return crease_onnx_refuse(r, "the new shape must be a constant");
    crease_status status = crease_onnx_integers(r, in->value[1], wanted, &after.rank);
    if (status)
        return status;
    bool fits = crease_onnx_integer(r, "allowzero", 0) == 0;
    for (size_t i = 0; i < after.rank && fits; i++) {
        if (wanted[i] == -1 && open == ONNX_MAX_RANK) {
            open = i;
            after.dim[i] = 1;
            continue;
        }
        fits = wanted[i] > 0 || (wanted[i] == 0 && i < before->rank);
        after.dim[i] = wanted[i] > 0 ? (size_t)wanted[i] : fits ? before->dim[i] : 0;
        fits = fits && after.dim[i] <= before->size / known;
        known *= fits ? after.dim[i] : 1;
    }
    if (fits && open < ONNX_MAX_RANK)
        after.dim[open] = before->size / known;
    if (!fits || !crease_onnx_set_size(&after) || after.size != before->size) {
        char shown[80];
        return crease_onnx_refuse(r, "the new shape does not hold the %zu numbers of shape %s", before->size,
                                  crease_onnx_print_shape(before, shown, sizeof shown));
    }
    pass(in, result);
    result->shape = after;
    return CREASE_OK;
}

static crease_status read_constant(onnx_reader *r, const operands *in, onnx_value *result) {
    (void)in;
    const Onnx__AttributeProto *value = crease_onnx_attribute(r, "value");
    if (!value || !value->t)
        return crease_onnx_refuse(r, "only a tensor in the attribute 'value' is read");
    result->is_flow = false;
    result->tensor = value->t;
    return crease_onnx_tensor_shape(r, value->t, &result->shape);
}

static crease_status read_matmul(onnx_reader *r, const operands *in, onnx_value *result) {
    if (in->value[0]->is_flow == in->value[1]->is_flow)
        return crease_onnx_refuse(r, "one operand must be a constant");
    return crease_onnx_matmul(r, in->value[0], in->value[1], result);
}

static crease_status read_gemm(onnx_reader *r, const operands *in, onnx_value *result) {
    if (in->value[0]->is_flow == in->value[1]->is_flow)
        return crease_onnx_refuse(r, "one of the first two operands must be a constant");
    return crease_onnx_gemm(r, in->value[0], in->value[1], in->value[2], result);
}

static crease_status read_conv(onnx_reader *r, const operands *in, onnx_value *result) {
    return crease_onnx_conv(r, in->value[0], in->value[1], in->value[2], result);
}

typedef struct onnx_operator {
    const char *name;
    size_t least, most; /* inputs */
    crease_status (*read)(onnx_reader *reader, const operands *in, onnx_value *result);
    const char *attributes; /* known ones, each between spaces */
} onnx_operator;

static const onnx_operator operators[] = {
    {"Add", 2, 2, read_add, ""},
    {"Constant", 0, 0, read_constant, " value "},
    {"Conv", 2, 3, read_conv, " auto_pad dilations group kernel_shape pads strides "},
    {"Div", 2, 2, read_div, ""},
    {"Elu", 1, 1, read_elu, " alpha "},
    {"Flatten", 1, 1, read_flatten, " axis "},
    {"Gemm", 2, 3, read_gemm, " alpha beta transA transB "},
    {"Identity", 1, 1, read_identity, ""},
    {"LeakyRelu", 1, 1, read_leaky, " alpha "},
    {"MatMul", 2, 2, read_matmul, ""},
    {"Mul", 2, 2, read_mul, ""},
    {"PRelu", 2, 2, read_prelu, ""},
    {"Relu", 1, 1, read_relu, ""},
    {"Reshape", 2, 2, read_reshape, " allowzero "},
    {"Sigmoid", 1, 1, read_sigmoid, ""},
    {"Softplus", 1, 1, read_softplus, ""},
    {"Sub", 2, 2, read_sub, ""},
    {"Tanh", 1, 1, read_tanh, ""},
};

/* ---- Concat, the only one with many operands ---- */

static crease_status read_concat(onnx_reader *r, onnx_value *const *value, size_t count, onnx_value *result) {
    const onnx_shape *first = &value[0]->shape;
    int64_t axis = crease_onnx_integer(r, "axis", 0), rank = (int64_t)first->rank;
    if (axis < -rank || axis >= rank)
        return crease_onnx_refuse(r, "axis %lld of a value with %zu dimensions", (long long)axis,
                                  first->rank);
    size_t at = (size_t)(axis < 0 ? axis + rank : axis);
    result->shape = *first;
    result->shape.dim[at] = 0;
    for (size_t i = 0; i < count; i++) {
        const onnx_shape *shape = &value[i]->shape;
        if (!value[i]->is_flow)
            return crease_onnx_refuse(r, "a constant is joined to values that depend on the input");
        if (shape->rank != first->rank || shape->dim[at] != shape->size)
            return crease_onnx_refuse(r, "the parts must be vectors that are joined along their length");
        result->shape.dim[at] += shape->size;
    }
    if (!crease_onnx_set_size(&result->shape))
        return crease_onnx_refuse(r, "more than %zu numbers are joined", CREASE_MAX_PARAMETERS);
    return crease_onnx_flow_concat(r, value, count, &result->flow);
}

/* ---- any node ---- */

static crease_status find_input(const onnx_reader *r, const char *name, onnx_value **value) {
    char shown[60];
    *value = crease_onnx_find(r, name);
    if (!*value)
        return crease_onnx_refuse(r, "its input '%s' is not made by any node above",
                                  crease_names_show(name, strlen(name), shown, sizeof shown));
    return CREASE_OK;
}

static crease_status check_attributes(const onnx_reader *r, const char *known) {
    for (size_t i = 0; i < r->node->n_attribute; i++) {
        const char *name = text_of(r->node->attribute[i]->name);
        char shown[60], spaced[60];
        snprintf(spaced, sizeof spaced, " %s ", name);
        if (!strstr(known, spaced) || r->node->attribute[i]->ref_attr_name)
            return crease_onnx_refuse(r, "its attribute '%s' is not known here",
                                      crease_names_show(name, strlen(name), shown, sizeof shown));
    }
    return CREASE_OK;
}

static crease_status run_concat(onnx_reader *r, const Onnx__NodeProto *node, onnx_value *result) {
    if (node->n_input == 0)
        return crease_onnx_refuse(r, "it has no inputs");
    onnx_value **value = calloc(node->n_input, sizeof *value);
    crease_status status = value ? check_attributes(r, " axis ")
                                 : crease_onnx_refuse(r, "not enough memory for %zu inputs", node->n_input);
    for (size_t i = 0; i < node->n_input && !status; i++)
        status = find_input(r, text_of(node->input[i]), &value[i]);
    if (!status)
        status = read_concat(r, value, node->n_input, result);
    free(value);
    return status;
}

static crease_status run(onnx_reader *r, const Onnx__NodeProto *node, onnx_value *result) {
    const char *type = text_of(node->op_type), *domain = text_of(node->domain);
    const onnx_operator *found = NULL;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strcmp(operators[i].name, type) == 0)
            found = &operators[i];
    if (*domain && strcmp(domain, "ai.onnx") != 0)
        return crease_onnx_refuse(r, "its operator is not one of ONNX itself");
    if (strcmp(type, "Concat") == 0)
        return run_concat(r, node, result);
    if (!found)
        return crease_onnx_refuse(r, "this operator is not read; crease reads chains of layers with Relu, "
                                     "LeakyRelu, PRelu, Elu, Softplus, Tanh and Sigmoid");
    if (node->n_input < found->least || node->n_input > found->most)
        return crease_onnx_refuse(r, "it has %zu inputs", node->n_input);
    crease_status status = check_attributes(r, found->attributes);
    operands in = {{NULL}};
    for (size_t i = 0; i < node->n_input && !status; i++) {
        const char *name = text_of(node->input[i]);
        if (*name || i < found->least)
            status = find_input(r, name, &in.value[i]);
    }
    if (status)
        return status;
    bool any_flow = found->least == 0 || strcmp(type, "Identity") == 0;
    for (size_t i = 0; i < 2 && i < found->least; i++)
        any_flow = any_flow || in.value[i]->is_flow;
    if (!any_flow || (found->least == 1 && !in.value[0]->is_flow && strcmp(type, "Identity") != 0))
        return crease_onnx_refuse(
            r, "a node whose inputs are all constants is not worked out; simplify the model");
    return found->read(r, &in, result);
}

crease_status crease_onnx_node(onnx_reader *r, const Onnx__NodeProto *node) {
    r->node = node;
    if (node->n_output != 1)
        return crease_onnx_refuse(r, "it has %zu outputs; nodes with one are read", node->n_output);
    onnx_value made = {.name = text_of(node->output[0]), .is_flow = true};
    if (crease_onnx_find(r, made.name))
        return crease_onnx_refuse(r, "its output has the name of another value");
    crease_status status = run(r, node, &made);
    if (status)
        return status;
    onnx_value *added = crease_onnx_add(r, made.name);
    if (!added)
        return CREASE_NO_MEMORY;
    *added = made;
    r->node = NULL;
    return CREASE_OK;
}
