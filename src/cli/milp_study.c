/* How long a question takes against the number of hidden units: two inputs in [-1, 1], two hidden layers of w relu units, He's
 * initial weights, and a threshold that lies 2 % of the output's range below its least value on a grid, so that every
 * part of the box has to be looked at. */
#include "crease/plot.h"
#include "milp_run.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

enum { NETWORKS = 3, GRID = 60 };
static const size_t widths[] = {2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64};
enum { WIDTHS = sizeof widths / sizeof *widths };

typedef struct study_row {
    double units, binaries, milp_seconds, verify_seconds; /* medians; milp_seconds NAN: not tried */
    size_t milp_open, verify_open;                        /* not decided within the limit */
    size_t disagree;
} study_row;

typedef struct study {
    const crease_app *app;
    double timeout;
    study_row row[WIDTHS];
    size_t count;
    bool milp_ended; /* the limit was reached on every network */
} study;

static crease_status make_network(uint64_t seed, size_t width, uint64_t number, crease_net **net,
                                  crease_error *error) {
    char spec[64];
    snprintf(spec, sizeof spec, "relu:%zu/relu:%zu", width, width);
    crease_status status = crease_net_parse(spec, 2, 1, net, error);
    gsl_rng *rng = status == CREASE_OK ? crease_random_new(seed, 1000 * number + width) : NULL;
    if (status == CREASE_OK && !rng)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for random numbers");
    for (size_t i = 0; rng && i < (*net)->parameter_count; i++) {
        double fan_in = i < (*net)->layer[1].weights ? 2 : (double)width;
        (*net)->theta[i] = gsl_ran_gaussian(rng, sqrt(2 / fan_in));
    }
    gsl_rng_free(rng);
    return status;
}

static crease_status make_question(const crease_net *net, crease_specification **specification,
                                   crease_error *error) {
    crease_work *work;
    crease_status status = crease_work_new(net, &work, error);
    if (status != CREASE_OK)
        return status;
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i <= GRID; i++)
        for (size_t j = 0; j <= GRID; j++) {
            double x[2] = {2 * (double)i / GRID - 1, 2 * (double)j / GRID - 1}, y;
            crease_net_evaluate(net, NULL, work, 1, x, &y);
            least = fmin(least, y);
            most = fmax(most, y);
        }
    crease_work_free(work);
    status = crease_specification_box(2, 1, (double[]){-1, -1}, (double[]){1, 1}, specification, error);
    if (status == CREASE_OK)
        status = crease_specification_add(*specification, 0, 1, (double[]){0, 0, 1},
                                          &(double){.02 * (most - least) - least}, error);
    return status;
}

typedef struct trial {
    double binaries, milp, verify;
    bool milp_open, verify_open, disagree;
} trial;

static crease_status time_network(const study *s, size_t width, uint64_t number, trial *t,
                                  crease_error *error) {
    crease_net *net = NULL;
    crease_specification *specification = NULL;
    crease_milp_result milp = {0};
    crease_verify_result verify = {0};
    crease_milp_options milp_options = {.timeout = s->timeout, .interrupted = crease_app_interrupted};
    crease_verify_options verify_options = {
        .timeout = s->timeout, .threads = s->app->threads, .interrupted = crease_app_interrupted};
    crease_status status = make_network(s->app->seed, width, number, &net, error);
    if (status == CREASE_OK)
        status = make_question(net, &specification, error);
    if (status == CREASE_OK)
        status = crease_verify(net, specification, &verify_options, &verify, error);
    if (status == CREASE_OK)
        status = s->milp_ended ? crease_milp_count(net, specification, &milp_options, &milp, error)
                               : crease_milp(net, specification, &milp_options, &milp, error);
    if (status == CREASE_OK)
        *t = (trial){.binaries = (double)milp.binaries,
                     .milp = milp.seconds,
                     .verify = verify.seconds,
                     .milp_open = milp.verdict == CREASE_UNKNOWN,
                     .verify_open = verify.verdict == CREASE_UNKNOWN,
                     .disagree = milp.verdict != CREASE_UNKNOWN && verify.verdict != CREASE_UNKNOWN &&
                                 milp.verdict != verify.verdict};
    crease_milp_result_clear(&milp);
    crease_verify_result_clear(&verify);
    crease_specification_free(specification);
    crease_net_free(net);
    return status;
}

static double median(double *value) {
    gsl_sort(value, 1, NETWORKS);
    return value[NETWORKS / 2];
}

