/* Options of every command through argp, with two things that argp has not: --help opens with examples, and
 * an unknown option is answered with the one that was meant. For the latter the arguments are looked through
 * once before argp sees them, by the rules of getopt_long: "--" ends the options, "--opt=value", unambiguous
 * prefixes, and values in the next argument. */
#include "crease/app.h"
#include "crease/crease.h"
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KEY_JSON = 2000, KEY_SEED, KEY_THREADS, KEY_PLOT, KEY_HELP, KEY_USAGE, KEY_VERSION };

static const struct argp_option shared_options[] = {
    {0, 0, 0, 0, "Of every command:", 90},
    {"json", KEY_JSON, 0, 0, "print one JSON object", 0},
    {"plot", KEY_PLOT, "FILE", 0,
     "draw FILE.png, .svg, .pdf or .html and keep FILE.gp beside it; - draws in the terminal", 0},
    {"seed", KEY_SEED, "N", 0, "of all random numbers (1)", 0},
    {"threads", KEY_THREADS, "N", 0, "number of threads (all cores); the digits do not depend on it", 0},
    {"quiet", 'q', 0, 0, "no remarks, no progress", 0},
    {"verbose", 'v', 0, 0, "more remarks", 0},
    {"help", KEY_HELP, 0, 0, "examples and options", 0},
    {"usage", KEY_USAGE, 0, 0, "the options in short", -1},
    {"version", KEY_VERSION, 0, 0, "print the version", 0},
    {0}};

/* What the shared parser needs at hand. */
typedef struct parsing {
    crease_app *app;
    const struct argp *root;
    void *input;
} parsing;

typedef struct known_option {
    const char *name; /* NULL: short only */
    int key;
    bool takes_value; /* in the next argument when not in this one */
} known_option;

typedef struct known_options {
    known_option *option;
    size_t count;
} known_options;

static uint64_t parse_seed(const crease_app *app, const char *text) {
    char *end = NULL;
    errno = 0;
    unsigned long long value = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
    if (!end || *end || errno == ERANGE || value > INT64_MAX) /* JSON integers are signed */
        crease_app_usage_error(app, "--seed takes a whole number from 0 to 2^63 - 1, not '%s'", text);
    return value;
}

static _Noreturn void leave(const crease_app *app) {
    exit(crease_app_end(app));
}

static _Noreturn void print_help(const parsing *context, unsigned flags) {
    const crease_app *app = context->app;
    if (app->examples && flags != ARGP_HELP_USAGE)
        printf("Examples:\n%s%s\n", app->examples,
               app->examples[strlen(app->examples) - 1] == '\n' ? "" : "\n");
    char *name = strdup(app->name);
    if (name)
        argp_help(context->root, stdout, flags, name);
    free(name);
    leave(app);
}

static error_t parse_shared(int key, char *argument, struct argp_state *state) {
    parsing *context = state->input;
    crease_app *app = context->app;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = context->input;
        return 0;
    case KEY_JSON:
        app->json = true;
        return 0;
    case KEY_PLOT:
        app->plot = argument;
        return 0;
    case KEY_SEED:
        app->seed = parse_seed(app, argument);
        return 0;
    case KEY_THREADS:
        app->threads = crease_app_count(app, "--threads", argument, 1);
        return 0;
    case 'q':
        app->quiet = true;
        return 0;
    case 'v':
        app->verbose = true;
        return 0;
    case KEY_HELP:
        print_help(context, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC);
    case KEY_USAGE:
        print_help(context, ARGP_HELP_USAGE);
    case KEY_VERSION:
        printf("crease %s\n", CREASE_VERSION);
        leave(app);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static size_t count_options(const struct argp *argp) {
    size_t count = 0;
    for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc || o->group); o++)
        count++;
    for (const struct argp_child *child = argp->children; child && child->argp; child++)
        count += count_options(child->argp);
    return count;
}

static void collect_options(const struct argp *argp, known_options *known) {
    bool takes_value = false;
    for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc || o->group); o++) {
        if (!o->name && !o->key) /* a heading */
            continue;
        if (!(o->flags & OPTION_ALIAS)) /* an alias takes what the option before it takes */
            takes_value = o->arg && !(o->flags & OPTION_ARG_OPTIONAL);
        if (!(o->flags & OPTION_DOC))
            known->option[known->count++] = (known_option){o->name, o->key, takes_value};
    }
    for (const struct argp_child *child = argp->children; child && child->argp; child++)
        collect_options(child->argp, known);
}

