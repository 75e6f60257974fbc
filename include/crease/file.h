/* Files that appear whole or not at all. */
#ifndef CREASE_FILE_H
#define CREASE_FILE_H

#include "crease/status.h"
#include <stdio.h>

/* A file being written under a temporary name beside `path`. */
typedef struct crease_file {
    FILE *stream;
    char *path, *temporary;
} crease_file;

/* path "-" writes to standard output. */
crease_status crease_file_create(crease_file *file, const char *path, crease_error *error);
/* Flushes, checks and renames to `path`. After it (and after discard) the struct is empty. */
crease_status crease_file_commit(crease_file *file, crease_error *error);
/* Removes the temporary file. Accepts an empty struct. */
void crease_file_discard(crease_file *file);

#endif
