/* The parts of the export to C. */
#ifndef CREASE_IO_C_PARTS_H
#define CREASE_IO_C_PARTS_H

#include "crease/c_source.h"

typedef struct c_writer {
    FILE *file;
    const crease_net *net;
    const char *name; /* of the function, and in front of all others */
} c_writer;

/* A double as C writes it in hexadecimal, whatever the locale. size >= 32 */
const char *crease_c_number(double value, char *text, size_t size);
/* static const double NAME_what[count] = {...}; */
void crease_c_array(const c_writer *writer, const char *what, size_t count, const double *value);

/* The function's name in capitals. */
void crease_c_put_capitals(const c_writer *writer);

/* The part that -DNAME_SELF_TEST compiles. */
crease_status crease_c_self_test(const c_writer *writer, crease_error *error);

#endif
