/* Output goes to unnamed temporary files, so a program can never block on a full pipe; the end is polled for,
 * which keeps time limits and "interrupt once it has said X" in one loop. */
#include "support/run.h"
#include "support/suites.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static FILE *temporary(const char *text) {
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    if (text)
        fputs(text, file);
    rewind(file);
    return file;
}

/* The whole file, whatever the position that the child left it at. */
static char *contents(FILE *file, size_t *size) {
    int descriptor = fileno(file);
    off_t end = lseek(descriptor, 0, SEEK_END);
    ck_assert(end >= 0);
    char *text = malloc((size_t)end + 1);
    ck_assert_ptr_nonnull(text);
    ssize_t got = pread(descriptor, text, (size_t)end, 0);
    ck_assert(got >= 0);
    text[got] = '\0';
    if (size)
        *size = (size_t)got;
    return text;
}

static const char *binary_folder(void) {
    const char *folder = getenv("CREASE_BIN");
    return folder && *folder ? folder : "build/bin";
}

static void put_binaries_on_path(void) {
    const char *path = getenv("PATH");
    char *folder = realpath(binary_folder(), NULL);
    char *joined = NULL;
    if (folder && asprintf(&joined, "%s:%s", folder, path ? path : "/usr/bin:/bin") > 0)
        setenv("PATH", joined, 1);
    free(joined);
    free(folder);
}

static pid_t start(const char *const *argv, FILE *input, FILE *out, FILE *err) {
    pid_t child = fork();
    ck_assert(child >= 0);
    if (child > 0)
        return child;
    setpgid(0, 0);
    put_binaries_on_path();
    if (dup2(fileno(input), 0) < 0 || dup2(fileno(out), 1) < 0 || dup2(fileno(err), 2) < 0)
        _exit(126);
    execvp(argv[0], (char *const *)argv);
    dprintf(2, "cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static bool contains(FILE *file, const char *text) {
    char *all = contents(file, NULL);
    bool found = strstr(all, text) != NULL;
    free(all);
    return found;
}

static int wait_for(pid_t child, const run_options *options, FILE *err, bool *timed_out) {
    double end = now() + (options->timeout > 0 ? options->timeout : 120);
    const char *interrupt_at = options->interrupt_at;
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (interrupt_at && contains(err, interrupt_at)) {
            kill(child, SIGINT);
            interrupt_at = NULL;
        }
        if (now() > end && !*timed_out) {
            *timed_out = true;
            kill(-child, SIGKILL);
            kill(child, SIGKILL);
        }
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

run_result run_program(const run_options *options, const char *const *argv) {
    static const run_options defaults;
    if (!options)
        options = &defaults;
    FILE *input = temporary(options->input), *out = temporary(NULL), *err = temporary(NULL);
    run_result result = {0};
    pid_t child = start(argv, input, out, err);
    result.exit_code = wait_for(child, options, err, &result.timed_out);
    result.out = contents(out, &result.out_size);
    result.err = contents(err, NULL);
    fclose(input);
    fclose(out);
    fclose(err);
    return result;
}

run_result run_shell(const char *format, ...) {
    char *line = NULL;
    va_list list;
    va_start(list, format);
    int length = vasprintf(&line, format, list);
    va_end(list);
    ck_assert(length >= 0);
    run_result result = run_program(NULL, (const char *const[]){"sh", "-c", line, NULL});
    free(line);
    return result;
}

void run_clear(run_result *result) {
    free(result->out);
    free(result->err);
    *result = (run_result){0};
}

void run_must_fail(run_result result, int exit_code, const char *says) {
    ck_assert_msg(result.exit_code == exit_code, "exit %d, not %d: %s", result.exit_code, exit_code,
                  result.err);
    ck_assert_msg(strstr(result.err, says) != NULL, "'%s' is not in: %s", says, result.err);
    ck_assert_str_eq(result.out, "");
    run_clear(&result);
}

void run_help_examples(const char *command, const char *folder, const char *edit) {
    run_result help = run_shell("crease help %s", command);
    size_t ran = 0;
    for (char *line = strtok(help.out, "\n"); line; line = strtok(NULL, "\n")) {
        if (!strstr(line, "build/bin/crease") || test_leaves_out(ran++))
            continue;
        run_result result = run_shell(
            "line=$(printf '%%s' '%s' | sed 's|build/bin/||g; s| build/| %s/|g; %s'); eval \"$line\"", line,
            folder, edit);
        ck_assert_msg(result.exit_code == 0, "%s: exit code %d\n%s", line, result.exit_code, result.err);
        ck_assert_msg(result.out_size > 0 || strstr(line, " -o ") != NULL, "%s: says nothing", line);
        run_clear(&result);
    }
    ck_assert_uint_eq(ran, 3);
    run_clear(&help);
}

json_t *run_json(const run_result *result) {
    json_error_t error;
    json_t *object = json_loadb(result->out, result->out_size, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(json_is_object(object), "standard output is not one JSON object (%s):\n%s\n%s",
                  object ? "another value" : error.text, result->out, result->err);
    return object;
}

double run_json_number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    ck_assert_msg(value != NULL, "no key %s", key);
    ck_assert_msg(json_is_number(value) || json_is_null(value), "%s is not a number", key);
    return json_is_null(value) ? NAN : json_number_value(value);
}

char *run_folder_new(void) {
    char *folder = strdup("/tmp/crease-test-XXXXXX");
    ck_assert_ptr_nonnull(folder);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    return folder;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void run_folder_remove(char *folder) {
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(folder);
}

void run_file_write(const char *folder, const char *name, const char *format, ...) {
    char *path = NULL;
    ck_assert(asprintf(&path, "%s/%s", folder, name) > 0);
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "cannot create %s", path);
    va_list list;
    va_start(list, format);
    vfprintf(file, format, list);
    va_end(list);
    ck_assert_int_eq(fclose(file), 0);
    free(path);
}

json_t *run_json_of(run_result *result) {
    ck_assert_msg(result->exit_code == 0, "exit %d: %s", result->exit_code, result->err);
    json_t *object = run_json(result);
    run_clear(result);
    return object;
}
