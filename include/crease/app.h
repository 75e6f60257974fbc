/* What every program of crease shares and the library must not do: read options, print, report progress, catch
 * Ctrl-C, exit. Only src/cli, the mains of models/ and labs include this header; it is not part of crease.h. */
#ifndef CREASE_APP_H
#define CREASE_APP_H

#include "crease/csv.h"
#include "crease/fit.h"
#include "crease/status.h"
#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Exit codes of the command-line contract. */
enum {
    CREASE_EXIT_OK = 0,
    CREASE_EXIT_NO = 1,        /* the verdict is no */
    CREASE_EXIT_UNDECIDED = 2, /* the budget ended first */
    CREASE_EXIT_USAGE = 64,
    CREASE_EXIT_DATA = 65,
    CREASE_EXIT_NO_INPUT = 66,
    CREASE_EXIT_UNAVAILABLE = 69,
    CREASE_EXIT_INTERNAL = 70,
    CREASE_EXIT_CANNOT_WRITE = 74,
    CREASE_EXIT_INTERRUPTED = 130
};

/* One run of one command. Set name and examples, then crease_app_parse fills the rest. */
typedef struct crease_app {
    const char *name;     /* "crease fit": opens every message */
    const char *examples; /* what --help prints first: three commands that run from the repository root */
    bool json;            /* --json */
    bool quiet, verbose;  /* -q, -v */
    uint64_t seed;        /* --seed, 1 */
    size_t threads;       /* --threads, 0: all cores */
    const char *plot;     /* --plot FILE.{png,svg,pdf,html} or -; NULL */
} crease_app;

/* crease_init, C locale for numbers, then argp with the command's own options (argp->options, parser, args_doc, doc;
 * `input` reaches the parser as state->input) and the shared ones. --help prints the examples, then the options, and
 * exits 0. An unknown option ends with "did you mean" and 64. */
void crease_app_parse(crease_app *app, const struct argp *argp, int argc, char **argv, void *input);

/* The known word nearest to `word` by edit distance (transpositions count 1) when it is near enough to be meant,
 * else NULL. */
const char *crease_app_did_you_mean(const char *word, const char *const *known, size_t count);

/* Runs argv[0] of a program that lies beside this one (build/bin, PREFIX/bin), else on the PATH; does not return on
 * success. Returns the exit code of a failure, after a message. */
int crease_app_run_sibling(const crease_app *app, const char *program, char **argv);

/* A program of several commands, which runs its demonstration without one: runs what argv[1] names with argv + 1, prints
 * the list of commands for --help (app->name and app->examples open it), or ends with a usage error. Returns the exit
 * code. */
typedef struct crease_app_command {
    const char *name, *usage, *does; /* "solve", "--model A|B ...", one line on what it does */
    int (*run)(int argc, char **argv);
} crease_app_command;
typedef struct crease_app_program {
    const char *about;
    const char *demonstration_usage; /* "[--folder DIR] ..." */
    const char *demonstration_is;    /* NULL: "the demonstration" */
    int (*demonstration)(int argc, char **argv);
    const crease_app_command *command;
    size_t count;
} crease_app_program;
int crease_app_run_program(const crease_app *app, const crease_app_program *program, int argc, char **argv);

/* The part of a demonstration that runs other commands of app->name as a user would, pictures in `folder`. Ends with the
 * first exit code that is not 0; that something is not installed is no reason to end. */
typedef struct crease_app_shown {
    int (*run)(int argc, char **argv);
    const char *what;        /* a line above */
    const char *words;       /* command and options, one space apart */
    const char *file_option; /* --plot or --animate, with a file in the folder */
    const char *file;
} crease_app_shown;
int crease_app_demonstrate(const crease_app *app, const char *folder, const crease_app_shown *list,
                           size_t count);

