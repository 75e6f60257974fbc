/* Inside inference: a kink beside a line where the variances of the rows are not known. */
#ifndef CREASE_FIT_KINK_WILD_H
#define CREASE_FIT_KINK_WILD_H

#include "fit/one_knot.h"
#include "fit/pwl_sample.h"

/* The largest squared score statistic of a hinge over all points with `least` points on either side (its own included).
 * value: by row, in the order of the sample; becomes the residuals of the line. */
double crease_wild_statistic(const crease_sample *sample, size_t least, double *value);

/* Residuals of the line for the sample's z, over sqrt(1 - leverage). */
void crease_wild_residuals(const crease_sample *sample, double *residual);

#endif
