/* Systems with kinks for the integrator's tests. */
#include "support/ode_systems.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

enum { BRUTE_DIMENSION = 8, BRUTE_SURFACES = 64 };

const double law_gravity = 8.775731315224766;
const double law_reference[2][2] = {{1.449072518548371, -0.4462641615942786},
                                    {1.62954021131941, 0.160171468738569}};

static double relu(double z, bool above) {
    return above ? z : 0;
}

static double law(const double *y, const bool *above) {
    double e = 1.5 - y[0], w = y[1];
    return 20 * e - 4 * w + 60 * (relu(e - 0.1, above[0]) - relu(-e - 0.1, above[1])) -
           10 * (relu(w - 3, above[2]) - relu(-w - 3, above[3]));
}

static int law_field(double t, const double *y, const bool *above, double *dydt, void *context) {
    (void)t;
    double u = law(y, above);
    u = -40 + relu(u + 40, above[4]) - relu(u - 40, above[5]);
    dydt[0] = y[1];
    dydt[1] = (u - 3.9804259903721997 * y[1] - *(double *)context * sin(y[0])) / 0.938652730438;
    return 0;
}

static int law_surfaces(double t, const double *y, const bool *above, double *z, void *context) {
    (void)t, (void)context;
    double u = law(y, above), e = 1.5 - y[0];
    z[0] = e - 0.1;
    z[1] = -e - 0.1;
    z[2] = y[1] - 3;
    z[3] = -y[1] - 3;
    z[4] = u + 40;
    z[5] = u - 40;
    return 0;
}

static int law_rates(double t, const double *y, const bool *above, const double *dydt, double *rate,
                     void *context) {
    (void)t, (void)y, (void)context;
    double q = dydt[0], w = dydt[1];
    rate[0] = -q;
    rate[1] = q;
    rate[2] = w;
    rate[3] = -w;
    rate[4] = rate[5] = -20 * q - 4 * w - 60 * (relu(q, above[0]) + relu(q, above[1])) -
                        10 * (relu(w, above[2]) + relu(w, above[3]));
    return 0;
}

crease_ode_system law_system(double *gravity) {
    static const crease_ode_surface surface[6] = {{CREASE_ODE_KINK, 0, false}};
    return (crease_ode_system){2, 6, surface, law_field, law_surfaces, law_rates, gravity};
}

void flow_draw(gsl_rng *random, size_t dimension, size_t depth, const size_t *width, flow *f) {
    memset(f, 0, sizeof *f);
    f->dimension = dimension;
    f->depth = depth;
    f->speed = 3 * gsl_rng_uniform(random);
    for (size_t j = 0; j < dimension; j++) {
        f->load[j] = gsl_rng_uniform(random) < 0.5 ? 0 : gsl_ran_gaussian(random, 1);
        for (size_t k = 0; k < dimension; k++) /* a rotation that is damped */
            f->A[j][k] = j == k ? -0.5 : (j < k ? 1 : -1) * (1 + 2 * gsl_rng_uniform(random));
    }
    for (size_t l = 0; l < depth; l++) {
        size_t inputs = l ? width[l - 1] : dimension;
        f->width[l] = width[l];
        for (size_t i = 0; i < width[l]; i++) {
            f->bias[l][i] = gsl_ran_gaussian(random, 0.5);
            for (size_t k = 0; k < inputs; k++)
                f->weight[l][i][k] = gsl_ran_gaussian(random, 1.5 / sqrt((double)inputs));
        }
    }
    for (size_t j = 0; j < dimension; j++)
        for (size_t i = 0; i < width[depth - 1]; i++)
            f->C[j][i] = gsl_ran_gaussian(random, 1);
}

size_t flow_units(const flow *f) {
    size_t units = 0;
    for (size_t l = 0; l < f->depth; l++)
        units += f->width[l];
    return units;
}

/* z of all units, of their rates where `bias` is 0; h: the last layer. */
static void pass(const flow *f, const double *y, const bool *above, double bias, double *z, double *h) {
    double in[FLOW_WIDTH], out[FLOW_WIDTH];
    size_t unit = 0, inputs = f->dimension;
    memcpy(in, y, inputs * sizeof *in);
    for (size_t l = 0; l < f->depth; l++) {
        for (size_t i = 0; i < f->width[l]; i++, unit++) {
            z[unit] = bias * f->bias[l][i];
            for (size_t k = 0; k < inputs; k++)
                z[unit] += f->weight[l][i][k] * in[k];
            out[i] = above[unit] ? z[unit] : 0;
        }
        inputs = f->width[l];
        memcpy(in, out, inputs * sizeof *in);
    }
    memcpy(h, in, inputs * sizeof *in);
}

