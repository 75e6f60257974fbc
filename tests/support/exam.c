#include "support/exam.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Work space: the complex residuals. */
static void *work_new(const void *context) {
    const exam *e = context;
    return calloc(e->residuals, sizeof(number));
}

static void to_model(const exam *e, const double *theta, number *b) {
    for (size_t j = 0; j < e->parameters; j++)
        b[e->order[j]] = theta[j] * e->unit[j];
}

static bool residual(const void *context, void *work, const double *theta, double *r) {
    const exam *e = context;
    number b[EXAM_PARAMETERS], *z = work;
    bool finite = true;
    to_model(e, theta, b);
    e->residual(e, b, z);
    for (size_t i = 0; i < e->residuals; i++) {
        r[i] = creal(z[i]);
        finite = finite && isfinite(r[i]);
    }
    return finite;
}

static bool jacobian(const void *context, void *work, const double *theta, double *r, double *J) {
    const exam *e = context;
    const double h = 1e-100;
    number b[EXAM_PARAMETERS], *z = work;
    bool finite = true;
    if (r && !residual(context, work, theta, r))
        return false;
    to_model(e, theta, b);
    for (size_t j = 0; j < e->parameters; j++) {
        size_t k = e->order[j];
        number kept = b[k];
        b[k] += I * h * fabs(e->unit[j]);
        e->residual(e, b, z);
        b[k] = kept;
        for (size_t i = 0; i < e->residuals; i++) {
            double *out = J + i * e->parameters + j;
            *out = cimag(z[i]) / h * (e->unit[j] < 0 ? -1 : 1);
            finite = finite && isfinite(*out);
        }
    }
    return finite;
}

void exam_prepare(exam *e, const char *linear) {
    size_t nonlinear = 0;
    e->linear = linear ? strlen(linear) : 0;
    for (size_t k = 0; k < e->parameters; k++) {
        const char *found = linear ? strchr(linear, (char)('1' + k)) : NULL;
        if (found)
            e->order[e->parameters - e->linear + (size_t)(found - linear)] = k;
        else
            e->order[nonlinear++] = k;
        e->unit[k] = 1;
    }
}

double exam_sum_of_squares(const exam *e, const double *b) {
    double sum = 0;
    number at[EXAM_PARAMETERS], *r = calloc(e->residuals, sizeof *r);
    for (size_t k = 0; k < e->parameters; k++)
        at[k] = b[k];
    e->residual(e, at, r);
    for (size_t i = 0; i < e->residuals; i++)
        sum += creal(r[i]) * creal(r[i]);
    free(r);
    return sum;
}

crease_status exam_run(const exam *e, crease_method method, double *b, crease_minimum *minimum) {
    crease_problem problem = {.residuals = e->residuals,
                              .parameters = e->parameters,
                              .context = e,
                              .work_new = work_new,
                              .work_free = free,
                              .residual = residual,
                              .jacobian = jacobian,
                              .linear_from = e->parameters - e->linear};
    crease_fit_options options = {.method = method, .iterations = 5000, .tolerance = 1e-14};
    double theta[EXAM_PARAMETERS];
    for (size_t j = 0; j < e->parameters; j++)
        theta[j] = b[e->order[j]] / e->unit[j];
    crease_status status = crease_minimise(&problem, &options, 0, theta, minimum, NULL);
    for (size_t j = 0; j < e->parameters; j++)
        b[e->order[j]] = theta[j] * e->unit[j];
    return status;
}
