/* Normal equations of 2 to 25 columns, solved in place.
 *
 * The search solves some 10^5 of them for one resample. At this size a call into BLAS costs ten times the arithmetic, so
 * the factors L D L' are written out here. Slopes >= 0: leave out the columns that come out negative; where the gradient
 * then points back into one of them, go on as Lawson & Hanson (1974) do, from there, on the normal equations (Bro & de
 * Jong 1997): the column of the largest gradient enters, and a column that would turn negative stops the step and
 * leaves. */
#include "traffic/diagram/kink_search.h"
#include <math.h>

enum { MOST = KINK_MOST_COLUMNS };

/* gram = L D L', and x forwards on the way; the strict lower triangle comes to hold L D, the diagonal 1/D. */
bool kink_solve_normal(size_t p, double *gram, double *x) {
    double l[MOST]; /* row j of L */
    for (size_t j = 0; j < p; j++) {
        double *row = gram + j * p, pivot = row[j], right = x[j];
        for (size_t k = 0; k < j; k++) {
            l[k] = row[k] * gram[k * p + k];
            pivot -= l[k] * row[k];
            right -= l[k] * x[k];
        }
        if (!(pivot > 0.0))
            return false;
        row[j] = 1.0 / pivot;
        x[j] = right;
        for (size_t i = j + 1; i < p; i++) {
            double *below = gram + i * p, sum = below[j];
            for (size_t k = 0; k < j; k++)
                sum -= below[k] * l[k];
            below[j] = sum;
        }
    }
    for (size_t j = p; j-- > 0;) {
        x[j] *= gram[j * p + j];
        for (size_t k = 0; k < j; k++)
            x[k] -= gram[j * p + k] * x[j];
    }
    return true;
}

/* The equations of the chosen columns alone; the others get 0. */
static bool solve_chosen(size_t p, const double *gram, const double *right, const bool *chosen,
                         double *slope) {
    double part[MOST * MOST], x[MOST];
    size_t index[MOST], used = 0;
    for (size_t a = 0; a < p; a++) {
        slope[a] = 0.0;
        if (chosen[a])
            index[used++] = a;
    }
    for (size_t a = 0; a < used; a++) {
        for (size_t b = 0; b <= a; b++)
            part[a * used + b] = gram[index[a] * p + index[b]];
        x[a] = right[index[a]];
    }
    if (!kink_solve_normal(used, part, x))
        return false;
    for (size_t a = 0; a < used; a++)
        slope[index[a]] = x[a];
    return true;
}

/* The column left out whose gradient is largest, or p. */
static size_t entering(size_t p, const double *gram, const double *right, const bool *chosen,
                       const double *slope) {
    size_t best = p;
    double largest = 0.0;
    for (size_t a = 0; a < p; a++) {
        if (chosen[a])
            continue;
        double gradient = right[a];
        for (size_t b = 0; b < p; b++)
            gradient -= gram[a * p + b] * slope[b];
        if (gradient > 1e-12 * fabs(right[a]) && gradient > largest) {
            largest = gradient;
            best = a;
        }
    }
    return best;
}

/* The step from `slope` towards `target` that the first column to reach 0 allows; that one is no longer chosen. True
 * when none stops it. */
static bool step_towards(size_t p, const double *target, bool *chosen, double *slope) {
    double step = 1.0;
    size_t first = p;
    for (size_t a = 0; a < p; a++)
        if (chosen[a] && target[a] < 0.0 && slope[a] / (slope[a] - target[a]) < step) {
            step = slope[a] / (slope[a] - target[a]);
            first = a;
        }
    for (size_t a = 0; a < p; a++)
        slope[a] = fmax(slope[a] + step * (target[a] - slope[a]), 0.0);
    if (first == p)
        return true;
    slope[first] = 0.0;
    chosen[first] = false;
    return false;
}

bool kink_solve_slopes(size_t p, const double *gram, const double *right, double *slope) {
    bool chosen[MOST];
    double target[MOST];
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
    /* each round lowers the loss; the limit is for rounding, which may turn two columns round each other */
    for (size_t round = 0; round < 4 * p; round++) {
        const size_t in = entering(p, gram, right, chosen, slope);
        if (in == p)
            break;
        chosen[in] = true;
        do
            if (!solve_chosen(p, gram, right, chosen, target))
                return false;
        while (!step_towards(p, target, chosen, slope));
    }
    return true;
}
