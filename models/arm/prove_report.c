#include "arm/plane_path.h"
#include "arm/prove_run.h"
#include "crease/app.h"
#include "crease/crease.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const columns[] = {
    "step",    "t_s",    "polygons",  "area",       "x_min_rad",          "x_max_rad",
    "w_min",   "w_max",  "u_abs_max", "beyond_rad", "beyond_between_rad", "error_x_rad",
    "error_w", "error_u"};
enum { COLUMNS = sizeof columns / sizeof *columns, PATH_POINTS = 61 };

static void row_of(const prove_run *run, size_t k, double row[COLUMNS]) {
    const arm_reach_step *s = &run->reach->step[k];
    const double values[COLUMNS] = {(double)k,
                                    run->reach_options.sample * (double)k,
                                    (double)s->polygons,
                                    s->area,
                                    s->low[0].value,
                                    s->high[0].value,
                                    s->low[1].value,
                                    s->high[1].value,
                                    s->torque.value,
                                    s->beyond,
                                    s->beyond_between.value,
                                    s->error[0],
                                    s->error[1],
                                    s->torque_error};
    memcpy(row, values, sizeof values);
}

crease_status prove_write_csv(const prove_run *run, crease_error *error) {
    crease_table *table = NULL;
    if (!run->reach)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "there is no reach set to write");
    crease_status status = crease_table_new(&table, run->reach->count, COLUMNS, error);
    for (size_t j = 0; j < COLUMNS && status == CREASE_OK; j++)
        status = crease_table_set_name(table, j, columns[j], error);
    for (size_t k = 0; k < run->reach->count && status == CREASE_OK; k++) {
        double row[COLUMNS];
        row_of(run, k, row);
        for (size_t j = 0; j < COLUMNS; j++) /* a table holds finite numbers */
            table->column[j][k] = isfinite(row[j]) ? row[j] : copysign(DBL_MAX, row[j]);
    }
    if (status == CREASE_OK)
        status = crease_csv_save(run->csv_path, table, error);
    crease_table_free(table);
    return status;
}

/* The sample, and the time before it, of the worst overshoot. */
static void worst_of(const arm_reach *reach, size_t *at_sample, size_t *between) {
    *at_sample = *between = 0;
    for (size_t k = 1; k < reach->count; k++) {
        if (reach->step[k].beyond > reach->step[*at_sample].beyond)
            *at_sample = k;
        if (reach->step[k].beyond_between.value > reach->step[*between].beyond_between.value)
            *between = k;
    }
}

/* ---- JSON ---- */

static json_t *range_json(const prove_run *run) {
    const crease_regions *regions = run->plane->regions;
    json_t *object = json_object();
    static const char unfinished[] = "the search for regions was interrupted";
    crease_json_set_number(object, "u_min", regions->complete ? regions->output_below[0] : NAN, unfinished);
    crease_json_set_number(object, "u_max", regions->complete ? regions->output_above[0] : NAN, unfinished);
    crease_json_set_count(object, "n_regions", run->plane->count);
    return object;
}

static json_t *reach_json(const prove_run *run) {
    const arm_reach *reach = run->reach;
    static const char none[] = "the bound on rounding grew without end";
    json_t *object = json_object(), *steps = json_array();
    size_t at_sample, between;
    worst_of(reach, &at_sample, &between);
    crease_json_set_number(object, "sample_s", run->reach_options.sample, NULL);
    crease_json_set_count(object, "steps", reach->count - 1);
    json_object_set_new(object, "complete", json_boolean(!reach->why));
    crease_json_set_number(object, "overshoot_at_samples_rad", reach->step[at_sample].beyond, NULL);
    crease_json_set_number(object, "overshoot_at_samples_error", reach->step[at_sample].error[0], none);
    crease_json_set_count(object, "overshoot_sample", at_sample);
    crease_json_set_number(object, "overshoot_rad", reach->step[between].beyond_between.value, NULL);
    crease_json_set_number(object, "overshoot_error", reach->step[between].between_error, none);
    json_object_set_new(object, "overshoot_start",
                        crease_json_numbers(reach->step[between].beyond_between.start, 2));
    json_object_set_new(object, "settles", json_boolean(reach->settles));
    json_object_set_new(object, "for_ever_x_rad",
                        reach->settles ? json_real(reach->forever[0]) : json_null());
    for (size_t k = 0; k < reach->count; k++) {
        double row[COLUMNS];
        json_t *step = json_object();
        row_of(run, k, row);
        for (size_t j = 0; j < COLUMNS; j++)
            if (j == 0 || j == 2)
                crease_json_set_count(step, columns[j], (size_t)row[j]);
            else
                crease_json_set_number(step, columns[j], row[j], none);
        json_array_append_new(steps, step);
    }
    json_object_set_new(object, "table", steps);
    crease_json_set_number(object, "seconds", reach->seconds, NULL);
    return object;
}

