/* The quality of a network on data. */
#include "crease/fit.h"
#include <math.h>
#include <stdlib.h>

static double weight_of(const crease_data *data, size_t i) {
    return data->weight ? data->weight[i] : 1;
}

/* Largest |y| among rows of positive weight: the unit of the sums below, so that no square overflows or
 * vanishes. */
static double unit_of_y(const crease_data *data) {
    double largest = 0;
    for (size_t i = 0; i < data->n; i++)
        for (size_t o = 0; weight_of(data, i) > 0 && o < data->outputs; o++)
            largest = fmax(largest, fabs(data->y[i * data->outputs + o]));
    return largest > 0 ? largest : 1;
}

/* SST about the weighted mean of each output; a spread that is rounding counts as none. */
static double total_square(const crease_data *data, double total_weight, double unit) {
    double total = 0;
    for (size_t o = 0; o < data->outputs; o++) {
        double mean = 0, square = 0;
        for (size_t i = 0; i < data->n; i++)
            if (weight_of(data, i) > 0)
                mean += weight_of(data, i) / total_weight * (data->y[i * data->outputs + o] / unit);
        for (size_t i = 0; i < data->n; i++)
            if (weight_of(data, i) > 0) {
                double deviation = data->y[i * data->outputs + o] / unit - mean;
                square += weight_of(data, i) * deviation * deviation;
            }
        if (sqrt(square / total_weight) > 1e-14 * fabs(mean))
            total += square;
    }
    return total;
}

crease_status crease_net_score(const crease_net *net, const crease_data *data, crease_score *score,
                               crease_error *error) {
    enum { CHUNK = 512 };
    crease_status status = CREASE_OK;
    crease_work *work = NULL;
    double *y = malloc(CHUNK * net->outputs * sizeof *y);
    if (net->inputs != data->inputs || net->outputs != data->outputs) {
        status = crease_fail(error, CREASE_BAD_ARGUMENT,
                             "the network has %zu inputs and %zu outputs, the data %zu "
                             "and %zu",
                             net->inputs, net->outputs, data->inputs, data->outputs);
        goto done;
    }
    if (!y) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for predictions");
        goto done;
    }
    if ((status = crease_work_new(net, &work, error)) != CREASE_OK)
        goto done;
    double sse = 0, total_weight = 0, largest = 0, unit = unit_of_y(data);
    for (size_t i = 0; i < data->n; i += CHUNK) {
        size_t count = data->n - i < CHUNK ? data->n - i : CHUNK;
        crease_net_evaluate(net, NULL, work, count, data->x + i * data->inputs, y);
        for (size_t k = 0; k < count; k++) {
            double weight = weight_of(data, i + k);
            total_weight += weight;
            for (size_t o = 0; o < data->outputs; o++) {
                double residual = y[k * data->outputs + o] - data->y[(i + k) * data->outputs + o];
                if (weight > 0) {
                    sse += weight * (residual / unit) * (residual / unit);
                    largest = fmax(largest, fabs(residual));
                }
            }
        }
    }
    double sst = total_square(data, total_weight, unit);
    *score = (crease_score){.rmse = unit * sqrt(sse / total_weight / (double)data->outputs),
                            .max_error = largest,
                            .r2 = sst > 0 ? 1 - sse / sst : NAN};
done:
    free(y);
    crease_work_free(work);
    return status;
}
