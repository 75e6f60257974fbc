/* Activations against other formulas in long double (the normal distribution by its series and by the
 * continued fraction of its tail), derivatives against complex steps or differences of those formulas. */
#include "crease/activation.h"
#include "crease/random.h"
#include "support/suites.h"
#include <complex.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

typedef struct kind {
    crease_activation activation;
    double parameter;
    const char *name;
} kind;

static const kind kinds[] = {
    {CREASE_IDENTITY, 0, "identity"}, {CREASE_RELU, 0, "relu"},     {CREASE_LEAKY, .01, "leaky"},
    {CREASE_LEAKY, .3, "leaky"},      {CREASE_PRELU, .25, "prelu"}, {CREASE_PRELU, -.5, "prelu"},
    {CREASE_ELU, 0, "elu"},           {CREASE_GELU, 0, "gelu"},     {CREASE_SILU, 0, "silu"},
    {CREASE_SOFTPLUS, 0, "softplus"}, {CREASE_TANH, 0, "tanh"},     {CREASE_SIGMOID, 0, "sigmoid"},
    {CREASE_HINGE, .5, "relu"},       {CREASE_HINGE, 1, "relu"},    {CREASE_HINGE, 1.5, "relu"},
    {CREASE_HINGE, 3, "relu"},
};
enum { kind_count = sizeof kinds / sizeof kinds[0] };

static double value_at(kind k, double z) {
    double value;
    crease_activation_evaluate(k.activation, k.parameter, 0, 1, &z, &value, NULL);
    return value;
}

static double derivative_at(kind k, double at_zero, double z) {
    double derivative;
    crease_activation_evaluate(k.activation, k.parameter, at_zero, 1, &z, NULL, &derivative);
    return derivative;
}

static long double normal_density(long double z) {
    return expl(-z * z / 2) / sqrtl(2 * acosl(-1));
}

/* Tail by Laplace's continued fraction beyond 2, the middle by 1/2 + density (z + z^3/3 + z^5/15 + ...). */
static long double normal_cdf(long double z) {
    if (z > 0)
        return 1 - normal_cdf(-z);
    if (z < -2) {
        long double fraction = -z;
        for (int k = 400; k > 0; k--)
            fraction = -z + k / fraction;
        return normal_density(z) / fraction;
    }
    long double term = z, sum = z;
    for (int k = 3; k < 100; k += 2)
        sum += term *= z * z / k;
    return .5L + normal_density(z) * sum;
}

static long double reference(kind k, long double z) {
    switch (k.activation) {
    case CREASE_RELU:
        return fmaxl(z, 0);
    case CREASE_LEAKY:
    case CREASE_PRELU:
        return z - (1 - (long double)k.parameter) * fminl(z, 0);
    case CREASE_ELU:
        return z > 0 ? z : 2 * expl(z / 2) * sinhl(z / 2);
    case CREASE_GELU:
        return z * normal_cdf(z);
    case CREASE_SILU:
        return z / (1 + expl(-z));
    case CREASE_SOFTPLUS:
        return log1pl(expl(z));
    case CREASE_TANH:
        return expm1l(2 * z) / (expm1l(2 * z) + 2);
    case CREASE_SIGMOID:
        return 1 / (1 + expl(-z));
    case CREASE_HINGE:
        return z > 0 ? expl(k.parameter * logl(z)) : 0;
    default:
        return z;
    }
}

/* Imaginary part of the analytic function at z + ih over h. */
static double complex_step(kind k, double z) {
    const double h = 1e-100;
    double complex at = z + h * I, value;
    switch (k.activation) {
    case CREASE_ELU:
        value = cexp(at);
        break;
    case CREASE_SILU:
        value = z > 0 ? at / (1 + cexp(-at)) : at * cexp(at) / (1 + cexp(at));
        break;
    case CREASE_SOFTPLUS:
        value = clog(1 + cexp(at));
        break;
    case CREASE_TANH:
        value = 1 - 2 / (1 + cexp(2 * at));
        break;
    case CREASE_SIGMOID:
        value = 1 / (1 + cexp(-at));
        break;
    default:
        value = cpow(at, k.parameter);
    }
    return cimag(value) / h;
}