static crease_status time_width(study *s, size_t width, crease_error *error) {
    double binaries[NETWORKS], milp[NETWORKS], verify[NETWORKS];
    study_row row = {.units = 2 * (double)width};
    for (uint64_t n = 0; n < NETWORKS; n++) {
        trial t = {0};
        crease_status status = time_network(s, width, n, &t, error);
        if (status != CREASE_OK)
            return status;
        binaries[n] = t.binaries;
        milp[n] = t.milp;
        verify[n] = t.verify;
        row.milp_open += t.milp_open;
        row.verify_open += t.verify_open;
        row.disagree += t.disagree;
    }
    row.binaries = median(binaries);
    row.milp_seconds = s->milp_ended ? NAN : median(milp);
    row.verify_seconds = median(verify);
    if (crease_app_interrupted(NULL))
        return CREASE_OK; /* an unfinished row says nothing */
    s->milp_ended = s->milp_ended || row.milp_open == NETWORKS;
    s->row[s->count++] = row;
    return CREASE_OK;
}

static int draw(const study *s) {
    double column[5][WIDTHS];
    crease_plot *plot;
    crease_error error;
    for (size_t i = 0; i < s->count; i++) {
        column[0][i] = s->row[i].units;
        column[1][i] = s->row[i].milp_seconds;
        column[2][i] = s->row[i].verify_seconds;
        column[3][i] = s->row[i].binaries;
        column[4][i] = (double)s->row[i].milp_open;
    }
    const double *columns[] = {column[0], column[1], column[2], column[3], column[4]};
    crease_status status = crease_plot_new("milp", &plot, &error);
    if (status != CREASE_OK)
        return crease_app_fail(s->app, &error);
    status = crease_plot_set_number(plot, "time_limit", s->timeout, &error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "networks", NETWORKS, &error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "times", s->count, 5, columns, &error);
    if (status != CREASE_OK) {
        crease_plot_free(plot);
        return crease_app_fail(s->app, &error);
    }
    return crease_app_draw(
        s->app, plot, s->app->plot,
        "the curve of the mixed-integer program climbs to its limit, that of branch and bound goes on");
}

static int report_json(const study *s) {
    json_t *object = crease_json_begin("milp"), *rows = json_array();
    for (size_t i = 0; i < s->count; i++) {
        json_t *row = json_object();
        crease_json_set_count(row, "units", (size_t)s->row[i].units);
        crease_json_set_number(row, "binaries_median", s->row[i].binaries, NULL);
        crease_json_set_number(row, "milp_seconds_median", s->row[i].milp_seconds,
                               "every smaller network took GLPK the whole time limit");
        crease_json_set_number(row, "verify_seconds_median", s->row[i].verify_seconds, NULL);
        crease_json_set_count(row, "milp_undecided", s->row[i].milp_open);
        crease_json_set_count(row, "verify_undecided", s->row[i].verify_open);
        crease_json_set_count(row, "disagree", s->row[i].disagree);
        json_array_append_new(rows, row);
    }
    json_object_set_new(object, "study", rows);
    crease_json_set_count(object, "networks", NETWORKS);
    crease_json_set_number(object, "timeout_s", s->timeout, NULL);
    json_object_set_new(object, "seed", json_integer((json_int_t)s->app->seed));
    return crease_json_finish(s->app, object);
}

static int report_text(const study *s) {
    static const char *const titles[] = {"units",     "binaries",         "GLPK, s",
                                         "undecided", "crease verify, s", "undecided"};
    crease_report *report = crease_report_new(6, titles);
    size_t disagree = 0;
    for (size_t i = 0; i < s->count; i++) {
        const study_row *row = &s->row[i];
        crease_report_count(report, (size_t)row->units);
        crease_report_number(report, row->binaries, 4);
        crease_report_number(report, row->milp_seconds, 3);
        if (isnan(row->milp_seconds))
            crease_report_text(report, "not tried");
        else
            crease_report_text(report, "%zu of %d", row->milp_open, NETWORKS);
        crease_report_number(report, row->verify_seconds, 3);
        crease_report_text(report, "%zu of %d", row->verify_open, NETWORKS);
        disagree += row->disagree;
    }
    printf("Medians of %d random networks with two inputs and two hidden layers; limit %g s\n\n", NETWORKS,
           s->timeout);
    crease_report_print(report, stdout);
    crease_report_free(report);
    if (disagree)
        printf("\n%zu verdicts differ\n", disagree);
    return crease_app_end(s->app);
}

int milp_study(const milp_run *run) {
    study s = {.app = &run->app, .timeout = run->timeout > 0 ? run->timeout : 5};
    crease_error error;
    crease_app_catch_interrupt();
    crease_progress progress = crease_progress_begin(&run->app, "widths");
    for (size_t i = 0; i < WIDTHS && !crease_app_interrupted(NULL); i++) {
        crease_status status = time_width(&s, widths[i], &error);
        if (status != CREASE_OK) {
            crease_progress_end(&progress);
            return crease_app_fail(&run->app, &error);
        }
        crease_progress_update(i + 1, WIDTHS, &progress);
    }
    crease_progress_end(&progress);
    int code = run->app.json ? report_json(&s) : report_text(&s);
    if (code == 0 && run->app.plot && s.count > 0)
        code = draw(&s);
    return crease_app_interrupted(NULL) ? crease_app_end_interrupted(&run->app, code) : code;
}
