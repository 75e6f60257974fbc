/* The script of a picture, in this order: the terminal and the output, the variables, the data blocks,
 * plots/style.gp, plots/FIGURE.gp. It is complete: `gnuplot FILE.gp`, from any folder, draws the picture
 * beside the script.
 *
 * All user text stands in single quotes, where gnuplot neither runs back-ticks nor expands macros, and the
 * terminal is `noenhanced`, so no character is markup. */
#include "io/plot_script.h"
#include <string.h>

/* A figure may ask for a picture of other proportions in its leading comment: "# size: 16 x 14". */
static void figure_size(const char *figure, double *width, double *height) {
    *width = 16;
    *height = 11;
    for (const char *line = figure; line && *line == '#';
         line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        double w, h;
        if (sscanf(line, "# size: %lf x %lf", &w, &h) == 2 && w >= 1 && h >= 1 && w <= 100 && h <= 100) {
            *width = w;
            *height = h;
        }
    }
}

/* Length of the UTF-8 character at p, 0 when there is none (Unicode 15, table 3-7; U+FFFE and U+FFFF are not
 * XML). */
static size_t utf8_length(const unsigned char *p) {
    unsigned char low = 0x80, high = 0xBF;
    size_t length;
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        length = 2;
    else if (p[0] >= 0xE0 && p[0] <= 0xEF)
        length = 3;
    else if (p[0] >= 0xF0 && p[0] <= 0xF4)
        length = 4;
    else
        return 0;
    if (p[0] == 0xE0)
        low = 0xA0;
    if (p[0] == 0xF0)
        low = 0x90;
    if (p[0] == 0xED)
        high = 0x9F;
    if (p[0] == 0xF4)
        high = 0x8F;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if (p[i] < 0x80 || p[i] > 0xBF)
            return 0;
    if (p[0] == 0xEF && p[1] == 0xBF && p[2] >= 0xBE)
        return 0;
    return length;
}

/* gnuplot 5.4 does not read a doubled quote at the beginning of a string, and looks for macros as if quotes
 * inside double quotes counted. So the string ends, an escaped quote is joined to it, and it goes on. */
static void write_quote_mark(FILE *stream) {
    fputs("'.\"\\047\".'", stream);
}

void crease_plot_quote(FILE *stream, const char *text) {
    /* beyond this no label is readable, and gnuplot 5.4 has buffers of about 1000 bytes on the way of some
     * texts */
    enum { LONGEST = 300 };
    const unsigned char *p = (const unsigned char *)text;
    fputc('\'', stream);
    for (size_t count = 0; *p && count < LONGEST; count++) {
        size_t length = utf8_length(p);
        if (length == 0)
            fputc('?', stream);
        else if (*p < 0x20 || *p == 0x7F)
            fputc(' ', stream);
        else if (*p == '\'')
            write_quote_mark(stream);
        else if (strncmp((const char *)p, "]]>", 3) == 0)
            fputs("] ", stream); /* "]]>" is not allowed in XML text, and gnuplot leaves it */
        else
            fwrite(p, 1, length, stream);
        p += length ? length : 1;
    }
    if (*p)
        fputs("...", stream);
    fputc('\'', stream);
}

static void write_terminal(FILE *stream, const crease_plot_target *target, double width, double height) {
    /* one layout for all: 12 point letters on 50 units a step; png at twice that */
    switch (target->kind) {
    case CREASE_PICTURE_PNG:
        fprintf(
            stream,
            "set terminal pngcairo noenhanced size %.0f,%.0f font 'DejaVu Sans,12' fontscale 2 linewidth 2 "
            "pointscale 2 background rgb 'white'\n",
            100 * width, 100 * height);
        break;
    case CREASE_PICTURE_SVG:
    case CREASE_PICTURE_HTML:
        fprintf(
            stream,
            "set terminal svg noenhanced %s size %.0f,%.0f font 'DejaVu Sans,12' background rgb 'white'\n",
            target->kind == CREASE_PICTURE_HTML ? "standalone mouse dynamic" : "fixed", 50 * width,
            50 * height);
        break;
    case CREASE_PICTURE_PDF:
        fprintf(stream, "set terminal pdfcairo noenhanced size %.2fcm,%.2fcm font 'DejaVu Sans,9.5'\n",
                1.25 * width, 1.25 * height);
        break;
    case CREASE_PICTURE_GIF:
        fprintf(
            stream,
            "set terminal gif animate delay 5 loop 0 optimize noenhanced size %.0f,%.0f font 'DejaVuSans,12' "
            "background '#FFFFFF'\n",
            50 * width, 50 * height);
        break;
    case CREASE_PICTURE_TERMINAL:
        fprintf(stream, "set terminal dumb noenhanced size %d,%d %s\n", target->columns, target->rows,
                target->colours ? "ansi256" : "mono");
        break;
    }
}

/* The picture goes beside the script, wherever gnuplot was started. Never a bare name: a leading '|' would be
 * a command and a leading '~' another folder. */
static void write_output(FILE *stream, const char *name) {
    fputs("crease_folder = exists('ARG0') ? ARG0 : ''\n"
          "while (strlen(crease_folder) > 0 && crease_folder[strlen(crease_folder):*] ne '/') "
          "{ crease_folder = crease_folder[1:strlen(crease_folder) - 1] }\n"
          "if (strlen(crease_folder) == 0) { crease_folder = './' }\n"
          "set output crease_folder . '",
          stream);
    for (; *name; name++)
        if (*name == '\'')
            write_quote_mark(stream);
        else
            fputc(*name, stream);
    fputs("'\n", stream);
}

void crease_plot_write_script(FILE *stream, const crease_plot *plot, const crease_plot_target *target) {
    double width, height;
    figure_size(plot->figure, &width, &height);
    if (plot->width > 0) {
        width = plot->width;
        height = plot->height;
    }
    fputs("# Draws the picture beside this file: gnuplot THIS_FILE\n", stream);
    write_terminal(stream, target, width, height);
    write_output(stream, target->name);
    /* the height in lines of text, which plots/style.gp sets the margins by */
    fprintf(stream, "set encoding utf8\ncrease_lines = %.3f\n\n",
            target->kind == CREASE_PICTURE_TERMINAL ? target->rows : 50 * height / 20);
    fflush(plot->variables);
    fwrite(plot->variable_text, 1, plot->variable_size, stream);
    for (size_t i = 0; i < plot->block_count; i++) {
        const crease_plot_block *block = plot->block[i];
        fflush(block->stream);
        fprintf(stream, "\n$%s << EOD\n", block->name);
        fwrite(block->text, 1, block->size, stream);
        fputs("EOD\n", stream);
    }
    fprintf(stream, "\n%s\n%s", plot->style, plot->figure);
    fputs("\nunset output\n", stream);
}
