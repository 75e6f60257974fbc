/* One set of kinks: its best slopes, its loss, and steps that improve it.
 *
 * With kinks k_1..k_m fixed, g(x) = vf x - sum c_j relu(x - k_j) is linear in (vf, c) >= 0. The flow is
 * relu(g), and g is concave with g(0) = 0, so the rows with g > 0 are the first `cut` of the rows sorted by
 * x: solve on them, find the zero of g, move the cut, repeat. At flows y >= 0 every local minimum is such a
 * fixed point: at g = 0 the loss (y - relu(g))^2 has a concave corner. Each trial is measured by the true
 * loss, clamp included. Sums over rows come from prefix moments, so a trial costs O(m^3) whatever the number
 * of rows. The step of the kinks (Hudson 1966; Muggeo 2003): regress on x, relu(x - k_j) and the jumps 1(x >
 * k_j); with jump coefficients d_j the pieces meet at k_j - d_j / c_j. While no kink passes a datum that is
 * the exact optimum. */
#include "crease/nnls.h"
#include "traffic/kink_search.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SUMS = 6, MAX_COLUMNS = TRAFFIC_MAX_KINKS + 1, MAX_STEP_COLUMNS = 2 * TRAFFIC_MAX_KINKS + 1 };
/* above this many matrix entries the last digits come from the moments */
static const size_t largest_matrix = 40000000;

/* Sums over rows first <= i < end. */
static void sums_between(const kink_rows *rows, size_t first, size_t end, double sum[SUMS]) {
    const double *a = rows->moment + first * SUMS, *b = rows->moment + end * SUMS;
    for (size_t j = 0; j < SUMS; j++)
        sum[j] = end > first ? b[j] - a[j] : 0.0;
}

/* Number of rows with x <= limit. */
static size_t rows_up_to(const kink_rows *rows, double limit) {
    size_t low = 0, high = rows->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (rows->x[middle] <= limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The zero of g beyond its top, or infinity. */
static double jam_of(const kink_set *set) {
    double slope = set->slope[0], value = 0.0, at = 0.0;
    for (size_t j = 0; j < set->count; j++) {
        const double next = value + slope * (set->kink[j] - at);
        if (slope < 0.0 && next <= 0.0)
            break;
        value = next;
        at = set->kink[j];
        slope -= set->slope[j + 1];
    }
    return slope < 0.0 ? at - value / slope : INFINITY;
}

/* The true loss of kinks and slopes. `after[j]`: rows up to kink j. */
static double loss_of(const kink_rows *rows, const kink_set *set, const size_t *after, size_t cut) {
    double loss = 0.0, slope = set->slope[0], offset = 0.0, sum[SUMS];
    size_t first = 0;
    for (size_t j = 0; j <= set->count; j++) {
        size_t end = j < set->count && after[j] < cut ? after[j] : cut;
        sums_between(rows, first, end, sum);
        if (end > first)
            loss += sum[5] - 2.0 * offset * sum[3] - 2.0 * slope * sum[4] + offset * offset * sum[0] +
                    2.0 * offset * slope * sum[1] + slope * slope * sum[2];
        if (j < set->count) {
            slope -= set->slope[j + 1];
            offset += set->slope[j + 1] * set->kink[j];
            first = end;
        }
    }
    sums_between(rows, cut, rows->n, sum);
    return fmax(loss + sum[5], 0.0);
}

/* Normal equations of the columns x, -relu(x - k_j) over the first `cut` rows, and with `jumps` also -1(x >
 * k_j). */
static void normal_equations(const kink_rows *rows, const kink_set *set, const size_t *after, size_t cut,
                             bool jumps, double *gram, double *right) {
    const size_t m = set->count, p = jumps ? 2 * m + 1 : m + 1;
    for (size_t a = 0; a < p; a++) {
        const size_t ka = a == 0 ? 0 : (a - 1) % m;
        const bool jump_a = a > m;
        for (size_t b = a; b < p; b++) {
            const size_t kb = b == 0 ? 0 : (b - 1) % m;
            const size_t from_a = a == 0 ? 0 : after[ka], from_b = b == 0 ? 0 : after[kb];
            double sum[SUMS];
            sums_between(rows, from_a > from_b ? from_a : from_b, cut, sum);
            /* column a on its rows is a_1 x + a_0 */
            const double a1 = a == 0   ? 1.0
                              : jump_a ? 0.0
                                       : -1.0,
                         a0 = a == 0   ? 0.0
                              : jump_a ? -1.0
                                       : set->kink[ka];
            const double b1 = b == 0  ? 1.0
                              : b > m ? 0.0
                                      : -1.0,
                         b0 = b == 0  ? 0.0
                              : b > m ? -1.0
                                      : set->kink[kb];
            gram[a * p + b] = a1 * b1 * sum[2] + (a1 * b0 + a0 * b1) * sum[1] + a0 * b0 * sum[0];
            gram[b * p + a] = gram[a * p + b];
            if (a == b)
                right[a] = a1 * sum[4] + a0 * sum[3];
        }
    }
}

/* Normal equations of columns with norm 1, whose norms were `scale`. A trace of ridge keeps columns that
 * coincide on the data apart. */
static void scale_equations(size_t p, double *gram, double *right, double *scale) {
    for (size_t a = 0; a < p; a++)
        scale[a] = gram[a * p + a] > 0.0 ? sqrt(gram[a * p + a]) : 1.0;
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++)
            gram[a * p + b] = a == b ? 1.0 + 1e-13 : gram[a * p + b] / (scale[a] * scale[b]);
        right[a] /= scale[a];
    }
}

