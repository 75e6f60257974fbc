/* Feed-forward networks: shape + one flat parameter vector theta.
 *
 * With a_0 the standardised input, hidden layer l computes z_l = W_l a_{l-1} + b_l and a_l = phi(z_l), unit by unit;
 * the output is W a_L + b + A a_0, linear, then scaled back (A only with an affine path).
 *
 * theta: for each hidden layer W_l (width x fan-in, row-major), b_l (width), the slopes of its prelu units in order;
 * then the output layer W (outputs x width of the last layer), b (outputs), A (outputs x inputs). So everything from
 * crease_net.linear_from on enters the output linearly, which variable projection uses. */
#ifndef CREASE_NET_H
#define CREASE_NET_H

#include "crease/activation.h"
#include "crease/status.h"
#include <stdint.h>

/* Units of one kind in a layer. */
typedef struct crease_group {
    crease_activation activation;
    double parameter; /* slope of leaky, start slope of prelu, power of hinge; else 0 */
    size_t width;
} crease_group;

typedef struct crease_layer {
    crease_group *group; /* group_count, in the order of the mini-language */
    size_t group_count;
    size_t width, fan_in;
    size_t weights, biases, slopes; /* offsets of W_l, b_l and the prelu slopes in theta */
    size_t slope_count;
} crease_layer;

typedef struct crease_net {
    size_t inputs, outputs;
    size_t layer_count; /* hidden layers; 0 with `affine` is a plain linear model */
    crease_layer *layer;
    bool affine;
    size_t output_weights, output_biases, affine_weights; /* offsets in theta */
    size_t linear_from;                                   /* == output_weights */
    size_t parameter_count;
    double *theta;
    /* raw x -> (x - input_shift) / input_scale; net output -> output_shift + output_scale * output. Scales > 0. */
    double *input_shift, *input_scale;   /* inputs */
    double *output_shift, *output_scale; /* outputs */
    char **input_name, **output_name;    /* column names the net was fitted to, or NULL */
} crease_net;

/* Parses the mini-language: "affine+relu:3", "tanh:4+relu:1", "relu:16/relu:16", "leaky(.1):8", "relu^1.5:1";
 * "relu:4x50" is fifty layers of four units (the normal form writes four equal layers and more so).
 * theta is zero (prelu slopes at their start), scaling the identity. The message of a failure shows where. */
crease_status crease_net_parse(const char *spec, size_t inputs, size_t outputs, crease_net **net,
                               crease_error *error);
crease_status crease_net_copy(const crease_net *net, crease_net **copy, crease_error *error);
void crease_net_free(crease_net *net);

/* The spec in its normal form, written like snprintf into `text`; returns the length it needs. */
size_t crease_net_spec(const crease_net *net, char *text, size_t size);

/* parameter_count less one for each homogeneous unit (relu, leaky, prelu, relu^p) of the last hidden layer. */
size_t crease_net_free_count(const crease_net *net);

/* Number of hidden units. */
size_t crease_net_unit_count(const crease_net *net);

/* The group that unit u of layer l belongs to, and the value of its parameter (a prelu's current slope). */
const crease_group *crease_net_unit(const crease_net *net, size_t l, size_t u, double *parameter);

/* True when every hidden unit is piecewise linear, so the net is one affine map on each linear region. */
bool crease_net_is_piecewise_linear(const crease_net *net);

/* Names for columns (copied); either may be NULL. */
crease_status crease_net_set_names(crease_net *net, const char *const *inputs, const char *const *outputs,
                                   crease_error *error);

/* Work space of one thread: evaluation allocates nothing and leaves the net untouched. */
typedef struct crease_work crease_work;
crease_status crease_work_new(const crease_net *net, crease_work **work, crease_error *error);
void crease_work_free(crease_work *work);
/* Derivative taken at a kink during training, see activation.h: 0 (default), 1/2 or 1. */
void crease_work_set_derivative_at_zero(crease_work *work, double at_zero);
/* Added to every hidden pre-activation: z + gamma; the place of a bias schedule. Default 0. */
void crease_work_set_bias_shift(crease_work *work, double gamma);

/* All below: x is n x inputs, row-major, in raw units. theta NULL means net->theta. */

/* y: n x outputs. */
void crease_net_evaluate(const crease_net *net, const double *theta, crease_work *work, size_t n,
                         const double *x, double *y);

/* Jacobian of the raw outputs in theta. y (may be NULL): n x outputs; J: (n * outputs) x parameter_count with row
 * stride `stride` >= parameter_count. */
void crease_net_jacobian(const crease_net *net, const double *theta, crease_work *work, size_t n,
                         const double *x, double *y, double *J, size_t stride);

/* Sum over rows of dy . (dy/dtheta): adds to gradient (parameter_count) the gradient of a loss whose derivative in
 * the raw outputs is dy (n x outputs). y (may be NULL): n x outputs. */
void crease_net_gradient(const crease_net *net, const double *theta, crease_work *work, size_t n,
                         const double *x, const double *dy, double *y, double *gradient);

/* Gradient in the input: dydx is n x outputs x inputs. y may be NULL. */
void crease_net_input_gradient(const crease_net *net, const double *theta, crease_work *work, size_t n,
                               const double *x, double *y, double *dydx);

/* The affine map gain x + offset that touches the net at one point x (inputs): gain outputs x inputs, offset
 * outputs. For a piecewise-linear net it equals the net on the whole linear region of x. */
void crease_net_local_affine(const crease_net *net, crease_work *work, const double *x, double *gain,
                             double *offset);

/* Values of the last hidden layer, for the linear output layer's least squares: the first `width` entries of each row
 * of basis, rows `stride` apart. */
void crease_net_features(const crease_net *net, const double *theta, crease_work *work, size_t n,
                         const double *x, double *basis, size_t stride);

/* The input of layer l (layer_count: the output layer): values of the layer below it, or the standardised input for l = 0,
 * laid out as above. */
void crease_net_layer_values(const crease_net *net, const double *theta, crease_work *work, size_t l,
                             size_t n, const double *x, double *values, size_t stride);

/* Largest pre-activation of each hidden unit over the rows (crease_net_unit_count values, layer by layer), combined
 * with what `largest` holds: start it at -INFINITY. A unit that can die and has largest <= 0 is dead on these rows. */
void crease_net_largest_preactivations(const crease_net *net, const double *theta, crease_work *work,
                                       size_t n, const double *x, double *largest);
/* Number of units that can die and have no positive pre-activation on the rows of x. */
size_t crease_net_dead_units(const crease_net *net, crease_work *work, size_t n, const double *x);

#endif
