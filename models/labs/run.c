/* A run of a lab: its setup, and what was asked of it. */
#include "labs/lab.h"
#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

const char *lab_verdict_name(lab_verdict verdict) {
    return verdict == LAB_CONFIRMED               ? "confirmed"
           : verdict == LAB_CONFIRMED_WITH_LIMITS ? "confirmed with limits"
                                                  : "refuted as stated";
}

lab_setup lab_setup_default(const lab_experiment *lab) {
    lab_setup setup = {.seed = 1};
    for (size_t i = 0; i < LAB_KNOBS; i++)
        setup.knob[i] = lab->knob[i].value;
    return setup;
}

static crease_status check_knobs(const lab_experiment *lab, const lab_setup *setup, crease_error *error) {
    for (size_t i = 0; i < LAB_KNOBS && lab->knob[i].name; i++) {
        const lab_knob *knob = &lab->knob[i];
        const double value = setup->knob[i];
        if (!(value >= knob->least && value <= knob->most) || (knob->whole && value != floor(value)))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "--%s must be %s from %g to %g, and is %g",
                               knob->name, knob->whole ? "a whole number" : "a number", knob->least,
                               knob->most, value);
    }
    return CREASE_OK;
}

crease_status lab_perform(const lab_experiment *lab, const lab_setup *setup, lab_run **run,
                          crease_error *error) {
    *run = NULL;
    crease_status status = check_knobs(lab, setup, error);
    if (status != CREASE_OK)
        return status;
    lab_run *r = calloc(1, sizeof *r);
    if (!r)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for lab %s", lab->name);
    r->lab = lab;
    r->setup = *setup;
    status = lab->run(r, error);
    if (status == CREASE_OK && r->broken)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for what lab %s records", lab->name);
    if (status == CREASE_OK && !r->concluded && !lab_interrupted(r))
        status = crease_fail(error, CREASE_INTERNAL, "lab %s came to no verdict", lab->name);
    if (status != CREASE_OK) {
        lab_run_free(r);
        return status;
    }
    *run = r;
    return CREASE_OK;
}

double lab_number(const lab_run *run, const char *knob) {
    for (size_t i = 0; i < LAB_KNOBS && run->lab->knob[i].name; i++)
        if (strcmp(run->lab->knob[i].name, knob) == 0)
            return run->setup.knob[i];
    assert(false); /* the lab declares no such knob */
    return NAN;
}

size_t lab_count(const lab_run *run, const char *knob) {
    return (size_t)lab_number(run, knob);
}

uint64_t lab_seed(const lab_run *run) {
    return run->setup.seed;
}

int lab_threads(const lab_run *run) {
    const int cores = omp_get_max_threads();
    return run->setup.threads > 0 && run->setup.threads < (size_t)cores ? (int)run->setup.threads : cores;
}

bool lab_falsified(const lab_run *run) {
    return run->setup.falsified;
}

bool lab_interrupted(const lab_run *run) {
    return run->setup.interrupted && run->setup.interrupted(run->setup.interrupted_context);
}

crease_status lab_each(const lab_run *run, size_t count, lab_task *one, void *context, crease_error *error) {
    crease_status status = CREASE_OK;
    size_t failed = count;
#pragma omp parallel for num_threads(lab_threads(run)) schedule(dynamic)
    for (size_t i = 0; i < count; i++) {
        crease_error own;
        const crease_status here = lab_interrupted(run) ? CREASE_OK : one(run, i, context, &own);
        if (here != CREASE_OK) {
#pragma omp critical(lab_each)
            if (i < failed) {
                failed = i;
                status = crease_fail(error, here, "%s", own.message);
            }
        }
    }
    return status;
}
