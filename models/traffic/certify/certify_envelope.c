/* Polylines of flow diagrams and their envelopes. Between neighbouring knots of either, two polylines are straight: they
 * cross at most once there, at x0 + (x1 - x0) d0 / (d0 - d1) with d the difference of their values. */
#include "traffic/certify/certify.h"
#include <math.h>

static double value_at(const crease_pwl *pwl, double x) {
    return x >= pwl->x[pwl->knot_count - 1] ? 0 : fmax(crease_pwl_evaluate(pwl, x), 0);
}

static void set_ends(crease_pwl *pwl) {
    const size_t n = pwl->knot_count;
    pwl->slope_left = (pwl->y[1] - pwl->y[0]) / (pwl->x[1] - pwl->x[0]);
    pwl->slope_right = (pwl->y[n - 1] - pwl->y[n - 2]) / (pwl->x[n - 1] - pwl->x[n - 2]);
}

crease_status certify_polyline(const traffic_diagram *d, crease_pwl **pwl, crease_error *error) {
    traffic_audit audit;
    traffic_audit_diagram(d, 0, &audit);
    *pwl = NULL;
    if (isnan(audit.jam_density))
        return crease_fail(error, CREASE_BAD_DATA, "%s", audit.why_jam);
    const crease_status status = crease_pwl_new(pwl, d->kinks + 2, error);
    if (status != CREASE_OK)
        return status;
    crease_pwl *p = *pwl;
    const double near = 1e-9 * audit.jam_density; /* knots that close have no slope between them */
    size_t n = 1;                                 /* the first is (0, 0) */
    for (size_t i = 0; i < d->kinks; i++) {
        const double x = d->kink[i], y = traffic_diagram_flow(d, x);
        if (x > p->x[n - 1] + near && x < audit.jam_density - near && y > 0) {
            p->x[n] = x;
            p->y[n++] = y;
        }
    }
    p->x[n] = audit.jam_density;
    p->y[n++] = 0;
    p->knot_count = n;
    set_ends(p);
    return CREASE_OK;
}

/* Adds a knot, unless it lies on the last one. */
static void add_knot(crease_pwl *pwl, double x, double y, double near) {
    const size_t n = pwl->knot_count;
    if (n > 0 && x <= pwl->x[n - 1] + near)
        return;
    pwl->x[n] = x;
    pwl->y[n] = y;
    pwl->knot_count++;
}

typedef struct sides {
    const crease_pwl *a, *b;
    double sign, x, lead; /* sign (a - b) at x, positive where a is on the envelope */
} sides;

/* From the last place to x; a knot where the two cross between. */
static void go_to(sides *s, double x, crease_pwl *envelope, double near) {
    const double lead = s->sign * (value_at(s->a, x) - value_at(s->b, x));
    if (s->lead * lead < 0) {
        const double cross = s->x + (x - s->x) * (s->lead / (s->lead - lead));
        add_knot(envelope, cross, value_at(s->lead > 0 ? s->a : s->b, cross), near);
    }
    s->x = x;
    s->lead = lead;
}

crease_status certify_envelope(const crease_pwl *a, const crease_pwl *b, bool upper, crease_pwl **envelope,
                               crease_error *error) {
    const double jam_a = a->x[a->knot_count - 1], jam_b = b->x[b->knot_count - 1];
    const double end = upper ? fmax(jam_a, jam_b) : fmin(jam_a, jam_b), near = 1e-9 * end;
    *envelope = NULL;
    if (a->knot_count > SIZE_MAX / 8 || b->knot_count > SIZE_MAX / 8)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for an envelope");
    const crease_status status = crease_pwl_new(envelope, 2 * (a->knot_count + b->knot_count) + 2, error);
    if (status != CREASE_OK)
        return status;
    crease_pwl *e = *envelope;
    sides s = {.a = a, .b = b, .sign = upper ? 1 : -1};
    e->knot_count = 0;
    for (size_t i = 0, j = 0; i < a->knot_count || j < b->knot_count;) {
        const double xa = i < a->knot_count ? a->x[i] : INFINITY, xb = j < b->knot_count ? b->x[j] : INFINITY,
                     x = fmin(xa, xb);
        if (x >= end - near)
            break;
        go_to(&s, x, e, near);
        if ((xa == x && s.lead >= 0) || (xb == x && s.lead <= 0))
            add_knot(e, x, value_at(s.lead >= 0 ? a : b, x), near);
        i += xa == x;
        j += xb == x;
    }
    go_to(&s, end, e, near);
    if (e->x[e->knot_count - 1] >= end - near)
        e->knot_count--;
    e->x[e->knot_count] = end;
    e->y[e->knot_count++] = 0;
    set_ends(e);
    return CREASE_OK;
}
