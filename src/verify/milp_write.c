/* The CPLEX LP format (as the manuals of GLPK, SCIP and CPLEX describe it) without rounding.
 *
 * A rational is a finite decimal when its denominator is 2^a 5^b. A row is multiplied by what else divides its
 * denominators, or by all of them where its decimals would be longer than a reader takes; that changes no solution. */
#include "verify/milp_model.h"
#include <stdlib.h>
#include <string.h>

enum { READABLE = 250 /* characters of a number; GLPK's reader takes 255 */, LINE = 100 };

typedef struct writer {
    const milp_model *model;
    FILE *file;
    mpz_t factor, five, rest; /* of the row; spare */
    mpq_t scaled;
    size_t column; /* of the line */
    bool full;
} writer;

/* value = digits 10^-point; false when it is no finite decimal. */
static bool decimal_digits(writer *w, const mpq_t value, mpz_t digits, size_t *point) {
    mpz_set(w->rest, mpq_denref(value));
    size_t fives = mpz_remove(w->rest, w->rest, w->five);
    size_t twos = mpz_cmp_ui(w->rest, 1) == 0 ? 0 : mpz_scan1(w->rest, 0);
    mpz_tdiv_q_2exp(w->rest, w->rest, twos);
    if (mpz_cmp_ui(w->rest, 1) != 0)
        return false;
    *point = fives > twos ? fives : twos;
    mpz_ui_pow_ui(w->rest, 5, *point - fives);
    mpz_mul(digits, mpq_numref(value), w->rest);
    mpz_mul_2exp(digits, digits, *point - twos);
    return true;
}

/* The decimal's text, with no other sign than `minus`, owned; NULL without memory. */
static char *decimal_text(const mpz_t digits, size_t point, bool minus) {
    size_t count = mpz_sizeinbase(digits, 10) + 2;
    char *plain = malloc(count), *text = malloc(count + point + 32);
    if (plain && text) {
        mpz_get_str(plain, 10, digits);
        const char *start = plain + (*plain == '-'), *sign = minus ? "-" : "";
        size_t length = strlen(start);
        if (point == 0)
            sprintf(text, "%s%s", sign, start);
        else if (point < length)
            sprintf(text, "%s%.*s.%s", sign, (int)(length - point), start, start + length - point);
        else if (point < length + 6)
            sprintf(text, "%s0.%.*s%s", sign, (int)(point - length), "00000", start);
        else
            sprintf(text, "%s%se-%zu", sign, start, point);
    } else {
        free(text);
        text = NULL;
    }
    free(plain);
    return text;
}

static void put(writer *w, const char *text) {
    size_t length = strlen(text);
    if (w->column > 1 && w->column + length > LINE) {
        fputs("\n ", w->file);
        w->column = 1;
    }
    fprintf(w->file, " %s", text);
    w->column += length + 1;
}

static void end_line(writer *w) {
    fputc('\n', w->file);
    w->column = 0;
}

/* The number times the row's factor, with a sign of its own where it belongs to a name. */
static void put_number(writer *w, const mpq_t value, bool own_sign) {
    size_t point;
    mpz_t digits;
    mpz_init(digits);
    mpq_set_z(w->scaled, w->factor);
    mpq_mul(w->scaled, w->scaled, value);
    if (decimal_digits(w, w->scaled, digits, &point)) {
        bool negative = mpz_sgn(digits) < 0;
        char *text = decimal_text(digits, point, negative && !own_sign);
        w->full = w->full || !text;
        if (own_sign)
            put(w, negative ? "-" : "+");
        put(w, text ? text : "");
        free(text);
    }
    mpz_clear(digits);
}

static void put_name(writer *w, size_t column) {
    char name[MILP_NAME];
    crease_milp_model_name(w->model, column, name);
    put(w, name);
}

/* Characters of the number as a decimal, about; 0 where it is none. */
static size_t decimal_length(writer *w, const mpq_t value) {
    size_t point = 0;
    mpz_t digits;
    mpz_init(digits);
    bool finite = decimal_digits(w, value, digits, &point);
    size_t length = finite ? mpz_sizeinbase(digits, 10) + 10 : 0;
    mpz_clear(digits);
    return length;
}

/* Part of the integer that neither 2 nor 5 divides. */
static void take_out_tens(writer *w, mpz_t integer) {
    mpz_remove(integer, integer, w->five);
    mpz_tdiv_q_2exp(integer, integer, mpz_scan1(integer, 0));
}

