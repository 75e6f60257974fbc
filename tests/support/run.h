/* Runs programs under test and captures what they say. They are found in the folder that the environment
 * variable CREASE_BIN names (default build/bin). */
#ifndef TEST_RUN_H
#define TEST_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct run_options {
    const char *input;        /* text on standard input; NULL: none */
    double timeout;           /* seconds, 0: 120; then the program is killed and timed_out set */
    const char *interrupt_at; /* SIGINT is sent once standard error contains this text; NULL: never */
} run_options;

typedef struct run_result {
    int exit_code; /* 128 + signal when a signal ended it, as a shell says it */
    bool timed_out;
    char *out, *err; /* text, owned: run_clear */
    size_t out_size;
} run_result;

/* argv[0] without a slash is looked for in CREASE_BIN, then on the PATH; ends with NULL. options may be NULL.
 */
run_result run_program(const run_options *options, const char *const *argv);
/* printf-like: a line for sh, with CREASE_BIN first on the PATH. */
run_result run_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
void run_clear(run_result *result);

/* The program ended with this code, said this on standard error, and wrote nothing else. Clears the result. */
void run_must_fail(run_result result, int exit_code, const char *says);

/* The three examples of `crease help COMMAND` (which may be two words, "arm step") end with 0 and say something, unless -o
 * takes it, run from the root of the repository; what they write to build/ goes to the folder instead. edit: one more
 * command for sed, or "". The sanitizer's build runs the first alone. */
void run_help_examples(const char *command, const char *folder, const char *edit);

/* Standard output as the one JSON object it must be; fails the test otherwise. Release with json_decref. */
json_t *run_json(const run_result *result);
/* The same of a program that must have succeeded; clears the result. */
json_t *run_json_of(run_result *result);
/* A number that must be there, and a number or null (NAN). */
double run_json_number(const json_t *object, const char *key);

/* A fresh empty folder; its removal with everything in it also frees the name. */
char *run_folder_new(void);
void run_folder_remove(char *folder);
/* printf-like text into folder/name. */
void run_file_write(const char *folder, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
