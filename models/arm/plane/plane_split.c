/* A convex polygon and the affine map of the current layer are carried through the net; each unit z = a x
 * + b w + c splits the polygon where z changes its sign (Montufar et al. 2014). A corner at which |z| <=
 * ARM_SPLIT_FLAT of the size of its terms counts as on the line, so that no part is made of rounding
 * alone. */
#include "arm/plane/plane_split.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct arm_splitter {
    const crease_net *law;
    double **z, **a; /* layers x width x 3: forms before and after the activation */
    double **slope;  /* layers x width: of each unit below its kink */
    double *input;   /* 2 x 3 */
    arm_corner *stack;
    double *height; /* z at the corners on the stack, 0 where it is flat */
    size_t capacity;
    arm_split_take take;
    void *context;
    bool no_memory;
};

typedef struct part {
    size_t first, count;
} part;

void arm_splitter_free(arm_splitter *s) {
    if (!s)
        return;
    for (size_t l = 0; l < s->law->layer_count; l++) {
        if (s->z)
            free(s->z[l]);
        if (s->a)
            free(s->a[l]);
        if (s->slope)
            free(s->slope[l]);
    }
    free(s->slope);
    free(s->z);
    free(s->a);
    free(s->input);
    free(s->stack);
    free(s->height);
    free(s);
}

static double slope_below(const crease_net *law, size_t l, size_t u) {
    double parameter;
    const crease_group *group = crease_net_unit(law, l, u, &parameter);
    return crease_activation_slope_below(group->activation, parameter);
}

crease_status arm_splitter_new(const crease_net *law, arm_splitter **result, crease_error *error) {
    *result = NULL;
    if (law->inputs != 2 || law->outputs != 1 || !crease_net_is_piecewise_linear(law))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a law that cuts polygons has two inputs, one output and straight pieces");
    arm_splitter *s = calloc(1, sizeof *s);
    size_t layers = law->layer_count;
    bool room = s != NULL;
    if (room) {
        s->law = law;
        s->z = calloc(layers + 1, sizeof *s->z);
        s->a = calloc(layers + 1, sizeof *s->a);
        s->input = calloc(6, sizeof *s->input);
        s->slope = calloc(layers + 1, sizeof *s->slope);
        room = s->z && s->a && s->input && s->slope;
    }
    for (size_t l = 0; l < layers && room; l++) {
        s->z[l] = calloc(3 * law->layer[l].width, sizeof(double));
        s->a[l] = calloc(3 * law->layer[l].width, sizeof(double));
        s->slope[l] = calloc(law->layer[l].width, sizeof(double));
        room = s->z[l] && s->a[l] && s->slope[l];
        for (size_t u = 0; u < law->layer[l].width && room; u++)
            s->slope[l][u] = slope_below(law, l, u);
    }
    if (!room) {
        arm_splitter_free(s);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the maps of a law");
    }
    for (size_t i = 0; i < 2; i++) {
        s->input[3 * i + i] = 1 / law->input_scale[i];
        s->input[3 * i + 2] = -law->input_shift[i] / law->input_scale[i];
    }
    *result = s;
    return CREASE_OK;
}

static bool reserve(arm_splitter *s, size_t count) {
    if (count <= s->capacity)
        return true;
    arm_corner *stack = realloc(s->stack, 2 * count * sizeof *stack);
    if (stack)
        s->stack = stack;
    double *height = realloc(s->height, 2 * count * sizeof *height);
    if (height)
        s->height = height;
    s->no_memory = !stack || !height;
    if (!s->no_memory)
        s->capacity = 2 * count;
    return !s->no_memory;
}

/* out = bias + weight in, on forms */
static void combine(size_t count, const double *weight, double bias, const double *in, double *out) {
    out[0] = out[1] = 0;
    out[2] = bias;
    for (size_t j = 0; j < count; j++)
        for (size_t k = 0; k < 3; k++)
            out[k] += weight[j] * in[3 * j + k];
}

static const double *below(const arm_splitter *s, size_t l) {
    return l == 0 ? s->input : s->a[l - 1];
}

static void layer_forms(arm_splitter *s, size_t l) {
    const crease_layer *layer = &s->law->layer[l];
    const double *weight = s->law->theta + layer->weights, *bias = s->law->theta + layer->biases;
    for (size_t u = 0; u < layer->width; u++)
        combine(layer->fan_in, weight + u * layer->fan_in, bias[u], below(s, l), s->z[l] + 3 * u);
}

