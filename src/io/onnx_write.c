/* Networks as ONNX:
 *
 *   x -> Sub, Div -> { MatMul, Add, activation } -> MatMul, Add -> Add of the affine path -> Mul, Add -> y
 *
 * The first and the last pair only where the scaling is not the identity. A layer of several groups is one such chain
 * a group, joined by Concat. A leaky slope that float32, in which LeakyRelu holds it, cannot hold is written as PRelu
 * with one slope for all units. */
#include "io/onnx_message.h"
#include "net/shape.h"

typedef struct writer {
    onnx_message m;
    const crease_net *net;
    const char *value; /* the name of what was computed last */
} writer;

static crease_status check_units(const crease_net *net, crease_error *error) {
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t g = 0; g < net->layer[l].group_count; g++) {
            crease_activation a = net->layer[l].group[g].activation;
            if (a == CREASE_GELU || a == CREASE_SILU || a == CREASE_HINGE)
                return crease_fail(
                    error, CREASE_BAD_ARGUMENT,
                    "layer %zu has %s units%s, for which ONNX has no operator; write the network as "
                    ".json or .c",
                    l + 1, crease_activation_name(a), a == CREASE_HINGE ? " with a power" : "");
        }
    return CREASE_OK;
}

static crease_status check(const crease_net *net, bool single, crease_error *error) {
    crease_status status = check_units(net, error);
    if (!status)
        status = crease_net_check_finite(net, error);
    for (size_t i = 0; i < net->inputs && single && !status; i++)
        if ((float)net->input_scale[i] == 0)
            status = crease_fail(error, CREASE_BAD_ARGUMENT,
                                 "input_scale[%zu] is %g, which float32 rounds to 0; write doubles", i,
                                 net->input_scale[i]);
    return status;
}

static bool all_are(const double *value, size_t count, double wanted) {
    for (size_t i = 0; i < count; i++)
        if (value[i] != wanted)
            return false;
    return true;
}

/* output = type(value, a tensor NAME_constant) */
static void put_elementwise(writer *w, const char *type, const char *name, const double *data, size_t count) {
    const char *tensor = crease_onnx_text(&w->m, "%s_constant", name);
    crease_onnx_put_tensor(&w->m, tensor, 0, count, data, 0, 1);
    crease_onnx_put_node(&w->m, type, w->value, tensor, name);
    w->value = name;
}

/* value = source times the transposed weights (width x fan_in), without bias when that is NULL */
static void put_affine(writer *w, const char *source, const char *name, const double *weights, size_t width,
                       size_t fan_in, const double *bias) {
    const char *tensor = crease_onnx_text(&w->m, "%s_weights", name);
    const char *product = bias ? crease_onnx_text(&w->m, "%s_product", name) : name;
    crease_onnx_put_tensor(&w->m, tensor, fan_in, width, weights, 1, fan_in);
    crease_onnx_put_node(&w->m, "MatMul", source, tensor, product);
    w->value = product;
    if (bias)
        put_elementwise(w, "Add", name, bias, width);
}

static void put_slopes(writer *w, const char *name, const double *slope, size_t rows, size_t count) {
    const char *tensor = crease_onnx_text(&w->m, "%s_slopes", name);
    crease_onnx_put_tensor(&w->m, tensor, rows, count, slope, 0, 1);
    crease_onnx_put_node(&w->m, "PRelu", w->value, tensor, name);
}

/* slope: of the group's first prelu unit */
static void put_activation(writer *w, const crease_group *group, const char *name, const double *slope) {
    static const char *const type[CREASE_ACTIVATION_COUNT] = {
        [CREASE_RELU] = "Relu", [CREASE_ELU] = "Elu",         [CREASE_SOFTPLUS] = "Softplus",
        [CREASE_TANH] = "Tanh", [CREASE_SIGMOID] = "Sigmoid",
    };
    double alpha = group->parameter;
    if (group->activation == CREASE_IDENTITY)
        return;
    if (group->activation == CREASE_PRELU) {
        put_slopes(w, name, slope, 1, group->width);
    } else if (group->activation == CREASE_LEAKY && !w->m.single && (double)(float)alpha != alpha) {
        put_slopes(w, name, &alpha, 0, 1);
    } else if (group->activation == CREASE_LEAKY) {
        Onnx__NodeProto *node = crease_onnx_put_node(&w->m, "LeakyRelu", w->value, NULL, name);
        crease_onnx_set_alpha(&w->m, node, (float)alpha);
    } else {
        crease_onnx_put_node(&w->m, type[group->activation], w->value, NULL, name);
    }
    w->value = name;
}

