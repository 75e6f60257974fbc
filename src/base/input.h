/* Opening files for reading. */
#ifndef CREASE_BASE_INPUT_H
#define CREASE_BASE_INPUT_H

#include "crease/status.h"
#include <stdio.h>

/* A missing or unreadable file and a folder are NO_INPUT. The caller closes. */
crease_status crease_input_open(const char *path, FILE **file, crease_error *error);

/* The end of a long path, which says more than its beginning, so that a message keeps room for what is wrong.
 */
const char *crease_input_shown(const char *path);

#endif
