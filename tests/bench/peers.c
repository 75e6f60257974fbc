/* The same fits by other programs, in the same run. A run hits when its RMSE is at most 1.01 times the best known and
 * 1e-4 of the standard deviation of y more; best known is the least RMSE that any run here, or best_known.csv, has. */
#include "bench/peers.h"
#include "bench/bench.h"
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Networks of k units are among the functions with k knots. */
static double best_of(const peer_table *t, peer_kind kind, size_t problem, size_t unit) {
    const peer_problem *p = &t->problem[problem];
    double best = p->known[kind][unit];
    for (size_t r = 0; r < t->runs; r++)
        if (t->run[r].problem == problem && t->run[r].unit == unit &&
            (kind == PEER_KNOTS || t->tool[t->run[r].tool].kind == kind))
            best = fmin(best, t->run[r].rmse);
    return best;
}

static bool hits(const peer_table *t, const peer_run *run) {
    double best = best_of(t, t->tool[run->tool].kind, run->problem, run->unit);
    return run->rmse <= 1.01 * best + 1e-4 * t->problem[run->problem].deviation;
}

static double ratio_of(const peer_table *t, const peer_run *run) {
    double small = 1e-4 * t->problem[run->problem].deviation;
    double best = best_of(t, t->tool[run->tool].kind, run->problem, run->unit);
    return isnan(run->rmse) ? INFINITY : fmax(run->rmse, small) / fmax(best, small);
}

static double median(double *values, size_t count) {
    gsl_sort(values, 1, count);
    return count ? gsl_stats_median_from_sorted_data(values, 1, count) : NAN;
}

static void heading(const peer_table *t, const char *title) {
    printf("\n%s\n%-36s", title, "");
    for (size_t u = 0; u < t->units; u++)
        printf("%*sk=%-2zu", 9, "", t->unit[u]);
    putchar('\n');
}

static void quality_cell(const peer_table *t, size_t tool, size_t unit, double *values) {
    size_t count = 0, hit = 0;
    char cell[32];
    for (size_t r = 0; r < t->runs; r++)
        if (t->run[r].tool == tool && t->run[r].unit == unit) {
            hit += (size_t)hits(t, &t->run[r]);
            values[count++] = ratio_of(t, &t->run[r]);
        }
    snprintf(cell, sizeof cell, "%.0f %% (%.2f)", 100. * (double)hit / (double)count, median(values, count));
    printf(" %12s", count ? cell : "-");
}

static void seconds_cell(const peer_table *t, size_t tool, size_t unit, double *values) {
    size_t count = 0;
    for (size_t r = 0; r < t->runs; r++)
        if (t->run[r].tool == tool && t->run[r].unit == unit)
            values[count++] = t->run[r].seconds;
    printf(" %12.2g", median(values, count));
}

static void rows(const peer_table *t, void (*cell)(const peer_table *, size_t, size_t, double *)) {
    double *values = malloc((t->runs + 1) * sizeof *values);
    for (size_t kind = PEER_KINDS; values && kind-- > 0;)
        for (size_t tool = 0; tool < t->tools; tool++) {
            if (t->tool[tool].kind != kind)
                continue;
            printf("%-36s", t->tool[tool].name);
            for (size_t u = 0; u < t->units; u++)
                cell(t, tool, u, values);
            putchar('\n');
        }
    free(values);
}

static void report_certificates(const peer_table *t) {
    size_t below = 0;
    double values[PEER_PROBLEMS];
    heading(t, "certificates of crease knots: problems certified (median gap of the others)");
    printf("%-36s", "");
    for (size_t u = 0; u < t->units; u++) {
        size_t certified = 0, open = 0;
        char cell[32];
        for (size_t i = 0; i < t->problems; i++) {
            certified += (size_t)t->certified[i][u];
            if (!t->certified[i][u])
                values[open++] = t->gap[i][u];
        }
        double gap = median(values, open);
        snprintf(cell, sizeof cell, open ? "%zu/%zu (%.2g)" : "%zu/%zu", certified, t->problems, gap);
        printf(" %12s", cell);
    }
    for (size_t r = 0; r < t->runs; r++)
        below += (size_t)(t->run[r].rmse < (1 - 1e-9) * t->bound[t->run[r].problem][t->run[r].unit] -
                                               1e-12 * t->problem[t->run[r].problem].deviation);
    printf("\n%zu of %zu fits, by whichever program, lie below the certificate\n", below, t->runs);
}

