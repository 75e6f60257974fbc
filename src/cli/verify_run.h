/* One run of crease verify, and what it says. */
#ifndef CREASE_CLI_VERIFY_RUN_H
#define CREASE_CLI_VERIFY_RUN_H

#include "crease/app.h"
#include "crease/crease.h"
#include "verify_question.h"

typedef struct verify_run {
    crease_app app;
    question_files files;
    const char *result_path;
    crease_verify_options options;
    bool competition; /* --vnncomp */
    crease_net *net;
    crease_specification *specification;
    crease_verify_result result;
    crease_progress progress;
    char progress_label[128];
} verify_run;

/* On standard output, and in the file of -o; 0 or an exit code after a message. */
int verify_report(const verify_run *run);
int verify_write_result(const verify_run *run);

/* The exact value as a decimal, or what was written where it has none that ends; owned, NULL without memory. */
char *verify_decimal(const crease_number *number);

#endif
