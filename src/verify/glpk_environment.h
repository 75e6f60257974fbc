/* GLPK keeps an environment for each thread, prints, and aborts the program when it finds a fault of its own. Here it
 * does none of this. */
#ifndef CREASE_VERIFY_GLPK_ENVIRONMENT_H
#define CREASE_VERIFY_GLPK_ENVIRONMENT_H

#include <stdbool.h>

/* Calls work(context) with a silent environment of GLPK, which is freed afterwards, with every object of GLPK in it,
 * unless the caller's thread had one before. False when GLPK found a fault (then `work` was left in the middle) or had
 * no memory; `work` may only allocate what is freed by others. */
bool crease_glpk_run(void (*work)(void *context), void *context);

#endif
