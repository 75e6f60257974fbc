/* Known diagrams by text. Triangular and trapezoidal ones are physical diagrams: with branches vf and w the trapezoid has
 * kinks at C/vf and rho_j - C/w, the triangle one at w rho_j/(vf + w). */
#include "traffic/net/net.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4 };

typedef struct shape {
    const char *name, *parameters;
    size_t count;
    double usual[MOST];
} shape;

static const shape shapes[] = {{"triangular", "VF,W,RHOJ", 3, {100.0, 2000.0 / 130.0, 150.0}},
                               {"trapezoidal", "VF,C,W,RHOJ", 4, {100.0, 1800.0, 2000.0 / 130.0, 150.0}},
                               {"greenshields", "VF,RHOJ", 2, {100.0, 150.0}},
                               {"smulders", "VF,A,RHOC,RHOJ", 4, {100.0, 1.0, 25.0, 150.0}},
                               {"newell-franklin", "VF,W,RHOJ", 3, {100.0, 20.0, 150.0}}};

static crease_status read_numbers(const char *text, const shape *s, double *value, crease_error *error) {
    const char *colon = strchr(text, ':'), *at = colon ? colon + 1 : NULL;
    memcpy(value, s->usual, sizeof s->usual);
    for (size_t i = 0; at && i < s->count; i++) {
        char *end = NULL;
        value[i] = strtod(at, &end);
        if (end == at || *end != (i + 1 < s->count ? ',' : '\0') || !(value[i] > 0.0) || !(value[i] < 1e6))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "truth '%s': write %s:%s with %zu positive numbers below 1e6, for example "
                               "%s:%.4g,...",
                               text, s->name, s->parameters, s->count, s->name, s->usual[0]);
        at = end + 1;
    }
    return CREASE_OK;
}

static crease_status make_physical(const char *text, double vf, double capacity, double w, double jam,
                                   traffic_diagram *d, crease_error *error) {
    const double peak = vf * w * jam / (vf + w);
    *d = (traffic_diagram){.family = TRAFFIC_PHYSICAL, .free_speed = vf, .jam_density = INFINITY};
    if (capacity > peak * (1.0 + 1e-12))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "truth '%s': a capacity above %.6g is beyond the meeting of its two branches",
                           text, peak);
    if (capacity >= peak * (1.0 - 1e-12)) {
        d->kinks = 1;
        d->kink[0] = peak / vf;
        d->slope_drop[0] = vf + w;
        return CREASE_OK;
    }
    d->kinks = 2;
    d->kink[0] = capacity / vf;
    d->kink[1] = jam - capacity / w;
    d->slope_drop[0] = vf;
    d->slope_drop[1] = w;
    return CREASE_OK;
}

crease_status traffic_net_truth_parse(const char *text, traffic_diagram *truth, crease_error *error) {
    const size_t length = strcspn(text, ":");
    const shape *s = NULL;
    double v[MOST];
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (strlen(shapes[i].name) == length && strncmp(text, shapes[i].name, length) == 0)
            s = &shapes[i];
    if (!s)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "there is no truth '%s'; there are triangular:VF,W,RHOJ, trapezoidal:VF,C,W,RHOJ, "
            "greenshields:VF,RHOJ, smulders:VF,A,RHOC,RHOJ and newell-franklin:VF,W,RHOJ (a truth "
            "needs a finite jam density)",
            text);
    const crease_status status = read_numbers(text, s, v, error);
    if (status != CREASE_OK)
        return status;
    switch (s - shapes) {
    case 0:
        return make_physical(text, v[0], v[0] * v[1] * v[2] / (v[0] + v[1]), v[1], v[2], truth, error);
    case 1:
        return make_physical(text, v[0], v[1], v[2], v[3], truth, error);
    case 2:
        *truth = (traffic_diagram){.family = TRAFFIC_GREENSHIELDS, .free_speed = v[0], .jam_density = v[1]};
        return CREASE_OK;
    case 3:
        if (!(v[2] < v[3]) || !(v[1] * v[2] < v[0]))
            return crease_fail(
                error, CREASE_BAD_ARGUMENT,
                "truth '%s': smulders:VF,A,RHOC,RHOJ needs RHOC < RHOJ and A RHOC < VF, a positive "
                "speed at the critical density",
                text);
        *truth = (traffic_diagram){.family = TRAFFIC_SMULDERS,
                                   .free_speed = v[0],
                                   .jam_density = v[3],
                                   .scale = v[3],
                                   .shape = {v[1] * v[2] / v[0], v[2] / v[3]}};
        return CREASE_OK;
    default:
        *truth = (traffic_diagram){.family = TRAFFIC_NEWELL_FRANKLIN,
                                   .free_speed = v[0],
                                   .jam_density = v[2],
                                   .scale = v[2],
                                   .shape = {v[1] / v[0]}};
        return CREASE_OK;
    }
}
