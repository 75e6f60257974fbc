#include "support/labs.h"
#include "support/suites.h"
#include <stdlib.h>
#include <string.h>

static void set_knob(const lab_experiment *lab, lab_setup *setup, const char *name, const char *value) {
    for (size_t i = 0; i < LAB_KNOBS && lab->knob[i].name; i++)
        if (strcmp(lab->knob[i].name, name) == 0) {
            setup->knob[i] = strtod(value, NULL);
            return;
        }
    ck_abort_msg("lab %s has no knob '%s'", lab->name, name);
}

lab_run *lab_under_test(const char *name, const char *knobs, uint64_t seed, bool falsified) {
    const lab_experiment *lab = lab_find(name);
    ck_assert_msg(lab != NULL, "there is no lab '%s'", name);
    lab_setup setup = lab_setup_default(lab);
    setup.seed = seed;
    setup.falsified = falsified;
    char *copy = strdup(knobs), *rest = copy, *word;
    while (*knobs && (word = strsep(&rest, ",")) != NULL) {
        char *value = strchr(word, '=');
        ck_assert_ptr_nonnull(value);
        *value = '\0';
        set_knob(lab, &setup, word, value + 1);
    }
    free(copy);
    lab_run *run;
    crease_error error;
    ck_assert_msg(lab_perform(lab, &setup, &run, &error) == CREASE_OK, "lab %s: %s", name, error.message);
    ck_assert_msg(run->measurements > 0, "lab %s measures nothing", name);
    return run;
}

const lab_measurement *lab_measured(const lab_run *run, const char *name) {
    for (size_t i = 0; i < run->measurements; i++)
        if (strcmp(run->measurement[i].name, name) == 0)
            return &run->measurement[i];
    ck_abort_msg("lab %s measures no '%s'", run->lab->name, name);
    return NULL;
}

const lab_series *lab_drawn(const lab_run *run, const char *label) {
    for (size_t i = 0; i < run->series; i++)
        if (strcmp(run->drawn[i].label, label) == 0)
            return &run->drawn[i];
    ck_abort_msg("lab %s draws no '%s'", run->lab->name, label);
    return NULL;
}

void lab_verdict_holds(const char *name, const char *knobs, uint64_t seeds, lab_verdict verdict) {
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        lab_run *run = lab_under_test(name, knobs, seed, false);
        ck_assert_msg(run->verdict == verdict, "lab %s, seed %zu: %s: %s", name, (size_t)seed,
                      lab_verdict_name(run->verdict), run->sentence[0]);
        lab_run_free(run);
        run = lab_under_test(name, knobs, seed, true);
        ck_assert_msg(run->verdict != verdict, "lab %s falsified, seed %zu: still %s: %s", name, (size_t)seed,
                      lab_verdict_name(run->verdict), run->sentence[0]);
        lab_run_free(run);
    }
}
