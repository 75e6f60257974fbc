/* Text for messages. */
#ifndef CREASE_BASE_NAMES_H
#define CREASE_BASE_NAMES_H

#include <stddef.h>

/* Writes "a, b, c" into text (size >= 40 bytes); what does not fit is counted: "a, b and 7 more". */
void crease_names_list(const char *const *name, size_t count, char *text, size_t size);

/* Copies `source` (length bytes) into text (size >= 8 bytes) fit to stand in a message: control characters
 * become
 * '?', what is too long ends in "...", and no UTF-8 character is cut. Returns text. */
const char *crease_names_show(const char *source, size_t length, char *text, size_t size);

#endif