static int flow_field(double t, const double *y, const bool *above, double *dydt, void *context) {
    const flow *f = context;
    double z[FLOW_UNITS], h[FLOW_WIDTH];
    pass(f, y, above, 1, z, h);
    for (size_t j = 0; j < f->dimension; j++) {
        dydt[j] = f->load[j] * sin(f->speed * t);
        for (size_t k = 0; k < f->dimension; k++)
            dydt[j] += f->A[j][k] * y[k];
        for (size_t i = 0; i < f->width[f->depth - 1]; i++)
            dydt[j] += f->C[j][i] * h[i] / 4;
    }
    return 0;
}

static int flow_surfaces(double t, const double *y, const bool *above, double *z, void *context) {
    (void)t;
    double h[FLOW_WIDTH];
    pass(context, y, above, 1, z, h);
    return 0;
}

static int flow_rates(double t, const double *y, const bool *above, const double *dydt, double *rate,
                      void *context) {
    (void)t, (void)y;
    double h[FLOW_WIDTH];
    pass(context, dydt, above, 0, rate, h);
    return 0;
}

crease_ode_system flow_system(flow *f) {
    static const crease_ode_surface surface[FLOW_UNITS] = {{CREASE_ODE_KINK, 0, false}};
    return (crease_ode_system){f->dimension,  flow_units(f), surface, flow_field,
                               flow_surfaces, flow_rates,    f};
}

/* Sides by the signs of z, layer after layer. */
static void signs(const crease_ode_system *s, double t, const double *y, bool *above) {
    double z[BRUTE_SURFACES];
    for (size_t pass_count = 0; pass_count <= s->surface_count; pass_count++) {
        bool changed = false;
        s->surfaces(t, y, above, z, s->context);
        for (size_t i = 0; i < s->surface_count; i++) {
            changed = changed || above[i] != (z[i] > 0);
            above[i] = z[i] > 0;
        }
        if (!changed)
            return;
    }
}

static void slope(const crease_ode_system *s, double t, const double *y, const double *k, double c,
                  double *dydt) {
    double moved[BRUTE_DIMENSION];
    bool above[BRUTE_SURFACES] = {false};
    for (size_t j = 0; j < s->dimension; j++)
        moved[j] = y[j] + (k ? c * k[j] : 0);
    signs(s, t, moved, above);
    s->field(t, moved, above, dydt, s->context);
}

static void brute_step(const crease_ode_system *s, double t, double h, double least, double *y) {
    double k[4][BRUTE_DIMENSION], end[BRUTE_DIMENSION];
    bool before[BRUTE_SURFACES] = {false}, after[BRUTE_SURFACES] = {false};
    slope(s, t, y, NULL, 0, k[0]);
    slope(s, t + h / 2, y, k[0], h / 2, k[1]);
    slope(s, t + h / 2, y, k[1], h / 2, k[2]);
    slope(s, t + h, y, k[2], h, k[3]);
    for (size_t j = 0; j < s->dimension; j++)
        end[j] = y[j] + h / 6 * (k[0][j] + 2 * k[1][j] + 2 * k[2][j] + k[3][j]);
    signs(s, t, y, before);
    signs(s, t + h, end, after);
    if (h > least && memcmp(before, after, s->surface_count * sizeof *before) != 0) {
        brute_step(s, t, h / 2, least, y);
        brute_step(s, t + h / 2, h / 2, least, y);
        return;
    }
    memcpy(y, end, s->dimension * sizeof *y);
}

void brute_motion(const crease_ode_system *system, double t, double until, double h, double least,
                  double *y) {
    ck_assert(system->dimension <= BRUTE_DIMENSION && system->surface_count <= BRUTE_SURFACES);
    size_t steps = (size_t)ceil((until - t) / h);
    h = (until - t) / (double)steps;
    for (size_t i = 0; i < steps; i++)
        brute_step(system, t + (double)i * h, h, least, y);
}

crease_ode *ode_start(const crease_ode_system *system, const crease_ode_options *options, double t,
                      const double *y) {
    crease_ode *ode;
    crease_error error;
    ck_assert_msg(crease_ode_new(system, options, t, y, &ode, &error) == CREASE_OK, "%s", error.message);
    return ode;
}

crease_ode_end ode_go(crease_ode *ode, double until) {
    crease_ode_end end;
    crease_error error;
    ck_assert_msg(crease_ode_advance(ode, until, &end, &error) == CREASE_OK, "%s", error.message);
    return end;
}
