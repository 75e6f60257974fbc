/* Kinks of data: points and noise (kink_points.c), a search at the scale of the grid (kink_local.c), then, when there is noise, the
 * test of a spline with hinges for what noise hides from it (kink_global.c). */
#include "pwl/kink_parts.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double LEVEL = .01, CONTRAST = 1.5;
enum { POINTS_LEAST = 8 };

crease_status crease_kink_list_add(kink_list *list, const crease_detected_kink *kink, crease_error *error) {
    if (list->count == list->room) {
        size_t room = 2 * list->room + 8;
        crease_detected_kink *more = reallocarray(list->kink, room, sizeof *more);
        if (!more)
            return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu kinks", room);
        list->kink = more;
        list->room = room;
    }
    list->kink[list->count++] = *kink;
    return CREASE_OK;
}

static int by_place(const void *a, const void *b) {
    double first = ((const crease_detected_kink *)a)->x, second = ((const crease_detected_kink *)b)->x;
    return first < second ? -1 : first > second;
}

/* The sharpest are kept when there are more than wanted. */
static int by_jump(const void *a, const void *b) {
    const crease_detected_kink *k = a, *l = b;
    double first = fabs(k->slope_right - k->slope_left), second = fabs(l->slope_right - l->slope_left);
    return first > second ? -1 : first < second;
}

static double raw_x(const kink_points *points, double x) {
    return points->x_low + points->x_range * x;
}

static void to_raw(const kink_points *points, crease_detected_kink *kink) {
    double slope = points->y_range / points->x_range;
    kink->x = raw_x(points, kink->x);
    kink->y = points->y_low + points->y_range * kink->y;
    kink->ci95[0] = raw_x(points, kink->ci95[0]);
    kink->ci95[1] = raw_x(points, kink->ci95[1]);
    kink->standard_error *= points->x_range;
    kink->resolution *= points->x_range;
    kink->slope_left *= slope;
    kink->slope_right *= slope;
    kink->slope_left_error *= slope;
    kink->slope_right_error *= slope;
}

static void explain(const kink_run *run, size_t count) {
    crease_kinks_summary *s = run->summary;
    char *text = s->reason;
    size_t room = sizeof s->reason;
    if (s->points < POINTS_LEAST)
        snprintf(text, room, "%zu distinct x are too few to tell a kink from a curve: %d are the least",
                 s->points, POINTS_LEAST);
    else if (!(run->points->y_range > 0))
        snprintf(text, room, "y is constant");
    else if (count > 0)
        snprintf(text, room, "%zu kink%s", count, count == 1 ? "" : "s");
    else if (!isnan(s->bend_x))
        snprintf(
            text, room,
            "near x = %.6g the slope changes too fast for the rows to show how, but only %.2g times as fast "
            "as "
            "the curve turns beside it: a smooth bend may do that; closer or more precise rows would tell",
            s->bend_x, s->bend_contrast);
    else if (s->unexplained)
        snprintf(text, room,
                 "no smooth curve with evenly spread detail, with or without a kink, comes as near to the "
                 "data as neighbouring "
                 "rows come to one another: rows may be correlated, or the curve has detail that the rows do "
                 "not resolve");
    else if (s->jump)
        snprintf(text, room, "y itself jumps near x = %.6g, which is no kink", s->jump_x);
    else if (s->noise_free)
        snprintf(
            text, room,
            "in no gap between neighbours do the curves left and right of it meet with different slopes");
    else if (isnan(s->best_p_value) && isnan(s->best_x))
        snprintf(text, room, "a smooth curve explains the data, and they are too few to look for more");
    else if (isnan(s->best_p_value))
        snprintf(text, room,
                 "a smooth curve explains the data as well; the best place for a kink would be x = %.6g",
                 s->best_x);
    else
        snprintf(
            text, room,
            "the best candidate, near x = %.6g, is what noise alone makes of a smooth curve in %.2g of cases",
            s->best_x, s->best_p_value);
}

static crease_status search(const kink_run *run, kink_list *list, kink_jump *jump, crease_error *error) {
    const kink_points *points = run->points;
    if (points->n < POINTS_LEAST || !(points->x_range > 0) || !(points->y_range > 0))
        return CREASE_OK;
    run->summary->method = CREASE_KINKS_LOCAL;
    crease_status status = crease_kink_local_search(points, run->level, list, jump, error);
    if (status == CREASE_OK && !points->noise_free)
        status = crease_kink_global_search(run, list, jump, error);
    return status;
}

static crease_status check_arguments(const crease_data *data, const crease_kink_options *options,
                                     crease_error *error) {
    if (data->inputs != 1 || data->outputs != 1)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "kinks are looked for in data with one input and one output, not %zu and %zu",
                           data->inputs, data->outputs);
    if (options->contrast < 0 || isnan(options->contrast))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the contrast %g is not a positive number",
                           options->contrast);
    if (options->level < 0 || options->level >= 1)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the level %g is not between 0 and 1", options->level);
    return crease_data_check(data, error);
}

crease_status crease_kinks_detect(const crease_data *data, const crease_kink_options *options,
                                  crease_detected_kink **kinks, size_t *count, crease_kinks_summary *summary,
                                  crease_error *error) {
    const crease_kink_options defaults = {0};
    kink_points points = {0};
    kink_list list = {0};
    kink_jump jump = {0};
    options = options ? options : &defaults;
    *kinks = NULL;
    *count = 0;
    *summary = (crease_kinks_summary){.best_x = NAN,
                                      .best_p_value = NAN,
                                      .jump_x = NAN,
                                      .jump_size = NAN,
                                      .bend_x = NAN,
                                      .bend_contrast = NAN};
    kink_run run = {&points, options, options->level > 0 ? options->level : LEVEL, summary};
    crease_status status = check_arguments(data, options, error);
    if (status == CREASE_OK)
        status = crease_kink_points_new(data, &points, error);
    if (status == CREASE_OK)
        status = search(&run, &list, &jump, error);
    if (status != CREASE_OK)
        goto end;
    crease_kink_drop_bends(&points, options->contrast > 0 ? options->contrast : CONTRAST, &list, summary);
    size_t most = options->max_kinks ? options->max_kinks : 20;
    if (list.count > most) {
        qsort(list.kink, list.count, sizeof *list.kink, by_jump);
        list.count = most;
    }
    if (list.count > 0)
        qsort(list.kink, list.count, sizeof *list.kink, by_place);
    for (size_t k = 0; k < list.count; k++)
        to_raw(&points, &list.kink[k]);
    summary->rows = points.rows;
    summary->points = points.n;
    summary->noise_free = points.noise_free;
    summary->noise = points.noise_free ? 0 : points.noise * points.y_range;
    summary->best_x = raw_x(&points, summary->best_x);
    summary->bend_x = raw_x(&points, summary->bend_x);
    summary->jump = jump.found;
    if (jump.found) {
        summary->jump_x = raw_x(&points, jump.x);
        summary->jump_size = jump.size * points.y_range;
    }
    explain(&run, list.count);
    *count = list.count;
    if (list.count > 0) {
        *kinks = list.kink;
        list.kink = NULL;
    }
end:
    free(list.kink);
    crease_kink_points_clear(&points);
    return status;
}
