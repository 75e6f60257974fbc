/* "The value function has a kink precisely at the borrowing limit": every form of the sentence that the models
 * can test, measured on values alone and held against theory.
 *
 * A claim is a sentence with a condition that can come out either way when it is measured. The verdict is what
 * the measurement says of the sentence; `theory` is what the formula says of it with the same parameters. They
 * agree unless the solver, the measurement or the formula is wrong. Numbers are measured on the values of an
 * object at points (savings_object_at without its slopes), which `distort` may falsify on the way, so that each
 * verdict can be seen to flip. */
#ifndef SAVINGS_CLAIMS_H
#define SAVINGS_CLAIMS_H

#include "savings/savings.h"

typedef enum savings_relation { SAVINGS_EQUAL = 0, SAVINGS_AT_LEAST, SAVINGS_AT_MOST } savings_relation;

/* Measured = theory within the tolerance, which is absolute; or at least, at most that. */
typedef struct savings_number {
    const char *name;
    double measured, theory, tolerance;
    savings_relation relation;
} savings_number;

enum { SAVINGS_MOST_NUMBERS = 8 };

typedef struct savings_evidence {
    double x;                       /* where: NaN when nowhere in particular */
    double slope_left, slope_right; /* measured there; NaN in claims about something else */
    double slope_ratio;             /* left over right, that theory gives; NaN likewise */
    size_t count;
    savings_number number[SAVINGS_MOST_NUMBERS];
    bool verdict, theory; /* of the sentence */
    bool agrees;          /* verdict = theory, and every number within its tolerance */
} savings_evidence;

/* What is measured at x when the object has this value there. */
typedef double savings_distortion(savings_object object, double x, double value, void *context);

/* All zero means the defaults. */
typedef struct savings_claim_setup {
    savings_distortion *distort; /* NULL: none */
    void *distort_context;
    double taste_shocks; /* scale of the taste shocks, in utility: 0 means .1, a negative number none */
    size_t starts;       /* of the networks: 8 */
    uint64_t seed;       /* of the networks: 0 means 1 */
    size_t threads;
    bool (*interrupted)(void *context);
    void *interrupted_context;
} savings_claim_setup;

typedef crease_status savings_measure(const savings_solution *solution, savings_object object,
                                      const savings_claim_setup *setup, savings_evidence *evidence,
                                      crease_error *error);

typedef struct savings_claim {
    const char *name; /* "hard-limit-value-A" */
    const char *topic, *sentence;
    const char *how; /* it is measured */
    savings_model model;
    savings_object object;
    bool brief;                                 /* quick: is said below a solution to which it applies */
    void (*adjust)(savings_parameters *);       /* to the parameters that the sentence is about; NULL: any */
    bool (*possible)(const savings_solution *); /* to measure for this solution; NULL: always */
    bool (*applies)(const savings_solution *);  /* says something of this solution; NULL: always */
    savings_measure *measure;
} savings_claim;

/* NULL after the last. Claims of one topic follow one another. */
const savings_claim *savings_claim_at(size_t index);

/* Where a kink is looked for: the limit, the kink of the rate, the end of the stretch on which the limit binds;
 * for a claim about kinks that may be anywhere the middle of the range when there is no such point inside. */
double savings_claim_place(const savings_claim *claim, const savings_solution *solution);

/* parameters NULL: the defaults of the claim's model; adjust is applied to a copy. setup may be NULL.
 * BAD_ARGUMENT for a claim that is not possible to measure with these parameters, or without solution. */
crease_status savings_claim_judge(const savings_claim *claim, const savings_parameters *parameters,
                                  const savings_claim_setup *setup, savings_evidence *evidence,
                                  crease_error *error);
/* The same for a solution that is there; adjust is not applied. */
crease_status savings_claim_judge_solution(const savings_claim *claim, const savings_solution *solution,
                                           const savings_claim_setup *setup, savings_evidence *evidence,
                                           crease_error *error);

bool savings_number_agrees(const savings_number *number);

#endif
