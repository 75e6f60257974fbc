/* Tables of aligned columns: numbers to the right, text to the left, two spaces between. */
#include "crease/app.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct crease_report {
    size_t columns, cells, room;
    char **cell; /* row by row; the first row holds the titles */
    bool *right; /* of each column */
};

static void *need(void *memory) {
    if (!memory) {
        fputs("crease: out of memory\n", stderr);
        abort();
    }
    return memory;
}

static void append(crease_report *report, char *text) {
    if (report->cells == report->room) {
        report->room = 2 * report->room + 4 * report->columns;
        report->cell = need(reallocarray(report->cell, report->room, sizeof *report->cell));
    }
    report->cell[report->cells++] = text;
}

crease_report *crease_report_new(size_t columns, const char *const *titles) {
    crease_report *report = need(calloc(1, sizeof *report));
    report->columns = columns;
    report->right = need(calloc(columns, sizeof *report->right));
    for (size_t j = 0; j < columns; j++)
        append(report, need(strdup(titles[j])));
    return report;
}

void crease_report_text(crease_report *report, const char *format, ...) {
    char *text = NULL;
    va_list list;
    va_start(list, format);
    int length = vasprintf(&text, format, list);
    va_end(list);
    append(report, need(length < 0 ? NULL : text));
}

void crease_report_number(crease_report *report, double value, int digits) {
    report->right[report->cells % report->columns] = true;
    if (isnan(value))
        crease_report_text(report, "-");
    else
        crease_report_text(report, "%.*g", digits, value == 0 ? 0. : value); /* no "-0" */
}

void crease_report_count(crease_report *report, size_t value) {
    report->right[report->cells % report->columns] = true;
    crease_report_text(report, "%zu", value);
}

/* Characters, not bytes: column names may be UTF-8. */
static size_t text_width(const char *text) {
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static size_t column_width(const crease_report *report, size_t column) {
    size_t widest = 0;
    for (size_t i = column; i < report->cells; i += report->columns) {
        size_t width = text_width(report->cell[i]);
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void pad(size_t count, FILE *file) {
    while (count-- > 0)
        putc(' ', file);
}

void crease_report_print(const crease_report *report, FILE *file) {
    size_t *width = need(calloc(report->columns, sizeof *width));
    for (size_t j = 0; j < report->columns; j++)
        width[j] = column_width(report, j);
    for (size_t i = 0; i < report->cells; i++) {
        size_t column = i % report->columns;
        bool last = column + 1 == report->columns || i + 1 == report->cells;
        size_t gap = width[column] - text_width(report->cell[i]);
        if (report->right[column])
            pad(gap, file);
        fputs(report->cell[i], file);
        if (!report->right[column] && !last)
            pad(gap, file);
        fputs(last ? "\n" : "  ", file);
    }
    free(width);
}

void crease_report_free(crease_report *report) {
    if (!report)
        return;
    for (size_t i = 0; i < report->cells; i++)
        free(report->cell[i]);
    free(report->cell);
    free(report->right);
    free(report);
}

void crease_report_words(FILE *file, const char *text, int used, int indent) {
    enum { WIDTH = 100 };
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (used > indent && used + 1 + length > WIDTH) {
            fprintf(file, "\n%*s", indent, "");
            used = indent;
        } else if (used > indent) {
            putc(' ', file);
            used++;
        }
        fprintf(file, "%.*s", length, text);
        used += length;
        text += length;
        text += strspn(text, " ");
    }
    putc('\n', file);
}
