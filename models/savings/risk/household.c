/* What both problems share: utility, its pseudo-inverse, and room for kinks.
 *
 * n(v) = ((1-g) v)^(1/(1-g)), n'(v) = ((1-g) v)^(g/(1-g)) = n^g; g = 1: exp(v) and exp(v). */
#include "savings/models.h"
#include <math.h>
#include <stdlib.h>

double savings_utility(double crra, double c) {
    return crra == 1 ? log(c) : pow(c, 1 - crra) / (1 - crra);
}

double savings_marginal_utility(double crra, double c) {
    return pow(c, -crra);
}

double savings_pseudo_inverse(double crra, double v, double *slope) {
    double n = crra == 1 ? exp(v) : pow((1 - crra) * v, 1 / (1 - crra));
    if (slope)
        *slope = pow(n, crra);
    return n;
}

crease_status savings_knots_new(savings_solution *solution, size_t count, crease_error *error) {
    solution->knots = count;
    solution->m = calloc(3 * count + 1, sizeof *solution->m);
    if (!solution->m)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu kinks", count);
    solution->c = solution->m + count;
    solution->slope = solution->c + count;
    return CREASE_OK;
}
