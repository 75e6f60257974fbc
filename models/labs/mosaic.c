/* Mosaic: the regions of a network of two inputs, counted exactly (crease/regions.h).
 *
 * One layer: n lines in general position part the plane into sum_{j <= 2} C(n, j) regions (Zaslavsky 1975). Counted in
 * a box that holds every crossing: a region without bound has a corner at a crossing, so the box meets them all.
 * More layers: at most sum over (j_1, .., j_L) of prod C(n_l, j_l), j_l <= min(2, n_1 - j_1, .., n_{l-1} - j_{l-1}, n_l)
 * (Serra, Tjandraatmadja & Ramalingam 2018); some networks reach prod_{l < L} floor(n_l / 2)^2 times Zaslavsky's
 * number of the last layer (Montufar, Pascanu, Cho & Bengio 2014).
 *
 * A unit of the second layer has the gradient W_2 diag(on) W_1, another one where other units of the first are on: its
 * line bends there. */
#include "crease/fit.h"
#include "crease/random.h"
#include "crease/regions.h"
#include "labs/lab.h"
#include "labs/tools.h"
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LAYERS = 3, SIZES = 3, ROWS = 400 };
static const double deep_half = 3; /* of the box of networks of more layers */

typedef struct findings {
    double difference;       /* largest |net - affine map| as a share of the largest |net| */
    double area;             /* largest relative error of the sum of areas */
    double deep;             /* largest mean of deep shapes, of all units' number in one layer */
    size_t nets, as_counted; /* of one layer: with Zaslavsky's number */
    size_t above_bound;      /* deep ones with more regions than the bound */
    size_t seconds, bent;    /* units of the second layer seen twice, and in more than one direction */
} findings;

/* ---- numbers of regions by theory ---- */

static double most_regions(size_t layers, const size_t *width, size_t room) {
    double sum = 0;
    for (size_t j = 0; layers && j <= room && j <= width[0]; j++) {
        const size_t left = width[0] - j;
        sum += gsl_sf_choose((unsigned)width[0], (unsigned)j) *
               most_regions(layers - 1, width + 1, left < room ? left : room);
    }
    return layers ? sum : 1;
}

static double reached_regions(size_t layers, const size_t *width) {
    double product = most_regions(1, width + layers - 1, 2);
    for (size_t l = 0; l + 1 < layers; l++)
        product *= (double)((width[l] / 2) * (width[l] / 2));
    return product > 0 ? product : NAN;
}

/* ---- one network ---- */

static crease_status random_net(size_t layers, const size_t *width, gsl_rng *random, crease_net **net,
                                crease_error *error) {
    char spec[80] = "";
    size_t used = 0;
    for (size_t l = 0; l < layers; l++)
        used += (size_t)snprintf(spec + used, sizeof spec - used, "%srelu:%zu", l ? "/" : "", width[l]);
    crease_status status = crease_net_parse(spec, 2, 1, net, error);
    if (status == CREASE_OK)
        crease_net_initialise(*net, CREASE_INIT_RANDOM, random, (*net)->theta);
    return status;
}

static crease_status mosaic_of(const lab_run *run, const crease_net *net, double half,
                               crease_regions **regions, crease_error *error) {
    const crease_regions_options options = {.interrupted = run->setup.interrupted,
                                            .context = run->setup.interrupted_context};
    crease_number low = {0}, high = {0};
    crease_status status = crease_number_from_double(-half, &low, error);
    if (status == CREASE_OK)
        status = crease_number_from_double(half, &high, error);
    if (status == CREASE_OK)
        status = crease_regions_box(net, (crease_number[]){low, low}, (crease_number[]){high, high}, &options,
                                    regions, error);
    crease_number_clear(&low);
    crease_number_clear(&high);
    return status;
}

/* Half of a box that holds every crossing of the lines of a layer, which are w . x + b = 0. */
static double holding_box(const crease_net *net) {
    const size_t n = net->layer[0].width;
    const double *w = net->theta + net->layer[0].weights, *b = net->theta + net->layer[0].biases;
    double half = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            const double det = w[2 * i] * w[2 * j + 1] - w[2 * i + 1] * w[2 * j];
            half = fmax(half, fabs((b[j] * w[2 * i + 1] - b[i] * w[2 * j + 1]) / det));
            half = fmax(half, fabs((b[i] * w[2 * j] - b[j] * w[2 * i]) / det));
        }
    for (size_t i = 0; i < n; i++) /* a line alone crosses none */
        half = fmax(half, fabs(b[i]) / hypot(w[2 * i], w[2 * i + 1]));
    return 2 * half;
}