/* Solves the scaled normal equations in the columns of `chosen`; others get 0. False when they are singular.
 */
static bool solve_chosen(size_t p, const double *gram, const double *right, const bool *chosen,
                         double *slope) {
    double part[MAX_COLUMNS * MAX_COLUMNS], x[MAX_COLUMNS];
    size_t index[MAX_COLUMNS], used = 0;
    for (size_t a = 0; a < p; a++) {
        slope[a] = 0.0;
        if (chosen[a])
            index[used++] = a;
    }
    if (used == 0)
        return true;
    for (size_t a = 0; a < used; a++) {
        for (size_t b = 0; b < used; b++)
            part[a * used + b] = gram[index[a] * p + index[b]];
        x[a] = right[index[a]];
    }
    gsl_matrix_view L = gsl_matrix_view_array(part, used, used);
    gsl_vector_view solution = gsl_vector_view_array(x, used);
    if (gsl_linalg_cholesky_decomp1(&L.matrix) != GSL_SUCCESS)
        return false;
    gsl_linalg_cholesky_svx(&L.matrix, &solution.vector);
    for (size_t a = 0; a < used; a++)
        slope[index[a]] = x[a];
    return true;
}

/* NNLS proper, on the Cholesky factor: ||L' x - L^-1 right|| differs from the loss by a constant. */
static bool solve_by_nnls(size_t p, const double *gram, const double *right, double *slope) {
    double factor[MAX_COLUMNS * MAX_COLUMNS], upper[MAX_COLUMNS * MAX_COLUMNS], r[MAX_COLUMNS];
    memcpy(factor, gram, p * p * sizeof *factor);
    memcpy(r, right, p * sizeof *r);
    gsl_matrix_view L = gsl_matrix_view_array(factor, p, p);
    gsl_vector_view b = gsl_vector_view_array(r, p);
    if (gsl_linalg_cholesky_decomp1(&L.matrix) != GSL_SUCCESS)
        return false;
    gsl_blas_dtrsv(CblasLower, CblasNoTrans, CblasNonUnit, &L.matrix, &b.vector);
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++)
            upper[i * p + j] = j >= i ? factor[j * p + i] : 0.0;
    return crease_nnls(upper, p, p, r, NULL, slope, NULL, NULL) == CREASE_OK;
}

