/* Rows pooled by density: sum_i w_i (q_i - f(x))^2 = W (mean q - f(x))^2 + a constant, over the rows at x. */
#include "traffic/diagram/diagram_curve.h"
#include <gsl/gsl_sort.h>
#include <stdlib.h>

void traffic_order(size_t n, const double *density, size_t *order) {
    bool sorted = true;
    for (size_t i = 1; i < n && sorted; i++)
        sorted = density[i - 1] <= density[i];
    for (size_t i = 0; i < n && sorted; i++)
        order[i] = i;
    if (!sorted)
        gsl_sort_index(order, density, 1, n);
}

void traffic_places_clear(traffic_places *places) {
    free(places->density);
    *places = (traffic_places){0};
}

crease_status traffic_places_new(const traffic_data *data, traffic_places *places, crease_error *error) {
    *places = (traffic_places){0};
    const size_t n = data->n, size = n ? n : 1;
    size_t *order = n <= SIZE_MAX / 32 ? malloc(size * sizeof *order) : NULL;
    double *memory = order ? malloc(3 * size * sizeof *memory) : NULL;
    if (!memory) {
        free(order);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu rows", n);
    }
    traffic_order(n, data->density, order);
    places->density = memory;
    places->flow = memory + size;
    places->weight = memory + 2 * size;
    size_t last = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        const size_t row = order[i];
        const double x = data->density[row], w = data->weight ? data->weight[row] : 1.0;
        if (!(x > 0.0) || !(w > 0.0))
            continue;
        if (last == SIZE_MAX || x > places->density[last]) {
            last = places->n++;
            places->density[last] = x;
            places->flow[last] = places->weight[last] = 0.0;
        }
        places->weight[last] += w;
        places->flow[last] += w / places->weight[last] * (data->flow[row] - places->flow[last]);
    }
    free(order);
    if (places->n > 0)
        return CREASE_OK;
    traffic_places_clear(places);
    return crease_fail(error, CREASE_BAD_DATA, "no row has a density above 0: there is nothing to fit");
}
