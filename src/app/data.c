/* From a CSV file and the columns that the options name to the arrays of a regression. */
#include "crease/app.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { KEY_WEIGHT = 1000, KEY_WHERE, KEY_SKIP_MISSING, KEY_DECIMAL };

static error_t parse_data_option(int key, char *argument, struct argp_state *state) {
    crease_app_data_options *options = state->input;
    switch (key) {
    case KEY_WEIGHT:
        options->weight = argument;
        return 0;
    case KEY_WHERE:
        if (!strchr(argument, '=') || *argument == '=')
            argp_error(state, "--where takes COLUMN=TEXT, not '%s'", argument);
        options->where = argument;
        return 0;
    case KEY_SKIP_MISSING:
        options->skip_missing = true;
        return 0;
    case KEY_DECIMAL:
        if (strcmp(argument, ".") != 0 && strcmp(argument, ",") != 0)
            argp_error(state, "--decimal takes '.' or ',', not '%s'", argument);
        options->decimal = *argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option data_options[] = {
    {0, 0, 0, 0, "Reading the data:", 20},
    {"weight", KEY_WEIGHT, "COL", 0, "column with a weight >= 0 for each row", 0},
    {"where", KEY_WHERE, "COL=TEXT", 0, "only rows whose cell in COL is exactly TEXT", 0},
    {"skip-missing", KEY_SKIP_MISSING, 0, 0, "leave out rows with an empty, NA or NaN cell in a used column",
     0},
    {"decimal", KEY_DECIMAL, "C", 0, "decimal mark: '.' (default) or ','", 0},
    {0}};

const struct argp crease_app_data_argp = {.options = data_options, .parser = parse_data_option};

void crease_app_data_take_file(const crease_app *app, crease_app_data_options *options, const char *path) {
    if (options->path)
        crease_app_usage_error(app, "one data file is enough: '%s' and '%s'", options->path, path);
    options->path = path;
}

void crease_app_data_require(const crease_app *app, const crease_app_data_options *options) {
    if (!options->path)
        crease_app_usage_error(app, "name the CSV file to read ('-' is standard input)");
    if (!options->x || !options->y)
        crease_app_usage_error(app, "name the %s column: %s COL", options->x ? "output" : "input",
                               options->x ? "-y" : "-x");
}

typedef struct reading {
    crease_progress progress;
    size_t mebibytes; /* 0: not known */
} reading;

static bool show_reading(size_t bytes, void *context) {
    reading *shown = context;
    crease_progress_update(bytes >> 20, shown->mebibytes, &shown->progress);
    return false;
}

static size_t file_mebibytes(const char *path) {
    struct stat status;
    bool regular = strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode);
    return regular && status.st_size > 0 ? (size_t)status.st_size >> 20 : 0;
}

/* Wanted columns: inputs, then output, then weight. */
static crease_status read_table(const crease_app *app, const crease_app_data_options *options,
                                const char *const *inputs, size_t input_count, crease_table **table,
                                crease_error *error) {
    const char **column = calloc(input_count + 2, sizeof *column);
    if (!column)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu columns", input_count + 2);
    size_t count = 0;
    while (count < input_count) {
        column[count] = inputs[count];
        count++;
    }
    if (options->y)
        column[count++] = options->y;
    if (options->weight)
        column[count++] = options->weight;
    reading shown = {.progress = crease_progress_begin(app, "reading, MiB"),
                     .mebibytes = file_mebibytes(options->path)};
    crease_csv_options csv = {.columns = column,
                              .column_count = count,
                              .skip_missing = options->skip_missing,
                              .decimal = options->decimal,
                              .where = options->where,
                              .progress = show_reading,
                              .progress_context = &shown};
    crease_status status = crease_csv_load(options->path, &csv, table, error);
    crease_progress_end(&shown.progress);
    free(column);
    return status;
}

static crease_status check_table(const crease_app *app, const crease_app_data_options *options,
                                 const crease_table *table, size_t weight_column, crease_error *error) {
    if (table->skipped > 0)
        crease_app_note(app, "left out %zu row%s of %s with a missing cell", table->skipped,
                        table->skipped == 1 ? "" : "s", table->source);
    if (table->rows == 0 && options->where)
        return crease_fail(error, CREASE_BAD_DATA, "%s: no row is left with --where '%s'", table->source,
                           options->where);
    if (table->rows == 0)
        return crease_fail(error, CREASE_BAD_DATA, "%s: no row of data", table->source);
    if (weight_column == SIZE_MAX)
        return CREASE_OK;
    double sum = 0;
    for (size_t i = 0; i < table->rows; i++) {
        double weight = table->column[weight_column][i];
        if (weight < 0)
            return crease_fail(error, CREASE_BAD_DATA,
                               "%s: the weight %g of row %zu is negative; weights must be 0 or more",
                               table->source, weight, i + 1);
        sum += weight;
    }
    return sum > 0 ? CREASE_OK
                   : crease_fail(error, CREASE_BAD_DATA, "%s: every weight is 0, so no row counts",
                                 table->source);
}

static crease_status fill_data(const crease_app_data_options *options, size_t inputs, crease_app_data *data,
                               crease_error *error) {
    crease_status status = CREASE_OK;
    const crease_table *table = data->table;
    size_t weight_column = options->weight ? table->columns - 1 : SIZE_MAX;
    size_t *column = calloc(inputs, sizeof *column);
    data->input_name = calloc(inputs, sizeof *data->input_name);
    if (!column || !data->input_name) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu columns", inputs);
        goto end;
    }
    for (size_t j = 0; j < inputs; j++) {
        column[j] = j;
        data->input_name[j] = table->name[j];
    }
    data->output_name = options->y ? table->name[inputs] : NULL;
    /* without an output the first input stands in, and is then taken out again */
    status = crease_data_from_table(table, column, inputs, options->y ? inputs : 0, weight_column,
                                    &data->data, &data->storage, error);
    if (status == CREASE_OK && !options->y) {
        data->data.outputs = 0;
        data->data.y = NULL;
    }
end:
    free(column);
    return status;
}

crease_status crease_app_data_load(const crease_app *app, const crease_app_data_options *options,
                                   crease_app_data *data, crease_error *error) {
    *data = (crease_app_data){0};
    size_t inputs = options->name_count;
    char **list = options->x ? crease_app_list(app, "-x", options->x, &inputs) : NULL;
    const char *const *input = list ? (const char *const *)list : options->names;
    crease_status status = read_table(app, options, input, inputs, &data->table, error);
    if (status == CREASE_OK)
        status = check_table(app, options, data->table, options->weight ? data->table->columns - 1 : SIZE_MAX,
                             error);
    if (status == CREASE_OK)
        status = fill_data(options, inputs, data, error);
    if (status != CREASE_OK)
        crease_app_data_clear(data);
    crease_app_list_free(list, inputs);
    return status;
}

void crease_app_data_clear(crease_app_data *data) {
    crease_table_free(data->table);
    free(data->storage);
    free(data->input_name);
    *data = (crease_app_data){0};
}