/* Non-negative slopes on the first `cut` rows. Leaving out the columns that come out negative is the optimum
 * when the gradient agrees, which is nearly always so and cheap to see; otherwise NNLS. False when the kinks
 * are not told apart by the data. */
static bool slopes_from_moments(const kink_rows *rows, kink_set *set, const size_t *after, size_t cut) {
    double gram[MAX_COLUMNS * MAX_COLUMNS], right[MAX_COLUMNS], scale[MAX_COLUMNS], slope[MAX_COLUMNS];
    bool chosen[MAX_COLUMNS];
    const size_t p = set->count + 1;
    normal_equations(rows, set, after, cut, false, gram, right);
    scale_equations(p, gram, right, scale);
    for (size_t a = 0; a < p; a++)
        chosen[a] = true;
    for (bool negative = true; negative;) {
        if (!solve_chosen(p, gram, right, chosen, slope))
            return false;
        negative = false;
        for (size_t a = 0; a < p; a++)
            if (slope[a] < 0.0) {
                chosen[a] = false;
                negative = true;
            }
    }
    bool optimal = true;
    for (size_t a = 0; a < p; a++) {
        double gradient = right[a];
        for (size_t b = 0; b < p; b++)
            gradient -= gram[a * p + b] * slope[b];
        optimal = optimal && (chosen[a] || gradient <= 1e-12 * fabs(right[a]));
    }
    if (!optimal && !solve_by_nnls(p, gram, right, slope))
        return false;
    for (size_t a = 0; a < p; a++)
        set->slope[a] = slope[a] / scale[a];
    return true;
}

void kink_set_solve(const kink_rows *rows, kink_set *set) {
    size_t after[TRAFFIC_MAX_KINKS] = {0};
    for (size_t j = 0; j < set->count; j++)
        after[j] = rows_up_to(rows, set->kink[j]);
    kink_set trial = *set;
    set->loss = INFINITY;
    const size_t starts[2] = {rows->n, rows->positive};
    for (size_t s = 0; s < 2 && (s == 0 || starts[1] != starts[0]); s++) {
        size_t cut = starts[s];
        for (int round = 0; round < 20 && cut > 0; round++) {
            if (!slopes_from_moments(rows, &trial, after, cut))
                break;
            const double jam = jam_of(&trial);
            const size_t next = jam > 1.0 ? rows->n : rows_up_to(rows, jam);
            trial.loss = loss_of(rows, &trial, after, next);
            if (trial.loss < set->loss)
                *set = trial;
            if (next == cut)
                break;
            cut = next;
        }
    }
}

/* Sorts the kinks; false when two coincide or one leaves (0, 1). */
static bool tidy(kink_set *set) {
    for (size_t i = 1; i < set->count; i++)
        for (size_t j = i; j > 0 && set->kink[j] < set->kink[j - 1]; j--) {
            const double swap = set->kink[j];
            set->kink[j] = set->kink[j - 1];
            set->kink[j - 1] = swap;
        }
    for (size_t j = 0; j < set->count; j++)
        if (!(set->kink[j] > 0.0) || !(set->kink[j] < 1.0) || (j > 0 && set->kink[j] <= set->kink[j - 1]))
            return false;
    return true;
}

/* Weighted columns x, -relu(x - k_j) and with `jumps` -1(x > k_j) of the first `cut` rows, and the weighted
 * y. */
static void fill_rows(const kink_rows *rows, const kink_set *set, size_t cut, bool jumps, double *A,
                      double *b) {
    const size_t m = set->count, p = jumps ? 2 * m + 1 : m + 1;
    for (size_t i = 0; i < cut; i++) {
        const double root = sqrt(rows->w[i]), x = rows->x[i];
        A[i * p] = root * x;
        for (size_t j = 0; j < m; j++) {
            A[i * p + 1 + j] = -root * fmax(x - set->kink[j], 0.0);
            if (jumps)
                A[i * p + 1 + m + j] = x > set->kink[j] ? -root : 0.0;
        }
        b[i] = root * rows->y[i];
    }
}

