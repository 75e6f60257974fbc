/* Runs gnuplot on the script of a picture. Both are made in a new folder beside the picture and renamed at
 * the end, so a failure leaves nothing, and the script that is kept is the one that was run. */
#include "io/plot_script.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Paths of one drawing: work/ holds name, script and messages. All owned. */
typedef struct picture_files {
    char *folder;                             /* where the picture goes, with its '/' */
    char *stem;                               /* its name without the ending */
    const char *ending;                       /* ".png" */
    char *work;                               /* the new folder, NULL before it exists */
    char *picture, *script, *messages, *page; /* inside work */
    char *final_picture, *final_script;
} picture_files;

static char *join(const char *a, const char *b, const char *c) {
    char *text = NULL;
    return asprintf(&text, "%s%s%s", a, b, c) < 0 ? NULL : text;
}

static crease_status picture_kind(const char *path, const char **ending, crease_picture *kind,
                                  crease_error *error) {
    static const struct {
        const char *ending;
        crease_picture kind;
    } known[] = {{".png", CREASE_PICTURE_PNG},
                 {".svg", CREASE_PICTURE_SVG},
                 {".pdf", CREASE_PICTURE_PDF},
                 {".html", CREASE_PICTURE_HTML},
                 {".gif", CREASE_PICTURE_GIF}};
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && dot > name && i < sizeof known / sizeof known[0]; i++)
        if (strcasecmp(dot, known[i].ending) == 0 && !strchr(path, '\n') && !strchr(path, '\r')) {
            *ending = dot;
            *kind = known[i].kind;
            return CREASE_OK;
        }
    return crease_fail(
        error, CREASE_BAD_ARGUMENT,
        "cannot draw '%.200s': a picture is FILE.png, FILE.svg, FILE.pdf, FILE.html, FILE.gif or - for "
        "the terminal",
        path);
}

static void drawing_clear(picture_files *drawing) {
    char *made[] = {drawing->picture, drawing->script, drawing->messages, drawing->page};
    for (size_t i = 0; drawing->work && i < sizeof made / sizeof made[0]; i++)
        if (made[i])
            unlink(made[i]);
    if (drawing->work)
        rmdir(drawing->work);
    free(drawing->folder);
    free(drawing->stem);
    free(drawing->work);
    free(drawing->picture);
    free(drawing->script);
    free(drawing->messages);
    free(drawing->page);
    free(drawing->final_picture);
    free(drawing->final_script);
}

static crease_status drawing_new(picture_files *drawing, const char *path, const char *ending,
                                 crease_error *error) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    drawing->ending = ending;
    drawing->folder = slash ? strndup(path, (size_t)(name - path)) : strdup("./");
    drawing->stem = strndup(name, (size_t)(ending - name));
    if (!drawing->folder || !drawing->stem)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a picture");
    char *work = join(drawing->folder, ".crease-plot-XXXXXX", "");
    if (work && !mkdtemp(work)) {
        int reason = errno;
        free(work);
        return crease_fail(error, CREASE_CANNOT_WRITE, "cannot write '%.200s': %s", path, strerror(reason));
    }
    drawing->work = work;
    char *inside = work ? join(work, "/", drawing->stem) : NULL;
    if (inside) {
        drawing->picture = join(inside, ending, "");
        drawing->script = join(inside, ".gp", "");
        drawing->messages = join(work, "/messages", "");
        drawing->page = join(work, "/page", "");
    }
    free(inside);
    drawing->final_picture = strdup(path);
    drawing->final_script = join(drawing->folder, drawing->stem, ".gp");
    if (!drawing->picture || !drawing->script || !drawing->messages || !drawing->page ||
        !drawing->final_picture || !drawing->final_script)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a picture");
    return CREASE_OK;
}

static crease_status write_script(const picture_files *drawing, const crease_plot *plot,
                                  const crease_plot_target *target, crease_error *error) {
    FILE *stream = fopen(drawing->script, "w");
    if (!stream)
        return crease_fail(error, CREASE_CANNOT_WRITE, "cannot write '%.200s': %s", drawing->final_script,
                           strerror(errno));
    crease_plot_write_script(stream, plot, target);
    bool failed = ferror(stream) != 0;
    if (fclose(stream) || failed)
        return crease_fail(error, CREASE_CANNOT_WRITE, "cannot write '%.200s': %s", drawing->final_script,
                           strerror(errno));
    return CREASE_OK;
}

/* The sentence among gnuplot's messages: the last line that is not blank or a caret. */
static void last_message(const char *path, char *text, size_t size) {
    char line[256];
    FILE *stream = fopen(path, "r");
    snprintf(text, size, "no message");
    while (stream && fgets(line, sizeof line, stream)) {
        line[strcspn(line, "\r\n")] = '\0';
        const char *start = line + strspn(line, " \t^");
        if (*start)
            snprintf(text, size, "%s", start);
    }
    if (stream)
        fclose(stream);
}

static crease_status run_gnuplot(const picture_files *drawing, crease_error *error) {
    crease_status status = CREASE_OK;
    char *argv[] = {(char[]){"gnuplot"}, (char[]){"-d"}, drawing->script, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t child;
    int state = 0;
    if (posix_spawnattr_init(&attributes))
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a picture");
    if (posix_spawn_file_actions_init(&actions)) {
        posix_spawnattr_destroy(&attributes);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a picture");
    }
    /* in a process group of its own: Ctrl-C in the terminal is for the program, not for its picture */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, drawing->messages, O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    int failed = posix_spawnp(&child, "gnuplot", &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed == ENOENT || failed == EACCES)
        return crease_fail(
            error, CREASE_UNAVAILABLE,
            "gnuplot, which draws the pictures, is not installed: apt-get install gnuplot-nox");
    if (failed)
        return crease_fail(error, CREASE_UNAVAILABLE, "cannot start gnuplot: %s", strerror(failed));
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR)
            return crease_fail(error, CREASE_INTERNAL, "lost sight of gnuplot: %s", strerror(errno));
    struct stat picture;
    bool drawn = stat(drawing->picture, &picture) == 0 && picture.st_size > 0;
    if (!WIFEXITED(state) || WEXITSTATUS(state) != 0 || !drawn) {
        char message[256];
        last_message(drawing->messages, message, sizeof message);
        status = crease_fail(error, CREASE_INTERNAL, "gnuplot could not draw '%.150s': %s",
                             drawing->final_picture, message);
    }
    return status;
}

