/* The work space of one thread. */
#include "net/block.h"
#include <stdlib.h>

crease_status crease_work_new(const crease_net *net, crease_work **result, crease_error *error) {
    crease_status status = CREASE_NO_MEMORY;
    *result = NULL;
    size_t units = crease_net_unit_count(net);
    size_t widest = net->inputs > net->outputs ? net->inputs : net->outputs;
    for (size_t l = 0; l < net->layer_count; l++)
        if (net->layer[l].width > widest)
            widest = net->layer[l].width;
    crease_work *work = calloc(1, sizeof *work);
    if (!work)
        goto done;
    size_t layers = net->layer_count ? net->layer_count : 1;
    work->memory =
        calloc((net->inputs + net->outputs + 3 * units + 2 * widest) * BLOCK + units, sizeof(double));
    work->z = malloc(3 * layers * sizeof *work->z);
    if (!work->memory || !work->z)
        goto done;
    work->a = work->z + layers;
    work->da = work->a + layers;
    double *next = work->memory;
    work->input = next;
    next += net->inputs * BLOCK;
    work->output = next;
    next += net->outputs * BLOCK;
    for (size_t l = 0; l < net->layer_count; l++) {
        size_t room = net->layer[l].width * BLOCK;
        work->z[l] = next;
        work->a[l] = next + room;
        work->da[l] = next + 2 * room;
        next += 3 * room;
    }
    work->g = next;
    work->spare = next + widest * BLOCK;
    work->largest = next + 2 * widest * BLOCK;
    *result = work;
    work = NULL;
    status = CREASE_OK;
done:
    crease_work_free(work);
    return status == CREASE_OK ? status : crease_fail(error, status, "out of memory for a work space");
}

void crease_work_free(crease_work *work) {
    if (!work)
        return;
    free(work->memory);
    free(work->z);
    free(work);
}

void crease_work_set_derivative_at_zero(crease_work *work, double at_zero) {
    work->at_zero = at_zero;
}

void crease_work_set_bias_shift(crease_work *work, double gamma) {
    work->bias_shift = gamma;
}
