/* The best hinge along a direction p. With z = p.x, sorted offsets t and, for each of them, the sums over z > t of
 * w, w z, w z^2 and of sqrt(w) q, sqrt(w) z q for every column q of the basis and the residual, all inner products
 * of v(t) = sqrt(w) max(0, z - t) are known:
 *   v.q = sum z q - t sum q,   v.v = sum z^2 - 2 t sum z + t^2 sum 1,
 * so one pass over the rows tries every offset: the gain is (v.e)^2 / (v.v - |Q'v|^2). A leaky unit is
 * below (z - t) + (1 - below) max(0, z - t), and facing the other way (z - t)- = max(0, z - t) - (z - t). */
#include "fit/starts.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OFFSETS = 32 };

static const double DEPENDENT =
    1e-7; /* relative squared norm left by the basis below which a hinge adds nothing */

bool crease_hinge_scan_make(crease_hinge_scan *s, const crease_start_rows *rows, size_t capacity) {
    size_t n = rows->rows, width = capacity + rows->outputs + 3;
    *s = (crease_hinge_scan){.rows = rows};
    s->across = malloc(n * width * sizeof(double));
    s->z = malloc(n * sizeof(double));
    s->edge = malloc(OFFSETS * sizeof(double));
    s->sum = malloc((OFFSETS + 1) * 2 * width * sizeof(double));
    return crease_basis_make(&s->basis, rows, capacity) && s->across && s->z && s->edge && s->sum;
}

void crease_hinge_scan_clear(crease_hinge_scan *s) {
    crease_basis_clear(&s->basis);
    free(s->across);
    free(s->z);
    free(s->edge);
    free(s->sum);
}

/* Row i: sqrt(w) q of the basis, sqrt(w) e of the residual, w. */
void crease_hinge_scan_prepare(crease_hinge_scan *s) {
    size_t n = s->rows->rows, rank = s->basis.rank, outputs = s->rows->outputs;
    s->width = rank + outputs + 1;
    for (size_t i = 0; i < n; i++) {
        double *row = s->across + i * s->width, root = s->rows->root_weight[i];
        for (size_t j = 0; j < rank; j++)
            row[j] = root * s->basis.Q[j * n + i];
        for (size_t o = 0; o < outputs; o++)
            row[rank + o] = root * s->basis.residual[o * n + i];
        row[rank + outputs] = root * root;
    }
}

static void project_rows(crease_hinge_scan *s, const double *direction) {
    size_t n = s->rows->rows;
    memset(s->z, 0, n * sizeof *s->z);
    for (size_t k = 0; k < s->rows->inputs; k++)
        for (size_t i = 0; i < n; i++)
            s->z[i] += direction[k] * s->rows->x[k * n + i];
}

/* Number of edges below z. */
static size_t bin_of(const double *edge, double z) {
    size_t low = 0;
    for (size_t half = OFFSETS / 2; half > 0; half /= 2)
        low += edge[low + half - 1] < z ? half : 0;
    return low + (edge[low] < z ? 1 : 0);
}

/* sum, bin by bin: the row sums, then those times z, and z^2 w in a place of its own; then totals above each edge. */
static void fill_sums(crease_hinge_scan *s, double *square) {
    size_t width = s->width, stride = 2 * width;
    memset(s->sum, 0, (OFFSETS + 1) * stride * sizeof *s->sum);
    memset(square, 0, (OFFSETS + 1) * sizeof *square);
    for (size_t i = 0; i < s->rows->rows; i++) {
        size_t bin = bin_of(s->edge, s->z[i]);
        const double *row = s->across + i * width;
        double *plain = s->sum + bin * stride, *times = plain + width, z = s->z[i];
        for (size_t j = 0; j < width; j++) {
            plain[j] += row[j];
            times[j] += z * row[j];
        }
        square[bin] += z * z * row[width - 1];
    }
    for (size_t bin = OFFSETS; bin-- > 0;) {
        for (size_t j = 0; j < stride; j++)
            s->sum[bin * stride + j] += s->sum[(bin + 1) * stride + j];
        square[bin] += square[bin + 1];
    }
}

/* The gain of  line (z - t) + hinge max(0, z - t)  at edge `b`. */
static double gain_at(const crease_hinge_scan *s, size_t b, const double *square, double line, double hinge) {
    size_t width = s->width, rank = s->basis.rank;
    const double *all = s->sum, *above = s->sum + (b + 1) * 2 * width;
    double t = s->edge[b], inside = 0, product = 0;
    double norm_all = square[0] - t * (2 * all[2 * width - 1] - t * all[width - 1]);
    double norm_above = square[b + 1] - t * (2 * above[2 * width - 1] - t * above[width - 1]);
    double norm = line * line * norm_all + (2 * line * hinge + hinge * hinge) * norm_above;
    for (size_t j = 0; j + 1 < width; j++) {
        double v = line * (all[width + j] - t * all[j]) + hinge * (above[width + j] - t * above[j]);
        if (j < rank)
            inside += v * v;
        else
            product += v * v;
    }
    return norm - inside > DEPENDENT * norm ? product / (norm - inside) : 0;
}

double crease_hinge_scan_direction(crease_hinge_scan *s, const double *direction, double below,
                                   gsl_rng *generator, double *weight) {
    double square[OFFSETS + 1], best = 0;
    size_t inputs = s->rows->inputs;
    project_rows(s, direction);
    for (size_t b = 0; b < OFFSETS; b++)
        s->edge[b] = s->z[gsl_rng_uniform_int(generator, s->rows->rows)];
    gsl_sort(s->edge, 1, OFFSETS);
    fill_sums(s, square);
    for (size_t b = 0; b < OFFSETS; b++)
        for (int side = 0; side < 2; side++) {
            double sign = side ? -1 : 1;
            /* facing p: below (z-t) + (1-below)(z-t)+; facing -p: -(z-t) + (1-below)(z-t)+ */
            double gain = gain_at(s, b, square, side ? -1 : below, 1 - below);
            if (gain <= best)
                continue;
            best = gain;
            for (size_t k = 0; k < inputs; k++)
                weight[k] = sign * direction[k];
            weight[inputs] = -sign * s->edge[b];
        }
    return best;
}
