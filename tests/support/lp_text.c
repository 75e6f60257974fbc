/* Words between white space; a word that begins with a digit, a point or a sign and a digit is a number. */
#include "support/lp_text.h"
#include "support/exact_numbers.h"
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 4096 };

typedef struct reader {
    FILE *file;
    char word[LONGEST];
    lp_text *text;
} reader;

static bool next(reader *r) {
    for (;;) {
        if (fscanf(r->file, "%4095s", r->word) != 1)
            return false;
        if (r->word[0] != '\\')
            return true;
        if (fscanf(r->file, "%*[^\n]") == EOF)
            return false;
    }
}

static bool is(const reader *r, const char *word) {
    return strcmp(r->word, word) == 0;
}

static bool is_number(const char *word) {
    word += *word == '-' || *word == '+';
    return isdigit((unsigned char)*word);
}

static void take_number(reader *r, mpq_t value) {
    bool negative = false;
    while (is(r, "-") || is(r, "+")) {
        negative ^= is(r, "-");
        ck_assert(next(r));
    }
    ck_assert_msg(is_number(r->word), "'%s' where a number should be", r->word);
    if (strlen(r->word) > r->text->longest)
        r->text->longest = strlen(r->word);
    exact_parse(r->word, value);
    if (negative)
        mpq_neg(value, value);
}

static void read_row(reader *r) {
    lp_text *text = r->text;
    text->row = realloc(text->row, (text->row_count + 1) * sizeof *text->row);
    lp_text_row *row = &text->row[text->row_count++];
    *row = (lp_text_row){0};
    mpq_init(row->side);
    while (next(r) && !strchr("<>=", r->word[0])) {
        row->name = realloc(row->name, (row->count + 1) * sizeof *row->name);
        row->coefficient = realloc(row->coefficient, (row->count + 1) * sizeof *row->coefficient);
        mpq_init(row->coefficient[row->count]);
        take_number(r, row->coefficient[row->count]);
        ck_assert(next(r));
        ck_assert_msg(isalpha((unsigned char)r->word[0]) && strlen(r->word) < 32, "'%s' is no name", r->word);
        strcpy(row->name[row->count++], r->word);
    }
    row->sense = r->word[0];
    ck_assert(next(r));
    take_number(r, row->side);
}

/* NAME free | NAME = N | (-inf | N) <= NAME [<= N], the word before being known */
static void read_bound(reader *r, bool *ahead) {
    lp_text *text = r->text;
    text->bound = realloc(text->bound, (text->bound_count + 1) * sizeof *text->bound);
    lp_text_bound *bound = &text->bound[text->bound_count++];
    *bound = (lp_text_bound){0};
    mpq_inits(bound->lower, bound->upper, NULL);
    *ahead = false;
    if (isalpha((unsigned char)r->word[0])) {
        strcpy(bound->name, r->word);
        ck_assert(next(r));
        if (is(r, "free"))
            return;
        ck_assert(is(r, "=") && next(r));
        take_number(r, bound->lower);
        mpq_set(bound->upper, bound->lower);
        bound->low = bound->high = true;
        return;
    }
    bound->low = !is(r, "-inf");
    if (bound->low)
        take_number(r, bound->lower);
    ck_assert(next(r) && is(r, "<=") && next(r));
    strcpy(bound->name, r->word);
    ck_assert(next(r));
    bound->high = is(r, "<=");
    *ahead = !bound->high;
    if (bound->high) {
        ck_assert(next(r));
        take_number(r, bound->upper);
    }
}

static void read_file(reader *r) {
    lp_text *text = r->text;
    static const char *const opening[] = {"Minimize", "obj:", "t", "Subject", "To"};
    for (size_t i = 0; i < 5; i++)
        ck_assert_msg(next(r) && is(r, opening[i]), "'%s' instead of %s", r->word, opening[i]);
    while (next(r) && r->word[0] == 'c' && strchr(r->word, ':'))
        read_row(r);
    ck_assert_str_eq(r->word, "Bounds");
    bool more = next(r);
    while (more && !is(r, "Binary") && !is(r, "End")) {
        bool ahead;
        read_bound(r, &ahead);
        more = ahead || next(r);
    }
    while (is(r, "Binary") ? next(r) : false)
        while (!is(r, "End")) {
            text->binary = realloc(text->binary, (text->binaries + 1) * sizeof *text->binary);
            strcpy(text->binary[text->binaries++], r->word);
            ck_assert(next(r));
        }
    ck_assert_str_eq(r->word, "End");
}

void lp_text_read(const char *path, lp_text *text) {
    reader *r = calloc(1, sizeof *r);
    *text = (lp_text){0};
    r->text = text;
    r->file = fopen(path, "r");
    ck_assert_msg(r->file != NULL, "%s", path);
    read_file(r);
    fclose(r->file);
    free(r);
}

void lp_text_clear(lp_text *text) {
    for (size_t i = 0; i < text->row_count; i++) {
        lp_text_row *row = &text->row[i];
        exact_vector_free(row->coefficient, row->count);
        mpq_clear(row->side);
        free(row->name);
    }
    for (size_t i = 0; i < text->bound_count; i++)
        mpq_clears(text->bound[i].lower, text->bound[i].upper, NULL);
    free(text->row);
    free(text->bound);
    free(text->binary);
    *text = (lp_text){0};
}
