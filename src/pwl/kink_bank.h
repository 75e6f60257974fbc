/* Every fit of one test for a further kink, as inner products: see kink_bank.c. */
#ifndef CREASE_PWL_KINK_BANK_H
#define CREASE_PWL_KINK_BANK_H

#include "pwl/kink_parts.h"

typedef struct kink_smoothness {
    size_t order, interior; /* of the spline; order 2 .. 6 without interior knots: a polynomial */
    size_t rank;            /* rows that span it */
    size_t first;           /* its first row in the bank; those of its places follow */
    double *correlation;    /* places x places: inner products of the remainders of two hinges */
} kink_smoothness;

enum { KINK_CHOICES = 20, KINK_SPLINE_MOST = 46 }; /* smoothnesses; columns of the largest */

typedef struct kink_bank {
    const kink_points *bins;
    kink_smoothness choice[KINK_CHOICES];
    size_t choices, places, rows;
    double *place;
    double price;        /* parameters that a column at a free place counts for */
    double *row;         /* rows x bins->n, orthonormal where it says so */
    double *correlation; /* choices x places x places */
} kink_bank;

typedef enum kink_kind {
    KINK_KIND_SMOOTH,
    KINK_KIND_CURVATURE, /* f'' jumps */
    KINK_KIND_POWER,     /* a power 1.5 on one side */
    KINK_KIND_ABS_POWER, /* on both */
    KINK_KIND_JUMP,      /* f jumps */
    KINK_KIND_KINK,
    KINK_KIND_CURVED, /* a kink where f'' jumps as well */
    KINK_KIND_PAIR,   /* two kinks */
    KINK_KINDS
} kink_kind;

typedef struct kink_candidate {
    kink_kind kind;
    size_t choice;
    size_t place[2]; /* indices; the second of a pair only */
    double criterion, sse, parameters;
} kink_candidate;

/* Beside given columns. */
crease_status crease_kink_bank_new(const kink_points *bins, const kink_column *column, size_t columns,
                                   kink_bank *bank, crease_error *error);
void crease_kink_bank_clear(kink_bank *bank);

/* |what is left of y|^2 for each choice, `count` a row, from `count` y and the products of all rows with them, side by side.
 * work: n * count. */
void crease_kink_bank_squares(const kink_bank *bank, const double *y, const double *product, size_t count,
                              double *work, double *square);
/* The best of each: smooth, any curve without a kink, any with; from the products of all rows with y and those squares,
 * `stride` apart. */
void crease_kink_bank_compare(const kink_bank *bank, const double *product, size_t stride,
                              const double *square, kink_candidate *smooth, kink_candidate *without,
                              kink_candidate *with);

/* Share of simulated y = fitted +- residual whose statistic (without - with) is `observed` or more. */
crease_status crease_kink_bank_simulate(const kink_run *run, const kink_bank *bank, const double *fitted,
                                        const double *residual, double observed, double *p_value,
                                        crease_error *error);

#endif
