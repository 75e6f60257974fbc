/* libcsv splits the bytes into fields and rows; this file counts lines, decides on the header, and keeps the
 * wanted numbers. What libcsv leaves to its caller: the byte-order mark, the delimiter, NUL bytes, the size
 * of a field, the number of fields in a row, and (CSV_STRICT, CSV_STRICT_FINI) what its errors mean. After an
 * error its buffer is dropped without csv_fini, which would deliver the broken row all the same. A row's
 * first fault is kept until the row ends, since `where` may leave the row out. */
#include "base/input.h"
#include "base/names.h"
#include "crease/csv.h"
#include "format/csv_cell.h"
#include "format/csv_columns.h"
#include "format/csv_dialect.h"
#include <csv.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { chunk_size = 1 << 16, field_limit = 1 << 16, progress_step = 1 << 20 };

typedef struct csv_reader {
    const crease_csv_options *options;
    const char *source;
    crease_error *error;
    crease_status status; /* once set, the callbacks do nothing */
    char decimal;
    locale_t c_locale;
    struct csv_parser parser;
    bool parser_ready;
    char *chunk;

    size_t line;       /* where the next field begins, from 1 */
    int terminator;    /* CR when the byte before the next field was one */
    size_t fields;     /* seen of this row */
    size_t blank_line; /* the first of the blank lines just passed, 0: none */
    size_t blank_lines;
    bool first_done; /* the first line is through */

    crease_csv_columns columns;
    double *row; /* columns.stored values */
    bool row_kept, row_missing, row_faulty;
    crease_error fault; /* of a faulty row */

    double **value; /* columns.stored arrays of capacity */
    size_t rows, capacity, skipped;
} csv_reader;

static const char *show(const char *text, size_t length, char shown[60]) {
    return crease_names_show(text, length, shown, 60);
}

static const char *column_name(const csv_reader *r, size_t column, char shown[60]) {
    if (r->columns.has_header && r->columns.name[column][0] != '\0')
        return show(r->columns.name[column], strlen(r->columns.name[column]), shown);
    snprintf(shown, 60, "%zu", column + 1);
    return shown;
}

static void count_newlines(csv_reader *r, const char *text, size_t length) {
    const char *end = text + length;
    for (const char *at = text; (at = memchr(at, '\n', (size_t)(end - at))); at++)
        r->line++;
}

/* ---- cells and rows ---- */

static void fault_cell(csv_reader *r, size_t column, const char *text, size_t length, crease_cell_kind kind) {
    char cell[60], name[60];
    const char *complaint = kind == CREASE_CELL_MISSING    ? "is no value"
                            : kind == CREASE_CELL_INFINITE ? "is not a finite number"
                                                           : "is not a number";
    const char *hint = "";
    if (kind == CREASE_CELL_TEXT && r->decimal == '.' && memchr(text, ',', length))
        hint = "; is the decimal mark a comma (--decimal ,)?";
    if (kind == CREASE_CELL_MISSING)
        hint = "; remove the row, or skip missing values (--skip-missing)";
    r->row_faulty = true;
    if (kind == CREASE_CELL_MISSING && text[strspn(text, " \t")] == '\0')
        crease_fail(&r->fault, CREASE_BAD_DATA, "%s:%zu:%zu: empty cell in column '%s'%s", r->source, r->line,
                    column + 1, column_name(r, column, name), hint);
    else
        crease_fail(&r->fault, CREASE_BAD_DATA, "%s:%zu:%zu: '%s' %s in column '%s'%s", r->source, r->line,
                    column + 1, show(text, length, cell), complaint, column_name(r, column, name), hint);
}

static void take_cell(csv_reader *r, size_t column, char *text, size_t length) {
    if (column >= r->columns.width) {
        char cell[60];
        if (column == r->columns.width)
            r->status = crease_fail(r->error, CREASE_BAD_DATA,
                                    "%s:%zu:%zu: '%s' is one field more than the %zu of the %s", r->source,
                                    r->line, column + 1, show(text, length, cell), r->columns.width,
                                    r->columns.has_header ? "header" : "first line");
        return;
    }
    if (column == r->columns.where_column && strcmp(text, r->columns.where_text) != 0)
        r->row_kept = false;
    size_t slot = r->columns.slot[column];
    crease_cell_kind kind = slot == SIZE_MAX
                                ? CREASE_CELL_TEXT
                                : crease_cell_read(text, length, r->decimal, r->c_locale, &r->row[slot]);
    if (kind == CREASE_CELL_NUMBER) /* so it holds no newline */
        return;
    if (slot != SIZE_MAX && kind == CREASE_CELL_MISSING && r->options->skip_missing)
        r->row_missing = true;
    else if (slot != SIZE_MAX && !r->row_faulty)
        fault_cell(r, column, text, length, kind);
    count_newlines(r, text, length);
}

