#include "regions_run.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REGIONS_SHOWN = 12 };

static const char unfinished[] = "the search was interrupted";
static const char too_large[] = "it is beyond the range of doubles";

/* ---- JSON ---- */

static json_t *rows_of(const double *value, size_t rows, size_t columns) {
    json_t *list = json_array();
    for (size_t i = 0; i < rows; i++)
        json_array_append_new(list, crease_json_numbers(value + i * columns, columns));
    return list;
}

static json_t *region_json(const regions_run *run, const crease_region *region) {
    const crease_regions *regions = run->regions;
    size_t d = regions->dimension;
    json_t *object = json_object(), *neighbours = json_array();
    json_object_set_new(object, "vertices", rows_of(region->vertex, region->vertex_count, d));
    json_object_set_new(object, "gain", rows_of(region->gain, regions->outputs, d));
    json_object_set_new(object, "offset", crease_json_numbers(region->offset, regions->outputs));
    crease_json_set_number(object, d == 2 ? "area" : "length", region->area, too_large);
    crease_json_set_count(object, "piece", region->piece);
    for (size_t i = 0; i < region->neighbour_count; i++)
        json_array_append_new(neighbours, json_integer((json_int_t)region->neighbour[i]));
    json_object_set_new(object, "neighbours", neighbours);
    return object;
}

/* The inputs at coordinate t of a segment. */
static json_t *point_of(const crease_regions *regions, double t) {
    json_t *list = json_array();
    for (size_t j = 0; j < regions->inputs; j++)
        json_array_append_new(
            list,
            json_real(t == 1 ? regions->to[j] : regions->from[j] + t * (regions->to[j] - regions->from[j])));
    return list;
}

static json_t *breakpoints_json(const crease_regions *regions) {
    json_t *list = json_array();
    for (size_t i = 0; i + 1 < regions->region_count; i++) {
        double t = regions->region[i].vertex[1];
        json_t *object = json_object(), *y = json_array();
        crease_json_set_number(object, "t", t, NULL);
        json_object_set_new(object, "x", point_of(regions, t));
        for (size_t k = 0; k < regions->outputs; k++)
            json_array_append_new(y,
                                  json_real(regions->region[i].gain[k] * t + regions->region[i].offset[k]));
        json_object_set_new(object, "y", y);
        json_array_append_new(list, object);
    }
    return list;
}

static void add_where(const regions_run *run, json_t *object) {
    const crease_regions *regions = run->regions;
    json_t *names = json_array();
    char name[256];
    crease_json_set_count(object, "dimension", regions->dimension);
    if (regions->segment) {
        json_object_set_new(object, "from", crease_json_numbers(regions->from, regions->inputs));
        json_object_set_new(object, "to", crease_json_numbers(regions->to, regions->inputs));
        json_array_append_new(names, json_string("t"));
    } else {
        json_t *box = json_array();
        for (size_t j = 0; j < regions->inputs; j++)
            json_array_append_new(box, json_pack("[f, f]", regions->from[j], regions->to[j]));
        json_object_set_new(object, "box", box);
        for (size_t k = 0; k < regions->dimension; k++) {
            exact_input_name(run->net, regions->varying[k], name, sizeof name);
            json_array_append_new(names, json_string(name));
        }
    }
    json_object_set_new(object, "coordinates", names);
}

static void add_extremes(const crease_regions *regions, json_t *object) {
    bool known = regions->complete;
    size_t d = regions->dimension, o = regions->outputs;
    json_object_set_new(object, "output_min",
                        known ? crease_json_numbers(regions->output_min, o) : json_null());
    json_object_set_new(object, "output_max",
                        known ? crease_json_numbers(regions->output_max, o) : json_null());
    json_object_set_new(object, "argmin", known ? rows_of(regions->argmin, o, d) : json_null());
    json_object_set_new(object, "argmax", known ? rows_of(regions->argmax, o, d) : json_null());
    if (!known)
        crease_json_set_text(object, "why", unfinished);
}

