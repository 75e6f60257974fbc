/* The exact regions behind crease_regions: polygons (or intervals) whose corners are places where two
 * lines meet, kept as integers, so that no number grows with the number of cuts.
 *
 * A place in the plane is (x, y, w) with w > 0, meaning (x / w, y / w), in one dimension (x, 0, w); a line
 * is (a, b, c), the set a x + b y + c w = 0. */
#ifndef CREASE_REGIONS_MOSAIC_H
#define CREASE_REGIONS_MOSAIC_H

#include "crease/regions.h"
#include "regions/integer_net.h"

/* Triples of integers. */
typedef struct crease_triples {
    mpz_t *value; /* 3 x capacity, all initialised */
    size_t count, capacity;
} crease_triples;

typedef struct crease_corner {
    size_t place;
    size_t line; /* of the edge from this corner to the next one, counterclockwise; unused in one dimension */
} crease_corner;

typedef struct crease_cell {
    crease_corner *corner;
    size_t corner_count;
    mpz_t *output;        /* forms: outputs x (dimension + 1) */
    unsigned char *above; /* a unit with a kink each, layer by layer: it is above its kink */
} crease_cell;

typedef struct crease_mosaic {
    size_t dimension;
    crease_integer_net *net;
    crease_triples place, line;
    double *near; /* 2 a place: the doubles nearest to its coordinates */
    size_t near_capacity;
    crease_cell *cell;
    size_t cell_count, cell_capacity;
    const char *why; /* NULL when complete */
} crease_mosaic;

/* All regions on lower <= s <= upper (1 or 2 of them, lower < upper); takes `net`, also on failure. */
crease_status crease_mosaic_new(crease_integer_net *net, const mpq_t *lower, const mpq_t *upper,
                                const crease_regions_options *options, crease_mosaic **mosaic,
                                crease_error *error);
void crease_mosaic_free(crease_mosaic *mosaic);

/* Area, or length, of a cell. The second form is not reduced to lowest terms; the denominator is above 0. */
void crease_mosaic_area(const crease_mosaic *mosaic, size_t cell, mpq_t area);
void crease_mosaic_area_parts(const crease_mosaic *mosaic, size_t cell, mpz_t numerator, mpz_t denominator);
/* Value of an output of a cell at a place. */
void crease_mosaic_value(const crease_mosaic *mosaic, size_t cell, size_t output, size_t place, mpq_t value);

/* Smallest and largest value of an output into `regions`, whose regions are the cells, with gains, offsets
 * and corners. */
void crease_mosaic_extremes(const crease_mosaic *mosaic, size_t output, crease_regions *regions);

/* Pairs of cells that share an edge of positive length, each once, pair[2 i] < pair[2 i + 1]; free. */
crease_status crease_mosaic_pairs(const crease_mosaic *mosaic, size_t **pair, size_t *count,
                                  crease_error *error);

/* Different lines of units of the first layer that cut the box between lower and upper. */
crease_status crease_mosaic_hyperplanes(const crease_integer_net *net, const mpq_t *lower, const mpq_t *upper,
                                        size_t *count, crease_error *error);

/* A new triple at the end, its number, or SIZE_MAX without memory. */
size_t crease_triples_add(crease_triples *triples);
void crease_triples_clear(crease_triples *triples);
/* Divides three integers by their greatest common divisor; by the largest power of two that divides all. */
void crease_triple_reduce(mpz_t *triple);
void crease_triple_halve(mpz_t *triple);

#endif
