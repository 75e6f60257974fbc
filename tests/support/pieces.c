#include "support/pieces.h"
#include <check.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

crease_net *pieces_net(const char *spec, size_t inputs, size_t outputs, const double *theta) {
    crease_net *net;
    crease_error error;
    ck_assert_msg(crease_net_parse(spec, inputs, outputs, &net, &error) == CREASE_OK, "%s", error.message);
    if (theta)
        memcpy(net->theta, theta, net->parameter_count * sizeof *theta);
    return net;
}

/* Slopes of prelu units keep away from 1, where the kink vanishes. */
static void set_slopes(gsl_rng *random, crease_net *net) {
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t i = 0; i < net->layer[l].slope_count; i++)
            net->theta[net->layer[l].slopes + i] = gsl_ran_flat(random, -0.5, 0.8);
}

crease_net *pieces_random(gsl_rng *random, const char *spec, size_t inputs, size_t outputs) {
    crease_net *net = pieces_net(spec, inputs, outputs, NULL);
    size_t fan_in = net->layer_count ? net->layer[0].width : inputs;
    for (size_t i = 0; i < net->parameter_count; i++)
        net->theta[i] = gsl_ran_gaussian(random, sqrt(2. / (double)fan_in));
    set_slopes(random, net);
    return net;
}

crease_net *pieces_integer(gsl_rng *random, const char *spec, size_t inputs, size_t outputs, int largest) {
    crease_net *net = pieces_net(spec, inputs, outputs, NULL);
    for (size_t i = 0; i < net->parameter_count; i++)
        net->theta[i] = (double)gsl_rng_uniform_int(random, 2 * (unsigned long)largest + 1) - largest;
    set_slopes(random, net);
    return net;
}

void pieces_scale(gsl_rng *random, crease_net *net) {
    for (size_t j = 0; j < net->inputs; j++) {
        net->input_shift[j] = gsl_ran_flat(random, -1, 1);
        net->input_scale[j] = gsl_ran_flat(random, 0.5, 2);
    }
    for (size_t k = 0; k < net->outputs; k++) {
        net->output_shift[k] = gsl_ran_flat(random, -1, 1);
        net->output_scale[k] = gsl_ran_flat(random, 0.5, 2);
    }
}

crease_number *pieces_numbers(size_t count, const double *value) {
    crease_number *number = calloc(count + 1, sizeof *number);
    crease_error error;
    ck_assert_ptr_nonnull(number);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(crease_number_from_double(value[i], &number[i], &error) == CREASE_OK, "%s",
                      error.message);
    return number;
}

void pieces_numbers_free(crease_number *number, size_t count) {
    for (size_t i = 0; number && i < count; i++)
        crease_number_clear(&number[i]);
    free(number);
}

void pieces_evaluate(const crease_net *net, const double *x, double *y) {
    crease_work *work;
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    crease_net_evaluate(net, NULL, work, 1, x, y);
    crease_work_free(work);
}

char *pieces_pattern(const crease_net *net, const double *x) {
    crease_work *work;
    char *text = calloc(crease_net_unit_count(net) + 1, 1), *next = text;
    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    for (size_t l = 0; l < net->layer_count; l++) {
        const crease_layer *layer = &net->layer[l];
        double values[256];
        ck_assert_uint_le(layer->fan_in, 256);
        crease_net_layer_values(net, NULL, work, l, 1, x, values, layer->fan_in);
        for (size_t u = 0; u < layer->width; u++) {
            double z = net->theta[layer->biases + u], slope;
            for (size_t j = 0; j < layer->fan_in; j++)
                z += net->theta[layer->weights + u * layer->fan_in + j] * values[j];
            bool straight = crease_net_unit(net, l, u, &slope)->activation == CREASE_IDENTITY;
            *next++ = straight ? '=' : fabs(z) < 1e-9 ? '0' : z > 0 ? '+' : '-';
        }
    }
    crease_work_free(work);
    return text;
}