static void choose_factor(writer *w, const milp_row *row) {
    const milp_term *term = w->model->term + row->first;
    mpz_t all;
    mpz_init_set(all, mpq_denref(row->side));
    for (size_t t = 0; t < row->count; t++)
        mpz_lcm(all, all, mpq_denref(term[t].coefficient));
    mpz_set(w->factor, all);
    take_out_tens(w, w->factor);
    size_t longest = 0;
    for (size_t t = 0; t <= row->count; t++) {
        mpq_set_z(w->scaled, w->factor);
        mpq_mul(w->scaled, w->scaled, t < row->count ? term[t].coefficient : row->side);
        size_t length = decimal_length(w, w->scaled);
        longest = length > longest ? length : longest;
    }
    if (longest > READABLE)
        mpz_set(w->factor, all);
    mpz_clear(all);
}

static void write_row(writer *w, const milp_row *row, size_t number) {
    char name[MILP_NAME];
    snprintf(name, sizeof name, "c%zu:", number);
    choose_factor(w, row);
    put(w, name);
    for (size_t t = row->first; t < row->first + row->count; t++) {
        put_number(w, w->model->term[t].coefficient, true);
        put_name(w, w->model->term[t].column);
    }
    put(w, row->sense == '<' ? "<=" : row->sense == '>' ? ">=" : "=");
    put_number(w, row->side, false);
    end_line(w);
}

static bool is_decimal(writer *w, const mpq_t value) {
    return decimal_length(w, value) > 0;
}

/* A bound that is no finite decimal is a row: q x >= p. */
static void write_bound_rows(writer *w, size_t column, size_t *number) {
    const milp_column *c = &w->model->column[column];
    for (int upper = 0; c->bounded && upper < 2; upper++) {
        const mpq_t *bound = upper ? &c->upper : &c->lower;
        if (is_decimal(w, *bound))
            continue;
        mpz_set(w->factor, mpq_denref(*bound));
        char name[MILP_NAME];
        snprintf(name, sizeof name, "c%zu:", ++*number);
        put(w, name);
        mpq_t one;
        mpq_init(one);
        mpq_set_ui(one, 1, 1);
        put_number(w, one, true);
        mpq_clear(one);
        put_name(w, column);
        put(w, upper ? "<=" : ">=");
        put_number(w, *bound, false);
        end_line(w);
    }
}

static void write_bounds(writer *w, size_t column) {
    const milp_column *c = &w->model->column[column];
    if (c->binary)
        return;
    bool low = c->bounded && is_decimal(w, c->lower), high = c->bounded && is_decimal(w, c->upper);
    mpz_set_ui(w->factor, 1);
    if (!low && !high) {
        put_name(w, column);
        put(w, "free");
    } else if (low && high && mpq_equal(c->lower, c->upper)) {
        put_name(w, column);
        put(w, "=");
        put_number(w, c->lower, false);
    } else {
        if (low)
            put_number(w, c->lower, false);
        else
            put(w, "-inf");
        put(w, "<=");
        put_name(w, column);
        if (high) {
            put(w, "<=");
            put_number(w, c->upper, false);
        }
    }
    end_line(w);
}

crease_status crease_milp_model_write(const milp_model *model, FILE *file, crease_error *error) {
    writer w = {.model = model, .file = file};
    size_t rows = model->row_count;
    mpz_inits(w.factor, w.five, w.rest, NULL);
    mpz_set_ui(w.five, 5);
    mpq_init(w.scaled);
    fprintf(
        file,
        "\\ x, y: inputs and outputs; z, a: units before and after; d: binary, 1 where z >= 0 is; t: largest "
        "row\nMinimize\n obj: t\nSubject To\n");
    for (size_t r = 0; r < rows; r++)
        write_row(&w, &model->row[r], r + 1);
    for (size_t c = 0; c < model->column_count; c++)
        write_bound_rows(&w, c, &rows);
    fputs("Bounds\n", file);
    for (size_t c = 0; c < model->column_count; c++)
        write_bounds(&w, c);
    if (model->binaries)
        fputs("Binary\n", file);
    for (size_t c = 0; c < model->column_count; c++)
        if (model->column[c].binary)
            put_name(&w, c);
    if (model->binaries)
        end_line(&w);
    fputs("End\n", file);
    mpz_clears(w.factor, w.five, w.rest, NULL);
    mpq_clear(w.scaled);
    if (w.full)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a number of a mixed-integer program");
    return CREASE_OK;
}
