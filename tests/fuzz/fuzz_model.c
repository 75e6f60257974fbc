/* Any bytes as a model file. What can be read must evaluate, be written, and come back the same. */
#include "crease/model_file.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds) {
    if (!holds)
        abort();
}

static char *written(const crease_net *net, size_t *length) {
    char *text;
    FILE *file = open_memstream(&text, length);
    check(crease_net_write(net, file, NULL) == CREASE_OK);
    fclose(file);
    return text;
}

static void check_round_trip(const crease_net *net) {
    size_t first_length, second_length;
    char *first = written(net, &first_length);
    FILE *file = fmemopen(first, first_length, "r");
    crease_net *back;
    check(crease_net_read(file, "written", &back, NULL) == CREASE_OK);
    fclose(file);
    char *second = written(back, &second_length);
    check(first_length == second_length && memcmp(first, second, first_length) == 0);
    crease_net_free(back);
    free(first);
    free(second);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    FILE *file = fmemopen((void *)(uintptr_t)data, size, "r");
    crease_net *net;
    crease_error error = {0};
    crease_status status = crease_net_read(file, "fuzz.json", &net, &error);
    fclose(file);
    if (status == CREASE_OK) {
        check_round_trip(net);
        check_evaluates(net);
    } else {
        check(net == NULL && error.status == status && strlen(error.message) > 10);
    }
    crease_net_free(net);
    return 0;
}
