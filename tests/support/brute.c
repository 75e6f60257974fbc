/* With the kind of every knot chosen the lines are linear in what is left free: a knot that sits on a datum adds one
 * slope c (x - datum) to the line before, a free knot or a jump a whole line. */
#include "support/brute.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool brute_least_squares(size_t rows, size_t columns, double *E, double *f, double *x) {
    double largest = 0;
    for (size_t c = 0; c < columns; c++) {
        double norm = 0;
        for (size_t i = c; i < rows; i++)
            norm = hypot(norm, E[i * columns + c]);
        largest = fmax(largest, norm);
        if (rows < columns || !(norm > 1e-13 * largest))
            return false;
        double head = E[c * columns + c], alpha = head > 0 ? -norm : norm, first = head - alpha, square = 0;
        E[c * columns + c] = first;
        for (size_t i = c; i < rows; i++)
            square += E[i * columns + c] * E[i * columns + c];
        for (size_t d = c + 1; d <= columns; d++) {
            double *v = d < columns ? E + d : f, sum = 0;
            size_t stride = d < columns ? columns : 1;
            for (size_t i = c; i < rows; i++)
                sum += E[i * columns + c] * v[i * stride];
            for (size_t i = c; i < rows; i++)
                v[i * stride] -= 2 * sum / square * E[i * columns + c];
        }
        E[c * columns + c] = alpha;
    }
    for (size_t c = columns; c-- > 0;) {
        double sum = f[c];
        for (size_t d = c + 1; d < columns; d++)
            sum -= E[c * columns + d] * x[d];
        x[c] = sum / E[c * columns + c];
    }
    return true;
}

/* ---- quadratic programs ---- */

/* Gauss with pivots; A: n x (n + 1). */
static bool solve_square(size_t n, double *A, double *x) {
    for (size_t c = 0; c < n; c++) {
        size_t pivot = c;
        for (size_t i = c + 1; i < n; i++)
            if (fabs(A[i * (n + 1) + c]) > fabs(A[pivot * (n + 1) + c]))
                pivot = i;
        if (!(fabs(A[pivot * (n + 1) + c]) > 1e-12))
            return false;
        for (size_t j = 0; j <= n; j++) {
            double kept = A[c * (n + 1) + j];
            A[c * (n + 1) + j] = A[pivot * (n + 1) + j];
            A[pivot * (n + 1) + j] = kept;
        }
        for (size_t i = c + 1; i < n; i++) {
            double factor = A[i * (n + 1) + c] / A[c * (n + 1) + c];
            for (size_t j = c; j <= n; j++)
                A[i * (n + 1) + j] -= factor * A[c * (n + 1) + j];
        }
    }
    for (size_t i = n; i-- > 0;) {
        double sum = A[i * (n + 1) + n];
        for (size_t j = i + 1; j < n; j++)
            sum -= A[i * (n + 1) + j] * x[j];
        x[i] = sum / A[i * (n + 1) + i];
    }
    return true;
}

static double squares(size_t rows, size_t columns, const double *E, const double *f, const double *x) {
    double sum = 0;
    for (size_t i = 0; i < rows; i++) {
        double r = -f[i];
        for (size_t c = 0; c < columns; c++)
            r += E[i * columns + c] * x[c];
        sum += r * r;
    }
    return sum;
}

