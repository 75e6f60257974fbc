/* Exact regions as doubles: every number is the double nearest to its exact value. */
#include "crease/regions.h"
#include "regions/mosaic.h"
#include "regions/rational.h"
#include "specification/number.h"
#include <stdlib.h>

typedef struct input_domain {
    mpq_t *origin, *direction; /* inputs; inputs x dimension */
    mpq_t lower[2], upper[2];
} input_domain;

void crease_regions_free(crease_regions *regions) {
    if (!regions)
        return;
    for (size_t i = 0; regions->region && i < regions->region_count; i++) {
        free(regions->region[i].vertex);
        free(regions->region[i].gain);
        free(regions->region[i].above);
        free(regions->region[i].offset);
        free(regions->region[i].neighbour);
    }
    free(regions->region);
    free(regions->from);
    free(regions->to);
    free(regions->output_min);
    free(regions->output_max);
    free(regions->output_below);
    free(regions->output_above);
    free(regions->argmin);
    free(regions->argmax);
    free(regions);
}

/* ---- numbers of one region ---- */

static bool fill_region(const crease_mosaic *mosaic, size_t index, crease_regions *regions) {
    crease_region *region = &regions->region[index];
    const crease_cell *cell = &mosaic->cell[index];
    size_t d = mosaic->dimension, outputs = mosaic->net->outputs;
    region->vertex_count = cell->corner_count;
    region->vertex = calloc(cell->corner_count * d, sizeof(double));
    region->gain = calloc(outputs * d, sizeof(double));
    region->offset = calloc(outputs, sizeof(double));
    region->above = calloc(regions->unit_count + 1, sizeof *region->above);
    if (!region->vertex || !region->gain || !region->offset || !region->above)
        return false;
    for (size_t u = 0; u < regions->unit_count; u++)
        region->above[u] = cell->above[u];
    for (size_t i = 0; i < cell->corner_count; i++)
        for (size_t k = 0; k < d; k++)
            region->vertex[i * d + k] = mosaic->near[2 * cell->corner[i].place + k];
    for (size_t o = 0; o < outputs; o++) {
        const mpz_t *form = (const mpz_t *)cell->output + o * (d + 1);
        for (size_t k = 0; k < d; k++)
            region->gain[o * d + k] = crease_quotient(form[k], mosaic->net->scale);
        region->offset[o] = crease_quotient(form[d], mosaic->net->scale);
    }
    mpz_t numerator, denominator;
    mpz_inits(numerator, denominator, NULL);
    crease_mosaic_area_parts(mosaic, index, numerator, denominator);
    region->area = crease_quotient(numerator, denominator);
    mpz_clears(numerator, denominator, NULL);
    return true;
}

static crease_status fill_all(const crease_mosaic *mosaic, crease_regions *regions, crease_error *error) {
    regions->region = calloc(mosaic->cell_count ? mosaic->cell_count : 1, sizeof *regions->region);
    bool room = regions->region != NULL;
    for (size_t i = 0; i < mosaic->cell_count && room; i++) {
        regions->region_count = i + 1;
        room = fill_region(mosaic, i, regions);
    }
    return room ? CREASE_OK
                : crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu regions", mosaic->cell_count);
}

/* ---- neighbours and pieces ---- */

static bool same_map(const crease_mosaic *mosaic, size_t a, size_t b) {
    size_t terms = mosaic->net->outputs * (mosaic->dimension + 1);
    for (size_t i = 0; i < terms; i++)
        if (mpz_cmp(mosaic->cell[a].output[i], mosaic->cell[b].output[i]) != 0)
            return false;
    return true;
}

static size_t root_of(size_t *parent, size_t i) {
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

/* The pieces by the order of their first regions. parent, number: a region each. */
static void number_pieces(const crease_mosaic *mosaic, const size_t *pair, size_t pair_count, size_t *parent,
                          size_t *number, crease_regions *regions) {
    size_t count = regions->region_count;
    for (size_t i = 0; i < count; i++)
        parent[i] = i;
    for (size_t i = 0; i < pair_count; i++)
        if (same_map(mosaic, pair[2 * i], pair[2 * i + 1])) {
            size_t a = root_of(parent, pair[2 * i]), b = root_of(parent, pair[2 * i + 1]);
            parent[a > b ? a : b] = a > b ? b : a;
        }
    for (size_t i = 0; i < count; i++) {
        size_t root = root_of(parent, i);
        if (root == i)
            number[i] = regions->piece_count++;
        regions->region[i].piece = number[root];
    }
}

static int compare_pairs(const void *a, const void *b) {
    const size_t *p = a, *q = b;
    if (p[0] != q[0])
        return p[0] < q[0] ? -1 : 1;
    return p[1] < q[1] ? -1 : p[1] > q[1];
}

/* Two convex polygons share at most one edge, but parts of it may be found twice: only different pairs
 * stay. */
static size_t unique_pairs(size_t *pair, size_t count) {
    size_t kept = 0;
    qsort(pair, count, 2 * sizeof *pair, compare_pairs);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || compare_pairs(pair + 2 * i, pair + 2 * (kept - 1)) != 0) {
            pair[2 * kept] = pair[2 * i];
            pair[2 * kept + 1] = pair[2 * i + 1];
            kept++;
        }
    return kept;
}

