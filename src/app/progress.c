/* One line on standard error, redrawn in place: label, done/total, rate, time left. */
#include "crease/app.h"
#include <omp.h>
#include <stdio.h>
#include <unistd.h>

crease_progress crease_progress_begin(const crease_app *app, const char *label) {
    double started = omp_get_wtime();
    return (crease_progress){
        .label = label, .enabled = !app->quiet && isatty(STDERR_FILENO), .started = started, .last = started};
}

static void format_time_left(double seconds, char text[64]) {
    if (seconds < 100)
        snprintf(text, 64, ", %.0f s left", seconds);
    else if (seconds < 6000)
        snprintf(text, 64, ", %.0f min left", seconds / 60);
    else
        snprintf(text, 64, ", %.1f h left", seconds / 3600);
}

void crease_progress_update(size_t done, size_t total, void *context) {
    crease_progress *progress = context;
    if (!progress->enabled)
        return;
    double time = omp_get_wtime(), passed = time - progress->started;
    if (passed < 1 || time - progress->last < .1)
        return;
    progress->last = time;
    progress->shown = true;
    double rate = (double)done / passed;
    char of_total[32] = "", time_left[64] = "";
    if (total > 0)
        snprintf(of_total, sizeof of_total, "/%zu", total);
    if (done > 0 && total > done)
        format_time_left((double)(total - done) / rate, time_left);
    /* one call is one write: a terminal never shows half a line */
    fprintf(stderr, "\r%s: %zu%s, %.3g/s%s\033[K", progress->label, done, of_total, rate, time_left);
}

void crease_progress_end(crease_progress *progress) {
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->enabled = progress->shown = false;
}

void crease_app_fit_options(const crease_app *app, crease_progress *progress, crease_fit_options *options) {
    options->seed = app->seed;
    options->threads = app->threads;
    options->progress = crease_progress_update;
    options->progress_context = progress;
    options->interrupted = crease_app_interrupted;
}
