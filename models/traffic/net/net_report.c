/* What crease traffic net prints: the audit of each row in a table and in words; of a study the tables and the claims. */
#include "traffic/net/net_program.h"
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- faults in words ---- */

static const char *separator(size_t *count) {
    return (*count)++ > 0 ? "; " : "";
}

char *net_fault_text(const traffic_net_audit *a) {
    char *text = NULL;
    size_t size = 0, count = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    const unsigned faults = traffic_net_faults(a);
    if (faults & TRAFFIC_NET_EMPTY_ROAD)
        fprintf(out, "%sa flow of %.4g on the empty road", separator(&count), a->curve.flow_at_zero);
    if (faults & TRAFFIC_NET_NEGATIVE) {
        const bool past = a->lowest_beyond < a->lowest_flow;
        fprintf(out,
                past ? "%snegative flow, down to %.4g below density %.4g"
                     : "%snegative flow, down to %.4g at density %.4g",
                separator(&count), past ? a->lowest_beyond : a->lowest_flow,
                past ? a->beyond_to : a->lowest_at);
    }
    if (faults & TRAFFIC_NET_CONVEX)
        fprintf(out, "%snot concave, the slope rises by %.4g at density %.4g", separator(&count),
                a->slope_rise, a->rise_to);
    if (faults & TRAFFIC_NET_NO_JAM)
        fprintf(out, "%s%s", separator(&count), a->curve.why_jam);
    if (count == 0)
        fputs("no flow on the empty road, never negative, concave up to its jam density, zero there", out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* ---- data and model files ---- */

static double settled(double value, double scale) {
    return fabs(value) <= 1e-9 * fabs(scale) ? 0.0 : value;
}

static void print_row(const net_run *run, size_t i, crease_report *report) {
    const traffic_net_audit *a = &run->audit[i];
    const traffic_row *row = run->fd.result ? &run->fd.result->row[i] : NULL;
    const double flow = isnan(a->curve.capacity) ? 1.0 : a->curve.capacity;
    crease_report_text(report, "%s", run->row_model[i]);
    if (row) {
        crease_report_count(report, row->n_free);
        crease_report_number(report, row->rmse, 4);
    }
    crease_report_number(report, a->curve.capacity, 5);
    crease_report_number(report, a->curve.wave_speed, 4);
    if (isnan(a->zero_at))
        crease_report_text(report, "none ");
    else
        crease_report_text(report, "%.5g%s", a->zero_at, a->zero_at > run->largest ? "*" : " ");
    crease_report_number(report, settled(a->curve.flow_at_zero, flow), 3);
    crease_report_number(report, settled(a->lowest_flow, flow), 4);
    crease_report_number(report, settled(a->curve.min_flow_beyond_jam, flow), 4);
    crease_report_number(report, settled(a->slope_rise, a->curve.free_speed), 3);
    if (run->truth_count > 0) {
        crease_report_number(report, a->truth_rmse, 3);
        crease_report_number(report, a->wave_mean, 3);
        crease_report_number(report, a->wave_largest, 3);
        crease_report_number(report, a->capacity_error, 3);
        crease_report_number(report, a->jam_error, 3);
    }
}

static void print_audits(const net_run *run, FILE *file) {
    static const char *const own[] = {"capacity", "wave speed",      "jam dens.", "flow at 0",
                                      "lowest",   "lowest past jam", "rise"},
                             *const against[] = {"rmse to truth", "wave error", "largest", "capacity off",
                                                 "jam off"};
    const char *title[16] = {"model"};
    size_t n = 1;
    bool extrapolated = false;
    if (run->fd.result) {
        title[n++] = "free";
        title[n++] = "rmse";
    }
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        title[n++] = own[i];
    for (size_t i = 0; run->truth_count > 0 && i < sizeof against / sizeof *against; i++)
        title[n++] = against[i];
    crease_report *report = crease_report_new(n, title);
    for (size_t i = 0; i < run->row_count; i++) {
        print_row(run, i, report);
        extrapolated = extrapolated || run->audit[i].zero_at > run->largest;
    }
    crease_report_print(report, file);
    crease_report_free(report);
    if (extrapolated)
        fprintf(file, "* extrapolated: beyond the largest density, %.5g\n", run->largest);
}

static int print_verdicts(const net_run *run, FILE *file) {
    for (size_t i = 0; i < run->row_count; i++) {
        const unsigned faults = traffic_net_faults(&run->audit[i]);
        char *text = net_fault_text(&run->audit[i]);
        if (!text)
            return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "no memory for the verdicts");
        const int used =
            fprintf(file, "%s %s:", run->row_model[i], faults ? "is not physical" : "is physical");
        crease_report_words(file, text, used, 4);
        free(text);
    }
    return 0;
}

int net_print_rows(const net_run *run) {
    const traffic_study *study = run->fd.result;
    FILE *file = run->fd.output && crease_app_is_standard_output(run->fd.output) ? stderr : stdout;
    if (study)
        fprintf(file, "%zu rows of %s, densities %.4g to %.4g %s, fitted by %s, seed %llu\n", study->n,
                run->fd.table->source, study->least_density, study->largest_density,
                traffic_fd_density_unit(&run->fd), study->by == TRAFFIC_BY_SPEED ? "speed" : "flow",
                (unsigned long long)run->app.seed);
    else
        fprintf(file, "%s: %s\n", run->model_path, run->spec);
    if (study && study->jam_density > 0.0)
        fprintf(file, "Jam density imposed on the diagrams: %.6g.\n", study->jam_density);
    if (run->truth_count > 0)
        fprintf(file, "Measured against %s.\n", run->truth_text[0]);
    fputc('\n', file);
    print_audits(run, file);
    fputc('\n', file);
    const int code = print_verdicts(run, file);
    if (code)
        return code;
    if (study)
        traffic_print_intervals(study, run->fd.study.block, file);
    return crease_app_end(&run->app);
}

/* ---- studies ---- */

static void print_summary(crease_report *report, const traffic_net_study *s, size_t k, size_t m,
                          size_t offset) {
    double median, least, largest;
    if (traffic_net_summary(s, k, m, offset, &median, &least, &largest) == 0)
        crease_report_text(report, "- ");
    else
        crease_report_text(report, "%.3g [%.3g, %.3g]", median, least, largest);
}

static void print_model(crease_report *report, const traffic_net_study *s, size_t k, size_t m) {
    const traffic_net_cell *cell = &s->cell[k * s->model_count + m];
    size_t negative = 0, never = 0, convex = 0, empty = 0;
    for (size_t r = 0; r < s->runs; r++) {
        const unsigned faults = traffic_net_faults(&cell->run[r]);
        negative += cell->run[r].lowest_beyond < -traffic_net_negligible * s->truth_audit.capacity;
        never += (faults & TRAFFIC_NET_NO_JAM) != 0;
        convex += (faults & TRAFFIC_NET_CONVEX) != 0;
        empty += (faults & TRAFFIC_NET_EMPTY_ROAD) != 0;
    }
    crease_report_text(report, "%s", s->model[m]);
    crease_report_count(report, s->n_free[m]);
    print_summary(report, s, k, m, offsetof(traffic_net_audit, truth_rmse));
    print_summary(report, s, k, m, offsetof(traffic_net_audit, wave_mean));
    print_summary(report, s, k, m, offsetof(traffic_net_audit, jam_error));
    if (isnan(cell->jam_bias))
        crease_report_text(report, "-");
    else
        crease_report_text(report, "%+.3g", fabs(cell->jam_bias) < 1e-6 ? 0.0 : cell->jam_bias);
    print_summary(report, s, k, m, offsetof(traffic_net_audit, lowest_beyond));
    crease_report_text(report, "%zu/%zu", negative, s->runs);
    crease_report_text(report, "%zu/%zu", never, s->runs);
    crease_report_text(report, "%zu/%zu", empty, s->runs);
    crease_report_text(report, "%zu/%zu", convex, s->runs);
}

static void print_reach(const traffic_net_study *s, size_t k) {
    static const char *const titles[] = {"model",      "free",       "rmse to truth", "wave error",
                                         "jam off",    "noise-free", "lowest beyond", "negative",
                                         "never zero", "flow at 0",  "not concave"};
    printf("\nData up to %.4g of the jam density, medians [least, largest] of %zu run%s:\n", s->reach[k],
           s->runs, s->runs == 1 ? "" : "s");
    crease_report *report = crease_report_new(sizeof titles / sizeof *titles, titles);
    for (size_t m = 0; m < s->model_count; m++)
        print_model(report, s, k, m);
    crease_report_print(report, stdout);
    crease_report_free(report);
}

/* Claims in their order; under each what every truth says to it. */
static void print_claims(const net_run *run, traffic_net_claim (*claim)[TRAFFIC_NET_CLAIMS]) {
    puts("\nClaims:");
    for (size_t c = 0; c < TRAFFIC_NET_CLAIMS; c++) {
        putchar('\n');
        crease_report_words(stdout, claim[0][c].claim, 0, 0);
        for (size_t i = 0; i < run->study_count; i++) {
            char name[32];
            net_truth_name(run, i, name);
            const int used = printf("    %s: %s.", name, traffic_net_verdict_name(claim[i][c].verdict));
            crease_report_words(stdout, claim[i][c].measured, used, 8);
        }
    }
}

int net_print_studies(const net_run *run) {
    traffic_net_claim(*claim)[TRAFFIC_NET_CLAIMS] = calloc(run->study_count, sizeof *claim);
    if (!claim)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "no memory for the claims");
    bool any = false;
    for (size_t i = 0; i < run->study_count; i++) {
        const traffic_net_study *s = run->study[i];
        traffic_net_judge(s, claim[i]);
        printf("%sTruth %s: free speed %.4g, capacity %.4g at %.4g, jam density %.4g. %zu rows a run, noise "
               "%.3g %% of the "
               "%s, seed %llu, %.1f s.\n",
               i > 0 ? "\n" : "", run->truth_text[i], s->truth_audit.free_speed, s->truth_audit.capacity,
               s->truth_audit.critical_density, s->truth_audit.jam_density, s->points, 100.0 * s->noise,
               s->noise_of_capacity ? "capacity" : "flow", (unsigned long long)run->app.seed, s->seconds);
        if (s->jam_density > 0.0)
            printf("Jam density imposed on the diagrams: %.6g.\n", s->jam_density);
        any = any || s->runs > 0;
        for (size_t k = 0; s->runs > 0 && k < s->reach_count; k++)
            print_reach(s, k);
        if (s->runs == 0)
            puts("No run was finished.");
    }
    if (any)
        print_claims(run, claim);
    free(claim);
    return crease_app_end(&run->app);
}