double brute_quadratic(size_t rows, size_t columns, const double *E, const double *f, size_t limits,
                       const double *G, const double *h, double *x) {
    enum { MOST = BRUTE_COLUMNS + BRUTE_LIMITS };
    double best = -1, A[MOST * (MOST + 1)], solution[MOST], gram[BRUTE_COLUMNS * (BRUTE_COLUMNS + 1)];
    for (size_t a = 0; a < columns; a++)
        for (size_t b = 0; b <= columns; b++) {
            gram[a * (columns + 1) + b] = 0;
            for (size_t i = 0; i < rows; i++)
                gram[a * (columns + 1) + b] += E[i * columns + a] * (b < columns ? E[i * columns + b] : f[i]);
        }
    for (size_t set = 0; set < (size_t)1 << limits; set++) {
        size_t active[BRUTE_LIMITS], count = 0;
        for (size_t l = 0; l < limits; l++)
            if (set >> l & 1)
                active[count++] = l;
        if (count > columns)
            continue;
        size_t n = columns + count;
        memset(A, 0, n * (n + 1) * sizeof *A);
        for (size_t a = 0; a < columns; a++) {
            for (size_t b = 0; b < columns; b++)
                A[a * (n + 1) + b] = gram[a * (columns + 1) + b];
            A[a * (n + 1) + n] = gram[a * (columns + 1) + columns];
        }
        for (size_t l = 0; l < count; l++) {
            for (size_t a = 0; a < columns; a++)
                A[(columns + l) * (n + 1) + a] = A[a * (n + 1) + columns + l] = G[active[l] * columns + a];
            A[(columns + l) * (n + 1) + n] = h[active[l]];
        }
        if (!solve_square(n, A, solution))
            continue;
        bool keeps = true;
        for (size_t l = 0; l < limits && keeps; l++) {
            double value = -h[l], size = 1 + fabs(h[l]);
            for (size_t c = 0; c < columns; c++) {
                value += G[l * columns + c] * solution[c];
                size += fabs(G[l * columns + c] * solution[c]);
            }
            keeps = value >= -1e-11 * size;
        }
        double cost = keeps ? squares(rows, columns, E, f, solution) : -1;
        if (keeps && (best < 0 || cost < best)) {
            best = cost;
            memcpy(x, solution, columns * sizeof *x);
        }
    }
    return best;
}

/* ---- knots ---- */

enum { MOST_KNOTS = 5 };
typedef enum knot_kind { LEFT, RIGHT, NO_KINK, FREE, JUMP } knot_kind;

typedef struct brute {
    size_t n, min_points, knots;
    double x[BRUTE_POINTS], y[BRUTE_POINTS], root[BRUTE_POINTS];
    size_t split[MOST_KNOTS]; /* points left of the knot */
    knot_kind kind[MOST_KNOTS];
    double best;
} brute;

/* Coefficients of the value at x of the line `piece`. Returns the number of columns. */
static size_t line_row(const brute *b, size_t piece, double x, double *row) {
    memset(row, 0, BRUTE_COLUMNS * sizeof *row);
    row[0] = 1;
    row[1] = x - b->x[0];
    size_t columns = 2;
    for (size_t j = 0; j < piece; j++) {
        double left = b->x[b->split[j] - 1], right = b->x[b->split[j]];
        if (b->kind[j] == LEFT)
            row[columns++] = x - left;
        if (b->kind[j] == RIGHT)
            row[columns++] = x - right;
        if (b->kind[j] == FREE || b->kind[j] == JUMP) {
            memset(row, 0, columns * sizeof *row);
            row[columns++] = 1;
            row[columns++] = x - right;
        }
    }
    return columns;
}

static double line_value(const brute *b, size_t piece, double x, const double *theta) {
    double row[BRUTE_COLUMNS], sum = 0;
    size_t columns = line_row(b, piece, x, row);
    for (size_t c = 0; c < columns; c++)
        sum += row[c] * theta[c];
    return sum;
}

