/* What verify and milp share on the command line: a model and a specification. */
#ifndef CREASE_CLI_VERIFY_QUESTION_H
#define CREASE_CLI_VERIFY_QUESTION_H

#include "crease/app.h"
#include "crease/crease.h"

typedef struct question_files {
    const char *model, *specification; /* "-": standard input */
} question_files;

/* For the parser: the two arguments in order, and at the end that both are there. Both end with a usage error. */
void question_take(const crease_app *app, const char *argument, question_files *files);
void question_require(const crease_app *app, const question_files *files);
/* 0 or an exit code after a message. */
int question_load(const crease_app *app, const question_files *files, crease_net **net,
                  crease_specification **specification);

#endif