/* Of order 8. */
static double central_difference(kind k, long double z, long double h) {
    static const long double weight[4] = {4 / 5.L, -1 / 5.L, 4 / 105.L, -1 / 280.L};
    long double sum = 0;
    for (int i = 0; i < 4; i++)
        sum += weight[i] * (reference(k, z + (i + 1) * h) - reference(k, z - (i + 1) * h));
    return (double)(sum / h);
}

static void close_to(double got, double expected, double relative, double absolute, kind k, double z) {
    ck_assert_msg(fabs(got - expected) <= relative * fabs(expected) + absolute,
                  "%s(%g) at %.17g: %.17g, not %.17g", k.name, k.parameter, z, got, expected);
}

START_TEST(values_are_those_of_other_formulas) {
    kind k = kinds[_i];
    gsl_rng *rng = crease_random_new(1, (uint64_t)_i);
    ck_assert_str_eq(crease_activation_name(k.activation), k.name);
    for (size_t i = 0; i < 2000; i++) {
        double size = exp(gsl_rng_uniform(rng) * 26 - 20), z = gsl_rng_uniform_int(rng, 2) ? size : -size;
        if (k.activation == CREASE_GELU && z < -37)
            continue; /* below the smallest normal number */
        /* the argument of erfc or pow is rounded: an error that grows with the exponent */
        double relative = 1e-15 * (4 + (k.activation == CREASE_GELU ? z * z : fabs(z) > 20 ? 20 : fabs(z)));
        close_to(value_at(k, z), (double)reference(k, z), relative, DBL_MIN, k, z);
    }
    gsl_rng_free(rng);
}
END_TEST

START_TEST(derivatives_are_those_of_other_formulas) {
    kind k = kinds[_i];
    gsl_rng *rng = crease_random_new(2, (uint64_t)_i);
    for (size_t i = 0; i < 1000; i++) {
        double z = (2 * gsl_rng_uniform(rng) - 1) * (i % 2 ? 3 : 30);
        if (fabs(z) < 1e-3)
            continue;
        bool straight = crease_activation_is_piecewise_linear(k.activation, k.parameter);
        if (straight)
            close_to(derivative_at(k, .5, z), (double)(reference(k, z) / z), 4e-16, 0, k, z);
        else if (k.activation == CREASE_GELU)
            close_to(derivative_at(k, .5, z), central_difference(k, z, .02L), 1e-10, 1e-13, k, z);
        else if (z < 0 && k.activation == CREASE_HINGE)
            ck_assert(derivative_at(k, .5, z) == 0);
        else if (z > 0 && k.activation == CREASE_ELU)
            ck_assert(derivative_at(k, .5, z) == 1);
        else
            close_to(derivative_at(k, .5, z), complex_step(k, z), 2e-14, 1e-300, k, z);
    }
    gsl_rng_free(rng);
}
END_TEST

START_TEST(identities_hold) {
    for (double z = -40; z <= 40; z += .37) {
        kind sigmoid = {CREASE_SIGMOID, 0, "sigmoid"}, hyperbolic = {CREASE_TANH, 0, "tanh"};
        kind softplus = {CREASE_SOFTPLUS, 0, "softplus"}, gelu = {CREASE_GELU, 0, "gelu"};
        kind silu = {CREASE_SILU, 0, "silu"};
        close_to(value_at(hyperbolic, z), 2 * value_at(sigmoid, 2 * z) - 1, 0, 4e-16, hyperbolic, z);
        close_to(value_at(softplus, z) - value_at(softplus, -z), z, 1e-15, 1e-15, softplus, z);
        close_to(value_at(gelu, z) - value_at(gelu, -z), z, 1e-15, 1e-15, gelu, z);
        close_to(value_at(silu, z) - value_at(silu, -z), z, 1e-15, 1e-15, silu, z);
        close_to(value_at(sigmoid, z) + value_at(sigmoid, -z), 1, 1e-15, 0, sigmoid, z);
        close_to(derivative_at(softplus, 0, z), value_at(sigmoid, z), 1e-15, 0, softplus, z);
        close_to(derivative_at(gelu, 0, z) + derivative_at(gelu, 0, -z), 1, 1e-15, 1e-15, gelu, z);
        close_to(derivative_at(silu, 0, z) + derivative_at(silu, 0, -z), 1, 1e-15, 1e-15, silu, z);
    }
}
END_TEST

