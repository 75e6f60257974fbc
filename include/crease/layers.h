/* Layer by layer: gradient, step and activity of a network, for whoever watches it train or asks how a gradient
 * vanishes with depth. Layers are counted from 0; number layer_count is the output layer with the affine path, so that
 * every array "per layer" has layer_count + 1 entries. */
#ifndef CREASE_LAYERS_H
#define CREASE_LAYERS_H

#include "crease/data.h"
#include "crease/net.h"

/* One layer at one theta, on some rows. */
typedef struct crease_layer_state {
    double gradient_norm; /* Euclidean norm of the gradient in the layer's weights, biases and prelu slopes */
    double step_norm;     /* norm of the last change of these; NaN where there was no step yet */
    double active_share;  /* share of the (row, unit) pairs with z > 0; NaN of the output layer */
    double preactivation_rms; /* root of the mean z^2 over these pairs; NaN of the output layer */
    /* units that can die (relu, hinge) and have z <= 0 on every row: the gradient of their weights is exactly 0, but where
     * z = 0 and the derivative taken there is not; 0 of the output layer */
    size_t dead_units;
} crease_layer_state;

/* The parameters of layer l are theta[*first] and those behind it; returns how many. */
size_t crease_net_layer_parameters(const crease_net *net, size_t l, size_t *first);

/* Euclidean norm of each layer's part of a vector that is laid out as theta (a gradient, a step): layer_count + 1
 * values. Their squares add up to the square of the norm of the whole. Safe against overflow and underflow. */
void crease_net_layer_norms(const crease_net *net, const double *vector, double *norm);

/* Fills active_share, preactivation_rms and dead_units of layer_count + 1 states on the rows of x (n x inputs, n > 0),
 * with the bias shift of the work space in z; leaves the norms as they are. theta NULL: net->theta. */
void crease_net_layer_activity(const crease_net *net, const double *theta, crease_work *work, size_t n,
                               const double *x, crease_layer_state *state);

/* All of it without a fit: F = sum_i w_i |f(x_i) - y_i|^2 / (2 sum w), in raw units, its gradient, and the state of each
 * layer (layer_count + 1 entries; step_norm NaN) at theta (NULL: net->theta). derivative_at_zero as in fit.h. loss and
 * gradient (parameter_count) may be NULL. BAD_DATA for data that crease_data_check refuses and where F or its gradient
 * is not finite. For the gradient of something else than F, an output say: crease_net_gradient, then
 * crease_net_layer_norms. */
crease_status crease_net_layer_states(const crease_net *net, const double *theta, const crease_data *data,
                                      double derivative_at_zero, double *loss, double *gradient,
                                      crease_layer_state *state, crease_error *error);

#endif
