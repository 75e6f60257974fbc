/* A regular file is written under a temporary name beside its destination and renamed, so that readers see
 * the old file or the whole new one. Devices, pipes and /dev/fd are written to directly. */
#include "crease/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static crease_status cannot_write(crease_error *error, const char *path, const char *why) {
    size_t length = strlen(path);
    return crease_fail(error, CREASE_CANNOT_WRITE, "cannot write %s: %s",
                       path + (length > 300 ? length - 300 : 0), why);
}

static bool is_descriptor(const char *path) {
    return strncmp(path, "/dev/fd/", 8) == 0 || strncmp(path, "/proc/", 6) == 0 ||
           strcmp(path, "/dev/stdout") == 0 || strcmp(path, "/dev/stderr") == 0;
}

/* Opens a new file named PATH.PROCESS.NUMBER~; open rather than mkstemp, because it leaves the mode to the
 * umask. */
static int open_temporary(const char *path, char **temporary) {
    size_t size = strlen(path) + 48;
    *temporary = malloc(size);
    if (!*temporary)
        return -1;
    int descriptor = -1;
    for (unsigned attempt = 0; attempt < 10000; attempt++) {
        snprintf(*temporary, size, "%s.%ld.%u~", path, (long)getpid(), attempt);
        descriptor = open(*temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 || errno != EEXIST)
            break;
    }
    if (descriptor < 0) { /* the name may be another's file: forget it, so that discard leaves that alone */
        int reason = errno;
        free(*temporary);
        *temporary = NULL;
        errno = reason;
    }
    return descriptor;
}

static crease_status create_regular(crease_file *file, const char *path, const struct stat *existing,
                                    crease_error *error) {
    if (existing && access(path, W_OK) != 0)
        return cannot_write(error, path, strerror(errno));
    /* through a symbolic link the file behind it is replaced, not the link */
    file->path = existing ? realpath(path, NULL) : strdup(path);
    if (!file->path)
        return cannot_write(error, path, strerror(errno));
    int descriptor = open_temporary(file->path, &file->temporary);
    if (descriptor < 0)
        return cannot_write(error, path, strerror(errno));
    if (existing && fchmod(descriptor, existing->st_mode & 0777) != 0) {
        close(descriptor);
        return cannot_write(error, path, strerror(errno));
    }
    file->stream = fdopen(descriptor, "w");
    if (!file->stream) {
        close(descriptor);
        return cannot_write(error, path, strerror(errno));
    }
    return CREASE_OK;
}

crease_status crease_file_create(crease_file *file, const char *path, crease_error *error) {
    *file = (crease_file){0};
    if (strcmp(path, "-") == 0) {
        file->stream = stdout;
        file->path = strdup("standard output");
        return file->path ? CREASE_OK
                          : crease_fail(error, CREASE_NO_MEMORY, "not enough memory for a file name");
    }
    struct stat existing;
    bool exists = stat(path, &existing) == 0;
    if (exists && S_ISDIR(existing.st_mode))
        return cannot_write(error, path, "it is a folder");
    crease_status status = CREASE_OK;
    if (is_descriptor(path) || (exists && !S_ISREG(existing.st_mode))) {
        file->path = strdup(path);
        file->stream = file->path ? fopen(path, "we") : NULL;
        if (!file->stream)
            status = cannot_write(error, path, strerror(errno));
    } else {
        status = create_regular(file, path, exists ? &existing : NULL, error);
    }
    if (status)
        crease_file_discard(file);
    return status;
}

crease_status crease_file_commit(crease_file *file, crease_error *error) {
    if (!file->stream)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "there is no file being written to finish");
    crease_status status = CREASE_OK;
    errno = 0;
    bool written = fflush(file->stream) == 0 && !ferror(file->stream);
    int reason = errno;
    if (file->stream != stdout && fclose(file->stream) != 0 && written) {
        written = false;
        reason = errno;
    }
    file->stream = NULL;
    if (written && file->temporary && rename(file->temporary, file->path) != 0) {
        written = false;
        reason = errno;
    }
    if (!written) {
        status = cannot_write(error, file->path, reason ? strerror(reason) : "an earlier write failed");
    } else {
        free(file->temporary); /* it is the file now */
        file->temporary = NULL;
    }
    crease_file_discard(file);
    return status;
}

void crease_file_discard(crease_file *file) {
    if (file->stream && file->stream != stdout)
        fclose(file->stream);
    if (file->temporary)
        unlink(file->temporary);
    free(file->temporary);
    free(file->path);
    *file = (crease_file){0};
}
