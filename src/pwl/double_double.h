/* Double-double arithmetic: a number as the unevaluated sum hi + lo, |lo| <= ulp(hi)/2, so about 32 digits.
 * Sums and products of two doubles are exact (Dekker 1971, "A floating-point technique for extending the
 * available precision"; Knuth, TAOCP vol. 2, 4.2.2). Needs -ffp-contract=off. */
#ifndef CREASE_PWL_DOUBLE_DOUBLE_H
#define CREASE_PWL_DOUBLE_DOUBLE_H

#include <math.h>

typedef struct dd {
    double hi, lo;
} dd;

static inline dd dd_from(double a) {
    return (dd){a, 0};
}

/* a + b when |a| >= |b| or a == 0 */
static inline dd dd_quick_sum(double a, double b) {
    double sum = a + b;
    return (dd){sum, b - (sum - a)};
}

static inline dd dd_sum(double a, double b) {
    double sum = a + b, part = sum - a;
    return (dd){sum, (a - (sum - part)) + (b - part)};
}

static inline dd dd_difference(double a, double b) {
    return dd_sum(a, -b);
}

static inline dd dd_product(double a, double b) {
    double product = a * b;
    return (dd){product, fma(a, b, -product)};
}

static inline dd dd_negative(dd a) {
    return (dd){-a.hi, -a.lo};
}

static inline dd dd_add(dd a, dd b) {
    dd high = dd_sum(a.hi, b.hi), low = dd_sum(a.lo, b.lo);
    high = dd_quick_sum(high.hi, high.lo + low.hi);
    return dd_quick_sum(high.hi, high.lo + low.lo);
}

static inline dd dd_subtract(dd a, dd b) {
    return dd_add(a, dd_negative(b));
}

static inline dd dd_times(dd a, double b) {
    dd product = dd_product(a.hi, b);
    return dd_quick_sum(product.hi, product.lo + a.lo * b);
}

static inline dd dd_multiply(dd a, dd b) {
    dd product = dd_product(a.hi, b.hi);
    return dd_quick_sum(product.hi, product.lo + (a.hi * b.lo + a.lo * b.hi));
}

static inline dd dd_divide(dd a, dd b) {
    double first = a.hi / b.hi;
    if (!isfinite(first))
        return (dd){first, 0};
    dd rest = dd_subtract(a, dd_times(b, first));
    double second = rest.hi / b.hi;
    rest = dd_subtract(rest, dd_times(b, second));
    dd quotient = dd_quick_sum(first, second);
    return dd_add(quotient, dd_from(rest.hi / b.hi));
}

/* Times a power of two: exact short of underflow. */
static inline dd dd_scale(dd a, int exponent) {
    return (dd){ldexp(a.hi, exponent), ldexp(a.lo, exponent)};
}

static inline double dd_round(dd a) {
    return a.hi + a.lo;
}

#endif
