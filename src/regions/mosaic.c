/* A region of the first l layers is a convex polygon on which the pre-activations of layer l + 1 are
 * affine, so each of these units cuts it by a line or not at all (Montufar et al. 2014, section 2). Layer
 * by layer, depth first:
 *
 *   sign of a unit at a corner = sign of a x + b y + c w
 *   corners left and right of the line: two polygons, and a new corner where the line meets an edge
 *
 * A new corner is the cross product of two lines, never of corners, so its size is bounded by theirs. The
 * forms of a layer stay valid while its units cut, since the part that waits has the same units below. */
#include "regions/mosaic.h"
#include "regions/rational.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The polygon that is being cut, on top of a stack of corners. */
typedef struct part {
    size_t first, count;
} part;

typedef struct cutter {
    crease_mosaic *mosaic;
    crease_forms forms;
    crease_corner *stack;
    signed char *side; /* of each corner on the stack */
    size_t capacity;
    mpz_t sum;
    size_t limit;
    const crease_regions_options *options;
    bool no_memory;
} cutter;

void crease_mosaic_free(crease_mosaic *mosaic) {
    if (!mosaic)
        return;
    for (size_t i = 0; i < mosaic->cell_count; i++) {
        free(mosaic->cell[i].corner);
        free(mosaic->cell[i].above);
        crease_integers_free(mosaic->cell[i].output, mosaic->net->outputs * (mosaic->dimension + 1));
    }
    free(mosaic->cell);
    free(mosaic->near);
    crease_triples_clear(&mosaic->place);
    crease_triples_clear(&mosaic->line);
    crease_integer_net_free(mosaic->net);
    free(mosaic);
}

/* ---- the stack ---- */

static bool reserve(cutter *c, size_t count) {
    if (count <= c->capacity)
        return true;
    size_t capacity = 2 * count;
    crease_corner *stack = realloc(c->stack, capacity * sizeof *stack);
    if (stack)
        c->stack = stack;
    signed char *side = realloc(c->side, capacity);
    if (side)
        c->side = side;
    if (!stack || !side) {
        c->no_memory = true;
        return false;
    }
    c->capacity = capacity;
    return true;
}

/* ---- one unit against one polygon ---- */

/* Sign of a unit at a place by doubles, 0 when they cannot tell. With u = 2^-53, coordinates are off by u
 * of their size or by 2^-1075, the coefficients, cut off to 53 bits, by 2 u, three products and two sums
 * by u each: 8 u of the sum of the sizes, and what is below the normal range; 2^-48 of that sum is 32 u.
 * Infinite numbers give 0. */
static int near_sign(const crease_mosaic *mosaic, const double *form, size_t place) {
    double x = mosaic->near[2 * place], y = mosaic->dimension == 2 ? mosaic->near[2 * place + 1] : 0;
    double a = form[0] * x, b = form[1] * y, value = a + b + form[2];
    double margin =
        0x1p-48 * (fabs(a) + fabs(b) + fabs(form[2])) + 0x1p-1050 * (fabs(form[0]) + fabs(form[1]) + 1);
    return margin < HUGE_VAL && value > margin ? 1 : margin < HUGE_VAL && value < -margin ? -1 : 0;
}

static int exact_sign(cutter *c, const mpz_t *form, size_t place) {
    size_t d = c->mosaic->dimension;
    const mpz_t *p = (const mpz_t *)c->mosaic->place.value + 3 * place;
    mpz_mul(c->sum, form[0], p[0]);
    if (d == 2)
        mpz_addmul(c->sum, form[1], p[1]);
    mpz_addmul(c->sum, form[d], p[2]);
    return mpz_sgn(c->sum);
}

/* Sides of the corners of p by the unit's form; true when some lie on either side. Else *side is that of
 * all. */
static bool classify(cutter *c, part p, const mpz_t *form, signed char *side) {
    size_t d = c->mosaic->dimension;
    const double near_form[3] = {mpz_get_d(form[0]), d == 2 ? mpz_get_d(form[1]) : 0, mpz_get_d(form[d])};
    bool above = false, below = false;
    for (size_t i = p.first; i < p.first + p.count; i++) {
        size_t place = c->stack[i].place;
        int sign = near_sign(c->mosaic, near_form, place);
        c->side[i] = (signed char)(sign ? sign : exact_sign(c, form, place));
        above = above || c->side[i] > 0;
        below = below || c->side[i] < 0;
    }
    *side = above ? 1 : -1;
    return above && below;
}

static size_t add_line(crease_mosaic *mosaic, const mpz_t *form) {
    size_t line = crease_triples_add(&mosaic->line);
    if (line == SIZE_MAX)
        return line;
    mpz_t *l = mosaic->line.value + 3 * line;
    mpz_set(l[0], form[0]);
    if (mosaic->dimension == 2)
        mpz_set(l[1], form[1]);
    mpz_set(l[2], form[mosaic->dimension]);
    crease_triple_halve(l);
    return line;
}

/* out = u v - s t */
static void determinant(const mpz_t u, const mpz_t v, const mpz_t s, const mpz_t t, mpz_t out) {
    mpz_mul(out, u, v);
    mpz_submul(out, s, t);
}

