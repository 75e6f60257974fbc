/* Stands in for the reader and writer of ONNX where protobuf-c is not installed. */
#include "crease/onnx.h"

static crease_status unavailable(crease_error *error) {
    return crease_fail(
        error, CREASE_UNAVAILABLE,
        "this crease was built without ONNX; install libprotobuf-c-dev, protobuf-c-compiler and "
        "libonnx-dev and build it again");
}

crease_status crease_onnx_load(const char *path, crease_net **net, crease_error *error) {
    (void)path;
    *net = NULL;
    return unavailable(error);
}

crease_status crease_onnx_read(FILE *file, const char *source, crease_net **net, crease_error *error) {
    (void)file;
    (void)source;
    *net = NULL;
    return unavailable(error);
}

crease_status crease_onnx_save(const crease_net *net, const char *path, crease_onnx_precision precision,
                               crease_error *error) {
    (void)net;
    (void)path;
    (void)precision;
    return unavailable(error);
}
