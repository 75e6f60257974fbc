/* The report on a user's value function, in words and one table. */
#include "savings/own/own_program.h"
#include <math.h>
#include <string.h>

static const double SLOPES_OFF = .01; /* a coarse table is off by less at most of its rows */

void savings_own_label(const savings_own_row *row, char *text, size_t size) {
    char spec[128];
    crease_net_spec(row->net, spec, sizeof spec);
    snprintf(text, size, "%s%s", spec, row->held > 0 ? " @kink" : "");
}

static void print_data(const savings_own_program *run, FILE *file) {
    const savings_own_data *data = &run->data;
    fprintf(file, "data      %zu states of %s, %s from %.6g to %.6g; %s%s%s", data->n,
            run->table.table->source, run->x_name, data->x[0], data->x[data->n - 1], run->value_name,
            data->dV ? " and its slope " : " without its slope", data->dV ? run->marginal_name : "");
    if (data->merged > 0)
        fprintf(file, "; %zu rows repeat others", data->merged);
    if (run->fit.fitted_rows < data->n)
        fprintf(file, "; fitted to %zu of them at even ranks, judged on all", run->fit.fitted_rows);
    fputc('\n', file);
    if (fabs(run->fit.slopes_match - 1) > SLOPES_OFF)
        fprintf(file,
                "          but %s is not the slope of %s: the values change %.4g times as much as their "
                "slopes say; are they of another "
                "function, or in other units?\n",
                run->marginal_name, run->value_name, run->fit.slopes_match);
}

static void print_choice(const savings_own_program *run, FILE *file) {
    const savings_own_fit *fit = &run->fit;
    char label[160], scale[40] = "";
    double g = run->options.crra;
    savings_own_label(&fit->row[0], label, sizeof label);
    if (run->options.scale > 0 && run->options.scale != 1)
        snprintf(scale, sizeof scale, "/%.6g", run->options.scale);
    if (fit->transform != SAVINGS_OWN_PINV)
        fprintf(file, "fitted    %s itself: %s\n", run->value_name, fit->transform_why);
    else if (g == 1)
        fprintf(file, "fitted    n = exp(%s%s): %s\n", run->value_name, scale, fit->transform_why);
    else
        fprintf(file, "fitted    n = ((1 - g) %s%s)^(1/(1 - g)), g = %.6g: %s\n", run->value_name, scale, g,
                fit->transform_why);
    if (fit->weighed)
        fprintf(file,
                "          the values are noisy, so rows are weighted as if their errors in %s were alike\n",
                run->value_name);
    fprintf(file, "network   %s, %zu free parameters: %s\n", label, fit->row[0].n_free, fit->net_why);
}

/* To the digits that its error leaves: a place within rounding of 0 is 0. */
static double rounded(double x, double error) {
    double unit = error > 0 && isfinite(error) ? pow(10, floor(log10(error))) : 0;
    return unit > 0 && fabs(x) / unit < 1e15 ? round(x / unit) * unit + 0. : x;
}

static void print_kinks(const savings_own_program *run, FILE *file) {
    static const char *const source[] = {"seen in the values", "seen as a jump of the slope",
                                         "two slopes in the table", "imposed"};
    const savings_own_fit *fit = &run->fit;
    if (fit->kink_count == 0)
        fprintf(file, "kinks     none: %s\n", fit->kinks_why);
    for (size_t k = 0; k < fit->kink_count; k++) {
        const savings_own_kink *kink = &fit->kink[k];
        fprintf(file, "kink      %s = %.10g", run->x_name, rounded(kink->x, kink->error));
        if (kink->source < SAVINGS_OWN_FROM_PAIR)
            fprintf(file, " +- %.1e", kink->error);
        fprintf(file, " (%s%s): slope %.8g below, %.8g above", source[kink->source],
                kink->at_row && kink->source < SAVINGS_OWN_FROM_PAIR ? ", taken at the row there" : "",
                kink->slope_left, kink->slope_right);
        if (isnan(kink->ratio))
            fputs(", flat above\n", file);
        else
            fprintf(file, ", ratio %.10g\n", kink->ratio);
        if (fabs(kink->seen_left / kink->seen_right - kink->ratio) > 1e-6 * fabs(kink->ratio))
            fprintf(file, "          (the rows beside it, each side by itself: %.8g and %.8g, ratio %.7g)\n",
                    kink->seen_left, kink->seen_right, kink->seen_left / kink->seen_right);
    }
    if (run->options.has_limit)
        fprintf(file, "limit     %s\n", fit->limit_why);
}

