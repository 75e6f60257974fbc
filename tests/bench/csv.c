/* Megabytes of CSV a second, beside libcsv with strtod alone, which keeps the numbers and checks nothing. */
#include "crease/csv.h"
#include "bench/bench.h"
#include "crease/random.h"
#include <csv.h>
#include <gsl/gsl_randist.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS = 3 };

typedef struct task {
    char path[64];
    size_t rows, bytes;
    double *value; /* rows x COLUMNS, of the bare reader */
    size_t count;
} task;

static void load(void *context) {
    task *t = context;
    crease_error error;
    crease_table *table;
    bench_must(crease_csv_load(t->path, NULL, &table, &error), &error);
    if (table->rows != t->rows)
        bench_must(CREASE_INTERNAL, &(crease_error){.message = "rows were lost"});
    crease_table_free(table);
}

static void bare_field(void *field, size_t size, void *context) {
    task *t = context;
    char *end;
    (void)size;
    double value = strtod(field, &end);
    if (end != field && t->count < t->rows * COLUMNS)
        t->value[t->count++] = value;
}

static void bare(void *context) {
    task *t = context;
    struct csv_parser parser;
    char buffer[65536];
    size_t got;
    t->count = 0;
    FILE *file = fopen(t->path, "r");
    if (!file || csv_init(&parser, CSV_APPEND_NULL))
        bench_must(CREASE_NO_INPUT, &(crease_error){.message = "cannot read the file back"});
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0)
        csv_parse(&parser, buffer, got, bare_field, NULL, t);
    csv_fini(&parser, bare_field, NULL, t);
    csv_free(&parser);
    fclose(file);
    if (t->count != t->rows * COLUMNS)
        bench_must(CREASE_INTERNAL, &(crease_error){.message = "numbers were lost"});
}

static void task_make(task *t, size_t rows) {
    gsl_rng *random = crease_random_new(3, rows);
    strcpy(t->path, "/tmp/crease-bench-XXXXXX");
    int file = mkstemp(t->path);
    FILE *stream = file >= 0 ? fdopen(file, "w") : NULL;
    t->rows = rows;
    t->value = malloc(rows * COLUMNS * sizeof(double));
    if (!stream || !random || !t->value)
        bench_must(CREASE_CANNOT_WRITE, &(crease_error){.message = "cannot write a file in /tmp"});
    fputs("density,flow,speed\n", stream);
    for (size_t i = 0; i < rows; i++)
        fprintf(stream, "%.6g,%.6g,%.6g\n", gsl_ran_flat(random, 0, 150), gsl_ran_flat(random, 0, 2500),
                gsl_ran_flat(random, 0, 130));
    t->bytes = (size_t)ftell(stream);
    if (fclose(stream))
        bench_must(CREASE_CANNOT_WRITE, &(crease_error){.message = "cannot write a file in /tmp"});
    gsl_rng_free(random);
}

void bench_csv(void) {
    static const size_t rows[] = {1000, 10000, 100000, 1000000};
    double last_size = 0, last_seconds = 0;
    printf("\nCSV of %d columns; ratio: time of crease beside libcsv and strtod alone\n", COLUMNS);
    printf("%10s %8s %10s %14s %8s %8s\n", "rows", "MB", "MB/s", "bare MB/s", "ratio", "growth");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        task t = {0};
        char growth[16];
        task_make(&t, rows[i]);
        double seconds = bench_seconds(load, &t), bare_seconds = bench_seconds(bare, &t);
        double megabytes = (double)t.bytes / 1e6;
        bench_growth_text(bench_growth((double)rows[i], seconds, last_size, last_seconds), growth);
        printf("%10zu %8.2f %10.1f %14.1f %8.2f %8s\n", rows[i], megabytes, megabytes / seconds,
               megabytes / bare_seconds, seconds / bare_seconds, growth);
        fflush(stdout);
        last_size = (double)rows[i];
        last_seconds = seconds;
        unlink(t.path);
        free(t.value);
    }
}
