/* How good a network is on all rows, in units of V and V'; which shape it has; and what happens at the limit.
 *
 * Shape, on V'(x): drop = max(-V'), rise = max over x_i <= x_j of V'(x_j) - V'(x_i), which a concave function keeps at 0
 * and which does not depend on how fine the grid is. The table's own shape: the same on its secants. */
#include "savings/own/own_parts.h"
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHAPE_POINTS = 2001, SIDE_ROWS = 4 };
static const double NEAR = .05, ROUNDING = 1e-9;

static double range(const savings_own_data *data) {
    return data->x[data->n - 1] - data->x[0];
}

static bool is_near(const savings_own_fit *fit, double x, double reach) {
    for (size_t k = 0; k < fit->kink_count; k++)
        if (fabs(x - fit->kink[k].x) <= reach)
            return true;
    return false;
}

void savings_own_squares_add(savings_own_squares *s, double error) {
    error = isnan(error) ? INFINITY : fabs(error);
    s->count++;
    if (error > s->largest) {
        s->sum = isfinite(error) ? 1 + s->sum * (s->largest / error) * (s->largest / error) : 1;
        s->largest = error;
    } else if (error > 0 && isfinite(s->largest))
        s->sum += (error / s->largest) * (error / s->largest);
}

double savings_own_squares_rms(const savings_own_squares *s) {
    return s->count == 0 ? NAN : s->largest > 0 ? s->largest * sqrt(s->sum / (double)s->count) : 0;
}

typedef struct tally {
    savings_own_errors *errors;
    savings_own_squares squares;
} tally;

static void count(tally *t, double error, bool near) {
    error = isnan(error) ? INFINITY : fabs(error);
    savings_own_squares_add(&t->squares, error);
    t->errors->max = t->squares.largest;
    if (near)
        t->errors->near = fmax(isnan(t->errors->near) ? 0 : t->errors->near, error);
}

static void finish(tally *t) {
    t->errors->rms = savings_own_squares_rms(&t->squares);
    if (t->squares.count == 0)
        t->errors->max = t->errors->near = NAN;
}

static crease_status judge_kink(const savings_own_fit *fit, savings_own_row *row, crease_error *error) {
    crease_kink *kinks = NULL;
    size_t count_of = 0;
    row->kink = row->ratio = NAN;
    if (fit->kink_count == 0 || row->net->layer_count > 1)
        return CREASE_OK;
    crease_status status = crease_net_kinks(row->net, &kinks, &count_of, error);
    for (size_t i = 0; status == CREASE_OK && i < count_of; i++)
        if (!(fabs(kinks[i].x - fit->kink[0].x) >= fabs(row->kink - fit->kink[0].x))) {
            row->kink = kinks[i].x;
            row->ratio = kinks[i].slope_right != 0 ? kinks[i].slope_left / kinks[i].slope_right : NAN;
        }
    free(kinks);
    return status;
}

crease_status savings_own_judge(const savings_own_fit *fit, const savings_own_map *map,
                                const savings_own_data *data, savings_own_row *row, crease_error *error) {
    crease_work *work;
    double reach = NEAR * range(data);
    tally value = {.errors = &row->value}, slope = {.errors = &row->slope};
    row->value = row->slope = (savings_own_errors){0, 0, NAN};
    row->n_params = row->net->parameter_count;
    row->n_free = crease_net_free_count(row->net) - (fit->options.kink_count > 0 ? row->held : 0);
    crease_status status = crease_work_new(row->net, &work, error);
    for (size_t i = 0; status == CREASE_OK && i < data->n; i++) {
        double z, dz, V, dV, largest = row->value.max;
        if (data->weight && data->weight[i] == 0)
            continue;
        crease_net_input_gradient(row->net, NULL, work, 1, &data->x[i], &z, &dz);
        bool valid = savings_own_backward(map, z, &V, &dV), near = is_near(fit, data->x[i], reach);
        count(&value, valid ? V - data->V[i] : INFINITY, near);
        if (row->value.max > largest || i == 0)
            row->worst_x = data->x[i];
        if (data->dV && !is_near(fit, data->x[i], 0))
            count(&slope, valid ? dV * dz - data->dV[i] : INFINITY, near);
    }
    finish(&value);
    finish(&slope);
    crease_work_free(work);
    return status == CREASE_OK ? judge_kink(fit, row, error) : status;
}

/* ---- shape ---- */

typedef struct shape_scan {
    savings_own_shape *shape;
    double least, least_x, largest;
} shape_scan;

static void scan(shape_scan *s, double x, double slope) {
    if (-slope > s->shape->drop) {
        s->shape->drop = -slope;
        s->shape->drop_x = x;
    }
    if (slope < s->least) {
        s->least = slope;
        s->least_x = x;
    }
    if (slope - s->least > s->shape->rise) {
        s->shape->rise = slope - s->least;
        s->shape->rise_from = s->least_x;
        s->shape->rise_to = x;
    }
    s->largest = fmax(s->largest, fabs(slope));
}

static void forget_rounding(shape_scan *s, double size) {
    if (s->shape->drop <= size) {
        s->shape->drop = 0;
        s->shape->drop_x = NAN;
    }
    if (s->shape->rise <= size) {
        s->shape->rise = 0;
        s->shape->rise_from = s->shape->rise_to = NAN;
    }
}

