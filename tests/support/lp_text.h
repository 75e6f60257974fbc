/* A reader of what crease writes in the CPLEX LP format, in rationals. */
#ifndef TEST_LP_TEXT_H
#define TEST_LP_TEXT_H

#include <gmp.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct lp_text_row {
    size_t count;
    char (*name)[32];
    mpq_t *coefficient;
    char sense;
    mpq_t side;
} lp_text_row;

typedef struct lp_text_bound {
    char name[32];
    bool low, high; /* it has one */
    mpq_t lower, upper;
} lp_text_bound;

typedef struct lp_text {
    lp_text_row *row;
    size_t row_count;
    lp_text_bound *bound;
    size_t bound_count, binaries;
    char (*binary)[32];
    size_t longest; /* number, in characters */
} lp_text;

/* Fails the test where the text is not in the format. */
void lp_text_read(const char *path, lp_text *text);
void lp_text_clear(lp_text *text);

#endif
