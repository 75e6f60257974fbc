/* Any bytes as an ONNX network. What can be read has finite weights, evaluates, and where it can be written comes back
 * the same. */
#include "crease/onnx.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds) {
    if (!holds)
        abort();
}

static void check_evaluates(const crease_net *net) {
    crease_work *work = NULL;
    double *x = calloc(net->inputs, sizeof *x), *y = calloc(net->outputs, sizeof *y);
    check(x && y && crease_work_new(net, &work, NULL) == CREASE_OK);
    crease_net_evaluate(net, NULL, work, 1, x, y);
    crease_work_free(work);
    free(x);
    free(y);
}

static void check_round_trip(const crease_net *net) {
    char path[40];
    int memory = memfd_create("fuzz", 0);
    check(memory >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
    check(crease_onnx_save(net, path, CREASE_ONNX_DOUBLE, NULL) == CREASE_OK);
    crease_net *back;
    check(crease_onnx_load(path, &back, NULL) == CREASE_OK);
    check(back->parameter_count == net->parameter_count);
    check(memcmp(back->theta, net->theta, net->parameter_count * sizeof *net->theta) == 0);
    check(memcmp(back->input_scale, net->input_scale, net->inputs * sizeof *net->theta) == 0);
    check(memcmp(back->output_scale, net->output_scale, net->outputs * sizeof *net->theta) == 0);
    crease_net_free(back);
    close(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    FILE *file = fmemopen((void *)(uintptr_t)data, size, "r");
    crease_net *net;
    crease_error error = {0};
    crease_status status = crease_onnx_read(file, "fuzz.onnx", &net, &error);
    fclose(file);
    if (status == CREASE_OK) {
        for (size_t i = 0; i < net->parameter_count; i++)
            check(isfinite(net->theta[i]));
        if (net->parameter_count < 100000) {
            check_evaluates(net);
            check_round_trip(net);
        }
    } else {
        check(net == NULL && error.status == status && strlen(error.message) > 10);
    }
    crease_net_free(net);
    return 0;
}