static double map_at(const crease_region *region, const double *x) {
    return region->gain[0] * x[0] + region->gain[1] * x[1] + region->offset[0];
}

/* A random point of a region: its corners with random weights. */
static void point_in(const crease_region *region, gsl_rng *random, double x[2]) {
    double sum = 0;
    x[0] = x[1] = 0;
    for (size_t k = 0; k < region->vertex_count; k++) {
        const double weight = gsl_rng_uniform_pos(random);
        x[0] += weight * region->vertex[2 * k];
        x[1] += weight * region->vertex[2 * k + 1];
        sum += weight;
    }
    x[0] /= sum;
    x[1] /= sum;
}

/* Falsified: each region has the map of a neighbour. */
static crease_status compare_maps(const lab_run *run, const crease_net *net, const crease_regions *r,
                                  gsl_rng *random, findings *found, crease_error *error) {
    crease_work *work;
    crease_status status = crease_work_new(net, &work, error);
    double size = 0, worst = 0, area = 0, y, x[2];
    for (size_t i = 0; i < r->region_count && status == CREASE_OK; i++) {
        const crease_region *map = &r->region[i];
        if (lab_falsified(run) && map->neighbour_count)
            map = &r->region[map->neighbour[0]];
        for (int k = 0; k < 5; k++) {
            point_in(&r->region[i], random, x);
            crease_net_evaluate(net, NULL, work, 1, x, &y);
            size = fmax(size, fabs(y));
            worst = fmax(worst, fabs(y - map_at(map, x)));
        }
        area += r->region[i].area;
    }
    const double box = (r->to[0] - r->from[0]) * (r->to[1] - r->from[1]);
    found->difference = fmax(found->difference, size > 0 ? worst / size : worst);
    found->area = fmax(found->area, fabs(area - box) / box);
    crease_work_free(work);
    return status;
}

/* The direction of unit u's line in a region, in [0, pi). */
static double direction(const crease_net *net, const crease_region *region, size_t u) {
    const size_t first = net->layer[0].width;
    const double *w1 = net->theta + net->layer[0].weights,
                 *w2 = net->theta + net->layer[1].weights + u * first;
    double g[2] = {0, 0};
    for (size_t k = 0; k < first; k++)
        for (size_t i = 0; i < 2 && region->above[k]; i++)
            g[i] += w2[k] * w1[2 * k + i];
    const double angle = atan2(g[0], -g[1]);
    return angle < 0 ? angle + M_PI : angle;
}

/* The one unit that parts two regions, or SIZE_MAX. */
static size_t parting_unit(const crease_regions *r, const crease_region *a, const crease_region *b) {
    size_t unit = SIZE_MAX;
    for (size_t u = 0; u < r->unit_count; u++)
        if (a->above[u] != b->above[u]) {
            if (unit != SIZE_MAX)
                return SIZE_MAX;
            unit = u;
        }
    return unit;
}

static void count_bent(const crease_net *net, const crease_regions *r, findings *found) {
    const size_t first = net->layer[0].width;
    for (size_t u = 0; u < net->layer[1].width; u++) {
        size_t pieces = 0;
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < r->region_count; i++)
            for (size_t k = 0; k < r->region[i].neighbour_count; k++) {
                const size_t j = r->region[i].neighbour[k];
                if (j < i || parting_unit(r, &r->region[i], &r->region[j]) != first + u)
                    continue;
                const double angle = direction(net, &r->region[i], u);
                low = fmin(low, angle);
                high = fmax(high, angle);
                pieces++;
            }
        found->seconds += pieces > 1;
        found->bent += pieces > 1 && high - low > 1e-6;
    }
}

/* ---- pictures ---- */

static void draw_mosaic(lab_run *run, const char *title, const crease_regions *r) {
    double middle = .5 * (r->output_max[0] + r->output_min[0]),
           half = .5 * (r->output_max[0] - r->output_min[0]);
    lab_panel_begin(run, (lab_panel){.title = title, .x = "x₁", .y = "x₂"});
    for (size_t i = 0; i < r->region_count; i++) {
        const crease_region *region = &r->region[i];
        const size_t n = region->vertex_count;
        double *corner = lab_numbers(n + 1, 2), mean = 0;
        if (!corner)
            return;
        for (size_t k = 0; k <= n; k++) {
            const double *v = region->vertex + 2 * (k % n);
            corner[k] = v[0];
            corner[n + 1 + k] = v[1];
            mean += k < n ? map_at(region, v) / (double)n : 0;
        }
        lab_draw_polygon(run, half > 0 ? (mean - middle) / half : 0, n + 1, corner, corner + n + 1);
        free(corner);
    }
}

