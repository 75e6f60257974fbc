/* Stands in for SHA-256 where nettle is not installed. */
#include "crease/digest.h"

crease_status crease_digest_file(const char *path, char hex[CREASE_DIGEST_SIZE], crease_error *error) {
    (void)path;
    hex[0] = '\0';
    return crease_fail(error, CREASE_UNAVAILABLE,
                       "this crease was built without SHA-256; install nettle-dev and build it again");
}
