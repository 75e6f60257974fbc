/* What crease traffic certify says. */
#include "traffic/certify/certify_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const flux_name[] = {"lower edge of the band", "fitted", "upper edge of the band"};

/* ---- table ---- */

static void time_cell(crease_report *report, double t, double time) {
    if (t == INFINITY)
        crease_report_text(report, "after %g", time);
    else if (t == -INFINITY)
        crease_report_text(report, "open");
    else
        crease_report_number(report, t, 5);
}

static void flux_row(const certify_run *run, crease_report *report, int k, size_t place) {
    const certify_one *one = &run->one[k];
    crease_report_text(report, "%s", flux_name[k]);
    crease_report_number(report, one->flux->capacity, 5);
    crease_report_number(report, one->flux->jam_density, 5);
    time_cell(report, one->event[place].cleared, run->road.time);
    crease_report_number(report, one->event[place].vehicle, 5);
    time_cell(report, one->event[place].passed, run->road.time);
}

static void edge(crease_report *report, double value) {
    if (isinf(value))
        crease_report_text(report, "open");
    else
        crease_report_number(report, value, 5);
}

static void interval_row(const certify_run *run, crease_report *report, bool high, size_t place) {
    const certify_place *p = &run->place[place];
    const bool queue = p->none < run->tracked_count,
               last = !isnan(run->one[CERTIFY_FITTED].event[place].vehicle);
    crease_report_text(report, "replicates, %s %%", high ? "97.5" : "2.5");
    edge(report, high ? run->capacity.high : run->capacity.low);
    edge(report, high ? run->jam.high : run->jam.low);
    time_cell(report, !queue ? NAN : high ? p->cleared.high : p->cleared.low, run->road.time);
    crease_report_number(report, NAN, 1);
    time_cell(report, !last ? NAN : high ? p->passed.high : p->passed.low, run->road.time);
}

static void print_place(const certify_run *run, size_t place) {
    static const char *const titles[] = {"flux",    "capacity veh/h", "jam veh/km", "queue gone at h",
                                         "vehicle", "passes at h"};
    crease_report *report = crease_report_new(sizeof titles / sizeof *titles, titles);
    printf("\nAt %g km (%s):\n", run->road.problem.place[place].x, run->lwr.chosen[place].kind);
    flux_row(run, report, CERTIFY_FITTED, place);
    interval_row(run, report, false, place);
    interval_row(run, report, true, place);
    flux_row(run, report, CERTIFY_LOWER, place);
    flux_row(run, report, CERTIFY_UPPER, place);
    const certify_place *p = &run->place[place];
    for (int latest = 0; latest < 2 && !(p->passage.why && p->clearing.why); latest++) {
        crease_report_text(report, "whatever in the band, %s", latest ? "latest" : "earliest");
        crease_report_number(report, NAN, 1);
        crease_report_number(report, NAN, 1);
        time_cell(report, latest ? p->clearing.latest : p->clearing.earliest, run->road.time);
        crease_report_number(report, NAN, 1);
        time_cell(report, latest ? p->passage.latest : p->passage.earliest, run->road.time);
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
}

static int print_text(const certify_run *run, const char *verdict) {
    const fd_run *fd = &run->fd;
    printf(
        "%zu rows of %s, densities %.4g to %.4g veh/km/lane, %s by %s%s; %zu replicates of %s, seed %llu\n",
        fd->result->n, fd->table->source, fd->result->least_density, fd->result->largest_density, run->model,
        fd->study.by == TRAFFIC_BY_SPEED ? "speed" : "flow",
        fd->study.weighting == TRAFFIC_QU ? " with the weights of Qu, Wang and Zhang" : "",
        run->tracked_count, fd->study.block > 1 ? "blocks of rows" : "rows",
        (unsigned long long)run->app.seed);
    for (size_t i = 0; i < run->road.problem.place_count; i++)
        print_place(run, i);
    putchar('\n');
    for (const char *line = verdict; *line;) {
        const char *end = strchr(line, '\n');
        char *sentence = strndup(line, (size_t)(end - line));
        if (sentence)
            crease_report_words(stdout, sentence, printf("- "), 2);
        free(sentence);
        line = end + 1;
    }
    printf("%.2f s for the fits, %.2f s for the runs.\n", run->fit_seconds, run->track_seconds);
    return crease_app_end(&run->app);
}

int certify_run_deliver(certify_run *run) {
    char *verdict = certify_verdict(run);
    if (!verdict)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "no memory for the verdict");
    const bool taken = crease_app_is_standard_output(run->app.plot);
    int code = run->app.json ? certify_run_print_json(run, verdict) : taken ? 0 : print_text(run, verdict);
    free(verdict);
    if (code == 0 && run->app.plot)
        code = certify_run_draw(run);
    if (run->interrupted) {
        crease_app_note(&run->app, "interrupted: %zu of %zu replicates were tracked, the results are theirs",
                        run->tracked_count, run->fd.study.bootstrap);
        code = code ? code : CREASE_EXIT_INTERRUPTED;
    }
    return code;
}
