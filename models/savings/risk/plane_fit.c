/* Networks on the plane of assets and income: fitted, judged, and the line that a unit's corner draws.
 *
 * A unit of the first layer switches where w_a (a - s_a)/h_a + w_y (y - s_y)/h_y + b = 0, with the shifts and scales of
 * the net's inputs: a = slope y + intercept, slope = -(w_y/h_y)/(w_a/h_a), intercept = s_a - slope s_y - b h_a/w_a. */
#include "savings/risk/plane.h"
#include <gsl/gsl_rng.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>

enum { JUDGE_SIDE = 101, POINT_STREAM = 1 << 30 };
static const double beside = .001, near = .05; /* of the box in a */

static double object_at(const savings_plane *plane, bool value, double a, double y) {
    savings_plane_point point = savings_plane_at(plane, a, y);
    return value ? point.V : point.pinv;
}

static double line_at(savings_plane_line line, double y) {
    return line.slope * y + line.intercept;
}

/* ---- the data ---- */

static void fill_grid(const savings_plane_parameters *p, size_t side, crease_table *table) {
    for (size_t i = 0; i < side; i++)
        for (size_t j = 0; j < side; j++) {
            double step = 1 / (double)(side - 1);
            table->column[0][i * side + j] = p->a_from + (p->a_to - p->a_from) * (double)j * step;
            table->column[1][i * side + j] = p->y_from + (p->y_to - p->y_from) * (double)i * step;
        }
}

static crease_status fill_random(const savings_plane_parameters *p, uint64_t seed, crease_table *table,
                                 crease_error *error) {
    gsl_rng *generator = crease_random_new(seed, POINT_STREAM);
    if (!generator)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for random numbers");
    for (size_t i = 0; i < table->rows; i++) {
        table->column[0][i] = p->a_from + (p->a_to - p->a_from) * gsl_rng_uniform(generator);
        table->column[1][i] = p->y_from + (p->y_to - p->y_from) * gsl_rng_uniform(generator);
    }
    gsl_rng_free(generator);
    return CREASE_OK;
}

crease_status savings_plane_sample(const savings_plane *plane, const savings_plane_options *options,
                                   crease_table **table, crease_error *error) {
    savings_plane_options chosen = options ? *options : (savings_plane_options){0};
    size_t points = chosen.points ? chosen.points : 400;
    size_t side = (size_t)ceil(sqrt((double)points) - 1e-9);
    *table = NULL;
    if (points < 4)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "cannot fit a plane to %zu points", points);
    crease_status status = crease_table_new(table, chosen.random ? points : side * side, 3, error);
    if (status != CREASE_OK)
        return status;
    if (chosen.random)
        status = fill_random(&plane->parameters, chosen.fit.seed, *table, error);
    else
        fill_grid(&plane->parameters, side, *table);
    const char *object =
        plane->model == SAVINGS_PLANE_B ? (chosen.value ? "W" : "pinvW") : (chosen.value ? "V" : "pinvV");
    const char *const names[] = {"a", "y", object};
    for (size_t i = 0; i < 3 && status == CREASE_OK; i++)
        status = crease_table_set_name(*table, i, names[i], error);
    for (size_t i = 0; i < (*table)->rows && status == CREASE_OK; i++) {
        double *column[3] = {(*table)->column[0], (*table)->column[1], (*table)->column[2]};
        column[2][i] = object_at(plane, chosen.value, column[0][i], column[1][i]);
        if (!isfinite(column[2][i]))
            status = crease_fail(error, CREASE_BAD_ARGUMENT, "%s has no finite value at a = %g, y = %g",
                                 object, column[0][i], column[1][i]);
    }
    if (status != CREASE_OK) {
        crease_table_free(*table);
        *table = NULL;
    }
    return status;
}

/* ---- the judge ---- */

/* Inner points of a grid, then points on the line and beside it when it crosses the box; returns how many. */
static size_t list_points(const savings_plane *plane, double *x) {
    const savings_plane_parameters *p = &plane->parameters;
    size_t n = 0;
    for (size_t i = 0; i < JUDGE_SIDE; i++)
        for (size_t j = 0; j < JUDGE_SIDE; j++, n++) {
            x[2 * n] = p->a_from + (p->a_to - p->a_from) * ((double)j + .5) / JUDGE_SIDE;
            x[2 * n + 1] = p->y_from + (p->y_to - p->y_from) * ((double)i + .5) / JUDGE_SIDE;
        }
    for (size_t i = 0; i < JUDGE_SIDE && plane->line_from < plane->line_to; i++) {
        double y = plane->line_from + (plane->line_to - plane->line_from) * ((double)i + .5) / JUDGE_SIDE;
        for (int side = -1; side <= 1; side++) {
            double a = line_at(plane->line, y) + side * beside * (p->a_to - p->a_from);
            if (a < p->a_from || a > p->a_to)
                continue;
            x[2 * n] = a;
            x[2 * n++ + 1] = y;
        }
    }
    return n;
}

