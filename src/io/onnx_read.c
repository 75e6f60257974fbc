/* Reading ONNX: initialisers and the input are the first values of the graph, each node adds one, and what the output
 * is as a flow, with the layers that were met on the way, becomes a network. */
#include "base/input.h"
#include "base/names.h"
#include "crease/onnx.h"
#include "io/onnx_parts.h"
#include "net/shape.h"
#include <stdlib.h>
#include <string.h>

enum { most_names = 5000 };

/* ---- before the nodes ---- */

static crease_status add_initialisers(onnx_reader *r, const Onnx__GraphProto *graph) {
    if (graph->n_sparse_initializer > 0)
        return crease_onnx_refuse(r, "sparse initialisers are not read");
    for (size_t i = 0; i < graph->n_initializer; i++) {
        const Onnx__TensorProto *tensor = graph->initializer[i];
        const char *name = tensor->name ? tensor->name : "";
        onnx_shape shape;
        crease_status status = crease_onnx_tensor_shape(r, tensor, &shape);
        if (status)
            return status;
        if (crease_onnx_find(r, name)) {
            char shown[60];
            return crease_onnx_refuse(r, "there are two tensors '%s'",
                                      crease_names_show(name, strlen(name), shown, sizeof shown));
        }
        onnx_value *value = crease_onnx_add(r, name);
        if (!value)
            return CREASE_NO_MEMORY;
        value->tensor = tensor;
        value->shape = shape;
    }
    return CREASE_OK;
}

/* A dimension with a name, or an unknown first one, is the size of the batch: 1. */
static crease_status read_input_shape(const onnx_reader *r, const Onnx__ValueInfoProto *input,
                                      onnx_shape *shape) {
    const Onnx__TypeProto *type = input->type;
    if (!type || type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE || !type->tensor_type->shape)
        return crease_onnx_refuse(r, "the input of the graph does not say its shape");
    int32_t items = type->tensor_type->elem_type;
    if (items != ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT && items != ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE)
        return crease_onnx_refuse(
            r, "the input of the graph has type %d; only float (1) and double (11) are read", (int)items);
    const Onnx__TensorShapeProto *dims = type->tensor_type->shape;
    if (dims->n_dim > ONNX_MAX_RANK)
        return crease_onnx_refuse(r, "the input has %zu dimensions; at most %d are read", dims->n_dim,
                                  ONNX_MAX_RANK);
    *shape = (onnx_shape){.rank = dims->n_dim};
    for (size_t i = 0; i < dims->n_dim; i++) {
        const Onnx__TensorShapeProto__Dimension *dim = dims->dim[i];
        bool known = dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        int64_t size = known ? dim->dim_value : 0;
        if (size > 0)
            shape->dim[i] = (size_t)size;
        else if (i == 0 && dims->n_dim > 1)
            shape->dim[i] = 1;
        else
            return crease_onnx_refuse(r, "dimension %zu of the input is not known", i);
    }
    if (!crease_onnx_set_size(shape))
        return crease_onnx_refuse(r, "the input has more than %zu numbers", CREASE_MAX_PARAMETERS);
    return CREASE_OK;
}

static crease_status add_input(onnx_reader *r, const Onnx__GraphProto *graph) {
    const Onnx__ValueInfoProto *input = NULL;
    for (size_t i = 0; i < graph->n_input; i++) {
        const char *name = graph->input[i]->name;
        if (crease_onnx_find(r, name ? name : ""))
            continue; /* an initialiser, which old files list too */
        if (input)
            return crease_onnx_refuse(r, "the graph has more than one input");
        input = graph->input[i];
    }
    if (!input)
        return crease_onnx_refuse(r, "the graph has no input");
    onnx_shape shape;
    crease_status status = read_input_shape(r, input, &shape);
    if (status)
        return status;
    onnx_value *value = crease_onnx_add(r, input->name ? input->name : "");
    if (!value)
        return CREASE_NO_MEMORY;
    value->is_flow = true;
    value->shape = shape;
    value->flow = (onnx_flow){.width = shape.size};
    r->inputs = shape.size;
    return CREASE_OK;
}

/* ---- after the nodes ---- */

/* Layers with copies of the groups, for the net to own. */
static crease_layer *copy_layers(const onnx_reader *r) {
    crease_layer *layer = calloc(r->layer_count ? r->layer_count : 1, sizeof *layer);
    for (size_t l = 0; layer && l < r->layer_count; l++) {
        const onnx_flow *f = &r->layer[l];
        layer[l].width = f->width;
        layer[l].group_count = f->group_count;
        layer[l].group = calloc(f->group_count, sizeof *layer[l].group);
        if (!layer[l].group) {
            crease_layers_free(layer, l);
            return NULL;
        }
        memcpy(layer[l].group, f->group, f->group_count * sizeof *f->group);
    }
    return layer;
}

static void copy_numbers(double *target, const double *source, size_t count) {
    if (source)
        memcpy(target, source, count * sizeof *target);
}

static void fill_layer(const onnx_flow *f, const crease_layer *layer, double *theta) {
    copy_numbers(theta + layer->weights, f->weights, f->width * f->source_width);
    copy_numbers(theta + layer->biases, f->bias, f->width);
    double *slope = theta + layer->slopes;
    size_t u = 0;
    for (size_t g = 0; g < layer->group_count; g++)
        for (size_t end = u + layer->group[g].width; u < end; u++)
            if (layer->group[g].activation == CREASE_PRELU)
                *slope++ = f->slope[u];
}