/* In the order of the pairs, so each list is ascending: first the smaller neighbours, then the larger. */
static bool list_neighbours(const size_t *pair, size_t count, crease_regions *regions) {
    for (size_t i = 0; i < 2 * count; i++)
        regions->region[pair[i]].neighbour_count++;
    for (size_t i = 0; i < regions->region_count; i++) {
        crease_region *region = &regions->region[i];
        region->neighbour = malloc((region->neighbour_count ? region->neighbour_count : 1) * sizeof(size_t));
        if (!region->neighbour)
            return false;
        region->neighbour_count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        crease_region *larger = &regions->region[pair[2 * i + 1]];
        larger->neighbour[larger->neighbour_count++] = pair[2 * i];
    }
    for (size_t i = 0; i < count; i++) {
        crease_region *smaller = &regions->region[pair[2 * i]];
        smaller->neighbour[smaller->neighbour_count++] = pair[2 * i + 1];
    }
    return true;
}

static crease_status connect(const crease_mosaic *mosaic, crease_regions *regions, crease_error *error) {
    size_t *pair = NULL, count = 0, *parent = NULL;
    crease_status status = crease_mosaic_pairs(mosaic, &pair, &count, error);
    if (status == CREASE_OK) {
        count = unique_pairs(pair, count);
        parent = malloc(2 * (regions->region_count + 1) * sizeof *parent);
        if (!parent || !list_neighbours(pair, count, regions))
            status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for the neighbours of %zu regions",
                                 regions->region_count);
        else
            number_pieces(mosaic, pair, count, parent, parent + regions->region_count, regions);
    }
    free(parent);
    free(pair);
    return status;
}

/* ---- the whole ---- */

/* sum of C(n, i) over i <= dimension */
static double zaslavsky(size_t n, size_t dimension) {
    double count = 1 + (double)n;
    return dimension == 1 ? count : count + (double)n * ((double)n - 1) / 2;
}

static crease_status count_lines(const crease_integer_net *net, const input_domain *domain,
                                 crease_regions *regions, crease_error *error) {
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t u = 0; u < net->layer[l].width; u++)
            regions->unit_count += net->layer[l].kink[u];
    regions->one_layer = net->layer_count == 1;
    if (!regions->one_layer)
        return CREASE_OK;
    crease_status status =
        crease_mosaic_hyperplanes(net, domain->lower, domain->upper, &regions->hyperplane_count, error);
    regions->zaslavsky = zaslavsky(regions->hyperplane_count, regions->dimension);
    return status;
}

static bool allocate(crease_regions *regions) {
    size_t o = regions->outputs;
    regions->output_min = calloc(o, sizeof(double));
    regions->output_max = calloc(o, sizeof(double));
    regions->output_below = calloc(o, sizeof(double));
    regions->output_above = calloc(o, sizeof(double));
    regions->argmin = calloc(o * 2, sizeof(double));
    regions->argmax = calloc(o * 2, sizeof(double));
    return regions->output_min && regions->output_max && regions->output_below && regions->output_above &&
           regions->argmin && regions->argmax;
}

static crease_status build(const crease_net *net, const input_domain *domain,
                           const crease_regions_options *options, crease_regions *regions,
                           crease_error *error) {
    crease_integer_net *integer = NULL;
    crease_mosaic *mosaic = NULL;
    crease_status status = CREASE_OK;
    if (!allocate(regions))
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu outputs", regions->outputs);
    if (status == CREASE_OK)
        status = crease_integer_net_new(net, (const mpq_t *)domain->origin, (const mpq_t *)domain->direction,
                                        regions->dimension, &integer, error);
    if (status == CREASE_OK)
        status = count_lines(integer, domain, regions, error);
    if (status == CREASE_OK) {
        crease_integer_net *given = integer;
        integer = NULL;
        status = crease_mosaic_new(given, domain->lower, domain->upper, options, &mosaic, error);
    }
    if (status == CREASE_OK)
        status = fill_all(mosaic, regions, error);
    if (status == CREASE_OK)
        status = connect(mosaic, regions, error);
    if (status == CREASE_OK) {
        regions->why = mosaic->why;
        regions->complete = !mosaic->why;
        for (size_t o = 0; o < regions->outputs; o++)
            crease_mosaic_extremes(mosaic, o, regions);
    }
    crease_mosaic_free(mosaic);
    crease_integer_net_free(integer);
    return status;
}