static const savings_own_shape empty_shape = {0, NAN, 0, NAN, NAN};

static void judge_table(savings_own_shape *shape, const savings_own_data *data) {
    double largest_V = 0, least_step = INFINITY;
    *shape = empty_shape;
    shape_scan s = {.shape = shape, .least = INFINITY};
    for (size_t i = 0; i + 1 < data->n; i++) {
        double h = data->x[i + 1] - data->x[i];
        scan(&s, data->x[i] + h / 2, (data->V[i + 1] - data->V[i]) / h);
        largest_V = fmax(largest_V, fabs(data->V[i]));
        least_step = fmin(least_step, h);
    }
    /* a secant carries the rounding of two printed values */
    forget_rounding(&s, fmax(ROUNDING * s.largest, 1e-12 * largest_V / least_step));
}

void savings_own_judge_shape(savings_own_fit *fit, const savings_own_data *data) {
    double from = data->x[0], step = range(data) / (SHAPE_POINTS - 1), V, dV;
    fit->shape = empty_shape;
    shape_scan s = {.shape = &fit->shape, .least = INFINITY};
    size_t next = 0;
    for (size_t i = 0; i < SHAPE_POINTS; i++) {
        double x = i + 1 < SHAPE_POINTS ? from + step * (double)i : data->x[data->n - 1];
        for (; next < fit->kink_count && fit->kink[next].x <= x; next++)
            for (int side = -1; side <= 1; side += 2) {
                savings_own_evaluate(fit, 0, fit->kink[next].x, side, &V, &dV);
                scan(&s, fit->kink[next].x, dV);
            }
        savings_own_evaluate(fit, 0, x, 0, &V, &dV);
        if (next == 0 || fit->kink[next - 1].x < x)
            scan(&s, x, dV);
    }
    forget_rounding(&s, ROUNDING * s.largest);
    judge_table(&fit->data_shape, data);
}

/* ---- slopes against values ---- */

crease_status savings_own_judge_slopes(savings_own_fit *fit, const savings_own_data *data,
                                       crease_error *error) {
    fit->slopes_match = NAN;
    if (!data->dV)
        return CREASE_OK;
    size_t count = 0;
    double *ratio = malloc(data->n * sizeof *ratio);
    if (!ratio)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", data->n);
    for (size_t i = 0; i + 1 < data->n; i++) {
        double left = isfinite(data->dV_right[i]) ? data->dV_right[i] : data->dV[i];
        double change = (data->x[i + 1] - data->x[i]) * (left + data->dV[i + 1]) / 2;
        if (change != 0)
            ratio[count++] = (data->V[i + 1] - data->V[i]) / change;
    }
    if (count > 0) {
        gsl_sort(ratio, 1, count);
        fit->slopes_match = gsl_stats_median_from_sorted_data(ratio, 1, count);
    }
    free(ratio);
    return CREASE_OK;
}

/* ---- the limit ---- */

void savings_own_judge_limit(savings_own_fit *fit, const savings_own_data *data) {
    double limit = fit->options.limit, gap = INFINITY;
    size_t left = 0, right = 0;
    fit->at_limit = SAVINGS_OWN_LIMIT_NOT_GIVEN;
    fit->limit_why[0] = 0;
    if (!fit->options.has_limit)
        return;
    for (size_t i = 0; i < data->n; i++) {
        left += data->x[i] < limit;
        right += data->x[i] > limit;
        if (i > 0 && data->x[i - 1] <= limit && data->x[i] >= limit)
            gap = fmin(gap, data->x[i] - data->x[i - 1]);
    }
    for (size_t k = 0; k < fit->kink_count; k++) {
        double distance = fabs(fit->kink[k].x - limit), error = 3 * fit->kink[k].error;
        if (distance > fmax(error, 1e-12 * range(data)))
            continue;
        fit->at_limit = SAVINGS_OWN_LIMIT_KINK;
        snprintf(fit->limit_why, sizeof fit->limit_why,
                 "a kink lies at the limit %.10g: the slope is %.6g below it and %.6g above it, ratio %.10g",
                 limit, fit->kink[k].slope_left, fit->kink[k].slope_right, fit->kink[k].ratio);
        return;
    }
    if (left < SIDE_ROWS || right < SIDE_ROWS) {
        fit->at_limit = SAVINGS_OWN_LIMIT_EDGE;
        snprintf(fit->limit_why, sizeof fit->limit_why,
                 "the limit %.10g has %zu rows below it and %zu above it: without rows on both sides no kink "
                 "can be seen there",
                 limit, left, right);
        return;
    }
    double V, slope;
    savings_own_evaluate(fit, 0, limit, 0, &V, &slope);
    fit->at_limit = SAVINGS_OWN_LIMIT_SMOOTH;
    snprintf(fit->limit_why, sizeof fit->limit_why,
             "no kink at the limit %.10g, where the rows are %.3g apart: the value is smooth there, with "
             "slope %.6g%s",
             limit, gap, slope, fit->kink_count > 0 ? "; its kinks lie elsewhere" : "");
}
