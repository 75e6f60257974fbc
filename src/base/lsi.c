/* With E = Q R and d = Q'f, z = R x - d turns the problem into: least ||z|| subject to (G R^-1) z >= h - G R^-1 d. Its
 * solution is read off the residual r of the non-negative least squares A u ~ e, A = [(G R^-1)'; (h - G R^-1 d)'],
 * e = (0,..,0,1): z_j = -r_j / r_last. */
#include "base/lsi.h"
#include "base/dense.h"
#include "crease/nnls.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* residual of the dual problem below which the inequalities contradict one another */
static const double CONTRADICTION = 1e-13;

typedef struct lsi_state {
    size_t n, limits;
    double *factor;    /* (n + 1)^2, of [E f] */
    double *dual;      /* (n + 1) x limits */
    double *right, *r; /* n + 1 */
    double *u;         /* limits */
    double *row;       /* n */
    double unit; /* of z: about the largest miss at z = 0, so that neither tiny nor huge ones lose digits */
} lsi_state;

static double R(const lsi_state *s, size_t i, size_t j) {
    return s->factor[i * (s->n + 1) + j];
}

static bool has_full_rank(const lsi_state *s) {
    double largest = 0;
    for (size_t j = 0; j < s->n; j++)
        largest = fmax(largest, fabs(R(s, j, j)));
    for (size_t j = 0; j < s->n; j++)
        if (!(fabs(R(s, j, j)) > 1e-14 * largest))
            return false;
    return true;
}

/* row = g R^-1, by forward substitution. */
static void times_inverse(const lsi_state *s, const double *g, double *row) {
    for (size_t j = 0; j < s->n; j++) {
        double sum = g[j];
        for (size_t i = 0; i < j; i++)
            sum -= row[i] * R(s, i, j);
        row[j] = sum / R(s, j, j);
    }
}

static void fill_dual(lsi_state *s, const double *G, const double *h) {
    double worst = 0;
    for (size_t l = 0; l < s->limits; l++) {
        times_inverse(s, G + l * s->n, s->row);
        double right = h[l], size = 0;
        for (size_t j = 0; j < s->n; j++) {
            right -= s->row[j] * R(s, j, s->n);
            size = fmax(size, fabs(s->row[j]));
        }
        size = size > 0 ? size : 1;
        for (size_t j = 0; j < s->n; j++)
            s->dual[j * s->limits + l] = s->row[j] / size;
        s->dual[s->n * s->limits + l] = right / size;
        worst = fmax(worst, right / size);
    }
    s->unit = worst > 0 ? worst : 1;
    for (size_t l = 0; l < s->limits; l++)
        s->dual[s->n * s->limits + l] /= s->unit;
    for (size_t j = 0; j <= s->n; j++)
        s->right[j] = j == s->n ? 1 : 0;
}

static bool read_solution(const lsi_state *s, double *x) {
    size_t n = s->n;
    for (size_t j = 0; j <= n; j++) {
        s->r[j] = -s->right[j];
        for (size_t l = 0; l < s->limits; l++)
            s->r[j] += s->dual[j * s->limits + l] * s->u[l];
    }
    if (!(fabs(s->r[n]) > CONTRADICTION))
        return false;
    for (size_t j = n; j-- > 0;) {
        double sum = -s->r[j] / s->r[n] * s->unit + R(s, j, n);
        for (size_t k = j + 1; k < n; k++)
            sum -= R(s, j, k) * x[k];
        x[j] = sum / R(s, j, j);
    }
    return true;
}

crease_status crease_lsi(const double *E, size_t rows, size_t columns, const double *f, const double *G,
                         size_t limits, const double *h, double *x, crease_error *error) {
    size_t n = columns, stride = n + 1;
    lsi_state s = {.n = n, .limits = limits, .unit = 1};
    crease_status status = CREASE_OK;
    crease_dense_solver *solver = crease_dense_solver_new(n, 1);
    double *memory = NULL;
    if (stride < SIZE_MAX / sizeof(double) / (stride + limits + 4) - limits)
        memory = calloc(stride * stride + stride * limits + 3 * stride + limits, sizeof *memory);
    if (!memory || !solver) {
        status =
            crease_fail(error, CREASE_NO_MEMORY, "out of memory for least squares under %zu limits", limits);
        goto done;
    }
    s.factor = memory;
    s.dual = s.factor + stride * stride;
    s.right = s.dual + stride * limits;
    s.r = s.right + stride;
    s.row = s.r + stride;
    s.u = s.row + stride;
    if (!crease_dense_triangular_factor(solver, rows, n, E, n, 1, f, 1, s.factor) || !has_full_rank(&s)) {
        status = crease_fail(error, CREASE_BAD_ARGUMENT,
                             "least squares under limits: the columns are not independent");
        goto done;
    }
    if (limits > 0) {
        fill_dual(&s, G, h);
        if ((status = crease_nnls(s.dual, stride, limits, s.right, NULL, s.u, NULL, error)) != CREASE_OK)
            goto done;
    } else {
        s.right[n] = 1;
    }
    if (!read_solution(&s, x))
        status = crease_fail(error, CREASE_BAD_ARGUMENT,
                             "no solution keeps all the limits; they contradict one another");
done:
    crease_dense_solver_free(solver);
    free(memory);
    return status;
}