static json_t *lyapunov_json(const prove_run *run) {
    const arm_certificate *c = &run->certificate;
    json_t *object = json_object();
    json_object_set_new(object, "P", crease_json_numbers(c->p, 3));
    json_object_set_new(object, "proved_box",
                        c->proved ? json_pack("[[f,f],[f,f]]", c->low[0], c->high[0], c->low[1], c->high[1])
                                  : json_null());
    crease_json_set_number(object, "boxes", run->scale, NULL);
    json_object_set_new(object, "centre", crease_json_numbers(c->centre, 2));
    static const char none[] = "V' is not proved to be below 0 around the rest point";
    crease_json_set_number(object, "level", c->proved ? c->level : NAN, none);
    json_object_set_new(object, "ellipse", c->proved ? crease_json_numbers(c->extent, 2) : json_null());
    bool plain = run->plain_scale > 0;
    json_object_set_new(object, "P_of_equation", plain ? crease_json_numbers(run->plain_p, 3) : json_null());
    crease_json_set_number(object, "boxes_of_equation", run->plain_scale, NULL);
    crease_json_set_count(object, "pieces", run->pieces->count);
    return object;
}

static json_t *path_json(const prove_run *run, const prove_claim *claim) {
    crease_error error;
    arm_path path;
    json_t *object = json_object();
    if (arm_path_new(run->wide, claim->start, 3, PATH_POINTS, &path, &error) != CREASE_OK)
        return object;
    json_t *V = json_array();
    for (size_t i = 0; i < path.count; i++) {
        const double s[2] = {path.x[i], path.w[i]};
        json_array_append_new(V, json_real(arm_lyapunov_value(run->pieces, run->certificate.p, s, NULL)));
    }
    json_object_set_new(object, "t", crease_json_numbers(path.t, path.count));
    json_object_set_new(object, "x", crease_json_numbers(path.x, path.count));
    json_object_set_new(object, "w", crease_json_numbers(path.w, path.count));
    json_object_set_new(object, "V", V);
    arm_path_clear(&path);
    return object;
}

/* The refuting motion at its samples. */
static json_t *sampled_json(const prove_run *run, const prove_claim *claim) {
    const plane_options *asked = &run->plane_options;
    size_t steps = run->reach->count - 1;
    double sample = run->reach_options.sample, *state = calloc(3 * steps + 2, sizeof *state);
    json_t *object = json_object(), *x = json_array(), *w = json_array(), *t = json_array();
    if (state && arm_reach_simulate(&asked->plant, asked->law, sample, steps, claim->start, state,
                                    state + 2 * (steps + 1), NULL, NULL) == CREASE_OK) {
        for (size_t k = 0; k <= steps; k++) {
            json_array_append_new(t, json_real(sample * (double)k));
            json_array_append_new(x, json_real(state[2 * k]));
            json_array_append_new(w, json_real(state[2 * k + 1]));
        }
        json_object_set_new(object, "u", crease_json_numbers(state + 2 * (steps + 1), steps));
    }
    json_object_set_new(object, "t", t);
    json_object_set_new(object, "x", x);
    json_object_set_new(object, "w", w);
    free(state);
    return object;
}

