/* Small motions about an equilibrium: M x'' = A x + D x' + v, where v is the torque at the joints. Without lag v = P x + R x',
 * the command's derivatives; with one, lag v' = P x + R x' - v. A sampled controller holds P x + R x' of the last
 * sample: over one period the state (x, x', v) moves by the exponential of its matrix with the held command as one more
 * constant part. The derivatives of gravity and of networks are central differences of exact functions: exact for straight pieces,
 * up to 1e-10 for others; those of the laws are exact, as elu's pair has a second derivative that jumps at 0. */
#include "arm/loop.h"
#include <gsl/gsl_complex_math.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

enum { N = ARM_MOST_JOINTS, STATES = 4 * N };

/* A dense matrix of the states, row-major with stride STATES. */
typedef struct square {
    double x[STATES * STATES];
} square;

static void command_at(const arm_loop *loop, arm_commander *commander, const double *q, const double *w,
                       double *u) {
    arm_commander_evaluate(commander, q, w, NULL, u, NULL);
    for (size_t j = 0; j < loop->robot.joints; j++) {
        double limit = loop->robot.torque_limit[j];
        u[j] = fmax(-limit, fmin(limit, u[j]));
    }
}

/* d(command)/dx in column k of 2 joints; and d(-h)/dx likewise. */
typedef struct slopes {
    double command[N][2 * N], torque[N][2 * N];
} slopes;

static void differentiate(const arm_loop *loop, arm_commander *commander, const double *angle, slopes *s) {
    static const double step = 1e-5;
    size_t n = loop->robot.joints;
    for (size_t k = 0; k < 2 * n; k++) {
        double u[2][N], h[2][N], M[N * N];
        for (int side = 0; side < 2; side++) {
            double x[2 * N] = {0};
            memcpy(x, angle, n * sizeof *x);
            x[k] += side ? step : -step;
            command_at(loop, commander, x, x + n, u[side]);
            arm_robot_terms(&loop->robot, x, x + n, M, h[side]);
        }
        for (size_t j = 0; j < n; j++) {
            s->command[j][k] = (u[1][j] - u[0][j]) / (2 * step);
            s->torque[j][k] = -(h[1][j] - h[0][j]) / (2 * step);
        }
    }
}

/* The derivatives of a law, of a joint that is not held at its limit. */
static void differentiate_law(const arm_loop *loop, const double *angle, slopes *s) {
    size_t n = loop->robot.joints;
    for (size_t j = 0; j < n; j++) {
        const arm_controller *c = &loop->controller[j];
        double slope, e = loop->reference[j] - angle[j];
        double u = c->gain * arm_pair_evaluate(c->pair, c->norm, e, &slope);
        if (!(fabs(u) < loop->robot.torque_limit[j]))
            continue;
        s->command[j][j] = -c->gain * slope;
        if (c->law != ARM_LAW_P)
            s->command[j][n + j] = c->law == ARM_LAW_PDX ? -c->rate_gain : -c->gain * slope * c->lead_time;
    }
}

static bool inverse_of_mass(const arm_robot *robot, const double *angle, double *M) {
    static const double rest[N] = {0};
    double h[N];
    size_t n = robot->joints;
    arm_robot_terms(robot, angle, rest, M, h);
    gsl_matrix_view L = gsl_matrix_view_array(M, n, n);
    return gsl_linalg_cholesky_decomp1(&L.matrix) == GSL_SUCCESS &&
           gsl_linalg_cholesky_invert(&L.matrix) == GSL_SUCCESS;
}

/* The field's matrix in (x, x', v where there is a lag, held command where it is sampled). Returns its order. */
static size_t field_matrix(const arm_loop *loop, const slopes *s, const double *inverse, square *A) {
    size_t n = loop->robot.joints, at = 2 * n;
    size_t lag_at = at;
    at += loop->lag > 0 ? n : 0;
    size_t held_at = at;
    at += loop->sample > 0 ? n : 0;
    memset(A, 0, sizeof *A);
    for (size_t j = 0; j < n; j++) {
        A->x[j * STATES + n + j] = 1;
        for (size_t i = 0; i < n; i++) {
            double *row = A->x + (n + j) * STATES, m = inverse[j * n + i];
            for (size_t k = 0; k < 2 * n; k++)
                row[k] += m * (s->torque[i][k] + (loop->lag > 0 || loop->sample > 0 ? 0 : s->command[i][k]));
            if (loop->lag > 0)
                row[lag_at + i] += m;
            else if (loop->sample > 0)
                row[held_at + i] += m;
        }
        if (loop->lag > 0) {
            double *row = A->x + (lag_at + j) * STATES;
            row[lag_at + j] = -1 / loop->lag;
            for (size_t k = 0; k < 2 * n && loop->sample == 0; k++)
                row[k] = s->command[j][k] / loop->lag;
            if (loop->sample > 0)
                row[held_at + j] = 1 / loop->lag;
        }
    }
    return at;
}

