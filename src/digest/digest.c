/* SHA-256 of a file, some bytes at a time. */
#include "crease/digest.h"
#include "base/input.h"
#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

crease_status crease_digest_file(const char *path, char hex[CREASE_DIGEST_SIZE], crease_error *error) {
    FILE *file;
    hex[0] = '\0';
    crease_status status = crease_input_open(path, &file, error);
    if (status)
        return status;
    struct sha256_ctx state;
    uint8_t part[1 << 14], digest[SHA256_DIGEST_SIZE];
    size_t count;
    sha256_init(&state);
    while ((count = fread(part, 1, sizeof part, file)) > 0)
        sha256_update(&state, count, part);
    if (ferror(file)) {
        status = crease_fail(error, CREASE_NO_INPUT, "%s: cannot be read: %s", crease_input_shown(path),
                             strerror(errno));
    } else {
        sha256_digest(&state, sizeof digest, digest);
        for (size_t i = 0; i < sizeof digest; i++)
            snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    fclose(file);
    return status;
}
