/* Opening files for reading. */
#include "base/input.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

const char *crease_input_shown(const char *path) {
    enum { longest = 200 };
    size_t length = strlen(path);
    return path + (length > longest ? length - longest : 0);
}

crease_status crease_input_open(const char *path, FILE **file, crease_error *error) {
    struct stat about;
    *file = fopen(path, "re");
    if (!*file)
        return crease_fail(error, CREASE_NO_INPUT, "%s: %s", crease_input_shown(path), strerror(errno));
    if (fstat(fileno(*file), &about) == 0 && S_ISDIR(about.st_mode)) {
        fclose(*file);
        *file = NULL;
        return crease_fail(error, CREASE_NO_INPUT, "%s: this is a folder, not a file",
                           crease_input_shown(path));
    }
    return CREASE_OK;
}