int regions_print_json(const regions_run *run) {
    const crease_regions *regions = run->regions;
    json_t *object = crease_json_begin("regions"), *list = json_array();
    crease_json_set_count(object, "n_regions", regions->region_count);
    crease_json_set_count(object, "n_pieces", regions->piece_count);
    json_object_set_new(object, "complete", json_boolean(regions->complete));
    add_where(run, object);
    if (regions->one_layer) {
        crease_json_set_count(object, "n_hyperplanes", regions->hyperplane_count);
        crease_json_set_number(object, "zaslavsky", regions->zaslavsky, NULL);
    }
    crease_json_set_count(object, "n_units", regions->unit_count);
    add_extremes(regions, object);
    if (regions->segment)
        json_object_set_new(object, "breakpoints", breakpoints_json(regions));
    for (size_t i = 0; i < regions->region_count; i++)
        json_array_append_new(list, region_json(run, &regions->region[i]));
    json_object_set_new(object, "regions", list);
    crease_json_set_number(object, "seconds", run->seconds, NULL);
    return crease_json_finish(&run->app, object);
}

/* ---- text ---- */

static void print_count(const regions_run *run) {
    const crease_regions *regions = run->regions;
    printf("regions     %zu", regions->region_count);
    if (!regions->complete)
        printf(" found before the interruption");
    if (regions->piece_count < regions->region_count)
        printf(", %zu affine pieces (a kink cancels between some)", regions->piece_count);
    if (regions->one_layer)
        printf("; %zu line%s in general position make at most %.0f", regions->hyperplane_count,
               regions->hyperplane_count == 1 ? "" : "s", regions->zaslavsky);
    else
        printf(", made by %zu units with a kink", regions->unit_count);
    putchar('\n');
}

static void print_place(const double *place, size_t dimension) {
    for (size_t k = 0; k < dimension; k++)
        printf("%s%.8g", k ? ", " : "", place[k]);
}

static void print_extremes(const regions_run *run) {
    const crease_regions *regions = run->regions;
    size_t d = regions->dimension;
    char name[256];
    for (size_t k = 0; k < regions->outputs && regions->complete; k++) {
        exact_output_name(run->net, k, name, sizeof name);
        printf("%-10s  from %.8g at (", name, regions->output_min[k]);
        print_place(regions->argmin + k * d, d);
        printf(") to %.8g at (", regions->output_max[k]);
        print_place(regions->argmax + k * d, d);
        printf(")\n");
    }
}

static void affine_text(const regions_run *run, const crease_region *region, char *text, size_t size) {
    const crease_regions *regions = run->regions;
    size_t d = regions->dimension, k = run->output, used = 0;
    for (size_t j = 0; j < d && used < size; j++) {
        char name[64] = "t";
        if (!regions->segment)
            exact_input_name(run->net, regions->varying[j], name, sizeof name);
        used += (size_t)snprintf(text + used, size - used, j ? " %+.5g %s" : "%.5g %s",
                                 region->gain[k * d + j], name);
    }
    if (used < size)
        snprintf(text + used, size - used, " %+.5g", region->offset[k]);
}

/* In one dimension all in order, up to a limit; in two the largest ones. */
static void print_regions(const regions_run *run, const size_t *order, size_t shown) {
    const crease_regions *regions = run->regions;
    bool plane = regions->dimension == 2;
    char name[256], text[300];
    exact_output_name(run->net, run->output, name, sizeof name);
    const char *const titles[] = {"region", plane ? "area" : "from", plane ? "corners" : "to", name};
    crease_report *report = crease_report_new(4, titles);
    for (size_t i = 0; i < shown; i++) {
        const crease_region *region = &regions->region[order[i]];
        crease_report_count(report, order[i]);
        if (plane) {
            crease_report_number(report, region->area, 6);
            crease_report_count(report, region->vertex_count);
        } else {
            crease_report_number(report, region->vertex[0], 8);
            crease_report_number(report, region->vertex[1], 8);
        }
        affine_text(run, region, text, sizeof text);
        crease_report_text(report, "%s", text);
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
}

int regions_print_text(const regions_run *run) {
    const crease_regions *regions = run->regions;
    size_t count = regions->region_count, shown = count < REGIONS_SHOWN ? count : REGIONS_SHOWN;
    print_count(run);
    print_extremes(run);
    size_t *order = calloc(count + 1, sizeof *order);
    double *area = calloc(count + 1, sizeof *area);
    if (!order || !area) {
        free(order);
        free(area);
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "out of memory for %zu regions", count);
    }
    for (size_t i = 0; i < count; i++) {
        order[i] = i;
        area[i] = -regions->region[i].area;
    }
    if (regions->dimension == 2)
        gsl_sort_index(order, area, 1, count);
    print_regions(run, order, shown);
    if (shown < count)
        printf("%s %zu of %zu; --json lists all\n", regions->dimension == 2 ? "the largest" : "the first",
               shown, count);
    free(order);
    free(area);
    return crease_app_end(&run->app);
}
