/* Random small networks, specifications that hold and that do not, and texts with one thing changed. */
#ifndef TEST_PROOF_CASES_H
#define TEST_PROOF_CASES_H

#include "crease/proof.h"
#include "support/reference_proof.h"

crease_net *proof_random_net(gsl_rng *rng);

/* One to three cases with up to three alternatives of up to three rows each. The constants are chosen so that on samples of the
 * boxes no alternative holds. */
crease_specification *proof_random_specification(const crease_net *net, gsl_rng *rng);
/* Changes constants until a point of a box is a witness, exactly; false when chance finds none. */
bool proof_make_false(const crease_net *net, crease_specification *specification, gsl_rng *rng);
/* A specification that holds with a proof of it (owned), or NULL when the prover gave up. */
char *proof_random_proof(const crease_net *net, const crease_specification *specification, gsl_rng *rng,
                         bool dishonest);

/* What is to be changed in a text. */
typedef enum proof_change {
    PROOF_DELETE_LINE,
    PROOF_DUPLICATE_LINE,
    PROOF_SWAP_LINES,
    PROOF_CHANGE_NUMBER, /* by one bit, of sign or size, to 0 */
    PROOF_CHANGE_COUNT,
    PROOF_CHANGE_WORD,
    PROOF_DELETE_WORD,
    PROOF_SWAP_CHILDREN,
    PROOF_DROP_CHILD,
    PROOF_CUT_OFF, /* the text ends after some line */
    PROOF_CHANGES
} proof_change;
/* The changed text, owned; NULL where there is nothing to change in that way. */
char *proof_changed(const char *text, proof_change change, gsl_rng *rng);

/* The text with a word of a line (lines from 1, words from 0) replaced by a number, or by the next double up or down; owned. */
char *proof_with_number(const char *text, size_t line, size_t word, double value);
char *proof_with_next_number(const char *text, size_t line, size_t word, bool up);
size_t proof_line_count(const char *text);
/* The start of a line, from 1. */
const char *proof_line(const char *text, size_t line);

/* What the checker says; fails the test when the call does. */
crease_proof_check proof_check(const crease_net *net, const crease_specification *specification,
                               const char *text);

#endif
