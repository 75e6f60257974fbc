/* Queries with known verdicts, and crease verify as a process. */
#ifndef BENCH_VERIFY_RUN_H
#define BENCH_VERIFY_RUN_H

#include <stddef.h>

typedef struct verify_query {
    char *model, *specification;                 /* paths */
    char network[16], property[16], verdict[16]; /* "2_9", "prop_1", "proved" or "refuted" */
} verify_query;

typedef struct verify_answer {
    char verdict[16];      /* "failed" when the program did */
    double seconds, nodes; /* of the whole process */
} verify_answer;

/* The queries of acasxu/reference.csv in CREASE_DATA_DIR; NULL when it is not there. */
verify_query *verify_queries(size_t *count);
void verify_queries_free(verify_query *query, size_t count);

verify_answer verify_run(const verify_query *query, size_t threads);
/* Seconds of `crease --version`, the best of ten. */
double verify_startup(void);

#endif
