#include "conclusions.h"
#include <math.h>
#include <stdio.h>

/* Two-sided level of each test. */
static const double LEVEL = .05;
/* Errors this near to one another, relatively, are the same in three digits and more. */
static const double SAME = 1e-6;

enum { DETAIL_SIZE = 160 };

const crease_paired *main_test(const crease_comparison *comparison, const crease_compare_pair *pair) {
    return comparison->folds > 1 ? &pair->folds : &pair->starts;
}

/* "95 % interval .8 to .9, p = .01 after Holm", of the ratio the given way round. */
static void write_test(const crease_comparison *comparison, const crease_paired *test, bool turned,
                       char text[DETAIL_SIZE]) {
    double low = exp(turned ? -test->log_high : test->log_low),
           high = exp(turned ? -test->log_low : test->log_high);
    snprintf(text, DETAIL_SIZE, "95 %% interval %.3g to %.3g, p = %.2g%s", low, high, test->p_adjusted,
             comparison->pair_count > 1 ? " after Holm" : "");
}

/* What is said of one test: the verb where it is decided, the noise it is about, the error that is compared. */
typedef struct wording {
    const char *verb, *noise, *of_what;
} wording;

static const wording of_folds = {"predicts better", "the data", "the error on rows not fitted"};
static const wording of_starts = {"fits better", "the seeds", "the training error of a start"};

static void conclude_test(const crease_comparison *comparison, const crease_compare_pair *pair,
                          const crease_paired *test, const wording *say, char sentence[SENTENCE_SIZE]) {
    const char *a = comparison->row[pair->a].spec, *b = comparison->row[pair->b].spec;
    bool turned = test->log_ratio > 0;
    const char *better = turned ? b : a, *worse = turned ? a : b;
    double ratio = exp(-fabs(test->log_ratio));
    char detail[DETAIL_SIZE];
    write_test(comparison, test, turned, detail);
    if (!isfinite(test->log_ratio))
        snprintf(sentence, SENTENCE_SIZE,
                 "%s and %s: no ratio of errors can be formed: one is zero or was not measured.", a, b);
    else if (fabs(test->log_ratio) < SAME)
        snprintf(sentence, SENTENCE_SIZE, "%s and %s: the same error.", a, b);
    else if (isnan(test->p_value))
        snprintf(sentence, SENTENCE_SIZE,
                 "%s and %s: no test can be formed; %s is %.3g times as large for %s.", a, b, say->of_what,
                 ratio, better);
    else if (test->p_adjusted < LEVEL)
        snprintf(sentence, SENTENCE_SIZE,
                 "%s %s than %s, beyond the noise of %s: %s is %.3g times as large (%s).", better, say->verb,
                 worse, say->noise, say->of_what, ratio, detail);
    else
        snprintf(sentence, SENTENCE_SIZE,
                 "%s and %s: no difference beyond the noise of %s: %s is %.3g times as large for %s (%s).", a,
                 b, say->noise, say->of_what, ratio, better, detail);
}

/* Errors that are rounding have no ratio worth a word. */
static bool both_exact(const crease_compare_row *a, const crease_compare_row *b) {
    return a->fit.score.r2 == 1 && b->fit.score.r2 == 1;
}

static size_t starts_below(const crease_compare_row *row, double rmse, size_t *run) {
    size_t below = 0;
    *run = 0;
    for (size_t i = 0; i < row->fit.starts; i++) {
        *run += isfinite(row->fit.start[i].rmse) ? 1 : 0;
        below += row->fit.start[i].rmse < rmse ? 1 : 0;
    }
    return below;
}

static void conclude_search(const crease_comparison *comparison, const crease_compare_pair *pair,
                            char sentence[SENTENCE_SIZE]) {
    const crease_compare_row *a = &comparison->row[pair->a], *b = &comparison->row[pair->b];
    const crease_compare_row *search = a->fit.searched ? a : b, *other = a->fit.searched ? b : a;
    bool turned = pair->starts.log_ratio > 0;
    char verdict[SENTENCE_SIZE / 2], noise[SENTENCE_SIZE / 2];
    size_t run, below = starts_below(other, search->fit.start[0].rmse, &run);
    if (!isfinite(pair->starts.log_ratio))
        snprintf(verdict, sizeof verdict, "%.80s and %.80s: a training error is zero, so there is no ratio",
                 a->spec, b->spec);
    else if (fabs(pair->starts.log_ratio) < SAME)
        snprintf(verdict, sizeof verdict, "%.80s and %.80s: the same best training error", a->spec, b->spec);
    else
        snprintf(verdict, sizeof verdict,
                 "%.80s fits better than %.80s: its best training error is %.3g times as large",
                 turned ? b->spec : a->spec, turned ? a->spec : b->spec, exp(-fabs(pair->starts.log_ratio)));
    if (other->fit.searched)
        snprintf(noise, sizeof noise, "both are found by a global search, which has no seed noise");
    else
        snprintf(noise, sizeof noise,
                 "%.80s is found by a global search, which has no seed noise, and %zu of the %zu starts of "
                 "%.80s end below it",
                 search->spec, below, run, other->spec);
    snprintf(sentence, SENTENCE_SIZE, "%.480s; %.480s.", verdict, noise);
}