static bool reserve_near(crease_mosaic *mosaic, size_t places) {
    if (places <= mosaic->near_capacity)
        return true;
    double *near = realloc(mosaic->near, 4 * places * sizeof *near);
    if (!near)
        return false;
    mosaic->near = near;
    mosaic->near_capacity = 2 * places;
    return true;
}

/* The place where two lines meet; in one dimension the root of line a. */
static size_t add_meeting(crease_mosaic *mosaic, size_t a, size_t b) {
    size_t place = crease_triples_add(&mosaic->place);
    if (place == SIZE_MAX)
        return place;
    mpz_t *p = mosaic->place.value + 3 * place;
    const mpz_t *u = (const mpz_t *)mosaic->line.value + 3 * a;
    if (mosaic->dimension == 1) {
        mpz_neg(p[0], u[2]);
        mpz_set(p[2], u[0]);
    } else {
        const mpz_t *v = (const mpz_t *)mosaic->line.value + 3 * b;
        determinant(u[1], v[2], u[2], v[1], p[0]);
        determinant(u[2], v[0], u[0], v[2], p[1]);
        determinant(u[0], v[1], u[1], v[0], p[2]);
    }
    if (mpz_sgn(p[2]) < 0)
        for (size_t k = 0; k < 3; k++)
            mpz_neg(p[k], p[k]);
    crease_triple_halve(p);
    if (!reserve_near(mosaic, place + 1))
        return SIZE_MAX;
    for (size_t k = 0; k < mosaic->dimension; k++)
        mosaic->near[2 * place + k] = crease_quotient(p[k], p[2]);
    return place;
}

static void push(cutter *c, part *p, size_t place, size_t line) {
    c->stack[p->first + p->count++] = (crease_corner){place, line};
}

/* The part of interval or polygon p that lies on `side` of line `cut`, behind `first`. `meeting`: the
 * places where the line meets an edge inside, in the order of the edges. */
static part cut_off(cutter *c, part p, int side, size_t cut, const size_t meeting[2], size_t first) {
    part kept = {first, 0};
    size_t met = 0;
    bool interval = c->mosaic->dimension == 1;
    for (size_t i = 0; i < p.count; i++) {
        size_t at = p.first + i, next = p.first + (i + 1) % p.count;
        int here = side * c->side[at], there = side * c->side[next];
        if (here >= 0)
            push(c, &kept, c->stack[at].place, here == 0 && there < 0 ? cut : c->stack[at].line);
        if (here * there < 0 && (!interval || i == 0))
            push(c, &kept, meeting[met++], here > 0 ? cut : c->stack[at].line);
    }
    return kept;
}

/* Cuts p into the parts above and below, which lie behind it on the stack in this order. */
static bool cut(cutter *c, part p, const mpz_t *form, part *below, part *above) {
    crease_mosaic *mosaic = c->mosaic;
    size_t line = add_line(mosaic, form), meeting[2] = {0, 0}, met = 0;
    bool interval = mosaic->dimension == 1;
    if (line == SIZE_MAX || !reserve(c, p.first + 3 * p.count + 4))
        return false;
    for (size_t i = 0; i < p.count && !(interval && i > 0); i++) {
        size_t at = p.first + i, next = p.first + (i + 1) % p.count;
        if (c->side[at] * c->side[next] >= 0)
            continue;
        meeting[met] = add_meeting(mosaic, line, c->stack[at].line);
        if (meeting[met++] == SIZE_MAX)
            return false;
    }
    *above = cut_off(c, p, 1, line, meeting, p.first + p.count);
    *below = cut_off(c, p, -1, line, meeting, above->first + above->count);
    return true;
}

/* ---- depth first over layers and units ---- */

static size_t kink_count(const crease_integer_net *net) {
    size_t count = 0;
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t u = 0; u < net->layer[l].width; u++)
            count += net->layer[l].kink[u];
    return count;
}

static void note_sides(const cutter *c, unsigned char *above) {
    const crease_integer_net *net = c->mosaic->net;
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t u = 0; u < net->layer[l].width; u++)
            if (net->layer[l].kink[u])
                *above++ = c->forms.sign[l][u] > 0;
}

static bool keep(cutter *c, part p) {
    crease_mosaic *mosaic = c->mosaic;
    if (c->options->interrupted && c->options->interrupted(c->options->context))
        mosaic->why = "interrupted";
    else if (mosaic->cell_count == c->limit)
        mosaic->why = "limit";
    if (mosaic->why)
        return false;
    if (mosaic->cell_count == mosaic->cell_capacity) {
        size_t capacity = mosaic->cell_capacity ? 2 * mosaic->cell_capacity : 64;
        crease_cell *grown = realloc(mosaic->cell, capacity * sizeof *grown);
        if (!grown)
            return false;
        mosaic->cell = grown;
        mosaic->cell_capacity = capacity;
    }
    size_t terms = mosaic->net->outputs * (mosaic->dimension + 1);
    crease_cell cell = {.corner = malloc(p.count * sizeof *cell.corner),
                        .corner_count = p.count,
                        .output = crease_integers_new(terms),
                        .above = malloc(kink_count(mosaic->net) + 1)};
    if (!cell.corner || !cell.output || !cell.above) {
        free(cell.corner);
        free(cell.above);
        crease_integers_free(cell.output, terms);
        return false;
    }
    memcpy(cell.corner, c->stack + p.first, p.count * sizeof *cell.corner);
    note_sides(c, cell.above);
    crease_forms_output(mosaic->net, &c->forms);
    for (size_t i = 0; i < terms; i++)
        mpz_set(cell.output[i], c->forms.output[i]);
    mosaic->cell[mosaic->cell_count++] = cell;
    return true;
}

