/* Best-first search over boxes: what range and robust share. A node is a box with bounds of all units; rows are
 * functions of the outputs, F_r(x) = outputs_r . y(x) + constant_r, that are bounded on it from below. */
#ifndef CREASE_VERIFY_EXPLORE_H
#define CREASE_VERIFY_EXPLORE_H

#include "verify/node.h"

typedef struct crease_rows {
    double *outputs;  /* count x outputs */
    double *constant; /* count, not above the true one */
    size_t count;
} crease_rows;

typedef struct crease_spot {
    crease_state state;
    unsigned char *open; /* rows that are not known to be positive here */
    double bound;        /* of whatever the search minimises */
    size_t serial;       /* the order of making: ties go to the older */
    size_t split;        /* input */
    double where;        /* NAN: cannot be split */
    struct crease_spot *next;
} crease_spot;

typedef struct crease_explorer {
    const crease_chain *chain;
    const crease_rows *rows; /* borrowed */
    crease_magnitude magnitude;
    crease_examiner tools; /* of which only the bounder and the scores are used */
    double *trace;         /* CREASE_TOGETHER x units */
    double *width;         /* of the root's sides */
    crease_form *form;     /* of each open row on the last box */
    crease_spot **heap;    /* open, least bound first */
    size_t count, room;
    crease_spot *spare; /* used before, to be used again */
    size_t made, live;  /* spots so far, spots in memory */
    void *memory;
} crease_explorer;

/* The box lo <= x <= hi is the root of all that follows. */
crease_status crease_explorer_new(const crease_chain *chain, const crease_rows *rows, const double *lo,
                                  const double *hi, crease_explorer *explorer, crease_error *error);
void crease_explorer_clear(crease_explorer *explorer);

/* A spot to fill, a copy of `from` where given; NULL without memory. Give it back with push or drop. */
crease_spot *crease_explorer_take(crease_explorer *explorer, const crease_spot *from);
void crease_explorer_drop(crease_explorer *explorer, crease_spot *spot);
crease_status crease_explorer_push(crease_explorer *explorer, crease_spot *spot, crease_error *error);
/* The spot with the least bound, or NULL. */
crease_spot *crease_explorer_pop(crease_explorer *explorer);

/* Bounds of all units and of the open rows of a spot; closes rows whose bound is above 0 when `close` is set. Fills
 * form and chooses the split. The result is the number of open rows. */
size_t crease_explorer_bound(crease_explorer *explorer, crease_spot *spot, bool root, bool close);

#endif