static bool grow(csv_reader *r) {
    size_t capacity = r->capacity ? 2 * r->capacity : 1024;
    if (capacity > SIZE_MAX / (2 * sizeof(double)))
        return false;
    for (size_t s = 0; s < r->columns.stored; s++) {
        double *grown = realloc(r->value[s], capacity * sizeof(double));
        if (!grown)
            return false;
        r->value[s] = grown;
    }
    r->capacity = capacity;
    return true;
}

static void keep_row(csv_reader *r) {
    if (r->rows == r->capacity && !grow(r)) {
        r->status = crease_fail(r->error, CREASE_NO_MEMORY, "%s:%zu: not enough memory for more rows",
                                r->source, r->line);
        return;
    }
    for (size_t s = 0; s < r->columns.stored; s++)
        r->value[s][r->rows] = r->row[s];
    r->rows++;
}

static void begin_row(csv_reader *r) {
    r->fields = 0;
    r->row_kept = true;
    r->row_missing = r->row_faulty = false;
}

static void end_row(csv_reader *r) {
    if (r->fields < r->columns.width)
        r->status = crease_fail(r->error, CREASE_BAD_DATA,
                                "%s:%zu:%zu: the row ends after %zu field%s; the %s has %zu", r->source,
                                r->line, r->fields, r->fields, r->fields == 1 ? "" : "s",
                                r->columns.has_header ? "header" : "first line", r->columns.width);
    else if (!r->row_kept)
        ; /* another row's business */
    else if (r->row_faulty)
        r->status = crease_fail(r->error, r->fault.status, "%s", r->fault.message);
    else if (r->row_missing)
        r->skipped++;
    else
        keep_row(r);
}

/* In a file of one column a blank line before another row is an empty cell; elsewhere it means nothing. */
static void settle_blank_lines(csv_reader *r) {
    if (r->blank_lines > 0 && r->columns.width == 1 && !r->options->where) {
        if (r->options->skip_missing)
            r->skipped += r->blank_lines;
        else
            r->status = crease_fail(r->error, CREASE_BAD_DATA, "%s:%zu:1: empty line in a file of one column",
                                    r->source, r->blank_line);
    }
    r->blank_lines = 0;
}

/* ---- the first line ---- */

static void take_first_line(csv_reader *r) {
    crease_csv_columns *columns = &r->columns;
    columns->has_header = false;
    for (size_t j = 0; j < columns->width && !columns->has_header; j++)
        columns->has_header =
            !crease_cell_looks_numeric(columns->name[j], strlen(columns->name[j]), r->decimal, r->c_locale);
    r->first_done = true;
    r->blank_lines = 0;
    r->status = crease_csv_columns_resolve(columns, r->options, r->error);
    if (r->status)
        return;
    r->row = calloc(columns->stored, sizeof(double));
    r->value = calloc(columns->stored, sizeof *r->value);
    if (!r->row || !r->value) {
        r->status =
            crease_fail(r->error, CREASE_NO_MEMORY, "%s: not enough memory for its columns", r->source);
        return;
    }
    if (columns->has_header)
        return;
    begin_row(r);
    for (size_t j = 0; j < columns->width && !r->status; j++)
        take_cell(r, j, columns->name[j], strlen(columns->name[j]));
    r->fields = columns->width;
    if (!r->status)
        end_row(r);
}

/* ---- libcsv's callbacks ---- */

static void on_field(void *text, size_t length, void *data) {
    csv_reader *r = data;
    if (r->status)
        return;
    size_t column = r->fields++;
    r->terminator = 0;
    if (length > field_limit) {
        r->status = crease_fail(r->error, CREASE_BAD_DATA,
                                "%s:%zu:%zu: a field of over %d KiB; is a quote not closed?", r->source,
                                r->line, column + 1, field_limit >> 10);
    } else if (r->first_done) {
        if (column == 0 && r->blank_lines > 0)
            settle_blank_lines(r);
        if (!r->status)
            take_cell(r, column, text, length);
    } else {
        r->status = crease_csv_columns_add(&r->columns, text, length, r->line, r->error);
        count_newlines(r, text, length);
    }
}

