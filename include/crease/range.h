/* The range of a network's outputs over a box: smallest and largest values with points that attain them, and bounds that
 * hold for the network in real arithmetic.
 *
 * Where one or two inputs vary and the net is piecewise linear, from the corners of its linear regions, exactly. Else by
 * best-first branch and bound over boxes (Land & Doig 1960) with the bounds of verify.h, to a gap. */
#ifndef CREASE_RANGE_H
#define CREASE_RANGE_H

#include "crease/net.h"
#include "crease/specification.h"

typedef struct crease_range_options {
    double gap;     /* certified when bound and value differ by no more than gap * max(1, |value|); 0: 1e-6 */
    double timeout; /* seconds for all; 0: none */
    size_t node_limit;   /* boxes for each extreme; 0: none */
    size_t region_limit; /* beyond so many linear regions branch and bound takes over; 0: 100000 */
    size_t threads;      /* 0: all cores; the result does not depend on it */
    bool (*interrupted)(void *context);
    void (*progress)(size_t done, size_t total, void *context); /* extremes; from one thread at a time */
    void *context;
} crease_range_options;

typedef struct crease_extreme {
    double
        value; /* attained at `where`: the double nearest to the exact value (of a smooth net, as evaluated) */
    double bound;    /* no value in the box is below it (a minimum), above it (a maximum) */
    double gap;      /* |value - bound|, 0 where value is exact and bound its rounding */
    double *where;   /* inputs; of an exact extreme the doubles nearest to the exact point */
    bool exact;      /* from linear regions: value is that of the extreme itself */
    bool certified;  /* exact, or the gap is small enough */
    const char *why; /* not certified: "timeout", "node limit", "memory", "interrupted", "rounding" */
} crease_extreme;

typedef struct crease_range_result {
    size_t inputs, count;      /* outputs that were asked for */
    size_t *output;            /* their numbers */
    crease_extreme *min, *max; /* count each */
    bool by_regions;
    size_t nodes; /* linear regions, or boxes */
    bool interrupted;
    double seconds;
} crease_range_result;

/* Range over lower <= x <= upper (inputs of each) of `count` outputs, or of all with output NULL. options may be NULL.
 * CREASE_BAD_ARGUMENT for an empty box and numbers that are not finite. Clear the result in any case. */
crease_status crease_range(const crease_net *net, const crease_number *lower, const crease_number *upper,
                           const size_t *output, size_t count, const crease_range_options *options,
                           crease_range_result *result, crease_error *error);
void crease_range_result_clear(crease_range_result *result);

#endif
