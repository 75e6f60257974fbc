/* The reference tables of tests/data/arm, and what is compared with them. */
#ifndef TEST_ARM_TABLES_H
#define TEST_ARM_TABLES_H

#include "arm/arm.h"
#include <stddef.h>

enum { ARM_TABLE_ROWS = 80, ARM_TABLE_COLUMNS = 20, ARM_TABLE_WORD = 16 };

typedef struct arm_table_row {
    char word[2][ARM_TABLE_WORD];
    double number[ARM_TABLE_COLUMNS]; /* column by column; those of words are not set */
} arm_table_row;

/* Reads a table whose first `words` columns (at most two) are text into ARM_TABLE_ROWS rows; how many there are. */
size_t arm_table_read(const char *path, size_t words, arm_table_row *rows);

/* A number is the wanted one to a tolerance, relative from 1 on; NaN where NaN is wanted. */
void expect(const char *what, size_t line, double got, double wanted, double tolerance);

/* Model A, in the horizontal plane or under gravity. */
arm_plant elbow(bool gravity);

#endif
