/* Labs: a sentence that is said of ReLU, an experiment, a verdict. One file a lab; a new one is a copy of another
 * file and a line in list.h.
 *
 * A lab's function reads its knobs, measures, and records what it found: numbers with intervals, at most one table, the
 * curves of a picture, and a verdict that it computes from the numbers. When the run is `falsified` the lab puts a
 * wrong claim, wrong weights or the like in place of the right ones, as its `control` says; the verdict has to
 * change then, or it did not depend on the measurement. Recording functions do not fail: without memory the run as a
 * whole fails afterwards. Text is copied, and may be put together with printf formats where it says so. */
#ifndef LABS_LAB_H
#define LABS_LAB_H

#include "crease/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum lab_verdict { LAB_CONFIRMED = 0, LAB_CONFIRMED_WITH_LIMITS, LAB_REFUTED } lab_verdict;

/* "confirmed", "confirmed with limits", "refuted as stated" */
const char *lab_verdict_name(lab_verdict verdict);

/* The option --NAME. */
typedef struct lab_knob {
    const char *name;
    double value, least, most; /* at first, and what it may be */
    bool whole;                /* a count */
    const char *what;
} lab_knob;

enum { LAB_KNOBS = 6, LAB_PANELS = 4 };

typedef struct lab_run lab_run;

typedef struct lab_experiment {
    const char *name, *claim;
    const char *control;      /* how the claim is falsified on purpose */
    lab_knob knob[LAB_KNOBS]; /* those with a name */
    crease_status (*run)(lab_run *run, crease_error *error);
} lab_experiment;

/* How many there are in the list. Lab `index` of it; NULL after the last. And by name; NULL for an unknown one. */
size_t lab_total(void);
const lab_experiment *lab_at(size_t index);
const lab_experiment *lab_find(const char *name);

/* ---- running one ---- */

typedef struct lab_setup {
    double knob[LAB_KNOBS];
    uint64_t seed;
    size_t threads; /* 0: all cores; the digits do not depend on it */
    bool falsified;
    bool (*interrupted)(void *context); /* may be NULL */
    void *interrupted_context;
} lab_setup;

/* The knobs at their first values, seed 1. */
lab_setup lab_setup_default(const lab_experiment *lab);
/* BAD_ARGUMENT for a knob outside its range. Interrupted: OK, with lab_run_concluded false. The run is the caller's. */
crease_status lab_perform(const lab_experiment *lab, const lab_setup *setup, lab_run **run,
                          crease_error *error);
void lab_run_free(lab_run *run);

/* ---- what a lab asks ---- */

double lab_number(const lab_run *run, const char *knob);
size_t lab_count(const lab_run *run, const char *knob);
uint64_t lab_seed(const lab_run *run);
int lab_threads(const lab_run *run); /* for num_threads() */
bool lab_falsified(const lab_run *run);
bool lab_interrupted(const lab_run *run); /* then return CREASE_OK without a conclusion */

/* Calls `one` for i = 0 .. count - 1 on all threads, in any order: what it writes has to be of its own i. Interrupted: those
 * not begun are left out. Returns the status of the least i that failed, with its message. */
typedef crease_status lab_task(const lab_run *run, size_t i, void *context, crease_error *error);
crease_status lab_each(const lab_run *run, size_t count, lab_task *one, void *context, crease_error *error);

/* ---- what a lab records ---- */

/* A number with its 95 % interval; low and high NaN: no chance enters. */
typedef struct lab_estimate {
    double value, low, high;
} lab_estimate;

lab_estimate lab_exact(double value);
/* Mean of n values with Student's interval; NaN bounds for n < 2. */
lab_estimate lab_mean(size_t n, const double *value);
/* Median with the interval between order statistics (binomial, exact); infinite bounds where n is too small. */
lab_estimate lab_median(size_t n, const double *value);
/* hits / n with the exact interval of Clopper & Pearson (1934); NaN for n = 0. */
lab_estimate lab_share(size_t hits, size_t n);

/* name: a JSON key; what: in words, with its unit. expected: by theory, or what the claim says; NaN: nothing. The first
 * one recorded is the headline. */
void lab_measure(lab_run *run, const char *name, const char *what, lab_estimate estimate, double expected);

/* A table, filled row by row. */
void lab_table(lab_run *run, const char *title, size_t columns, const char *const *column);
void lab_cell(lab_run *run, double number);
void lab_cell_text(lab_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The picture: panels side by side, two in a row; what is drawn goes into the panel begun last. */
typedef struct lab_panel {
    const char *title, *x, *y; /* labels with units */
    bool log_x, log_y;
} lab_panel;
void lab_panel_begin(lab_run *run, lab_panel panel);

typedef enum lab_style {
    LAB_LINES = 0,
    LAB_POINTS,
    LAB_LINES_POINTS,
    LAB_STEPS,
    LAB_BARS, /* points with error bars: lab_draw_interval */
    LAB_POLYGONS
} lab_style;
/* role: a colour, as in plots/style.gp: "relu", "tanh", "sigmoid", "hybrid", "smooth", "leaky", "other", "exact", "data",
 * "mark". label "": no entry in the legend. */
void lab_draw(lab_run *run, lab_style style, const char *role, const char *label, size_t n, const double *x,
              const double *y);
void lab_draw_interval(lab_run *run, lab_style style, const char *role, const char *label, size_t n,
                       const double *x, const double *y, const double *low, const double *high);
/* A closed polygon, coloured by a number in [-1, 1]; all polygons of a panel are one entry. */
void lab_draw_polygon(lab_run *run, double colour, size_t n, const double *x, const double *y);

/* The verdict and a sentence with the numbers of this run that make it so; once. */
void lab_conclude(lab_run *run, lab_verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A further sentence: where the claim is imprecise, what to see. */
void lab_say(lab_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- what was recorded, for reports ---- */

typedef struct lab_measurement {
    char *name, *what;
    lab_estimate estimate;
    double expected;
} lab_measurement;

typedef struct lab_cell_value {
    double number;
    char *text; /* NULL: the number */
} lab_cell_value;

typedef struct lab_series {
    size_t panel;
    lab_style style;
    char *role, *label;
    size_t n;
    double *column[4]; /* x, y, low, high; polygons: x, y, colour. NULL where unused */
    size_t columns;
} lab_series;

typedef struct lab_panel_text {
    char *title, *x, *y;
    bool log_x, log_y;
} lab_panel_text;

struct lab_run {
    const lab_experiment *lab;
    lab_setup setup;
    bool concluded, broken; /* broken: some record found no memory */
    lab_verdict verdict;
    size_t measurements, sentences, columns, cells, panels, series;
    lab_measurement *measurement;
    char **sentence; /* that of the verdict first */
    char *table_title, **column;
    lab_cell_value *cell;
    lab_panel_text panel[LAB_PANELS];
    lab_series *drawn;
};

#endif