/* gnuplot's standalone SVG, which carries its program for hiding curves and reading off values, in a page around it. The
 * program knows the axes of one panel: in a picture of several, whose parts it names 1a, 1b, .., what it reads off would be
 * wrong in all others, and is hidden. */
static crease_status make_page(const picture_files *drawing, crease_error *error) {
    crease_status status = CREASE_OK;
    char *line = NULL;
    size_t size = 0;
    bool begun = false, several = false;
    FILE *in = fopen(drawing->picture, "r");
    FILE *out = fopen(drawing->page, "w");
    if (in && out) {
        fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>crease</title>\n"
              "<style>body { margin: 0 } svg { display: block; margin: auto; max-width: 100%; max-height: "
              "100vh }"
              "</style>\n</head>\n<body>\n",
              out);
        while (getline(&line, &size, in) >= 0) {
            begun = begun || strncmp(line, "<svg", 4) == 0; /* leaves out the XML declaration */
            if (begun)
                fputs(line, out);
            several = several || strstr(line, "id=\"gnuplot_plot_1b\"");
        }
        if (several)
            fputs("<style>#coord_text { display: none }</style>\n", out);
        fputs("</body>\n</html>\n", out);
    }
    bool failed = !in || !out || !begun || ferror(in) || ferror(out);
    free(line);
    if (in)
        fclose(in);
    if (out && fclose(out))
        failed = true;
    if (failed || rename(drawing->page, drawing->picture))
        status = crease_fail(error, CREASE_CANNOT_WRITE, "cannot write '%.200s': %s", drawing->final_picture,
                             strerror(errno));
    return status;
}

static crease_status keep(const picture_files *drawing, crease_error *error) {
    const char *from[] = {drawing->picture, drawing->script};
    const char *to[] = {drawing->final_picture, drawing->final_script};
    for (size_t i = 0; i < 2; i++)
        if (rename(from[i], to[i]))
            return crease_fail(error, CREASE_CANNOT_WRITE, "cannot write '%.200s': %s", to[i],
                               strerror(errno));
    return CREASE_OK;
}

/* Copies the characters, without the form feed that gnuplot sets in front of a page. */
static crease_status copy_to_terminal(FILE *in, crease_error *error) {
    int c;
    while ((c = getc(in)) != EOF)
        if (c != '\f')
            putchar(c);
    if (ferror(in) || fflush(stdout) || ferror(stdout))
        return crease_fail(error, CREASE_CANNOT_WRITE, "cannot write to standard output: %s",
                           strerror(errno));
    return CREASE_OK;
}

static void terminal_size(crease_plot_target *target) {
    struct winsize size;
    const char *no_colour = getenv("NO_COLOR");
    target->columns = 80;
    target->rows = 24;
    if (!isatty(STDOUT_FILENO))
        return;
    target->colours = !(no_colour && *no_colour);
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 && size.ws_row >= 12) {
        target->columns = size.ws_col;
        target->rows = size.ws_row - 1; /* the prompt takes one */
    }
}

static crease_status draw_in_terminal(const crease_plot *plot, crease_error *error) {
    picture_files drawing = {0};
    crease_plot_target target = {.kind = CREASE_PICTURE_TERMINAL, .name = "picture.txt"};
    const char *folder = getenv("TMPDIR");
    char *path = join(folder && *folder ? folder : "/tmp", "/", target.name);
    crease_status status = path ? drawing_new(&drawing, path, strrchr(path, '.'), error)
                                : crease_fail(error, CREASE_NO_MEMORY, "no memory for a picture");
    terminal_size(&target);
    if (!status)
        status = write_script(&drawing, plot, &target, error);
    if (!status)
        status = run_gnuplot(&drawing, error);
    FILE *in = status ? NULL : fopen(drawing.picture, "r");
    if (!status && !in)
        status = crease_fail(error, CREASE_INTERNAL, "cannot read what gnuplot drew: %s", strerror(errno));
    drawing_clear(&drawing); /* before writing: a closed pipe ends the program there */
    if (!status)
        status = copy_to_terminal(in, error);
    if (in)
        fclose(in);
    free(path);
    return status;
}

crease_status crease_plot_draw(const crease_plot *plot, const char *path, crease_error *error) {
    picture_files drawing = {0};
    crease_plot_target target = {0};
    const char *ending = NULL;
    if (strcmp(path, "-") == 0)
        return draw_in_terminal(plot, error);
    crease_status status = picture_kind(path, &ending, &target.kind, error);
    if (!status)
        status = drawing_new(&drawing, path, ending, error);
    if (!status) {
        const char *slash = strrchr(path, '/');
        target.name = slash ? slash + 1 : path;
        status = write_script(&drawing, plot, &target, error);
    }
    if (!status)
        status = run_gnuplot(&drawing, error);
    if (!status && target.kind == CREASE_PICTURE_HTML)
        status = make_page(&drawing, error);
    if (!status)
        status = keep(&drawing, error);
    drawing_clear(&drawing);
    return status;
}
