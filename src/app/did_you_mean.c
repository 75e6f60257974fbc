/* The nearest known word by the optimal string alignment distance: insertions, deletions, substitutions and
 * swaps of neighbours count 1 each (Damerau 1964). Three rows of the table are enough. */
#include "crease/app.h"
#include <string.h>

enum { LONGEST = 64 };

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static size_t distance(const char *a, size_t m, const char *b, size_t n) {
    size_t row[3][LONGEST + 1];
    for (size_t j = 0; j <= n; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t *now = row[i % 3];
        const size_t *above = row[(i + 2) % 3], *above2 = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = smaller(change, smaller(above[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = smaller(now[j], above2[j - 2] + 1);
        }
    }
    return row[m % 3][n];
}

const char *crease_app_did_you_mean(const char *word, const char *const *known, size_t count) {
    size_t length = strlen(word);
    if (length == 0 || length > LONGEST)
        return NULL;
    const char *best = NULL;
    size_t least = 1 + length / 3; /* further away is another word, not a slip */
    if (least >= length)
        least = length - 1;
    for (size_t i = 0; i < count; i++) {
        size_t other = strlen(known[i]);
        if (other > LONGEST)
            continue;
        size_t d = distance(word, length, known[i], other);
        if (d <= least && (!best || d < least)) {
            best = known[i];
            least = d;
        }
    }
    return best;
}