/* A line through one point has a slope to choose: the least one that will do, so slopes weigh next to nothing. */
static void look_at(brute *b, size_t splits) {
    static const double NEXT_TO_NOTHING = 1e-9;
    double E[(BRUTE_POINTS + BRUTE_COLUMNS) * BRUTE_COLUMNS] = {0}, f[BRUTE_POINTS + BRUTE_COLUMNS] = {0},
                                              row[BRUTE_COLUMNS], theta[BRUTE_COLUMNS];
    size_t columns = line_row(b, splits, 0, row), piece = 0, rows = b->n;
    for (size_t i = 0; i < b->n; i++) {
        while (piece < splits && i >= b->split[piece])
            piece++;
        line_row(b, piece, b->x[i], row);
        for (size_t c = 0; c < columns; c++)
            E[i * columns + c] = b->root[i] * row[c];
        f[i] = b->root[i] * b->y[i];
    }
    if (b->min_points < 2)
        for (size_t j = 0, c = 2; j < splits; j++) {
            c += b->kind[j] == NO_KINK ? 0 : b->kind[j] == FREE || b->kind[j] == JUMP ? 2 : 1;
            E[rows++ * columns + c - 1] = NEXT_TO_NOTHING * (b->x[b->split[j]] - b->x[b->split[j] - 1]);
        }
    if (!brute_least_squares(rows, columns, E, f, theta))
        return;
    for (size_t j = 0; j < splits; j++) {
        if (b->kind[j] != FREE)
            continue;
        double left = b->x[b->split[j] - 1], right = b->x[b->split[j]];
        double before = line_value(b, j + 1, left, theta) - line_value(b, j, left, theta);
        double after = line_value(b, j + 1, right, theta) - line_value(b, j, right, theta);
        if (before * after > 0 && fabs(before) > 1e-12 && fabs(after) > 1e-12)
            return;
    }
    double cost = 0;
    piece = 0;
    for (size_t i = 0; i < b->n; i++) {
        while (piece < splits && i >= b->split[piece])
            piece++;
        double r = b->root[i] * (line_value(b, piece, b->x[i], theta) - b->y[i]);
        cost += r * r;
    }
    b->best = fmin(b->best, cost);
}

static void place(brute *b, size_t splits, size_t first, size_t left) {
    bool no_minimum = b->min_points == 0;
    size_t least = no_minimum ? 1 : b->min_points;
    if (left == 0 || no_minimum)
        if (b->n - first >= least)
            look_at(b, splits);
    if (left == 0)
        return;
    for (size_t s = first + least; s + least <= b->n; s++)
        for (knot_kind kind = LEFT; kind <= JUMP; kind++) {
            size_t used = kind == JUMP ? 2 : 1;
            if (used > left || (kind == JUMP && !no_minimum))
                continue;
            b->split[splits] = s;
            b->kind[splits] = kind;
            place(b, splits + 1, s, left - used);
        }
}

double brute_knots(const crease_data *data, size_t knots, size_t min_points, double *tss) {
    brute b = {.min_points = min_points, .best = INFINITY};
    bool taken[BRUTE_POINTS * 4] = {false};
    double low = INFINITY, high = -INFINITY, total = 0, mean = 0, size = 0, spread = 0, ties = 0;
    for (size_t i = 0; i < data->n; i++)
        size = fmax(size, fabs(data->y[i]));
    for (size_t i = 0; i < data->n; i++) {
        double w = data->weight ? data->weight[i] : 1;
        taken[i] = !(w > 0);
        low = taken[i] ? low : fmin(low, data->x[i]);
        high = taken[i] ? high : fmax(high, data->x[i]);
        total += w;
        mean += w * (data->y[i] / size);
    }
    mean /= total;
    for (size_t i = 0; i < data->n; i++) {
        double d = data->y[i] / size - mean;
        spread += (data->weight ? data->weight[i] : 1) / total * d * d;
    }
    for (;;) {
        double next = INFINITY, weight = 0, sum = 0;
        for (size_t i = 0; i < data->n; i++)
            next = taken[i] ? next : fmin(next, data->x[i]);
        if (!isfinite(next))
            break;
        for (int pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < data->n; i++) {
                double w = (data->weight ? data->weight[i] : 1) / total;
                if (taken[i] || data->x[i] != next)
                    continue;
                double value = (data->y[i] / size - mean) / sqrt(spread);
                if (pass == 0) {
                    weight += w;
                    sum += w * value;
                } else {
                    ties += w * (value - sum / weight) * (value - sum / weight);
                    taken[i] = true;
                }
            }
        b.x[b.n] = (next - low) / (high - low) * 2 - 1;
        b.y[b.n] = sum / weight;
        b.root[b.n++] = sqrt(weight);
    }
    place(&b, 0, 0, knots);
    *tss = spread * total * size * size;
    return b.best + ties;
}
