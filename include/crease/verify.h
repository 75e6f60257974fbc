/* Verification: does any input of a specification's boxes violate it?
 *
 * Branch and bound over boxes of inputs and phases of units, with linear bounds that are propagated backwards (Zhang
 * et al. 2018, CROWN; Singh et al. 2019, DeepPoly) and widened by an a-priori bound of every rounding error (Higham
 * 2002, ch. 3), so that PROVED holds for the network in real arithmetic. REFUTED comes with a witness that was
 * evaluated in rational arithmetic. The result does not depend on the number of threads. */
#ifndef CREASE_VERIFY_H
#define CREASE_VERIFY_H

#include "crease/net.h"
#include "crease/specification.h"
#include <stdint.h>

typedef enum crease_verdict {
    CREASE_UNKNOWN = 0, /* undecided; crease_verify_result.why says what ended the search */
    CREASE_PROVED,      /* no input of the boxes violates the specification */
    CREASE_REFUTED      /* `witness` does */
} crease_verdict;

typedef struct crease_verify_progress {
    size_t nodes, open, depth; /* boxes settled or split so far, boxes that wait, deepest */
    double settled;            /* share of the volume of all cases that is settled, 0 to 1 */
    double seconds;
} crease_verify_progress;

typedef struct crease_verify_options {
    double timeout;                     /* seconds; 0: none */
    size_t node_limit;                  /* 0: none */
    size_t threads;                     /* 0: all cores */
    uint64_t seed;                      /* of the attack's starts; 0: 1 */
    const char *proof;                  /* file to write a proof of PROVED to, see proof.h; NULL: none */
    bool (*interrupted)(void *context); /* asked between rounds of boxes; true ends with UNKNOWN */
    void (*progress)(const crease_verify_progress *progress, void *context);
    void *context;
} crease_verify_options;

typedef struct crease_verify_result {
    crease_verdict verdict;
    const char *
        why; /* of UNKNOWN: "timeout", "node limit", "interrupted", "too small to split": static text; else NULL */
    bool interrupted;
    size_t nodes, depth;
    double settled, seconds;
    /* of REFUTED */
    crease_number *witness; /* inputs of them */
    double *witness_output; /* net(witness), each the double nearest to the exact value */
    size_t inputs, witness_case, witness_alternative;
} crease_verify_result;

/* CREASE_BAD_ARGUMENT where specification and net disagree in size, the net's numbers are not finite, or a
 * proof is asked for of a net that is not piecewise linear. Clear the result in any case. */
crease_status crease_verify(const crease_net *net, const crease_specification *specification,
                            const crease_verify_options *options, crease_verify_result *result,
                            crease_error *error);
void crease_verify_result_clear(crease_verify_result *result);

const char *crease_verdict_name(crease_verdict verdict); /* "unknown", "proved", "refuted" */

#endif
