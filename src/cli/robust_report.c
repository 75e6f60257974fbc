#include "robust_run.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

static const char no_cell[] = "smooth units have no cells";
static const char no_face[] = "the cell has no face";
static const char no_bound[] = "the layers have no finite norm";
static const char no_limit[] = "nothing in the box violates";
static const char no_change[] = "the affine map at the point never violates";

/* ---- JSON ---- */

static json_t *norms_json(const double value[CREASE_NORM_COUNT], const char *why) {
    json_t *object = json_object();
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++)
        crease_json_set_number(object, crease_norm_name((crease_norm)n), value[n], why);
    return object;
}

static json_t *rows_of(const double *value, size_t rows, size_t columns) {
    json_t *list = json_array();
    for (size_t i = 0; i < rows; i++)
        json_array_append_new(list, crease_json_numbers(value + i * columns, columns));
    return list;
}

static void add_map(const robust_run *run, json_t *object) {
    const crease_robust_result *result = &run->result;
    json_object_set_new(object, "output", crease_json_numbers(result->output, result->outputs));
    crease_json_set_count(object, "largest_output", result->largest + 1);
    json_object_set_new(object, "gain", rows_of(result->gain, result->outputs, result->inputs));
    json_object_set_new(object, "offset", crease_json_numbers(result->offset, result->outputs));
    json_object_set_new(object, "on_face", json_boolean(result->on_face));
    double cell[CREASE_NORM_COUNT];
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++)
        cell[n] = result->has_cell ? result->cell_radius[n] : NAN;
    json_object_set_new(object, "cell_radius", norms_json(cell, result->has_cell ? no_face : no_cell));
    json_object_set_new(object, "local_lipschitz", norms_json(result->local_lipschitz, NULL));
    json_object_set_new(object, "global_bound", norms_json(result->global_bound, no_bound));
}

static void add_balls(const robust_run *run, json_t *object) {
    const crease_robust_result *result = &run->result;
    json_t *radius = json_object(), *witness = json_object(), *distance = json_object(),
           *method = json_object(), *each = json_object();
    bool certified = true;
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++) {
        const crease_ball *ball = &result->ball[n];
        const char *name = crease_norm_name((crease_norm)n);
        certified = certified && ball->certified;
        crease_json_set_number(radius, name, ball->radius, no_limit);
        json_object_set_new(witness, name,
                            ball->found ? crease_json_numbers(ball->witness, result->inputs) : json_null());
        crease_json_set_number(distance, name, ball->distance, ball->why ? ball->why : no_limit);
        crease_json_set_text(method, name,
                             result->cell_is_exact[n] && !run->box.count ? "cell" : "branch_and_bound");
        json_object_set_new(each, name, json_boolean(ball->certified));
        if (ball->why)
            crease_json_set_text(object, "stop", ball->why);
    }
    json_object_set_new(object, "radius", radius);
    json_object_set_new(object, "radius_cell", norms_json(result->radius_cell, no_change));
    json_object_set_new(object, "radius_global", norms_json(result->radius_global, no_bound));
    json_object_set_new(object, "witness", witness);
    json_object_set_new(object, "witness_distance", distance);
    json_object_set_new(object, "method", method);
    json_object_set_new(object, "certified_by_norm", each);
    json_object_set_new(object, "certified", json_boolean(certified));
}

int robust_print_json(const robust_run *run) {
    const crease_robust_result *result = &run->result;
    json_t *object = crease_json_begin("robust"), *at = json_array();
    size_t nodes = 0;
    for (size_t j = 0; j < run->at.count; j++)
        json_array_append_new(at, json_real(run->at.lower[j].below));
    json_object_set_new(object, "at", at);
    if (run->of_class)
        crease_json_set_text(object, "property", "class");
    else
        crease_json_set_number(object, "tolerance", run->tolerance, NULL);
    add_map(run, object);
    add_balls(run, object);
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++)
        nodes += result->ball[n].nodes;
    crease_json_set_count(object, "nodes", nodes);
    crease_json_set_number(object, "seconds", result->seconds, NULL);
    return crease_json_finish(&run->app, object);
}

/* ---- text ---- */

static void print_map(const robust_run *run) {
    const crease_robust_result *result = &run->result;
    char output[256], input[256];
    for (size_t k = 0; k < result->outputs; k++) {
        exact_output_name(run->net, k, output, sizeof output);
        printf("%s%s = %.8g here, %s", output, k == result->largest && run->of_class ? " (largest)" : "",
               result->output[k], result->has_cell ? "in the cell" : "to first order");
        for (size_t j = 0; j < result->inputs && j < 8; j++) {
            exact_input_name(run->net, j, input, sizeof input);
            printf(j ? " %+.5g %s" : " %.5g %s", result->gain[k * result->inputs + j], input);
        }
        printf(result->inputs > 8 ? " ..\n" : " %+.5g\n", result->offset[k]);
    }
    if (result->on_face)
        printf("the point lies on a kink: its cell, with the units there taken from below, has radius 0\n");
    else if (result->has_cell && result->face_layer != SIZE_MAX)
        printf("the nearest face is that of unit %zu of layer %zu\n", result->face_unit + 1,
               result->face_layer + 1);
}

static void add_numbers(crease_report *report, const char *what, const double value[CREASE_NORM_COUNT]) {
    crease_report_text(report, "%s", what);
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++) {
        if (isinf(value[n]))
            crease_report_text(report, "none");
        else
            crease_report_number(report, value[n], 7);
    }
}

int robust_print_text(const robust_run *run) {
    const crease_robust_result *result = &run->result;
    static const char *const titles[] = {"", "L1", "L2", "Linf"};
    crease_report *report = crease_report_new(4, titles);
    double radius[CREASE_NORM_COUNT], distance[CREASE_NORM_COUNT];
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++) {
        radius[n] = result->ball[n].radius;
        distance[n] = result->ball[n].distance;
    }
    print_map(run);
    if (result->has_cell)
        add_numbers(report, "distance to the nearest face", result->cell_radius);
    add_numbers(report, "largest change a unit step, here", result->local_lipschitz);
    add_numbers(report, "anywhere, at most", result->global_bound);
    add_numbers(report, "radius by the global bound", result->radius_global);
    if (result->has_cell)
        add_numbers(report, "radius by the cell", result->radius_cell);
    add_numbers(report, "verified radius", radius);
    add_numbers(report, "distance of the witness", distance);
    crease_report_print(report, stdout);
    crease_report_free(report);
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++) {
        const crease_ball *ball = &result->ball[n];
        if (!ball->certified)
            printf("%s: radius and witness do not meet: %s\n", crease_norm_name((crease_norm)n), ball->why);
        if (!ball->found || result->inputs > 8)
            continue;
        printf("witness %-4s", crease_norm_name((crease_norm)n));
        for (size_t j = 0; j < result->inputs; j++)
            printf("%s%.10g", j ? ", " : "  (", ball->witness[j]);
        printf(")\n");
    }
    return crease_app_end(&run->app);
}
