/* What the numbers of crease traffic calibrate say. */
#include "traffic/calibrate/calibrate_program.h"
#include <math.h>
#include <stdio.h>

static double per_cent(double log_ratio) {
    return 100 * (1 - exp(log_ratio));
}

/* The calibrated flux against the one it started from, on held-out time. */
static void say_gain(const calibrate_run *run, FILE *f) {
    const calibrate_row *start = &run->row[CALIBRATE_START], *fitted = &run->row[CALIBRATE_FITTED];
    const double ratio = fitted->test.count / start->test.count;
    const crease_paired *p = &run->gain;
    const bool clear = p->log_high < 0;
    fprintf(
        f,
        "On held-out time the calibrated flux misses the counts between by %.3g vehicles, the %s by %.3g: ",
        fitted->test.count, start->name, start->test.count);
    if (!(ratio < 1))
        fprintf(f, "no gain%s.\n",
                fitted->train.count < start->train.count ? ", though it is closer where it was fitted" : "");
    else if (isnan(p->log_low))
        fprintf(f, "%.3g %% less. That is too little time to tell whether it is chance.\n",
                100 * (1 - ratio));
    else if (clear)
        fprintf(f, "a gain of %.3g %%; block by block of time %.2g to %.2g %%.\n", 100 * (1 - ratio),
                per_cent(p->log_high), per_cent(p->log_low));
    else
        fprintf(f,
                "%.3g %% less, but not beyond doubt: block by block of time the change is from %.2g %% less "
                "to %.2g %% "
                "more.\n",
                100 * (1 - ratio), per_cent(p->log_low), -per_cent(p->log_high));
}

/* Against no flux at all. */
static void say_straight(const calibrate_run *run, FILE *f) {
    const double straight = run->row[CALIBRATE_STRAIGHT].test.count,
                 fitted = run->row[CALIBRATE_FITTED].test.count;
    if (fitted < straight)
        fprintf(f,
                "A straight line from the first detector's count to the last's, without any flux, misses by "
                "%.3g.\n",
                straight);
    else
        fprintf(f,
                "A straight line from the first detector's count to the last's misses by %.3g, which is "
                "less: with one "
                "flux for all of this road, LWR is worse here than no model.\n",
                straight);
}

char *calibrate_verdict(const calibrate_run *run) {
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        return NULL;
    const calibrate_row *fitted = &run->row[CALIBRATE_FITTED];
    if (run->train == run->data.intervals)
        fprintf(f, "Nothing was held out, so whether there is a gain is not known: --train ends the time "
                   "that is fitted.\n");
    else {
        say_gain(run, f);
        say_straight(run, f);
    }
    if (!run->jam_seen)
        fprintf(f,
                "The fitted counts do not depend on the jam density: there was no congestion between the "
                "detectors, and "
                "%.4g veh/km is only where the fit began.\n",
                fitted->audit.jam_density);
    else if (run->largest_density > 0 && fitted->audit.extrapolated)
        fprintf(f, "The jam density, %.4g veh/km, is beyond every density observed while training (%.4g).\n",
                fitted->audit.jam_density, run->largest_density);
    if (ferror(f) | fclose(f))
        return NULL;
    return text;
}
