/* One check of one proof: what its files share. */
#ifndef CREASE_CHECKER_PROOF_H
#define CREASE_CHECKER_PROOF_H

#include "checker/backward.h"
#include "checker/words.h"
#include "crease/proof.h"

/* Places of the state of a node in one array of doubles, so that one list of old values undoes any change. */
typedef struct crease_places {
    size_t lower, upper;           /* inputs */
    size_t unit_lower, unit_upper; /* units */
    size_t phase;                  /* units */
    size_t open;                   /* alternatives: 1 open, 0 closed */
    size_t open_count;
    size_t count;
} crease_places;

typedef struct crease_change {
    size_t place;
    double old;
} crease_change;

/* A second child that waits: the state before its split, and the split. */
typedef struct crease_branch {
    size_t changes, line;
    enum { CREASE_BRANCH_INPUT, CREASE_BRANCH_PHASE, CREASE_BRANCH_ALTERNATIVE } kind;
    size_t index; /* input, unit in the row of all units, or alternative */
    double value; /* of an input */
} crease_branch;

typedef struct crease_checker {
    const crease_net *net;
    const crease_specification *specification;
    crease_exact_net exact;
    crease_backward pass;
    crease_words words;
    crease_proof_check *check;
    bool (*interrupted)(void *context);
    void *context;
    bool no_memory;

    const crease_case *now; /* the case that is checked */
    mpq_t **constant;       /* its alternatives x rows */
    crease_places at;
    double *state;
    crease_state view; /* into state */
    crease_change *change;
    size_t change_count, change_room;
    crease_branch *branch;
    size_t branch_count, branch_room;
    crease_multipliers multipliers;
    size_t row_room;                 /* of multipliers.row */
    double *cut_lower, *cut_upper;   /* inputs: bounds of a contraction, NAN where there is none */
    double *slab_lower, *slab_upper; /* inputs */
} crease_checker;

/* Writes a number of the state and remembers the old one; false without memory. */
bool crease_checker_set(crease_checker *checker, size_t place, double value);
/* Takes changes back until `count` are left. */
void crease_checker_undo(crease_checker *checker, size_t count);
/* Room for one more of `count` things of a size; false without memory, which lacks_memory then says. */
bool crease_checker_room(void **list, size_t count, size_t *room, size_t size);
bool crease_checker_lacks_memory(crease_checker *checker);

/* The rest of the line of a step l, u, k or c, whose first word was read: false, with words.why, when it does not
 * hold. */
bool crease_checker_bound(crease_checker *checker, bool upper);
bool crease_checker_close(crease_checker *checker);
bool crease_checker_contract(crease_checker *checker);

/* The tree of one case, from its first line to its last. */
bool crease_checker_tree(crease_checker *checker, size_t index);

#endif
