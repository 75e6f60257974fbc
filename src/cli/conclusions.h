/* The outcome of a comparison in words. */
#ifndef CREASE_CLI_CONCLUSIONS_H
#define CREASE_CLI_CONCLUSIONS_H

#include "crease/crease.h"

enum { SENTENCE_SIZE = 1024 };

/* One sentence: which of the two is better, by how much, and whether that is beyond the noise. */
void conclude_pair(const crease_comparison *comparison, const crease_compare_pair *pair,
                   char sentence[SENTENCE_SIZE]);

/* What the tests rest on, and what they cannot say. */
void conclude_basis(const crease_comparison *comparison, bool has_test, char sentence[SENTENCE_SIZE]);

#endif
