/* The scripts of plots/, generated at build time; ends with a row of NULL names. */
#ifndef CREASE_PLOT_SCRIPTS_H
#define CREASE_PLOT_SCRIPTS_H

typedef struct crease_plot_script {
    const char *name, *text;
} crease_plot_script;

extern const crease_plot_script crease_plot_scripts[];

#endif
