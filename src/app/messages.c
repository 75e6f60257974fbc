/* What a program says on standard error, and the exit code that goes with it. Every message is one sentence
 * that opens with the name of the command. */
#include "crease/app.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(const crease_app *app, const char *format, va_list list) {
    flockfile(stderr);
    fprintf(stderr, "%s: ", app->name);
    vfprintf(stderr, format, list);
    putc('\n', stderr);
    funlockfile(stderr);
}

int crease_app_exit_code(crease_status status) {
    switch (status) {
    case CREASE_OK:
        return CREASE_EXIT_OK;
    case CREASE_BAD_ARGUMENT:
        return CREASE_EXIT_USAGE;
    case CREASE_BAD_DATA:
        return CREASE_EXIT_DATA;
    case CREASE_NO_INPUT:
        return CREASE_EXIT_NO_INPUT;
    case CREASE_UNAVAILABLE:
        return CREASE_EXIT_UNAVAILABLE;
    case CREASE_CANNOT_WRITE:
        return CREASE_EXIT_CANNOT_WRITE;
    case CREASE_NO_MEMORY:
    case CREASE_INTERNAL:
        break;
    }
    return CREASE_EXIT_INTERNAL;
}

int crease_app_fail(const crease_app *app, const crease_error *error) {
    return crease_app_fail_text(app, crease_app_exit_code(error->status), "%s", error->message);
}

int crease_app_fail_text(const crease_app *app, int exit_code, const char *format, ...) {
    va_list list;
    va_start(list, format);
    say(app, format, list);
    va_end(list);
    return exit_code;
}

_Noreturn void crease_app_usage_error(const crease_app *app, const char *format, ...) {
    va_list list;
    va_start(list, format);
    say(app, format, list);
    va_end(list);
    fprintf(stderr, "Try '%s --help'.\n", app->name);
    fflush(NULL);
    /* callers are amid their options and hold lists of them: a leak checker that runs at exit would find these */
    quick_exit(CREASE_EXIT_USAGE);
}

void crease_app_note(const crease_app *app, const char *format, ...) {
    if (app->quiet)
        return;
    va_list list;
    va_start(list, format);
    say(app, format, list);
    va_end(list);
}

void crease_app_detail(const crease_app *app, const char *format, ...) {
    if (!app->verbose)
        return;
    va_list list;
    va_start(list, format);
    say(app, format, list);
    va_end(list);
}

int crease_app_end_interrupted(const crease_app *app, int code) {
    crease_app_note(app, "interrupted: this is the best result so far");
    return code ? code : CREASE_EXIT_INTERRUPTED;
}

int crease_app_end(const crease_app *app) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return CREASE_EXIT_OK;
    return crease_app_fail_text(app, CREASE_EXIT_CANNOT_WRITE, "cannot write standard output: %s",
                                errno ? strerror(errno) : "an earlier write failed");
}