static json_t *claim_json(const prove_run *run, const prove_claim *claim, bool lyapunov) {
    json_t *object = json_object();
    crease_json_set_text(object, "statement", claim->statement);
    crease_json_set_text(object, "verdict", prove_verdict_name(claim->verdict));
    crease_json_set_number(object, "value", claim->value, "nothing was computed");
    crease_json_set_number(object, "error", claim->error, "there is no bound on rounding");
    crease_json_set_number(object, "wanted", claim->wanted, NULL);
    json_object_set_new(object, "for_ever", json_boolean(claim->verdict == PROVE_PROVED && claim->for_ever));
    json_object_set_new(object, "start",
                        claim->has_start ? crease_json_numbers(claim->start, 2) : json_null());
    json_object_set_new(object, "reached", claim->has_start ? json_real(claim->reached) : json_null());
    if (claim->has_start && lyapunov)
        json_object_set_new(object, "motion", path_json(run, claim));
    else if (claim->has_start && run->reach)
        json_object_set_new(object, "motion", sampled_json(run, claim));
    if (claim->why[0]) /* the place of what set_number said of numbers that are missing */
        crease_json_set_text(object, "why", claim->why);
    return object;
}

int prove_print_json(const prove_run *run) {
    json_t *object = crease_json_begin("arm-prove"), *claims = json_array();
    plane_options_json(&run->plane_options, object);
    crease_json_set_text(object, "verdict",
                         run->claim_count ? prove_verdict_name(prove_verdict_of_all(run)) : NULL);
    for (size_t i = 0; i < run->claim_count; i++)
        json_array_append_new(claims,
                              claim_json(run, &run->claim[i], run->pieces && i + 1 == run->claim_count));
    json_object_set_new(object, "claims", claims);
    json_object_set_new(object, "range", range_json(run));
    json_object_set_new(object, "reach", run->reach ? reach_json(run) : json_null());
    json_object_set_new(object, "lyapunov", run->pieces ? lyapunov_json(run) : json_null());
    crease_json_set_number(object, "seconds", run->seconds, NULL);
    return crease_json_finish(&run->app, object);
}

/* ---- text ---- */