START_TEST(extreme_arguments_stay_finite) {
    static const double sizes[] = {DBL_MAX, 1e308, 1e155, 1e20, 745, 700, 40, 1, DBL_MIN, 1e-320, 5e-324, 0};
    for (size_t k = 0; k < kind_count; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
            for (int sign = -1; sign <= 1; sign += 2) {
                kind f = kinds[k];
                double z = sign * sizes[i], value = value_at(f, z), derivative = derivative_at(f, 0, z);
                bool grows = f.activation == CREASE_HINGE && f.parameter > 1 && z > 1e100;
                ck_assert_msg(!isnan(value) && !isnan(derivative), "%s at %g", f.name, z);
                ck_assert_msg(grows || isfinite(value), "%s at %g: %g", f.name, z, value);
                ck_assert_msg(isfinite(derivative), "%s at %g: derivative %g", f.name, z, derivative);
                if (!grows && isfinite((double)reference(f, z)) && f.activation != CREASE_GELU)
                    close_to(value, (double)reference(f, z), 1e-13, DBL_MIN, f, z);
            }
}
END_TEST

START_TEST(limits_far_out) {
    for (size_t k = 0; k < kind_count; k++) {
        kind f = kinds[k];
        double above = f.activation == CREASE_TANH || f.activation == CREASE_SIGMOID ? 0 : 1;
        double below = f.activation == CREASE_IDENTITY                                ? 1
                       : f.activation == CREASE_LEAKY || f.activation == CREASE_PRELU ? f.parameter
                                                                                      : 0;
        for (double size = 1e3; size < 1e308; size *= 1e20) {
            if (f.activation != CREASE_HINGE || f.parameter == 1)
                close_to(derivative_at(f, 0, size), above, 0, 1e-12, f, size);
            close_to(derivative_at(f, 0, -size), below, 0, 1e-12, f, -size);
        }
    }
}
END_TEST

START_TEST(derivative_at_zero_is_chosen) {
    static const double choices[] = {0, .5, 1};
    for (size_t k = 0; k < kind_count; k++)
        for (size_t c = 0; c < 3; c++)
            for (int sign = -1; sign <= 1; sign += 2) {
                kind f = kinds[k];
                double z = sign * 0., value = value_at(f, z), derivative = derivative_at(f, choices[c], z);
                double slope = f.activation == CREASE_RELU || f.activation == CREASE_HINGE ? 0 : f.parameter;
                bool corner = f.activation == CREASE_RELU || f.activation == CREASE_LEAKY ||
                              f.activation == CREASE_PRELU ||
                              (f.activation == CREASE_HINGE && f.parameter == 1);
                close_to(value, (double)(f.activation == CREASE_HINGE ? 0 : reference(f, 0)), 1e-15, 0, f, 0);
                if (corner)
                    close_to(derivative, slope + choices[c] * (1 - slope), 1e-15, 0, f, 0);
                else if (f.activation == CREASE_HINGE)
                    ck_assert(derivative == 0);
                else
                    ck_assert(derivative == derivative_at(f, 0, z));
            }
}
END_TEST

START_TEST(not_a_number_is_not_hidden) {
    for (size_t k = 0; k < kind_count; k++) {
        double z[2] = {NAN, -NAN}, value[2];
        crease_activation_evaluate(kinds[k].activation, kinds[k].parameter, 0, 2, z, value, NULL);
        ck_assert_msg(isnan(value[0]) && isnan(value[1]), "%s turns NaN into %g", kinds[k].name, value[0]);
    }
}
END_TEST

START_TEST(value_may_alias_its_argument) {
    enum { n = 37 };
    for (size_t k = 0; k < kind_count; k++) {
        double z[n], value[n], derivative[n], again[n], of_value[n];
        for (size_t i = 0; i < n; i++)
            again[i] = z[i] = ((double)i - 18) / 5;
        crease_activation_evaluate(kinds[k].activation, kinds[k].parameter, .5, n, z, value, derivative);
        crease_activation_evaluate(kinds[k].activation, kinds[k].parameter, .5, n, again, again, of_value);
        for (size_t i = 0; i < n; i++) {
            ck_assert(again[i] == value[i] && of_value[i] == derivative[i]);
            again[i] = z[i];
        }
        crease_activation_evaluate(kinds[k].activation, kinds[k].parameter, .5, n, again, again, NULL);
        for (size_t i = 0; i < n; i++)
            ck_assert(again[i] == value[i]);
    }
}
END_TEST

/* Each flag by its definition, at random points: all must satisfy it, or some must break it. */
START_TEST(flags_say_what_they_define) {
    kind f = kinds[_i];
    gsl_rng *rng = crease_random_new(3, (uint64_t)_i);
    bool straight = true, homogeneous = true, zero_below = true;
    double power = f.activation == CREASE_HINGE ? f.parameter : 1;
    for (size_t i = 0; i < 500; i++) {
        double sign = i % 2 ? 1 : -1, z = sign * 5 * gsl_rng_uniform_pos(rng),
               w = sign * 5 * gsl_rng_uniform_pos(rng);
        double c = 10 * gsl_rng_uniform_pos(rng);
        double middle = (value_at(f, z) + value_at(f, w)) / 2, scaled = pow(c, power) * value_at(f, z);
        straight = straight && fabs(value_at(f, (z + w) / 2) - middle) <= 1e-13;
        homogeneous = homogeneous && fabs(value_at(f, c * z) - scaled) <= 1e-13 * fabs(scaled);
        zero_below = zero_below && value_at(f, -fabs(z)) == 0;
        if (crease_activation_is_piecewise_linear(f.activation, f.parameter))
            ck_assert_double_eq(value_at(f, -fabs(z)),
                                crease_activation_slope_below(f.activation, f.parameter) * -fabs(z));
    }
    ck_assert_int_eq(straight, crease_activation_is_piecewise_linear(f.activation, f.parameter));
    /* a unit without a corner can move its bias too: identity is left out of this flag on purpose */
    if (f.activation != CREASE_IDENTITY)
        ck_assert_int_eq(homogeneous, crease_activation_is_homogeneous(f.activation));
    ck_assert_int_eq(zero_below, crease_activation_can_die(f.activation));
    gsl_rng_free(rng);
}
END_TEST

Suite *test_activation(void) {
    Suite *suite = suite_create("activation");
    TCase *tests = tcase_create("activation");
    tcase_add_loop_test(tests, values_are_those_of_other_formulas, 0, kind_count);
    tcase_add_loop_test(tests, derivatives_are_those_of_other_formulas, 0, kind_count);
    tcase_add_test(tests, identities_hold);
    tcase_add_test(tests, extreme_arguments_stay_finite);
    tcase_add_test(tests, limits_far_out);
    tcase_add_test(tests, derivative_at_zero_is_chosen);
    tcase_add_test(tests, not_a_number_is_not_hidden);
    tcase_add_test(tests, value_may_alias_its_argument);
    tcase_add_loop_test(tests, flags_say_what_they_define, 0, kind_count);
    suite_add_tcase(suite, tests);
    return suite;
}
