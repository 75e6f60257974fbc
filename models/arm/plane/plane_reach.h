/* The exact set of states that a sampled controller can reach from a box of starts, for the linear plant:
 * u is set at each sample and held (zero-order hold), so s_{k+1} = Ad s_k + Bd u(s_k), which is affine on
 * every region of the law. Polygons are split by the law and mapped; nothing is merged. */
#ifndef ARM_PLANE_REACH_H
#define ARM_PLANE_REACH_H

#include "arm/plane/plane.h"

typedef struct arm_reach_options {
    double sample; /* s */
    size_t steps;
    double low[2], high[2];             /* starts: x and w */
    size_t most_polygons;               /* 0: 1000000 */
    bool keep;                          /* all polygons, for pictures */
    bool (*interrupted)(void *context); /* at every step; NULL: never */
    void *interrupted_context;
} arm_reach_options;

/* A largest value, and a start that reaches it. */
typedef struct arm_extreme {
    double value, start[2];
} arm_extreme;

/* At sample k = 0, 1, ..: the numbers are those of the computed polygons; `error`s bound how far the exact
 * ones can be from them (plane_reach_bound.c; infinite when there is no bound). "Led here": in the time
 * from the sample before to this one, both ends included; at k = 0 just the start. */
typedef struct arm_reach_step {
    size_t polygons;
    double area;
    arm_extreme low[2], high[2]; /* of x and w at the sample */
    arm_extreme least, most;     /* x in the time that led here; w lies between its values at samples */
    arm_extreme torque;          /* |u| in the time that led here */
    double beyond; /* largest x at the sample from starts below the reference, -x from those above */
    arm_extreme beyond_between;         /* the same in the time that led here */
    double error[2];                    /* of x and w at the sample */
    double torque_error, between_error; /* of torque; of least, most, beyond_between */
} arm_reach_step;

typedef struct arm_reach_polygon {
    size_t step, first, count; /* corners first .. first + count - 1 of corner */
} arm_reach_polygon;

typedef struct arm_reach {
    arm_reach_step *step; /* count of them: 0 .. steps, fewer when interrupted */
    size_t count;
    arm_reach_polygon *polygon; /* when kept */
    size_t polygon_count;
    double *corner;  /* x, w each */
    const char *why; /* "interrupted", "polygons"; NULL when complete */
    double seconds;
    /* the last set lies in an ellipse around the rest point, inside the region there, that the sampled
     * loop never leaves: after the last sample |x|, |w| and |u| stay at most at these for ever */
    bool settles;
    double forever[2], forever_torque;
} arm_reach;

/* BAD_ARGUMENT for a plant with gravity, a sample not in (0, 10] s, an empty box, and a law that is not
 * piecewise linear. */
crease_status arm_reach_new(const arm_plant *plant, const crease_net *law, const arm_reach_options *options,
                            arm_reach **reach, crease_error *error);
void arm_reach_free(arm_reach *reach);

/* Ad (2 x 2), Bd (2) of the plant for one sample, each number within 2^-52 of its size of the exact one. */
void arm_reach_sample(const arm_plant *plant, double sample, double ad[4], double bd[2]);

/* One start simulated with the law as it is: states at the samples 0 .. steps (2 each), torques (steps),
 * and the largest x and -x at any time. Any may be NULL. */
crease_status arm_reach_simulate(const arm_plant *plant, const crease_net *law, double sample, size_t steps,
                                 const double start[2], double *state, double *torque, double most[2],
                                 crease_error *error);

#endif
