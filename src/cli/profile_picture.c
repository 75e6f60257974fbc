/* The figure `profile`, filled. Up to POINTS_SHOWN rows are drawn, spread evenly over the file; the fit is its knots and
 * the ends of the data. */
#include "profile_picture.h"
#include <math.h>
#include <stdlib.h>

enum { POINTS_SHOWN = 4000 };

typedef struct span {
    double low, high;
} span;

static span span_of(const crease_data *data) {
    span s = {INFINITY, -INFINITY};
    for (size_t i = 0; i < data->n; i++)
        if (!data->weight || data->weight[i] > 0) {
            s.low = fmin(s.low, data->x[i]);
            s.high = fmax(s.high, data->x[i]);
        }
    return s;
}

static crease_status add_rows(crease_plot *plot, const crease_data *data, double *room, crease_error *error) {
    size_t shown = data->n < POINTS_SHOWN ? data->n : POINTS_SHOWN;
    double *x = room, *y = room + shown;
    for (size_t i = 0; i < shown; i++) {
        size_t row = (size_t)((double)i * ((double)data->n / (double)shown));
        x[i] = data->x[row];
        y[i] = data->y[row];
    }
    return crease_plot_add_data(plot, "data", shown, 2, (const double *const[]){x, y}, error);
}

static crease_status add_curve(crease_plot *plot, const crease_pwl *pwl, span s, double *room,
                               crease_error *error) {
    size_t points = 0;
    double *x = room, *y = room + pwl->knot_count + 2;
    x[points++] = s.low;
    for (size_t j = 0; j < pwl->knot_count; j++)
        if (pwl->x[j] > s.low && pwl->x[j] < s.high)
            x[points++] = pwl->x[j];
    x[points++] = s.high;
    for (size_t i = 0; i < points; i++)
        y[i] = crease_pwl_evaluate(pwl, x[i]);
    return crease_plot_add_data(plot, "curve", points, 2, (const double *const[]){x, y}, error);
}

static crease_status add_sets(crease_plot *plot, const crease_pwl_profile *profile, double *room,
                              crease_error *error) {
    size_t total = 0, at = 0;
    for (size_t j = 0; j < profile->knot_count; j++)
        total += profile->knot[j].set_count;
    double *low = room, *high = room + total, *knot = high + total;
    for (size_t j = 0; j < profile->knot_count; j++)
        for (size_t i = 0; i < profile->knot[j].set_count; i++, at++) {
            low[at] = profile->knot[j].set[i].low;
            high[at] = profile->knot[j].set[i].high;
            knot[at] = (double)(j + 1);
        }
    return total > 0
               ? crease_plot_add_data(plot, "sets", total, 3, (const double *const[]){low, high, knot}, error)
               : CREASE_OK;
}

static crease_status add_profiles(crease_plot *plot, const crease_pwl *pwl, const crease_pwl_profile *profile,
                                  double *room, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t j = 0; j < profile->knot_count && status == CREASE_OK; j++) {
        const crease_knot_profile *knot = &profile->knot[j];
        status = crease_plot_add_data(plot, "profile", knot->count, 2,
                                      (const double *const[]){knot->x, knot->sse}, error);
        room[j] = profile->sse;
    }
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "knots", profile->knot_count, 2,
                                      (const double *const[]){pwl->x, room}, error);
    return status;
}

static crease_status set_variables(crease_plot *plot, const crease_pwl_profile *profile,
                                   const crease_app_data *data, span s, crease_error *error) {
    const struct {
        const char *name;
        double value;
    } number[] = {{"knots", (double)profile->knot_count},
                  {"level_percent", 100 * profile->level},
                  {"least", profile->sse},
                  {"threshold", profile->threshold},
                  {"first_x", s.low},
                  {"last_x", s.high}};
    crease_status status = crease_plot_set_text(plot, "title_text", data->table->source, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "x_label", data->input_name[0], error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "y_label", data->output_name, error);
    for (size_t i = 0; i < sizeof number / sizeof *number && status == CREASE_OK; i++)
        status = crease_plot_set_number(plot, number[i].name, number[i].value, error);
    return status;
}

static size_t room_needed(const crease_pwl *pwl, const crease_pwl_profile *profile, const crease_data *data) {
    size_t most = 2 * (data->n < POINTS_SHOWN ? data->n : POINTS_SHOWN), sets = 0;
    for (size_t j = 0; j < profile->knot_count; j++)
        sets += profile->knot[j].set_count;
    most = most > 3 * sets ? most : 3 * sets;
    return most > 2 * (pwl->knot_count + 2) ? most : 2 * (pwl->knot_count + 2);
}

int draw_profile(const crease_app *app, const crease_pwl *pwl, const crease_pwl_profile *profile,
                 const crease_app_data *data, const char *path) {
    crease_error error;
    crease_plot *plot = NULL;
    span s = span_of(&data->data);
    double *room = malloc(room_needed(pwl, profile, &data->data) * sizeof *room);
    crease_status status = room ? crease_plot_new("profile", &plot, &error)
                                : crease_fail(&error, CREASE_NO_MEMORY, "out of memory for a picture");
    if (status == CREASE_OK)
        status = set_variables(plot, profile, data, s, &error);
    if (status == CREASE_OK)
        status = add_rows(plot, &data->data, room, &error);
    if (status == CREASE_OK)
        status = add_curve(plot, pwl, s, room, &error);
    if (status == CREASE_OK)
        status = add_sets(plot, profile, room, &error);
    if (status == CREASE_OK)
        status = add_profiles(plot, pwl, profile, room, &error);
    free(room);
    if (status == CREASE_OK)
        return crease_app_draw(
            app, plot, path,
            "the error should have one sharp valley a knot; a wide or broken shade says that the "
            "knot could as well lie elsewhere");
    crease_plot_free(plot);
    return crease_app_fail(app, &error);
}
