/* See the header. */
#include "support/random_net.h"
#include <check.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

double random_number(gsl_rng *rng, int kind) {
    if (kind == 0)
        return (double)gsl_rng_uniform_int(rng, 5) - 2;
    if (kind == 1)
        return ((double)gsl_rng_uniform_int(rng, 33) - 16) / 8;
    return gsl_ran_gaussian(rng, 1);
}

static size_t up_to(gsl_rng *rng, size_t most) {
    return 1 + gsl_rng_uniform_int(rng, most);
}

static void write_spec(gsl_rng *rng, const random_net_limits *limits, char *spec, size_t size) {
    static const char *const units[] = {"relu", "relu", "relu", "leaky", "leaky(.5)", "prelu", "identity"};
    size_t layers = up_to(rng, limits->depth), length = 0;
    bool affine = gsl_rng_uniform_int(rng, 4) == 0;
    for (size_t l = 0; l < layers; l++) {
        size_t width = up_to(rng, limits->width), first = width > 1 ? up_to(rng, width - 1) : 1;
        const char *one = units[gsl_rng_uniform_int(rng, 7)], *two = units[gsl_rng_uniform_int(rng, 7)];
        const char *before = l > 0 ? "/" : affine ? "affine+" : "";
        length += (size_t)snprintf(spec + length, size - length, "%s%s:%zu", before, one, first);
        if (width > first)
            length += (size_t)snprintf(spec + length, size - length, "+%s:%zu", two, width - first);
    }
}

/* A column or a row at another size: 1e150 and 1e-150 in one net, or denormal numbers. */
static void disturb(gsl_rng *rng, crease_net *net) {
    static const double sizes[] = {1e150, 1e-150, 1e-310, 1e10, 0};
    size_t count = up_to(rng, net->parameter_count), first = gsl_rng_uniform_int(rng, net->parameter_count);
    double size = sizes[gsl_rng_uniform_int(rng, 5)];
    for (size_t i = first; i < net->parameter_count && i < first + count; i++)
        net->theta[i] *= size;
}

crease_net *random_net(gsl_rng *rng, const random_net_limits *limits) {
    static const double prelu[] = {.25, 0, 1, 2, -.5};
    char spec[256] = "";
    crease_net *net;
    crease_error error = {0};
    int kind = (int)gsl_rng_uniform_int(rng, 3);
    write_spec(rng, limits, spec, sizeof spec);
    crease_status status =
        crease_net_parse(spec, up_to(rng, limits->inputs), up_to(rng, limits->outputs), &net, &error);
    ck_assert_msg(status == CREASE_OK, "%s: %s", spec, error.message);
    for (size_t i = 0; i < net->parameter_count; i++)
        net->theta[i] = gsl_rng_uniform_int(rng, 8) ? random_number(rng, kind) : 0;
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t s = 0; s < net->layer[l].slope_count; s++)
            net->theta[net->layer[l].slopes + s] = prelu[gsl_rng_uniform_int(rng, 5)];
    if (gsl_rng_uniform_int(rng, 10) == 0)
        disturb(rng, net);
    if (gsl_rng_uniform_int(rng, 3) == 0) {
        for (size_t k = 0; k < net->inputs; k++) {
            net->input_shift[k] = random_number(rng, kind);
            net->input_scale[k] = kind == 0 ? 2 : kind == 1 ? 3 : .1 + gsl_rng_uniform(rng);
        }
        for (size_t o = 0; o < net->outputs; o++) {
            net->output_shift[o] = random_number(rng, kind);
            net->output_scale[o] = kind == 0 ? .5 : kind == 1 ? 10 : .1 + gsl_rng_uniform(rng);
        }
    }
    return net;
}

double random_size(gsl_rng *rng) {
    static const double size[] = {1, 1, 1, 1e-300, 1e-150, 1e-12, 1e12, 1e150, 1e300, 1e-310};
    return size[gsl_rng_uniform_int(rng, 10)];
}

void random_sizes(gsl_rng *rng, crease_net *net) {
    for (size_t l = 0; l <= net->layer_count; l++) {
        bool hidden = l < net->layer_count;
        size_t first = hidden ? net->layer[l].weights : net->output_weights,
               end = hidden ? net->layer[l].biases : net->output_biases;
        double size = random_size(rng);
        for (size_t i = first; i < end; i++)
            net->theta[i] *= size;
        if (gsl_rng_uniform_int(rng, 2))
            for (size_t i = end; i < end + (hidden ? net->layer[l].width : net->outputs); i++)
                net->theta[i] *= gsl_rng_uniform_int(rng, 2) ? size : 0;
    }
    for (size_t j = 0; j < net->inputs; j++) {
        net->input_scale[j] = (1 + gsl_rng_uniform(rng)) * random_size(rng);
        net->input_shift[j] = gsl_rng_uniform_int(rng, 2) ? random_size(rng) * gsl_ran_gaussian(rng, 1) : 0;
    }
    for (size_t o = 0; o < net->outputs; o++)
        net->output_scale[o] = (1 + gsl_rng_uniform(rng)) * random_size(rng);
    for (size_t i = 0; i < net->parameter_count; i++)
        if (!isfinite(net->theta[i]))
            net->theta[i] = 1;
}