static void put_layer(writer *w, size_t l) {
    const crease_layer *layer = &w->net->layer[l];
    const double *weights = w->net->theta + layer->weights, *bias = w->net->theta + layer->biases,
                 *slope = w->net->theta + layer->slopes;
    const char *source = w->value;
    char **part = crease_onnx_list(&w->m, layer->group_count);
    for (size_t g = 0; g < layer->group_count && part; g++) {
        const crease_group *group = &layer->group[g];
        const char *name = layer->group_count == 1
                               ? crease_onnx_text(&w->m, "layer%zu", l + 1)
                               : crease_onnx_text(&w->m, "layer%zu_group%zu", l + 1, g + 1);
        put_affine(w, source, name, weights, group->width, layer->fan_in, bias);
        put_activation(w, group,
                       crease_onnx_text(&w->m, "%s_%s", name, crease_activation_name(group->activation)),
                       slope);
        part[g] = crease_onnx_text(&w->m, "%s", w->value);
        weights += group->width * layer->fan_in;
        bias += group->width;
        slope += group->activation == CREASE_PRELU ? group->width : 0;
    }
    if (layer->group_count == 1 || !part)
        return;
    w->value = crease_onnx_text(&w->m, "layer%zu", l + 1);
    Onnx__NodeProto *node = crease_onnx_put_node(&w->m, "Concat", part[0], NULL, w->value);
    crease_onnx_set_inputs(&w->m, node, part, layer->group_count);
    crease_onnx_set_axis(&w->m, node, 1);
}

static void put_output(writer *w, const char *input) {
    const crease_net *net = w->net;
    const double *theta = net->theta, *bias = theta + net->output_biases;
    if (net->layer_count > 0)
        put_affine(w, w->value, "output", theta + net->output_weights, net->outputs,
                   net->layer[net->layer_count - 1].width, bias);
    if (net->affine) {
        const char *main = w->value;
        put_affine(w, input, "affine_path", theta + net->affine_weights, net->outputs, net->inputs,
                   net->layer_count ? NULL : bias);
        if (net->layer_count > 0) {
            crease_onnx_put_node(&w->m, "Add", main, w->value, "sum");
            w->value = "sum";
        }
    }
    if (!all_are(net->output_scale, net->outputs, 1))
        put_elementwise(w, "Mul", "scaled_output", net->output_scale, net->outputs);
    if (!all_are(net->output_shift, net->outputs, 0))
        put_elementwise(w, "Add", "shifted_output", net->output_shift, net->outputs);
    crease_onnx_put_node(&w->m, "Identity", w->value, NULL, "y");
}

static void put_names(writer *w, const char *what, char *const *name, size_t count) {
    for (size_t i = 0; name && i < count; i++)
        crease_onnx_put_entry(&w->m, crease_onnx_text(&w->m, "crease.%s.%zu", what, i), name[i]);
}

crease_status crease_onnx_save(const crease_net *net, const char *path, crease_onnx_precision precision,
                               crease_error *error) {
    bool single = precision == CREASE_ONNX_FLOAT;
    crease_status status = check(net, single, error);
    if (status)
        return status;
    writer w = {.net = net, .value = "x"};
    crease_onnx_message_start(&w.m, single, error);
    crease_onnx_put_value(&w.m, false, "x", net->inputs);
    crease_onnx_put_value(&w.m, true, "y", net->outputs);
    if (!all_are(net->input_shift, net->inputs, 0))
        put_elementwise(&w, "Sub", "shifted_input", net->input_shift, net->inputs);
    if (!all_are(net->input_scale, net->inputs, 1))
        put_elementwise(&w, "Div", "scaled_input", net->input_scale, net->inputs);
    const char *input = w.value;
    for (size_t l = 0; l < net->layer_count; l++)
        put_layer(&w, l);
    put_output(&w, input);
    put_names(&w, "input", net->input_name, net->inputs);
    put_names(&w, "output", net->output_name, net->outputs);
    status = crease_onnx_message_save(&w.m, path);
    crease_onnx_message_clear(&w.m);
    return status;
}
