/* The phase plane, coloured by the type or the gain of each region, with motions from places around its
 * border. */
#include "arm/plane/plane_path.h"
#include "arm/plane/regions_run.h"
#include "crease/crease.h"
#include <math.h>

enum { MOST_CORNERS = 4096, MOTIONS = 14, POINTS = 400 };

/* As plots/arm_regions.gp names them: stable focus, stable node, saddle, saturated, marginal, unstable. */
static double kind_of(const arm_plane_region *region) {
    if (region->type == ARM_PLANE_SATURATED)
        return 3;
    if (region->type == ARM_PLANE_SADDLE)
        return 2;
    if (region->stability != ARM_PLANE_STABLE)
        return region->stability == ARM_PLANE_UNSTABLE ? 5 : 4;
    return region->type == ARM_PLANE_FOCUS ? 0 : 1;
}

static crease_status add_region(const regions_run *run, size_t i, crease_plot *plot, crease_error *error) {
    const arm_plane_region *region = &run->plane->region[i];
    const crease_region *polygon = region->polygon;
    double x[MOST_CORNERS], w[MOST_CORNERS], colour[MOST_CORNERS];
    size_t n = polygon->vertex_count < MOST_CORNERS ? polygon->vertex_count : MOST_CORNERS - 1;
    for (size_t k = 0; k <= n; k++) {
        x[k] = polygon->vertex[2 * (k % n)];
        w[k] = polygon->vertex[2 * (k % n) + 1];
        colour[k] = run->colour == REGIONS_BY_TYPE ? kind_of(region)
                    : run->colour == REGIONS_BY_KP ? region->kp
                                                   : region->kd;
    }
    return crease_plot_add_data(plot, "mosaic", n + 1, 3, (const double *const[]){x, w, colour}, error);
}

/* Around the border of the box, a little inside. */
static void start_of(const arm_plane *plane, size_t i, double s[2]) {
    double at = 4 * ((double)i + 0.37) / MOTIONS, side = floor(at), share = 2 * (at - side) - 1;
    double place[2] = {side == 0   ? share
                       : side == 1 ? 1
                       : side == 2 ? -share
                                   : -1,
                       side == 0   ? -1
                       : side == 1 ? share
                       : side == 2 ? 1
                                   : -share};
    for (size_t k = 0; k < 2; k++)
        s[k] = (plane->low[k] + plane->high[k]) / 2 + 0.48 * place[k] * (plane->high[k] - plane->low[k]);
}

static crease_status add_motions(const regions_run *run, crease_plot *plot, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < MOTIONS && status == CREASE_OK; i++) {
        double s[2];
        arm_path path;
        start_of(run->plane, i, s);
        status = arm_path_new(run->plane, s, run->time, POINTS, &path, error);
        if (status == CREASE_OK)
            status = crease_plot_add_data(plot, "motions", path.count, 2,
                                          (const double *const[]){path.x, path.w}, error);
        arm_path_clear(&path);
    }
    return status;
}

/* Real rest points, each once; one line of NaN when there is none. */
static crease_status add_rests(const regions_run *run, crease_plot *plot, crease_error *error) {
    double x[MOST_CORNERS], w[MOST_CORNERS] = {0};
    size_t n = 0;
    for (size_t i = 0; i < run->plane->count && n + 1 < MOST_CORNERS; i++)
        if (run->plane->region[i].rest_inside)
            x[n++] = run->plane->region[i].rest;
    if (n == 0)
        x[n++] = NAN;
    return crease_plot_add_data(plot, "rests", n, 2, (const double *const[]){x, w}, error);
}

static crease_status fill(const regions_run *run, crease_plot *plot, crease_error *error) {
    static const char *const labels[] = {"", "Kp, N m/rad", "Kd, N m s/rad"};
    const arm_plane *plane = run->plane;
    char title[256], setting[160];
    plane_options_describe(&run->plane_options, setting, sizeof setting);
    snprintf(title, sizeof title, "%zu regions; %s", plane->count, setting);
    crease_status status = crease_plot_set_text(plot, "title_text", title, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "colour_label", labels[run->colour], error);
    const struct {
        const char *name;
        double value;
    } number[] = {{"by_type", run->colour == REGIONS_BY_TYPE},
                  {"region_count", (double)plane->count},
                  {"x_low", plane->low[0]},
                  {"x_high", plane->high[0]},
                  {"w_low", plane->low[1]},
                  {"w_high", plane->high[1]}};
    for (size_t i = 0; i < sizeof number / sizeof *number && status == CREASE_OK; i++)
        status = crease_plot_set_number(plot, number[i].name, number[i].value, error);
    for (size_t i = 0; i < plane->count && status == CREASE_OK; i++)
        status = add_region(run, i, plot, error);
    if (status == CREASE_OK)
        status = add_rests(run, plot, error);
    return status == CREASE_OK ? add_motions(run, plot, error) : status;
}

int regions_draw(const regions_run *run) {
    crease_error error;
    crease_plot *plot = NULL;
    crease_status status = crease_plot_new("arm_regions", &plot, &error);
    if (status == CREASE_OK)
        status = fill(run, plot, &error);
    if (status == CREASE_OK)
        return crease_app_draw(&run->app, plot, run->app.plot,
                               "in each region the law is one pair of gains; motions bend where they cross "
                               "from one to the next");
    crease_plot_free(plot);
    return crease_app_fail(&run->app, &error);
}
