/* A mixed-integer linear program in rational numbers. */
#ifndef CREASE_VERIFY_MILP_MODEL_H
#define CREASE_VERIFY_MILP_MODEL_H

#include "crease/milp.h"
#include <gmp.h>
#include <stdio.h>

typedef struct milp_column {
    char kind;           /* of its name: x, s(tandardised), z, a, d, y, t */
    size_t layer, index; /* layer: of z, a, d */
    bool bounded, binary;
    mpq_t lower, upper; /* where it is bounded */
} milp_column;

typedef struct milp_term {
    size_t column;
    mpq_t coefficient;
} milp_term;

/* sum of terms, sense ('<', '=' or '>'), side */
typedef struct milp_row {
    size_t first, count; /* terms */
    char sense;
    mpq_t side;
} milp_row;

/* Minimises column `objective`. Column k is input k for k < inputs. */
typedef struct milp_model {
    size_t inputs, outputs, objective, binaries;
    milp_column *column;
    size_t column_count, column_room;
    milp_row *row;
    size_t row_count, row_room;
    milp_term *term;
    size_t term_count, term_room;
    mpq_t spare, product;
    bool full; /* a call below found no memory; the calls after it do nothing */
} milp_model;

void crease_milp_model_start(milp_model *model);
void crease_milp_model_clear(milp_model *model);
size_t crease_milp_model_column(milp_model *model, char kind, size_t layer, size_t index);
void crease_milp_model_bound(milp_model *model, size_t column, const mpq_t lower, const mpq_t upper);
/* A row without terms; they follow. A column that occurs twice in a row is added up. */
void crease_milp_model_row(milp_model *model, char sense, const mpq_t side);
void crease_milp_model_term(milp_model *model, size_t column, const mpq_t coefficient);

/* The name of a column, as z_0_3: z of layer 0, unit 3. */
enum { MILP_NAME = 64 };
void crease_milp_model_name(const milp_model *model, size_t column, char name[MILP_NAME]);

/* CPLEX LP format; that everything could be written is for the caller to check. */
crease_status crease_milp_model_write(const milp_model *model, FILE *file, crease_error *error);

#endif
