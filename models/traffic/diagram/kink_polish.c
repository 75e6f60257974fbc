/* Steps that improve a set of kinks.
 *
 * Regress on x, relu(x - k_j) and, for the kinks that move, the jumps 1(x > k_j); with jump coefficients d_j
 * the pieces around kink j meet at k_j - d_j / c_j (Hudson 1966; Muggeo 2003). While no kink passes a datum
 * that is the optimum of the kinks that move. A kink whose pieces do not meet in its gap belongs on a datum,
 * so the step is tried with all kinks moving, with those between data, and with one alone; and each kink is
 * tried at the neighbouring data. */
#include "crease/nnls.h"
#include "traffic/diagram/kink_search.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_COLUMNS = KINK_MOST_COLUMNS };
/* above this many matrix entries the last digits come from the moments */
static const size_t largest_matrix = 40000000;

/* Sorts the kinks; false when two coincide or one leaves (0, 1). */
static bool tidy(kink_set *set) {
    gsl_sort(set->kink, 1, set->count);
    for (size_t j = 0; j < set->count; j++)
        if (!(set->kink[j] > 0.0) || !(set->kink[j] < 1.0) || (j > 0 && set->kink[j] <= set->kink[j - 1]))
            return false;
    return true;
}

/* The columns on the first `cut` rows and the flows, each times the root of the weight. */
static void fill_rows(const kink_rows *rows, const kink_column *column, size_t p, size_t cut, double *A,
                      double *b) {
    for (size_t i = 0; i < cut; i++) {
        const double root = sqrt(rows->w[i]);
        for (size_t a = 0; a < p; a++)
            A[i * p + a] =
                i >= column[a].from ? root * (column[a].slope * rows->x[i] + column[a].offset) : 0.0;
        b[i] = root * rows->y[i];
    }
}

/* Least squares of the columns from the rows themselves. */
static bool regress_rows(const kink_rows *rows, const kink_column *column, size_t p, size_t cut,
                         double *solution) {
    if (cut < p || cut > largest_matrix / p)
        return false;
    double *memory = malloc((cut * p + 2 * cut + p * p) * sizeof *memory);
    if (!memory)
        return false;
    double *A = memory, *b = A + cut * p, *residual = b + cut, *T = residual + cut, scale[MAX_COLUMNS];
    fill_rows(rows, column, p, cut, A, b);
    gsl_matrix_view matrix = gsl_matrix_view_array(A, cut, p), t = gsl_matrix_view_array(T, p, p);
    bool good = true;
    for (size_t a = 0; a < p; a++) {
        gsl_vector_view one = gsl_matrix_column(&matrix.matrix, a);
        scale[a] = gsl_blas_dnrm2(&one.vector);
        good = good && scale[a] > 0.0;
        if (scale[a] > 0.0)
            gsl_vector_scale(&one.vector, 1.0 / scale[a]);
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

static bool regress_moments(const kink_rows *rows, const kink_column *column, size_t p, size_t cut,
                            double *solution) {
    double gram[MAX_COLUMNS * MAX_COLUMNS], scale[MAX_COLUMNS];
    kink_normal_equations(rows, column, p, cut, gram, solution, scale);
    if (!kink_solve_normal(p, gram, solution))
        return false;
    for (size_t a = 0; a < p; a++)
        solution[a] /= scale[a];
    return true;
}

/* Where the pieces around each moving kink meet. False when a kink is not identified. */
static bool meeting_kinks(const kink_rows *rows, const kink_set *set, const bool *moving, bool exact,
                          kink_set *next) {
    double solution[MAX_COLUMNS];
    kink_column column[MAX_COLUMNS];
    const size_t cut = kink_set_cut(rows, set), p = kink_columns(rows, set, moving, column);
    if (cut == 0 || p == set->count + 1 || rows->places < 2)
        return false;
    if (exact ? !regress_rows(rows, column, p, cut, solution)
              : !regress_moments(rows, column, p, cut, solution))
        return false;
    /* left of the first density and right of the last but one a kink changes nothing that is observed */
    const double first = rows->place[0], last = rows->place[rows->places - 2];
    *next = *set;
    for (size_t j = 0, jump = set->count + 1; j < set->count; j++) {
        if (!moving[j])
            continue;
        const double shift = solution[jump++] / solution[1 + j];
        if (!isfinite(shift))
            return false;
        next->kink[j] = fmin(fmax(set->kink[j] - shift, first), last);
    }
    return true;
}

/* One step of the moving kinks with halving; true when the loss fell. */
static bool step_moving(const kink_rows *rows, const bool *moving, kink_set *set) {
    kink_set target = *set;
    if (!meeting_kinks(rows, set, moving, false, &target))
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

/* Marks the kinks that lie between data; true when some do and some do not. */
static bool between_data(const kink_rows *rows, const kink_set *set, bool *moving) {
    size_t between = 0;
    for (size_t j = 0; j < set->count; j++) {
        const size_t before = kink_rows_up_to(rows, set->kink[j]);
        moving[j] = before == 0 || rows->x[before - 1] < set->kink[j];
        between += moving[j];
    }
    return between > 0 && between < set->count;
}

/* All kinks, those between data, one alone: the first choice that lowers the loss. */
static bool meeting_step(const kink_rows *rows, kink_set *set) {
    bool moving[TRAFFIC_MAX_KINKS];
    for (size_t j = 0; j < set->count; j++)
        moving[j] = true;
    if (step_moving(rows, moving, set))
        return true;
    if (between_data(rows, set, moving) && step_moving(rows, moving, set))
        return true;
    for (size_t j = 0; j < set->count && set->count > 1; j++) {
        for (size_t i = 0; i < set->count; i++)
            moving[i] = i == j;
        if (step_moving(rows, moving, set))
            return true;
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
        for (int step = 0; step < 40 && meeting_step(rows, set); step++)
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
    kink_column column[MAX_COLUMNS];
    const size_t cut = kink_set_cut(rows, set), p = kink_columns(rows, set, NULL, column);
    if (cut == 0 || cut > largest_matrix / p)
        return CREASE_OK;
    double *A = malloc(cut * (p + 1) * sizeof *A);
    if (!A)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a diagram on %zu rows", cut);
    fill_rows(rows, column, p, cut, A, A + cut * p);
    const crease_status status = crease_nnls(A, cut, p, A + cut * p, NULL, set->slope, NULL, error);
    free(A);
    set->loss = loss_from_rows(rows, set);
    return status;
}

crease_status kink_set_finish(const kink_rows *rows, kink_set *set, crease_error *error) {
    bool moving[TRAFFIC_MAX_KINKS];
    set->loss = loss_from_rows(rows, set);
    kink_set trial = *set;
    crease_status status = slopes_from_rows(rows, &trial, error);
    if (status == CREASE_OK && trial.loss < set->loss)
        *set = trial;
    for (int step = 0; step < 4 && status == CREASE_OK; step++) {
        if (!between_data(rows, set, moving))
            for (size_t j = 0; j < set->count; j++)
                moving[j] = true;
        if (!meeting_kinks(rows, set, moving, true, &trial) || !tidy(&trial))
            break;
        status = slopes_from_rows(rows, &trial, error);
        if (!(trial.loss < set->loss))
            break;
        *set = trial;
    }
    return status;
}
