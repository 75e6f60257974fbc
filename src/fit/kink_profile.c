/* Kinks between curved sides, as places for hinges.
 *
 * The profile is RSS(c), the least squares of y on
 *     [spline of degree D and K pieces, (x-c)_+^D, .., (x-c)_+^2, hinge of c]:
 * the free curvature on either side of c leaves to the hinge the jump of slope alone (to relu^p: the power p), so
 * c is the kink where RSS is least. Hinges are placed one by one, each with its curvature, then once more each
 * with all others in place. K is the one of least generalised cross-validation, RSS / (n - columns)^2 (Craven &
 * Wahba 1979); a hinge whose partial F statistic, against a jump of curvature alone, is small is not placed. */
#include "fit/kink_profile.h"
#include "base/dense.h"
#include <gsl/gsl_min.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS = 512,
    LEAST_ROWS = 16,
    POSITIONS = 48,   /* of the first scan */
    ROUNDS = 2,       /* in which each hinge is placed anew beside all others */
    STEPS = 12,       /* of the second scan, between its neighbours */
    REFINEMENTS = 25, /* of Brent's method between two steps */
    MOST_DEGREE = 5,
    MOST_PIECES = 16
};

/* From stiff to supple, for data from noisy to exact. */
static const struct {
    int degree;
    size_t pieces;
} smooth[] = {{2, 1}, {3, 1}, {3, 4}, {5, 1}, {5, 3}, {5, 6}, {5, 10}, {MOST_DEGREE, MOST_PIECES}};

static const double EARNED = 20;  /* least partial F: beyond p = .001 even after the search for the place */
static const double WIDTH = 1e-9; /* of the last bracket of a corner on [-1, 1] */
static const double ROUNDING = 1e-18;  /* of the sum of squares of y: less is no gain */
static const double DEPENDENT = 1e-18; /* relative squared norm below which a column adds nothing */

typedef struct profile {
    size_t rows, rank;
    double lower, upper;              /* range of x */
    double *x, *root_weight, *target; /* rows: x sorted, on [-1, 1]; sqrt(weight); weighted y on [0, 1] */
    double *residual;                 /* rows: target without its part in Q */
    double *Q;                        /* orthonormal columns of `rows` entries */
    double *column, *left;            /* rows */
    double power;
    bool falls, bare;   /* bare: its curvature only */
    int degree, passes; /* of the spline; of Gram and Schmidt */
} profile;

/* lower + share * (upper - lower), and the share of a value, for any finite numbers. */
static double at_share(double lower, double upper, double share) {
    return lower * (1 - share) + upper * share;
}
static double share_of(double value, double lower, double upper) {
    return upper > lower ? (value / 2 - lower / 2) / (upper / 2 - lower / 2) : 0;
}

/* Row numbers of positive weight in the order of x, at most ROWS of them, at even ranks; returns how many. */
static size_t choose_rows(const crease_data *data, size_t *order) {
    size_t used = 0;
    gsl_sort_index(order, data->x, 1, data->n);
    for (size_t i = 0; i < data->n; i++)
        if (!data->weight || data->weight[order[i]] > 0)
            order[used++] = order[i];
    size_t rows = used < ROWS ? used : ROWS;
    for (size_t i = 0; rows < used && i < rows; i++)
        order[i] = order[(2 * i + 1) * used / (2 * rows)];
    return rows;
}

static bool profile_make(profile *s, const crease_data *data, size_t hinges) {
    size_t columns = MOST_DEGREE + MOST_PIECES + MOST_DEGREE * (hinges + 1);
    size_t *order = malloc(data->n * sizeof *order);
    double least = INFINITY, most = -INFINITY, heaviest = 0;
    s->x = malloc(ROWS * (6 + columns) * sizeof(double));
    if (!order || !s->x) {
        free(order);
        return false;
    }
    s->root_weight = s->x + ROWS;
    s->target = s->root_weight + ROWS;
    s->residual = s->target + ROWS;
    s->column = s->residual + ROWS;
    s->left = s->column + ROWS;
    s->Q = s->left + ROWS;
    s->rows = choose_rows(data, order);
    s->lower = data->x[order[0]];
    s->upper = data->x[order[s->rows - 1]];
    for (size_t i = 0; i < s->rows; i++) {
        least = fmin(least, data->y[order[i]]);
        most = fmax(most, data->y[order[i]]);
        heaviest = fmax(heaviest, data->weight ? data->weight[order[i]] : 1);
    }
    for (size_t i = 0; i < s->rows; i++) {
        s->x[i] = 2 * share_of(data->x[order[i]], s->lower, s->upper) - 1;
        s->root_weight[i] = sqrt((data->weight ? data->weight[order[i]] : 1) / heaviest);
        s->target[i] = s->root_weight[i] * share_of(data->y[order[i]], least, most);
    }
    free(order);
    return true;
}

