/* Gating: a standard normal Z through ReLU and GELU(z) = z Phi(z).
 *
 *   E ReLU(Z) = int_0^oo z phi(z) dz = phi(0) = 1/sqrt(2 pi)
 *   E GELU(Z) = E[Z Phi(Z)] = E[phi(Z)] = int phi^2 = 1/(2 sqrt(pi))         (Stein's lemma)
 *
 * so their ratio is sqrt(2). By quadrature over [0, 40] of both halves, where nothing is left, and by Monte Carlo. */
#include "crease/activation.h"
#include "crease/random.h"
#include "labs/lab.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

enum { SHOWN = 401 };
static const crease_activation shown[] = {CREASE_RELU, CREASE_GELU, CREASE_SILU, CREASE_SOFTPLUS};
static const char *const colour[] = {"relu", "smooth", "leaky", "hybrid"};

typedef struct half_line {
    crease_activation activation;
    double sign; /* which half of the line */
} half_line;

static double value_at(crease_activation activation, double z) {
    double value;
    crease_activation_evaluate(activation, 0, 0, 1, &z, &value, NULL);
    return value;
}

static double integrand(double z, void *context) {
    const half_line *g = context;
    return gsl_ran_ugaussian_pdf(z) * value_at(g->activation, g->sign * z);
}

static crease_status mean_by_quadrature(crease_activation activation, double *mean, crease_error *error) {
    gsl_integration_workspace *work = gsl_integration_workspace_alloc(1000);
    int code = work ? GSL_SUCCESS : GSL_ENOMEM;
    *mean = 0;
    for (int half = -1; half <= 1 && code == GSL_SUCCESS; half += 2) {
        half_line g = {activation, half};
        const gsl_function f = {integrand, &g};
        double part, bound;
        code = gsl_integration_qag(&f, 0, 40, 1e-15, 1e-13, 1000, GSL_INTEG_GAUSS61, work, &part, &bound);
        *mean += part;
    }
    gsl_integration_workspace_free(work);
    return code == GSL_SUCCESS
               ? CREASE_OK
               : crease_fail(error, CREASE_INTERNAL, "the mean through %s has no integral: %s",
                             crease_activation_name(activation), gsl_strerror(code));
}

static crease_status mean_by_sampling(const lab_run *run, crease_activation activation, lab_estimate *mean,
                                      crease_error *error) {
    const size_t n = lab_count(run, "samples");
    gsl_rng *random = crease_random_new(lab_seed(run), 0);
    double *value = malloc(n * sizeof *value);
    crease_status status = random && value
                               ? CREASE_OK
                               : crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu samples", n);
    for (size_t i = 0; i < n && status == CREASE_OK; i++)
        value[i] = gsl_ran_gaussian_ziggurat(random, 1);
    if (status == CREASE_OK) {
        crease_activation_evaluate(activation, 0, 0, n, value, value, NULL);
        *mean = lab_mean(n, value);
    }
    free(value);
    gsl_rng_free(random);
    return status;
}

static void draw(lab_run *run) {
    double z[SHOWN], value[SHOWN], derivative[SHOWN];
    for (int i = 0; i < SHOWN; i++)
        z[i] = -4 + 8. * i / (SHOWN - 1);
    for (int slope = 0; slope < 2; slope++) {
        lab_panel_begin(run, (lab_panel){.x = "z", .y = slope ? "derivative" : "activation"});
        for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
            crease_activation_evaluate(shown[k], 0, 0, SHOWN, z, value, derivative);
            lab_draw(run, LAB_LINES, colour[k], crease_activation_name(shown[k]), SHOWN, z,
                     slope ? derivative : value);
        }
    }
}

static crease_status gating(lab_run *run, crease_error *error) {
    const double root = lab_falsified(run) ? 1.5 : M_SQRT2;
    const double claimed[2] = {root * .5 * M_2_SQRTPI / 2, .5 * M_2_SQRTPI / 2};
    static const crease_activation gate[2] = {CREASE_RELU, CREASE_GELU};
    double exact[2];
    lab_estimate sampled[2];
    for (int i = 0; i < 2; i++) {
        crease_status status = mean_by_quadrature(gate[i], &exact[i], error);
        if (status == CREASE_OK)
            status = mean_by_sampling(run, gate[i], &sampled[i], error);
        if (status != CREASE_OK)
            return status;
    }
    lab_measure(run, "ratio", "mean through ReLU over mean through GELU", lab_exact(exact[0] / exact[1]),
                root);
    lab_measure(run, "mean_relu", "mean through ReLU, by quadrature", lab_exact(exact[0]), claimed[0]);
    lab_measure(run, "mean_gelu", "mean through GELU, by quadrature", lab_exact(exact[1]), claimed[1]);
    lab_measure(run, "sampled_relu", "mean through ReLU, by Monte Carlo", sampled[0], claimed[0]);
    lab_measure(run, "sampled_gelu", "mean through GELU, by Monte Carlo", sampled[1], claimed[1]);
    draw(run);

    const double gap = fmax(fabs(exact[0] - claimed[0]), fabs(exact[1] - claimed[1]));
    lab_conclude(run, gap < 1e-12 ? LAB_CONFIRMED : LAB_REFUTED,
                 "By quadrature the means differ from what is claimed by %.1e at most.", gap);
    return CREASE_OK;
}

const lab_experiment lab_gating = {
    .name = "gating",
    .claim =
        "A standard normal through ReLU has the mean 1/sqrt(2 pi), through GELU 1/(2 sqrt(pi)): the ratio is "
        "sqrt(2).",
    .control = "the claimed ratio is 3/2",
    .knob = {{"samples", 1e6, 100, 1e8, true, "draws of the Monte Carlo estimate"}},
    .run = gating,
};