static const known_option *find_short(const known_options *known, int key) {
    for (size_t i = 0; i < known->count; i++)
        if (known->option[i].key == key)
            return &known->option[i];
    return NULL;
}

/* The option that `name` (length bytes) is, or begins; NULL when it begins none. */
static const known_option *find_long(const known_options *known, const char *name, size_t length) {
    const known_option *begun = NULL;
    for (size_t i = 0; i < known->count; i++) {
        const char *candidate = known->option[i].name;
        if (!candidate || strncmp(candidate, name, length) != 0)
            continue;
        if (candidate[length] == '\0')
            return &known->option[i];
        begun = &known->option[i];
    }
    return begun;
}

static _Noreturn void unknown_long(const crease_app *app, const known_options *known, const char *name,
                                   size_t length) {
    char *word = strndup(name, length);
    const char **names = calloc(known->count + 1, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; names && i < known->count; i++)
        if (known->option[i].name)
            names[count++] = known->option[i].name;
    const char *meant = word && names ? crease_app_did_you_mean(word, names, count) : NULL;
    free(names);
    free(word);
    if (meant)
        crease_app_usage_error(app, "unknown option --%.*s; did you mean --%s?", (int)length, name, meant);
    crease_app_usage_error(app, "unknown option --%.*s", (int)length, name);
}

/* True when the cluster of short options "-abc" ends in one whose value is the next argument. */
static bool short_takes_next(const known_options *known, const char *letters) {
    for (; *letters; letters++) {
        const known_option *option = find_short(known, (unsigned char)*letters);
        if (!option)
            return false;
        if (option->takes_value)
            return letters[1] == '\0';
    }
    return false;
}

static void refuse_unknown_options(const crease_app *app, const struct argp *root, int argc, char **argv) {
    known_options known = {.option = calloc(count_options(root) + 1, sizeof *known.option)};
    if (!known.option)
        exit(crease_app_fail_text(app, CREASE_EXIT_INTERNAL, "out of memory"));
    collect_options(root, &known);
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *text = argv[i];
        if (text[0] != '-' || text[1] == '\0')
            continue;
        if (text[1] != '-') {
            i += short_takes_next(&known, text + 1);
            continue;
        }
        size_t length = strcspn(text + 2, "=");
        const known_option *option = find_long(&known, text + 2, length);
        if (!option)
            unknown_long(app, &known, text + 2, length);
        i += option->takes_value && text[2 + length] == '\0';
    }
    free(known.option);
}

/* Known before the work, not after it. */
static void check_plot_name(const crease_app *app) {
    static const char *const endings[] = {".png", ".svg", ".pdf", ".html"};
    if (strcmp(app->plot, "-") == 0)
        return;
    const char *ending = strrchr(app->plot, '.');
    for (size_t i = 0; ending && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(ending, endings[i]) == 0)
            return;
    crease_app_usage_error(app, "--plot takes a file that ends in .png, .svg, .pdf or .html, or -, not '%s'",
                           app->plot);
}

void crease_app_parse(crease_app *app, const struct argp *argp, int argc, char **argv, void *input) {
    crease_init();
    setlocale(LC_NUMERIC, "C");
    signal(SIGPIPE,
           SIG_DFL); /* a closed pipe ends the program quietly, even under a parent that ignores it */
    argp_err_exit_status = CREASE_EXIT_USAGE;
    app->seed = 1;

    struct argp command = *argp;
    command.args_doc = command.doc = NULL; /* they stand in the root, once */
    const struct argp_child children[] = {{&command, 0, NULL, 0}, {0}};
    const struct argp root = {.options = shared_options,
                              .parser = parse_shared,
                              .args_doc = argp->args_doc,
                              .doc = argp->doc,
                              .children = children};
    parsing context = {app, &root, input};
    refuse_unknown_options(app, &root, argc, argv);

    char *given = argc > 0 ? argv[0] : NULL;
    char *name = strdup(app->name); /* argp names messages after argv[0] */
    if (argc > 0 && name)
        argv[0] = name;
    error_t failure = argp_parse(&root, argc, argv, ARGP_NO_HELP, NULL, &context);
    if (argc > 0)
        argv[0] = given;
    free(name);
    if (failure)
        exit(crease_app_fail_text(app, CREASE_EXIT_INTERNAL, "cannot read the options: %s",
                                  strerror(failure)));
    if (app->plot)
        check_plot_name(app);
    if (app->json && app->plot && strcmp(app->plot, "-") == 0)
        crease_app_usage_error(app, "--json and --plot - both write to standard output; give --plot a file");
}
