/* Runs another program of crease: beside this one when both lie in one folder, else from the PATH. */
#include "crease/app.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* "FOLDER/program" with the folder of this executable; false when that cannot be told. */
static bool path_beside(const char *program, char path[PATH_MAX]) {
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (length <= 0)
        return false;
    path[length] = '\0';
    char *name = strrchr(path, '/');
    if (!name)
        return false;
    name++;
    size_t room = PATH_MAX - (size_t)(name - path);
    return (size_t)snprintf(name, room, "%s", program) < room;
}

int crease_app_run_sibling(const crease_app *app, const char *program, char **argv) {
    char path[PATH_MAX];
    fflush(NULL);
    if (path_beside(program, path) && access(path, X_OK) == 0)
        execv(path, argv);
    else
        execvp(program, argv);
    if (errno == ENOENT)
        return crease_app_fail_text(
            app, CREASE_EXIT_UNAVAILABLE,
            "%s is neither beside this program nor on the PATH; it comes with crease: "
            "'make' builds it",
            program);
    return crease_app_fail_text(app, CREASE_EXIT_INTERNAL, "cannot run %s: %s", program, strerror(errno));
}
