/* In the plane of x = q - reference and w, an input e = -x with the scaling (e - s)/c is minus (x + s)/c, so its shift and
 * its weights change their sign; the angle q = x + reference has the shift s - reference. */
#include "arm/network.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    arm_quantity quantity;
} words[] = {{"e", ARM_ERROR},    {"error", ARM_ERROR},    {"x", ARM_OFFSET},       {"offset", ARM_OFFSET},
             {"q", ARM_POSITION}, {"angle", ARM_POSITION}, {"theta", ARM_POSITION}, {"th", ARM_POSITION},
             {"w", ARM_SPEED},    {"rate", ARM_SPEED},     {"omega", ARM_SPEED}};

/* Reads "w2_rad_s": a word, the number of the joint, anything after an underscore. */
static crease_status read_input(const char *name, size_t length, size_t joints, arm_input *input,
                                crease_error *error) {
    size_t letters = 0;
    while (letters < length && isalpha((unsigned char)name[letters]))
        letters++;
    size_t known = 0, count = sizeof words / sizeof *words;
    while (known < count &&
           (strlen(words[known].name) != letters || strncmp(words[known].name, name, letters) != 0))
        known++;
    size_t joint = 0, at = letters;
    while (at < length && isdigit((unsigned char)name[at]) && joint < 10)
        joint = 10 * joint + (size_t)(name[at++] - '0');
    bool ends = at == length || name[at] == '_';
    bool counts = at > letters ? joint >= 1 && joint <= joints : joints == 1;
    if (known == count || !ends || !counts)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the controller's input '%.*s' is none of e, x, q and w (error, angle minus reference, "
            "angle, rate)%s; name its inputs with --inputs, such as --inputs %s",
            (int)(length < 40 ? length : 40), name,
            joints > 1 ? " with the number of a joint of this arm" : "", joints > 1 ? "e1,e2,w1,w2" : "e,w");
    *input = (arm_input){words[known].quantity, at > letters ? joint - 1 : 0};
    return CREASE_OK;
}

static crease_status read_list(const char *list, arm_network *network, crease_error *error) {
    size_t count = 0;
    for (const char *rest = list;; rest++) {
        size_t length = strcspn(rest, ",");
        if (count < network->net->inputs) {
            crease_status status = read_input(rest, length, network->joints, &network->input[count], error);
            if (status != CREASE_OK)
                return status;
        }
        count++;
        rest += length;
        if (!*rest)
            break;
    }
    if (count != network->net->inputs)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the controller has %zu inputs, but '%.60s' names %zu; name each once",
                           network->net->inputs, list, count);
    return CREASE_OK;
}

static crease_status take_places(arm_network *network, crease_error *error) {
    size_t inputs = network->net->inputs, joints = network->joints;
    if (inputs == 1 && joints == 1) {
        network->input[0] = (arm_input){ARM_ERROR, 0};
        return CREASE_OK;
    }
    if (inputs != 2 * joints)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the controller has %zu inputs without names; say what they are with --inputs, such "
            "as --inputs %s",
            inputs, joints > 1 ? "e1,e2,w1,w2" : "e,w");
    for (size_t j = 0; j < inputs; j++)
        network->input[j] = j < joints ? (arm_input){ARM_OFFSET, j} : (arm_input){ARM_SPEED, j - joints};
    return CREASE_OK;
}

crease_status arm_network_bind(const crease_net *net, size_t joints, const char *inputs, arm_network *network,
                               crease_error *error) {
    *network = (arm_network){.net = net, .joints = joints};
    if (net->outputs != joints)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the controller has %zu outputs and the arm %zu joint%s; it must have one torque for "
            "each joint",
            net->outputs, joints, joints == 1 ? "" : "s");
    if (net->inputs > ARM_MOST_INPUTS)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the controller has %zu inputs; a controller of an arm has at most %d",
                           net->inputs, ARM_MOST_INPUTS);
    if (inputs)
        return read_list(inputs, network, error);
    if (!net->input_name)
        return take_places(network, error);
    crease_status status = CREASE_OK;
    for (size_t j = 0; j < net->inputs && status == CREASE_OK; j++)
        status =
            read_input(net->input_name[j], strlen(net->input_name[j]), joints, &network->input[j], error);
    return status;
}

