/* Verification as a mixed-integer linear program (Tjeng, Xiao & Tedrake 2019): one binary variable for each unit whose
 * sign the bounds leave open. GLPK solves it in floating point, with tolerances, so PROVED is not rigorous here; what
 * is rigorous is crease_verify. The programs themselves are exact. */
#ifndef CREASE_MILP_H
#define CREASE_MILP_H

#include "crease/verify.h"

/* A specification becomes one program for each alternative of each case, in this order:
 *   minimise t subject to row <= t for every row of the alternative, x in the case's box, y = net(x). */
typedef struct crease_milp_options {
    double timeout; /* seconds; 0: none */
    bool (*interrupted)(void *context);
    void *context;
    bool plain_bounds; /* interval arithmetic instead of the engine's bounds */
} crease_milp_options;

typedef struct crease_milp_result {
    crease_verdict verdict;
    bool rigorous;   /* true of REFUTED, whose witness was evaluated exactly */
    const char *why; /* of UNKNOWN: static text; else NULL */
    bool interrupted;
    size_t programs;                  /* of the specification */
    size_t binaries, binaries_before; /* of the largest program, with these bounds and with plain ones */
    size_t rows, columns;             /* of the largest program */
    size_t nodes;                     /* linear programs of branch and bound, in all */
    double
        objective; /* lower bound of t over the programs, as GLPK found it; of REFUTED the largest row at the witness;
                         NAN: none */
    double seconds;
    crease_number *witness; /* of REFUTED, inputs of them */
    double *witness_output; /* net(witness), each the double nearest to the exact value */
    size_t inputs, witness_case, witness_alternative;
} crease_milp_result;

/* CREASE_BAD_ARGUMENT where net and specification disagree or the net is not piecewise linear; CREASE_UNAVAILABLE
 * without GLPK. Clear the result in any case. */
crease_status crease_milp(const crease_net *net, const crease_specification *specification,
                          const crease_milp_options *options, crease_milp_result *result,
                          crease_error *error);
void crease_milp_result_clear(crease_milp_result *result);

/* Counts only: programs, binaries, rows, columns. */
crease_status crease_milp_count(const crease_net *net, const crease_specification *specification,
                                const crease_milp_options *options, crease_milp_result *result,
                                crease_error *error);

/* Writes program `index` (of result.programs) in the CPLEX LP format. Every number is exact: a row is multiplied by
 * what makes its numbers finite decimals, or integers where those are shorter. Numbers of more than 255 characters,
 * which GLPK does not read, occur only where weights are smaller than about 1e-60 or larger than 1e250. */
crease_status crease_milp_save(const crease_net *net, const crease_specification *specification, size_t index,
                               const crease_milp_options *options, const char *path, crease_error *error);

#endif
