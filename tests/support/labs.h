/* Runs labs under test. */
#ifndef TEST_LABS_H
#define TEST_LABS_H

#include "labs/lab.h"

/* A finished run; knobs: "samples=100,width=4" or "", the others at their first values. */
lab_run *lab_under_test(const char *name, const char *knobs, uint64_t seed, bool falsified);
/* The measurement of that name; fails without one. */
const lab_measurement *lab_measured(const lab_run *run, const char *name);
/* The curve with that legend; fails without one. */
const lab_series *lab_drawn(const lab_run *run, const char *label);
/* The verdict with these knobs is this over seeds 1 .. seeds, and another when the claim is falsified. */
void lab_verdict_holds(const char *name, const char *knobs, uint64_t seeds, lab_verdict verdict);

#endif
