/* Demonstrations: commands run as a user would, each line shown before. */
#include "crease/app.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 32 };

/* The words of `text`, which is cut, and the option with its file; argv needs MOST_WORDS places. */
static int split(char *text, const crease_app_shown *shown, char *file, char **argv) {
    int argc = 0;
    char *rest = text, *word;
    while (argc < MOST_WORDS - 3 && (word = strsep(&rest, " ")) != NULL)
        argv[argc++] = word;
    argv[argc++] = (char *)shown->file_option;
    argv[argc++] = file;
    argv[argc] = NULL;
    return argc;
}

static int show(const crease_app *app, const char *folder, const crease_app_shown *shown) {
    char *argv[MOST_WORDS], *words = strdup(shown->words), *file = NULL;
    if (!words || asprintf(&file, "%s/%s", folder, shown->file) < 0) {
        free(words);
        return crease_app_fail_text(app, CREASE_EXIT_INTERNAL, "no memory for a command");
    }
    printf("\n%s\n$ %s %s %s %s\n\n", shown->what, app->name, shown->words, shown->file_option, file);
    int code = shown->run(split(words, shown, file, argv), argv);
    if (code == CREASE_EXIT_OK || code == CREASE_EXIT_UNAVAILABLE)
        printf("\n%s %s\n", code == CREASE_EXIT_OK ? "picture:" : "no picture:", file);
    free(words);
    free(file);
    /* what is not installed is said, and the demonstration goes on */
    return code == CREASE_EXIT_UNAVAILABLE ? CREASE_EXIT_OK : code;
}

int crease_app_demonstrate(const crease_app *app, const char *folder, const crease_app_shown *list,
                           size_t count) {
    int code = CREASE_EXIT_OK;
    for (size_t i = 0; i < count && code == CREASE_EXIT_OK; i++)
        code = show(app, folder, &list[i]);
    return code;
}
