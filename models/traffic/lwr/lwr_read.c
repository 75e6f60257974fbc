/* What a problem is made of: fluxes by name or from files, initial densities, schedules. */
#include "crease/csv.h"
#include "crease/model_file.h"
#include "traffic/lwr/lwr.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- schedules ---- */

static void cursor_place(const lwr_schedule *c, lwr_cursor *cursor) {
    const bool last = cursor->step + 1 >= c->count;
    cursor->value = c->value[cursor->step];
    cursor->next = INFINITY;
    if (c->period > 0)
        cursor->next = c->offset + c->period * (cursor->cycle + last) + c->time[last ? 0 : cursor->step + 1];
    else if (!last)
        cursor->next = c->time[cursor->step + 1];
}

void lwr_cursor_start(const lwr_schedule *schedule, lwr_cursor *cursor) {
    *cursor = (lwr_cursor){.value = INFINITY, .next = INFINITY};
    if (schedule->count == 0)
        return;
    if (schedule->period > 0)
        cursor->cycle = floor(-schedule->offset / schedule->period);
    cursor_place(schedule, cursor);
    while (cursor->next <= 0)
        lwr_cursor_step(schedule, cursor);
}

void lwr_cursor_step(const lwr_schedule *schedule, lwr_cursor *cursor) {
    if (!(cursor->next < INFINITY))
        return;
    if (++cursor->step >= schedule->count) {
        cursor->step = 0;
        cursor->cycle++;
    }
    cursor_place(schedule, cursor);
}

/* ---- fluxes ---- */

/* "a,b,c" -> count finite numbers > 0, up to a character of `ends`. */
static const char *read_positive(const char *text, size_t count, double *value, const char *ends) {
    for (size_t i = 0; i < count; i++) {
        char *end;
        value[i] = strtod(text, &end);
        if (end == text || !(value[i] > 0) || !isfinite(value[i]))
            return NULL;
        if (i + 1 < count && *end++ != ',')
            return NULL;
        text = end;
    }
    return strchr(ends, *text) ? text : NULL;
}

static crease_status from_points(size_t n, const double *x, const double *y, lwr_flux **flux,
                                 crease_error *error) {
    crease_pwl *pwl = NULL;
    crease_status status = crease_pwl_new(&pwl, n, error);
    if (status == CREASE_OK) {
        memcpy(pwl->x, x, n * sizeof *x);
        memcpy(pwl->y, y, n * sizeof *y);
        pwl->slope_left = (y[1] - y[0]) / (x[1] - x[0]);
        pwl->slope_right = (y[n - 1] - y[n - 2]) / (x[n - 1] - x[n - 2]);
        status = lwr_flux_new(pwl, flux, error);
    }
    crease_pwl_free(pwl);
    return status;
}

static crease_status greenshields(const char *text, lwr_flux **flux, crease_error *error) {
    enum { MOST = 10000000 };
    double p[2], *memory = NULL;
    const char *rest = read_positive(text, 2, p, ":");
    char *end = NULL;
    const double count = rest && *rest ? strtod(rest + 1, &end) : 0;
    if (!(count >= 2) || count != floor(count) || count > MOST || *end)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "'greenshields:%s' is no flux; it takes the free speed, the jam density and the number of "
            "segments (2 to %d), as in greenshields:100,150:60",
            text, MOST);
    const size_t n = (size_t)count;
    if (!(memory = malloc(2 * (n + 1) * sizeof *memory)))
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a flux of %zu segments", n);
    double *x = memory, *y = memory + n + 1;
    for (size_t i = 0; i <= n; i++) {
        const double share = (double)i / count;
        x[i] = p[1] * share;
        y[i] = p[0] * x[i] * (1 - share);
    }
    const crease_status status = from_points(n + 1, x, y, flux, error);
    free(memory);
    return status;
}

/* min(vf u, C, w (rho_j - u)); without C the triangle. */
static crease_status trapezoidal(const char *text, bool triangle, lwr_flux **flux, crease_error *error) {
    double p[4];
    const char *rest = read_positive(text, triangle ? 3 : 4, p, "");
    if (!rest)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "'%s:%s' is no flux; it takes %s",
                           triangle ? "triangular" : "trapezoidal", text,
                           triangle
                               ? "the free speed, the wave speed and the jam density, as in "
                                 "triangular:100,20,150"
                               : "the free speed, the capacity, the wave speed and the jam density, as in "
                                 "trapezoidal:100,2000,20,150");
    const double vf = p[0], w = p[triangle ? 1 : 2], jam = p[triangle ? 2 : 3];
    const double top = w * jam / (vf + w);
    if (triangle || p[1] >= vf * top)
        return from_points(3, (double[]){0, top, jam}, (double[]){0, vf * top, 0}, flux, error);
    return from_points(4, (double[]){0, p[1] / vf, jam - p[1] / w, jam}, (double[]){0, p[1], p[1], 0}, flux,
                       error);
}

