/* strtod does the reading, in the C locale whatever the host program has set. It takes more than a CSV file
 * should hold (hexadecimal, nan(...), leading newlines), so the first characters are looked at before, and
 * the end after. */
#include "format/csv_cell.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *skip_blanks(const char *text) {
    while (*text == ' ' || *text == '\t')
        text++;
    return text;
}

/* Does the text up to its trailing blanks spell `word`, in any case? */
static bool spells(const char *text, const char *word) {
    size_t length = strlen(word);
    return strncasecmp(text, word, length) == 0 && *skip_blanks(text + length) == '\0';
}

static crease_cell_kind read_point(const char *text, size_t length, locale_t c_locale, double *value) {
    const char *start = skip_blanks(text);
    if (*start == '\0')
        return start == text + length ? CREASE_CELL_MISSING : CREASE_CELL_TEXT;
    const char *digits = start + (*start == '+' || *start == '-');
    if (!((*digits >= '0' && *digits <= '9') || *digits == '.')) {
        if (spells(start, "na") || spells(digits, "nan"))
            return CREASE_CELL_MISSING;
        return spells(digits, "inf") || spells(digits, "infinity") ? CREASE_CELL_INFINITE : CREASE_CELL_TEXT;
    }
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
        return CREASE_CELL_TEXT;
    char *end;
    *value = strtod_l(start, &end, c_locale);
    if (end == start || skip_blanks(end) != text + length)
        return CREASE_CELL_TEXT;
    return isfinite(*value) ? CREASE_CELL_NUMBER : CREASE_CELL_INFINITE;
}

crease_cell_kind crease_cell_read(char *text, size_t length, char decimal, locale_t c_locale, double *value) {
    if (decimal != ',')
        return read_point(text, length, c_locale, value);
    if (memchr(text, '.', length)) { /* 1.234,5: a separator of thousands, or another file's decimal point */
        double ignored;
        crease_cell_kind kind = read_point(text, length, c_locale, &ignored);
        return kind == CREASE_CELL_NUMBER ? CREASE_CELL_TEXT : kind;
    }
    char *comma = memchr(text, ',', length);
    if (comma)
        *comma = '.';
    crease_cell_kind kind = read_point(text, length, c_locale, value);
    if (comma)
        *comma = ',';
    return kind;
}

bool crease_cell_looks_numeric(char *text, size_t length, char decimal, locale_t c_locale) {
    double value;
    switch (crease_cell_read(text, length, decimal, c_locale, &value)) {
    case CREASE_CELL_NUMBER:
    case CREASE_CELL_INFINITE:
        return true;
    case CREASE_CELL_MISSING:
        return strcasestr(text, "nan") != NULL;
    case CREASE_CELL_TEXT:
        break;
    }
    char *end;
    strtod_l(text, &end, c_locale);
    return end != text && skip_blanks(end) == text + length;
}