/* Messages and exit codes. fail: prints "NAME: message" and returns the exit code of the status. */
int crease_app_exit_code(crease_status status);
int crease_app_fail(const crease_app *app, const crease_error *error);
int crease_app_fail_text(const crease_app *app, int exit_code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Prints the message and "try NAME --help", exits 64. For use inside argp parsers and for option values. */
_Noreturn void crease_app_usage_error(const crease_app *app, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A remark on stderr unless -q; and only with -v. */
void crease_app_note(const crease_app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
void crease_app_detail(const crease_app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Option values; each ends with usage_error when the text is not wholly such a value (option: "--starts"). */
double crease_app_number(const crease_app *app, const char *option, const char *text);
double crease_app_positive(const crease_app *app, const char *option, const char *text);
double crease_app_not_negative(const crease_app *app, const char *option, const char *text);
size_t crease_app_count(const crease_app *app, const char *option, const char *text, size_t least);
/* 0 or 1. */
bool crease_app_switch(const crease_app *app, const char *option, const char *text);
/* "-" */
bool crease_app_is_standard_output(const char *path);
/* Ends with a usage error when more than one of --json, --plot - and the other files have standard output: pairs of an
 * option ("-o") and its path (may be NULL), then NULL. True when a file or the picture has it, so a report has no place. */
bool crease_app_check_outputs(const crease_app *app, ...) __attribute__((sentinel));
/* "a,b,c" (commas inside parentheses do not split) -> count strings; free each and the array with
 * crease_app_list_free. An empty item is a usage error. */
char **crease_app_list(const crease_app *app, const char *option, const char *text, size_t *count);
void crease_app_list_free(char **list, size_t count);
/* "1,2.5" -> count numbers; free. */
double *crease_app_numbers(const crease_app *app, const char *option, const char *text, size_t *count);

/* Ctrl-C: after catch_interrupt the first SIGINT or SIGTERM only sets a flag (for crease_fit_options.interrupted),
 * a second one ends the program at once. */
void crease_app_catch_interrupt(void);
bool crease_app_interrupted(void *unused);

/* Progress on stderr: done/total, rate, time left; drawn only on a terminal, without -q, after one second, at most ten
 * times a second, and erased by end. Safe to update from several threads one call at a time. */
typedef struct crease_progress {
    const char *label;
    bool shown, enabled;
    double started, last;
} crease_progress;
crease_progress crease_progress_begin(const crease_app *app, const char *label);
/* Matches crease_fit_options.progress; context is the crease_progress. */
void crease_progress_update(size_t done, size_t total, void *context);
void crease_progress_end(crease_progress *progress);

/* Fills seed, threads, progress and interrupted of fit options from the command's. */
void crease_app_fit_options(const crease_app *app, crease_progress *progress, crease_fit_options *options);

/* Data of a regression from a CSV file: the options every command that reads data shares. */
typedef struct crease_app_data_options {
    const char *path;         /* "-": standard input */
    const char *x, *y;        /* "COL[,COL..]", "COL"; y NULL: no output wanted */
    const char *const *names; /* used instead of x when x is NULL: name_count input columns */
    size_t name_count;
    const char *weight; /* COL or NULL */
    const char *where;  /* "COL=TEXT" or NULL */
    bool skip_missing;
    char decimal;
} crease_app_data_options;

typedef struct crease_app_data {
    crease_table *table; /* inputs, then output, then weight */
    crease_data data;
    double *storage;
    char **input_name; /* data.inputs names, borrowed from the table */
    char *output_name; /* borrowed, NULL without output */
} crease_app_data;

/* The child argp for --weight, --where, --skip-missing, --decimal; its input is a crease_app_data_options. */
extern const struct argp crease_app_data_argp;
/* For the parser of a command that reads data: takes the file argument, of which there may be one, and at the end asks for the
 * file, -x and -y. Both end with a usage error. */
void crease_app_data_take_file(const crease_app *app, crease_app_data_options *options, const char *path);
void crease_app_data_require(const crease_app *app, const crease_app_data_options *options);
crease_status crease_app_data_load(const crease_app *app, const crease_app_data_options *options,
                                   crease_app_data *data, crease_error *error);
void crease_app_data_clear(crease_app_data *data);

/* JSON. begin: {"schema": "crease/COMMAND/1"}. set_number: NaN and infinities become null and `why` (a sentence, or
 * NULL for a plain one) is put under the key "why" of the same object, as "KEY: sentence", joined by "; ". */
json_t *crease_json_begin(const char *command);
void crease_json_set_number(json_t *object, const char *key, double value, const char *why);
void crease_json_set_count(json_t *object, const char *key, size_t value);
void crease_json_set_text(json_t *object, const char *key, const char *value); /* NULL: null */
json_t *crease_json_numbers(const double *value, size_t count);                /* NaN: null */
/* The list of {x, se, slope_left, slope_right}; se null with a why where it is NaN. */
json_t *crease_json_kinks(const crease_kink *kinks, size_t count);
/* Prints the object at 17 digits and a newline on stdout and frees it; returns 0 or 74. */
int crease_json_finish(const crease_app *app, json_t *object);

/* Plain-text tables with aligned columns. */
typedef struct crease_report crease_report;
crease_report *crease_report_new(size_t columns, const char *const *titles); /* aborts without memory */
/* One cell after the other, row by row. Numbers right-aligned with `digits` significant digits, NaN as "-". */
void crease_report_text(crease_report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));
void crease_report_number(crease_report *report, double value, int digits);
void crease_report_count(crease_report *report, size_t value);
void crease_report_print(const crease_report *report, FILE *file);
void crease_report_free(crease_report *report);
/* The words of a text in lines of at most 100 characters and a newline; all lines but the first, on which `used` characters
 * stand already, are indented. */
void crease_report_words(FILE *file, const char *text, int used, int indent);

/* Draws a finished plot to `path` (its plot is freed), and, unless quiet, says on stderr where it is with one
 * sentence on what to see in it. Returns 0 or the exit code after a message. */
struct crease_plot;
int crease_app_draw(const crease_app *app, struct crease_plot *plot, const char *path,
                    const char *what_to_see);

/* Draws a finished plot as FOLDER/NAME.svg and .png, making the folder (the plot is freed), and says on stdout where it
 * is with the sentence on what to see; without gnuplot it says so and goes on. Returns 0 or the exit code. */
int crease_app_draw_in_folder(const crease_app *app, struct crease_plot *plot, const char *folder,
                              const char *name, const char *what_to_see);

/* Flushes stdout; 0, or 74 with a message when something could not be written. */
int crease_app_end(const crease_app *app);
/* Says that what was printed is the best result so far; code, or 130 when that is 0. */
int crease_app_end_interrupted(const crease_app *app, int code);

#endif
