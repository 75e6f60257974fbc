/* Any bytes as a proof, of two statements about |x| - 1 on [-1, 1]: that it stays out of y >= 1/2 and y <= -3/2, which is so, and
 * that it stays out of y >= -1/8, which x = 1 refutes. Nothing may prove the second. */
#include "crease/proof.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds) {
    if (!holds)
        abort();
}

static crease_net *make_net(void) {
    static const double theta[] = {1, -1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 1, -1};
    crease_net *net;
    check(crease_net_parse("relu:2/prelu(.5):1+identity:1", 1, 1, &net, NULL) == CREASE_OK);
    check(net->parameter_count == 14);
    memcpy(net->theta, theta, 10 * sizeof *theta);
    net->theta[10] = 1.5;
    memcpy(net->theta + 11, theta + 10, 3 * sizeof *theta);
    return net;
}

static void add(crease_specification *specification, double coefficient, double constant) {
    check(crease_specification_add(specification, 0, 1, (double[]){0, coefficient}, &constant, NULL) ==
          CREASE_OK);
}

static void check_one(const crease_net *net, const crease_specification *specification, const uint8_t *data,
                      size_t size, bool holds) {
    crease_proof_check result;
    FILE *file = fmemopen((void *)(uintptr_t)data, size, "r");
    check(crease_proof_check_stream(net, specification, file, NULL, NULL, &result, NULL) == CREASE_OK);
    fclose(file);
    check(result.accepted ? holds && result.line == 0 : result.line > 0 && strlen(result.why) > 9);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    crease_net *net = make_net();
    crease_specification *holds, *fails;
    check(crease_specification_box(1, 1, (double[]){-1}, (double[]){1}, &holds, NULL) == CREASE_OK);
    check(crease_specification_box(1, 1, (double[]){-1}, (double[]){1}, &fails, NULL) == CREASE_OK);
    add(holds, -1, .5);
    add(holds, 1, 1.5);
    add(fails, -1, -.125);
    check_one(net, holds, data, size, true);
    check_one(net, fails, data, size, false);
    crease_specification_free(fails);
    crease_specification_free(holds);
    crease_net_free(net);
    return 0;
}
