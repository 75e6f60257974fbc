/* The pictures of crease regions: a mosaic coloured by the gain with lines of equal output, or a curve with its
 * breakpoints. On a convex region an affine output takes one value along one straight piece. */
#include "crease/plot.h"
#include "regions_run.h"
#include <math.h>
#include <stdlib.h>

enum { LEVELS = 12 };

/* Columns of a data block that grows. */
typedef struct rows {
    double *column[4];
    size_t count, capacity;
    bool no_memory;
} rows;

static void add_row(rows *r, double a, double b, double c, double d) {
    const double value[4] = {a, b, c, d};
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 64;
        for (size_t k = 0; k < 4; k++) {
            double *grown = realloc(r->column[k], r->capacity * sizeof *grown);
            if (grown)
                r->column[k] = grown;
            r->no_memory = r->no_memory || !grown;
        }
    }
    if (r->no_memory)
        return;
    for (size_t k = 0; k < 4; k++)
        r->column[k][r->count] = value[k];
    r->count++;
}

static crease_status hand_over(crease_plot *plot, const char *name, rows *r, size_t columns,
                               crease_error *error) {
    static const double nothing = NAN;
    const double *const none[4] = {&nothing, &nothing, &nothing, &nothing};
    if (r->no_memory)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the picture");
    return crease_plot_add_data(plot, name, r->count ? r->count : 1, columns,
                                r->count ? (const double *const *)r->column : none, error);
}

static void rows_clear(rows *r) {
    for (size_t k = 0; k < 4; k++)
        free(r->column[k]);
}

/* What colours a region: the gain of one input or the norm of all that vary. */
static double colour_of(const regions_run *run, const crease_region *region) {
    const crease_regions *regions = run->regions;
    const double *gain = region->gain + run->output * regions->dimension;
    for (size_t k = 0; k < regions->dimension; k++)
        if (regions->varying[k] == run->input)
            return gain[k];
    return hypot(gain[0], regions->dimension == 2 ? gain[1] : 0);
}

static crease_status add_mosaic(const regions_run *run, crease_plot *plot, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < run->regions->region_count && status == CREASE_OK; i++) {
        const crease_region *region = &run->regions->region[i];
        rows polygon = {0};
        double colour = colour_of(run, region);
        for (size_t k = 0; k <= region->vertex_count; k++) {
            const double *vertex = region->vertex + 2 * (k % region->vertex_count);
            add_row(&polygon, vertex[0], vertex[1], colour, 0);
        }
        status = hand_over(plot, "mosaic", &polygon, 3, error);
        rows_clear(&polygon);
    }
    return status;
}

static double value_at(const crease_region *region, size_t output, const double *vertex) {
    return region->gain[2 * output] * vertex[0] + region->gain[2 * output + 1] * vertex[1] +
           region->offset[output];
}

/* Ends of the piece where the output takes `level`; false when there is none. */
static bool level_piece(const crease_region *region, size_t output, double level, double end[4]) {
    size_t found = 0;
    for (size_t k = 0; k < region->vertex_count && found < 2; k++) {
        const double *p = region->vertex + 2 * k, *q = region->vertex + 2 * ((k + 1) % region->vertex_count);
        double at_p = value_at(region, output, p) - level, at_q = value_at(region, output, q) - level;
        if ((at_p < 0) == (at_q < 0))
            continue;
        double share = at_p / (at_p - at_q);
        end[2 * found] = p[0] + share * (q[0] - p[0]);
        end[2 * found + 1] = p[1] + share * (q[1] - p[1]);
        found++;
    }
    return found == 2;
}

static double round_step(double span) {
    double power = pow(10, floor(log10(span / LEVELS))), digits = span / LEVELS / power;
    return power * (digits < 1.5 ? 1 : digits < 3.5 ? 2 : digits < 7.5 ? 5 : 10);
}

