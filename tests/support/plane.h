/* Laws of the phase plane that tests start from; a failure fails the test. */
#ifndef TEST_PLANE_H
#define TEST_PLANE_H

#include "arm/network.h"
#include "arm/plane/plane.h"
#include "crease/crease.h"
#include "support/pieces.h"
#include <check.h>
#include <gsl/gsl_randist.h>
#include <math.h>

static inline arm_plant plane_elbow(bool gravity) {
    arm_plant plant;
    ck_assert_int_eq(arm_plant_find("A", &plant, NULL), CREASE_OK);
    if (!gravity)
        plant.gravity = 0;
    return plant;
}

/* A law in the coordinates x, w; takes the net. */
static inline crease_net *plane_law_of(crease_net *net, const char *inputs, double reference) {
    crease_error error = {0};
    crease_net *law;
    arm_network network;
    crease_status status = arm_network_bind(net, 1, inputs, &network, &error);
    if (status == CREASE_OK)
        status = arm_network_in_plane(&network, reference, &law, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    crease_net_free(net);
    return law;
}

static inline crease_net *plane_example(void) {
    crease_net *net;
    ck_assert_int_eq(arm_plane_example_law(&net, NULL), CREASE_OK);
    return plane_law_of(net, NULL, 1.5);
}

/* Random laws of one to three layers, with gains of some tens. */
static const char *const plane_specs[] = {"relu:5",
                                          "affine+relu:4",
                                          "relu:5/relu:4",
                                          "affine+leaky(.2):3/relu:4",
                                          "relu:3/prelu:3/relu:3",
                                          "affine",
                                          "relu:4+identity:1/relu:2"};
enum { PLANE_SPECS = sizeof plane_specs / sizeof *plane_specs };

static inline crease_net *plane_random_law(gsl_rng *random, size_t trial) {
    crease_net *net = pieces_random(random, plane_specs[trial % PLANE_SPECS], 2, 1);
    if (trial % 2)
        pieces_scale(random, net);
    net->output_scale[0] *= 20;
    return net;
}

static inline arm_plane *plane_cut(const arm_plant *plant, const crease_net *law, double reference, double x,
                                   double w) {
    crease_error error = {0};
    arm_plane *plane;
    crease_number *low = pieces_numbers(2, (const double[]){-x, -w}),
                  *high = pieces_numbers(2, (const double[]){x, w});
    crease_status status = arm_plane_new(plant, law, reference, low, high, NULL, &plane, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    pieces_numbers_free(low, 2);
    pieces_numbers_free(high, 2);
    return plane;
}

/* A place in the box. */
static inline void plane_place(gsl_rng *random, const arm_plane *plane, double s[2]) {
    for (size_t k = 0; k < 2; k++)
        s[k] = gsl_ran_flat(random, plane->low[k], plane->high[k]);
}

/* How deep (x, w) lies in a region, in shares of the box; below 0 outside. */
static inline double plane_depth_of(const arm_plane *plane, size_t region, const double s[2]) {
    double depth = HUGE_VAL;
    for (size_t k = 0; k < plane->region[region].polygon->vertex_count; k++)
        depth = fmin(depth, arm_plane_depth(plane, &plane->region[region], k, s));
    return depth;
}

/* The acceleration by the law itself. */
static inline double plane_acceleration(const arm_plane *plane, const double s[2]) {
    double u;
    pieces_evaluate(plane->law, s, &u);
    return (u - plane->plant.friction * s[1] - plane->plant.gravity * sin(plane->reference + s[0])) /
           plane->plant.inertia;
}

#endif
