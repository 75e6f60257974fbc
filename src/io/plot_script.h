/* The gnuplot script of one picture: what src/io/plot*.c share. */
#ifndef CREASE_PLOT_SCRIPT_H
#define CREASE_PLOT_SCRIPT_H

#include "crease/plot.h"
#include <stdio.h>

typedef struct crease_plot_block {
    char *name;
    FILE *stream; /* a memory stream over text, open for more parts */
    char *text;
    size_t size;
} crease_plot_block;

struct crease_plot {
    const char *style, *figure; /* static texts of plots/style.gp and plots/FIGURE.gp */
    double width, height;       /* asked for by the program; 0: the figure's own */
    FILE *variables;            /* a memory stream over variable_text */
    char *variable_text;
    size_t variable_size;
    crease_plot_block **block; /* each on its own: a memory stream keeps the address of its text */
    size_t block_count;
};

typedef enum crease_picture {
    CREASE_PICTURE_PNG = 0,
    CREASE_PICTURE_SVG,
    CREASE_PICTURE_PDF,
    CREASE_PICTURE_HTML,
    CREASE_PICTURE_GIF, /* each plot of the figure is a frame, twenty a second */
    CREASE_PICTURE_TERMINAL
} crease_picture;

typedef struct crease_plot_target {
    crease_picture kind;
    const char *name;  /* of the picture, without a folder: it lies beside the script */
    int columns, rows; /* of the terminal */
    int colours;       /* the terminal shows ANSI colours */
} crease_plot_target;

/* Writes text in single quotes: quotes escaped, control characters and line ends as blanks, what is not UTF-8
 * as
 * '?', so that gnuplot takes every character as itself and an SVG stays well formed. */
void crease_plot_quote(FILE *stream, const char *text);

/* Writes the whole script; errors show in ferror(stream). */
void crease_plot_write_script(FILE *stream, const crease_plot *plot, const crease_plot_target *target);

#endif