/* Least squares of the columns with jumps from the rows themselves. */
static bool regress_rows(const kink_rows *rows, const kink_set *set, size_t cut, double *solution) {
    const size_t p = 2 * set->count + 1;
    if (cut < p || cut > largest_matrix / p)
        return false;
    double *memory = malloc((cut * p + 2 * cut + p * p) * sizeof *memory);
    if (!memory)
        return false;
    double *A = memory, *b = A + cut * p, *residual = b + cut, *T = residual + cut, scale[MAX_STEP_COLUMNS];
    fill_rows(rows, set, cut, true, A, b);
    gsl_matrix_view matrix = gsl_matrix_view_array(A, cut, p), t = gsl_matrix_view_array(T, p, p);
    bool good = true;
    for (size_t a = 0; a < p; a++) {
        gsl_vector_view column = gsl_matrix_column(&matrix.matrix, a);
        scale[a] = gsl_blas_dnrm2(&column.vector);
        good = good && scale[a] > 0.0;
        if (scale[a] > 0.0)
            gsl_vector_scale(&column.vector, 1.0 / scale[a]);
    }
    if (good) {
        gsl_vector_view right = gsl_vector_view_array(b, cut), x = gsl_vector_view_array(residual, cut);
        gsl_vector_view work = gsl_vector_view_array(solution, p);
        good = gsl_linalg_QR_decomp_r(&matrix.matrix, &t.matrix) == GSL_SUCCESS &&
               gsl_linalg_QR_lssolve_r(&matrix.matrix, &t.matrix, &right.vector, &x.vector, &work.vector) ==
                   GSL_SUCCESS;
        for (size_t a = 0; a < p && good; a++)
            solution[a] = residual[a] / scale[a];
    }
    free(memory);
    return good;
}

static bool regress_moments(const kink_rows *rows, const kink_set *set, size_t cut, double *solution) {
    double gram[MAX_STEP_COLUMNS * MAX_STEP_COLUMNS], scale[MAX_STEP_COLUMNS];
    const size_t p = 2 * set->count + 1;
    size_t after[TRAFFIC_MAX_KINKS];
    for (size_t j = 0; j < set->count; j++)
        after[j] = rows_up_to(rows, set->kink[j]);
    normal_equations(rows, set, after, cut, true, gram, solution);
    scale_equations(p, gram, solution, scale);
    gsl_matrix_view L = gsl_matrix_view_array(gram, p, p);
    gsl_vector_view x = gsl_vector_view_array(solution, p);
    if (gsl_linalg_cholesky_decomp1(&L.matrix) != GSL_SUCCESS)
        return false;
    gsl_linalg_cholesky_svx(&L.matrix, &x.vector);
    for (size_t a = 0; a < p; a++)
        solution[a] /= scale[a];
    return true;
}

/* Where the pieces around each kink meet. False when a kink is not identified or the step leaves the data. */
static bool meeting_kinks(const kink_rows *rows, const kink_set *set, bool exact, kink_set *next) {
    double solution[MAX_STEP_COLUMNS];
    const double jam = jam_of(set);
    const size_t cut = jam > 1.0 ? rows->n : rows_up_to(rows, jam);
    if (set->count == 0 || cut == 0)
        return false;
    if (exact ? !regress_rows(rows, set, cut, solution) : !regress_moments(rows, set, cut, solution))
        return false;
    *next = *set;
    for (size_t j = 0; j < set->count; j++) {
        const double drop = solution[1 + j], jump = solution[1 + set->count + j];
        if (!(fabs(drop) > 0.0) || !isfinite(jump / drop))
            return false;
        next->kink[j] = fmin(fmax(set->kink[j] - jump / drop, 0.5 * rows->place[0]), 1.0 - 1e-9);
    }
    return true;
}

