/* What the files of this room share: the motion, and the field of its present mode. */
#ifndef CREASE_ODE_INTERNAL_H
#define CREASE_ODE_INTERNAL_H

#include "crease/ode.h"
#include <gsl/gsl_odeiv2.h>
#include <gsl/gsl_roots.h>

/* A time with everything known there; y and slope: dimension, z and rate: surface_count. */
typedef struct ode_point {
    double t, *y, *slope, *z, *rate;
} ode_point;

/* Every step, by the point where it starts. */
typedef struct ode_history {
    size_t count, capacity;
    double *t, *y;
    bool *above, *slides; /* of the step that starts here */
} ode_history;

typedef struct ode_slide ode_slide;

struct crease_ode {
    crease_ode_system system;
    crease_ode_options options;
    gsl_odeiv2_system frozen; /* the field of the mode, as GSL wants it */
    gsl_odeiv2_step *step;
    gsl_odeiv2_control *control;
    gsl_root_fsolver *solver;
    ode_point now, end, ahead;
    double *truncation, *absolute; /* dimension */
    double h;                      /* the step to try next; 0: not chosen yet */
    bool settled;                  /* now.slope, now.z and the mode belong together */
    bool *above, *slides;          /* the mode */
    bool *kept;                    /* sides that were just decided, not to be doubted before the next step */
    unsigned char *flips;          /* of each surface since time went on */
    size_t slide_count;
    const bool *field_above,
        *field_slides; /* the mode that the field is taken in: this one, or that of an old step */
    bool *signs;       /* plain: sides by the signs of z */
    double *size;      /* largest |z| seen */
    double *work;      /* 3 * dimension + surface_count */
    ode_slide *slide;
    bool counting;
    int failure; /* what a function of the caller returned */
    crease_ode_crossing *crossing;
    size_t crossing_count, crossing_capacity;
    crease_ode_statistics statistics;
    ode_history history;
};

/* field.c. All return 0, or GSL_EBADFUNC after ode->failure was set. */
int crease_ode_field(double t, const double *y, double *dydt, void *ode);
int crease_ode_call(crease_ode *ode, double t, const double *y, const bool *above, double *dydt);
int crease_ode_surfaces(crease_ode *ode, double t, const double *y, const bool *above, double *z);
int crease_ode_rates(crease_ode *ode, double t, const double *y, const bool *above, const double *dydt,
                     double *rate);
/* The sides by the signs of z, until they agree with the z that they give; `above` in: a guess. */
int crease_ode_signs(crease_ode *ode, double t, const double *y, double *z, bool *above);
/* slope, z and rate at point->t, point->y in the present mode */
int crease_ode_look(crease_ode *ode, ode_point *point);
/* |z_i| below this is rounding */
double crease_ode_rounding(const crease_ode *ode, const ode_point *point, size_t i);

/* settle.c: finds the mode in which the motion goes on from `now`. */
crease_status crease_ode_settle(crease_ode *ode, crease_error *error);

/* step.c */
int crease_ode_try(crease_ode *ode, double length);
crease_status crease_ode_step(crease_ode *ode, double until, bool *ended, crease_error *error);
crease_status crease_ode_failed(const crease_ode *ode, double t, crease_error *error);

/* locate.c: where ode->end is beyond a surface, takes shorter steps until it is on the first one. *which: that
 * surface, or surface_count where none was crossed. */
crease_status crease_ode_locate(crease_ode *ode, double *length, size_t *which, crease_error *error);

/* history.c */
bool crease_ode_history_add(crease_ode *ode);
void crease_ode_history_mode(crease_ode *ode);
bool crease_ode_note(crease_ode *ode, size_t surface, int direction);
void crease_ode_history_free(crease_ode *ode);

/* cubic.c. The cubic on 0 <= s <= 1 with p(0), p'(0), p(1), p'(1). */
typedef struct ode_cubic {
    double c[4];
} ode_cubic;
ode_cubic crease_ode_cubic(double p0, double d0, double p1, double d1);
double crease_ode_cubic_at(const ode_cubic *p, double s);
/* The first s at which p, not below 0 at 0 but for rounding, falls below -rounding; 2 where it does not. Where p only comes
 * close to 0 inside, *dip is the place of that least value, else 2. */
double crease_ode_cubic_falls(gsl_root_fsolver *solver, const ode_cubic *p, double rounding, double *dip);

#endif
