/* Proofs that a network does not violate a specification, and their checker, which trusts nothing of the search that
 * found them.
 *
 * A proof is a text of lines; words are separated by one space, numbers are hexadecimal doubles as %a prints them,
 * counts are decimal. It opens with "crease-proof 1", has for every case of the specification, in order, the line
 * "case K" and a tree, and ends with "end". Layers, units, inputs, rows and alternatives count from 0; units of a layer
 * count through its groups.
 *
 * A node of the tree is a state and a list of steps. The state: a box of raw inputs x (at
 * the root the case's box, its bounds rounded outwards to doubles); bounds lower <= z <= upper of hidden
 * pre-activations (at the root none); units whose phase is fixed; the alternatives that are still open (at the root all).
 *
 *   l LAYER UNIT V      lower(unit) becomes V, as the backward bound of z(unit) over the state shows
 *   u LAYER UNIT V      the same for upper(unit)
 *   k ALTERNATIVE M     the alternative is closed: the backward bound of M, a sum that is <= 0 at every witness
 *                       of it in the state, is > 0
 *   c M.. ; B..         contraction: (exactly one alternative is open, and M is of it) the backward bound of M is an
 *                       affine function g x + h <= M on the box, and every bound in B, "lo INPUT V" or "hi INPUT V", cuts off only
 *                       points with g x + h > 0. All B are shown over the box before the step. lo <= V <= hi.
 *   x INPUT V           ends the node; its two children follow, first x(input) <= V, then >= V. lo <= V <= hi.
 *   p LAYER UNIT        ends the node of a unit without fixed phase; two children, first phase below (z <= 0: upper = min(upper, 0)), then
 *                       above (z >= 0: lower = max(lower, 0)).
 *   s ALTERNATIVE       ends the node; two children, first with this open alternative as the only one, then with the
 *                       other open ones. It is open, and so is another.
 *   .                   ends the node: no alternative is open.
 *
 * M: words "r ROW W" (the alternative's row times W >= 0), "b LAYER UNIT W" (W z <= 0 of a unit with fixed phase: W >= 0
 * below, W <= 0 above) and "a LAYER UNIT S" (slope S of the free side of that unit in this backward pass).
 * A step names each row, the phase and the slope of each unit and each bound of an input at most once.
 *
 * Backward bound, of the smallest value of a linear function of outputs, pre-activations and inputs over the state:
 * layer by layer from the last, each unit's value f(z) is replaced by an affine function of z below it where its coefficient
 * is positive and above it where it is negative. f is z for z >= 0 and p z below (p: 0 of relu, the slope of leaky and
 * prelu, 1 of identity). A unit with p = 1 or lower >= 0 is z, else one with upper <= 0 is p z. Otherwise, with l and u its
 * bounds, infinite where it has none, one side is the chord s z + t: s is the double nearest to (u - p l) / (u - l),
 * computed as (u - p l) / (u - l) in doubles and then rounded to 12 significant bits, ties to even; t is the exact
 * least number that makes it an upper bound at l and u when p <= 1 (the exact greatest for a lower one when p > 1). The
 * other, free side is S z, where S is given, or else 1 when u > -l and p when not; S must lie between p and 1. A unit whose
 * chord is needed, as its coefficient is not 0, and that has not both bounds makes the step fail. What remains is
 * affine in x; its smallest value over the box is the bound. */
#ifndef CREASE_PROOF_H
#define CREASE_PROOF_H

#include "crease/net.h"
#include "crease/specification.h"
#include <stdio.h>

typedef struct crease_proof_check {
    bool accepted;
    bool interrupted; /* not accepted, as it was not read to its end */
    size_t leaves, nodes, steps;
    size_t line; /* of a rejected proof: where, and in `why` what does not hold */
    char why[256];
    double seconds;
} crease_proof_check;

/* Checks a proof in rational arithmetic: no rounding, no linear programs, no part of the engine. A rejected proof is no failure of
 * the call: accepted is false. CREASE_BAD_ARGUMENT for a net that is not piecewise linear or of other size
 * than the specification, CREASE_NO_INPUT for a file that cannot be opened. `interrupted` may be NULL. */
crease_status crease_proof_check_file(const crease_net *net, const crease_specification *specification,
                                      const char *path, bool (*interrupted)(void *context), void *context,
                                      crease_proof_check *check, crease_error *error);
crease_status crease_proof_check_stream(const crease_net *net, const crease_specification *specification,
                                        FILE *file, bool (*interrupted)(void *context), void *context,
                                        crease_proof_check *check, crease_error *error);

#endif