/* From sample to sample: E exp(A T), where the columns of the held command are put in through the law. */
static size_t sample_matrix(const arm_loop *loop, const slopes *s, size_t order, square *A) {
    size_t n = loop->robot.joints, kept = order - n;
    square E;
    for (size_t i = 0; i < STATES * STATES; i++)
        A->x[i] *= loop->sample;
    gsl_matrix_view a = gsl_matrix_view_array_with_tda(A->x, order, order, STATES);
    gsl_matrix_view e = gsl_matrix_view_array_with_tda(E.x, order, order, STATES);
    gsl_linalg_exponential_ss(&a.matrix, &e.matrix, GSL_PREC_DOUBLE);
    for (size_t i = 0; i < kept; i++)
        for (size_t k = 0; k < kept; k++) {
            double sum = E.x[i * STATES + k];
            for (size_t j = 0; j < n && k < 2 * n; j++)
                sum += E.x[i * STATES + kept + j] * s->command[j][k];
            A->x[i * STATES + k] = sum;
        }
    return kept;
}

static crease_status eigenvalues(square *A, size_t order, gsl_complex *pole, crease_error *error) {
    gsl_eigen_nonsymm_workspace *work = gsl_eigen_nonsymm_alloc(order);
    gsl_vector_complex *values = gsl_vector_complex_alloc(order);
    crease_status status = CREASE_OK;
    gsl_matrix_view a = gsl_matrix_view_array_with_tda(A->x, order, order, STATES);
    if (!work || !values)
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for the poles");
    else if (gsl_eigen_nonsymm(&a.matrix, values, work) != GSL_SUCCESS)
        status = crease_fail(error, CREASE_INTERNAL, "the poles of the loop were not found");
    for (size_t i = 0; i < order && status == CREASE_OK; i++)
        pole[i] = gsl_vector_complex_get(values, i);
    if (work)
        gsl_eigen_nonsymm_free(work);
    if (values)
        gsl_vector_complex_free(values);
    return status;
}

crease_status arm_loop_poles(const arm_loop *loop, const double *angle, arm_poles *poles,
                             crease_error *error) {
    *poles = (arm_poles){.discrete = loop->sample > 0};
    for (size_t j = 0; j < loop->robot.joints; j++)
        if (!isfinite(angle[j]))
            return CREASE_OK;
    arm_commander *commander;
    crease_status status = arm_commander_new(loop, &commander, error);
    if (status != CREASE_OK)
        return status;
    slopes s;
    double inverse[N * N];
    square A;
    differentiate(loop, commander, angle, &s);
    if (!loop->network && !loop->gravity_compensation)
        differentiate_law(loop, angle, &s);
    arm_commander_free(commander);
    if (!inverse_of_mass(&loop->robot, angle, inverse))
        return CREASE_OK;
    size_t order = field_matrix(loop, &s, inverse, &A);
    if (poles->discrete)
        order = sample_matrix(loop, &s, order, &A);
    gsl_complex pole[STATES];
    status = eigenvalues(&A, order, pole, error);
    if (status != CREASE_OK)
        return status;
    poles->count = order;
    poles->growth = -INFINITY;
    double size = 0;
    for (size_t i = 0; i < order; i++) {
        poles->real[i] = GSL_REAL(pole[i]);
        poles->imaginary[i] = GSL_IMAG(pole[i]);
        size = fmax(size, gsl_complex_abs(pole[i]));
        poles->growth = fmax(poles->growth, poles->discrete ? gsl_complex_abs(pole[i]) : poles->real[i]);
    }
    double limit = poles->discrete ? 1 : 0, slack = 1e-10 * (poles->discrete ? 1 : size);
    poles->stable = poles->growth < limit - slack;
    poles->neutral = !poles->stable && poles->growth <= limit + slack;
    return CREASE_OK;
}
