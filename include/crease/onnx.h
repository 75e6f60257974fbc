/* Networks as ONNX files (Open Neural Network Exchange, onnx.ai), read and written through protobuf-c. Needs the
 * packages libprotobuf-c-dev, protobuf-c-compiler and libonnx-dev when crease is built; CREASE_UNAVAILABLE without. */
#ifndef CREASE_ONNX_H
#define CREASE_ONNX_H

#include "crease/net.h"
#include <stdio.h>

/* A chain of layers from one input to one output: MatMul, Gemm, Add, Sub, Mul, Conv with a kernel as large as its input;
 * Relu, LeakyRelu, PRelu, Elu, Softplus, Tanh, Sigmoid; and the nodes that only pass on (Flatten, Reshape, Identity,
 * Constant). Weights may be float32 or float64 and are kept exactly. Affine maps that follow each other stay apart, as
 * layers of identity units; but what the first nodes subtract and divide by becomes input_shift and input_scale, and
 * what the last ones multiply by and add output_scale and output_shift. Values of the same layer may be joined by
 * Concat, and an affine function of the input may be added to the output. One slope for all units (LeakyRelu,
 * PRelu) is leaky where the mini-language can write it exactly, else prelu. A batch is one row; the first dimension of
 * the input counts as 1 where it only has a name. Everything else is refused with the name of the node and its operator, as
 * CREASE_BAD_DATA. path "-": standard input. */
crease_status crease_onnx_load(const char *path, crease_net **net, crease_error *error);
/* `source` names the stream in messages. */
crease_status crease_onnx_read(FILE *file, const char *source, crease_net **net, crease_error *error);

typedef enum crease_onnx_precision { CREASE_ONNX_DOUBLE = 0, CREASE_ONNX_FLOAT } crease_onnx_precision;

/* Writes a network of the activations that ONNX has operators for: all but gelu, silu and powers, of which
 * CREASE_BAD_ARGUMENT names the unit. What is written as doubles is read back bit by bit, with the names of the columns.
 * With CREASE_ONNX_FLOAT all numbers are rounded to float32. Version 13 of the operators. path "-": standard
 * output. */
crease_status crease_onnx_save(const crease_net *net, const char *path, crease_onnx_precision precision,
                               crease_error *error);

#endif
