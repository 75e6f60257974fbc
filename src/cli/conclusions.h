/* The outcome of a comparison in words. */
#ifndef CREASE_CLI_CONCLUSIONS_H
#define CREASE_CLI_CONCLUSIONS_H

#include "crease/crease.h"

enum { SENTENCE_SIZE = 1024 };

/* The test that a verdict rests on: over the folds where there are some, else over the starts. */
const crease_paired *main_test(const crease_comparison *comparison, const crease_compare_pair *pair);

/* One sentence: which of the two is better, by how much, and whether that is beyond the noise. */
void conclude_pair(const crease_comparison *comparison, const crease_compare_pair *pair,
                   char sentence[SENTENCE_SIZE]);

/* The same of the training errors over the seeds. */
void conclude_seeds(const crease_comparison *comparison, const crease_compare_pair *pair,
                    char sentence[SENTENCE_SIZE]);
/* Whether the two have equal numbers of free parameters. */
void conclude_parameters(const crease_comparison *comparison, const crease_compare_pair *pair,
                         char sentence[SENTENCE_SIZE]);
/* Which of the two ends lower when both get the same time. */
void conclude_seconds(const crease_comparison *comparison, const crease_compare_pair *pair,
                      char sentence[SENTENCE_SIZE]);

/* What the tests rest on, and what they cannot say. */
void conclude_basis(const crease_comparison *comparison, bool has_test, char sentence[SENTENCE_SIZE]);

#endif
