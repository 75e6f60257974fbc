/* Rational numbers from their text. A literal is sign, digits, scale: +-D B^s with B = 10, or D 2^s after 0x; or a
 * fraction D/E. The power of B in front of the first digit that is not 0 bounds the number, so one that no double can
 * hold is refused before it is built. The doubles that enclose the number: GMP truncates towards 0, one neighbour
 * follows. */
#include "specification/number.h"
#include <ctype.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { longest_text = 10000 };
static const long largest_exponent = 1000000000; /* what is above counts as this */

typedef struct literal {
    bool negative;
    unsigned base; /* of the digits: 10 or 16 */
    const char *whole, *fraction, *divisor;
    size_t whole_count, fraction_count, divisor_count;
    long exponent; /* of 10, or of 2 when base is 16 */
} literal;

static unsigned digit_value(char c) {
    return isdigit((unsigned char)c) ? (unsigned)(c - '0') : (unsigned)(tolower((unsigned char)c) - 'a' + 10);
}

static size_t count_digits(const char *text, unsigned base) {
    return strspn(text, base == 10 ? "0123456789" : "0123456789abcdefABCDEF");
}

/* False when there is no digit. Moves *text behind the exponent. */
static bool scan_exponent(const char **text, long *exponent) {
    bool negative = **text == '-';
    *text += **text == '-' || **text == '+';
    if (!isdigit((unsigned char)**text))
        return false;
    long value = 0;
    for (; isdigit((unsigned char)**text); ++*text)
        value = value < largest_exponent / 10 ? 10 * value + (**text - '0') : largest_exponent;
    *exponent = negative ? -value : value;
    return true;
}

static bool scan(const char *text, literal *l) {
    *l = (literal){.negative = *text == '-', .base = 10};
    text += *text == '-' || *text == '+';
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        l->base = 16;
        text += 2;
    }
    l->whole = text;
    l->whole_count = count_digits(text, l->base);
    text += l->whole_count;
    if (*text == '/' && l->base == 10) {
        l->divisor = ++text;
        l->divisor_count = count_digits(text, 10);
        return l->whole_count > 0 && l->divisor_count > 0 && text[l->divisor_count] == '\0';
    }
    if (*text == '.') {
        l->fraction = ++text;
        l->fraction_count = count_digits(text, l->base);
        text += l->fraction_count;
    }
    if (l->whole_count + l->fraction_count == 0)
        return false;
    char mark = (char)tolower((unsigned char)*text);
    if (mark == (l->base == 10 ? 'e' : 'p')) {
        ++text;
        if (!scan_exponent(&text, &l->exponent))
            return false;
    }
    return *text == '\0';
}

/* The exponent of the first digit that is not 0; false when all are. */
static bool leading_exponent(const literal *l, long *exponent) {
    size_t zeros = strspn(l->whole, "0");
    long step = l->base == 10 ? 1 : 4;
    if (zeros < l->whole_count) {
        *exponent = l->exponent + step * (long)(l->whole_count - zeros - 1);
        return true;
    }
    zeros = l->fraction_count ? strspn(l->fraction, "0") : 0;
    *exponent = l->exponent - step * (long)(zeros + 1);
    return zeros < l->fraction_count;
}

/* value B^count + the digits, some at a time. */
static void append_digits(mpz_t value, const char *digit, size_t count, unsigned base) {
    while (count > 0) {
        unsigned long power = 1, part = 0;
        for (int i = 0; i < 7 && count > 0; i++, count--) {
            part = part * base + digit_value(*digit++);
            power *= base;
        }
        mpz_mul_ui(value, value, power);
        mpz_add_ui(value, value, part);
    }
}

/* The divisor is not 0, the exponent not absurd unless all digits are 0. */
static void build(const literal *l, mpq_t value) {
    mpq_set_ui(value, 0, 1);
    append_digits(mpq_numref(value), l->whole, l->whole_count, l->base);
    if (l->divisor) {
        mpz_set_ui(mpq_denref(value), 0);
        append_digits(mpq_denref(value), l->divisor, l->divisor_count, 10);
        mpq_canonicalize(value);
    } else {
        append_digits(mpq_numref(value), l->fraction, l->fraction_count, l->base);
        long scale = l->exponent - (l->base == 10 ? 1 : 4) * (long)l->fraction_count;
        unsigned long size = (unsigned long)labs(scale);
        if (mpq_sgn(value) == 0 || scale == 0) {
            /* nothing to shift */
        } else if (l->base == 16 && scale > 0) {
            mpq_mul_2exp(value, value, size);
        } else if (l->base == 16) {
            mpq_div_2exp(value, value, size);
        } else {
            mpz_t power;
            mpz_init(power);
            mpz_ui_pow_ui(power, 10, size);
            if (scale > 0)
                mpz_mul(mpq_numref(value), mpq_numref(value), power);
            else
                mpz_set(mpq_denref(value), power);
            mpq_canonicalize(value);
            mpz_clear(power);
        }
    }
    if (l->negative)
        mpq_neg(value, value);
}

void crease_number_get(const crease_number *number, mpq_t value) {
    literal l;
    if (number->text && scan(number->text, &l))
        build(&l, value);
    else
        mpq_set_ui(value, 0, 1);
}