void arm_network_inputs(const arm_network *network, const double *reference, const double *angle,
                        const double *rate, double *x) {
    for (size_t i = 0; i < network->net->inputs; i++) {
        size_t j = network->input[i].joint;
        switch (network->input[i].quantity) {
        case ARM_ERROR:
            x[i] = reference[j] - angle[j];
            break;
        case ARM_OFFSET:
            x[i] = angle[j] - reference[j];
            break;
        case ARM_POSITION:
            x[i] = angle[j];
            break;
        default:
            x[i] = rate[j];
        }
    }
}

/* Copies rows of weights of `from` inputs each into rows of two, input i going to place[i] times sign[i]. */
static void place_weights(const double *from, size_t rows, size_t inputs, const size_t *place,
                          const double *sign, double *to) {
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < inputs; i++)
            to[2 * r + place[i]] = sign[i] * from[r * inputs + i];
}

static void fill_plane(const crease_net *net, const size_t *place, const double *sign, crease_net *plane) {
    size_t outputs = net->outputs, inputs = net->inputs;
    size_t first_width = net->layer_count ? net->layer[0].width : 0;
    /* only the weights of the first layer and of the affine path change; what lies between keeps its order */
    if (first_width) {
        place_weights(net->theta + net->layer[0].weights, first_width, inputs, place, sign,
                      plane->theta + plane->layer[0].weights);
        memcpy(plane->theta + plane->layer[0].biases, net->theta + net->layer[0].biases,
               (net->output_biases + outputs - net->layer[0].biases) * sizeof *net->theta);
    } else {
        memcpy(plane->theta + plane->output_biases, net->theta + net->output_biases,
               outputs * sizeof *net->theta);
    }
    if (net->affine)
        place_weights(net->theta + net->affine_weights, outputs, inputs, place, sign,
                      plane->theta + plane->affine_weights);
    memcpy(plane->output_shift, net->output_shift, outputs * sizeof *net->output_shift);
    memcpy(plane->output_scale, net->output_scale, outputs * sizeof *net->output_scale);
}

crease_status arm_network_in_plane(const arm_network *network, double reference, crease_net **plane,
                                   crease_error *error) {
    const crease_net *net = network->net;
    size_t place[2] = {0, 0};
    double sign[2] = {1, 1};
    *plane = NULL;
    for (size_t i = 0; i < net->inputs && i < 2; i++) {
        place[i] = network->input[i].quantity == ARM_SPEED;
        sign[i] = network->input[i].quantity == ARM_ERROR ? -1 : 1;
    }
    if (network->joints != 1 || net->inputs > 2 || (net->inputs == 2 && place[0] == place[1]))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "a law of the phase plane sees angle and rate of one joint, each once at most; this "
            "controller does not");
    size_t length = crease_net_spec(net, NULL, 0);
    char *spec = malloc(length + 1);
    if (!spec)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the law");
    crease_net_spec(net, spec, length + 1);
    crease_status status = crease_net_parse(spec, 2, net->outputs, plane, error);
    free(spec);
    if (status != CREASE_OK)
        return status;
    fill_plane(net, place, sign, *plane);
    for (size_t i = 0; i < net->inputs; i++) {
        double shift = net->input_shift[i];
        (*plane)->input_shift[place[i]] = network->input[i].quantity == ARM_ERROR      ? -shift
                                          : network->input[i].quantity == ARM_POSITION ? shift - reference
                                                                                       : shift;
        (*plane)->input_scale[place[i]] = net->input_scale[i];
    }
    status = crease_net_set_names(*plane, (const char *const[]){"x_rad", "w_rad_s"},
                                  (const char *const[]){"u_n_m"}, error);
    if (status != CREASE_OK) {
        crease_net_free(*plane);
        *plane = NULL;
    }
    return status;
}
