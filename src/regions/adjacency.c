/* What the corners of a mosaic tell: areas, values and who lies next to whom.
 *
 * Both sides of a cut keep the number of its line, so cells can touch along an edge only where they have
 * edges on one line, from opposite sides. The edges on either side of a line do not overlap, so when both
 * are sorted along it, one walk finds every overlap of positive length.
 *
 *   area = 1/2 sum over i of det(first, i, i + 1) / (w_first w_i w_{i+1}) */
#include "regions/mosaic.h"
#include "regions/rational.h"
#include <stdlib.h>

static const mpz_t *place_of(const crease_mosaic *mosaic, size_t place) {
    return (const mpz_t *)mosaic->place.value + 3 * place;
}

static void interval_length(const mpz_t *p, const mpz_t *q, mpz_t numerator, mpz_t denominator) {
    mpz_mul(numerator, q[0], p[2]);
    mpz_submul(numerator, p[0], q[2]);
    mpz_mul(denominator, p[2], q[2]);
}

/* Triangles from the first corner, over the common denominator of all w: with the next w comes a new term,
 * which lacks all w but its own. */
void crease_mosaic_area_parts(const crease_mosaic *mosaic, size_t index, mpz_t numerator, mpz_t denominator) {
    const crease_cell *cell = &mosaic->cell[index];
    const mpz_t *first = place_of(mosaic, cell->corner[0].place);
    if (mosaic->dimension == 1) {
        interval_length(first, place_of(mosaic, cell->corner[1].place), numerator, denominator);
        return;
    }
    mpz_t ends, left, term;
    mpz_inits(ends, left, term, NULL);
    const mpz_t *p = place_of(mosaic, cell->corner[1].place);
    mpz_set_ui(numerator, 0);
    mpz_set(denominator, p[2]);
    mpz_set_ui(left, 1); /* denominator without the last w */
    for (size_t i = 2; i < cell->corner_count; i++) {
        const mpz_t *q = place_of(mosaic, cell->corner[i].place);
        mpz_mul(term, p[0], q[1]);
        mpz_submul(term, q[0], p[1]);
        mpz_mul(term, term, first[2]);
        mpz_mul(ends, q[0], p[2]);
        mpz_submul(ends, p[0], q[2]);
        mpz_addmul(term, ends, first[1]);
        mpz_mul(ends, p[1], q[2]);
        mpz_submul(ends, q[1], p[2]);
        mpz_addmul(term, ends, first[0]);
        mpz_mul(numerator, numerator, q[2]);
        mpz_addmul(numerator, term, left);
        mpz_set(left, denominator);
        mpz_mul(denominator, denominator, q[2]);
        p = q;
    }
    mpz_mul(denominator, denominator, first[2]);
    mpz_mul_2exp(denominator, denominator, 1);
    mpz_clears(ends, left, term, NULL);
}

void crease_mosaic_area(const crease_mosaic *mosaic, size_t index, mpq_t area) {
    crease_mosaic_area_parts(mosaic, index, mpq_numref(area), mpq_denref(area));
    mpq_canonicalize(area);
}

void crease_mosaic_value(const crease_mosaic *mosaic, size_t index, size_t output, size_t place,
                         mpq_t value) {
    size_t d = mosaic->dimension;
    const mpz_t *form = (const mpz_t *)mosaic->cell[index].output + output * (d + 1);
    const mpz_t *p = place_of(mosaic, place);
    mpz_mul(mpq_numref(value), form[d], p[2]);
    for (size_t k = 0; k < d; k++)
        mpz_addmul(mpq_numref(value), form[k], p[k]);
    mpz_mul(mpq_denref(value), mosaic->net->scale, p[2]);
    mpq_canonicalize(value);
}

/* ---- neighbours ---- */

typedef struct edge {
    size_t cell, line, low, high; /* places, low first along the line */
    bool forward;                 /* the cell has low before high, counterclockwise: it lies on one side */
} edge;

typedef struct along {
    const crease_mosaic *mosaic;
    mpz_t left, right;
} along;

