/* The program lies beside this one. */
#include "bench/verify_run.h"
#include "bench/bench.h"
#include <csv.h>
#include <jansson.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COLUMNS = 4 };
static const char *const columns[COLUMNS] = {"onnx", "vnnlib", "timeout_s", "verdict"};
static const char timeout[] = "116"; /* seconds, as in the competition */

typedef struct reader {
    const char *folder;
    size_t row, column;
    int place[COLUMNS]; /* column of the file */
    char field[COLUMNS][256];
    verify_query *query;
    size_t count;
} reader;

static void take_field(void *text, size_t size, void *context) {
    reader *r = context;
    for (size_t c = 0; c < COLUMNS; c++) {
        if (r->row == 0 && size == strlen(columns[c]) && memcmp(text, columns[c], size) == 0)
            r->place[c] = (int)r->column;
        if (r->row > 0 && r->place[c] == (int)r->column)
            snprintf(r->field[c], sizeof r->field[c], "%.*s", (int)size, (const char *)text);
    }
    r->column++;
}

/* ".../ACASXU_run2a_2_9_batch_2000.onnx" -> "2_9" */
static void shorten(const char *path, const char *after, const char *before, char *name, size_t size) {
    const char *start = strstr(path, after), *end = start ? strstr(start + strlen(after), before) : NULL;
    if (end)
        snprintf(name, size, "%.*s", (int)(end - start) - (int)strlen(after), start + strlen(after));
    else
        snprintf(name, size, "%s", strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
}

static void take_row(int end, void *context) {
    reader *r = context;
    (void)end;
    r->column = 0;
    if (r->row++ == 0)
        return;
    r->query = realloc(r->query, (r->count + 1) * sizeof *r->query);
    verify_query *query = &r->query[r->count++];
    if (asprintf(&query->model, "%s/%s", r->folder, r->field[0]) < 0 ||
        asprintf(&query->specification, "%s/%s", r->folder, r->field[1]) < 0)
        exit(EXIT_FAILURE);
    shorten(r->field[0], "run2a_", "_batch", query->network, sizeof query->network);
    shorten(r->field[1], "vnnlib/", ".vnnlib", query->property, sizeof query->property);
    strcpy(query->verdict, strcmp(r->field[3], "unsat") == 0 ? "proved" : "refuted");
}

verify_query *verify_queries(size_t *count) {
    const char *data = getenv("CREASE_DATA_DIR");
    char folder[512], path[600], buffer[65536];
    snprintf(folder, sizeof folder, "%s/acasxu", data ? data : "");
    snprintf(path, sizeof path, "%s/reference.csv", folder);
    FILE *file = data && *data ? fopen(path, "r") : NULL;
    struct csv_parser parser;
    reader r = {.folder = folder, .place = {-1, -1, -1, -1}};
    if (!file || csv_init(&parser, CSV_APPEND_NULL))
        return NULL;
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file)) > 0;)
        csv_parse(&parser, buffer, got, take_field, take_row, &r);
    csv_fini(&parser, take_field, take_row, &r);
    csv_free(&parser);
    fclose(file);
    *count = r.count;
    return r.query;
}

void verify_queries_free(verify_query *query, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(query[i].model);
        free(query[i].specification);
    }
    free(query);
}

/* What the program prints, in `text`; seconds from start to end. */
static double run(char *const *argument, char *text, size_t size) {
    extern char **environ;
    char program[512];
    int ends[2];
    pid_t child;
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 16);
    program[length > 0 ? length : 0] = '\0';
    strcpy(strrchr(program, '/') ? strrchr(program, '/') + 1 : program, "crease");
    double started = bench_now();
    posix_spawn_file_actions_t actions;
    if (pipe(ends))
        return NAN;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    int failed = posix_spawn(&child, program, &actions, NULL, argument, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    size_t filled = 0;
    for (ssize_t got = 1; !failed && got > 0 && filled + 1 < size; filled += got > 0 ? (size_t)got : 0)
        got = read(ends[0], text + filled, size - filled - 1);
    text[filled] = '\0';
    close(ends[0]);
    if (failed)
        return NAN;
    waitpid(child, NULL, 0);
    return bench_now() - started;
}

verify_answer verify_run(const verify_query *query, size_t threads) {
    verify_answer answer = {.verdict = "failed", .nodes = NAN};
    char text[65536], count[32];
    snprintf(count, sizeof count, "%zu", threads);
    char *const argument[] = {"crease",    "verify", query->model, query->specification, "--json",
                              "--threads", count,    "--timeout",  (char *)timeout,      NULL};
    answer.seconds = run(argument, text, sizeof text);
    json_t *object = json_loads(text, 0, NULL);
    const char *verdict = json_string_value(json_object_get(object, "verdict"));
    if (verdict) {
        snprintf(answer.verdict, sizeof answer.verdict, "%s", verdict);
        answer.nodes = json_number_value(json_object_get(object, "nodes"));
    }
    json_decref(object);
    return answer;
}

double verify_startup(void) {
    char *const argument[] = {"crease", "--version", NULL};
    char text[256];
    double best = INFINITY;
    for (int i = 0; i < 10; i++)
        best = fmin(best, run(argument, text, sizeof text));
    return best;
}
