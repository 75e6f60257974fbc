#include "conclusions.h"
#include <math.h>
#include <stdio.h>

/* Two-sided level of each test; the number of tests is in the sentence about the basis. */
static const double LEVEL = .05;
/* Errors this near to one another, relatively, are the same in three digits and more. */
static const double SAME = 1e-6;

void conclude_pair(const crease_comparison *comparison, const crease_compare_pair *pair,
                   char sentence[SENTENCE_SIZE]) {
    const char *a = comparison->row[pair->a].spec, *b = comparison->row[pair->b].spec;
    double ratio = exp(-fabs(pair->log_ratio));
    const char *better = pair->log_ratio <= 0 ? a : b, *worse = pair->log_ratio <= 0 ? b : a;
    if (!isfinite(pair->log_ratio))
        snprintf(sentence, SENTENCE_SIZE,
                 "%s and %s: no ratio of errors can be formed: one is zero or was not measured.", a, b);
    else if (isnan(pair->p_value) && fabs(pair->log_ratio) < SAME)
        snprintf(sentence, SENTENCE_SIZE, "%s and %s: the same error.", a, b);
    else if (isnan(pair->p_value))
        snprintf(sentence, SENTENCE_SIZE,
                 "%s and %s: no test can be formed; the error of %s is %.3g times the other.", a, b, better,
                 ratio);
    else if (pair->p_value < LEVEL)
        snprintf(sentence, SENTENCE_SIZE,
                 "%s fits better than %s, beyond the noise: its error is %.3g times as large (p = %.2g).",
                 better, worse, ratio, pair->p_value);
    else
        snprintf(sentence, SENTENCE_SIZE,
                 "%s and %s: no difference beyond the noise (ratio of errors %.3g, p = %.2g).", a, b,
                 exp(pair->log_ratio), pair->p_value);
}

void conclude_basis(const crease_comparison *comparison, bool has_test, char sentence[SENTENCE_SIZE]) {
    if (comparison->folds > 1)
        snprintf(
            sentence, SENTENCE_SIZE,
            "Test: paired t over %zu folds of the log ratio of errors on rows not fitted, with the variance "
            "of Nadeau and Bengio (2003), so the noise is that of the data; %zu test%s at .05.",
            comparison->folds, comparison->pair_count, comparison->pair_count == 1 ? "" : "s");
    else
        snprintf(
            sentence, SENTENCE_SIZE,
            "Test: paired t over the starts of the log ratio of training errors, so the noise is that of the "
            "optimiser only; %zu test%s at .05. %s",
            comparison->pair_count, comparison->pair_count == 1 ? "" : "s",
            has_test ? "The column test rmse is the error on the test file, one number without a test."
                     : "The ranking is on the training data, where more parameters always help; --folds 10 "
                       "or --test FILE ranks on other rows.");
}
