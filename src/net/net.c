/* The shape of a network: layers, the layout of theta, scaling, names, counts. */
#include "crease/net.h"
#include "net/shape.h"
#include <stdlib.h>
#include <string.h>

void crease_layers_free(crease_layer *layer, size_t layer_count) {
    for (size_t l = 0; layer && l < layer_count; l++)
        free(layer[l].group);
    free(layer);
}

static void free_names(char **name, size_t count) {
    for (size_t i = 0; name && i < count; i++)
        free(name[i]);
    free(name);
}

void crease_net_free(crease_net *net) {
    if (!net)
        return;
    crease_layers_free(net->layer, net->layer_count);
    free(net->theta);
    free(net->input_shift);
    free(net->input_scale);
    free(net->output_shift);
    free(net->output_scale);
    free_names(net->input_name, net->inputs);
    free_names(net->output_name, net->outputs);
    free(net);
}

/* *total += a * b; false beyond the limit on parameters */
static bool add_product(size_t *total, size_t a, size_t b) {
    if (a && b > (CREASE_MAX_PARAMETERS - *total) / a)
        return false;
    *total += a * b;
    return true;
}

static size_t count_slopes(const crease_layer *layer) {
    size_t count = 0;
    for (size_t g = 0; g < layer->group_count; g++)
        if (layer->group[g].activation == CREASE_PRELU)
            count += layer->group[g].width;
    return count;
}

static bool lay_out_theta(crease_net *net) {
    size_t at = 0, fan_in = net->inputs;
    for (size_t l = 0; l < net->layer_count; l++) {
        crease_layer *layer = &net->layer[l];
        layer->fan_in = fan_in;
        layer->slope_count = count_slopes(layer);
        layer->weights = at;
        if (!add_product(&at, layer->width, fan_in))
            return false;
        layer->biases = at;
        if (!add_product(&at, layer->width, 1))
            return false;
        layer->slopes = at;
        if (!add_product(&at, layer->slope_count, 1))
            return false;
        fan_in = layer->width;
    }
    size_t features = net->layer_count ? fan_in : 0;
    net->linear_from = net->output_weights = at;
    if (!add_product(&at, net->outputs, features))
        return false;
    net->output_biases = at;
    if (!add_product(&at, net->outputs, 1))
        return false;
    net->affine_weights = at;
    if (net->affine && !add_product(&at, net->outputs, net->inputs))
        return false;
    net->parameter_count = at;
    return true;
}

static void start_slopes(crease_net *net) {
    for (size_t l = 0; l < net->layer_count; l++) {
        const crease_layer *layer = &net->layer[l];
        double *slope = net->theta + layer->slopes;
        for (size_t g = 0; g < layer->group_count; g++)
            if (layer->group[g].activation == CREASE_PRELU)
                for (size_t u = 0; u < layer->group[g].width; u++)
                    *slope++ = layer->group[g].parameter;
    }
}

static double *constant_array(size_t n, double value) {
    double *array = malloc(n * sizeof *array);
    for (size_t i = 0; array && i < n; i++)
        array[i] = value;
    return array;
}

crease_status crease_net_build(size_t inputs, size_t outputs, size_t layer_count, crease_layer *layer,
                               bool affine, crease_net **net, crease_error *error) {
    crease_status status = CREASE_OK;
    *net = NULL;
    crease_net *built = calloc(1, sizeof *built);
    if (!built) {
        crease_layers_free(layer, layer_count);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a network");
    }
    *built = (crease_net){
        .inputs = inputs, .outputs = outputs, .layer_count = layer_count, .layer = layer, .affine = affine};
    if (inputs == 0 || outputs == 0 || inputs > CREASE_MAX_PARAMETERS || outputs > CREASE_MAX_PARAMETERS) {
        status = crease_fail(error, CREASE_BAD_ARGUMENT, "a network needs at least one input and one output");
        goto done;
    }
    if (layer_count > CREASE_MAX_LAYERS) {
        status = crease_fail(error, CREASE_BAD_ARGUMENT, "a network of more than %zu layers is refused",
                             CREASE_MAX_LAYERS);
        goto done;
    }
    if (!lay_out_theta(built)) {
        status = crease_fail(error, CREASE_BAD_ARGUMENT, "a network of more than %zu parameters is refused",
                             CREASE_MAX_PARAMETERS);
        goto done;
    }
    built->theta = constant_array(built->parameter_count, 0);
    built->input_shift = constant_array(inputs, 0);
    built->input_scale = constant_array(inputs, 1);
    built->output_shift = constant_array(outputs, 0);
    built->output_scale = constant_array(outputs, 1);
    if (!built->theta || !built->input_shift || !built->input_scale || !built->output_shift ||
        !built->output_scale) {
        status =
            crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu parameters", built->parameter_count);
        goto done;
    }
    start_slopes(built);
    *net = built;
    built = NULL;
done:
    crease_net_free(built);
    return status;
}