/* Heights of the corners over the unit's line; true when they are on both sides, else *above. */
static bool classify(arm_splitter *s, part p, const double *form, bool *above) {
    bool up = false, down = false;
    for (size_t i = p.first; i < p.first + p.count; i++) {
        const double *at = s->stack[i].s;
        double first = form[0] * at[0], second = form[1] * at[1], z = first + second + form[2];
        if (fabs(z) <= ARM_SPLIT_FLAT * (fabs(first) + fabs(second) + fabs(form[2])))
            z = 0;
        s->height[i] = z;
        up = up || z > 0;
        down = down || z < 0;
    }
    *above = up;
    return up && down;
}

static arm_corner between(const arm_corner *p, const arm_corner *q, double share) {
    arm_corner c;
    for (size_t k = 0; k < 2; k++) {
        c.s[k] = p->s[k] + share * (q->s[k] - p->s[k]);
        c.start[k] = p->start[k] + share * (q->start[k] - p->start[k]);
    }
    return c;
}

/* The part of p on a side of the line, behind `first` on the stack. */
static part cut_off(arm_splitter *s, part p, double side, size_t first) {
    part kept = {first, 0};
    for (size_t i = 0; i < p.count; i++) {
        size_t at = p.first + i, next = p.first + (i + 1) % p.count;
        double here = s->height[at], there = s->height[next];
        if (side * here >= 0)
            s->stack[first + kept.count++] = s->stack[at];
        if ((here > 0 && there < 0) || (here < 0 && there > 0))
            s->stack[first + kept.count++] = between(&s->stack[at], &s->stack[next], here / (here - there));
    }
    return kept;
}

static bool finish(arm_splitter *s, part p) {
    const crease_net *law = s->law;
    size_t fan_in = law->layer_count ? law->layer[law->layer_count - 1].width : 0;
    double form[3];
    combine(fan_in, law->theta + law->output_weights, law->theta[law->output_biases],
            below(s, law->layer_count), form);
    for (size_t j = 0; law->affine && j < 2; j++)
        for (size_t k = 0; k < 3; k++)
            form[k] += law->theta[law->affine_weights + j] * s->input[3 * j + k];
    double scale = law->output_scale[0];
    const arm_affine affine = {{scale * form[0], scale * form[1]}, law->output_shift[0] + scale * form[2]};
    return s->take(s->stack + p.first, p.count, &affine, s->context);
}

static void activate(arm_splitter *s, size_t l, size_t u, bool above) {
    double slope = above ? 1 : s->slope[l][u];
    for (size_t k = 0; k < 3; k++)
        s->a[l][3 * u + k] = slope * s->z[l][3 * u + k];
}

/* The parts of p, whose units up to unit u of layer l have their sides. */
static bool visit(arm_splitter *s, part p, size_t l, size_t u) {
    const crease_net *law = s->law;
    for (; l < law->layer_count; l++, u = 0) {
        if (u == 0)
            layer_forms(s, l);
        for (; u < law->layer[l].width; u++) {
            bool above = true;
            if (s->slope[l][u] == 1 || !classify(s, p, s->z[l] + 3 * u, &above)) {
                activate(s, l, u, above);
                continue;
            }
            if (!reserve(s, p.first + 3 * p.count + 4))
                return false;
            part upper = cut_off(s, p, 1, p.first + p.count);
            part lower = cut_off(s, p, -1, upper.first + upper.count);
            activate(s, l, u, false);
            if (!visit(s, lower, l, u + 1))
                return false;
            memmove(s->stack + p.first, s->stack + upper.first, upper.count * sizeof *s->stack);
            p.count = upper.count;
            activate(s, l, u, true);
        }
    }
    return finish(s, p);
}

bool arm_splitter_run(arm_splitter *s, const arm_corner *corner, size_t count, arm_split_take take,
                      void *context, bool *no_memory) {
    s->take = take;
    s->context = context;
    s->no_memory = false;
    *no_memory = !reserve(s, count);
    if (*no_memory)
        return false;
    memcpy(s->stack, corner, count * sizeof *corner);
    bool all = visit(s, (part){0, count}, 0, 0);
    *no_memory = s->no_memory;
    return all;
}
