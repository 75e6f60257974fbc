/* A clock for the seconds that results report. */
#ifndef SAVINGS_SECONDS_H
#define SAVINGS_SECONDS_H

#include <time.h>

static inline double savings_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

#endif
