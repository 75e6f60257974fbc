/* Constants of an ONNX graph: their shapes, and their numbers from whichever field holds them. */
#include "base/names.h"
#include "io/onnx_parts.h"
#include "net/shape.h"
#include <math.h>
#include <string.h>

bool crease_onnx_set_size(onnx_shape *shape) {
    shape->size = 1;
    for (size_t i = 0; i < shape->rank; i++) {
        if (shape->dim[i] == 0 || shape->dim[i] > CREASE_MAX_PARAMETERS / shape->size)
            return false;
        shape->size *= shape->dim[i];
    }
    return true;
}

const char *crease_onnx_print_shape(const onnx_shape *shape, char *text, size_t size) {
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < shape->rank && length < size; i++)
        length += (size_t)snprintf(text + length, size - length, "%s%zu", i ? "," : "[", shape->dim[i]);
    if (length < size)
        snprintf(text + length, size - length, shape->rank ? "]" : "[]");
    return text;
}

static const char *show_name(const Onnx__TensorProto *t, char *text, size_t size) {
    const char *name = t->name ? t->name : "";
    return crease_names_show(name, strlen(name), text, size);
}

static size_t item_size(int32_t type) {
    switch (type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
        return 4;
    case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE:
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT64:
        return 8;
    default:
        return 0;
    }
}

static size_t typed_count(const Onnx__TensorProto *t) {
    return t->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT    ? t->n_float_data
           : t->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE ? t->n_double_data
                                                                   : t->n_int64_data;
}

crease_status crease_onnx_tensor_shape(const onnx_reader *r, const Onnx__TensorProto *t, onnx_shape *shape) {
    char name[60];
    show_name(t, name, sizeof name);
    if (t->n_external_data > 0 || t->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL)
        return crease_onnx_refuse(r, "the numbers of tensor '%s' lie in another file; save them in this one",
                                  name);
    size_t size = item_size(t->data_type);
    if (size == 0 || t->segment)
        return crease_onnx_refuse(
            r, "tensor '%s' has type %d; only float (1), double (11) and int64 (7) are read", name,
            (int)t->data_type);
    if (t->n_dims > ONNX_MAX_RANK)
        return crease_onnx_refuse(r, "tensor '%s' has %zu dimensions; at most %d are read", name, t->n_dims,
                                  ONNX_MAX_RANK);
    shape->rank = t->n_dims;
    for (size_t i = 0; i < t->n_dims; i++)
        shape->dim[i] = t->dims[i] > 0 ? (size_t)t->dims[i] : 0;
    if (!crease_onnx_set_size(shape))
        return crease_onnx_refuse(r, "tensor '%s' is empty or has more than %zu numbers", name,
                                  CREASE_MAX_PARAMETERS);
    size_t held = t->has_raw_data ? t->raw_data.len / size : typed_count(t);
    if (held != shape->size || (t->has_raw_data && t->raw_data.len % size != 0))
        return crease_onnx_refuse(r, "tensor '%s' must hold %zu numbers for its shape, but holds %zu", name,
                                  shape->size, held);
    return CREASE_OK;
}

/* Little-endian, whatever this machine is. */
static uint64_t bits_at(const uint8_t *data, size_t size) {
    uint64_t bits = 0;
    for (size_t i = size; i > 0; i--)
        bits = bits << 8 | data[i - 1];
    return bits;
}

static double number_at(const Onnx__TensorProto *t, size_t i) {
    if (t->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT) {
        float single;
        if (!t->has_raw_data)
            return (double)t->float_data[i];
        uint32_t bits = (uint32_t)bits_at(t->raw_data.data + 4 * i, 4);
        memcpy(&single, &bits, sizeof single);
        return (double)single;
    }
    double value;
    if (!t->has_raw_data)
        return t->double_data[i];
    uint64_t bits = bits_at(t->raw_data.data + 8 * i, 8);
    memcpy(&value, &bits, sizeof value);
    return value;
}

const double *crease_onnx_data(onnx_reader *r, onnx_value *constant) {
    const Onnx__TensorProto *t = constant->tensor;
    char name[60];
    if (constant->data)
        return constant->data;
    show_name(t, name, sizeof name);
    if (t->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__INT64) {
        crease_onnx_refuse(r, "tensor '%s' holds whole numbers where weights belong", name);
        return NULL;
    }
    double *data = crease_onnx_numbers(r, constant->shape.size);
    for (size_t i = 0; data && i < constant->shape.size; i++) {
        data[i] = number_at(t, i);
        if (!isfinite(data[i])) {
            crease_onnx_refuse(r, "number %zu of tensor '%s' is %g; all must be finite", i, name, data[i]);
            return NULL;
        }
    }
    return constant->data = data;
}

crease_status crease_onnx_integers(const onnx_reader *r, const onnx_value *constant, int64_t *value,
                                   size_t *count) {
    const Onnx__TensorProto *t = constant->tensor;
    if (t->data_type != ONNX__TENSOR_PROTO__DATA_TYPE__INT64 || constant->shape.rank != 1 ||
        constant->shape.size > ONNX_MAX_RANK)
        return crease_onnx_refuse(r, "the new shape must be a vector of at most %d int64 numbers",
                                  ONNX_MAX_RANK);
    *count = constant->shape.size;
    for (size_t i = 0; i < *count; i++)
        value[i] = t->has_raw_data ? (int64_t)bits_at(t->raw_data.data + 8 * i, 8) : t->int64_data[i];
    return CREASE_OK;
}

/* Dimension `from_last` of a shape, 1 beyond its rank. */
static size_t dim_from_last(const onnx_shape *shape, size_t from_last) {
    return from_last < shape->rank ? shape->dim[shape->rank - 1 - from_last] : 1;
}

static bool broadcast_shape(const onnx_shape *constant, const onnx_shape *flow, onnx_shape *result) {
    *result = (onnx_shape){.rank = flow->rank > constant->rank ? flow->rank : constant->rank};
    for (size_t i = 0; i < result->rank; i++) {
        size_t c = dim_from_last(constant, i), f = dim_from_last(flow, i);
        if (c != f && c != 1)
            return false; /* the flow would be repeated, or nothing fits */
        result->dim[result->rank - 1 - i] = f;
    }
    result->size = flow->size;
    return true;
}

const double *crease_onnx_broadcast(onnx_reader *r, onnx_value *constant, const onnx_shape *flow,
                                    onnx_shape *result) {
    const double *data = crease_onnx_data(r, constant);
    if (!data)
        return NULL;
    onnx_shape before = *flow;
    if (!broadcast_shape(&constant->shape, &before, result)) {
        char a[80], b[80];
        crease_onnx_refuse(r, "a constant of shape %s does not fit elementwise to a value of shape %s",
                           crease_onnx_print_shape(&constant->shape, a, sizeof a),
                           crease_onnx_print_shape(&before, b, sizeof b));
        return NULL;
    }
    if (constant->shape.size == result->size)
        return data;
    double *wide = crease_onnx_numbers(r, result->size);
    for (size_t i = 0; wide && i < result->size; i++) {
        size_t rest = i, at = 0, stride = 1;
        for (size_t k = 0; k < result->rank; k++) {
            size_t place = rest % dim_from_last(result, k), dim = dim_from_last(&constant->shape, k);
            rest /= dim_from_last(result, k);
            at += dim > 1 ? stride * place : 0;
            stride *= dim;
        }
        wide[i] = data[at];
    }
    return wide;
}
