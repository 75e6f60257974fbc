/* Stands in for the labs that need exact arithmetic where GMP is not installed. */
#include "labs/lab.h"

static crease_status unavailable(lab_run *run, crease_error *error) {
    return crease_fail(error, CREASE_UNAVAILABLE,
                       "lab %s needs exact arithmetic, and this crease was built without; install the Debian "
                       "package libgmp-dev and build it again",
                       run->lab->name);
}

/* A lab of models/labs that EXACT_LABS in the Makefile names. */
#define WITHOUT(lab, what)                                                                                   \
    const lab_experiment lab_##lab = {.name = #lab, .claim = what, .control = "none", .run = unavailable};

WITHOUT(mosaic, "Each unit is a line; the plane becomes a mosaic of polygons, with one affine map on each.")
WITHOUT(lipschitz, "The global Lipschitz guarantee is loose, the local one tight, for an image-sized input "
                   "and a class margin.")
WITHOUT(milp, "One binary a unit turns a ReLU network into a MILP with a definite answer; for smooth "
              "networks this is nearly "
              "impossible.")
