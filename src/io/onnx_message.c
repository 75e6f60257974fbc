/* The message of an ONNX file, part by part, through protobuf-c. IR version 7 with version 13 of the operators, which
 * are as old as what is written allows, so that old runtimes read it. */
#include "io/onnx_message.h"
#include "crease/crease.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { ir_version = 7, operators_version = 13 };

static void *no_memory(onnx_message *m) {
    if (!m->status)
        m->status = crease_fail(m->error, CREASE_NO_MEMORY, "not enough memory to write a network as ONNX");
    return NULL;
}

static void *take(onnx_message *m, size_t count, size_t size) {
    if (m->status)
        return NULL;
    if (m->pool_count == m->pool_room) {
        size_t room = m->pool_room ? 2 * m->pool_room : 64;
        void **grown = realloc(m->pool, room * sizeof *grown);
        if (!grown)
            return no_memory(m);
        m->pool = grown;
        m->pool_room = room;
    }
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        return no_memory(m);
    return m->pool[m->pool_count++] = memory;
}

/* One more pointer in an array of them, which does not lie in the pool. */
static void append(onnx_message *m, void *array, size_t *count, size_t *room, void *item) {
    void ***at = array;
    if (m->status || !item)
        return;
    if (*count == *room) {
        size_t wanted = *room ? 2 * *room : 32;
        void **grown = realloc(*at, wanted * sizeof *grown);
        if (!grown) {
            no_memory(m);
            return;
        }
        *at = grown;
        *room = wanted;
    }
    (*at)[(*count)++] = item;
}

void crease_onnx_message_start(onnx_message *m, bool single, crease_error *error) {
    *m = (onnx_message){.single = single, .error = error};
    onnx__graph_proto__init(&m->graph);
    onnx__model_proto__init(&m->model);
    m->graph.name = crease_onnx_text(m, "network");
    m->model.graph = &m->graph;
    m->model.has_ir_version = true;
    m->model.ir_version = ir_version;
    m->model.producer_name = crease_onnx_text(m, "crease");
    m->model.producer_version = crease_onnx_text(m, "%s", CREASE_VERSION);
    Onnx__OperatorSetIdProto *set = take(m, 1, sizeof *set);
    m->model.opset_import = take(m, 1, sizeof *m->model.opset_import);
    if (m->status)
        return;
    onnx__operator_set_id_proto__init(set);
    set->domain = crease_onnx_text(m, "%s", "");
    set->has_version = true;
    set->version = operators_version;
    m->model.opset_import[0] = set;
    m->model.n_opset_import = 1;
}

void crease_onnx_message_clear(onnx_message *m) {
    for (size_t i = 0; i < m->pool_count; i++)
        free(m->pool[i]);
    free(m->pool);
    free(m->graph.node);
    free(m->graph.initializer);
    free(m->model.metadata_props);
}

