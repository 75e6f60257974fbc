#include "knots_run.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { KNOTS_SHOWN = 30 };

static const char *why_not(const knots_run *run, size_t knot) {
    if (!run->inferred)
        return run->not_inferred;
    const char *why = run->inference.knot[knot].why;
    return why ? why : "not identified";
}

/* ---- JSON ---- */

static json_t *interval_json(crease_interval interval) {
    if (!isfinite(interval.low) || !isfinite(interval.high))
        return json_null();
    return json_pack("[f, f]", interval.low, interval.high);
}

static json_t *knot_json(const knots_run *run, size_t j) {
    json_t *object = json_object();
    crease_json_set_number(object, "x", run->best.pwl->x[j], NULL);
    crease_json_set_number(object, "se", run->inferred ? run->inference.knot[j].standard_error : NAN,
                           why_not(run, j));
    json_object_set_new(object, "ci95",
                        run->inferred ? interval_json(run->inference.knot[j].interval) : json_null());
    if (run->profile.knot_count > j) {
        json_t *set = json_array();
        for (size_t i = 0; i < run->profile.knot[j].set_count; i++)
            json_array_append_new(set, interval_json(run->profile.knot[j].set[i]));
        json_object_set_new(object, "profile_set95", set);
    }
    return object;
}

static json_t *choice_json(const crease_knot_choice *choice) {
    json_t *rows = json_array();
    for (size_t i = 0; i < choice->row_count; i++) {
        const crease_knot_count_row *row = &choice->row[i];
        json_t *object = json_object();
        crease_json_set_count(object, "knots", row->knots);
        crease_json_set_number(object, "sse", row->sse, NULL);
        crease_json_set_number(object, "bic", row->bic, "the error is zero");
        crease_json_set_number(object, "cv_rmse", row->cv_rmse, "too few rows for folds");
        crease_json_set_number(object, "cv_mse", row->cv, "too few rows for folds");
        crease_json_set_number(object, "cv_mse_se", row->cv_se, "too few rows for folds");
        json_array_append_new(rows, object);
    }
    return rows;
}

static void add_certificate(const knots_run *run, json_t *object) {
    const crease_knots_result *best = &run->best;
    crease_json_set_number(object, "rmse", best->rmse, NULL);
    crease_json_set_number(object, "max_error", best->max_error, NULL);
    crease_json_set_number(object, "sse", best->sse, NULL);
    crease_json_set_number(object, "lower_bound", best->lower_bound, NULL);
    crease_json_set_number(object, "gap", best->gap, NULL);
    json_object_set_new(object, "certified", json_boolean(best->certified));
}

int knots_print_json(const knots_run *run) {
    const crease_knots_result *best = &run->best;
    const crease_pwl *pwl = best->pwl;
    json_t *object = crease_json_begin("knots"), *knots = json_array(), *slopes = json_array();
    for (size_t j = 0; j < pwl->knot_count; j++)
        json_array_append_new(knots, knot_json(run, j));
    for (size_t j = 0; j <= pwl->knot_count; j++)
        json_array_append_new(slopes, json_real(crease_pwl_slope(pwl, j)));
    json_object_set_new(object, "knots", knots);
    json_object_set_new(object, "values", crease_json_numbers(pwl->y, pwl->knot_count));
    json_object_set_new(object, "slopes", slopes);
    if (pwl->knot_count == 0)
        crease_json_set_number(object, "value_at_zero", pwl->value_at_zero, NULL);
    add_certificate(run, object);
    crease_json_set_text(object, "norm", run->minimax ? "linf" : "l2");
    crease_json_set_text(object, "criterion", run->automatic ? (run->by_cv ? "cv" : "bic") : "given");
    crease_json_set_text(object, "interval", !run->inferred ? NULL : run->replicates ? "bootstrap" : "delta");
    if (run->automatic) {
        json_object_set_new(object, "counts", choice_json(&run->choice));
        crease_json_set_count(object, "knots_by_bic", run->choice.by_bic);
        crease_json_set_count(object, "knots_by_cv", run->choice.by_cv);
    }
    if (run->tested) {
        json_t *test = json_object();
        crease_json_set_number(test, "statistic", run->test.statistic, run->test.why);
        crease_json_set_number(test, "p_value", run->test.p_value, run->test.why);
        crease_json_set_number(test, "p_value_davies", run->test.davies, run->test.why);
        json_object_set_new(object, "kink_test", test);
    }
    crease_json_set_count(object, "knots_asked", best->knots_asked);
    crease_json_set_count(object, "n", best->rows);
    crease_json_set_count(object, "n_free", 2 + 2 * pwl->knot_count);
    crease_json_set_number(object, "seconds", run->seconds, NULL);
    crease_json_set_count(object, "seed", run->app.seed);
    return crease_json_finish(&run->app, object);
}

