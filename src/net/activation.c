/* Value and derivative of each activation, written so that nothing overflows on finite input. */
#include "crease/activation.h"
#include <float.h>
#include <math.h>

static const char *const names[CREASE_ACTIVATION_COUNT] = {
    [CREASE_IDENTITY] = "identity", [CREASE_RELU] = "relu",         [CREASE_LEAKY] = "leaky",
    [CREASE_PRELU] = "prelu",       [CREASE_ELU] = "elu",           [CREASE_GELU] = "gelu",
    [CREASE_SILU] = "silu",         [CREASE_SOFTPLUS] = "softplus", [CREASE_TANH] = "tanh",
    [CREASE_SIGMOID] = "sigmoid",   [CREASE_HINGE] = "relu",
};

typedef struct pair {
    double value, derivative;
} pair;

static pair straight_pieces(double z, double slope_below, double at_zero) {
    if (z > 0)
        return (pair){z, 1};
    if (z < 0)
        return (pair){slope_below * z, slope_below};
    return (pair){z == 0 ? 0 : z, slope_below + at_zero * (1 - slope_below)}; /* NaN stays NaN */
}

static pair elu(double z) {
    return z > 0 ? (pair){z, 1} : (pair){expm1(z), exp(z)};
}

static pair gelu(double z) {
    double normal_cdf = 0.5 * erfc(-z * M_SQRT1_2);
    double normal_density = 0.5 * M_2_SQRTPI * M_SQRT1_2 * exp(-0.5 * z * z);
    return (pair){z * normal_cdf, normal_cdf + z * normal_density};
}

static double sigmoid(double z) {
    if (z >= 0)
        return 1 / (1 + exp(-z));
    double e = exp(z);
    return e / (1 + e);
}

static pair silu(double z) {
    double s = sigmoid(z), complement = sigmoid(-z);
    return (pair){z * s, s * (1 + z * complement)};
}

static pair softplus(double z) {
    return (pair){fmax(z, 0) + log1p(exp(-fabs(z))), sigmoid(z)};
}

static pair hyperbolic_tangent(double z) {
    /* 1 - t^2 loses its digits where t is near 1; 1/cosh^2 = 4 e / (1 + e)^2 with e = exp(-2|z|) does not */
    double e = exp(-2 * fabs(z));
    return (pair){tanh(z), 4 * e / ((1 + e) * (1 + e))};
}

static pair logistic(double z) {
    return (pair){sigmoid(z), sigmoid(z) * sigmoid(-z)};
}

static pair hinge_power(double z, double power, double at_zero) {
    if (power == 1)
        return straight_pieces(z, 0, at_zero);
    if (z <= 0)
        return (pair){0, 0};
    double derivative = power * pow(z, power - 1);
    return (pair){pow(z, power), derivative < DBL_MAX ? derivative : DBL_MAX};
}

static pair evaluate_one(crease_activation activation, double parameter, double at_zero, double z) {
    switch (activation) {
    case CREASE_RELU:
        return straight_pieces(z, 0, at_zero);
    case CREASE_LEAKY:
    case CREASE_PRELU:
        return straight_pieces(z, parameter, at_zero);
    case CREASE_ELU:
        return elu(z);
    case CREASE_GELU:
        return gelu(z);
    case CREASE_SILU:
        return silu(z);
    case CREASE_SOFTPLUS:
        return softplus(z);
    case CREASE_TANH:
        return hyperbolic_tangent(z);
    case CREASE_SIGMOID:
        return logistic(z);
    case CREASE_HINGE:
        return hinge_power(z, parameter, at_zero);
    case CREASE_IDENTITY:
    case CREASE_ACTIVATION_COUNT:
        break;
    }
    return (pair){z, 1};
}

const char *crease_activation_name(crease_activation activation) {
    return (unsigned)activation < CREASE_ACTIVATION_COUNT ? names[activation] : "?";
}

/* ReLU is most of the work of this library: a loop that the compiler can vectorise. */
static void evaluate_relu(double at_zero, size_t n, const double *z, double *value, double *derivative) {
    if (derivative)
        for (size_t i = 0; i < n; i++)
            derivative[i] = z[i] > 0 ? 1 : z[i] < 0 ? 0 : at_zero;
    if (value)
        for (size_t i = 0; i < n; i++)
            value[i] = z[i] <= 0 ? 0 : z[i]; /* NaN stays NaN */
}

void crease_activation_evaluate(crease_activation activation, double parameter, double at_zero, size_t n,
                                const double *z, double *value, double *derivative) {
    if (activation == CREASE_RELU) {
        evaluate_relu(at_zero, n, z, value, derivative);
        return;
    }
    if (activation == CREASE_TANH && !derivative) {
        for (size_t i = 0; i < n; i++)
            value[i] = tanh(z[i]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        pair f = evaluate_one(activation, parameter, at_zero, z[i]);
        if (derivative)
            derivative[i] = f.derivative;
        if (value)
            value[i] = f.value;
    }
}

double crease_activation_slope_below(crease_activation activation, double parameter) {
    switch (activation) {
    case CREASE_IDENTITY:
        return 1;
    case CREASE_LEAKY:
    case CREASE_PRELU:
        return parameter;
    default:
        return 0;
    }
}

bool crease_activation_is_piecewise_linear(crease_activation activation, double parameter) {
    switch (activation) {
    case CREASE_IDENTITY:
    case CREASE_RELU:
    case CREASE_LEAKY:
    case CREASE_PRELU:
        return true;
    case CREASE_HINGE:
        return parameter == 1;
    default:
        return false;
    }
}

bool crease_activation_is_homogeneous(crease_activation activation) {
    return activation == CREASE_RELU || activation == CREASE_LEAKY || activation == CREASE_PRELU ||
           activation == CREASE_HINGE;
}

bool crease_activation_can_die(crease_activation activation) {
    return activation == CREASE_RELU || activation == CREASE_HINGE;
}
