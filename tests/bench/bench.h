/* What the benchmarks share: a stopwatch, the machine's own rate to measure by, and rows with their growth.
 */
#ifndef BENCH_H
#define BENCH_H

#include "crease/status.h"
#include <stddef.h>

double bench_now(void);
/* Seconds of processor of this process: what others do on the machine counts little. */
double bench_cpu(void);

/* Seconds of one call of work(context): repeated until a quarter of a second is full, the best of three such
 * rounds, since other programs can only slow a round down. */
double bench_seconds(void (*work)(void *context), void *context);

/* Floating-point operations a second of dgemm on one thread, 512 x 512: what this machine can do at best. */
double bench_dgemm_rate(void);

/* Exponent e of time ~ size^e between two runs; NaN for the first row, where last_size is 0. */
double bench_growth(double size, double seconds, double last_size, double last_seconds);
/* "  -  " for NaN. */
const char *bench_growth_text(double growth, char text[16]);

/* Ends the program with the message when a call failed. */
void bench_must(crease_status status, const crease_error *error);

void bench_networks(double dgemm_rate);
void bench_fits(void);
void bench_csv(void);
void bench_knots(void);
void bench_savings(void);
void bench_lwr(void);
void bench_ode(void);
void bench_arm(void);
void bench_verify(void);
/* seeds 0: a short table. Reference data and best known errors from a folder, or NULL. */
void bench_peers(size_t seeds, const char *reference);

#endif