/* One step with halving; true when the loss fell. */
static bool meeting_step(const kink_rows *rows, kink_set *set) {
    kink_set target = *set;
    if (!meeting_kinks(rows, set, false, &target))
        return false;
    for (double part = 1.0; part > 0.05; part *= 0.5) {
        kink_set trial = *set;
        for (size_t j = 0; j < set->count; j++)
            trial.kink[j] += part * (target.kink[j] - trial.kink[j]);
        if (!tidy(&trial))
            continue;
        kink_set_solve(rows, &trial);
        if (trial.loss < set->loss * (1.0 - 1e-13)) {
            *set = trial;
            return true;
        }
    }
    return false;
}

/* Tries each kink at the neighbouring densities and half-way between them, each followed by one step. */
static bool neighbour_step(const kink_rows *rows, kink_set *set) {
    enum { REACH = 12 };
    bool improved = false;
    for (size_t j = 0; j < set->count; j++) {
        size_t near = 0;
        while (near < rows->places && rows->place[near] < set->kink[j])
            near++;
        const size_t first = near > REACH ? near - REACH : 0;
        const size_t end = near + REACH < rows->places ? near + REACH : rows->places;
        kink_set best = *set;
        for (size_t place = first; place + 1 < end; place++)
            for (int half = 0; half < 2; half++) {
                kink_set trial = *set;
                trial.kink[j] =
                    half ? 0.5 * (rows->place[place] + rows->place[place + 1]) : rows->place[place];
                if (!tidy(&trial))
                    continue;
                kink_set_solve(rows, &trial);
                if (half)
                    meeting_step(rows, &trial);
                if (trial.loss < best.loss * (1.0 - 1e-13)) {
                    best = trial;
                    improved = true;
                }
            }
        *set = best;
    }
    return improved;
}

void kink_set_polish(const kink_rows *rows, kink_set *set) {
    for (int round = 0; round < 30; round++) {
        for (int step = 0; step < 20 && meeting_step(rows, set); step++)
            ;
        if (!neighbour_step(rows, set))
            break;
    }
}

/* Loss of a set summed row by row. */
static double loss_from_rows(const kink_rows *rows, const kink_set *set) {
    double loss = 0.0;
    for (size_t i = 0; i < rows->n; i++) {
        double g = set->slope[0] * rows->x[i];
        for (size_t j = 0; j < set->count; j++)
            g -= set->slope[j + 1] * fmax(rows->x[i] - set->kink[j], 0.0);
        const double r = rows->y[i] - fmax(g, 0.0);
        loss += rows->w[i] * r * r;
    }
    return loss;
}

static crease_status slopes_from_rows(const kink_rows *rows, kink_set *set, crease_error *error) {
    const double jam = jam_of(set);
    const size_t cut = jam > 1.0 ? rows->n : rows_up_to(rows, jam), p = set->count + 1;
    if (cut == 0 || cut > largest_matrix / p)
        return CREASE_OK;
    double *A = malloc(cut * (p + 1) * sizeof *A);
    if (!A)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a diagram on %zu rows", cut);
    fill_rows(rows, set, cut, false, A, A + cut * p);
    const crease_status status = crease_nnls(A, cut, p, A + cut * p, NULL, set->slope, NULL, error);
    free(A);
    set->loss = loss_from_rows(rows, set);
    return status;
}

crease_status kink_set_finish(const kink_rows *rows, kink_set *set, crease_error *error) {
    set->loss = loss_from_rows(rows, set);
    kink_set trial = *set;
    crease_status status = slopes_from_rows(rows, &trial, error);
    if (status == CREASE_OK && trial.loss < set->loss)
        *set = trial;
    for (int step = 0; step < 4 && status == CREASE_OK; step++) {
        if (!meeting_kinks(rows, set, true, &trial) || !tidy(&trial))
            break;
        status = slopes_from_rows(rows, &trial, error);
        if (!(trial.loss < set->loss))
            break;
        *set = trial;
    }
    return status;
}