char *crease_onnx_text(onnx_message *m, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = take(m, (size_t)length + 1, 1);
    if (!text)
        return m->empty;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

char **crease_onnx_list(onnx_message *m, size_t count) {
    return take(m, count, sizeof(char *));
}

/* Little-endian, whatever this machine is. */
static void put_number(onnx_message *m, uint8_t *target, double value) {
    uint64_t bits = 0;
    if (m->single) {
        float rounded = (float)value;
        uint32_t half;
        memcpy(&half, &rounded, sizeof half);
        bits = half;
        if (!isfinite(rounded) && !m->status)
            m->status = crease_fail(m->error, CREASE_BAD_ARGUMENT,
                                    "the weight %g is beyond the range of float32; write doubles", value);
    } else {
        memcpy(&bits, &value, sizeof bits);
    }
    for (size_t i = 0; i < (m->single ? 4 : 8); i++)
        target[i] = (uint8_t)(bits >> 8 * i);
}

void crease_onnx_put_tensor(onnx_message *m, const char *name, size_t rows, size_t columns,
                            const double *data, size_t row_step, size_t step) {
    size_t count = (rows ? rows : 1) * columns, size = m->single ? 4 : 8;
    Onnx__TensorProto *tensor = take(m, 1, sizeof *tensor);
    int64_t *dims = take(m, 2, sizeof *dims);
    uint8_t *raw = take(m, count, size);
    if (m->status)
        return;
    onnx__tensor_proto__init(tensor);
    tensor->name = crease_onnx_text(m, "%s", name);
    tensor->n_dims = rows ? 2 : 1;
    dims[0] = (int64_t)(rows ? rows : columns);
    dims[1] = (int64_t)columns;
    tensor->dims = dims;
    tensor->has_data_type = true;
    tensor->data_type =
        m->single ? ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT : ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE;
    tensor->has_raw_data = true;
    tensor->raw_data = (ProtobufCBinaryData){.len = count * size, .data = raw};
    for (size_t i = 0; i < count; i++)
        put_number(m, raw + i * size, data[i / columns * row_step + i % columns * step]);
    append(m, &m->graph.initializer, &m->graph.n_initializer, &m->tensor_room, tensor);
}

Onnx__NodeProto *crease_onnx_put_node(onnx_message *m, const char *type, const char *a, const char *b,
                                      const char *output) {
    Onnx__NodeProto *node = take(m, 1, sizeof *node);
    char **name = take(m, 3, sizeof *name);
    if (m->status)
        return NULL;
    onnx__node_proto__init(node);
    name[0] = crease_onnx_text(m, "%s", a);
    name[1] = b ? crease_onnx_text(m, "%s", b) : NULL;
    name[2] = crease_onnx_text(m, "%s", output);
    node->input = name;
    node->n_input = b ? 2 : 1;
    node->output = name + 2;
    node->n_output = 1;
    node->name = name[2];
    node->op_type = crease_onnx_text(m, "%s", type);
    append(m, &m->graph.node, &m->graph.n_node, &m->node_room, node);
    return node;
}

void crease_onnx_set_inputs(onnx_message *m, Onnx__NodeProto *node, char **input, size_t count) {
    char **copy = take(m, count, sizeof *copy);
    if (m->status)
        return;
    memcpy(copy, input, count * sizeof *copy);
    node->input = copy;
    node->n_input = count;
}

static Onnx__AttributeProto *put_attribute(onnx_message *m, Onnx__NodeProto *node, const char *name,
                                           Onnx__AttributeProto__AttributeType type) {
    Onnx__AttributeProto *attribute = take(m, 1, sizeof *attribute), **list = take(m, 1, sizeof *list);
    if (m->status)
        return NULL;
    onnx__attribute_proto__init(attribute);
    attribute->name = crease_onnx_text(m, "%s", name);
    attribute->has_type = true;
    attribute->type = type;
    list[0] = attribute;
    node->attribute = list;
    node->n_attribute = 1;
    return attribute;
}

void crease_onnx_set_axis(onnx_message *m, Onnx__NodeProto *node, int64_t axis) {
    Onnx__AttributeProto *attribute =
        put_attribute(m, node, "axis", ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
    if (attribute) {
        attribute->has_i = true;
        attribute->i = axis;
    }
}

void crease_onnx_set_alpha(onnx_message *m, Onnx__NodeProto *node, float alpha) {
    Onnx__AttributeProto *attribute =
        put_attribute(m, node, "alpha", ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
    if (attribute) {
        attribute->has_f = true;
        attribute->f = alpha;
    }
}

void crease_onnx_put_value(onnx_message *m, bool output, const char *name, size_t size) {
    struct parts {
        Onnx__ValueInfoProto info, *list[1];
        Onnx__TypeProto type;
        Onnx__TypeProto__Tensor tensor;
        Onnx__TensorShapeProto shape;
        Onnx__TensorShapeProto__Dimension dim[2], *dims[2];
    } *p = take(m, 1, sizeof *p);
    if (!p)
        return;
    onnx__value_info_proto__init(&p->info);
    onnx__type_proto__init(&p->type);
    onnx__type_proto__tensor__init(&p->tensor);
    onnx__tensor_shape_proto__init(&p->shape);
    for (size_t i = 0; i < 2; i++) {
        onnx__tensor_shape_proto__dimension__init(&p->dim[i]);
        p->dims[i] = &p->dim[i];
    }
    p->dim[0].value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    p->dim[0].dim_param = crease_onnx_text(m, "N");
    p->dim[1].value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    p->dim[1].dim_value = (int64_t)size;
    p->shape.n_dim = 2;
    p->shape.dim = p->dims;
    p->tensor.has_elem_type = true;
    p->tensor.elem_type =
        m->single ? ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT : ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE;
    p->tensor.shape = &p->shape;
    p->type.value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    p->type.tensor_type = &p->tensor;
    p->info.name = crease_onnx_text(m, "%s", name);
    p->info.type = &p->type;
    p->list[0] = &p->info;
    *(output ? &m->graph.output : &m->graph.input) = p->list;
    *(output ? &m->graph.n_output : &m->graph.n_input) = 1;
}

void crease_onnx_put_entry(onnx_message *m, const char *key, const char *value) {
    Onnx__StringStringEntryProto *entry = take(m, 1, sizeof *entry);
    if (!entry)
        return;
    onnx__string_string_entry_proto__init(entry);
    entry->key = crease_onnx_text(m, "%s", key);
    entry->value = crease_onnx_text(m, "%s", value);
    append(m, &m->model.metadata_props, &m->model.n_metadata_props, &m->entry_room, entry);
}

crease_status crease_onnx_message_save(onnx_message *m, const char *path) {
    size_t size = m->status ? 0 : onnx__model_proto__get_packed_size(&m->model);
    uint8_t *packed = take(m, size, 1);
    if (m->status)
        return m->status;
    onnx__model_proto__pack(&m->model, packed);
    crease_file file;
    crease_status status = crease_file_create(&file, path, m->error);
    if (status)
        return status;
    if (fwrite(packed, 1, size, file.stream) != size) {
        crease_file_discard(&file);
        return crease_fail(m->error, CREASE_CANNOT_WRITE, "%s: could not be written in full", path);
    }
    return crease_file_commit(&file, m->error);
}
