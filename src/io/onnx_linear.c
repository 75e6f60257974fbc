/* MatMul, Gemm and Conv as matrices on a vector. A batch has one row: everything but the vector's own dimension is 1. */
#include "io/onnx_parts.h"
#include <math.h>
#include <string.h>

static double *transposed(onnx_reader *r, const double *matrix, size_t rows, size_t columns) {
    double *result = crease_onnx_numbers(r, rows * columns);
    for (size_t i = 0; result && i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            result[j * rows + i] = matrix[i * columns + j];
    return result;
}

static crease_status misfit(const onnx_reader *r, const onnx_shape *a, const onnx_shape *b) {
    char left[80], right[80];
    return crease_onnx_refuse(r, "shapes %s and %s do not multiply, or hold a batch of more than one",
                              crease_onnx_print_shape(a, left, sizeof left),
                              crease_onnx_print_shape(b, right, sizeof right));
}

/* rows x columns of a matrix behind leading dimensions that are 1; a vector is a column or, on the right, a row. */
static bool as_matrix(const onnx_shape *shape, bool left, size_t *rows, size_t *columns) {
    if (shape->rank == 0)
        return false;
    size_t last = shape->dim[shape->rank - 1];
    if (shape->rank == 1) {
        *rows = left ? 1 : last;
        *columns = left ? last : 1;
        return true;
    }
    *rows = shape->dim[shape->rank - 2];
    *columns = last;
    return *rows * *columns == shape->size;
}

/* The shape of a product: leading dimensions 1 to the larger rank, then those that the operands have. */
static void product_shape(const onnx_shape *a, const onnx_shape *b, size_t rows, size_t columns,
                          onnx_shape *result) {
    *result = (onnx_shape){.size = rows * columns};
    size_t rank = a->rank > b->rank ? a->rank : b->rank;
    for (size_t i = 2; i < rank; i++)
        result->dim[result->rank++] = 1;
    if (a->rank > 1)
        result->dim[result->rank++] = rows;
    if (b->rank > 1)
        result->dim[result->rank++] = columns;
}

crease_status crease_onnx_matmul(onnx_reader *r, onnx_value *a, onnx_value *b, onnx_value *result) {
    size_t m, k, k2, n;
    if (!as_matrix(&a->shape, true, &m, &k) || !as_matrix(&b->shape, false, &k2, &n) || k != k2)
        return misfit(r, &a->shape, &b->shape);
    bool flow_left = a->is_flow;
    if (flow_left ? m != 1 : n != 1)
        return misfit(r, &a->shape, &b->shape);
    const double *matrix = crease_onnx_data(r, flow_left ? b : a);
    if (matrix && flow_left)
        matrix = transposed(r, matrix, k, n);
    if (!matrix)
        return CREASE_NO_MEMORY;
    product_shape(&a->shape, &b->shape, m, n, &result->shape);
    return crease_onnx_flow_map(r, flow_left ? a : b, matrix, flow_left ? n : m, &result->flow);
}

/* factor times the numbers, exactly or not at all */
static const double *scaled(onnx_reader *r, const double *value, size_t count, double factor) {
    if (factor == 1)
        return value;
    double *result = crease_onnx_numbers(r, count);
    for (size_t i = 0; result && i < count; i++) {
        result[i] = factor * value[i];
        if (!isfinite(result[i]) || fma(factor, value[i], -result[i]) != 0 ||
            (result[i] == 0 && factor != 0 && value[i] != 0)) {
            crease_onnx_refuse(
                r, "alpha or beta is %.9g, by which a weight, %.17g, cannot be multiplied exactly", factor,
                value[i]);
            return NULL;
        }
    }
    return result;
}

crease_status crease_onnx_gemm(onnx_reader *r, onnx_value *a, onnx_value *b, onnx_value *c,
                               onnx_value *result) {
    bool flow_left = a->is_flow, turn_a = crease_onnx_integer(r, "transA", 0) != 0,
         turn_b = crease_onnx_integer(r, "transB", 0) != 0;
    if (a->shape.rank != 2 || b->shape.rank != 2)
        return misfit(r, &a->shape, &b->shape);
    size_t m = a->shape.dim[turn_a], k = a->shape.dim[!turn_a], n = b->shape.dim[!turn_b];
    if (k != b->shape.dim[turn_b] || (flow_left ? m : n) != 1)
        return misfit(r, &a->shape, &b->shape);
    onnx_value *constant = flow_left ? b : a;
    const double *matrix = crease_onnx_data(r, constant);
    if (matrix && (flow_left ? !turn_b : turn_a)) /* stored the other way round */
        matrix = transposed(r, matrix, constant->shape.dim[0], constant->shape.dim[1]);
    if (matrix)
        matrix = scaled(r, matrix, constant->shape.size, crease_onnx_float(r, "alpha", 1));
    if (!matrix)
        return CREASE_NO_MEMORY;
    result->shape = (onnx_shape){.rank = 2, .dim = {m, n}, .size = m * n};
    crease_status status =
        crease_onnx_flow_map(r, flow_left ? a : b, matrix, flow_left ? n : m, &result->flow);
    if (status || !c)
        return status;
    if (c->is_flow)
        return crease_onnx_refuse(r, "the third operand must be a constant");
    onnx_shape shape;
    const double *bias = crease_onnx_broadcast(r, c, &result->shape, &shape);
    if (bias && shape.rank != 2)
        return misfit(r, &result->shape, &c->shape);
    if (bias)
        bias = scaled(r, bias, shape.size, crease_onnx_float(r, "beta", 1));
    result->flow.bias = bias;
    return bias ? CREASE_OK : CREASE_NO_MEMORY;
}

/* All of the attribute's numbers are `value`, or it is absent. */
static bool all_are(const onnx_reader *r, const char *name, int64_t value) {
    const Onnx__AttributeProto *attribute = crease_onnx_attribute(r, name);
    for (size_t i = 0; attribute && i < attribute->n_ints; i++)
        if (attribute->ints[i] != value)
            return false;
    return true;
}

static bool pads_itself(const onnx_reader *r) {
    const Onnx__AttributeProto *attribute = crease_onnx_attribute(r, "auto_pad");
    if (!attribute || !attribute->has_s)
        return false;
    const ProtobufCBinaryData *s = &attribute->s;
    return !(s->len == 6 && memcmp(s->data, "NOTSET", 6) == 0) &&
           !(s->len == 5 && memcmp(s->data, "VALID", 5) == 0);
}

crease_status crease_onnx_conv(onnx_reader *r, onnx_value *x, onnx_value *kernel, onnx_value *bias,
                               onnx_value *result) {
    if (!x->is_flow || kernel->is_flow || (bias && bias->is_flow))
        return crease_onnx_refuse(r, "the kernel and the bias must be constants");
    const onnx_shape *in = &x->shape, *w = &kernel->shape;
    bool fits = in->rank >= 3 && in->rank == w->rank && in->dim[0] == 1 &&
                crease_onnx_integer(r, "group", 1) == 1 && all_are(r, "pads", 0) &&
                all_are(r, "dilations", 1) && !pads_itself(r);
    for (size_t i = 1; i < in->rank && fits; i++)
        fits = in->dim[i] == w->dim[i];
    const Onnx__AttributeProto *shape = crease_onnx_attribute(r, "kernel_shape");
    for (size_t i = 0; shape && i < shape->n_ints && fits; i++)
        fits = shape->n_ints == w->rank - 2 && shape->ints[i] == (int64_t)w->dim[i + 2];
    if (!fits) {
        char a[80], b[80];
        return crease_onnx_refuse(r,
                                  "only a kernel as large as its input is read, without padding, groups or "
                                  "dilations; the input is %s, the kernel %s",
                                  crease_onnx_print_shape(in, a, sizeof a),
                                  crease_onnx_print_shape(w, b, sizeof b));
    }
    size_t width = w->dim[0];
    onnx_shape out = {.rank = in->rank, .dim = {1, width}, .size = width};
    for (size_t i = 2; i < out.rank; i++)
        out.dim[i] = 1;
    const double *matrix = crease_onnx_data(r, kernel), *added = bias ? crease_onnx_data(r, bias) : NULL;
    if (!matrix || (bias && !added))
        return CREASE_NO_MEMORY;
    if (bias && bias->shape.size != width)
        return misfit(r, w, &bias->shape);
    result->shape = out;
    crease_status status = crease_onnx_flow_map(r, x, matrix, width, &result->flow);
    result->flow.bias = added;
    return status;
}
