/* One node of the search: what can be shown about its box, and how to go on. */
#ifndef CREASE_VERIFY_NODE_H
#define CREASE_VERIFY_NODE_H

#include "verify/exact.h"
#include "verify/record.h"

/* From here on a node's linear program is solved, and phases are split instead of inputs. */
enum { CREASE_FEW_UNSTABLE = 16 };

typedef struct crease_node {
    crease_state state;
    unsigned char *open; /* alternatives that are not closed */
    size_t depth;
    size_t record; /* its number in the record */
    double share;  /* of the volume of all cases */
    double
        promise; /* least violation among some points of the box, relative: a small one may be near a witness */
} crease_node;

typedef enum crease_outcome {
    CREASE_SETTLED,
    CREASE_SPLIT_INPUT,
    CREASE_SPLIT_UNIT,
    CREASE_SPLIT_ALTERNATIVE,
    CREASE_WITNESS,
    CREASE_STUCK
} crease_outcome;

/* One thread's tools, and what it found out about a node. */
typedef struct crease_examiner {
    const crease_net *net;
    const crease_chain *chain;
    const crease_question *question;
    crease_exact *
        exact; /* made when the first point is judged; not for nets that are not piecewise linear, whose points are
                            bounded instead by */
    crease_magnitude point_magnitude;
    crease_bounder point_bounder;
    crease_state point_state;
    crease_bounder bounder;
    crease_combiner combiner;
    crease_multiplier multiplier;
    crease_steps steps;
    crease_form *form; /* most_rows + 1: of each row, then of their combination */
    double *scratch;
    double *score; /* inputs + units: how much a split may gain */
    double *point, *y, *values;
    struct crease_node_lp *lp; /* see node_lp.c */
    void *memory;
    /* the outcome */
    crease_outcome outcome;
    size_t split;   /* input, padded unit or alternative */
    double where;   /* of an input */
    double nearest; /* least violation among the points that were tried, and where */
    double *nearest_point;
    size_t alternative; /* of the witness in `point` */
} crease_examiner;

crease_status crease_examiner_new(const crease_net *net, const crease_chain *chain,
                                  const crease_question *question, crease_magnitude *magnitude,
                                  bool keeps_steps, crease_examiner *examiner, crease_error *error);
void crease_examiner_clear(crease_examiner *examiner);

/* root: the node's state has a box and nothing else yet. */
void crease_examine(crease_examiner *examiner, crease_node *node, bool root);

/* Bounds everything at the one point x, in point_bounder and point_state. Of nets that are not piecewise linear. */
void crease_examiner_go_to(crease_examiner *examiner, const double *x);

/* Tries examiner->point against every open alternative (all, when open is NULL); true sets `alternative`. */
bool crease_examine_point(crease_examiner *examiner, const unsigned char *open);

/* parts of examine, a file each */

/* Weights of rows that make the smallest value of the weighted sum of forms large; the result is that value. */
double crease_combine_forms(const crease_form *form, size_t rows, size_t inputs, const double *lo,
                            const double *hi, double *weight, double *scratch);
/* Cuts off parts of the box where form > 0, as steps; the result is the share of the volume that is left. */
double crease_contract(const crease_form *form, size_t inputs, crease_state *state, crease_steps *steps,
                       bool *changed);
/* Room for the node's linear program. */
crease_status crease_node_lp_new(const crease_chain *chain, const crease_question *question,
                                 struct crease_node_lp **lp, crease_error *error);
void crease_node_lp_free(struct crease_node_lp *lp);
/* Solves the linear program of alternative a. True: examiner->multiplier may show that the alternative fails. False: the
 * program says nothing, or it has a solution, which is then in examiner->point and *feasible is set. */
bool crease_node_lp_solve(crease_examiner *examiner, const crease_state *state, size_t a, bool *feasible);
/* Adds what the trace of a functional says about splits to the scores. */
void crease_branch_add(crease_examiner *examiner, const crease_state *state, const double *trace);
/* Chooses the split from the scores. */
void crease_branch_choose(crease_examiner *examiner, const crease_state *state);

#endif
