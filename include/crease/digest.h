/* Fingerprints of files: SHA-256 (FIPS 180-4), by nettle. Needs nettle-dev when crease is built; CREASE_UNAVAILABLE
 * without. */
#ifndef CREASE_DIGEST_H
#define CREASE_DIGEST_H

#include "crease/status.h"

enum { CREASE_DIGEST_SIZE = 65 };

/* The digest of the file's bytes as 64 lower-case hexadecimal digits and a 0. CREASE_NO_INPUT where it cannot be
 * read. */
crease_status crease_digest_file(const char *path, char hex[CREASE_DIGEST_SIZE], crease_error *error);

#endif