/* Least RMSE by a program of the group; NaN when there is none. */
static double least(const peer_table *t, bool ours, peer_kind kind, size_t problem, size_t unit,
                    const char **by) {
    double best = NAN;
    for (size_t r = 0; r < t->runs; r++) {
        const peer_tool *tool = &t->tool[t->run[r].tool];
        if (t->run[r].problem == problem && t->run[r].unit == unit &&
            (strncmp(tool->name, "crease", 6) == 0) == ours && (kind == PEER_KNOTS || tool->kind == kind) &&
            !(t->run[r].rmse >= best) && !isnan(t->run[r].rmse)) {
            best = t->run[r].rmse;
            *by = tool->name;
        }
    }
    return best;
}

/* Where somebody else's best run is better than ours by more than a ten-thousandth. */
static void report_losses(const peer_table *t) {
    size_t cases = 0, lost = 0;
    putchar('\n');
    for (size_t kind = 0; kind < PEER_KINDS; kind++)
        for (size_t i = 0; i < t->problems; i++)
            for (size_t u = 0; u < t->units; u++) {
                const char *by = "", *self = "";
                double small = 1e-6 * t->problem[i].deviation;
                double ours = least(t, true, (peer_kind)kind, i, u, &self);
                double theirs = least(t, false, (peer_kind)kind, i, u, &by);
                double known = t->problem[i].known[kind][u];
                cases++;
                if (known < theirs || isnan(theirs)) {
                    theirs = known;
                    by = "best_known.csv";
                }
                if (!(ours > (1 + 1e-4) * theirs + small))
                    continue;
                lost++;
                printf("crease is beaten: %s, %zu %s: %s has %.6g, crease %.6g, %.3g %% more\n",
                       t->problem[i].name, t->unit[u], kind == PEER_KNOTS ? "knots" : "units", by, theirs,
                       ours, 100 * (ours / theirs - 1));
            }
    printf("crease has the least error, to .01 %%, in %zu of %zu cases\n", cases - lost, cases);
}

static void report_known(const peer_table *t) {
    size_t known = 0;
    for (size_t kind = 0; kind < PEER_KINDS; kind++)
        for (size_t i = 0; i < t->problems; i++)
            for (size_t u = 0; u < t->units; u++) {
                const char *self = "";
                double before = t->problem[i].known[kind][u];
                double ours = least(t, true, (peer_kind)kind, i, u, &self);
                known += (size_t)!isnan(before);
                if (ours < (1 - 1e-4) * before - 1e-6 * t->problem[i].deviation)
                    printf("better than best_known.csv: %s, %zu %s: %.6g, before %.6g (over the deviation)\n",
                           t->problem[i].name, t->unit[u], kind == PEER_KNOTS ? "knots" : "units",
                           ours / t->problem[i].deviation, before / t->problem[i].deviation);
            }
    if (known)
        printf("(of %zu cases in best_known.csv)\n", known);
}

void peer_report(const peer_table *t) {
    heading(t, "runs within 1 % of the best known (median RMSE over the best); first k ReLU units, then k "
               "free knots");
    rows(t, quality_cell);
    heading(t, "seconds of processor a run, median");
    rows(t, seconds_cell);
    report_certificates(t);
    report_losses(t);
    report_known(t);
    fflush(stdout);
}

void bench_peers(size_t seeds, const char *reference) {
    static const char *const all[] = {"a_parab", "b_parab_n", "c_tri_n", "d_save",
                                      "e_cons",  "f_clip",    "h_sine",  NULL};
    static const char *const few[] = {"c_tri_n", "h_sine", NULL};
    peer_table table = {.seeds = seeds ? seeds : 3, .units = seeds ? 7 : 2, .unit = {2, 6}};
    char folder[] = "/tmp/crease-bench-XXXXXX";
    if (seeds)
        memcpy(table.unit, (const size_t[]){1, 2, 3, 4, 6, 8, 12}, sizeof table.unit);
    if (!mkdtemp(folder))
        bench_must(CREASE_CANNOT_WRITE, &(crease_error){.message = "cannot make a folder in /tmp"});
    peer_problems_new(&table, seeds ? all : few, reference);
    printf("\nfits by crease and by others: %zu problems%s%s, %zu seeds, one thread\n", table.problems,
           reference ? " of " : ", drawn from their formulas", reference ? reference : "", table.seeds);
    double began = bench_now();
    peer_run_crease(&table);
    printf("crease took %.0f s, ", bench_now() - began);
    began = bench_now();
    fflush(stdout);
    peer_run_others(&table, folder);
    printf("the others %.0f s\n", bench_now() - began);
    peer_report(&table);
    rmdir(folder);
    peer_problems_free(&table);
    free(table.run);
}
