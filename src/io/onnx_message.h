/* Making the message of an ONNX file. */
#ifndef CREASE_IO_ONNX_MESSAGE_H
#define CREASE_IO_ONNX_MESSAGE_H

#include "crease/onnx.h"
#include "onnx.pb-c.h"

/* Every part lies in the pool. Once memory is short, or a number does not fit into float32, `status` tells, and what
 * is added then does nothing. */
typedef struct onnx_message {
    crease_status status;
    crease_error *error;
    bool single;
    char empty[1]; /* what texts are without memory */
    void **pool;
    size_t pool_count, pool_room, node_room, tensor_room, entry_room;
    Onnx__GraphProto graph;
    Onnx__ModelProto model;
} onnx_message;

void crease_onnx_message_start(onnx_message *message, bool single, crease_error *error);
void crease_onnx_message_clear(onnx_message *message);

/* A copy that the pool keeps, as printf makes it; "" without memory. */
char *crease_onnx_text(onnx_message *message, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for names, in the pool; NULL without memory. */
char **crease_onnx_list(onnx_message *message, size_t count);

/* An initialiser of one dimension, `columns`, when rows is 0, else of two; value(i, j) = data[i * row_step + j * step]. */
void crease_onnx_put_tensor(onnx_message *message, const char *name, size_t rows, size_t columns,
                            const double *data, size_t row_step, size_t step);
/* A node with inputs a and, unless NULL, b, whose name and output are `output`. */
Onnx__NodeProto *crease_onnx_put_node(onnx_message *message, const char *type, const char *a, const char *b,
                                      const char *output);
/* The node's inputs instead of two; the array is copied. */
void crease_onnx_set_inputs(onnx_message *message, Onnx__NodeProto *node, char **input, size_t count);
void crease_onnx_set_axis(onnx_message *message, Onnx__NodeProto *node, int64_t axis);
void crease_onnx_set_alpha(onnx_message *message, Onnx__NodeProto *node, float alpha);
/* The graph's input or output: `size` numbers a row. */
void crease_onnx_put_value(onnx_message *message, bool output, const char *name, size_t size);
void crease_onnx_put_entry(onnx_message *message, const char *key, const char *value);

/* Writes the model as a file. */
crease_status crease_onnx_message_save(onnx_message *message, const char *path);

#endif
