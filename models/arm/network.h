/* A controller that is a network: what its inputs mean. Its outputs are the torques of the joints, before the limit. */
#ifndef ARM_NETWORK_H
#define ARM_NETWORK_H

#include "crease/net.h"
#include "crease/status.h"

enum { ARM_MOST_JOINTS = 3, ARM_MOST_INPUTS = 2 * ARM_MOST_JOINTS };

typedef enum arm_quantity {
    ARM_ERROR = 0, /* e = reference - angle, rad */
    ARM_OFFSET,    /* x = angle - reference, rad */
    ARM_POSITION,  /* q, the angle itself, rad */
    ARM_SPEED      /* w, its rate, rad/s */
} arm_quantity;

typedef struct arm_input {
    arm_quantity quantity;
    size_t joint; /* from 0 */
} arm_input;

/* How a network sees an arm. Borrows the net. */
typedef struct arm_network {
    const crease_net *net;
    size_t joints;
    arm_input input[ARM_MOST_INPUTS]; /* net->inputs of them */
} arm_network;

/* Reads the meaning of each input from `inputs`, a list such as "x,w" or "q1,q2,w1,w2", or, where it is NULL, from the
 * net's own names for its inputs. A name is e or error, x or offset, q, angle, theta or th, w, rate or omega; the number of the
 * joint, where there are several; and anything from an underscore on (a unit). A net without names
 * has e as its one input, or the offsets of all joints and then their rates. BAD_ARGUMENT, naming
 * what is not understood, and for a net without one output for each joint. */
crease_status arm_network_bind(const crease_net *net, size_t joints, const char *inputs, arm_network *network,
                               crease_error *error);

/* x (net->inputs): what the net sees; reference, angle, rate: joints each. */
void arm_network_inputs(const arm_network *network, const double *reference, const double *angle,
                        const double *rate, double *x);

/* The same law of one joint as a net of the two inputs x = angle - reference and w, in this order, exactly (of a net
 * that sees the angle itself: to the rounding of its input shift by the reference). Free it. */
crease_status arm_network_in_plane(const arm_network *network, double reference, crease_net **plane,
                                   crease_error *error);

#endif
