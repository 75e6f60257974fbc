/* Motion along surfaces at which the field jumps: the equivalent control, and which of them hold. */
#ifndef CREASE_ODE_SLIDE_H
#define CREASE_ODE_SLIDE_H

#include "ode/internal.h"

struct crease_dense_solver;

/* The surfaces in question are index[0..count); matrices are count x count. */
struct ode_slide {
    size_t most, count;     /* surfaces at which the field jumps; those in question */
    size_t *index;          /* most */
    bool *base;             /* surface_count: sides of f0 */
    double *f0, *middle;    /* dimension */
    double *jump;           /* most x dimension */
    double *rate0, *rate;   /* surface_count */
    double *A, *part;       /* most x most */
    double *b, *theta;      /* most */
    double *right, *x;      /* most */
    double *share[4];       /* most: theta over a step at 0, 1/3, 2/3, 1 */
    unsigned char *pattern; /* most */
    struct crease_dense_solver *solver;
};

bool crease_ode_slide_new(crease_ode *ode);
void crease_ode_slide_free(crease_ode *ode);

/* f0, jump, A and b of the surfaces in question. */
int crease_ode_slide_jumps(crease_ode *ode, double t, const double *y);
/* A x = b; false where A is singular. */
bool crease_ode_slide_solve(ode_slide *slide, size_t count, const double *A, const double *b, double *x);

/* The field in the mode ode->field_above, ode->field_slides, of which some hold; theta are its shares. */
int crease_ode_slide_field(crease_ode *ode, double t, const double *y, double *dydt);

/* The shares of the last call are those at `now`; those at the end of the step are. */
void crease_ode_slide_at_now(crease_ode *ode);
void crease_ode_slide_arrive(crease_ode *ode);
/* After a step was tried: its shares. */
int crease_ode_slide_sample(crease_ode *ode, double length);
/* Whether a cubic follows them. */
bool crease_ode_slide_resolved(const crease_ode *ode);
/* That of the k-th surface that holds. */
ode_cubic crease_ode_slide_share(const crease_ode *ode, size_t k);
/* Takes the drift of `end` off the surfaces, along the jumps. */
int crease_ode_slide_project(crease_ode *ode);

/* decide.c: of the surfaces at which the field jumps and that `now` is on: which hold, and on which side of the others
 * the motion goes on. *changed: the mode is another. */
crease_status crease_ode_slide_decide(crease_ode *ode, bool *changed, crease_error *error);

#endif
