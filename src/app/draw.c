/* The end of every --plot: draw, and say where the picture is and what to look for. */
#include "crease/app.h"
#include "crease/plot.h"
#include <string.h>

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