/* Makes s->column orthogonal to Q, joins it to Q and takes its part out of `residual`; returns
 * the sum of squares that it explains. */
static double explain(profile *s, double *residual) {
    double before = crease_dense_norm(s->rows, s->column), *column = s->column;
    for (int pass = 0; pass < s->passes; pass++)
        for (size_t j = 0; j < s->rank; j++) {
            const double *q = s->Q + j * s->rows;
            double share = crease_dense_dot(s->rows, q, column);
            for (size_t i = 0; i < s->rows; i++)
                column[i] -= share * q[i];
        }
    double norm = crease_dense_norm(s->rows, column);
    if (!(norm * norm > DEPENDENT * before * before))
        return 0;
    double *q = s->Q + s->rank++ * s->rows;
    for (size_t i = 0; i < s->rows; i++)
        q[i] = column[i] / norm;
    double share = crease_dense_dot(s->rows, q, residual);
    for (size_t i = 0; i < s->rows; i++)
        residual[i] -= share * q[i];
    return share * share;
}

static double whole_power(double z, int power) {
    double value = 1;
    for (int i = 0; i < power; i++)
        value *= z;
    return value;
}

/* (x-c)_+^power, or (c-x)_+^power where it falls, weighted. */
static void truncated_power(profile *s, double c, double power, bool falls) {
    int whole = power == floor(power) && power <= MOST_DEGREE ? (int)power : 0;
    for (size_t i = 0; i < s->rows; i++) {
        double z = falls ? c - s->x[i] : s->x[i] - c;
        s->column[i] = z <= 0 ? 0 : s->root_weight[i] * (whole ? whole_power(z, whole) : pow(z, power));
    }
}

static void begin_spline(profile *s, size_t pieces) {
    s->rank = 0;
    s->passes = 2;
    memcpy(s->residual, s->target, s->rows * sizeof(double));
    for (int power = 0; power <= s->degree; power++) {
        for (size_t i = 0; i < s->rows; i++)
            s->column[i] = s->root_weight[i] * whole_power(s->x[i], power);
        explain(s, s->residual);
    }
    for (size_t j = 1; j < pieces; j++) {
        truncated_power(s, s->x[j * s->rows / pieces], s->degree, false);
        explain(s, s->residual);
    }
}

/* Adds a hinge at c with its curvature; returns what the hinge itself explains. */
static double add_hinge(profile *s, double c, double power, bool falls, double *residual) {
    for (int curvature = s->degree; curvature >= 2; curvature--)
        if (curvature != power) {
            truncated_power(s, c, curvature, false);
            explain(s, residual);
        }
    if (s->bare)
        return 0;
    truncated_power(s, c, power, falls);
    return explain(s, residual);
}

static double rss_at(profile *s, double c, double *gain) {
    size_t rank = s->rank;
    memcpy(s->left, s->residual, s->rows * sizeof(double));
    *gain = add_hinge(s, c, s->power, s->falls, s->left);
    s->rank = rank;
    return crease_dense_dot(s->rows, s->left, s->left);
}

static double profile_at(double c, void *context) {
    double gain;
    return rss_at(context, c, &gain);
}

/* The least of the profile between two positions: a scan, then Brent's method around the best of it where that encloses
 * a minimum. */
static double refine(profile *s, double lower, double upper) {
    gsl_function f = {.function = profile_at, .params = s};
    double at[STEPS + 1];
    size_t best = 0;
    for (size_t i = 0; i <= STEPS; i++) {
        at[i] = profile_at(at_share(lower, upper, (double)i / STEPS), s);
        best = at[i] < at[best] ? i : best;
    }
    double c = at_share(lower, upper, (double)best / STEPS), step = (upper - lower) / STEPS;
    bool bracket =
        best > 0 && best < STEPS && step > WIDTH && at[best] < at[best - 1] && at[best] < at[best + 1];
    gsl_min_fminimizer *minimiser = bracket ? gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent) : NULL;
    if (!minimiser)
        return c;
    if (gsl_min_fminimizer_set_with_values(minimiser, &f, c, at[best], c - step, at[best - 1], c + step,
                                           at[best + 1]) == GSL_SUCCESS) {
        for (int i = 0; i < REFINEMENTS && gsl_min_fminimizer_iterate(minimiser) == GSL_SUCCESS; i++)
            if (gsl_min_fminimizer_x_upper(minimiser) - gsl_min_fminimizer_x_lower(minimiser) < WIDTH)
                break;
        c = gsl_min_fminimizer_x_minimum(minimiser);
    }
    gsl_min_fminimizer_free(minimiser);
    return c;
}

