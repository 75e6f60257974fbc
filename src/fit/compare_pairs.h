/* The second half of a comparison: every pair of fitted rows. */
#ifndef CREASE_FIT_COMPARE_PAIRS_H
#define CREASE_FIT_COMPARE_PAIRS_H

#include "crease/compare.h"

/* Fills equal_seconds, the rows' columns for it, and the pairs. */
crease_status crease_compare_pairs(crease_comparison *comparison, crease_error *error);

#endif
