/* Pictures through gnuplot: the library writes one self-contained script with its data, runs it, and keeps it beside
 * the picture. Figures are the files of plots/, built into the library. */
#ifndef CREASE_PLOT_H
#define CREASE_PLOT_H

#include "crease/status.h"
#include <stddef.h>

typedef struct crease_plot crease_plot;

/* `figure`: the name of a file in plots/ without .gp. BAD_ARGUMENT for an unknown one. */
crease_status crease_plot_new(const char *figure, crease_plot **plot, crease_error *error);
void crease_plot_free(crease_plot *plot);

/* A gnuplot string or number variable that the figure uses. Text is quoted safely: nothing in it is ever run, and
 * no character of it is markup. */
crease_status crease_plot_set_text(crease_plot *plot, const char *variable, const char *text,
                                   crease_error *error);
crease_status crease_plot_set_number(crease_plot *plot, const char *variable, double value,
                                     crease_error *error);

/* Other proportions than the figure's own, in its steps of 50 points: text keeps its size. Both from 1 to 100. */
crease_status crease_plot_set_size(crease_plot *plot, double width, double height, crease_error *error);

/* A data block $name: `rows` lines of `columns` numbers from `columns` arrays; NaN is written as a missing value.
 * Several calls with one name append to it after two blank lines, so the parts are gnuplot's index 0, 1, ... */
crease_status crease_plot_add_data(crease_plot *plot, const char *name, size_t rows, size_t columns,
                                   const double *const *column, crease_error *error);

/* Draws to path: the ending chooses png, svg, pdf, html or gif (a moving picture, each plot of the figure a frame of a
 * twentieth of a second); "-" draws with characters on standard output, at the
 * terminal's size (80 x 24 when it is none). The script stays beside the picture as the path with .gp for its
 * ending. UNAVAILABLE, naming the package, without gnuplot. */
crease_status crease_plot_draw(const crease_plot *plot, const char *path, crease_error *error);

#endif