static void judge_errors(const savings_plane *plane, size_t n, const double *x, const double *fitted,
                         savings_plane_row *row) {
    double reach = near * (plane->parameters.a_to - plane->parameters.a_from), sum = 0;
    bool has_line = plane->line_from < plane->line_to;
    row->max_error = 0;
    row->near_kink_error = has_line ? 0 : NAN;
    row->raw_max_error = row->value ? NAN : 0;
    for (size_t i = 0; i < n; i++) {
        double a = x[2 * i], y = x[2 * i + 1];
        savings_plane_point point = savings_plane_at(plane, a, y);
        double error = fabs(fitted[i] - (row->value ? point.V : point.pinv));
        sum += error * error;
        row->max_error = fmax(row->max_error, error);
        if (has_line && fabs(a - line_at(plane->line, y)) <= reach)
            row->near_kink_error = fmax(row->near_kink_error, error);
        double raw = fabs(savings_plane_value_of(plane, fitted[i]) - point.V);
        if (!(raw <= row->raw_max_error)) /* a NaN stays */
            row->raw_max_error = isnan(row->raw_max_error) ? NAN : raw;
    }
    row->rmse = sqrt(sum / (double)n);
}

/* The difference of two lines is largest at an end. */
static double line_distance(const savings_plane *plane, savings_plane_line line) {
    return fmax(fabs(line_at(line, plane->line_from) - line_at(plane->line, plane->line_from)),
                fabs(line_at(line, plane->line_to) - line_at(plane->line, plane->line_to)));
}

static bool has_corner(const crease_net *net, size_t unit) {
    double parameter;
    crease_activation kind = crease_net_unit(net, 0, unit, &parameter)->activation;
    return kind == CREASE_RELU || kind == CREASE_LEAKY || kind == CREASE_PRELU;
}

static void judge_line(const savings_plane *plane, savings_plane_row *row) {
    const crease_net *net = row->net;
    row->line = (savings_plane_line){NAN, NAN};
    row->line_error = NAN;
    for (size_t u = 0; net->layer_count == 1 && u < net->layer[0].width; u++) {
        if (!has_corner(net, u))
            continue;
        row->hinges++;
        const double *w = net->theta + net->layer[0].weights + 2 * u;
        double wa = w[0] / net->input_scale[0], wy = w[1] / net->input_scale[1];
        double b = net->theta[net->layer[0].biases + u];
        savings_plane_line line = {-wy / wa, 0};
        line.intercept = net->input_shift[0] - line.slope * net->input_shift[1] - b / wa;
        double distance = line_distance(plane, line);
        if (isfinite(distance) && (isnan(row->line_error) || distance < row->line_error)) {
            row->line_error = distance;
            row->line = line;
        }
    }
}

static void judge_slopes(const savings_plane *plane, crease_work *work, savings_plane_row *row) {
    double y = (plane->line_from + plane->line_to) / 2, a = line_at(plane->line, y);
    double h = beside * (plane->parameters.a_to - plane->parameters.a_from);
    const double x[4] = {a - h, y, a + h, y};
    double slope[4];
    row->slope_left = row->slope_right = row->true_left = row->true_right = NAN;
    if (isnan(a))
        return;
    crease_net_input_gradient(row->net, NULL, work, 2, x, NULL, slope);
    savings_plane_point left = savings_plane_at(plane, a - h, y), right = savings_plane_at(plane, a + h, y);
    row->slope_left = slope[0];
    row->slope_right = slope[2];
    row->true_left = row->value ? left.V_right : left.pinv_right;
    row->true_right = row->value ? right.V_left : right.pinv_left;
}

static crease_status judge(const savings_plane *plane, savings_plane_row *row, crease_error *error) {
    enum { MOST = JUDGE_SIDE * JUDGE_SIDE + 3 * JUDGE_SIDE };
    crease_work *work = NULL;
    double *x = malloc(3 * MOST * sizeof *x), *fitted = x ? x + 2 * MOST : NULL;
    crease_status status = x ? crease_work_new(row->net, &work, error)
                             : crease_fail(error, CREASE_NO_MEMORY, "out of memory for judging points");
    if (status == CREASE_OK) {
        size_t n = list_points(plane, x);
        crease_net_evaluate(row->net, NULL, work, n, x, fitted);
        judge_errors(plane, n, x, fitted, row);
        judge_line(plane, row);
        judge_slopes(plane, work, row);
    }
    crease_work_free(work);
    free(x);
    return status;
}

crease_status savings_plane_fit(const savings_plane *plane, const char *spec,
                                const savings_plane_options *options, savings_plane_row *row,
                                crease_error *error) {
    savings_plane_options chosen = options ? *options : (savings_plane_options){0};
    double *storage = NULL, started = omp_get_wtime();
    crease_table *table = NULL;
    crease_data data;
    crease_fit_result result = {0};
    *row = (savings_plane_row){.value = chosen.value};
    crease_status status = crease_net_parse(spec, 2, 1, &row->net, error);
    if (status == CREASE_OK)
        status = savings_plane_sample(plane, &chosen, &table, error);
    if (status == CREASE_OK)
        status =
            crease_data_from_table(table, (const size_t[]){0, 1}, 2, 2, SIZE_MAX, &data, &storage, error);
    if (status == CREASE_OK)
        status = crease_fit(row->net, &data, &chosen.fit, &result, error);
    if (status == CREASE_OK)
        status = crease_net_set_names(row->net, (const char *const[]){"a", "y"},
                                      (const char *const[]){table->name[2]}, error);
    row->seconds = omp_get_wtime() - started;
    if (status == CREASE_OK)
        status = judge(plane, row, error);
    if (status == CREASE_OK) {
        row->n_params = row->net->parameter_count;
        row->n_free = crease_net_free_count(row->net);
    } else
        savings_plane_row_clear(row);
    crease_fit_result_clear(&result);
    crease_table_free(table);
    free(storage);
    return status;
}

void savings_plane_row_clear(savings_plane_row *row) {
    crease_net_free(row->net);
    *row = (savings_plane_row){0};
}