/* Position j of the scan, at even ranks, four rows from either end. */
static double position(const profile *s, size_t j) {
    return s->x[4 + j * (s->rows - 9) / (POSITIONS - 1)];
}

static double rounding(const profile *s) {
    return ROUNDING * crease_dense_dot(s->rows, s->target, s->target);
}

static double rows_left(const profile *s) {
    return (double)s->rows - (double)s->rank - s->degree;
}

/* How many independent residuals the rows in s->left amount to, less the columns spent: where a smooth model misses
 * exact data, neighbours miss alike (autocorrelation r of neighbours: n (1 - r) / (1 + r)). */
static double independent_rows(const profile *s) {
    double square = crease_dense_dot(s->rows, s->left, s->left);
    double r = square > 0 ? crease_dense_dot(s->rows - 1, s->left, s->left + 1) / square : 0;
    return rows_left(s) * (1 - fmax(r, 0)) / (1 + fmax(r, 0));
}

/* Where the hinge lowers RSS most, in the direction that s->falls says; returns RSS there. It has earned
 * its place where it explains much, beside its curvature and more than a jump of curvature at a better place nearby. */
static double place_on_side(profile *s, double *corner, bool *earned) {
    double best = INFINITY, gain;
    size_t at = 0;
    s->passes = 1; /* enough to choose a position */
    for (size_t j = 0; j < POSITIONS; j++) {
        double rss = rss_at(s, position(s, j), &gain);
        if (rss < best) {
            best = rss;
            at = j;
        }
    }
    s->passes = 2; /* twice is enough for orthogonality to rounding */
    double below = position(s, at ? at - 1 : 0), above = position(s, at + 1 < POSITIONS ? at + 1 : at);
    s->bare = true;
    double without = profile_at(refine(s, below, above), s);
    s->bare = false;
    *corner = refine(s, below, above);
    double rss = rss_at(s, *corner, &gain);
    *earned = gain * independent_rows(s) > EARNED * rss &&
              (without - rss) * rows_left(s) > EARNED * (rss + rounding(s));
    return rss;
}

/* Places one hinge beside what Q holds; returns RSS. */
static double place(profile *s, crease_hinge_place *h) {
    double least = INFINITY;
    s->power = h->power;
    for (int side = 0; side <= (h->power != 1 ? 1 : 0); side++) {
        double corner;
        bool earned;
        s->falls = side == 1;
        double rss = place_on_side(s, &corner, &earned);
        if (rss < least) {
            least = rss;
            h->corner = corner;
            h->falls = s->falls;
            h->placed = earned;
        }
    }
    return least;
}

/* Returns the generalised cross-validation of the result. Whether a hinge has earned its place shows when all have
 * theirs, so until then the first `there` of them are part of the model. */
static double place_all(profile *s, size_t pieces, crease_hinge_place *h, size_t hinges) {
    double gcv = INFINITY;
    size_t there = 0;
    for (int round = 0; round < (hinges > 1 ? ROUNDS : 1); round++)
        for (size_t k = 0; k < hinges; k++) {
            begin_spline(s, pieces);
            for (size_t j = 0; j < there; j++)
                if (j != k)
                    add_hinge(s, h[j].corner, h[j].power, h[j].falls, s->residual);
            double rss = place(s, &h[k]);
            there = there > k ? there : k + 1;
            double freedom = rows_left(s) - (double)hinges;
            gcv = freedom > 0 ? (rss + rounding(s)) / (freedom * freedom) : INFINITY;
        }
    return gcv;
}

crease_status crease_place_hinges(const crease_data *data, crease_hinge_place *h, size_t hinges,
                                  crease_error *error) {
    profile s = {0};
    double least = INFINITY;
    crease_hinge_place *trial = malloc((hinges ? hinges : 1) * sizeof *trial);
    bool ok = trial && profile_make(&s, data, hinges);
    for (size_t k = 0; k < hinges; k++)
        h[k].placed = false;
    for (size_t i = 0; ok && i < sizeof smooth / sizeof *smooth; i++) {
        size_t degree = (size_t)smooth[i].degree, columns = degree + smooth[i].pieces + degree * hinges;
        if (s.rows < LEAST_ROWS || 2 * columns > s.rows)
            break;
        s.degree = smooth[i].degree;
        memcpy(trial, h, hinges * sizeof *h);
        double gcv = place_all(&s, smooth[i].pieces, trial, hinges);
        if (gcv < least) {
            least = gcv;
            memcpy(h, trial, hinges * sizeof *h);
        }
    }
    for (size_t k = 0; ok && k < hinges; k++)
        if (h[k].placed)
            h[k].corner = at_share(s.lower, s.upper, (1 + h[k].corner) / 2);
    free(s.x);
    free(trial);
    return ok ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "out of memory for the places of hinges");
}
