/* What was proved of a network, for an exported file. */
#ifndef CREASE_CLI_PROVED_H
#define CREASE_CLI_PROVED_H

#include "crease/app.h"
#include "crease/crease.h"

typedef struct proved {
    char *statement; /* the text of the specification */
    char digest[CREASE_DIGEST_SIZE];
    size_t leaves;
} proved;

/* Reads the specification, has the proof checked and takes its fingerprint. 0, or the exit code after a message: also
 * where the proof is rejected. */
int proved_read(const crease_app *app, const crease_net *net, const char *specification, const char *proof,
                proved *result);

#endif
