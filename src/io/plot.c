/* The parts of a picture: a figure, its variables and its data blocks, kept as gnuplot text until it is
 * drawn. */
#include "crease/plot.h"
#include "io/plot_script.h"
#include "io/plot_scripts.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *script_text(const char *name) {
    for (const crease_plot_script *script = crease_plot_scripts; script->name; script++)
        if (strcmp(script->name, name) == 0)
            return script->text;
    return NULL;
}

/* A name that gnuplot cannot take for anything but a variable. */
static crease_status check_name(const char *name, crease_error *error) {
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    if (length == 0 || name[length] != '\0' || isdigit((unsigned char)name[0]) || length > 60)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "'%.80s' is no name for a plot variable: use letters, digits and _", name);
    return CREASE_OK;
}

static crease_status no_memory(crease_error *error) {
    return crease_fail(error, CREASE_NO_MEMORY, "no memory for the data of a picture");
}

static crease_plot_block *find_block(const crease_plot *plot, const char *name) {
    for (size_t i = 0; i < plot->block_count; i++)
        if (strcmp(plot->block[i]->name, name) == 0)
            return plot->block[i];
    return NULL;
}

static void block_free(crease_plot_block *block) {
    if (!block)
        return;
    if (block->stream)
        fclose(block->stream);
    free(block->text);
    free(block->name);
    free(block);
}

static crease_plot_block *append_block(crease_plot *plot, const char *name) {
    crease_plot_block **grown = realloc(plot->block, (plot->block_count + 1) * sizeof(crease_plot_block *));
    if (!grown)
        return NULL;
    plot->block = grown;
    crease_plot_block *block = calloc(1, sizeof *block);
    if (block) {
        block->name = strdup(name);
        block->stream = open_memstream(&block->text, &block->size);
    }
    if (!block || !block->name || !block->stream) {
        block_free(block);
        return NULL;
    }
    grown[plot->block_count++] = block;
    return block;
}

static void write_number(FILE *stream, double value, const char *format) {
    if (isfinite(value))
        fprintf(stream, format, value);
    else
        fputs("NaN", stream);
}

crease_status crease_plot_new(const char *figure, crease_plot **plot, crease_error *error) {
    *plot = NULL;
    const char *style = script_text("style"), *text = script_text(figure);
    if (!text || !style || strcmp(figure, "style") == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "there is no figure '%.80s' in plots/", figure);
    crease_plot *made = calloc(1, sizeof *made);
    if (!made)
        return no_memory(error);
    made->style = style;
    made->figure = text;
    made->variables = open_memstream(&made->variable_text, &made->variable_size);
    if (!made->variables) {
        crease_plot_free(made);
        return no_memory(error);
    }
    *plot = made;
    return CREASE_OK;
}

void crease_plot_free(crease_plot *plot) {
    if (!plot)
        return;
    for (size_t i = 0; i < plot->block_count; i++)
        block_free(plot->block[i]);
    free(plot->block);
    if (plot->variables)
        fclose(plot->variables);
    free(plot->variable_text);
    free(plot);
}

crease_status crease_plot_set_text(crease_plot *plot, const char *variable, const char *text,
                                   crease_error *error) {
    crease_status status = check_name(variable, error);
    if (status)
        return status;
    fprintf(plot->variables, "%s = ", variable);
    crease_plot_quote(plot->variables, text);
    fputc('\n', plot->variables);
    return ferror(plot->variables) ? no_memory(error) : CREASE_OK;
}

crease_status crease_plot_set_number(crease_plot *plot, const char *variable, double value,
                                     crease_error *error) {
    crease_status status = check_name(variable, error);
    if (status)
        return status;
    /* always a real number: in gnuplot 1/2 is 0, 1.0/2 is not */
    fprintf(plot->variables, "%s = 1.0 * ", variable);
    write_number(plot->variables, value, "%.17g");
    fputc('\n', plot->variables);
    return ferror(plot->variables) ? no_memory(error) : CREASE_OK;
}

crease_status crease_plot_set_size(crease_plot *plot, double width, double height, crease_error *error) {
    if (!(width >= 1 && width <= 100 && height >= 1 && height <= 100))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a picture of %g x %g has no place: both from 1 to 100", width, height);
    plot->width = width;
    plot->height = height;
    return CREASE_OK;
}

crease_status crease_plot_add_data(crease_plot *plot, const char *name, size_t rows, size_t columns,
                                   const double *const *column, crease_error *error) {
    crease_status status = check_name(name, error);
    if (status)
        return status;
    if (columns == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "data block '%s' has no column", name);
    crease_plot_block *block = find_block(plot, name);
    if (block)
        fputs("\n\n", block->stream);
    else
        block = append_block(plot, name);
    if (!block)
        return no_memory(error);
    /* a part without rows still counts as one: gnuplot would otherwise shift the indices behind it */
    for (size_t c = 0; rows == 0 && c < columns; c++)
        fputs(c + 1 < columns ? "NaN " : "NaN\n", block->stream);
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < columns; c++) {
            write_number(block->stream, column[c][i], "%.12g");
            fputc(c + 1 < columns ? ' ' : '\n', block->stream);
        }
    return ferror(block->stream) ? no_memory(error) : CREASE_OK;
}