/* Order of two places along a line: by x, or by y on a line of constant x. */
static int compare_places(along *a, size_t line, size_t p, size_t q) {
    if (p == q)
        return 0;
    size_t axis = mpz_sgn(a->mosaic->line.value[3 * line + 1]) != 0 ? 0 : 1;
    double near_p = a->mosaic->near[2 * p + axis], near_q = a->mosaic->near[2 * q + axis];
    if (near_p != near_q) /* rounding keeps the order */
        return near_p < near_q ? -1 : 1;
    const mpz_t *u = place_of(a->mosaic, p), *v = place_of(a->mosaic, q);
    mpz_mul(a->left, u[axis], v[2]);
    mpz_mul(a->right, v[axis], u[2]);
    return mpz_cmp(a->left, a->right);
}

static int compare_edges(const void *p, const void *q, void *context) {
    const edge *a = p, *b = q;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->forward != b->forward)
        return a->forward ? -1 : 1;
    return compare_places(context, a->line, a->low, b->low);
}

/* Edges inside the box, sorted; their number. */
static size_t collect_edges(along *a, edge *edges) {
    const crease_mosaic *mosaic = a->mosaic;
    size_t count = 0;
    for (size_t i = 0; i < mosaic->cell_count; i++) {
        const crease_cell *cell = &mosaic->cell[i];
        for (size_t k = 0; k < cell->corner_count; k++) {
            size_t line = cell->corner[k].line;
            if (line < 4)
                continue;
            size_t from = cell->corner[k].place, to = cell->corner[(k + 1) % cell->corner_count].place;
            bool forward = compare_places(a, line, from, to) < 0;
            edges[count++] = (edge){i, line, forward ? from : to, forward ? to : from, forward};
        }
    }
    qsort_r(edges, count, sizeof *edges, compare_edges, a);
    return count;
}

static void add_pair(size_t a, size_t b, size_t *pair, size_t *count) {
    pair[2 * *count] = a < b ? a : b;
    pair[2 * *count + 1] = a < b ? b : a;
    ++*count;
}

/* Edges `begin` to `middle` on one side of a line, `middle` to `end` on the other. */
static void match_sides(along *a, const edge *edges, size_t begin, size_t middle, size_t end, size_t *pair,
                        size_t *count) {
    for (size_t i = begin, j = middle; i < middle && j < end;) {
        const edge *e = &edges[i], *f = &edges[j];
        if (compare_places(a, e->line, e->low, f->high) < 0 &&
            compare_places(a, e->line, f->low, e->high) < 0)
            add_pair(e->cell, f->cell, pair, count);
        int order = compare_places(a, e->line, e->high, f->high);
        i += order <= 0;
        j += order >= 0;
    }
}

static crease_status polygon_pairs(const crease_mosaic *mosaic, size_t **pair, size_t *count,
                                   crease_error *error) {
    size_t total = 0;
    for (size_t i = 0; i < mosaic->cell_count; i++)
        total += mosaic->cell[i].corner_count;
    edge *edges = malloc(total * sizeof *edges);
    *pair = malloc(2 * total * sizeof **pair);
    if (!edges || !*pair) {
        free(edges);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the edges of %zu regions",
                           mosaic->cell_count);
    }
    along a = {.mosaic = mosaic};
    mpz_inits(a.left, a.right, NULL);
    size_t edge_count = collect_edges(&a, edges);
    for (size_t begin = 0, middle, end; begin < edge_count; begin = end) {
        for (middle = begin; middle < edge_count && edges[middle].line == edges[begin].line; middle++)
            if (!edges[middle].forward)
                break;
        for (end = middle; end < edge_count && edges[end].line == edges[begin].line; end++)
            ;
        match_sides(&a, edges, begin, middle, end, *pair, count);
    }
    mpz_clears(a.left, a.right, NULL);
    free(edges);
    return CREASE_OK;
}

crease_status crease_mosaic_pairs(const crease_mosaic *mosaic, size_t **pair, size_t *count,
                                  crease_error *error) {
    *pair = NULL;
    *count = 0;
    if (mosaic->dimension == 2)
        return polygon_pairs(mosaic, pair, count, error);
    *pair = malloc((2 * mosaic->cell_count + 1) * sizeof **pair);
    if (!*pair)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu intervals", mosaic->cell_count);
    for (size_t i = 0; i + 1 < mosaic->cell_count; i++)
        if (mosaic->cell[i].corner[1].place == mosaic->cell[i + 1].corner[0].place)
            add_pair(i, i + 1, *pair, count);
    return CREASE_OK;
}