static void print_errors(const savings_own_program *run, FILE *file) {
    static const char *const titles[] = {"network",      "free", "V max",  "rms", "near kink",
                                         "left out rms", "max",  "V' max", "rms", "left out rms"};
    const savings_own_fit *fit = &run->fit;
    crease_report *report = crease_report_new(run->data.dV ? 10 : 7, titles);
    for (size_t i = 0; i < fit->row_count; i++) {
        const savings_own_row *row = &fit->row[i];
        char label[160];
        savings_own_label(row, label, sizeof label);
        crease_report_text(report, "%s", label);
        crease_report_count(report, row->n_free);
        crease_report_number(report, row->value.max, 2);
        crease_report_number(report, row->value.rms, 2);
        crease_report_number(report, row->value.near, 2);
        crease_report_number(report, row->left_out.rms, 2);
        crease_report_number(report, row->left_out.max, 2);
        if (!run->data.dV)
            continue;
        crease_report_number(report, row->slope.max, 2);
        crease_report_number(report, row->slope.rms, 2);
        crease_report_number(report, row->left_out_slope.rms, 2);
    }
    fprintf(file, "\nerrors of %s%s at the rows; left out: on every fifth row, left out in turn\n",
            run->value_name, run->data.dV ? " and its slope" : "");
    crease_report_print(report, file);
    crease_report_free(report);
    if (!run->data.dV)
        fputs("the error of the slope is not known: name its column by --marginal\n", file);
}

/* Says so when a rival is better, too. */
static void print_contest(const savings_own_fit *fit, FILE *file) {
    size_t best = 0;
    for (size_t i = 1; i < fit->row_count; i++)
        if (best == 0 || fit->row[i].value.max < fit->row[best].value.max)
            best = i;
    if (best == 0)
        return;
    char rival[160];
    savings_own_label(&fit->row[best], rival, sizeof rival);
    double own = fit->row[0].value.max, other = fit->row[best].value.max;
    if (fmax(own, other) <= 1.2 * fmin(own, other))
        fprintf(file, "%s, of as many free parameters, does as well\n", rival);
    else if (other >= own)
        fprintf(file, "%s, of as many free parameters, errs %.3g times as much at its worst row\n", rival,
                other / own);
    else
        fprintf(file, "%s, of as many free parameters, errs less at its worst row, by %.3g times%s\n", rival,
                own / other,
                fit->kink_count > 0 ? "" : ": without a kink there is nothing for a hinge to keep");
}

static void print_shape(const savings_own_program *run, FILE *file) {
    const savings_own_fit *fit = &run->fit;
    const savings_own_shape *s = &fit->shape, *t = &fit->data_shape;
    fputs("shape     ", file);
    if (s->drop == 0)
        fputs("increasing everywhere; ", file);
    else
        fprintf(file, "falls, at worst with slope %.3g at %.6g (the table: %.3g); ", -s->drop, s->drop_x,
                -t->drop);
    if (s->rise == 0)
        fputs("concave everywhere\n", file);
    else
        fprintf(file,
                "not concave: its slope rises by %.3g from %.6g to %.6g (the table's secants: by %.3g)\n",
                s->rise, s->rise_from, s->rise_to, t->rise);
}

static void print_policy(const savings_own_program *run, FILE *file) {
    const savings_own_policy *p = &run->fit.policy;
    if (!p->net) {
        fprintf(file, "policy    no network: %s\n", p->why);
        return;
    }
    char spec[128];
    double range = run->data.x[run->data.n - 1] - run->data.x[0];
    crease_net_spec(p->net, spec, sizeof spec);
    fprintf(file, "policy    c(%s) from %s: %s, largest error %.1e, rms %.1e on %zu rows",
            savings_own_policy_variable(run),
            run->options.state == SAVINGS_OWN_CASH     ? "V' = u'(c)"
            : run->options.state == SAVINGS_OWN_ASSETS ? "V' = R u'(c)"
                                                       : "V' = u'(c), m = assets + c",
            spec, p->max_error, p->rms, p->rows);
    for (size_t k = 0; k < p->kink_count; k++)
        fprintf(file, "%s%.9g", k == 0 ? "; kinks at " : ", ", rounded(p->kink[k], 1e-12 * range));
    fputc('\n', file);
    fputs("          Euler errors are not known: they need the income and return of the next period\n", file);
    if (run->options.state == SAVINGS_OWN_CASH)
        fputs("          (this takes the state for cash on hand; --state assets --R R and --state end are "
              "the other cases)\n",
              file);
}

void savings_own_print(const savings_own_program *run, FILE *file) {
    print_data(run, file);
    print_choice(run, file);
    print_kinks(run, file);
    print_errors(run, file);
    print_contest(&run->fit, file);
    fputc('\n', file);
    print_shape(run, file);
    print_policy(run, file);
    for (size_t i = 0; i < 3; i++)
        if (run->file[i])
            fprintf(file, "%s %s\n", i == 0 ? "written  " : "         ", run->file[i]);
}
