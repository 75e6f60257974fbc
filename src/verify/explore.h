/* Best-first search over boxes and phases of units: what range and robust share. A spot is a state of the engine; the row is a
 * function of the outputs, F(x) = outputs . y(x) + constant, that is bounded on it from below. */
#ifndef CREASE_VERIFY_EXPLORE_H
#define CREASE_VERIFY_EXPLORE_H

#include "verify/node.h"

typedef struct crease_spot {
    crease_state state;
    double bound;  /* of whatever the search minimises */
    size_t serial; /* the order of making: ties go to the older */
    crease_outcome
        outcome; /* SPLIT_INPUT or SPLIT_UNIT: how to go on; STUCK: no way; SETTLED: there is no such x */
    size_t split;
    double where;
    struct crease_spot *next;
} crease_spot;

typedef struct crease_explorer {
    const crease_chain *chain;
    crease_question question; /* the box, and the row as its one alternative */
    crease_question_rows row; /* its constant is not above the true one */
    crease_magnitude magnitude;
    crease_examiner tools;
    crease_form form;   /* of the row on the last spot */
    crease_spot **heap; /* open, least bound first */
    size_t count, room;
    crease_spot *spare; /* used before, to be used again */
    size_t made, live;  /* spots so far, spots in memory */
    void *memory;
} crease_explorer;

/* outputs are copied. The root of all that follows is the box lo <= x <= hi; points of it are made within
 * least <= x <= most. */
crease_status crease_explorer_new(const crease_net *net, const crease_chain *chain,
                                  const crease_question *box, const double *outputs, double constant,
                                  crease_explorer *explorer, crease_error *error);
void crease_explorer_clear(crease_explorer *explorer);

/* A spot to fill: the root's box, or a copy of `from`; NULL without memory. Give it back with push or drop. */
crease_spot *crease_explorer_take(crease_explorer *explorer, const crease_spot *from);
void crease_explorer_drop(crease_explorer *explorer, crease_spot *spot);
crease_status crease_explorer_push(crease_explorer *explorer, crease_spot *spot, crease_error *error);
/* The spot with the least bound, or NULL. */
crease_spot *crease_explorer_pop(crease_explorer *explorer);

/* Bounds of all units and of the row on a spot, into form; false where phases contradict each other. */
bool crease_explorer_bound(crease_explorer *explorer, crease_spot *spot, bool root);
/* Chooses how to split the spot that was bounded last. */
void crease_explorer_choose(crease_explorer *explorer, crease_spot *spot);
/* Cuts off the spot's box where a form is positive, and where phases cannot hold; the result is the share of the volume
 * that is left. */
double crease_explorer_cut(crease_explorer *explorer, crease_spot *spot, const crease_form *form);

typedef enum crease_lp_answer {
    CREASE_LP_NOTHING, /* too many units are open, or there is no LP */
    CREASE_LP_EMPTY,   /* the phases contradict each other */
    CREASE_LP_BOUND    /* *bound is a lower bound of the row; tools.point may attain it */
} crease_lp_answer;
/* The linear program of the row on the spot that was bounded last, its result worked out anew in safe arithmetic. */
crease_lp_answer crease_explorer_lp(crease_explorer *explorer, const crease_spot *spot, double *bound);

/* Makes of `spot` its first part and of `other`, a copy, the second. */
void crease_explorer_split(crease_spot *spot, crease_spot *other);

#endif
