/* The parts of crease arm prove. */
#ifndef ARM_PROVE_RUN_H
#define ARM_PROVE_RUN_H

#include "arm/plane_lyapunov.h"
#include "arm/plane_options.h"
#include "arm/plane_reach.h"
#include "crease/app.h"

typedef enum prove_verdict { PROVE_PROVED = 0, PROVE_REFUTED, PROVE_UNKNOWN } prove_verdict;

enum { PROVE_CLAIMS = 8, PROVE_TEXT = 320 };

/* One statement and its verdict. */
typedef struct prove_claim {
    char statement[PROVE_TEXT];
    prove_verdict verdict;
    double value; /* the largest that was computed */
    double error; /* no true one is larger than value + error */
    double wanted;
    bool for_ever;        /* else for the steps computed */
    char why[PROVE_TEXT]; /* of unknown */
    bool has_start;       /* of refuted: a state, and what its simulated motion reaches */
    double start[2], reached;
} prove_claim;

typedef struct prove_run {
    crease_app app;
    plane_options plane_options;
    const char *csv_path;
    /* what is asked; NaN: not */
    bool wants_reach, wants_lyapunov;
    arm_reach_options reach_options;
    double never_beyond, torque_below, settles_within;
    size_t after; /* samples; SIZE_MAX: the last */
    bool has_safe;
    double safe_low[2], safe_high[2];
    bool has_p;
    double p[3], slice;
    /* what came out */
    arm_plane *plane; /* on the box */
    arm_reach *reach;
    arm_plane *wide; /* on PROVE_WIDER times the box, for the certificate */
    arm_pieces *pieces;
    arm_certificate certificate;    /* on `wide` */
    double plain_p[3], plain_scale; /* of the Lyapunov equation; scale in boxes, 0: there is none */
    double scale;                   /* of `certificate` in boxes */
    bool whole;                     /* the box asked is proved */
    prove_claim claim[PROVE_CLAIMS];
    size_t claim_count;
    double seconds;
} prove_run;

/* How much larger than the box asked the largest certified box may be. */
#define PROVE_WIDER 4

const char *prove_verdict_name(prove_verdict verdict);
/* Of all claims: refuted when one is, else unknown when one is. */
prove_verdict prove_verdict_of_all(const prove_run *run);

/* A bound of what is proved, in so many digits (`least` or more) that it is not printed farther from `centre` than it is. Returns
 * text. And one on what is reached, printed no smaller than it is. */
enum { PROVE_NUMBER = 32 };
const char *prove_inside(double bound, double centre, int least, char text[PROVE_NUMBER]);
const char *prove_at_most(double bound, int least, char text[PROVE_NUMBER]);

/* Each fills its claims; an exit code after a message, or 0. */
int prove_range(prove_run *run);
int prove_reach(prove_run *run);
int prove_lyapunov(prove_run *run);

crease_status prove_write_csv(const prove_run *run, crease_error *error);
int prove_print_json(const prove_run *run);
int prove_print_text(const prove_run *run);
int prove_draw_reach(const prove_run *run);
int prove_draw_lyapunov(const prove_run *run);

#endif