static crease_status show(lab_run *run, const char *title, const crease_net *net, double half,
                          findings *found, crease_error *error) {
    crease_regions *regions = NULL;
    gsl_rng *random = crease_random_new(lab_seed(run), 999);
    crease_status status = random ? CREASE_OK : lab_no_memory(error, "mosaic");
    if (status == CREASE_OK)
        status = mosaic_of(run, net, half, &regions, error);
    if (status == CREASE_OK && regions->complete) {
        status = compare_maps(run, net, regions, random, found, error);
        draw_mosaic(run, title, regions);
    }
    crease_regions_free(regions);
    gsl_rng_free(random);
    return status;
}

/* |x - y| / 2 + x + y cut off at -1/2 and 1/2: what the trained network learns on [-1, 1]^2. */
static crease_status trained_net(const lab_run *run, gsl_rng *random, crease_net *net, crease_error *error) {
    double x[2 * ROWS], y[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        const double a = x[2 * i] = 2 * gsl_rng_uniform(random) - 1,
                     b = x[2 * i + 1] = 2 * gsl_rng_uniform(random) - 1;
        y[i] = fabs(a - b) / 2 + fmax(-.5, fmin(.5, a + b));
    }
    const crease_data data = {ROWS, 2, 1, x, y, NULL};
    const crease_fit_options options = {.method = CREASE_METHOD_LM,
                                        .init = CREASE_INIT_RANDOM,
                                        .starts = 1,
                                        .iterations = 60,
                                        .seed = lab_seed(run),
                                        .threads = 1,
                                        .interrupted = run->setup.interrupted,
                                        .interrupted_context = run->setup.interrupted_context};
    crease_fit_result result = {0};
    crease_status status = crease_fit(net, &data, &options, &result, error);
    crease_fit_result_clear(&result);
    return status;
}

static crease_status show_three(lab_run *run, findings *found, crease_error *error) {
    static const size_t deep[] = {6, 6};
    const size_t one[] = {lab_count(run, "units")};
    static const char *const title[] = {"random, one layer", "random, two layers", "trained, two layers"};
    gsl_rng *random = crease_random_new(lab_seed(run), 1000);
    crease_status status = random ? CREASE_OK : lab_no_memory(error, "mosaic");
    for (size_t k = 0; k < 3 && status == CREASE_OK && !lab_interrupted(run); k++) {
        crease_net *net;
        status = random_net(k ? 2 : 1, k ? deep : one, random, &net, error);
        if (status == CREASE_OK && k == 2)
            status = trained_net(run, random, net, error);
        if (status == CREASE_OK)
            status = show(run, title[k], net, k == 2 ? 1 : 2, found, error);
        crease_net_free(net);
    }
    gsl_rng_free(random);
    return status;
}

/* ---- counting ---- */

typedef struct count {
    double mean, most;
} count;

static crease_status count_nets(const lab_run *run, size_t layers, const size_t *width, count *c,
                                findings *found, crease_error *error) {
    const size_t nets = lab_count(run, "nets");
    const double bound = most_regions(layers, width, 2);
    gsl_rng *random = crease_random_new(lab_seed(run), 10 * layers + width[0]);
    crease_status status = random ? CREASE_OK : lab_no_memory(error, "mosaic");
    *c = (count){0, 0};
    for (size_t i = 0; i < nets && status == CREASE_OK && !lab_interrupted(run); i++) {
        crease_net *net = NULL;
        crease_regions *regions = NULL;
        status = random_net(layers, width, random, &net, error);
        if (status == CREASE_OK)
            status = mosaic_of(run, net, layers == 1 ? holding_box(net) : deep_half, &regions, error);
        if (status == CREASE_OK && regions->complete) {
            const double n = (double)regions->region_count;
            c->mean += n / (double)nets;
            c->most = fmax(c->most, n);
            found->nets += layers == 1;
            found->as_counted += layers == 1 && n == bound;
            found->above_bound += n > bound;
            if (layers == 2)
                count_bent(net, regions, found);
            status = compare_maps(run, net, regions, random, found, error);
        }
        crease_regions_free(regions);
        crease_net_free(net);
    }
    gsl_rng_free(random);
    return status;
}

static void record_shape(lab_run *run, size_t layers, const size_t *width, const count *c) {
    const size_t units = layers * width[0];
    lab_cell_text(run, "%zu x %zu", layers, width[0]);
    lab_cell(run, c->mean);
    lab_cell(run, c->most);
    lab_cell(run, most_regions(layers, width, 2));
    lab_cell(run, reached_regions(layers, width));
    lab_cell(run, most_regions(1, &units, 2));
}