/* The regions of polygon p, whose units up to unit u of layer l have their sides; false ends the search. */
static bool visit(cutter *c, part p, size_t l, size_t u) {
    const crease_integer_net *net = c->mosaic->net;
    for (; l < net->layer_count; l++, u = 0) {
        signed char *sign = c->forms.sign[l];
        if (u == 0)
            crease_forms_layer(net, l, &c->forms);
        for (; u < net->layer[l].width; u++) {
            const mpz_t *form = (const mpz_t *)c->forms.z[l] + u * (net->parameters + 1);
            sign[u] = 1;
            if (!net->layer[l].kink[u] || !classify(c, p, form, &sign[u]))
                continue;
            part below, above;
            if (!cut(c, p, form, &below, &above)) {
                c->no_memory = true;
                return false;
            }
            sign[u] = -1;
            if (!visit(c, below, l, u + 1))
                return false;
            sign[u] = 1;
            memmove(c->stack + p.first, c->stack + above.first, above.count * sizeof *c->stack);
            p.count = above.count;
        }
    }
    if (keep(c, p))
        return true;
    c->no_memory = !c->mosaic->why;
    return false;
}

/* The interval, or the rectangle with its four lines, counterclockwise from the lower left corner. */
static bool start(cutter *c, const mpq_t *lower, const mpq_t *upper, part *p) {
    crease_mosaic *mosaic = c->mosaic;
    size_t d = mosaic->dimension, corners = 2 * d;
    if (!reserve(c, corners))
        return false;
    for (size_t i = 0; i < corners; i++) {
        size_t line = crease_triples_add(&mosaic->line), axis = d == 2 ? (i + 1) % 2 : 0;
        if (line == SIZE_MAX)
            return false;
        /* bottom y = lower, right x = upper, top, left; or lower and upper end */
        const mpq_t *bound = (d == 1 ? i == 0 : i == 0 || i == 3) ? &lower[axis] : &upper[axis];
        mpz_t *l = mosaic->line.value + 3 * line;
        mpz_set(l[axis], mpq_denref(*bound));
        mpz_neg(l[2], mpq_numref(*bound));
    }
    for (size_t i = 0; i < corners; i++) {
        size_t place = add_meeting(mosaic, i, (i + corners - 1) % corners);
        if (place == SIZE_MAX)
            return false;
        c->stack[i] = (crease_corner){place, i};
    }
    *p = (part){0, corners};
    return true;
}

/* Intervals in ascending order: by their lower ends. */
static int compare_intervals(const void *a, const void *b, void *context) {
    const crease_mosaic *mosaic = context;
    const mpz_t *p = (const mpz_t *)mosaic->place.value + 3 * ((const crease_cell *)a)->corner[0].place;
    const mpz_t *q = (const mpz_t *)mosaic->place.value + 3 * ((const crease_cell *)b)->corner[0].place;
    mpz_t left, right;
    mpz_inits(left, right, NULL);
    mpz_mul(left, p[0], q[2]);
    mpz_mul(right, q[0], p[2]);
    int order = mpz_cmp(left, right);
    mpz_clears(left, right, NULL);
    return order;
}

crease_status crease_mosaic_new(crease_integer_net *net, const mpq_t *lower, const mpq_t *upper,
                                const crease_regions_options *options, crease_mosaic **result,
                                crease_error *error) {
    crease_status status = CREASE_OK;
    *result = NULL;
    crease_mosaic *mosaic = calloc(1, sizeof *mosaic);
    if (!mosaic) {
        crease_integer_net_free(net);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for regions");
    }
    mosaic->net = net;
    mosaic->dimension = net->parameters;
    cutter c = {.mosaic = mosaic, .options = options, .limit = options->limit ? options->limit : 100000};
    mpz_init(c.sum);
    part p;
    status = crease_forms_new(net, &c.forms, error);
    if (status == CREASE_OK && (!start(&c, lower, upper, &p) || (!visit(&c, p, 0, 0) && !mosaic->why)))
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory after %zu regions; take a smaller box",
                             mosaic->cell_count);
    if (status == CREASE_OK && mosaic->dimension == 1)
        qsort_r(mosaic->cell, mosaic->cell_count, sizeof *mosaic->cell, compare_intervals, mosaic);
    mpz_clear(c.sum);
    crease_forms_clear(net, &c.forms);
    free(c.stack);
    free(c.side);
    if (status == CREASE_OK)
        *result = mosaic;
    else
        crease_mosaic_free(mosaic);
    return status;
}
