/* VNN-LIB files: see vnnlib_parts.h for the steps. */
#include "crease/vnnlib.h"
#include "base/input.h"
#include "io/vnnlib_parts.h"
#include <stdlib.h>
#include <string.h>

static void clear_text(vnnlib_text *text) {
    for (size_t i = 0; i < text->number_count; i++)
        crease_number_clear(&text->number[i]);
    free(text->number);
    free(text->formula);
    free(text->declared);
}

crease_status crease_vnnlib_read(FILE *file, const char *source, size_t inputs, size_t outputs,
                                 crease_specification **specification, crease_error *error) {
    *specification = NULL;
    if (inputs == 0 || outputs == 0 || inputs > SIZE_MAX - outputs)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a specification has at least one input and one output");
    vnnlib_scanner scanner = {
        .file = file, .source = crease_input_shown(source), .error = error, .at = {1, 1}};
    vnnlib_text text = {.inputs = inputs, .outputs = outputs, .assertion = VNNLIB_NONE};
    crease_status status = CREASE_OK;
    crease_specification *made = calloc(1, sizeof *made);
    text.declared = calloc(inputs + outputs, sizeof *text.declared);
    if (!made || !text.declared) {
        status = crease_fail(error, CREASE_NO_MEMORY, "%s: not enough memory to read it", scanner.source);
        goto done;
    }
    *made = (crease_specification){.inputs = inputs, .outputs = outputs};
    status = crease_vnnlib_parse(&scanner, &text);
    if (!status)
        status = crease_vnnlib_expand(&scanner, &text, made);
    if (!status) {
        *specification = made;
        made = NULL;
    }
done:
    crease_specification_free(made);
    clear_text(&text);
    free(scanner.word);
    return status;
}

crease_status crease_vnnlib_load(const char *path, size_t inputs, size_t outputs,
                                 crease_specification **specification, crease_error *error) {
    *specification = NULL;
    if (strcmp(path, "-") == 0)
        return crease_vnnlib_read(stdin, "standard input", inputs, outputs, specification, error);
    FILE *file;
    crease_status status = crease_input_open(path, &file, error);
    if (status)
        return status;
    status = crease_vnnlib_read(file, path, inputs, outputs, specification, error);
    fclose(file);
    return status;
}