static crease_status domain_new(const crease_net *net, input_domain *domain, crease_regions **regions,
                                crease_error *error) {
    for (size_t k = 0; k < 2; k++)
        mpq_inits(domain->lower[k], domain->upper[k], NULL);
    domain->origin = crease_rationals_new(net->inputs);
    domain->direction = crease_rationals_new(2 * net->inputs);
    crease_regions *made = calloc(1, sizeof *made);
    if (made) {
        made->inputs = net->inputs;
        made->outputs = net->outputs;
        made->from = calloc(net->inputs, sizeof(double));
        made->to = calloc(net->inputs, sizeof(double));
    }
    *regions = made;
    if (domain->origin && domain->direction && made && made->from && made->to)
        return CREASE_OK;
    return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu inputs", net->inputs);
}

static void domain_clear(const crease_net *net, input_domain *domain) {
    for (size_t k = 0; k < 2; k++)
        mpq_clears(domain->lower[k], domain->upper[k], NULL);
    crease_rationals_free(domain->origin, net->inputs);
    crease_rationals_free(domain->direction, 2 * net->inputs);
}

/* Lower and upper bounds into the domain: inputs that are fixed into origin, the others as coordinates. */
static crease_status take_box(const crease_number *lower, const crease_number *upper, input_domain *domain,
                              crease_regions *regions, crease_error *error) {
    crease_status status = CREASE_OK;
    size_t count = 0;
    mpq_t low, high;
    mpq_inits(low, high, NULL);
    for (size_t j = 0; j < regions->inputs && status == CREASE_OK; j++) {
        crease_number_get(&lower[j], low);
        crease_number_get(&upper[j], high);
        int order = mpq_cmp(low, high);
        regions->from[j] = crease_rational_nearest(low);
        regions->to[j] = crease_rational_nearest(high);
        if (order > 0)
            status = crease_fail(error, CREASE_BAD_ARGUMENT, "input %zu: the box from %g to %g is empty",
                                 j + 1, regions->from[j], regions->to[j]);
        else if (order == 0)
            mpq_set(domain->origin[j], low);
        else if (count++ < 2) {
            regions->varying[count - 1] = j;
            mpq_set(domain->lower[count - 1], low);
            mpq_set(domain->upper[count - 1], high);
        }
    }
    mpq_clears(low, high, NULL);
    if (status == CREASE_OK && (count < 1 || count > 2))
        status =
            crease_fail(error, CREASE_BAD_ARGUMENT,
                        "%zu inputs vary in this box, and regions are drawn in one or two: give the others "
                        "one value (LO:LO), or go along a segment",
                        count);
    regions->dimension = count;
    for (size_t k = 0; k < count && status == CREASE_OK; k++)
        mpq_set_ui(domain->direction[regions->varying[k] * count + k], 1, 1);
    return status;
}

crease_status crease_regions_box(const crease_net *net, const crease_number *lower,
                                 const crease_number *upper, const crease_regions_options *options,
                                 crease_regions **result, crease_error *error) {
    static const crease_regions_options defaults = {0};
    input_domain domain = {0};
    crease_regions *regions;
    *result = NULL;
    crease_status status = domain_new(net, &domain, &regions, error);
    if (status == CREASE_OK)
        status = take_box(lower, upper, &domain, regions, error);
    if (status == CREASE_OK)
        status = build(net, &domain, options ? options : &defaults, regions, error);
    domain_clear(net, &domain);
    if (status == CREASE_OK)
        *result = regions;
    else
        crease_regions_free(regions);
    return status;
}

static crease_status take_segment(const crease_number *from, const crease_number *to, input_domain *domain,
                                  crease_regions *regions, crease_error *error) {
    bool apart = false;
    for (size_t j = 0; j < regions->inputs; j++) {
        crease_number_get(&from[j], domain->origin[j]);
        crease_number_get(&to[j], domain->direction[j]);
        regions->from[j] = crease_rational_nearest(domain->origin[j]);
        regions->to[j] = crease_rational_nearest(domain->direction[j]);
        mpq_sub(domain->direction[j], domain->direction[j], domain->origin[j]);
        apart = apart || mpq_sgn(domain->direction[j]) != 0;
    }
    mpq_set_ui(domain->upper[0], 1, 1);
    regions->dimension = 1;
    regions->segment = true;
    return apart ? CREASE_OK
                 : crease_fail(error, CREASE_BAD_ARGUMENT,
                               "the segment has no length: its ends are the same point");
}

crease_status crease_regions_segment(const crease_net *net, const crease_number *from,
                                     const crease_number *to, const crease_regions_options *options,
                                     crease_regions **result, crease_error *error) {
    static const crease_regions_options defaults = {0};
    input_domain domain = {0};
    crease_regions *regions;
    *result = NULL;
    crease_status status = domain_new(net, &domain, &regions, error);
    if (status == CREASE_OK)
        status = take_segment(from, to, &domain, regions, error);
    if (status == CREASE_OK)
        status = build(net, &domain, options ? options : &defaults, regions, error);
    domain_clear(net, &domain);
    if (status == CREASE_OK)
        *result = regions;
    else
        crease_regions_free(regions);
    return status;
}