typedef enum fit { fits, too_large, too_small } fit;

/* Sets below and above where the number fits into doubles. */
static fit enclose(const mpq_t value, crease_number *number) {
    mpq_t other;
    mpq_init(other);
    double d = mpq_get_d(value);
    fit result = fits;
    if (!isfinite(d)) {
        result = too_large;
        goto done;
    }
    mpq_set_d(other, d);
    int order = mpq_cmp(other, value);
    number->below = order > 0 ? nextafter(d, -INFINITY) : d;
    number->above = order < 0 ? nextafter(d, INFINITY) : d;
    if (isinf(number->below) || isinf(number->above))
        result = too_large;
    else if (mpq_sgn(value) != 0 && fabs(d) < DBL_MIN)
        result = too_small;
done:
    mpq_clear(other);
    return result;
}

static fit measure(const literal *l, crease_number *number) {
    long exponent = 0;
    if (!l->divisor) {
        bool nonzero = leading_exponent(l, &exponent);
        if (nonzero && exponent > (l->base == 10 ? DBL_MAX_10_EXP : DBL_MAX_EXP - 1))
            return too_large;
        /* a hexadecimal digit has up to three bits above its own power */
        if (nonzero && exponent < (l->base == 10 ? DBL_MIN_10_EXP - 1 : DBL_MIN_EXP - 4))
            return too_small;
    }
    mpq_t value;
    mpq_init(value);
    build(l, value);
    fit result = enclose(value, number);
    mpq_clear(value);
    return result;
}

static bool divisor_is_zero(const literal *l) {
    return l->divisor && strspn(l->divisor, "0") == l->divisor_count;
}

crease_status crease_number_parse(const char *text, crease_number *number, crease_error *error) {
    *number = (crease_number){0};
    literal l;
    if (strlen(text) > longest_text)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the number %.20s... has more than %d characters; write it shorter", text,
                           longest_text);
    if (!scan(text, &l) || divisor_is_zero(&l))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "'%.60s' is no number; write one like -0.5, 1e-3, 0x1.8p-3 or 1/3", text);
    fit size = measure(&l, number);
    if (size == too_large)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the number %.60s is beyond the range of doubles, about 1.8e308", text);
    if (size == too_small)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the number %.60s is not 0 but nearer to it than 2.3e-308; write 0 or a larger one", text);
    number->text = strdup(text);
    if (!number->text)
        return crease_fail(error, CREASE_NO_MEMORY, "not enough memory for a number");
    return CREASE_OK;
}

/* As %a does, but with a point whatever the locale. */
static void print_double(double value, char *text, size_t size) {
    int exponent = 0;
    uint64_t mantissa = (uint64_t)ldexp(frexp(fabs(value), &exponent), DBL_MANT_DIG);
    uint64_t fraction = mantissa & ~((uint64_t)1 << (DBL_MANT_DIG - 1));
    if (fabs(value) < 1e15 && trunc(value) == value)
        snprintf(text, size, "%" PRId64, (int64_t)value);
    else
        snprintf(text, size, "%s0x1.%013" PRIx64 "p%+d", value < 0 ? "-" : "", fraction, exponent - 1);
}

crease_status crease_number_from_double(double value, crease_number *number, crease_error *error) {
    *number = (crease_number){0};
    if (!isfinite(value))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a number of a specification must be finite, not %g",
                           value);
    char text[40];
    print_double(value, text, sizeof text);
    *number = (crease_number){.text = strdup(text), .below = value, .above = value};
    if (!number->text)
        return crease_fail(error, CREASE_NO_MEMORY, "not enough memory for a number");
    return CREASE_OK;
}

crease_status crease_number_copy(const crease_number *number, crease_number *copy, crease_error *error) {
    *copy = *number;
    copy->text = number->text ? strdup(number->text) : NULL;
    if (number->text && !copy->text) {
        *copy = (crease_number){0};
        return crease_fail(error, CREASE_NO_MEMORY, "not enough memory for a number");
    }
    return CREASE_OK;
}

int crease_number_compare(const crease_number *a, const crease_number *b) {
    if (a->above < b->below)
        return -1;
    if (a->below > b->above)
        return 1;
    if (a->below == a->above && b->below == b->above)
        return 0;
    mpq_t left, right;
    mpq_inits(left, right, NULL);
    crease_number_get(a, left);
    crease_number_get(b, right);
    int order = mpq_cmp(left, right);
    mpq_clears(left, right, NULL);
    return (order > 0) - (order < 0);
}

crease_status crease_number_negate(const crease_number *number, crease_number *negative,
                                   crease_error *error) {
    *negative = (crease_number){.below = -number->above, .above = -number->below};
    const char *text = number->text + (*number->text == '-' || *number->text == '+');
    size_t size = strlen(text) + 2;
    negative->text = malloc(size);
    if (!negative->text)
        return crease_fail(error, CREASE_NO_MEMORY, "not enough memory for a number");
    snprintf(negative->text, size, "%s%s", *number->text == '-' ? "" : "-", text);
    return CREASE_OK;
}

void crease_number_clear(crease_number *number) {
    if (number) {
        free(number->text);
        *number = (crease_number){0};
    }
}
