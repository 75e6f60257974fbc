/* What separates the fields of a CSV file. */
#include "format/csv_dialect.h"
#include <stdbool.h>

static const char candidate[] = {'\t', ';', ','};
enum { candidate_count = 3 };

/* Counts each candidate outside quotes in the first line of text that is not blank; returns where the line
 * ends. */
static size_t count_line(const char *text, size_t length, size_t count[candidate_count]) {
    size_t i = 0;
    bool quoted = false;
    for (int c = 0; c < candidate_count; c++)
        count[c] = 0;
    while (i < length && (text[i] == '\n' || text[i] == '\r'))
        i++;
    for (; i < length && (quoted || (text[i] != '\n' && text[i] != '\r')); i++) {
        quoted ^= text[i] == '"';
        for (int c = 0; c < candidate_count; c++)
            count[c] += !quoted && text[i] == candidate[c];
    }
    return i;
}

char crease_csv_delimiter(const char *text, size_t length, char decimal) {
    size_t first[candidate_count], second[candidate_count];
    size_t end = count_line(text, length, first);
    count_line(text + end, length - end, second);
    int usable = decimal == ',' ? candidate_count - 1 : candidate_count;
    int most = -1;
    for (int c = 0; c < usable; c++) {
        if (first[c] > 0 && first[c] == second[c])
            return candidate[c];
        if (first[c] > 0 && (most < 0 || first[c] > first[most]))
            most = c;
    }
    if (most >= 0)
        return candidate[most];
    return decimal == ',' ? ';' : ',';
}
