/* The end of every --plot: draw, and say where the picture is and what to look for. */
#include "crease/app.h"
#include "crease/plot.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int crease_app_draw(const crease_app *app, struct crease_plot *plot, const char *path,
                    const char *what_to_see) {
    crease_error error;
    crease_status status = crease_plot_draw(plot, path, &error);
    crease_plot_free(plot);
    if (status != CREASE_OK)
        return crease_app_fail(app, &error);
    if (!app->quiet) {
        if (strcmp(path, "-") == 0)
            fprintf(stderr, "%s\n", what_to_see);
        else
            fprintf(stderr, "%s: %s\n", path, what_to_see);
    }
    return CREASE_EXIT_OK;
}

/* Every missing folder on the way to path. */
static crease_status make_folders(const char *path, crease_error *error) {
    char *part = strdup(path);
    if (!part)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a path");
    crease_status status = CREASE_OK;
    for (char *slash = part; slash && *part && status == CREASE_OK;) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            status = crease_fail(error, CREASE_CANNOT_WRITE, "cannot make the folder %.300s: %s", part,
                                 strerror(errno));
        if (slash)
            *slash = '/';
    }
    free(part);
    return status;
}

int crease_app_draw_in_folder(const crease_app *app, struct crease_plot *plot, const char *folder,
                              const char *name, const char *what_to_see) {
    static const char *const endings[] = {"svg", "png"}; /* the script that stays is the one of the PNG */
    crease_error error;
    crease_status status = make_folders(folder, &error);
    for (size_t i = 0; i < sizeof endings / sizeof *endings && status == CREASE_OK; i++) {
        char *path = NULL;
        if (asprintf(&path, "%s/%s.%s", folder, name, endings[i]) < 0)
            status = crease_fail(&error, CREASE_NO_MEMORY, "out of memory for a path");
        else
            status = crease_plot_draw(plot, path, &error);
        free(path);
    }
    crease_plot_free(plot);
    if (status == CREASE_UNAVAILABLE) { /* the numbers stand without their picture */
        crease_app_note(app, "no picture: %s", error.message);
        return CREASE_EXIT_OK;
    }
    if (status != CREASE_OK)
        return crease_app_fail(app, &error);
    if (!app->quiet)
        fprintf(app->json ? stderr : stdout, "%s/%s.png (and .svg): %s\n", folder, name, what_to_see);
    return CREASE_EXIT_OK;
}
