/* The regions of a law as JSON, as text and as a table. */
#include "arm/plane/regions_run.h"
#include "crease/app.h"
#include "crease/crease.h"
#include <math.h>
#include <stdlib.h>

enum { REGIONS_SHOWN = 24 };

static const char no_rest[] = "the torque is the same everywhere in such a region";

static void write_number(FILE *file, double value) {
    if (!isnan(value))
        fprintf(file, "%.17g", value + 0.0);
}

/* The words are digits and plain names, so nothing needs quotes. */
static void write_row(const regions_run *run, size_t i, char *mask, FILE *file) {
    const arm_plane_region *r = &run->plane->region[i];
    arm_plane_mask(run->plane, i, mask);
    fprintf(file, "%zu,%s", i, mask);
    const double first[] = {r->kp,    r->kd,    r->offset, r->polygon->area,
                            r->re[0], r->im[0], r->re[1],  r->im[1]};
    for (size_t k = 0; k < sizeof first / sizeof *first; k++) {
        putc(',', file);
        write_number(file, first[k]);
    }
    fprintf(file, ",%s,", arm_plane_type_name(r->type));
    write_number(file, r->most_torque);
    fprintf(file, ",%s,", arm_plane_stability_name(r->stability));
    write_number(file, r->rest);
    fprintf(file, ",%s,", isnan(r->rest) ? "" : r->rest_inside ? "real" : "virtual");
    write_number(file, r->linearised_at);
    fprintf(file, ",%zu\n", r->polygon->vertex_count);
}

crease_status regions_write_csv(const regions_run *run, crease_error *error) {
    crease_file file;
    char *mask = malloc(run->plane->units + 1);
    crease_status status = mask ? crease_file_create(&file, run->csv_path, error)
                                : crease_fail(error, CREASE_NO_MEMORY, "no memory for the names of regions");
    if (status == CREASE_OK) {
        fputs("region,mask,Kp_local,Kd_local,offset,area,eig_re1,eig_im1,eig_re2,eig_im2,type,max_abs_u,"
              "stability,rest_x,rest,linearised_at_x,corners\n",
              file.stream);
        for (size_t i = 0; i < run->plane->count; i++)
            write_row(run, i, mask, file.stream);
        status = crease_file_commit(&file, error);
    }
    free(mask);
    return status;
}

/* ---- JSON ---- */

static json_t *region_json(const regions_run *run, size_t i, char *mask) {
    const arm_plane_region *r = &run->plane->region[i];
    const crease_region *polygon = r->polygon;
    json_t *object = json_object(), *corners = json_array(), *neighbours = json_array();
    arm_plane_mask(run->plane, i, mask);
    crease_json_set_text(object, "mask", mask);
    crease_json_set_number(object, "Kp", r->kp, NULL);
    crease_json_set_number(object, "Kd", r->kd, NULL);
    crease_json_set_number(object, "offset", r->offset, NULL);
    crease_json_set_number(object, "area", polygon->area, NULL);
    for (size_t k = 0; k < polygon->vertex_count; k++)
        json_array_append_new(corners, crease_json_numbers(polygon->vertex + 2 * k, 2));
    json_object_set_new(object, "corners", corners);
    json_object_set_new(object, "eigenvalues_re", crease_json_numbers(r->re, 2));
    json_object_set_new(object, "eigenvalues_im", crease_json_numbers(r->im, 2));
    crease_json_set_text(object, "type", arm_plane_type_name(r->type));
    crease_json_set_text(object, "stability", arm_plane_stability_name(r->stability));
    crease_json_set_number(object, "max_abs_u", r->most_torque, NULL);
    crease_json_set_number(object, "rest_x", r->rest, no_rest);
    crease_json_set_text(object, "rest", isnan(r->rest) ? NULL : r->rest_inside ? "real" : "virtual");
    crease_json_set_number(object, "linearised_at_x", r->linearised_at, NULL);
    for (size_t k = 0; k < polygon->neighbour_count; k++) {
        size_t at = 0;
        while (run->plane->region[at].polygon != &run->plane->regions->region[polygon->neighbour[k]])
            at++;
        json_array_append_new(neighbours, json_integer((json_int_t)at));
    }
    json_object_set_new(object, "neighbours", neighbours);
    return object;
}

