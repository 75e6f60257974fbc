/* From layer to layer of one region, where every unit keeps to one side:
 *
 *   z_l = W_l a_{l-1} + b_l      a_l = above z_l or below z_l     output = W a_L + A a_0 + b
 *
 * on integer forms. From one region to the next few units change their side, so z_l moves by the columns
 * of W_l of these alone, unless z_{l-1} has changed too. Idle units of a ReLU net cost nothing. */
#include "regions/integer_net.h"
#include "regions/rational.h"
#include <stdlib.h>
#include <string.h>

void crease_forms_clear(const crease_integer_net *net, crease_forms *forms) {
    size_t terms = net ? net->parameters + 1 : 0;
    for (size_t l = 0; net && l < net->layer_count; l++) {
        if (forms->z)
            crease_integers_free(forms->z[l], net->layer[l].width * terms);
        if (forms->sign)
            free(forms->sign[l]);
        if (forms->used)
            free(forms->used[l]);
    }
    free(forms->z);
    free(forms->sign);
    free(forms->used);
    free(forms->version);
    free(forms->used_version);
    if (net) {
        crease_integers_free(forms->output, net->outputs * terms);
        crease_integers_free(forms->change, terms + 1);
    }
    *forms = (crease_forms){0};
}

crease_status crease_forms_new(const crease_integer_net *net, crease_forms *forms, crease_error *error) {
    size_t terms = net->parameters + 1, layers = net->layer_count ? net->layer_count : 1;
    *forms = (crease_forms){.z = calloc(layers, sizeof *forms->z),
                            .sign = calloc(layers, sizeof *forms->sign),
                            .output = crease_integers_new(net->outputs * terms),
                            .used = calloc(layers, sizeof *forms->used),
                            .version = calloc(layers, sizeof *forms->version),
                            .used_version = calloc(layers, sizeof *forms->used_version),
                            .change = crease_integers_new(terms + 1)};
    bool room = forms->z && forms->sign && forms->output && forms->used && forms->version &&
                forms->used_version && forms->change;
    for (size_t l = 0; l < net->layer_count && room; l++) {
        size_t width = net->layer[l].width;
        forms->z[l] = crease_integers_new(width * terms);
        forms->sign[l] = calloc(width, 1);
        forms->used[l] = calloc(width, 1);
        room = forms->z[l] && forms->sign[l] && forms->used[l];
    }
    if (room)
        return CREASE_OK;
    crease_forms_clear(net, forms);
    return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the affine maps of a region");
}

/* out += weight * in, on forms */
static void add_multiple(size_t terms, const mpz_t weight, const mpz_t *in, mpz_t *out) {
    if (mpz_sgn(weight) == 0)
        return;
    for (size_t k = 0; k < terms; k++)
        if (mpz_sgn(in[k]) != 0)
            mpz_addmul(out[k], weight, in[k]);
}

static const mpz_t *slope_of(const crease_integer_layer *layer, size_t u, signed char sign) {
    return (const mpz_t *)(sign > 0 ? &layer->above[u] : &layer->below[u]);
}

static void set_biases(const crease_integer_layer *to, size_t terms, mpz_t *out) {
    for (size_t u = 0; u < to->width; u++) {
        for (size_t k = 0; k + 1 < terms; k++)
            mpz_set_ui(out[u * terms + k], 0);
        mpz_set(out[u * terms + terms - 1], to->bias[u]);
    }
}

/* Takes into `out` (to->width forms) what unit u of layer `below` gives when its side is `now`, less what
 * it gave on side `before` where there is one. */
static void take_unit(const crease_integer_net *net, size_t below, size_t u, const signed char *before,
                      signed char now, const crease_integer_layer *to, mpz_t *out, crease_forms *forms) {
    const crease_integer_layer *from = &net->layer[below];
    size_t terms = net->parameters + 1;
    mpz_t *slope = &forms->change[terms];
    mpz_set(*slope, *slope_of(from, u, now));
    if (before)
        mpz_sub(*slope, *slope, *slope_of(from, u, *before));
    if (mpz_sgn(*slope) == 0)
        return;
    for (size_t k = 0; k < terms; k++)
        mpz_mul(forms->change[k], forms->z[below][u * terms + k], *slope);
    for (size_t v = 0; v < to->width; v++)
        add_multiple(terms, to->weight[v * to->fan_in + u], (const mpz_t *)forms->change, out + v * terms);
}

/* out = bias + weight a, a the activations of layer `below`; true when anything changed. */
static bool from_layer(const crease_integer_net *net, size_t below, const crease_integer_layer *to,
                       mpz_t *out, crease_forms *forms) {
    bool afresh = forms->used_version[below] != forms->version[below], changed = afresh;
    signed char *used = forms->used[below], *sign = forms->sign[below];
    if (afresh)
        set_biases(to, net->parameters + 1, out);
    for (size_t u = 0; u < net->layer[below].width; u++) {
        signed char now = sign[u] > 0;
        if (!afresh && now == used[u])
            continue;
        take_unit(net, below, u, afresh ? NULL : &used[u], now, to, out, forms);
        used[u] = now;
        changed = true;
    }
    forms->used_version[below] = forms->version[below];
    return changed;
}

void crease_forms_layer(const crease_integer_net *net, size_t l, crease_forms *forms) {
    const crease_integer_layer *layer = &net->layer[l];
    size_t terms = net->parameters + 1;
    if (l > 0) {
        forms->version[l] += from_layer(net, l - 1, layer, forms->z[l], forms);
        return;
    }
    if (forms->version[0])
        return;
    set_biases(layer, terms, forms->z[0]);
    for (size_t v = 0; v < layer->width; v++)
        for (size_t j = 0; j < layer->fan_in; j++)
            add_multiple(terms, layer->weight[v * layer->fan_in + j], (const mpz_t *)net->input + j * terms,
                         forms->z[0] + v * terms);
    forms->version[0] = 1;
}

void crease_forms_output(const crease_integer_net *net, crease_forms *forms) {
    const crease_integer_layer *last = &net->last;
    size_t terms = net->parameters + 1, layers = net->layer_count;
    bool afresh = layers == 0 || forms->used_version[layers - 1] != forms->version[layers - 1];
    if (layers == 0)
        set_biases(last, terms, forms->output);
    else
        from_layer(net, layers - 1, last, forms->output, forms);
    for (size_t k = 0; k < net->outputs && afresh && net->direct; k++)
        for (size_t j = 0; j < net->inputs; j++)
            add_multiple(terms, net->direct[k * net->inputs + j], (const mpz_t *)net->input + j * terms,
                         forms->output + k * terms);
}

void crease_forms_at_origin(const crease_integer_net *net, crease_forms *forms) {
    size_t terms = net->parameters + 1;
    for (size_t l = 0; l < net->layer_count; l++) {
        crease_forms_layer(net, l, forms);
        for (size_t u = 0; u < net->layer[l].width; u++)
            forms->sign[l][u] = (signed char)mpz_sgn(forms->z[l][u * terms + terms - 1]);
    }
    crease_forms_output(net, forms);
}