static crease_status build(onnx_reader *r, const onnx_flow *out, crease_net **result) {
    bool only_affine = r->layer_count == 0;
    crease_layer *layer = copy_layers(r);
    if (!layer)
        return crease_fail(r->error, CREASE_NO_MEMORY, "%s: not enough memory to read it", r->source);
    crease_error build_error = {0};
    crease_net *net;
    crease_status status = crease_net_build(r->inputs, out->width, r->layer_count, layer,
                                            only_affine || out->affine, &net, &build_error);
    if (status)
        return crease_fail(r->error, status == CREASE_BAD_ARGUMENT ? CREASE_BAD_DATA : status, "%s: %s",
                           r->source, build_error.message);
    for (size_t l = 0; l < net->layer_count; l++)
        fill_layer(&r->layer[l], &net->layer[l], net->theta);
    copy_numbers(net->theta + net->output_biases, out->bias, out->width);
    if (!only_affine)
        copy_numbers(net->theta + net->output_weights, out->weights, out->width * out->source_width);
    if (net->affine)
        copy_numbers(net->theta + net->affine_weights, only_affine ? out->weights : out->affine,
                     out->width * r->inputs);
    copy_numbers(net->input_shift, r->in_shift, r->inputs);
    copy_numbers(net->input_scale, r->in_scale, r->inputs);
    copy_numbers(net->output_shift, out->shift, out->width);
    copy_numbers(net->output_scale, out->scale, out->width);
    *result = net;
    return CREASE_OK;
}

/* Names that the writer put into the metadata; *found when all are there. */
static void find_names(const Onnx__ModelProto *model, const char *what, const char **name, size_t count,
                       bool *found) {
    char key[60];
    *found = model->n_metadata_props >= count;
    for (size_t i = 0; i < count && *found; i++) {
        snprintf(key, sizeof key, "crease.%s.%zu", what, i);
        for (size_t k = 0; k < model->n_metadata_props && !name[i]; k++) {
            const Onnx__StringStringEntryProto *entry = model->metadata_props[k];
            if (entry->key && entry->value && strcmp(entry->key, key) == 0)
                name[i] = entry->value;
        }
        *found = name[i] != NULL;
    }
}

static crease_status read_names(const onnx_reader *r, const Onnx__ModelProto *model, crease_net *net) {
    if (model->n_metadata_props == 0 || model->n_metadata_props > most_names)
        return CREASE_OK;
    bool inputs, outputs;
    const char **name = calloc(net->inputs + net->outputs, sizeof *name);
    if (!name)
        return crease_fail(r->error, CREASE_NO_MEMORY, "%s: not enough memory for its names", r->source);
    find_names(model, "input", name, net->inputs, &inputs);
    find_names(model, "output", name + net->inputs, net->outputs, &outputs);
    crease_status status =
        crease_net_set_names(net, inputs ? name : NULL, outputs ? name + net->inputs : NULL, r->error);
    free(name);
    return status;
}

static crease_status read_graph(onnx_reader *r, const Onnx__GraphProto *graph, crease_net **net) {
    if (graph->n_node + graph->n_initializer > ONNX_MAX_VALUES)
        return crease_onnx_refuse(r, "more than %d nodes and tensors are too many", ONNX_MAX_VALUES);
    crease_status status = add_initialisers(r, graph);
    if (!status)
        status = add_input(r, graph);
    for (size_t i = 0; i < graph->n_node && !status; i++)
        status = crease_onnx_node(r, graph->node[i]);
    if (status)
        return status;
    if (graph->n_output != 1)
        return crease_onnx_refuse(r, "the graph has %zu outputs; one is read", graph->n_output);
    const char *name = graph->output[0]->name ? graph->output[0]->name : "";
    onnx_value *output = crease_onnx_find(r, name);
    char shown[60];
    if (!output || !output->is_flow)
        return crease_onnx_refuse(r, "the output '%s' does not depend on the input",
                                  crease_names_show(name, strlen(name), shown, sizeof shown));
    onnx_flow flow;
    status = crease_onnx_flow_finish(r, output, &flow);
    return status ? status : build(r, &flow, net);
}

crease_status crease_onnx_read(FILE *file, const char *source, crease_net **net, crease_error *error) {
    *net = NULL;
    source = crease_input_shown(source);
    Onnx__ModelProto *model;
    crease_status status = crease_onnx_unpack(file, source, &model, error);
    if (status)
        return status;
    crease_error why = {0};
    onnx_reader reader = {.source = source, .error = &why};
    if (model->graph)
        status = read_graph(&reader, model->graph, net);
    else
        status = crease_onnx_refuse(&reader, "it holds no graph; it is no ONNX file");
    if (!status)
        status = read_names(&reader, model, *net);
    if (status) {
        crease_net_free(*net);
        *net = NULL;
    }
    for (size_t i = 0; i < reader.pool_count; i++)
        free(reader.pool[i]);
    free(reader.pool);
    free(reader.layer);
    free(reader.value);
    onnx__model_proto__free_unpacked(model, NULL);
    /* some functions tell only that they failed; the message knows more */
    return status ? crease_fail(error, why.status, "%s", why.message) : CREASE_OK;
}

crease_status crease_onnx_load(const char *path, crease_net **net, crease_error *error) {
    *net = NULL;
    if (strcmp(path, "-") == 0)
        return crease_onnx_read(stdin, "standard input", net, error);
    FILE *file;
    crease_status status = crease_input_open(path, &file, error);
    if (status)
        return status;
    status = crease_onnx_read(file, path, net, error);
    fclose(file);
    return status;
}