int regions_print_json(const regions_run *run) {
    const arm_plane *plane = run->plane;
    json_t *object = crease_json_begin("arm-regions"), *list = json_array();
    char *mask = malloc(plane->units + 1);
    if (!mask)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "no memory for the names of regions");
    plane_options_json(&run->plane_options, object);
    crease_json_set_count(object, "n_regions", plane->count);
    crease_json_set_count(object, "n_units", plane->units);
    json_object_set_new(object, "complete", json_boolean(plane->regions->complete));
    double area = 0;
    for (size_t i = 0; i < plane->count; i++) {
        area += plane->region[i].polygon->area;
        json_array_append_new(list, region_json(run, i, mask));
    }
    free(mask);
    crease_json_set_number(object, "area", area, NULL);
    crease_json_set_text(object, "linearised",
                         plane->plant.gravity == 0
                             ? "the plant is linear: eigenvalues are exact"
                             : "at the region's own rest point where it has one, else at "
                               "the centre of its area (linearised_at_x)");
    bool known = plane->regions->complete;
    static const char unfinished[] = "the search was interrupted";
    crease_json_set_number(object, "u_min", known ? plane->regions->output_below[0] : NAN, unfinished);
    crease_json_set_number(object, "u_max", known ? plane->regions->output_above[0] : NAN, unfinished);
    json_object_set_new(object, "regions", list);
    crease_json_set_number(object, "seconds", run->seconds, NULL);
    return crease_json_finish(&run->app, object);
}

/* ---- text ---- */

static int compare_areas(const void *a, const void *b, void *context) {
    const arm_plane *plane = context;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    double first = plane->region[i].polygon->area, second = plane->region[j].polygon->area;
    return first != second ? (first > second ? -1 : 1) : i < j ? -1 : i > j;
}

static void add_row(crease_report *report, const arm_plane *plane, size_t i) {
    const arm_plane_region *r = &plane->region[i];
    crease_report_count(report, i);
    crease_report_number(report, r->polygon->area, 6);
    crease_report_number(report, r->kp, 6);
    crease_report_number(report, r->kd, 6);
    crease_report_number(report, r->offset, 6);
    crease_report_text(report, "%s", arm_plane_type_name(r->type));
    crease_report_text(report, "%s", arm_plane_stability_name(r->stability));
    if (r->im[0] != 0)
        crease_report_text(report, "%.5g +- %.5g i", r->re[0], fabs(r->im[0]));
    else
        crease_report_text(report, "%.5g, %.5g", r->re[0], r->re[1]);
    if (isnan(r->rest))
        crease_report_text(report, "%s", "-");
    else
        crease_report_text(report, "%.5g %s", r->rest, r->rest_inside ? "" : "(virtual)");
}

int regions_print_text(const regions_run *run) {
    const arm_plane *plane = run->plane;
    size_t *order = malloc((plane->count + 1) * sizeof *order);
    if (!order)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "no memory for %zu regions",
                                    plane->count);
    for (size_t i = 0; i < plane->count; i++)
        order[i] = i;
    if (plane->count > REGIONS_SHOWN)
        qsort_r(order, plane->count, sizeof *order, compare_areas, (void *)plane);
    char text[128];
    plane_options_describe(&run->plane_options, text, sizeof text);
    printf("%zu region%s of %s: %s", plane->count, plane->count == 1 ? "" : "s",
           plane_options_law_name(&run->plane_options), text);
    if (run->plane_options.limited)
        printf(", torque held within %g N m", run->plane_options.limit);
    puts("");
    if (plane->regions->complete)
        printf("torque from %.9g to %.9g N m\n", plane->regions->output_below[0],
               plane->regions->output_above[0]);
    crease_report *report =
        crease_report_new(9, (const char *const[]){"region", "area", "Kp", "Kd", "offset", "type", "",
                                                   "eigenvalues, 1/s", "rests at x, rad"});
    for (size_t i = 0; i < plane->count && i < REGIONS_SHOWN; i++)
        add_row(report, plane, order[i]);
    crease_report_print(report, stdout);
    crease_report_free(report);
    free(order);
    if (plane->count > REGIONS_SHOWN)
        printf("the largest %d of %zu; --json and -o list all\n", REGIONS_SHOWN, plane->count);
    if (plane->plant.gravity != 0)
        puts("With gravity each region is linearised at its own rest point, else at the centre of its area.");
    crease_app_detail(&run->app, "%.3g s", run->seconds);
    return crease_app_end(&run->app);
}