/* terminator: CR, LF, or -1 at the end of the file. CSV_REPALL_NL reports the LF of a CRLF as a row of its
 * own. */
static void on_row(int terminator, void *data) {
    csv_reader *r = data;
    if (r->status)
        return;
    bool second_half = r->fields == 0 && terminator == '\n' && r->terminator == '\r';
    if (r->fields == 0 && !second_half) {
        if (r->blank_lines++ == 0)
            r->blank_line = r->line;
    } else if (r->fields > 0 && !r->first_done) {
        take_first_line(r);
    } else if (r->fields > 0) {
        end_row(r);
    }
    if (!second_half)
        r->line++;
    r->terminator = terminator;
    begin_row(r);
}

/* ---- the stream ---- */

static void fail_parse(csv_reader *r) {
    char text[60];
    int code = csv_error(&r->parser);
    if (code == CSV_ENOMEM || code == CSV_ETOOBIG) {
        r->status = crease_fail(r->error, CREASE_NO_MEMORY, "%s:%zu: not enough memory for a field",
                                r->source, r->line);
        return;
    }
    show((const char *)r->parser.entry_buf, r->parser.entry_pos, text);
    if (r->parser.quoted)
        r->status =
            crease_fail(r->error, CREASE_BAD_DATA,
                        "%s:%zu:%zu: the quote opened here is not closed, or text follows its end: \"%s",
                        r->source, r->line, r->fields + 1, text);
    else
        r->status =
            crease_fail(r->error, CREASE_BAD_DATA,
                        "%s:%zu:%zu: a quote inside the unquoted field '%s'; quote the whole field, and "
                        "double the quotes inside",
                        r->source, r->line, r->fields + 1, text);
}

static void parse(csv_reader *r, const char *text, size_t length) {
    const char *nul = memchr(text, '\0', length);
    size_t usable = nul ? (size_t)(nul - text) : length;
    size_t taken = csv_parse(&r->parser, text, usable, on_field, on_row, r);
    if (r->status)
        return;
    if (taken < usable)
        fail_parse(r);
    else if (r->parser.entry_pos > field_limit) /* a long field that has not ended, perhaps never will */
        on_field(r->parser.entry_buf, r->parser.entry_pos, r);
    else if (nul)
        r->status = crease_fail(r->error, CREASE_BAD_DATA,
                                "%s:%zu:%zu: a NUL byte; this is not plain text (UTF-16? save it as UTF-8)",
                                r->source, r->line, r->fields + 1);
}

static void finish(csv_reader *r) {
    if (csv_fini(&r->parser, on_field, on_row, r) != 0 && !r->status)
        r->status = crease_fail(r->error, CREASE_BAD_DATA, "%s:%zu:%zu: the quote opened here is not closed",
                                r->source, r->line, r->fields + 1);
    if (r->status)
        return;
    if (!r->first_done)
        r->status = crease_fail(r->error, CREASE_BAD_DATA, "%s: the file is empty", r->source);
    else if (r->rows == 0 && r->skipped > 0)
        r->status = crease_fail(r->error, CREASE_BAD_DATA, "%s: every row has a missing value (%zu rows)",
                                r->source, r->skipped);
    else if (r->rows == 0 && r->options->where)
        r->status =
            crease_fail(r->error, CREASE_BAD_DATA, "%s: no row has %.100s", r->source, r->options->where);
    else if (r->rows == 0)
        r->status =
            crease_fail(r->error, CREASE_BAD_DATA, "%s: there is a header but no row of data", r->source);
}

static void read_stream(csv_reader *r, FILE *file) {
    size_t total = 0, reported = 0, size;
    while (!r->status && (size = fread(r->chunk, 1, chunk_size, file)) > 0) {
        const char *text = r->chunk;
        size_t length = size;
        if (total == 0) {
            if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
                text += 3;
                length -= 3;
            }
            csv_set_delim(&r->parser, (unsigned char)crease_csv_delimiter(text, length, r->decimal));
        }
        total += size;
        parse(r, text, length);
        if (!r->status && r->options->progress && total - reported >= progress_step) {
            reported = total;
            if (r->options->progress(total, r->options->progress_context))
                r->status =
                    crease_fail(r->error, CREASE_BAD_DATA, "%s: reading was stopped on request", r->source);
        }
    }
    if (!r->status && ferror(file))
        r->status =
            crease_fail(r->error, CREASE_NO_INPUT, "%s: cannot be read: %s", r->source, strerror(errno));
    if (!r->status)
        finish(r);
}

