/* The runs: crease here, on one thread; the others by their scripts in tests/bench/peers, which time themselves without
 * starting up and importing. */
#include "bench/bench.h"
#include "bench/peers.h"
#include "crease/fit.h"
#include "crease/knots.h"
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

void peer_add(peer_table *table, const char *tool, peer_kind kind, size_t problem, size_t unit, double rmse,
              double seconds) {
    size_t t = 0;
    while (t < table->tools && strcmp(table->tool[t].name, tool) != 0)
        t++;
    if (t == PEER_TOOLS)
        bench_must(CREASE_BAD_ARGUMENT, &(crease_error){.message = "more programs than the table holds"});
    if (t == table->tools) {
        table->tools++;
        snprintf(table->tool[t].name, sizeof table->tool[t].name, "%s", tool);
        table->tool[t].kind = kind;
    }
    if (table->runs == table->room) {
        table->room = 2 * table->room + 256;
        table->run = realloc(table->run, table->room * sizeof *table->run);
        if (!table->run)
            bench_must(CREASE_NO_MEMORY, &(crease_error){.message = "no memory for the runs"});
    }
    table->run[table->runs++] =
        (peer_run){.tool = t, .problem = problem, .unit = unit, .rmse = rmse, .seconds = seconds};
}

/* With no least number of points a piece, as the others have none. */
static void run_knots(peer_table *table, size_t problem, size_t unit) {
    crease_error error;
    crease_knots_result found;
    crease_knots_options options = {.knots = table->unit[unit], .min_points = CREASE_NO_MINIMUM};
    const crease_data *data = &table->problem[problem].data;
    double began = bench_cpu();
    bench_must(crease_knots_fit(data, &options, &found, &error), &error);
    peer_add(table, "crease knots, with certificate", PEER_KNOTS, problem, unit, found.rmse,
             bench_cpu() - began);
    table->bound[problem][unit] = sqrt(found.lower_bound / (double)data->n);
    table->gap[problem][unit] = found.gap;
    table->certified[problem][unit] = found.certified;
    crease_knots_result_clear(&found);
}

static void run_fit(peer_table *table, size_t problem, size_t unit, size_t seed, peer_kind kind) {
    crease_error error;
    crease_net *net;
    crease_fit_result found;
    crease_fit_options options = {.seed = seed, .threads = 1};
    char spec[32];
    snprintf(spec, sizeof spec, "%srelu:%zu", kind == PEER_KNOTS ? "affine+" : "", table->unit[unit]);
    double began = bench_cpu();
    bench_must(crease_net_parse(spec, 1, 1, &net, &error), &error);
    bench_must(crease_fit(net, &table->problem[problem].data, &options, &found, &error), &error);
    peer_add(table, kind == PEER_KNOTS ? "crease fit affine+relu:k" : "crease fit relu:k", kind, problem,
             unit, found.score.rmse, bench_cpu() - began);
    crease_fit_result_clear(&found);
    crease_net_free(net);
}

/* The search of a default fit draws nothing at random; a second seed is to show it. */
void peer_run_crease(peer_table *table) {
    size_t seeds = table->seeds < 2 ? table->seeds : 2;
    for (size_t i = 0; i < table->problems; i++)
        for (size_t u = 0; u < table->units; u++)
            for (size_t seed = 1; seed <= seeds; seed++)
                run_fit(table, i, u, seed, PEER_UNITS_ONLY);
    for (size_t i = 0; i < table->problems; i++)
        for (size_t u = 0; u < table->units; u++)
            for (size_t seed = 1; seed <= seeds; seed++)
                run_fit(table, i, u, seed, PEER_KNOTS);
    for (size_t i = 0; i < table->problems; i++)
        for (size_t u = 0; u < table->units; u++)
            run_knots(table, i, u);
}

static void take_line(peer_table *table, const char *line) {
    char tool[64], kind[8], name[32], rmse[32];
    size_t k, seed;
    double seconds;
    if (sscanf(line, "%63[^\t]\t%7s\t%31s\t%zu\t%zu\t%31s\t%lf", tool, kind, name, &k, &seed, rmse,
               &seconds) != 7) {
        fputs(line, stdout);
        return;
    }
    for (size_t i = 0; i < table->problems; i++)
        for (size_t u = 0; u < table->units; u++)
            if (strcmp(name, table->problem[i].name) == 0 && k == table->unit[u])
                peer_add(table, tool, strcmp(kind, "RELU") == 0 ? PEER_UNITS_ONLY : PEER_KNOTS, i, u,
                         strcmp(rmse, "NA") == 0 ? NAN : strtod(rmse, NULL), seconds);
}

static void run_script(peer_table *table, const char *program, const char *script, const char *arguments) {
    char command[1024], *line = NULL;
    size_t room = 0;
    snprintf(command, sizeof command, "exec %s tests/bench/peers/%s %s 2>&1", program, script, arguments);
    FILE *pipe = popen(command, "r");
    while (pipe && getline(&line, &room, pipe) > 0)
        take_line(table, line);
    free(line);
    int state = pipe ? pclose(pipe) : -1;
    if (state == -1 || !WIFEXITED(state) || WEXITSTATUS(state) != 0)
        printf("%s: failed, what it did not fit is left out\n", script);
}

static void save(const peer_problem *p, const char *folder) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s.csv", folder, p->name);
    FILE *file = fopen(path, "w");
    if (file)
        fputs("x,y\n", file);
    for (size_t i = 0; file && i < p->data.n; i++)
        fprintf(file, "%.17g,%.17g\n", p->data.x[i], p->data.y[i]);
    if (!file || fclose(file) != 0)
        bench_must(CREASE_CANNOT_WRITE,
                   &(crease_error){.message = "cannot write the data for the other programs"});
}

static bool exists(const char *program) {
    char command[128];
    snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", program);
    return system(command) == 0;
}

void peer_run_others(peer_table *table, const char *folder) {
    char arguments[512];
    int used = snprintf(arguments, sizeof arguments, "%s ", folder);
    for (size_t u = 0; u < table->units; u++)
        used += snprintf(arguments + used, sizeof arguments - (size_t)used, "%s%zu", u ? "," : "",
                         table->unit[u]);
    used += snprintf(arguments + used, sizeof arguments - (size_t)used, " %zu", table->seeds);
    for (size_t i = 0; i < table->problems; i++) {
        save(&table->problem[i], folder);
        used += snprintf(arguments + used, sizeof arguments - (size_t)used, " %s", table->problem[i].name);
    }
    fflush(stdout);
    setenv("OMP_NUM_THREADS", "1", 1);
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    /* Debian's Python first: another one on the PATH does not see Debian's packages */
    const char *python = exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
    if (!exists(python))
        puts("scipy, scikit-learn: no python3 here, skipped (make deps-peers installs it)");
    else
        run_script(table, python, "networks.py", arguments);
    if (exists("Rscript"))
        run_script(table, "Rscript", "lines.R", arguments);
    else
        puts("R segmented, R earth: no R here, skipped (make deps-peers installs r-base-core)");
    for (size_t i = 0; i < table->problems; i++) {
        snprintf(arguments, sizeof arguments, "%s/%s.csv", folder, table->problem[i].name);
        remove(arguments);
    }
}
