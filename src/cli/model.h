/* Models on the command line: a network as JSON or ONNX, or a polyline as CSV. */
#ifndef CREASE_CLI_MODEL_H
#define CREASE_CLI_MODEL_H

#include "crease/crease.h"

bool model_path_ends(const char *path, const char *ending);

/* Sets *net or *pwl, the other is NULL. A path that ends in .csv is a polyline, one in .onnx an ONNX network; "-" is
 * standard input: JSON when it begins with '{', ONNX when with its version, else a polyline. */
crease_status model_load(const char *path, crease_net **net, crease_pwl **pwl, crease_error *error);

#endif
