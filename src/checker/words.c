/* Lines of words with one space between them. A number is [-]0xH.HHHp+D and must be a finite double; it is put together
 * here because strtod reads much that is no such number and depends on the locale. */
#include "checker/words.h"
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

void crease_words_open(crease_words *words, FILE *file, char *why) {
    *words = (crease_words){.file = file, .line_end = true, .why = why};
}

bool crease_words_refuse(crease_words *words, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words->why, 256, format, arguments);
    va_end(arguments);
    return false;
}

static bool read_word(crease_words *words) {
    size_t length = 0;
    for (;;) {
        int c = getc_unlocked(words->file);
        if (c == EOF && ferror(words->file))
            return crease_words_refuse(words, "the file cannot be read on");
        if (c == EOF && length == 0)
            return crease_words_refuse(words, "the proof breaks off");
        if (c == ' ' || c == '\n' || c == EOF) {
            if (length == 0)
                return crease_words_refuse(words, "words are separated by one space or by the end of a line");
            words->word[length] = '\0';
            words->line_end = c != ' ';
            return true;
        }
        if (c < '!' || c > '~')
            return crease_words_refuse(words, "a byte %d is no part of a proof", c);
        if (length + 1 == sizeof words->word)
            return crease_words_refuse(words, "'%.10s...' is longer than any word of a proof", words->word);
        words->word[length++] = (char)c;
    }
}

bool crease_words_first(crease_words *words) {
    words->line++;
    return read_word(words);
}

bool crease_words_next(crease_words *words) {
    if (words->line_end)
        return crease_words_refuse(words, "the line ends before it is complete");
    return read_word(words);
}

bool crease_words_end_line(crease_words *words) {
    return words->line_end || crease_words_refuse(words, "the line goes on behind '%s'", words->word);
}

bool crease_words_end_file(crease_words *words) {
    if (getc_unlocked(words->file) == EOF && !ferror(words->file))
        return true;
    words->line++;
    return crease_words_refuse(words, "the file goes on behind the end of the proof");
}

bool crease_words_index(crease_words *words, size_t limit, const char *what, size_t *value) {
    if (!crease_words_next(words))
        return false;
    const char *word = words->word;
    size_t length = strspn(word, "0123456789"), number = 0;
    if (word[length] != '\0' || length > 18)
        return crease_words_refuse(words, "'%s' is no number of %s", word, what);
    for (size_t i = 0; i < length; i++)
        number = 10 * number + (size_t)(word[i] - '0');
    if (number >= limit)
        return crease_words_refuse(words, "there is no %s %zu: they count from 0 and there are %zu", what,
                                   number, limit);
    *value = number;
    return true;
}

/* Hexadecimal digits with at most one point, at most 14 that count as %a prints no more; NULL when there are none. */
static const char *read_digits(const char *at, uint64_t *mantissa, long *exponent) {
    size_t digits = 0, points = 0;
    for (;; at++) {
        unsigned digit = *at >= '0' && *at <= '9'   ? (unsigned)(*at - '0')
                         : *at >= 'a' && *at <= 'f' ? (unsigned)(*at - 'a') + 10
                                                    : 16;
        if (digit == 16 && (*at != '.' || points > 0))
            break;
        if (digit == 16) {
            points++;
            continue;
        }
        *mantissa = 16 * *mantissa + digit;
        *exponent -= points ? 4 : 0;
        digits++;
    }
    return digits >= 1 && digits <= 14 ? at : NULL;
}

bool crease_words_number(crease_words *words, double *value) {
    if (!crease_words_next(words))
        return false;
    const char *at = words->word;
    uint64_t mantissa = 0;
    long exponent = 0, written = 0;
    bool negative = *at == '-';
    at += negative;
    if (strncmp(at, "0x", 2) != 0 || !(at = read_digits(at + 2, &mantissa, &exponent)) || *at++ != 'p')
        return crease_words_refuse(words, "'%s' is no hexadecimal number", words->word);
    bool below = *at == '-';
    at += *at == '-' || *at == '+';
    size_t length = strspn(at, "0123456789");
    if (length < 1 || length > 5 || at[length] != '\0')
        return crease_words_refuse(words, "'%s' is no hexadecimal number", words->word);
    for (size_t i = 0; i < length; i++)
        written = 10 * written + (at[i] - '0');
    exponent += below ? -written : written;
    double magnitude = ldexp((double)mantissa, (int)exponent);
    if (!isfinite(magnitude) || mantissa > (uint64_t)1 << 53 ||
        ldexp(magnitude, (int)-exponent) != (double)mantissa)
        return crease_words_refuse(words, "'%s' is no double", words->word);
    *value = negative ? -magnitude : magnitude;
    return true;
}
