/* Recursive Newton-Euler in the frames of the links. With R_i from frame i to i - 1, p_i = (a, d sin alpha, d cos alpha)
 * the way from origin i - 1 to i seen in frame i, z the axis of joint i in frame i - 1, outward
 *     w_i = R_i' (w + z q'),  w_i' = R_i' (w' + z q'' + w x z q'),  v_i' = w_i' x p + w_i x (w_i x p) + R_i' v',
 * the force on link i's centre r is F = m (v_i' + w_i' x r + w_i x (w_i x r)), its moment N = I w_i' + w_i x I w_i; inward
 *     f_i = F + R_{i+1} f_{i+1},  n_i = N + (p + r) x F + R_{i+1} n_{i+1} + p x R_{i+1} f_{i+1},
 * and the torque is n_i on the joint's axis. Gravity is an acceleration of the base upward. */
#include "arm/robot.h"
#include <math.h>
#include <string.h>

typedef struct vector {
    double x[3];
} vector;

typedef struct frame {
    double R[3][3]; /* to the frame before */
    vector p;       /* from the origin before, in this frame */
} frame;

static vector add(vector a, vector b) {
    return (vector){{a.x[0] + b.x[0], a.x[1] + b.x[1], a.x[2] + b.x[2]}};
}

static vector cross(vector a, vector b) {
    return (vector){{a.x[1] * b.x[2] - a.x[2] * b.x[1], a.x[2] * b.x[0] - a.x[0] * b.x[2],
                     a.x[0] * b.x[1] - a.x[1] * b.x[0]}};
}

static vector times(double s, vector a) {
    return (vector){{s * a.x[0], s * a.x[1], s * a.x[2]}};
}

static double inner(vector a, vector b) {
    return a.x[0] * b.x[0] + a.x[1] * b.x[1] + a.x[2] * b.x[2];
}

static vector inward(const frame *f, vector a) {
    vector b;
    for (int i = 0; i < 3; i++)
        b.x[i] = f->R[i][0] * a.x[0] + f->R[i][1] * a.x[1] + f->R[i][2] * a.x[2];
    return b;
}

static vector outward(const frame *f, vector a) {
    vector b;
    for (int i = 0; i < 3; i++)
        b.x[i] = f->R[0][i] * a.x[0] + f->R[1][i] * a.x[1] + f->R[2][i] * a.x[2];
    return b;
}

static vector of(const double x[3]) {
    return (vector){{x[0], x[1], x[2]}};
}

static frame frame_of(const arm_link *link, double q) {
    double c = cos(q), s = sin(q), ca = cos(link->twist), sa = sin(link->twist);
    return (frame){{{c, -s * ca, s * sa}, {s, c * ca, -c * sa}, {0, sa, ca}},
                   {{link->length, link->offset * sa, link->offset * ca}}};
}

/* Velocity of a turning body's parts: w' x r + w x (w x r). */
static vector swing(vector rate, vector acceleration, vector r) {
    return add(cross(acceleration, r), cross(rate, cross(rate, r)));
}

void arm_chain_torques(const arm_chain *chain, const double *q, const double *w, const double *acceleration,
                       bool weightless, double *torque) {
    frame place[ARM_MOST_LINKS];
    vector force[ARM_MOST_LINKS], moment[ARM_MOST_LINKS];
    vector rate = {{0}}, turn = {{0}};
    vector base = times(weightless ? 0 : -chain->gravity, of(chain->down));
    for (size_t i = 0; i < chain->joints; i++) {
        const arm_link *link = &chain->link[i];
        place[i] = frame_of(link, q[i]);
        vector spin = {{0, 0, w[i]}}, spin_up = {{0, 0, acceleration[i]}};
        turn = outward(&place[i], add(add(turn, spin_up), cross(rate, spin)));
        rate = outward(&place[i], add(rate, spin));
        base = add(swing(rate, turn, place[i].p), outward(&place[i], base));
        vector momentum, change;
        for (int k = 0; k < 3; k++) {
            momentum.x[k] = link->inertia[k] * rate.x[k];
            change.x[k] = link->inertia[k] * turn.x[k];
        }
        force[i] = times(link->mass, add(base, swing(rate, turn, of(link->centre))));
        moment[i] = add(change, cross(rate, momentum));
    }
    vector f = {{0}}, n = {{0}};
    for (size_t i = chain->joints; i-- > 0;) {
        const arm_link *link = &chain->link[i];
        const double *z = place[i].R[2]; /* the joint's axis in frame i is the third row of R */
        vector arm = add(place[i].p, of(link->centre));
        n = add(add(n, cross(place[i].p, f)), add(moment[i], cross(arm, force[i])));
        f = add(f, force[i]);
        torque[i] =
            inner(n, of(z)) +
            link->gear * link->gear * (link->motor_inertia * acceleration[i] + link->motor_friction * w[i]);
        n = inward(&place[i], n);
        f = inward(&place[i], f);
    }
}

/* Takes the origin `from` and the axes of a frame on to the next link. */
static vector step_out(const arm_link *link, double q, vector from, double axes[3][3]) {
    frame next = frame_of(link, q);
    vector p = inward(&next, next.p), to = from;
    double turned[3][3];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            to.x[i] += axes[i][j] * p.x[j];
            turned[i][j] = axes[i][0] * next.R[0][j] + axes[i][1] * next.R[1][j] + axes[i][2] * next.R[2][j];
        }
    memcpy(axes, turned, sizeof turned);
    return to;
}

double arm_chain_potential(const arm_chain *chain, const double *q) {
    double axes[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, height = 0;
    vector origin = {{0}};
    for (size_t i = 0; i < chain->joints; i++) {
        const arm_link *link = &chain->link[i];
        origin = step_out(link, q[i], origin, axes);
        vector centre = origin;
        for (int k = 0; k < 3; k++)
            centre.x[k] += inner(of(axes[k]), of(link->centre));
        height -= link->mass * inner(centre, of(chain->down));
    }
    return chain->gravity * height;
}

size_t arm_chain_points(const arm_chain *chain, const double *q, double point[ARM_MOST_POINTS][3]) {
    static const double shoulder_height = 0.6604; /* m, of the PUMA 560 over the floor */
    double axes[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    vector origin = {{0}};
    size_t count = 0;
    for (int k = 0; k < 3; k++)
        point[count][k] = shoulder_height * chain->down[k];
    count++;
    memset(point[count++], 0, sizeof *point);
    for (size_t i = 0; i < chain->joints; i++) {
        const arm_link *link = &chain->link[i];
        /* along z first, then along x: the way the metal goes */
        if (link->offset != 0) {
            for (int k = 0; k < 3; k++)
                point[count][k] = origin.x[k] + link->offset * axes[k][2];
            count++;
        }
        origin = step_out(link, q[i], origin, axes);
        if (link->length != 0)
            memcpy(point[count++], origin.x, sizeof *point);
    }
    if (chain->links > chain->joints) { /* to the wrist, along the axis of its first joint */
        for (int k = 0; k < 3; k++)
            point[count][k] = origin.x[k] + chain->link[chain->joints].offset * axes[k][2];
        count++;
    }
    return count;
}