static void draw_counts(lab_run *run, const double *units, double mean[LAYERS][SIZES],
                        double bound[LAYERS][SIZES]) {
    static const char *const role[LAYERS] = {"relu", "tanh", "sigmoid"}, *const name[] = {"one layer", "two",
                                                                                          "three"};
    lab_panel_begin(run, (lab_panel){.title = "points: mean of random nets, lines: bounds",
                                     .x = "units in all",
                                     .y = "regions",
                                     .log_y = true});
    for (size_t l = 0; l < LAYERS; l++) {
        lab_draw(run, LAB_LINES, role[l], name[l], SIZES, units, bound[l]);
        lab_draw(run, LAB_POINTS, role[l], "", SIZES, units, mean[l]);
    }
}

static crease_status count_all(lab_run *run, findings *found, crease_error *error) {
    static const char *const columns[] = {"layers", "regions, mean",   "most",
                                          "bound",  "reached by some", "in one layer"};
    double units[SIZES], mean[LAYERS][SIZES], bound[LAYERS][SIZES];
    lab_table(
        run,
        "Regions of random networks, with what theory bounds, reaches, and allows to all units in one layer",
        6, columns);
    for (size_t l = 0; l < LAYERS; l++)
        for (size_t k = 0; k < SIZES && !lab_interrupted(run); k++) {
            const size_t all = lab_count(run, "units") * (k + 1) / SIZES, each = all / (l + 1);
            const size_t width[LAYERS] = {each, each, each};
            count c;
            crease_status status = count_nets(run, l + 1, width, &c, found, error);
            if (status != CREASE_OK || lab_interrupted(run))
                return status;
            record_shape(run, l + 1, width, &c);
            units[k] = (double)all;
            mean[l][k] = c.mean;
            bound[l][k] = most_regions(l + 1, width, 2);
            if (l)
                found->deep =
                    fmax(found->deep, c.mean / most_regions(1, (const size_t[]){(l + 1) * each}, 2));
        }
    if (!lab_interrupted(run))
        draw_counts(run, units, mean, bound);
    return CREASE_OK;
}

static void conclude(lab_run *run, const findings *f) {
    lab_measure(run, "counted", "share of one-layer nets with Zaslavsky's number of regions",
                lab_share(f->as_counted, f->nets), 1);
    lab_measure(run, "difference", "largest |net - affine map|, of the largest |net|",
                lab_exact(f->difference), 0);
    lab_measure(run, "area", "error of the sum of all areas, of the box's", lab_exact(f->area), 0);
    lab_measure(run, "bent", "share of second-layer units whose line bends", lab_share(f->bent, f->seconds),
                NAN);
    const bool holds =
        f->as_counted == f->nets && f->above_bound == 0 && f->difference < 1e-10 && f->area < 1e-12;
    lab_conclude(run,
                 !holds    ? LAB_REFUTED
                 : f->bent ? LAB_CONFIRMED_WITH_LIMITS
                           : LAB_CONFIRMED,
                 "%zu of %zu networks of one layer have the regions that Zaslavsky counts, none of more "
                 "layers has more "
                 "than its bound, and a network differs from the affine map of a polygon by %.1e at most.",
                 f->as_counted, f->nets, f->difference);
    lab_say(run,
            "Each unit is a line in the first layer only: of the units of a second layer %zu of %zu are "
            "lines that bend "
            "where they cross one of the first.",
            f->bent, f->seconds);
    lab_say(run,
            "Depth makes many regions possible, not usual: on average a random deep network has at most %.2g "
            "times the "
            "number of one layer with as many units.",
            f->deep);
}

static crease_status mosaic(lab_run *run, crease_error *error) {
    findings found = {0};
    crease_status status = show_three(run, &found, error);
    if (status == CREASE_OK && !lab_interrupted(run))
        status = count_all(run, &found, error);
    if (status == CREASE_OK && !lab_interrupted(run))
        conclude(run, &found);
    return status;
}

const lab_experiment lab_mosaic = {
    .name = "mosaic",
    .claim = "Each unit is a line; the plane becomes a mosaic of polygons, with one affine map on each.",
    .control = "each polygon has the affine map of a neighbour",
    .knob = {{"units", 12, 9, 24, true, "units in all"},
             {"nets", 10, 1, 1000, true, "random networks of each shape"}},
    .run = mosaic,
};
