/* "ReLU: high gain, fast, may oscillate; sigmoid: gentle, more stable": the popular sentence about activation
 * pairs as controllers and the statements behind it, each measured. A verdict follows from comparisons of what
 * was measured in the same run, so that it changes with the arm and the gains. */
#ifndef ARM_CLAIMS_H
#define ARM_CLAIMS_H

#include "arm/arm.h"

typedef enum arm_verdict { ARM_CONFIRMED = 0, ARM_CONFIRMED_WITH_LIMITS, ARM_REFUTED } arm_verdict;

/* "confirmed", "confirmed with limits", "refuted" */
const char *arm_verdict_name(arm_verdict verdict);

typedef struct arm_measured {
    const char *key;  /* "rise_relu_s" */
    const char *what; /* "rise of the relu pair, s" */
    double value;
} arm_measured;

enum { ARM_MOST_MEASURED = 20, ARM_WHY_SIZE = 640 };

typedef struct arm_finding {
    arm_verdict verdict;
    size_t count;
    arm_measured measured[ARM_MOST_MEASURED];
    char why[ARM_WHY_SIZE]; /* sentences with numbers of this run */
} arm_finding;

typedef struct arm_claim_setup {
    arm_plant plant;             /* with its gravity */
    double gain, low_gain;       /* K, N m; the low one holds the arm upright, or does not */
    double rate_gain, lead_time; /* Kd, Td */
    double small, large;         /* steps, rad */
    double norm[ARM_PAIR_COUNT]; /* of each pair */
    double lag[2], sample[2];    /* s, whose critical gains are looked for */
    bool (*interrupted)(void *context);
    void *interrupted_context;
} arm_claim_setup;

/* Plant A, K 80 and 20 N m, Kd 8, Td .2, steps of .5 and 1.5 rad, lags of 10 and 50 ms, periods of 20 and 50 ms. */
arm_claim_setup arm_claim_defaults(void);

typedef crease_status arm_claim_measure(const arm_claim_setup *setup, arm_finding *finding,
                                        crease_error *error);

typedef struct arm_claim {
    const char *name, *sentence;
    bool brief; /* is said in the demonstration */
    arm_claim_measure *measure;
} arm_claim;

/* Claim `index`; NULL after the last. */
const arm_claim *arm_claim_at(size_t index);
crease_status arm_claim_judge(const arm_claim *claim, const arm_claim_setup *setup, arm_finding *finding,
                              crease_error *error);

#endif
