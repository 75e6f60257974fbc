/* A fair comparison of networks on one data set: same data, same starts and budget, the same method family, counted
 * in free parameters; medians, spread, and which differences are beyond the noise. */
#ifndef CREASE_COMPARE_H
#define CREASE_COMPARE_H

#include "crease/fit.h"
#include "crease/paired.h"

typedef struct crease_compare_row {
    char *spec; /* normal form, owned */
    size_t n_params, n_free;
    crease_net *net;                         /* best fit on all rows, owned */
    crease_fit_result fit;                   /* with every start; owned */
    double rmse_best, rmse_median, rmse_iqr; /* over the starts */
    double seconds_median;                   /* a start */
    double seconds_total;                    /* of all starts, as if one ran after the other */
    double starts_equal_seconds; /* that fit into the comparison's equal_seconds, need not be whole */
    double rmse_equal_seconds;   /* expected best of so many starts (crease_expected_best) */
    double test_rmse;            /* on the test data, or the mean over the folds; NaN without either */
    double *fold_rmse;           /* folds entries, owned; NULL without folds */
    crease_kink *kinks;          /* of the best fit, owned; NULL with kink_count 0 */
    size_t kink_count;
} crease_compare_row;

/* Row a against row b: log ratios of the errors, a over b. */
typedef struct crease_compare_pair {
    size_t a, b;
    crease_paired
        starts; /* training errors over the starts, start i of a with start i of b: the noise of the seeds of a
                             single start. Where a row was searched globally (fit.searched) it has none: pairs is 0,
                             log_ratio that of the best errors, no interval and no p */
    crease_paired
        folds; /* errors on the rows left out, over the folds: the noise of the data. Without folds all NaN */
    double
        chance_equal_seconds; /* that a ends below b in training error when both get equal_seconds: over the starts */
} crease_compare_pair; /* p_adjusted: Holm's, over all pairs, starts and folds apart */

typedef struct crease_comparison {
    size_t row_count, pair_count;
    crease_compare_row *row;
    crease_compare_pair *pair; /* all a < b */
    size_t folds;              /* 0: none */
    double equal_seconds;      /* the largest seconds_total */
} crease_comparison;

typedef struct crease_compare_options {
    crease_fit_options fit; /* starts default 20 */
    size_t folds;           /* 0 or 1: none. Folds are drawn from the seed and the same for each net */
    const crease_data *test;
} crease_compare_options;

/* Fits each spec. A spec that cannot be parsed is BAD_ARGUMENT. */
crease_status crease_compare(const char *const *specs, size_t spec_count, const crease_data *data,
                             const crease_compare_options *options, crease_comparison **comparison,
                             crease_error *error);
void crease_comparison_free(crease_comparison *comparison);

/* Three specs with the same number of free parameters for `inputs` inputs, of at least four units each: ReLU, tanh
 * and sigmoid, into text[3], each at least 32 characters. */
void crease_compare_default_specs(size_t inputs, char text[3][32]);

/* ---- which networks to compare ---- */

enum { CREASE_PROPOSED_SPEC = 48, CREASE_PROPOSED_WHY = 400 };

typedef enum crease_proposal_kind {
    CREASE_PROPOSE_NOTHING = 0, /* more than one input or output */
    CREASE_PROPOSE_LINE,        /* affine */
    CREASE_PROPOSE_RELU,        /* affine+relu:K */
    CREASE_PROPOSE_SMOOTH,      /* tanh:M */
    CREASE_PROPOSE_HYBRID       /* affine+tanh:M+relu:K */
} crease_proposal_kind;

typedef struct crease_proposal {
    crease_proposal_kind kind;
    size_t
        spec_count; /* the proposal first, then its pure rivals with as many free parameters, or one more where
                          the kind cannot have that number (at least 4); the default specs where nothing is proposed */
    char spec[3][CREASE_PROPOSED_SPEC];
    char why[CREASE_PROPOSED_WHY]; /* one sentence with the errors it rests on */
} crease_proposal;

const char *
crease_proposal_kind_name(crease_proposal_kind kind); /* "nothing", "line", "relu", "smooth", "hybrid" */

/* The kind and size of network that the data ask for, up to 14 free parameters, by cross-validation on at most 600 rows
 * at even ranks of x: the fewest free parameters within two standard errors of the best. Of `fit` (NULL: defaults) only
 * seed, threads, progress (in candidates, an upper bound of them) and interrupted count; an interruption proposes the
 * best so far. */
crease_status crease_compare_propose(const crease_data *data, const crease_fit_options *fit,
                                     crease_proposal *proposal, crease_error *error);

#endif
