/* The part of the demonstration that runs other commands as a user would: regions, proofs, training, an animation. */
#include "arm/commands.h"
#include "arm/demo/demo.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 16 };

typedef struct shown {
    int (*run)(int argc, char **argv);
    const char *what;        /* a line above */
    const char *words;       /* command and options, one space apart */
    const char *file_option; /* --plot or --animate, with a file in the folder of the demonstration */
    const char *file;
} shown;

static const shown list[] = {
    {arm_regions_command, "A ReLU law of angle and rate is one pair of gains on each of its regions:",
     "regions", "--plot", "arm_regions.png"},
    {arm_prove_command, "So what it does from every start can be computed, and proved:",
     "prove --start=-1.6:-1.4,-0.5:0.5 --never-beyond 0.1353", "--plot", "arm_reach.png"},
    {arm_prove_command, "And that it is stable, from where:", "prove --lyapunov", "--plot",
     "arm_lyapunov.png"},
    {arm_train_command, "Networks trained in the loop, beside what two gains can do:",
     "train --model A2 --starts 0 --iterations 60", "--plot", "arm_train.png"},
    {arm_step_command, "Two links under gravity, moving:", "step --model B --law PDx --act relu --time 3",
     "--animate", "arm_two_links.gif"},
};

/* The words of `text`, which is cut, and the option with its file; argv needs MOST_WORDS places. */
static int split(char *text, const shown *s, char *file, char **argv) {
    int argc = 0;
    char *rest = text, *word;
    while (argc < MOST_WORDS - 3 && (word = strsep(&rest, " ")) != NULL)
        argv[argc++] = word;
    argv[argc++] = (char *)s->file_option;
    argv[argc++] = file;
    argv[argc] = NULL;
    return argc;
}

static int show(const arm_demo *demo, const shown *s) {
    char *argv[MOST_WORDS], *words = strdup(s->words), *file = NULL;
    if (!words || asprintf(&file, "%s/%s", demo->folder, s->file) < 0) {
        free(words);
        return crease_app_fail_text(&demo->app, CREASE_EXIT_INTERNAL, "no memory for a command");
    }
    printf("\n%s\n$ crease arm %s %s %s\n\n", s->what, s->words, s->file_option, file);
    int code = s->run(split(words, s, file, argv), argv);
    if (code == CREASE_EXIT_OK || code == CREASE_EXIT_UNAVAILABLE)
        printf("\n%s %s\n", code == CREASE_EXIT_OK ? "picture:" : "no picture:", file);
    free(words);
    free(file);
    /* what is not installed is said, and the demonstration goes on */
    return code == CREASE_EXIT_UNAVAILABLE ? CREASE_EXIT_OK : code;
}

int arm_demo_commands(const arm_demo *demo) {
    int code = CREASE_EXIT_OK;
    for (size_t i = 0; i < sizeof list / sizeof *list && code == CREASE_EXIT_OK; i++)
        code = show(demo, &list[i]);
    return code;
}
