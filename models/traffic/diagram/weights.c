/* Weights of observations and the errors measured with them.
 *
 * Qu, Wang & Zhang (2015), Transp. Res. B 73: w_i = (rho_{i+1} - rho_{i-1}) / 2 over the sorted densities,
 * with the whole gap at the two ends; tied densities share the weight of their place. Isotonic bound: a
 * diagram q = rho v with v never rising has sum w (q_i - rho_i v_i)^2 = sum w rho_i^2 (q_i/rho_i - v_i)^2, so
 * the best such v is the isotonic regression of q/rho with weights w rho^2. */
#include "traffic/traffic.h"
#include <gsl/gsl_sort.h>
#include <stdlib.h>

static crease_status sorted_order(size_t n, const double *density, size_t **order, crease_error *error) {
    *order = n <= SIZE_MAX / sizeof **order ? malloc((n ? n : 1) * sizeof **order) : NULL;
    if (!*order)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory to sort %zu densities", n);
    gsl_sort_index(*order, density, 1, n);
    return CREASE_OK;
}

/* One past the last of the sorted rows that share the density of row `first`. */
static size_t end_of_tie(const double *density, const size_t *order, size_t first, size_t n) {
    size_t end = first + 1;
    while (end < n && density[order[end]] <= density[order[first]])
        end++;
    return end;
}

crease_status traffic_qu_weights(size_t n, const double *density, double *weight, crease_error *error) {
    size_t *order = NULL;
    const crease_status status = sorted_order(n, density, &order, error);
    if (status != CREASE_OK)
        return status;
    double before = 0.0; /* density of the previous place */
    for (size_t first = 0, end; first < n; first = end) {
        end = end_of_tie(density, order, first, n);
        const double here = density[order[first]];
        const double left = first > 0 ? here - before : 0.0,
                     right = end < n ? density[order[end]] - here : 0.0;
        const double place = first > 0 && end < n ? (left + right) / 2.0 : left + right;
        for (size_t i = first; i < end; i++)
            weight[order[i]] = first == 0 && end == n ? 1.0 : place / (double)(end - first);
        before = here;
    }
    free(order);
    return CREASE_OK;
}

void traffic_speed_weights(size_t n, const double *density, double *weight) {
    for (size_t i = 0; i < n; i++)
        weight[i] = density[i] > 0.0 ? weight[i] / (density[i] * density[i]) : 0.0;
}

double traffic_mean_square(const traffic_data *data, const double *prediction) {
    double sum = 0.0, total = 0.0;
    for (size_t i = 0; i < data->n; i++) {
        const double w = data->weight ? data->weight[i] : 1.0, r = data->flow[i] - prediction[i];
        sum += w * r * r;
        total += w;
    }
    return sum / total;
}

/* Rows pooled to one speed. */
typedef struct block {
    double weight, speed;
} block;

crease_status traffic_isotonic_bound(const traffic_data *data, double *mean_square, crease_error *error) {
    const size_t n = data->n;
    size_t *order = NULL;
    double *prediction = NULL;
    block *pool = NULL;
    size_t *size = NULL;
    crease_status status = sorted_order(n, data->density, &order, error);
    if (status != CREASE_OK)
        return status;
    prediction = calloc(n ? n : 1, sizeof *prediction);
    pool = calloc(n ? n : 1, sizeof *pool);
    size = calloc(n ? n : 1, sizeof *size);
    if (!prediction || !pool || !size) {
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for the isotonic regression of %zu rows", n);
        goto end;
    }
    size_t blocks = 0, start = 0;
    while (start < n && data->density[order[start]] <= 0.0)
        start++;
    for (size_t first = start, stop; first < n; first = stop) { /* ties take one speed */
        stop = end_of_tie(data->density, order, first, n);
        block b = {0.0, 0.0};
        for (size_t i = first; i < stop; i++) {
            const double rho = data->density[order[i]], w = data->weight ? data->weight[order[i]] : 1.0;
            b.weight += w * rho * rho;
            b.speed += w * rho * data->flow[order[i]];
        }
        b.speed = b.weight > 0.0 ? b.speed / b.weight : 0.0;
        size_t rows = stop - first;
        while (blocks > 0 && (b.weight <= 0.0 || pool[blocks - 1].speed < b.speed)) {
            const block *a = &pool[--blocks];
            const double weight = a->weight + b.weight;
            b.speed = weight > 0.0 ? (a->weight * a->speed + b.weight * b.speed) / weight : 0.0;
            b.weight = weight;
            rows += size[blocks];
        }
        pool[blocks] = b;
        size[blocks++] = rows;
    }
    for (size_t k = 0, i = start; k < blocks; k++)
        for (size_t last = i + size[k]; i < last; i++)
            prediction[order[i]] = data->density[order[i]] * pool[k].speed;
    *mean_square = traffic_mean_square(data, prediction);
end:
    free(size);
    free(pool);
    free(prediction);
    free(order);
    return status;
}
