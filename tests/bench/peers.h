/* The same fits by crease and by other programs: the problems, the runs, the table. */
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include "crease/data.h"
#include <stdbool.h>
#include <stddef.h>

enum { PEER_PROBLEMS = 7, PEER_UNITS = 7, PEER_TOOLS = 16 };

/* Two problems for each number k: k free knots and a line, and k ReLU units with a constant. */
typedef enum peer_kind { PEER_KNOTS = 0, PEER_UNITS_ONLY, PEER_KINDS } peer_kind;

typedef struct peer_problem {
    const char *name;
    crease_data data;
    double *storage, deviation;           /* owned: x, then y; standard deviation of y */
    double known[PEER_KINDS][PEER_UNITS]; /* RMSE of best_known.csv; NaN: not there */
} peer_problem;

typedef struct peer_tool {
    char name[64];
    peer_kind kind;
} peer_tool;

typedef struct peer_run {
    size_t tool, problem, unit; /* indices */
    double rmse, seconds;       /* NaN: no fit; of processor */
} peer_run;

typedef struct peer_table {
    size_t problems, units, seeds, tools, runs, room;
    peer_problem problem[PEER_PROBLEMS];
    size_t unit[PEER_UNITS]; /* numbers of units or knots */
    peer_tool tool[PEER_TOOLS];
    peer_run *run; /* owned */
    double bound[PEER_PROBLEMS][PEER_UNITS],
        gap[PEER_PROBLEMS][PEER_UNITS]; /* of crease knots; bound of the RMSE */
    bool certified[PEER_PROBLEMS][PEER_UNITS];
} peer_table;

/* The named problems, from `reference` (NAME_train.csv, best_known.csv) or, when that is NULL, drawn from their
 * formulas. */
void peer_problems_new(peer_table *table, const char *const *names, const char *reference);
void peer_problems_free(peer_table *table);

void peer_add(peer_table *table, const char *tool, peer_kind kind, size_t problem, size_t unit, double rmse,
              double seconds);
void peer_run_crease(peer_table *table);
/* Python and R, through files in `folder`. What is not installed is skipped, and said so. */
void peer_run_others(peer_table *table, const char *folder);

void peer_report(const peer_table *table);

#endif
