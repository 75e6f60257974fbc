/* Linear regions of a network whose units are piecewise linear (relu, leaky, prelu, identity, relu^1; any depth, with
 * or without an affine path), exactly, where one or two coordinates vary: on a box of one or two inputs, on such a slice
 * of a box of more, and along a segment in any number of inputs.
 *
 * A region is a largest set on which every hidden unit keeps to one side of its kink (an activation region). Two
 * neighbours may carry the same affine map, where a unit's kink cancels; `piece` puts such regions together. In one
 * layer, n lines in general position make at most sum of C(n, i) over i <= d regions in d dimensions (Zaslavsky 1975).
 * All decisions are made in integer arithmetic (GMP): nothing is snapped or left out, and what is printed is the double
 * nearest to the exact number. GMP ends the program when memory runs out. */
#ifndef CREASE_REGIONS_H
#define CREASE_REGIONS_H

#include "crease/net.h"
#include "crease/specification.h"

typedef struct crease_region {
    size_t vertex_count;
    double *vertex; /* vertex_count x dimension: counterclockwise in two dimensions, ascending in one */
    double *gain;   /* outputs x dimension: y = gain s + offset on the region, s the coordinates that vary */
    double *offset; /* outputs */
    double area;    /* or length */
    bool *above;  /* unit_count: each unit with a kink, layer by layer, is above its kink inside the region */
    size_t piece; /* regions that hang together and have exactly the same affine map share this number */
    size_t *neighbour; /* neighbour_count indices, ascending: regions beyond an edge of positive length */
    size_t neighbour_count;
} crease_region;

typedef struct crease_regions {
    size_t dimension; /* coordinates that vary: 1 or 2 */
    size_t inputs, outputs;
    size_t varying
        [2]; /* the inputs that are these coordinates; in a segment the one coordinate runs from 0 to 1 */
    bool segment;
    double *from, *to;     /* inputs: the box, or the ends of the segment */
    crease_region *region; /* in one dimension in ascending order */
    size_t region_count;
    size_t piece_count; /* affine pieces */
    size_t unit_count;  /* hidden units with a kink */
    /* of a net with one hidden layer: different lines of units that cut the box, and Zaslavsky's number for them */
    bool one_layer;
    size_t hyperplane_count;
    double zaslavsky;
    /* smallest and largest value of each output (outputs) and where (outputs x dimension): exact, as nearest doubles */
    double *output_min, *output_max, *argmin, *argmax;
    double *output_below, *output_above; /* the same rounded outwards: no value is below or above */
    bool complete;   /* false: the search was ended by `why` and only regions found so far are here */
    const char *why; /* "limit", "interrupted"; static text; NULL when complete */
} crease_regions;

typedef struct crease_regions_options {
    size_t limit;                       /* most regions; 0: 100000 */
    bool (*interrupted)(void *context); /* asked at every region; NULL: never */
    void *context;
} crease_regions_options;

/* Regions on the box lower <= x <= upper (inputs of each), of which one or two inputs vary and the others have
 * lower == upper. options may be NULL. CREASE_BAD_ARGUMENT for a net that is not piecewise linear or has numbers that
 * are not finite, an empty box, and another number of varying inputs. */
crease_status crease_regions_box(const crease_net *net, const crease_number *lower,
                                 const crease_number *upper, const crease_regions_options *options,
                                 crease_regions **regions, crease_error *error);
/* Regions along x = from + t (to - from), 0 <= t <= 1: the breakpoints are the ends of the regions. */
crease_status crease_regions_segment(const crease_net *net, const crease_number *from,
                                     const crease_number *to, const crease_regions_options *options,
                                     crease_regions **regions, crease_error *error);
void crease_regions_free(crease_regions *regions);

#endif