/* ---- the table ---- */

static crease_status build_table(csv_reader *r, crease_table **out) {
    const crease_csv_columns *columns = &r->columns;
    crease_table *table;
    crease_status status = crease_table_new(&table, 0, columns->wanted, r->error);
    if (status)
        return status;
    free(table->source);
    table->source = strdup(r->source);
    table->rows = r->rows;
    table->skipped = r->skipped;
    if (!table->source)
        goto no_memory;
    for (size_t i = 0; i < columns->wanted; i++) {
        char number[60];
        const char *name = columns->name[columns->column[i]];
        if (!columns->has_header || name[0] == '\0')
            name = column_name(r, columns->column[i], number);
        status = crease_table_set_name(table, i, name, r->error);
        if (status)
            goto failed;
        size_t slot = columns->slot[columns->column[i]], first = 0;
        while (columns->column[first] != columns->column[i])
            first++;
        free(table->column[i]);
        if (first == i) { /* hand the array over, without the room it has left */
            double *fitted = realloc(r->value[slot], r->rows * sizeof(double));
            table->column[i] = fitted ? fitted : r->value[slot];
            r->value[slot] = NULL;
        } else {
            table->column[i] = malloc(r->rows * sizeof(double));
            if (!table->column[i])
                goto no_memory;
            memcpy(table->column[i], table->column[first], r->rows * sizeof(double));
        }
    }
    *out = table;
    return CREASE_OK;
no_memory:
    status =
        crease_fail(r->error, CREASE_NO_MEMORY, "%s: not enough memory for %zu rows", r->source, r->rows);
failed:
    crease_table_free(table);
    return status;
}

static crease_status open_reader(csv_reader *r) {
    if (r->decimal != '.' && r->decimal != ',')
        return crease_fail(r->error, CREASE_BAD_ARGUMENT, "the decimal sign is '.' or ',', not '%c'",
                           r->decimal);
    r->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    r->chunk = malloc(chunk_size);
    r->parser_ready =
        csv_init(&r->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL | CSV_REPALL_NL) == 0;
    if (!r->c_locale || !r->chunk || !r->parser_ready)
        return crease_fail(r->error, CREASE_NO_MEMORY, "%s: not enough memory to read it", r->source);
    csv_set_blk_size(&r->parser, 4096);
    return CREASE_OK;
}

static void close_reader(csv_reader *r) {
    for (size_t s = 0; r->value && s < r->columns.stored; s++)
        free(r->value[s]);
    free(r->value);
    free(r->row);
    crease_csv_columns_clear(&r->columns);
    if (r->parser_ready)
        csv_free(&r->parser);
    free(r->chunk);
    if (r->c_locale)
        freelocale(r->c_locale);
}

crease_status crease_csv_read(FILE *file, const char *source, const crease_csv_options *options,
                              crease_table **table, crease_error *error) {
    static const crease_csv_options defaults = {0};
    enum {
        longest_source = 200
    }; /* leaves a message its room; the end of a path says more than its beginning */
    *table = NULL;
    csv_reader r = {.options = options ? options : &defaults, .error = error, .line = 1};
    r.source = crease_input_shown(source);
    r.columns.source = r.source;
    r.decimal = r.options->decimal ? r.options->decimal : '.';
    r.status = open_reader(&r);
    begin_row(&r);
    if (!r.status)
        read_stream(&r, file);
    if (!r.status)
        r.status = build_table(&r, table);
    close_reader(&r);
    return r.status;
}

crease_status crease_csv_load(const char *path, const crease_csv_options *options, crease_table **table,
                              crease_error *error) {
    *table = NULL;
    if (strcmp(path, "-") == 0)
        return crease_csv_read(stdin, "standard input", options, table, error);
    FILE *file;
    crease_status status = crease_input_open(path, &file, error);
    if (status)
        return status;
    status = crease_csv_read(file, path, options, table, error);
    fclose(file);
    return status;
}
