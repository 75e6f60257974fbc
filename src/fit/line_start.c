/* A network of ReLU units on a line, with or without an affine path, is a piecewise-linear function with a knot a unit,
 * and the best one is found globally (crease/knots.h): with the standardised input u and knots u_j,
 *   affine path:  s_0 u + sum a_j relu(u - u_j) + b,     none:  sum a_j relu(+-(u - u_j)) + b,
 * where the a_j are the changes of slope and s_0 is the slope left of all knots. */
#include "crease/knots.h"
#include "fit/methods.h"
#include <math.h>
#include <stdlib.h>

enum { MOST_UNITS = 64, MOST_ROWS = 2000000 };

bool crease_line_start_applies(const crease_net *net, const crease_data *data,
                               const crease_fit_options *options) {
    return net->inputs == 1 && net->outputs == 1 && net->layer_count == 1 && net->layer[0].group_count == 1 &&
           net->layer[0].group[0].activation == CREASE_RELU && net->layer[0].width <= MOST_UNITS &&
           data->n <= MOST_ROWS && options->method == CREASE_METHOD_AUTO &&
           options->init == CREASE_INIT_AUTO && !(options->l2 > 0) && !options->bias_shift;
}

/* Units beyond the knots, where the data carry no more, get weight 0 and a corner at the mean. */
static void fill_theta(const crease_net *net, const crease_pwl *pwl, const bool *faces_left, double *theta) {
    const crease_layer *layer = &net->layer[0];
    double per_slope = net->input_scale[0] / net->output_scale[0], before = pwl->slope_left;
    for (size_t u = 0; u < layer->width; u++) {
        bool knot = u < pwl->knot_count, left = knot && !net->affine && faces_left[u];
        double at = knot ? (pwl->x[u] - net->input_shift[0]) / net->input_scale[0] : 0;
        double after = knot ? crease_pwl_slope(pwl, u + 1) : before;
        theta[layer->weights + u] = left ? -1 : 1;
        theta[layer->biases + u] = left ? at : -at;
        theta[net->output_weights + u] = (after - before) * per_slope;
        before = after;
    }
    /* the constant makes the function right at a place: the middle knot, or the mean without any */
    size_t middle = pwl->knot_count / 2;
    double place = pwl->knot_count ? pwl->x[middle] : net->input_shift[0];
    double u = (place - net->input_shift[0]) / net->input_scale[0];
    double value = (crease_pwl_evaluate(pwl, place) - net->output_shift[0]) / net->output_scale[0];
    if (net->affine) {
        theta[net->affine_weights] = pwl->slope_left * per_slope;
        value -= theta[net->affine_weights] * u;
    }
    for (size_t j = 0; j < layer->width; j++)
        value -= theta[net->output_weights + j] *
                 fmax(0, theta[layer->weights + j] * u + theta[layer->biases + j]);
    theta[net->output_biases] = value;
}

crease_status crease_line_start(const crease_net_problem *p, const crease_fit_options *options, double *theta,
                                crease_error *error) {
    const crease_net *net = p->net;
    crease_knots_options knots = {.knots = net->layer[0].width,
                                  .min_points = CREASE_NO_MINIMUM,
                                  .interrupted = options->interrupted,
                                  .interrupted_context = options->interrupted_context};
    crease_knots_result best = {0};
    bool faces_left[MOST_UNITS] = {false};
    crease_status status = net->affine ? crease_knots_fit(&p->data, &knots, &best, error)
                                       : crease_knots_fit_relu(&p->data, &knots, &best, faces_left, error);
    if (status == CREASE_OK)
        fill_theta(net, best.pwl, faces_left, theta);
    crease_knots_result_clear(&best);
    return status;
}
