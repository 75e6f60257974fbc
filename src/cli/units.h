/* `crease compare --units N`: training error against number of units, above its certified lower bound. */
#ifndef CREASE_CLI_UNITS_H
#define CREASE_CLI_UNITS_H

#include "regression.h"

/* Fits affine+relu:1 to affine+relu:most to the loaded data and prints and draws what it finds. Returns an exit code,
 * after a message where it is not 0. */
int compare_units(const regression *given, size_t most);

#endif
