#include "labs/tools.h"
#include "crease/random.h"
#include <gsl/gsl_fit.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

double *lab_numbers(size_t n, size_t each) {
    if (each && n > SIZE_MAX / each)
        return NULL;
    const size_t count = n * each;
    return calloc(count ? count : 1, sizeof(double));
}

double lab_order(size_t n, const double *x, const double *y) {
    double *log_x = lab_numbers(n, 2), *log_y = log_x ? log_x + n : NULL;
    double constant, order = NAN, covariance[3], square;
    size_t count = 0;
    for (size_t i = 0; i < n && log_x; i++)
        if (x[i] > 0 && y[i] > 0) {
            log_x[count] = log(x[i]);
            log_y[count++] = log(y[i]);
        }
    if (count >= 2)
        gsl_fit_linear(log_x, 1, log_y, 1, count, &constant, &order, &covariance[0], &covariance[1],
                       &covariance[2], &square);
    free(log_x);
    return order;
}

void lab_grid(size_t n, double a, double b, double *x) {
    for (size_t i = 0; i < n; i++)
        x[i] = n > 1 ? a + (b - a) * ((double)i / (double)(n - 1)) : a;
}

/* phi'' of the activations that have one here */
static double second_derivative(crease_activation activation, double z) {
    if (activation == CREASE_TANH) {
        const double t = tanh(z);
        return -2 * t * (1 - t * t);
    }
    if (activation == CREASE_SIGMOID) {
        const double s = 1 / (1 + exp(-z));
        return s * (1 - s) * (1 - 2 * s);
    }
    return 0;
}

double lab_curvature(const crease_net *net, double x) {
    const double *theta = net->theta, at = (x - net->input_shift[0]) / net->input_scale[0];
    double sum = 0;
    for (size_t u = 0; u < net->layer[0].width; u++) {
        const double w = theta[net->layer[0].weights + u], z = w * at + theta[net->layer[0].biases + u];
        sum += theta[net->output_weights + u] * w * w *
               second_derivative(crease_net_unit(net, 0, u, &(double){0})->activation, z);
    }
    return net->output_scale[0] * sum / (net->input_scale[0] * net->input_scale[0]);
}

crease_status lab_no_memory(crease_error *error, const char *lab) {
    return crease_fail(error, CREASE_NO_MEMORY, "out of memory in lab %s", lab);
}

crease_status lab_random_net(const char *spec, size_t inputs, size_t outputs, crease_initialiser initialiser,
                             uint64_t seed, uint64_t stream, crease_net **net, crease_error *error) {
    crease_status status = crease_net_parse(spec, inputs, outputs, net, error);
    gsl_rng *random = status == CREASE_OK ? crease_random_new(seed, stream) : NULL;
    if (status == CREASE_OK && !random) {
        crease_net_free(*net);
        *net = NULL;
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a random network");
    }
    if (random)
        crease_net_initialise(*net, initialiser, random, (*net)->theta);
    gsl_rng_free(random);
    return status;
}
