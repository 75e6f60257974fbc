/* Networks as ONNX files (Open Neural Network Exchange, onnx.ai), read and written through protobuf-c. Needs the
 * packages libprotobuf-c-dev, protobuf-c-compiler and libonnx-dev when crease is built; CREASE_UNAVAILABLE without. */
#ifndef CREASE_ONNX_H
#define CREASE_ONNX_H

#include "crease/net.h"
#include <stdio.h>

/* One chain of nodes from one input to one output: MatMul, Gemm, Add, Sub, Conv with a kernel as large as its input,
 * Relu, LeakyRelu, Tanh, Sigmoid, and the nodes that only pass on (Flatten, Reshape, Identity, Constant). Weights may
 * be float32 or float64 and are kept exactly. Affine maps that follow each other stay apart, as layers of identity
 * units, except that the constant which the first node subtracts becomes input_shift. Everything else is
 * refused with the name of the node and its operator. path "-": standard input. */
crease_status crease_onnx_load(const char *path, crease_net **net, crease_error *error);
/* `source` names the stream in messages. */
crease_status crease_onnx_read(FILE *file, const char *source, crease_net **net, crease_error *error);

typedef enum crease_onnx_precision { CREASE_ONNX_DOUBLE = 0, CREASE_ONNX_FLOAT } crease_onnx_precision;

/* Writes a network of the activations that ONNX has operators for. With CREASE_ONNX_FLOAT weights are rounded to
 * float32. CREASE_BAD_ARGUMENT names the unit that ONNX has no operator for. path "-": standard output. */
crease_status crease_onnx_save(const crease_net *net, const char *path, crease_onnx_precision precision,
                               crease_error *error);

#endif
