/* The parts of the ONNX reader. A file becomes a message of protobuf-c; every value of its graph is a tensor of
 * constants or a *flow*, a vector that depends on the network's input; nodes make flows from flows. */
#ifndef CREASE_IO_ONNX_PARTS_H
#define CREASE_IO_ONNX_PARTS_H

#include "crease/net.h"
#include "onnx.pb-c.h"
#include <stdio.h>

enum { ONNX_MAX_RANK = 8, ONNX_MAX_VALUES = 20000 };

typedef struct onnx_shape {
    size_t rank, dim[ONNX_MAX_RANK];
    size_t size; /* product, below CREASE_MAX_PARAMETERS */
} onnx_shape;

/* With v the values of layer `source` (0: the input, else a hidden layer), x the input:
 *
 *   shift + scale (weights v + bias + affine x), or phi(weights v + bias), where weights NULL is the identity, bias, shift
 *   and affine NULL are 0, scale NULL is 1.
 *
 * The arrays belong to the reader's pool and never change. Of an input that no weights were applied to yet, in_shift
 * and in_scale tell what was. */
typedef struct onnx_flow {
    size_t source, width, source_width;
    const double *weights, *bias, *affine, *scale, *shift;
    const double *in_shift, *in_scale;
    crease_group *group; /* phi; NULL: none */
    size_t group_count;
    const double *slope; /* of phi's prelu units, one for every unit */
} onnx_flow;

typedef struct onnx_value {
    const char *name;
    bool is_flow;
    onnx_shape shape;
    const Onnx__TensorProto *tensor; /* of a constant */
    const double *data;              /* of a constant, once it was needed */
    onnx_flow flow;
    bool is_layer; /* the flow became hidden layer `layer`, counted from 1 */
    size_t layer;
} onnx_value;

typedef struct onnx_reader {
    const char *source;
    crease_error *error;
    const Onnx__NodeProto *node; /* that is being read, for messages */
    onnx_value *value;
    size_t value_count, value_room;
    onnx_flow *layer; /* hidden layers; their flows have no scale, shift and affine part */
    size_t layer_count, layer_room;
    size_t inputs;
    bool input_used; /* by weights, after what in_shift and in_scale say */
    const double *in_shift, *in_scale;
    void **pool; /* memory that lives as long as the reader */
    size_t pool_count, pool_room, numbers;
} onnx_reader;

/* Where and why a file is refused: source, the node if there is one, and the reason. */
crease_status crease_onnx_refuse(const onnx_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Memory that the reader frees at its end, all zero; NULL after a message. Limits what a file may expand to. */
double *crease_onnx_numbers(onnx_reader *reader, size_t count);
crease_group *crease_onnx_groups(onnx_reader *reader, size_t count);

/* ---- onnx_file.c ---- */

crease_status crease_onnx_unpack(FILE *file, const char *source, Onnx__ModelProto **model,
                                 crease_error *error);

/* ---- onnx_tensor.c ---- */

/* The shape of a tensor, whose data are there, finite and of a type that is read. */
crease_status crease_onnx_tensor_shape(const onnx_reader *reader, const Onnx__TensorProto *tensor,
                                       onnx_shape *shape);
/* False where the product of the dimensions is too large, or 0. */
bool crease_onnx_set_size(onnx_shape *shape);
const char *crease_onnx_print_shape(const onnx_shape *shape, char *text, size_t size);
/* The numbers of a constant of floats, in the row-major order of its shape; NULL after a message. */
const double *crease_onnx_data(onnx_reader *reader, onnx_value *constant);
/* The whole numbers of an int64 constant with at most ONNX_MAX_RANK of them. */
crease_status crease_onnx_integers(const onnx_reader *reader, const onnx_value *constant, int64_t *value,
                                   size_t *count);
/* The numbers of a constant as they meet the elements of a flow in an elementwise node, and the result's shape. */
const double *crease_onnx_broadcast(onnx_reader *reader, onnx_value *constant, const onnx_shape *flow,
                                    onnx_shape *result);

/* ---- onnx_flow.c: each makes *result from *value; both may be the same ---- */

crease_status crease_onnx_flow_add(onnx_reader *reader, onnx_value *value, const double *constant,
                                   bool negate,
                                   onnx_flow *result); /* value + constant, or value - constant */
crease_status crease_onnx_flow_negate(onnx_reader *reader, onnx_value *value, onnx_flow *result);
crease_status crease_onnx_flow_multiply(onnx_reader *reader, onnx_value *value, const double *constant,
                                        onnx_flow *result);
crease_status crease_onnx_flow_divide(onnx_reader *reader, onnx_value *value, const double *constant,
                                      onnx_flow *result);
/* matrix: width x size of value, row-major, from the pool */
crease_status crease_onnx_flow_map(onnx_reader *reader, onnx_value *value, const double *matrix, size_t width,
                                   onnx_flow *result);
/* slope: one a unit, from the pool, for prelu */
crease_status crease_onnx_flow_activate(onnx_reader *reader, onnx_value *value, crease_activation activation,
                                        double parameter, const double *slope, onnx_flow *result);
/* The sum of an affine function of the last layer and one of the input. */
crease_status crease_onnx_flow_sum(onnx_reader *reader, onnx_value *a, onnx_value *b, onnx_flow *result);
crease_status crease_onnx_flow_concat(onnx_reader *reader, onnx_value *const *value, size_t count,
                                      onnx_flow *result);
/* The flow as the output of a network: weights, bias, scale, shift and affine part, no phi. */
crease_status crease_onnx_flow_finish(onnx_reader *reader, onnx_value *value, onnx_flow *result);

/* ---- onnx_node.c ---- */

crease_status crease_onnx_node(onnx_reader *reader, const Onnx__NodeProto *node);
/* NULL when there is none of the name. */
onnx_value *crease_onnx_find(const onnx_reader *reader, const char *name);
/* A new value; NULL after a message. The pointer is good until the next one is added. */
onnx_value *crease_onnx_add(onnx_reader *reader, const char *name);

/* ---- onnx_linear.c: MatMul, Gemm and Conv ---- */

crease_status crease_onnx_matmul(onnx_reader *reader, onnx_value *a, onnx_value *b, onnx_value *result);
crease_status crease_onnx_gemm(onnx_reader *reader, onnx_value *a, onnx_value *b, onnx_value *c,
                               onnx_value *result);
crease_status crease_onnx_conv(onnx_reader *reader, onnx_value *x, onnx_value *kernel, onnx_value *bias,
                               onnx_value *result);

/* ---- attributes ---- */

/* The attribute of the reader's node, NULL when it is absent. */
const Onnx__AttributeProto *crease_onnx_attribute(const onnx_reader *reader, const char *name);
int64_t crease_onnx_integer(const onnx_reader *reader, const char *name, int64_t absent);
double crease_onnx_float(const onnx_reader *reader, const char *name, double absent);

#endif