void conclude_seeds(const crease_comparison *comparison, const crease_compare_pair *pair,
                    char sentence[SENTENCE_SIZE]) {
    const crease_compare_row *a = &comparison->row[pair->a], *b = &comparison->row[pair->b];
    if (both_exact(a, b))
        snprintf(sentence, SENTENCE_SIZE, "%s and %s: both fit the data as exactly as rounding allows.",
                 a->spec, b->spec);
    else if (a->fit.searched || b->fit.searched)
        conclude_search(comparison, pair, sentence);
    else
        conclude_test(comparison, pair, &pair->starts, &of_starts, sentence);
}

void conclude_pair(const crease_comparison *comparison, const crease_compare_pair *pair,
                   char sentence[SENTENCE_SIZE]) {
    if (comparison->folds > 1)
        conclude_test(comparison, pair, &pair->folds, &of_folds, sentence);
    else
        conclude_seeds(comparison, pair, sentence);
}

void conclude_parameters(const crease_comparison *comparison, const crease_compare_pair *pair,
                         char sentence[SENTENCE_SIZE]) {
    const crease_compare_row *a = &comparison->row[pair->a], *b = &comparison->row[pair->b];
    if (a->n_free == b->n_free)
        snprintf(sentence, SENTENCE_SIZE, "Parameters: equal, %zu free.", a->n_free);
    else
        snprintf(sentence, SENTENCE_SIZE, "Parameters: not equal, %zu free in %s, %zu in %s.", a->n_free,
                 a->spec, b->n_free, b->spec);
}

void conclude_seconds(const crease_comparison *comparison, const crease_compare_pair *pair,
                      char sentence[SENTENCE_SIZE]) {
    const crease_compare_row *a = &comparison->row[pair->a], *b = &comparison->row[pair->b];
    double chance = pair->chance_equal_seconds;
    const crease_compare_row *winner = chance < .5 ? b : a;
    int length =
        snprintf(sentence, SENTENCE_SIZE,
                 "Equal seconds (%.2g each): expected training error %.4g of %.80s, %.4g of %.80s",
                 comparison->equal_seconds, a->rmse_equal_seconds, a->spec, b->rmse_equal_seconds, b->spec);
    if (fabs(chance - .5) > .005 && !both_exact(a, b))
        snprintf(sentence + length, SENTENCE_SIZE - (size_t)length,
                 "; %.80s ends lower in %.3g %% of races redrawn from the starts.", winner->spec,
                 100 * fmax(chance, 1 - chance));
    else
        snprintf(sentence + length, SENTENCE_SIZE - (size_t)length, "; neither is ahead.");
}

void conclude_basis(const crease_comparison *comparison, bool has_test, char sentence[SENTENCE_SIZE]) {
    char folds[256] = "";
    if (comparison->folds > 1)
        snprintf(folds, sizeof folds,
                 "Noise of the data: paired t over %zu folds of the log ratio of errors on rows not fitted, "
                 "variance of Nadeau and Bengio (2003). ",
                 comparison->folds);
    snprintf(
        sentence, SENTENCE_SIZE,
        "%sNoise of the seeds: paired t over the starts of the log ratio of training errors. Tests at .05, p "
        "adjusted for %zu pair%s (Holm 1979); an interval is for its pair alone. Equal seconds: the starts "
        "that ran, drawn again, in the time of the slowest network on one thread.%s",
        folds, comparison->pair_count, comparison->pair_count == 1 ? "" : "s",
        comparison->folds > 1 ? ""
        : has_test ? " The column test rmse is the error on the test file, one number without a test."
                   : " The ranking is on the training data, where more parameters always help; --folds "
                     "10 or --test FILE ranks on other rows.");
}
