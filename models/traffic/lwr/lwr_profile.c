/* Densities in steps at one time: of a solution, of its beginning, of cells; their integrals. */
#include "traffic/lwr/front.h"
#include <math.h>
#include <stdlib.h>

static crease_status start(lwr_profile *p, size_t jumps, double low, double density, crease_error *error) {
    *p = (lwr_profile){.x = malloc((jumps + 2) * sizeof *p->x),
                       .density = malloc((jumps + 1) * sizeof *p->density)};
    if (!p->x || !p->density) {
        lwr_profile_clear(p);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu densities", jumps + 1);
    }
    p->count = 1;
    p->x[0] = p->x[1] = low;
    p->density[0] = density;
    return CREASE_OK;
}

/* From x on there is another density; x ascends but for rounding. */
static void jump_to(lwr_profile *p, double x, double density) {
    const double last = p->x[p->count - 1];
    if (x <= last) {
        p->density[p->count - 1] = density;
        if (p->count > 1 && p->density[p->count - 2] == density)
            p->count--;
    } else if (density != p->density[p->count - 1]) {
        p->x[p->count] = x;
        p->density[p->count++] = density;
    }
}

void lwr_profile_clear(lwr_profile *p) {
    free(p->x);
    free(p->density);
    *p = (lwr_profile){0};
}

/* Of [low, high]: where position `shift` + x of member `first` and those after it, once round, is seen. */
static void add_members(const lwr_solution *s, uint32_t first, uint32_t end, double shift, lwr_profile *p) {
    for (uint32_t i = first; i != end; i = s->member[i].next) {
        const front *f = &s->member[i];
        if (f->kind != FRONT_VEHICLE)
            jump_to(p, fmin(fmax(front_at(f, s->now) + shift, s->low), s->high), f->right);
    }
}

crease_status lwr_solution_profile(const lwr_solution *s, lwr_profile *p, crease_error *error) {
    const uint32_t first = s->member[0].next, last = s->member[0].previous;
    const bool ring = s->domain == LWR_RING;
    double density = first ? s->member[ring ? last : first].right : s->constant, shift = 0;
    uint32_t begin = first;
    if (first && !ring)
        density = s->domain == LWR_ROAD ? s->member[first].right : s->member[first].left;
    if (first && ring) {
        /* the list may have turned round many times, and its end may lie beyond the ring's */
        const double x = front_at(&s->member[first], s->now);
        shift = -s->length * floor((x - s->low) / s->length);
        while (begin && front_at(&s->member[begin], s->now) + shift < s->high)
            begin = s->member[begin].next;
        for (uint32_t i = begin ? s->member[begin].previous : last; i; i = s->member[i].previous)
            if (s->member[i].kind != FRONT_VEHICLE) {
                density = s->member[i].right;
                break;
            }
    }
    size_t others = 0;
    for (uint32_t i = first; i; i = s->member[i].next)
        others += s->member[i].kind == FRONT_WAVE || s->member[i].kind == FRONT_PLACE;
    const crease_status status = start(p, others, s->low, density, error);
    if (status != CREASE_OK)
        return status;
    if (ring && begin)
        add_members(s, begin, 0, shift - s->length, p);
    add_members(s, first, ring ? begin : 0, shift, p);
    while (p->count > 1 && p->x[p->count - 1] >= s->high)
        p->count--;
    p->x[p->count] = s->high;
    return CREASE_OK;
}

crease_status lwr_problem_profile(const lwr_problem *problem, lwr_profile *p, crease_error *error) {
    const double first = problem->density[problem->domain == LWR_RING ? problem->count - 1 : 0];
    const crease_status status = start(p, problem->count, problem->low, first, error);
    for (size_t i = 0; i < problem->count && status == CREASE_OK && problem->x[i] < problem->high; i++)
        jump_to(p, problem->x[i], problem->density[i]);
    if (status == CREASE_OK)
        p->x[p->count] = problem->high;
    return status;
}

crease_status lwr_profile_of_cells(double low, double high, size_t cells, const double *average,
                                   lwr_profile *p, crease_error *error) {
    const crease_status status = start(p, cells, low, average[0], error);
    for (size_t i = 1; i < cells && status == CREASE_OK; i++)
        jump_to(p, low + (high - low) * (double)i / (double)cells, average[i]);
    if (status == CREASE_OK)
        p->x[p->count] = high;
    return status;
}

/* A sum that keeps what rounding takes away (Neumaier 1974). */
typedef struct sum {
    double value, lost;
} sum;

static void sum_add(sum *s, double x) {
    const double t = s->value + x;
    s->lost += fabs(s->value) >= fabs(x) ? (s->value - t) + x : (x - t) + s->value;
    s->value = t;
}

double lwr_profile_mass(const lwr_profile *p) {
    sum mass = {0, 0};
    for (size_t i = 0; i < p->count; i++)
        sum_add(&mass, p->density[i] * (p->x[i + 1] - p->x[i]));
    return mass.value + mass.lost;
}

double lwr_profile_variation(const lwr_profile *p, bool closed) {
    sum total = {0, 0};
    for (size_t i = 1; i < p->count; i++)
        sum_add(&total, fabs(p->density[i] - p->density[i - 1]));
    if (closed)
        sum_add(&total, fabs(p->density[p->count - 1] - p->density[0]));
    return total.value + total.lost;
}

void lwr_profile_averages(const lwr_profile *p, size_t cells, double *average) {
    const double low = p->x[0], width = (p->x[p->count] - low) / (double)cells;
    size_t piece = 0;
    for (size_t i = 0; i < cells; i++) {
        const double a = low + width * (double)i, b = i + 1 == cells ? p->x[p->count] : a + width;
        while (piece + 1 < p->count && p->x[piece + 1] <= a)
            piece++;
        if (piece + 1 == p->count || p->x[piece + 1] >= b) {
            average[i] = p->density[piece];
            continue;
        }
        sum mass = {0, 0};
        for (double at = a; at < b; at = fmin(p->x[++piece], b)) {
            sum_add(&mass, p->density[piece] * (fmin(p->x[piece + 1], b) - at));
            if (p->x[piece + 1] >= b)
                break;
        }
        average[i] = (mass.value + mass.lost) / (b - a);
    }
}

double lwr_profile_distance(const lwr_profile *a, const lwr_profile *b) {
    double x = fmax(a->x[0], b->x[0]);
    const double end = fmin(a->x[a->count], b->x[b->count]);
    size_t i = 0, j = 0;
    sum total = {0, 0};
    while (x < end) {
        while (i + 1 < a->count && a->x[i + 1] <= x)
            i++;
        while (j + 1 < b->count && b->x[j + 1] <= x)
            j++;
        const double next = fmin(end, fmin(a->x[i + 1], b->x[j + 1]));
        sum_add(&total, fabs(a->density[i] - b->density[j]) * (next - x));
        if (!(next > x))
            break;
        x = next;
    }
    return total.value + total.lost;
}
