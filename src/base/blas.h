#ifndef CREASE_BASE_BLAS_H
#define CREASE_BASE_BLAS_H

#include <stdbool.h>

/* False with a single-threaded build of OpenBLAS (Debian's libopenblas0-serial): its buffers are shared
 * without a lock, so products formed in two threads at once come out wrong, silently. Then work is done in
 * one thread. */
bool crease_blas_is_thread_safe(void);

/* One thread inside each product, so that sums have one order. */
void crease_blas_use_one_thread(void);

#endif
