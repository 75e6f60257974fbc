#include "crease/initialise.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

static double draw(crease_initialiser initialiser, gsl_rng *generator, double fan_in, double fan_out) {
    if (initialiser == CREASE_INIT_XAVIER) {
        double bound = sqrt(6 / (fan_in + fan_out));
        return gsl_ran_flat(generator, -bound, bound);
    }
    return gsl_ran_gaussian(generator, sqrt((initialiser == CREASE_INIT_HE ? 2 : 1) / fan_in));
}

static void draw_matrix(crease_initialiser initialiser, gsl_rng *generator, size_t rows, size_t columns,
                        double *weights) {
    for (size_t i = 0; i < rows * columns; i++)
        weights[i] = draw(initialiser, generator, (double)columns, (double)rows);
}

static void draw_biases(crease_initialiser initialiser, gsl_rng *generator, size_t units, size_t fan_in,
                        double *biases) {
    for (size_t u = 0; u < units; u++)
        biases[u] = initialiser == CREASE_INIT_RANDOM ? draw(initialiser, generator, (double)fan_in, 1) : 0;
}

void crease_net_initialise(const crease_net *net, crease_initialiser initialiser, gsl_rng *generator,
                           double *theta) {
    if (initialiser != CREASE_INIT_RANDOM && initialiser != CREASE_INIT_XAVIER &&
        initialiser != CREASE_INIT_HE)
        return;
    memcpy(theta, net->theta, net->parameter_count * sizeof *theta); /* prelu slopes keep their value */
    for (size_t l = 0; l < net->layer_count; l++) {
        const crease_layer *layer = &net->layer[l];
        draw_matrix(initialiser, generator, layer->width, layer->fan_in, theta + layer->weights);
        draw_biases(initialiser, generator, layer->width, layer->fan_in, theta + layer->biases);
    }
    size_t features = net->layer_count ? net->layer[net->layer_count - 1].width : 0;
    draw_matrix(initialiser, generator, net->outputs, features, theta + net->output_weights);
    draw_biases(initialiser, generator, net->outputs, features ? features : net->inputs,
                theta + net->output_biases);
    if (net->affine)
        draw_matrix(initialiser, generator, net->outputs, net->inputs, theta + net->affine_weights);
}
