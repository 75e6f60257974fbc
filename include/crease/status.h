/* Status codes and error messages: did a call do its job, and if not, one sentence why.
 *
 * Three outcomes are never mixed in crease: a *status* (this file), a *stop* reason of an optimiser
 * (fit.h) and a *verdict* about a network. */
#ifndef CREASE_STATUS_H
#define CREASE_STATUS_H

typedef enum crease_status {
    CREASE_OK = 0,
    CREASE_BAD_ARGUMENT, /* the caller asked for something that has no meaning */
    CREASE_BAD_DATA,     /* a file or an array holds something unusable */
    CREASE_NO_INPUT,     /* a file does not exist or cannot be opened */
    CREASE_UNAVAILABLE,  /* an optional program or library is missing; the message names the package */
    CREASE_NO_MEMORY,
    CREASE_INTERNAL, /* a numerical library reported what should not happen */
    CREASE_CANNOT_WRITE
} crease_status;

/* One sentence that names the file, line, column or value and the remedy. Owned by the caller; every function
 * that takes a `crease_error *` accepts NULL. Untouched on success. */
typedef struct crease_error {
    crease_status status;
    char message[512];
} crease_error;

/* Fills `error` (if not NULL) and returns `status`, so that `return crease_fail(...)` reads as it means. */
crease_status crease_fail(crease_error *error, crease_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "ok", "bad argument", ...: static text. */
const char *crease_status_name(crease_status status);

/* Call once, before the first thread: switches off GSL's aborting error handler and sets BLAS to one thread
 * (sums then have the same order, and so the same digits, on every machine load). The only function that
 * touches process-wide state. */
void crease_init(void);

#endif
