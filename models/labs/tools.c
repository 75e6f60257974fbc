#include "labs/tools.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

double *lab_numbers(size_t n, size_t each) {
    if (each && n > SIZE_MAX / each)
        return NULL;
    const size_t count = n * each;
    return calloc(count ? count : 1, sizeof(double));
}

double lab_order(size_t n, const double *x, const double *y) {
    double count = 0, mean_x = 0, mean_y = 0, sxx = 0, sxy = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i] > 0 && y[i] > 0) {
            count++;
            mean_x += (log(x[i]) - mean_x) / count;
            mean_y += (log(y[i]) - mean_y) / count;
        }
    for (size_t i = 0; i < n; i++)
        if (x[i] > 0 && y[i] > 0) {
            sxx += (log(x[i]) - mean_x) * (log(x[i]) - mean_x);
            sxy += (log(x[i]) - mean_x) * (log(y[i]) - mean_y);
        }
    return count >= 2 ? sxy / sxx : NAN;
}

void lab_grid(size_t n, double a, double b, double *x) {
    for (size_t i = 0; i < n; i++)
        x[i] = n > 1 ? a + (b - a) * ((double)i / (double)(n - 1)) : a;
}

crease_status lab_no_memory(crease_error *error, const char *lab) {
    return crease_fail(error, CREASE_NO_MEMORY, "out of memory in lab %s", lab);
}