static crease_layer *copy_layers(const crease_layer *layer, size_t count) {
    crease_layer *copy = calloc(count ? count : 1, sizeof *copy);
    for (size_t l = 0; copy && l < count; l++) {
        copy[l] = layer[l];
        copy[l].group = malloc(layer[l].group_count * sizeof *copy[l].group);
        if (!copy[l].group) {
            crease_layers_free(copy, l);
            return NULL;
        }
        memcpy(copy[l].group, layer[l].group, layer[l].group_count * sizeof *copy[l].group);
    }
    return copy;
}

crease_status crease_net_copy(const crease_net *net, crease_net **copy, crease_error *error) {
    *copy = NULL;
    crease_layer *layer = copy_layers(net->layer, net->layer_count);
    if (!layer)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a network");
    crease_status status =
        crease_net_build(net->inputs, net->outputs, net->layer_count, layer, net->affine, copy, error);
    if (status != CREASE_OK)
        return status;
    memcpy((*copy)->theta, net->theta, net->parameter_count * sizeof *net->theta);
    memcpy((*copy)->input_shift, net->input_shift, net->inputs * sizeof(double));
    memcpy((*copy)->input_scale, net->input_scale, net->inputs * sizeof(double));
    memcpy((*copy)->output_shift, net->output_shift, net->outputs * sizeof(double));
    memcpy((*copy)->output_scale, net->output_scale, net->outputs * sizeof(double));
    status = crease_net_set_names(*copy, (const char *const *)net->input_name,
                                  (const char *const *)net->output_name, error);
    if (status != CREASE_OK) {
        crease_net_free(*copy);
        *copy = NULL;
    }
    return status;
}

static char **copy_names(const char *const *name, size_t count) {
    char **copy = calloc(count, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++)
        if (!(copy[i] = strdup(name[i]))) {
            free_names(copy, count);
            return NULL;
        }
    return copy;
}

crease_status crease_net_set_names(crease_net *net, const char *const *inputs, const char *const *outputs,
                                   crease_error *error) {
    char **input_name = inputs ? copy_names(inputs, net->inputs) : NULL;
    char **output_name = outputs ? copy_names(outputs, net->outputs) : NULL;
    if ((inputs && !input_name) || (outputs && !output_name)) {
        free_names(input_name, net->inputs);
        free_names(output_name, net->outputs);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for column names");
    }
    free_names(net->input_name, net->inputs);
    free_names(net->output_name, net->outputs);
    net->input_name = input_name;
    net->output_name = output_name;
    return CREASE_OK;
}

size_t crease_net_free_count(const crease_net *net) {
    size_t count = net->parameter_count;
    if (net->layer_count == 0)
        return count;
    const crease_layer *last = &net->layer[net->layer_count - 1];
    for (size_t g = 0; g < last->group_count; g++)
        if (crease_activation_is_homogeneous(last->group[g].activation))
            count -= last->group[g].width;
    return count;
}

size_t crease_net_unit_count(const crease_net *net) {
    size_t count = 0;
    for (size_t l = 0; l < net->layer_count; l++)
        count += net->layer[l].width;
    return count;
}

const crease_group *crease_net_unit(const crease_net *net, size_t l, size_t u, double *parameter) {
    const crease_layer *layer = &net->layer[l];
    const double *slope = net->theta + layer->slopes;
    size_t g = 0;
    for (; u >= layer->group[g].width; g++) {
        u -= layer->group[g].width;
        if (layer->group[g].activation == CREASE_PRELU)
            slope += layer->group[g].width;
    }
    *parameter = layer->group[g].activation == CREASE_PRELU ? slope[u] : layer->group[g].parameter;
    return &layer->group[g];
}

bool crease_net_is_piecewise_linear(const crease_net *net) {
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t g = 0; g < net->layer[l].group_count; g++)
            if (!crease_activation_is_piecewise_linear(net->layer[l].group[g].activation,
                                                       net->layer[l].group[g].parameter))
                return false;
    return true;
}
