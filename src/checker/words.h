/* The words of a proof, read one at a time: what cannot be a word is refused before it takes memory. */
#ifndef CREASE_CHECKER_WORDS_H
#define CREASE_CHECKER_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct crease_words {
    FILE *file;
    size_t line;   /* of the word, from 1 */
    bool line_end; /* the word was the last of its line */
    char word[40];
    char *why; /* 256 bytes: what is wrong where a function returns false */
} crease_words;

void crease_words_open(crease_words *words, FILE *file, char *why);
/* printf into `why`; false. */
bool crease_words_refuse(crease_words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first word of the next line; the next word of this one, which must have one. */
bool crease_words_first(crease_words *words);
bool crease_words_next(crease_words *words);
/* The next word as a count below `limit`, of what is named, or as a finite number. */
bool crease_words_index(crease_words *words, size_t limit, const char *what, size_t *value);
bool crease_words_number(crease_words *words, double *value);
/* True when the line has no further word; refused otherwise. */
bool crease_words_end_line(crease_words *words);
/* True when nothing is left; refused otherwise. */
bool crease_words_end_file(crease_words *words);

#endif
