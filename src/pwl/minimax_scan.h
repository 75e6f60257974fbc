/* Fewest straight pieces through a row of windows; see minimax_scan.c. */
#ifndef CREASE_PWL_MINIMAX_SCAN_H
#define CREASE_PWL_MINIMAX_SCAN_H

#include "crease/minimax.h"

#define CREASE_MINIMAX_NONE SIZE_MAX

/* Distinct x ascending with the largest and least y there, scaled by powers of two so that |x|, |y| <= 1. */
typedef struct crease_minimax_windows {
    size_t count;
    double *x, *top, *bottom; /* owned: one block at x */
    int x_exponent, y_exponent;
    double slope[2]; /* least and largest, scaled; infinite where there is no limit */
    crease_curvature curvature;
} crease_minimax_windows;

/* Rows of positive weight of the data; options may be NULL. */
crease_status crease_minimax_windows_new(const crease_data *data, const crease_minimax_options *options,
                                         crease_minimax_windows *windows, size_t *rows, crease_error *error);
void crease_minimax_windows_clear(crease_minimax_windows *windows);

/* Work space of scans of one set of windows. */
typedef struct crease_minimax_scan crease_minimax_scan;
crease_status crease_minimax_scan_new(const crease_minimax_windows *windows, crease_minimax_scan **scan,
                                      crease_error *error);
void crease_minimax_scan_free(crease_minimax_scan *scan);

/* Least number of pieces within `tolerance` (scaled) of all windows; NONE when no number suffices or it is above
 * `most`, which ends the scan early. */
size_t crease_minimax_pieces(crease_minimax_scan *scan, double tolerance, size_t most);

/* The function that the last scan, if it succeeded, has found, in the units of the data. */
crease_status crease_minimax_function(const crease_minimax_scan *scan, crease_pwl **pwl, crease_error *error);

#endif
