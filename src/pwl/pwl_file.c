/* Polylines from and to CSV: a row a knot, and a row on each end piece.
 *
 * The slope of an end piece is the quotient of two differences, y_e - y_0 over x_e - x_0. Both numbers of the end
 * row are rounded, so among places about one range of the knots beyond (range/32 apart) the one is taken from
 * which the quotient comes out nearest, mostly exact. */
#include "base/input.h"
#include "crease/csv.h"
#include "crease/file.h"
#include "crease/pwl.h"
#include "pwl/double_double.h"
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double slope_between(double x0, double y0, double x1, double y1) {
    return dd_round(dd_divide(dd_difference(y1, y0), dd_difference(x1, x0)));
}

/* ---- writing ---- */

typedef struct end_row {
    double x, y, miss; /* miss: relative error of the slope that is read back */
} end_row;

static void keep_better(end_row *best, double x0, double y0, double slope, double side, double x, double y) {
    if (!isfinite(x) || !isfinite(y) || !(side * (x - x0) > 0))
        return;
    double miss = fabs(slope_between(x0, y0, x, y) - slope) / fabs(slope);
    if (miss < best->miss)
        *best = (end_row){x, y, miss};
}

/* A point on the ray from (x0, y0), to the left (side -1) or right (+1), `distance` away, or a little more where that
 * keeps more of the slope. A slope that moves y by no more than its rounding is flat; height: largest |y|. */
static end_row on_ray(double x0, double y0, double slope, double side, double distance, double height) {
    end_row best = {x0 + side * distance, y0, INFINITY};
    if (fabs(slope) * distance <= 4 * DBL_EPSILON * height)
        return best;
    for (int part = 0; part < 160 && best.miss > (part ? 0 : 2 * DBL_EPSILON); part++) {
        double run = distance * (part < 32 ? 1 + part / 32. : part / 16.);
        double x = x0 + side * run;
        double y = dd_round(dd_add(dd_from(y0), dd_times(dd_difference(x, x0), slope)));
        keep_better(&best, x0, y0, slope, side, x, y);
        dd across = dd_divide(dd_difference(y, y0), dd_from(slope));
        keep_better(&best, x0, y0, slope, side, dd_round(dd_add(across, dd_from(x0))), y);
    }
    return best;
}

static void fill_line(const crease_pwl *pwl, double *x, double *y) {
    double slope = pwl->slope_left, value = pwl->value_at_zero;
    double distance = slope != 0 ? fmax(1, 16 * DBL_EPSILON * fabs(value / slope)) : 1;
    end_row end = on_ray(0, value, slope, 1, distance, fabs(value));
    x[0] = 0;
    y[0] = value;
    x[1] = end.x;
    y[1] = end.y;
}

static void fill_rows(const crease_pwl *pwl, double *x, double *y) {
    size_t k = pwl->knot_count;
    double range = pwl->x[k - 1] - pwl->x[0], height = 0;
    if (range == 0)
        range = pwl->x[0] != 0 ? fabs(pwl->x[0]) : 1;
    for (size_t i = 0; i < k; i++)
        height = fmax(height, fabs(pwl->y[i]));
    end_row left = on_ray(pwl->x[0], pwl->y[0], pwl->slope_left, -1, range, height);
    end_row right = on_ray(pwl->x[k - 1], pwl->y[k - 1], pwl->slope_right, 1, range, height);
    x[0] = left.x;
    y[0] = left.y;
    memcpy(x + 1, pwl->x, k * sizeof *x);
    memcpy(y + 1, pwl->y, k * sizeof *y);
    x[k + 1] = right.x;
    y[k + 1] = right.y;
}

static crease_status to_table(const crease_pwl *pwl, crease_table **table, crease_error *error) {
    crease_status status = crease_table_new(table, pwl->knot_count + 2, 2, error);
    if (status == CREASE_OK)
        status = crease_table_set_name(*table, 0, "x", error);
    if (status == CREASE_OK)
        status = crease_table_set_name(*table, 1, "y", error);
    if (status != CREASE_OK)
        return status;
    if (pwl->knot_count)
        fill_rows(pwl, (*table)->column[0], (*table)->column[1]);
    else
        fill_line(pwl, (*table)->column[0], (*table)->column[1]);
    return CREASE_OK;
}

crease_status crease_pwl_write(const crease_pwl *pwl, FILE *file, crease_error *error) {
    crease_table *table = NULL;
    crease_status status = to_table(pwl, &table, error);
    if (status == CREASE_OK)
        status = crease_csv_write(file, table, error);
    crease_table_free(table);
    return status;
}