static void print_table(const prove_run *run) {
    static const char *const titles[] = {"sample", "t, s",          "polygons", "area",       "x from, rad",
                                         "to",     "w from, rad/s", "to",       "|u| to, N m"};
    crease_report *report = crease_report_new(9, titles);
    size_t last = run->reach->count - 1, every = last > 20 ? (last + 9) / 10 : 2;
    for (size_t k = 0; k <= last; k++) {
        double row[COLUMNS];
        if (k % every != 0 && k != last)
            continue;
        row_of(run, k, row);
        crease_report_count(report, k);
        for (size_t j = 1; j < 9; j++)
            if (j == 2)
                crease_report_count(report, (size_t)row[j]);
            else if (j == 8 && k == 0)
                crease_report_text(report, "%s", "-");
            else
                crease_report_number(report, row[j], 6);
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
}

static void print_reach(const prove_run *run) {
    const arm_reach *reach = run->reach;
    const arm_reach_options *o = &run->reach_options;
    size_t at_sample, between;
    char text[2][PROVE_NUMBER];
    worst_of(reach, &at_sample, &between);
    printf("\nAll motions from x in [%g, %g], w in [%g, %g], torque set every %g s:\n", o->low[0], o->high[0],
           o->low[1], o->high[1], o->sample);
    print_table(run);
    const arm_reach_step *worst = &reach->step[between];
    if (worst->beyond_between.value > 0)
        printf("worst overshoot over all starts: %.12g rad at samples (number %zu), %.12g rad between them, "
               "from "
               "x = %.6g, w = %.6g\n",
               reach->step[at_sample].beyond, at_sample, worst->beyond_between.value,
               worst->beyond_between.start[0], worst->beyond_between.start[1]);
    else
        printf("no motion gets beyond the reference; the nearest to it comes to %.9g rad\n",
               -worst->beyond_between.value);
    if (isfinite(worst->between_error))
        printf("rounding, bounded outward: at most %.2g rad there, %.2g rad at the end\n",
               worst->between_error, reach->step[reach->count - 1].error[0]);
    else
        puts("rounding could not be bounded that far");
    if (reach->settles)
        printf(
            "after the last sample all of them stay in an ellipse where the loop is linear: |x| <= %s rad, "
            "|w| <= %s rad/s for ever\n",
            prove_at_most(reach->forever[0], 6, text[0]), prove_at_most(reach->forever[1], 6, text[1]));
}

static void print_lyapunov(const prove_run *run) {
    const arm_certificate *c = &run->certificate;
    puts("");
    if (run->plain_scale > 0)
        printf(
            "V of the Lyapunov equation A'P + PA = -I at the rest point falls in a box of %.4g times the one "
            "asked\n",
            run->plain_scale);
    if (!c->proved) {
        puts("V' is not below 0 around the rest point, or nothing like it was found");
        return;
    }
    char text[5][PROVE_NUMBER];
    printf("%s P = [%.15g %.15g; . %.15g]:\n", run->has_p ? "the given" : "the tuned", c->p[0], c->p[1],
           c->p[2]);
    printf("V' < 0 for x in [%s, %s], w in [%s, %s], but at rest\n",
           prove_inside(c->low[0], c->centre[0], 8, text[0]),
           prove_inside(c->high[0], c->centre[0], 8, text[1]),
           prove_inside(c->low[1], c->centre[1], 8, text[2]),
           prove_inside(c->high[1], c->centre[1], 8, text[3]));
    if (run->scale >= PROVE_WIDER)
        printf("(that is %d times the box asked, the largest that is tried)\n", PROVE_WIDER);
    printf("so no motion leaves the ellipse V <= %s, which reaches %.6g rad and %.6g rad/s, and all in it "
           "end at "
           "rest at x = %.6g\n",
           prove_inside(c->level, 0, 8, text[4]), c->extent[0], c->extent[1], c->centre[0]);
}

static void print_motion(const prove_run *run, const prove_claim *claim) {
    crease_error error;
    arm_path path;
    printf("    at x = %.9g, w = %.9g V grows: V' = %.6g\n", claim->start[0], claim->start[1],
           claim->reached);
    if (arm_path_new(run->wide, claim->start, 3, PATH_POINTS, &path, &error) != CREASE_OK)
        return;
    crease_report *report = crease_report_new(4, (const char *const[]){"t, s", "x, rad", "w, rad/s", "V"});
    for (size_t i = 0; i < path.count; i += i < 4 ? 1 : i < 20 ? 4 : 20) {
        const double s[2] = {path.x[i], path.w[i]};
        crease_report_number(report, path.t[i], 6);
        crease_report_number(report, s[0], 6);
        crease_report_number(report, s[1], 6);
        crease_report_number(report, arm_lyapunov_value(run->pieces, run->certificate.p, s, NULL), 6);
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
    arm_path_clear(&path);
}

static void print_claim(const prove_run *run, const prove_claim *claim, bool lyapunov) {
    printf("%s: %s\n", prove_verdict_name(claim->verdict), claim->statement);
    if (claim->verdict == PROVE_PROVED && claim->for_ever && !lyapunov && run->reach)
        puts("    and so for ever after");
    if (claim->verdict != PROVE_REFUTED && !lyapunov && claim->why[0] == '\0')
        printf("    the largest is %.12g, within %.2g\n", claim->value, claim->error);
    if (claim->verdict == PROVE_REFUTED && !lyapunov)
        printf("    the motion from x = %.17g, w = %.17g gets to %.12g\n", claim->start[0], claim->start[1],
               claim->reached);
    if (claim->why[0])
        printf("    %s\n", claim->why);
    if (lyapunov && claim->has_start)
        print_motion(run, claim);
}

int prove_print_text(const prove_run *run) {
    const crease_regions *regions = run->plane->regions;
    char text[128];
    plane_options_describe(&run->plane_options, text, sizeof text);
    printf("%s: %s", plane_options_law_name(&run->plane_options), text);
    if (run->plane_options.limited)
        printf(", torque held within %g N m", run->plane_options.limit);
    puts("");
    if (regions->complete)
        printf("torque over x in [%g, %g], w in [%g, %g]: exactly from %.12g to %.12g N m, in %zu regions\n",
               run->plane->low[0], run->plane->high[0], run->plane->low[1], run->plane->high[1],
               regions->output_below[0], regions->output_above[0], run->plane->count);
    if (run->reach)
        print_reach(run);
    if (run->pieces)
        print_lyapunov(run);
    if (run->claim_count)
        puts("");
    for (size_t i = 0; i < run->claim_count; i++)
        print_claim(run, &run->claim[i], run->pieces && i + 1 == run->claim_count);
    crease_app_detail(&run->app, "%.3g s", run->seconds);
    return crease_app_end(&run->app);
}
