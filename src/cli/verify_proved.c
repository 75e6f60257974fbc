/* What was proved of a network: the text of the specification is what the checker is given, and the proof file's
 * fingerprint is taken before and after, so that both are what the exported file says. */
#include "proved.h"
#include <stdlib.h>
#include <string.h>

static int read_text(const crease_app *app, const char *path, char **text, size_t *size) {
    size_t room = 0;
    FILE *file = fopen(path, "re"), *copy = open_memstream(text, size);
    char part[4096];
    enum { most = 1 << 24 };
    int code = 0;
    if (!file || !copy)
        code = crease_app_fail_text(app, CREASE_EXIT_NO_INPUT, "%s: it cannot be read", path);
    for (size_t count; code == 0 && (count = fread(part, 1, sizeof part, file)) > 0; room += count)
        if (room > most || memchr(part, 0, count))
            code = crease_app_fail_text(app, CREASE_EXIT_DATA, "%s: no text, or more of it than %d bytes",
                                        path, most);
        else
            fwrite(part, 1, count, copy);
    if (file)
        fclose(file);
    if (copy && fclose(copy) != 0 && code == 0)
        code = crease_app_fail_text(app, CREASE_EXIT_INTERNAL, "out of memory for %s", path);
    return code;
}

static crease_status parse(const crease_net *net, const char *path, char *text, size_t size,
                           crease_specification **specification, crease_error *error) {
    FILE *file =
        fmemopen(text, size ? size : 1, "r"); /* an empty text is a 0, which is no specification either */
    if (!file)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %s", path);
    crease_status status = crease_vnnlib_read(file, path, net->inputs, net->outputs, specification, error);
    fclose(file);
    return status;
}

static bool interrupted(void *context) {
    return crease_app_interrupted(context);
}

int proved_read(const crease_app *app, const crease_net *net, const char *specification, const char *proof,
                proved *result) {
    crease_specification *made = NULL;
    crease_proof_check check = {0};
    crease_error error;
    char before[CREASE_DIGEST_SIZE];
    size_t size = 0;
    int code = read_text(app, specification, &result->statement, &size);
    if (code)
        return code;
    crease_status status = parse(net, specification, result->statement, size, &made, &error);
    if (status == CREASE_OK)
        status = crease_digest_file(proof, before, &error);
    crease_app_catch_interrupt();
    if (status == CREASE_OK)
        status = crease_proof_check_file(net, made, proof, interrupted, NULL, &check, &error);
    if (status == CREASE_OK)
        status = crease_digest_file(proof, result->digest, &error);
    if (status != CREASE_OK)
        code = crease_app_fail(app, &error);
    else if (crease_app_interrupted(NULL))
        code = crease_app_fail_text(app, CREASE_EXIT_INTERRUPTED, "interrupted while the proof was checked");
    else if (!check.accepted)
        code = crease_app_fail_text(app, CREASE_EXIT_DATA, "%s:%zu: this proof does not hold: %s", proof,
                                    check.line, check.why);
    else if (strcmp(before, result->digest) != 0)
        code = crease_app_fail_text(app, CREASE_EXIT_DATA, "%s: it changed while it was checked", proof);
    result->leaves = check.leaves;
    crease_specification_free(made);
    return code;
}
