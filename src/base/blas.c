#include "base/blas.h"

/* Present only in OpenBLAS; weak, so that crease links with any BLAS. */
extern int openblas_get_parallel(void) __attribute__((weak));
extern void openblas_set_num_threads(int threads) __attribute__((weak));

bool crease_blas_is_thread_safe(void) {
    enum { SEQUENTIAL = 0 };
    return !openblas_get_parallel || openblas_get_parallel() != SEQUENTIAL;
}

void crease_blas_use_one_thread(void) {
    if (openblas_set_num_threads)
        openblas_set_num_threads(1);
}
