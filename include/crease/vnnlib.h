/* VNN-LIB: the specification language of the neural network verification competition (Demarchi et al. 2023,
 * www.vnnlib.org), as far as its benchmarks use it.
 *
 * `;` comments; (declare-const X_i|Y_j Real); (assert F) with F = (<= a b) | (>= a b) | (and F+) | (or F+), where a
 * and b are numbers, X_i or Y_j. All asserts hold together. The formula is made a disjunction; disjuncts whose boxes
 * are equal share a case. Decimals are kept as they are written. */
#ifndef CREASE_VNNLIB_H
#define CREASE_VNNLIB_H

#include "crease/specification.h"
#include <stdio.h>

/* path "-": standard input. The file declares X_0 .. X_(inputs-1) and Y_0 .. Y_(outputs-1); CREASE_BAD_DATA with
 * file:line:column and the offending text otherwise, also where an input has no lower or upper bound in a disjunct.
 * A disjunct whose box is empty is left out. */
crease_status crease_vnnlib_load(const char *path, size_t inputs, size_t outputs,
                                 crease_specification **specification, crease_error *error);
/* `source` names the stream in messages. */
crease_status crease_vnnlib_read(FILE *file, const char *source, size_t inputs, size_t outputs,
                                 crease_specification **specification, crease_error *error);

#endif