/* ---- text ---- */

static void print_certificate(const knots_run *run) {
    const crease_knots_result *best = &run->best;
    const char *what = run->minimax ? "largest error" : "sum of squares";
    printf("bound       %.6g: no such function has a %s below it\n", best->lower_bound, what);
    if (best->certified)
        printf("certified   yes: this is the best function, to a share of %.2g of its %s\n",
               fmax(best->gap, 1e-16), what);
    else
        printf(
            "certified   no: a better function can have a %s %.2g %% less at most; --work %g looks further\n",
            what, 100 * best->gap, 10 * (run->knots.work > 0 ? run->knots.work : 20));
}

static void print_choice(const knots_run *run) {
    const crease_knot_choice *choice = &run->choice;
    crease_report *report = crease_report_new(5, (const char *const[]){"knots", "sse", "BIC", "CV rmse", ""});
    for (size_t i = 0; i < choice->row_count; i++) {
        const crease_knot_count_row *row = &choice->row[i];
        crease_report_count(report, row->knots);
        crease_report_number(report, row->sse, 5);
        crease_report_number(report, row->bic, 6);
        crease_report_number(report, row->cv_rmse, 5);
        crease_report_text(report, "%s%s%s", row->knots == choice->by_bic ? "least BIC" : "",
                           row->knots == choice->by_bic && row->knots == choice->by_cv ? ", " : "",
                           row->knots == choice->by_cv && choice->folds
                               ? "fewest within one standard error of the least CV"
                               : "");
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
    printf("%zu knot%s by BIC, %zu by cross-validation%s; shown are %zu (--criterion %s)\n\n", choice->by_bic,
           choice->by_bic == 1 ? "" : "s", choice->by_cv, choice->folds ? "" : " (too few rows for it)",
           run->best.pwl->knot_count, run->by_cv ? "cv" : "bic");
}

static void print_knots(const knots_run *run) {
    const crease_pwl *pwl = run->best.pwl;
    if (pwl->knot_count == 0) {
        printf("slope       %.6g, value at 0: %.6g\n", pwl->slope_left, pwl->value_at_zero);
        return;
    }
    printf("\nknots in %s%s\n", run->data.input_name[0],
           !run->inferred    ? ""
           : run->replicates ? ", intervals by bootstrap"
                             : ", intervals by the delta method");
    crease_report *report = crease_report_new(
        6, (const char *const[]){"at", "+- se", "95 % from", "to", "slope left", "slope right"});
    for (size_t j = 0; j < pwl->knot_count && j < KNOTS_SHOWN; j++) {
        const crease_estimate *knot = run->inferred ? &run->inference.knot[j] : NULL;
        crease_report_number(report, pwl->x[j], 7);
        crease_report_number(report, knot ? knot->standard_error : NAN, 3);
        crease_report_number(report, knot ? knot->interval.low : NAN, 5);
        crease_report_number(report, knot ? knot->interval.high : NAN, 5);
        crease_report_number(report, crease_pwl_slope(pwl, j), 5);
        crease_report_number(report, crease_pwl_slope(pwl, j + 1), 5);
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
    if (pwl->knot_count > KNOTS_SHOWN)
        printf("... and %zu more, all in --json\n", pwl->knot_count - KNOTS_SHOWN);
    if (!run->inferred)
        printf("no standard errors: %s\n", run->not_inferred);
}

static void print_sets(const knots_run *run) {
    for (size_t j = 0; j < run->profile.knot_count; j++) {
        const crease_knot_profile *knot = &run->profile.knot[j];
        printf("profile     knot %zu lies with 95 %% confidence in", j + 1);
        for (size_t i = 0; i < knot->set_count; i++)
            printf("%s [%.6g, %.6g]", i ? " or" : "", knot->set[i].low, knot->set[i].high);
        puts(knot->set_count ? "" : " no interval that can be given");
    }
}

int knots_print_text(const knots_run *run) {
    const crease_knots_result *best = &run->best;
    size_t knots = best->pwl->knot_count;
    if (run->automatic)
        print_choice(run);
    printf("knots       %zu, %zu free parameters\n", knots, 2 + 2 * knots);
    printf("data        %zu row%s of %s\n", best->rows, best->rows == 1 ? "" : "s", run->data.table->source);
    printf("rmse        %.6g\n", best->rmse);
    printf("max error   %.6g\n", best->max_error);
    printf("sse         %.6g\n", best->sse);
    print_certificate(run);
    if (run->tested && run->test.why)
        printf("a kink?     not tested: %s\n", run->test.why);
    else if (run->tested)
        printf("a kink?     p = %.2g against a straight line, the search for its place included\n",
               run->test.p_value);
    print_knots(run);
    print_sets(run);
    return crease_app_end(&run->app);
}