static bool ends_with(const char *text, const char *end) {
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

crease_status lwr_flux_parse(const char *text, lwr_flux **flux, crease_error *error) {
    crease_pwl *pwl = NULL;
    crease_net *net = NULL;
    crease_status status;
    *flux = NULL;
    if (strncmp(text, "greenshields:", 13) == 0)
        return greenshields(text + 13, flux, error);
    if (strncmp(text, "triangular:", 11) == 0 || strncmp(text, "trapezoidal:", 12) == 0)
        return trapezoidal(strchr(text, ':') + 1, text[2] == 'i', flux, error);
    if (ends_with(text, ".csv"))
        status = crease_pwl_load(text, &pwl, error);
    else {
        status = crease_net_load(text, &net, error);
        if (status == CREASE_OK)
            status = crease_pwl_from_net(net, &pwl, error);
        if (status == CREASE_BAD_ARGUMENT) /* the file's fault */
            status = CREASE_BAD_DATA;
        if (error && status != CREASE_OK)
            error->status = status;
    }
    if (status == CREASE_OK)
        status = lwr_flux_new(pwl, flux, error);
    crease_pwl_free(pwl);
    crease_net_free(net);
    return status;
}

/* ---- two columns ---- */

/* The columns of these names, or the first two; the table gives its columns away. */
static crease_status take_columns(crease_table *table, const char *first, const char *second, size_t *count,
                                  double **a, double **b, crease_error *error) {
    size_t column[2] = {0, 1};
    if (table->columns < 2)
        return crease_fail(error, CREASE_BAD_DATA, "%s: two columns are needed, %s and %s", table->source,
                           first, second);
    if (table->rows == 0)
        return crease_fail(error, CREASE_BAD_DATA, "%s: no row of data", table->source);
    if (crease_table_find(table, first, &column[0], NULL) != CREASE_OK ||
        crease_table_find(table, second, &column[1], NULL) != CREASE_OK) {
        column[0] = 0;
        column[1] = 1;
    }
    const double *x = table->column[column[0]];
    for (size_t i = 1; i < table->rows; i++)
        if (!(x[i] > x[i - 1]))
            return crease_fail(error, CREASE_BAD_DATA,
                               "%s: %s must ascend, but %.10g follows %.10g in row %zu", table->source,
                               table->name[column[0]], x[i], x[i - 1], i + 1);
    *count = table->rows;
    *a = table->column[column[0]];
    *b = table->column[column[1]];
    table->column[column[0]] = table->column[column[1]] = NULL;
    return CREASE_OK;
}

crease_status lwr_initial_read(FILE *file, const char *source, size_t *count, double **x, double **density,
                               crease_error *error) {
    crease_table *table = NULL;
    crease_status status = crease_csv_read(file, source, NULL, &table, error);
    if (status == CREASE_OK)
        status = take_columns(table, "x_km", "density_veh_km", count, x, density, error);
    crease_table_free(table);
    return status;
}

crease_status lwr_initial_load(const char *path, size_t *count, double **x, double **density,
                               crease_error *error) {
    crease_table *table = NULL;
    crease_status status = crease_csv_load(path, NULL, &table, error);
    if (status == CREASE_OK)
        status = take_columns(table, "x_km", "density_veh_km", count, x, density, error);
    crease_table_free(table);
    return status;
}

crease_status lwr_schedule_load(const char *path, size_t *count, double **time, double **value,
                                crease_error *error) {
    crease_table *table = NULL;
    crease_status status = crease_csv_load(path, NULL, &table, error);
    if (status == CREASE_OK)
        status = take_columns(table, "t_h", "flow_veh_h", count, time, value, error);
    for (size_t i = 0; status == CREASE_OK && i < *count; i++)
        if ((*value)[i] < 0) {
            status = crease_fail(error, CREASE_BAD_DATA,
                                 "%s: a flow of %g veh/h in row %zu; flows must not be negative", path,
                                 (*value)[i], i + 1);
            free(*time);
            free(*value);
            *time = *value = NULL;
        }
    crease_table_free(table);
    return status;
}