static crease_status add_levels(const regions_run *run, crease_plot *plot, crease_error *error) {
    const crease_regions *regions = run->regions;
    double low = regions->output_min[run->output], high = regions->output_max[run->output];
    double step = high > low && isfinite(high - low) ? round_step(high - low) : 1;
    rows pieces = {0}, labels = {0};
    for (double n = ceil(low / step); n * step <= high && high > low && isfinite(high - low); n++) {
        double longest = -1, where[2] = {0, 0}, share = 0.3 + 0.2 * fmod(fabs(n), 3); /* labels in steps */
        for (size_t i = 0; i < regions->region_count; i++) {
            double end[4];
            if (!level_piece(&regions->region[i], run->output, n * step, end))
                continue;
            add_row(&pieces, end[0], end[1], end[2] - end[0], end[3] - end[1]);
            double length = hypot(end[2] - end[0], end[3] - end[1]);
            if (length > longest) {
                longest = length;
                where[0] = end[0] + share * (end[2] - end[0]);
                where[1] = end[1] + share * (end[3] - end[1]);
            }
        }
        if (longest >= 0)
            add_row(&labels, where[0], where[1], n * step, 0);
    }
    crease_status status = hand_over(plot, "levels", &pieces, 4, error);
    if (status == CREASE_OK)
        status = hand_over(plot, "labels", &labels, 3, error);
    rows_clear(&pieces);
    rows_clear(&labels);
    return status;
}

static crease_status name_axes(const regions_run *run, crease_plot *plot, crease_error *error) {
    const crease_regions *regions = run->regions;
    char x[256] = "t, from the first point to the second", y[256], text[600], gain[300];
    if (!regions->segment)
        exact_input_name(run->net, regions->varying[0], x, sizeof x);
    exact_output_name(run->net, run->output, y, sizeof y);
    snprintf(text, sizeof text, "%s: %zu linear regions", y, regions->region_count);
    crease_status status = crease_plot_set_text(plot, "title_text", text, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "x_label", x, error);
    if (regions->dimension == 2) {
        if (status == CREASE_OK)
            status = crease_plot_set_text(plot, "value_label", y, error);
        snprintf(gain, sizeof gain, "norm of the gain of %.200s", y);
        if (run->input < run->net->inputs) {
            exact_input_name(run->net, run->input, x, sizeof x);
            snprintf(gain, sizeof gain, "gain of %.100s in %.100s", y, x);
        }
        exact_input_name(run->net, regions->varying[1], y, sizeof y);
        if (status == CREASE_OK)
            status = crease_plot_set_text(plot, "colour_label", gain, error);
        if (status == CREASE_OK)
            status = crease_plot_set_number(plot, "has_sign", run->input < run->net->inputs, error);
    }
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "y_label", y, error);
    return status == CREASE_OK
               ? crease_plot_set_number(plot, "region_count", (double)regions->region_count, error)
               : status;
}

static crease_status add_curve(const regions_run *run, crease_plot *plot, crease_error *error) {
    const crease_regions *regions = run->regions;
    rows curve = {0}, breaks = {0};
    for (size_t i = 0; i < regions->region_count; i++) {
        const crease_region *region = &regions->region[i];
        double gain = region->gain[run->output], offset = region->offset[run->output];
        for (size_t k = 0; k < 2; k++)
            add_row(&curve, region->vertex[k], gain * region->vertex[k] + offset, 0, 0);
        if (i + 1 < regions->region_count)
            add_row(&breaks, region->vertex[1], gain * region->vertex[1] + offset, 0, 0);
    }
    crease_status status = hand_over(plot, "curve", &curve, 2, error);
    if (status == CREASE_OK)
        status = hand_over(plot, "breaks", &breaks, 2, error);
    rows_clear(&curve);
    rows_clear(&breaks);
    return status;
}

int regions_draw(const regions_run *run) {
    crease_error error;
    crease_plot *plot = NULL;
    bool plane = run->regions->dimension == 2;
    crease_status status = crease_plot_new(plane ? "regions" : "regions_line", &plot, &error);
    if (status == CREASE_OK)
        status = name_axes(run, plot, &error);
    if (status == CREASE_OK)
        status = plane ? add_mosaic(run, plot, &error) : add_curve(run, plot, &error);
    if (status == CREASE_OK && plane)
        status = add_levels(run, plot, &error);
    if (status == CREASE_OK)
        return crease_app_draw(
            &run->app, plot, run->app.plot,
            plane ? "each cell is one affine map, its colour the size of the gain; black lines "
                    "of equal output bend where they cross a crease"
                  : "the output is straight between the marked breakpoints");
    crease_plot_free(plot);
    return crease_app_fail(&run->app, &error);
}
