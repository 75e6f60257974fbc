/* The self-test of a network in C: sample points, crease's values there, and by how much another evaluation in doubles
 * may differ. With u the unit roundoff and e the error of a layer's input, a sum of n products has the error
 *
 *   sum |w| e + 2 (n + 4) u (|b| + sum |w a|)
 *
 * of the two evaluations together (Higham 2002, ch. 3), which a unit passes on with its Lipschitz constant. */
#include "crease/random.h"
#include "io/c_parts.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 16 };

/* Values with bounds of their errors. */
typedef struct bounded {
    double *value, *error;
} bounded;

static void bound_sum(const double *weights, double start, size_t n, const bounded *in, double *value,
                      double *error) {
    double size = fabs(start), passed = 0;
    *value += start;
    for (size_t j = 0; j < n; j++) {
        *value += weights[j] * in->value[j];
        size += fabs(weights[j] * in->value[j]);
        passed += fabs(weights[j]) * in->error[j];
    }
    *error += passed + 2 * ((double)n + 4) * DBL_EPSILON * size;
}

static void bound_unit(const crease_group *group, double parameter, double *value, double *error) {
    double z = *value, steepest = 1;
    if (group->activation == CREASE_HINGE) {
        double high = fmax(z + *error, 0), low = fmax(z - *error, 0);
        *error = pow(high, parameter) - pow(low, parameter);
    } else {
        if (group->activation == CREASE_LEAKY || group->activation == CREASE_PRELU)
            steepest = fmax(1, fabs(parameter));
        else if (group->activation == CREASE_GELU || group->activation == CREASE_SILU)
            steepest = 1.13;
        *error *= steepest;
    }
    crease_activation_evaluate(group->activation, parameter, 0, 1, &z, value, NULL);
    *error += 16 * DBL_EPSILON * fabs(*value); /* libraries differ by a few units in the last place */
}

/* How far outputs may lie from crease's: error[outputs]. memory: room for three times the widest layer, in pairs. */
static void bound_outputs(const crease_net *net, const double *x, double *memory, size_t widest,
                          double *error) {
    bounded in = {memory, memory + widest}, a = {memory + 2 * widest, memory + 3 * widest},
            b = {memory + 4 * widest, memory + 5 * widest}, last = in;
    for (size_t i = 0; i < net->inputs; i++) {
        in.value[i] = (x[i] - net->input_shift[i]) / net->input_scale[i];
        in.error[i] = 4 * DBL_EPSILON * (fabs(x[i]) + fabs(net->input_shift[i])) / net->input_scale[i];
    }
    for (size_t l = 0; l < net->layer_count; l++) {
        const crease_layer *layer = &net->layer[l];
        bounded next = l % 2 ? b : a;
        for (size_t u = 0; u < layer->width; u++) {
            double parameter;
            const crease_group *group = crease_net_unit(net, l, u, &parameter);
            next.value[u] = next.error[u] = 0;
            bound_sum(net->theta + layer->weights + u * layer->fan_in, net->theta[layer->biases + u],
                      layer->fan_in, &last, &next.value[u], &next.error[u]);
            bound_unit(group, parameter, &next.value[u], &next.error[u]);
        }
        last = next;
    }
    size_t width = net->layer_count ? net->layer[net->layer_count - 1].width : 0;
    for (size_t k = 0; k < net->outputs; k++) {
        double value = 0, wide = 0;
        bound_sum(net->theta + net->output_weights + k * width, net->theta[net->output_biases + k], width,
                  &last, &value, &wide);
        double start = value;
        if (net->affine) {
            value = 0;
            bound_sum(net->theta + net->affine_weights + k * net->inputs, start, net->inputs, &in, &value,
                      &wide);
        }
        error[k] = net->output_scale[k] * (wide + 4 * DBL_EPSILON * fabs(value)) +
                   4 * DBL_EPSILON * fabs(net->output_shift[k]);
    }
}

/* Points around the data that the network was fitted to; *count of those where all values are finite. */
static crease_status take_samples(const crease_net *net, double *x, double *y, double *error, size_t *count,
                                  crease_error *why) {
    size_t widest = net->inputs;
    for (size_t l = 0; l < net->layer_count; l++)
        widest = net->layer[l].width > widest ? net->layer[l].width : widest;
    double *memory = calloc(widest, 6 * sizeof *memory);
    gsl_rng *rng = crease_random_new(1, 0);
    crease_work *work = NULL;
    crease_status status = crease_work_new(net, &work, why);
    if (!status && (!memory || !rng))
        status = crease_fail(why, CREASE_NO_MEMORY, "not enough memory for the self-test of a network");
    *count = 0;
    for (size_t i = 0; i < SAMPLES && !status; i++) {
        double *at = x + *count * net->inputs, *to = y + *count * net->outputs,
               *by = error + *count * net->outputs;
        for (size_t k = 0; k < net->inputs; k++)
            at[k] = net->input_shift[k] + net->input_scale[k] * (4 * gsl_rng_uniform(rng) - 2);
        crease_net_evaluate(net, NULL, work, 1, at, to);
        bound_outputs(net, at, memory, widest, by);
        bool finite = true;
        for (size_t k = 0; k < net->outputs; k++)
            finite = finite && isfinite(to[k]) && isfinite(by[k]);
        *count += finite;
    }
    if (!status && *count == 0)
        status =
            crease_fail(why, CREASE_BAD_ARGUMENT,
                        "the values of the network are beyond the range of numbers around its input_shift");
    crease_work_free(work);
    if (rng)
        gsl_rng_free(rng);
    free(memory);
    return status;
}

static void put_test(const c_writer *w, size_t count) {
    const crease_net *net = w->net;
    fprintf(
        w->file,
        "int main(void) {\n    int wrong = 0;\n    for (int i = 0; i < %zu; i++) {\n        double y[%zu];\n"
        "        %s(%s_test_x + %zu * i, y);\n        for (int k = 0; k < %zu; k++) {\n"
        "            double expected = %s_test_y[%zu * i + k];\n"
        "            if (!(fabs(y[k] - expected) <= %s_test_error[%zu * i + k])) {\n"
        "                printf(\"sample %%d: y[%%d] is %%.17g, not %%.17g\\n\", i, k, y[k], expected);\n"
        "                wrong = 1;\n            }\n        }\n    }\n"
        "    if (!wrong)\n        printf(\"%zu samples agree\\n\");\n    return wrong;\n}\n#endif\n",
        count, net->outputs, w->name, w->name, net->inputs, net->outputs, w->name, net->outputs, w->name,
        net->outputs, count);
}

crease_status crease_c_self_test(const c_writer *w, crease_error *error) {
    const crease_net *net = w->net;
    size_t count = 0;
    double *x = calloc(net->inputs, SAMPLES * sizeof *x), *y = calloc(net->outputs, 2 * SAMPLES * sizeof *y);
    crease_status status =
        x && y ? take_samples(net, x, y, y + SAMPLES * net->outputs, &count, error)
               : crease_fail(error, CREASE_NO_MEMORY, "not enough memory for the self-test of a network");
    if (!status) {
        fputs("#ifdef ", w->file);
        crease_c_put_capitals(w);
        fputs("_SELF_TEST\n#include <stdio.h>\n\n", w->file);
        crease_c_array(w, "test_x", count * net->inputs, x);
        crease_c_array(w, "test_y", count * net->outputs, y);
        crease_c_array(w, "test_error", count * net->outputs, y + SAMPLES * net->outputs);
        putc('\n', w->file);
        put_test(w, count);
    }
    free(x);
    free(y);
    return status;
}
