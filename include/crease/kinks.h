/* Kinks in data whose sides may be curved: is there a point where the slope jumps, where, and by how much?
 *
 * Rows y_i = f(x_i) + e_i with f continuous and smooth but for a few kinks. A kink is a jump of f'. A jump of f'' (the
 * value function of a model with a hard limit), a power |x - k|^1.5 or a jump of f itself is none: the first two are
 * passed over, the last is said in the summary. A power nearer to 1, |x - k|^1.15 say, may be called a kink, and so may a
 * bend too sharp for the spacing or the noise: `resolution` says how sharp. But where the curve beside such a bend is itself
 * nearly as curved as the bend would be, a smooth curve may hide there and nothing is claimed: a slope jump of delta needs
 * delta / resolution >= 1.5 |f''|, so about |f''| range / delta rows or more. With noise the claim is that no curve as smooth
 * as the data are elsewhere explains them; where a smooth curve does as well, no kink is claimed, however well one would
 * fit (straight sides, if they are known to be straight, are for crease_knots_fit). How it is done: see the heads of
 * src/pwl/kink_local.c (little or no noise), kink_bank.c and kink_test.c (noise), and kink_contrast.c. */
#ifndef CREASE_KINKS_H
#define CREASE_KINKS_H

#include "crease/data.h"
#include <stdbool.h>
#include <stdint.h>

/* All zero means the defaults. */
typedef struct crease_kink_options {
    size_t max_kinks; /* stop after so many: 0 means 20 */
    double
        level; /* of the test for each further kink: 0 means .01, since saying "kink" is the claim to be proved */
    double contrast; /* least slope jump / resolution over |f''| beside it: 0 means 1.5; tiny accepts any */
    uint64_t seed;   /* of the simulations */
    size_t simulations;                 /* at most so many for one p-value: 0 means 999 */
    size_t threads;                     /* 0: all cores; the digits do not depend on it */
    bool (*interrupted)(void *context); /* true ends the search with the kinks found so far */
    void *interrupted_context;
    void (*progress)(size_t done, size_t total, void *context); /* simulations of the present test */
    void *progress_context;
} crease_kink_options;

typedef struct crease_detected_kink {
    double x, y;           /* y: of the curve there */
    double standard_error; /* of x: noise and the error of the one-sided fits */
    double ci95[2];        /* of x */
    double slope_left, slope_right;
    double slope_left_error, slope_right_error; /* standard errors */
    double
        p_value; /* of a slope jump so clear somewhere when there is none, the search over places included; NaN where
                       the data show no noise: then there is nothing to test against */
    bool noise_free;
    double resolution; /* a smooth bend of this width or less cannot be told from a kink here */
} crease_detected_kink;

typedef enum crease_kink_method {
    CREASE_KINKS_NONE = 0, /* too few rows, or a constant */
    CREASE_KINKS_LOCAL,    /* one-sided polynomials that cross */
    CREASE_KINKS_GLOBAL    /* a spline with a hinge against the best smooth curve */
} crease_kink_method;

typedef struct crease_kinks_summary {
    size_t rows, points;         /* rows of positive weight; distinct x among them */
    double noise;                /* standard deviation of a row of mean weight; 0 where noise_free */
    bool noise_free;             /* differences of high order of y shrink to rounding, or go on shrinking */
    crease_kink_method method;   /* the last that was asked */
    size_t tests;                /* tests that were simulated, the last failing one included */
    double best_x, best_p_value; /* of the best place that was refused; NaN when none came near */
    bool jump;                   /* y itself jumps: near jump_x, by jump_size. One jump, the largest */
    double jump_x, jump_size;
    double bend_x, bend_contrast; /* of the strongest bend refused for its contrast; NaN without one */
    bool unexplained;             /* noise, and no spline comes near it: no test was possible */
    bool interrupted;
    char reason[400]; /* one sentence: what was found, or why none was */
} crease_kinks_summary;

/* Kinks sorted in x; *kinks is the caller's (free), NULL with *count 0. One input, one output; rows in any order, rows of
 * one x are averaged; weights are precisions (variance = noise^2 mean(weight) / weight_i). slope_right / slope_left is
 * what `crease kinks` calls ratio. options may be NULL. BAD_DATA as crease_data_check; data that cannot show a kink (few
 * rows, a constant) are no error: *count is 0 and the summary says why. */
crease_status crease_kinks_detect(const crease_data *data, const crease_kink_options *options,
                                  crease_detected_kink **kinks, size_t *count, crease_kinks_summary *summary,
                                  crease_error *error);

#endif