crease_status crease_pwl_save(const crease_pwl *pwl, const char *path, crease_error *error) {
    crease_table *table = NULL;
    crease_status status = to_table(pwl, &table, error);
    if (status == CREASE_OK)
        status = crease_csv_save(path, table, error);
    crease_table_free(table);
    return status;
}

/* ---- reading ---- */

/* Line of the file that holds a row of data, found by reading the file again from `start`; 0 where it cannot be
 * read again. Blank lines are no rows. */
static size_t line_of_row(FILE *file, long start, bool header, size_t row) {
    char *text = NULL;
    size_t room = 0, line = 0, rows = 0, wanted = row + 1 + header, found = 0;
    if (start < 0 || fseek(file, start, SEEK_SET) != 0)
        return 0;
    while (!found && getline(&text, &room, file) >= 0) {
        line++;
        if (text[strspn(text, " \t\r\n")] != '\0' && ++rows == wanted)
            found = line;
    }
    free(text);
    return found;
}

static crease_status refuse_order(FILE *file, long start, bool header, const char *source, const double *x,
                                  size_t row, crease_error *error) {
    char place[40];
    size_t line = line_of_row(file, start, header, row);
    if (line)
        snprintf(place, sizeof place, "%zu", line);
    else
        snprintf(place, sizeof place, "row %zu", row + 1);
    return crease_fail(
        error, CREASE_BAD_DATA,
        "%s:%s: x = %.17g does not lie right of %.17g in the row above; sort the rows by x, each x "
        "once",
        source, place, x[row], x[row - 1]);
}

static size_t column_named(const crease_table *table, const char *name) {
    for (size_t j = 0; j < table->columns; j++)
        if (strcmp(table->name[j], name) == 0)
            return j;
    return SIZE_MAX;
}

static crease_status from_rows(const double *x, const double *y, size_t rows, const char *source,
                               crease_pwl **pwl, crease_error *error) {
    size_t k = rows - 2;
    crease_status status = crease_pwl_new(pwl, k, error);
    if (status != CREASE_OK)
        return status;
    crease_pwl *p = *pwl;
    memcpy(p->x, x + 1, k * sizeof *x);
    memcpy(p->y, y + 1, k * sizeof *y);
    p->slope_left = slope_between(x[0], y[0], x[1], y[1]);
    p->slope_right = slope_between(x[rows - 2], y[rows - 2], x[rows - 1], y[rows - 1]);
    p->value_at_zero = dd_round(dd_subtract(dd_from(y[0]), dd_product(p->slope_left, x[0])));
    if (isfinite(p->slope_left) && isfinite(p->slope_right) && isfinite(p->value_at_zero))
        return CREASE_OK;
    crease_pwl_free(p);
    *pwl = NULL;
    return crease_fail(error, CREASE_BAD_DATA, "%s: an end piece is too steep for double numbers", source);
}

crease_status crease_pwl_read(FILE *file, const char *source, crease_pwl **pwl, crease_error *error) {
    *pwl = NULL;
    long start = ftell(file);
    crease_table *table;
    crease_status status = crease_csv_read(file, source, NULL, &table, error);
    if (status != CREASE_OK)
        return status;
    source = table->source;
    if (table->columns < 2 || table->rows < 2) {
        status =
            crease_fail(error, CREASE_BAD_DATA,
                        "%s: a polyline is two columns, x and y, and at least two rows; this has %zu and %zu",
                        source, table->columns, table->rows);
        goto done;
    }
    bool header = strcmp(table->name[0], "1") != 0 || strcmp(table->name[1], "2") != 0;
    size_t column_x = column_named(table, "x"), column_y = column_named(table, "y");
    bool named = column_x != SIZE_MAX && column_y != SIZE_MAX;
    const double *x = table->column[named ? column_x : 0], *y = table->column[named ? column_y : 1];
    for (size_t i = 1; i < table->rows && status == CREASE_OK; i++)
        if (!(x[i] > x[i - 1]))
            status = refuse_order(file, start, header, source, x, i, error);
    if (status == CREASE_OK)
        status = from_rows(x, y, table->rows, source, pwl, error);
done:
    crease_table_free(table);
    return status;
}

crease_status crease_pwl_load(const char *path, crease_pwl **pwl, crease_error *error) {
    *pwl = NULL;
    if (strcmp(path, "-") == 0)
        return crease_pwl_read(stdin, "standard input", pwl, error);
    FILE *file;
    crease_status status = crease_input_open(path, &file, error);
    if (status != CREASE_OK)
        return status;
    status = crease_pwl_read(file, path, pwl, error);
    fclose(file);
    return status;
}
