/* Messages, and the one function that touches process-wide state. */
#include "crease/status.h"
#include "base/blas.h"
#include <gsl/gsl_errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

crease_status crease_fail(crease_error *error, crease_status status, const char *format, ...) {
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        error->status = status;
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return status;
}

const char *crease_status_name(crease_status status) {
    switch (status) {
    case CREASE_OK:
        return "ok";
    case CREASE_BAD_ARGUMENT:
        return "bad argument";
    case CREASE_BAD_DATA:
        return "bad data";
    case CREASE_NO_INPUT:
        return "no such input";
    case CREASE_UNAVAILABLE:
        return "not available";
    case CREASE_NO_MEMORY:
        return "out of memory";
    case CREASE_INTERNAL:
        return "internal error";
    case CREASE_CANNOT_WRITE:
        return "cannot write";
    }
    return "unknown status";
}

void crease_init(void) {
    gsl_set_error_handler_off();
    crease_blas_use_one_thread();
}
