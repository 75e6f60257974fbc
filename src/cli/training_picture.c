/* The figure `training` of plots/, filled with up to POINTS_SHOWN iterations of one start, spread evenly. */
#include "training_picture.h"
#include <math.h>
#include <stdlib.h>

enum { POINTS_SHOWN = 600 };

/* The points that are drawn, and columns of n numbers each, in one piece of memory. */
typedef struct columns {
    size_t n;
    const trace_point **point;
    double *iteration, *loss, *gradient, *active, *dead;
} columns;

static void columns_clear(columns *c) {
    free(c->point);
    free(c->iteration);
}

/* The points of the start, first and last among them. */
static crease_status choose_points(const trace_log *log, size_t start, columns *c, crease_error *error) {
    size_t first = 0, count = 0;
    while (first < log->count && log->point[first].start != start)
        first++;
    while (first + count < log->count && log->point[first + count].start == start)
        count++;
    size_t n = count < POINTS_SHOWN ? count : POINTS_SHOWN;
    *c = (columns){.n = n};
    if (n == 0)
        return crease_fail(error, CREASE_BAD_DATA, "there is no step to draw: start %zu left no trace",
                           start);
    c->point = calloc(n, sizeof *c->point);
    c->iteration = calloc(5 * n, sizeof *c->iteration);
    if (!c->point || !c->iteration)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the picture");
    c->loss = c->iteration + n;
    c->gradient = c->loss + n;
    c->active = c->gradient + n;
    c->dead = c->active + n;
    for (size_t i = 0; i < n; i++) {
        c->point[i] = &log->point[first + (n > 1 ? i * (count - 1) / (n - 1) : 0)];
        c->iteration[i] = (double)c->point[i]->iteration;
        c->loss[i] = c->point[i]->loss;
        c->gradient[i] = c->point[i]->gradient_norm;
    }
    return CREASE_OK;
}

static crease_status add_total(crease_plot *plot, const trace_log *log, columns *c, crease_error *error) {
    for (size_t i = 0; i < c->n; i++) {
        const crease_layer_state *state = trace_log_states(log, c->point[i]);
        c->dead[i] = state ? 0 : NAN;
        for (size_t l = 0; l < log->layers; l++)
            c->dead[i] += (double)state[l].dead_units;
    }
    return crease_plot_add_data(plot, "total", c->n, 4,
                                (const double *const[]){c->iteration, c->loss, c->gradient, c->dead}, error);
}

static crease_status add_layers(crease_plot *plot, const trace_log *log, columns *c, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t l = 0; l < log->layers && status == CREASE_OK; l++) {
        for (size_t i = 0; i < c->n; i++) {
            const crease_layer_state *state = trace_log_states(log, c->point[i]) + l;
            c->gradient[i] = state->gradient_norm;
            c->active[i] = state->active_share;
        }
        status = crease_plot_add_data(plot, "layer", c->n, 3,
                                      (const double *const[]){c->iteration, c->gradient, c->active}, error);
    }
    return status;
}

/* Units that can die, so that the panel of dead units is worth its place. */
static size_t mortal_units(const crease_net *net) {
    size_t count = 0;
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t g = 0; g < net->layer[l].group_count; g++)
            if (crease_activation_can_die(net->layer[l].group[g].activation))
                count += net->layer[l].group[g].width;
    return count;
}

static crease_status fill(crease_plot *plot, const crease_net *net, const char *method, const trace_log *log,
                          size_t start, columns *c, crease_error *error) {
    char title[160], spec[64];
    size_t length = crease_net_spec(net, spec, sizeof spec);
    snprintf(title, sizeof title, "%s%s, %s, start %zu", spec, length < sizeof spec ? "" : " ..", method,
             start);

    crease_status status = crease_plot_set_text(plot, "title_text", title, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "layers", (double)net->layer_count, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "by_layer", log->layers > 0 ? 1 : 0, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "mortal_units", (double)mortal_units(net), error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "x_label", log->layers > 0 ? "epoch" : "iteration", error);
    if (status == CREASE_OK)
        status = add_total(plot, log, c, error);
    return status == CREASE_OK ? add_layers(plot, log, c, error) : status;
}

int draw_training(const crease_app *app, const crease_net *net, const char *method, trace_log *log,
                  size_t start, const char *path) {
    crease_error error;
    crease_plot *plot = NULL;
    columns c = {0};
    trace_log_sort(log);
    crease_status status = crease_plot_new("training", &plot, &error);
    if (status == CREASE_OK)
        status = choose_points(log, start, &c, &error);
    if (status == CREASE_OK)
        status = fill(plot, net, method, log, start, &c, &error);
    columns_clear(&c);
    if (status == CREASE_OK)
        return crease_app_draw(app, plot, path,
                               log->layers > 0
                                   ? "does the gradient reach the first layer, and which units fall silent"
                                   : "the loss along the iterations of the best start");
    crease_plot_free(plot);
    return crease_app_fail(app, &error);
}
