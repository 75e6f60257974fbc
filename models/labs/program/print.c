/* A run in words and tables. */
#include "crease/app.h"
#include "labs/program/program.h"
#include <ctype.h>
#include <math.h>

enum { INDENT = 4, DIGITS = 7 };

static void print_words(FILE *file, const char *text) {
    fprintf(file, "%*s", INDENT, "");
    crease_report_words(file, text, INDENT, INDENT);
}

static void print_measurements(const lab_run *run, FILE *file) {
    bool chance = false, theory = false;
    for (size_t i = 0; i < run->measurements; i++) {
        chance |= !isnan(run->measurement[i].estimate.low);
        theory |= !isnan(run->measurement[i].expected);
    }
    const char *titles[4] = {"measured", ""};
    size_t columns = 2;
    if (chance)
        titles[columns++] = "95 % interval";
    if (theory)
        titles[columns++] = "expected";
    crease_report *report = crease_report_new(columns, titles);
    for (size_t i = 0; i < run->measurements; i++) {
        const lab_measurement *m = &run->measurement[i];
        crease_report_text(report, "%s", m->what);
        crease_report_number(report, m->estimate.value, DIGITS);
        if (chance && isnan(m->estimate.low))
            crease_report_text(report, "-");
        else if (chance)
            crease_report_text(report, "%.5g .. %.5g", m->estimate.low, m->estimate.high);
        if (theory)
            crease_report_number(report, m->expected, DIGITS);
    }
    crease_report_print(report, file);
    crease_report_free(report);
}

static void print_table(const lab_run *run, FILE *file) {
    crease_report *report = crease_report_new(run->columns, (const char *const *)run->column);
    for (size_t i = 0; i < run->cells; i++)
        if (run->cell[i].text)
            crease_report_text(report, "%s", run->cell[i].text);
        else
            crease_report_number(report, run->cell[i].number, 4);
    fprintf(file, "\n%s\n", run->table_title);
    crease_report_print(report, file);
    crease_report_free(report);
}

void labs_print(const lab_run *run, FILE *file) {
    char verdict[32];
    snprintf(verdict, sizeof verdict, "%s", lab_verdict_name(run->verdict));
    for (char *c = verdict; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    crease_report_words(file, run->lab->claim, fprintf(file, "%s:", run->lab->name), INDENT);
    if (run->setup.falsified) {
        fprintf(file, "Falsified on purpose:");
        crease_report_words(file, run->lab->control, 21, INDENT);
    }
    putc('\n', file);
    print_measurements(run, file);
    if (run->columns)
        print_table(run, file);
    fprintf(file, "\n%s.\n", verdict);
    for (size_t i = 0; i < run->sentences; i++)
        print_words(file, run->sentence[i]);
}

void labs_print_verdicts(const size_t verdicts[3]) {
    printf("%zu labs: %zu confirmed, %zu confirmed with limits, %zu refuted as stated.\n",
           verdicts[0] + verdicts[1] + verdicts[2], verdicts[LAB_CONFIRMED],
           verdicts[LAB_CONFIRMED_WITH_LIMITS], verdicts[LAB_REFUTED]);
}
