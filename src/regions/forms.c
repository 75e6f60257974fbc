/* From layer to layer of one region, where every unit keeps to one side:
 *
 *   z_l = W_l a_{l-1} + b_l      a_l = above z_l or below z_l     output = W a_L + A a_0 + b
 *
 * on integer forms. Units whose form is 0, all idle ones of a ReLU net, cost nothing in the next layer. */
#include "regions/integer_net.h"
#include "regions/rational.h"
#include <stdlib.h>
#include <string.h>

void crease_forms_clear(const crease_integer_net *net, crease_forms *forms) {
    size_t terms = net ? net->parameters + 1 : 0;
    for (size_t l = 0; net && l < net->layer_count; l++) {
        if (forms->z)
            crease_integers_free(forms->z[l], net->layer[l].width * terms);
        if (forms->a)
            crease_integers_free(forms->a[l], net->layer[l].width * terms);
        if (forms->sign)
            free(forms->sign[l]);
    }
    free(forms->z);
    free(forms->a);
    free(forms->sign);
    if (net)
        crease_integers_free(forms->output, net->outputs * terms);
    *forms = (crease_forms){0};
}

crease_status crease_forms_new(const crease_integer_net *net, crease_forms *forms, crease_error *error) {
    size_t terms = net->parameters + 1, layers = net->layer_count ? net->layer_count : 1;
    *forms = (crease_forms){.z = calloc(layers, sizeof *forms->z),
                            .a = calloc(layers, sizeof *forms->a),
                            .sign = calloc(layers, sizeof *forms->sign),
                            .output = crease_integers_new(net->outputs * terms)};
    bool room = forms->z && forms->a && forms->sign && forms->output;
    for (size_t l = 0; l < net->layer_count && room; l++) {
        size_t width = net->layer[l].width;
        forms->z[l] = crease_integers_new(width * terms);
        forms->a[l] = crease_integers_new(width * terms);
        forms->sign[l] = calloc(width, 1);
        room = forms->z[l] && forms->a[l] && forms->sign[l];
    }
    if (room)
        return CREASE_OK;
    crease_forms_clear(net, forms);
    return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the affine maps of a region");
}

/* out = bias + weight in; weight: `count` numbers, in: count forms */
static void combine(size_t count, size_t terms, const mpz_t *weight, const mpz_t bias, const mpz_t *in,
                    mpz_t *out) {
    for (size_t k = 0; k < terms; k++)
        mpz_set_ui(out[k], 0);
    mpz_set(out[terms - 1], bias);
    for (size_t j = 0; j < count; j++) {
        if (mpz_sgn(weight[j]) == 0)
            continue;
        for (size_t k = 0; k < terms; k++)
            if (mpz_sgn(in[j * terms + k]) != 0)
                mpz_addmul(out[k], weight[j], in[j * terms + k]);
    }
}

static const mpz_t *layer_input(const crease_integer_net *net, size_t l, const crease_forms *forms) {
    return l == 0 ? (const mpz_t *)net->input : (const mpz_t *)forms->a[l - 1];
}

void crease_forms_layer(const crease_integer_net *net, size_t l, crease_forms *forms) {
    const crease_integer_layer *layer = &net->layer[l];
    size_t terms = net->parameters + 1;
    for (size_t u = 0; u < layer->width; u++)
        combine(layer->fan_in, terms, (const mpz_t *)layer->weight + u * layer->fan_in, layer->bias[u],
                layer_input(net, l, forms), forms->z[l] + u * terms);
}

void crease_forms_activate(const crease_integer_net *net, size_t l, crease_forms *forms) {
    const crease_integer_layer *layer = &net->layer[l];
    size_t terms = net->parameters + 1;
    for (size_t u = 0; u < layer->width; u++) {
        mpz_t *slope = forms->sign[l][u] > 0 ? &layer->above[u] : &layer->below[u];
        for (size_t k = 0; k < terms; k++)
            mpz_mul(forms->a[l][u * terms + k], forms->z[l][u * terms + k], *slope);
    }
}

void crease_forms_output(const crease_integer_net *net, crease_forms *forms) {
    const crease_integer_layer *last = &net->last;
    size_t terms = net->parameters + 1;
    for (size_t k = 0; k < net->outputs; k++) {
        mpz_t *out = forms->output + k * terms;
        combine(last->fan_in, terms, (const mpz_t *)last->weight + k * last->fan_in, last->bias[k],
                layer_input(net, net->layer_count, forms), out);
        for (size_t j = 0; net->direct && j < net->inputs; j++)
            for (size_t t = 0; t < terms; t++)
                mpz_addmul(out[t], net->direct[k * net->inputs + j], net->input[j * terms + t]);
    }
}

void crease_forms_at_origin(const crease_integer_net *net, crease_forms *forms) {
    size_t terms = net->parameters + 1;
    for (size_t l = 0; l < net->layer_count; l++) {
        crease_forms_layer(net, l, forms);
        for (size_t u = 0; u < net->layer[l].width; u++)
            forms->sign[l][u] = (signed char)mpz_sgn(forms->z[l][u * terms + terms - 1]);
        crease_forms_activate(net, l, forms);
    }
    crease_forms_output(net, forms);
}
