/* Double description (Motzkin et al. 1953): a cut keeps the corners on its side and adds one on every edge that crosses
 * it. Two corners share an edge when no third one lies on all the borders that both lie on. */
#include "support/exact_polytope.h"
#include "support/exact_numbers.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

static exact_corner *add_corner(exact_polytope *polytope) {
    polytope->corner = realloc(polytope->corner, (polytope->count + 1) * sizeof *polytope->corner);
    exact_corner *corner = &polytope->corner[polytope->count++];
    *corner = (exact_corner){.x = exact_vector_new(polytope->dimension)};
    return corner;
}

static void mark(exact_corner *corner, size_t cut) {
    ck_assert_uint_lt(cut, EXACT_CUTS);
    corner->on[cut / 64] |= (uint64_t)1 << cut % 64;
}

void exact_polytope_box(size_t dimension, mpq_t *lower, mpq_t *upper, exact_polytope *polytope) {
    *polytope = (exact_polytope){.dimension = dimension, .cuts = 2 * dimension};
    for (size_t choice = 0; choice < (size_t)1 << dimension; choice++) {
        bool twice = false; /* a point interval has one corner, on both borders */
        for (size_t k = 0; k < dimension; k++)
            twice = twice || ((choice >> k & 1) && mpq_equal(lower[k], upper[k]));
        if (twice)
            continue;
        exact_corner *corner = add_corner(polytope);
        for (size_t k = 0; k < dimension; k++) {
            bool high = choice >> k & 1, point = mpq_equal(lower[k], upper[k]);
            mpq_set(corner->x[k], high ? upper[k] : lower[k]);
            if (!high)
                mark(corner, 2 * k);
            if (high || point)
                mark(corner, 2 * k + 1);
        }
    }
}

void exact_polytope_clear(exact_polytope *polytope) {
    for (size_t i = 0; i < polytope->count; i++)
        exact_vector_free(polytope->corner[i].x, polytope->dimension);
    free(polytope->corner);
    *polytope = (exact_polytope){0};
}

void exact_form_at(size_t dimension, mpq_t *form, mpq_t *x, mpq_t value) {
    mpq_t product;
    mpq_init(product);
    mpq_set(value, form[dimension]);
    for (size_t k = 0; k < dimension; k++) {
        mpq_mul(product, form[k], x[k]);
        mpq_add(value, value, product);
    }
    mpq_clear(product);
}

static bool share_an_edge(const exact_polytope *polytope, size_t a, size_t b) {
    uint64_t common[EXACT_CUTS / 64];
    for (size_t w = 0; w < EXACT_CUTS / 64; w++)
        common[w] = polytope->corner[a].on[w] & polytope->corner[b].on[w];
    for (size_t i = 0; i < polytope->count; i++) {
        bool all = i != a && i != b;
        for (size_t w = 0; all && w < EXACT_CUTS / 64; w++)
            all = (polytope->corner[i].on[w] & common[w]) == common[w];
        if (all)
            return false;
    }
    return true;
}

/* Where the form is 0 between a corner where it is value[a] < 0 and one where it is value[b] > 0. */
static void add_crossing(const exact_polytope *polytope, mpq_t *value, size_t a, size_t b,
                         exact_polytope *part) {
    const exact_corner *from = &polytope->corner[a], *to = &polytope->corner[b];
    exact_corner *corner = add_corner(part);
    mpq_t share, step;
    mpq_inits(share, step, NULL);
    mpq_sub(share, value[a], value[b]);
    mpq_div(share, value[a], share);
    for (size_t k = 0; k < polytope->dimension; k++) {
        mpq_sub(step, to->x[k], from->x[k]);
        mpq_mul(step, step, share);
        mpq_add(corner->x[k], from->x[k], step);
    }
    mpq_clears(share, step, NULL);
    for (size_t w = 0; w < EXACT_CUTS / 64; w++)
        corner->on[w] = from->on[w] & to->on[w];
    mark(corner, polytope->cuts);
}

void exact_polytope_cut(const exact_polytope *polytope, mpq_t *form, int sign, exact_polytope *part) {
    size_t n = polytope->count, d = polytope->dimension;
    mpq_t *value = exact_vector_new(n);
    *part = (exact_polytope){.dimension = d, .cuts = polytope->cuts + 1};
    for (size_t i = 0; i < n; i++) {
        exact_form_at(d, form, polytope->corner[i].x, value[i]);
        if (sign < 0)
            mpq_neg(value[i], value[i]);
        if (mpq_sgn(value[i]) > 0)
            continue;
        exact_corner *corner = add_corner(part);
        for (size_t k = 0; k < d; k++)
            mpq_set(corner->x[k], polytope->corner[i].x[k]);
        memcpy(corner->on, polytope->corner[i].on, sizeof corner->on);
        if (mpq_sgn(value[i]) == 0)
            mark(corner, polytope->cuts);
    }
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            if (mpq_sgn(value[a]) < 0 && mpq_sgn(value[b]) > 0 && share_an_edge(polytope, a, b))
                add_crossing(polytope, value, a, b, part);
    exact_vector_free(value, n);
}

void exact_polytope_signs(const exact_polytope *polytope, mpq_t *form, bool *below, bool *above) {
    mpq_t value;
    mpq_init(value);
    *below = *above = false;
    for (size_t i = 0; i < polytope->count; i++) {
        exact_form_at(polytope->dimension, form, polytope->corner[i].x, value);
        *below = *below || mpq_sgn(value) < 0;
        *above = *above || mpq_sgn(value) > 0;
    }
    mpq_clear(value);
}
