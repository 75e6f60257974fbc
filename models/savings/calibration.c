/* Parameters by name, and calibration files. */
#include "savings/calibration.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    A = 1 << SAVINGS_A,
    B = 1 << SAVINGS_B,
    C = 1 << SAVINGS_C,
    D = 1 << SAVINGS_D,
    RISK = 1 << SAVINGS_K3 | 1 << SAVINGS_D1,
    ALL = A | B | C | D | RISK
};

#define PLACE(member) offsetof(savings_parameters, member)
static const savings_parameter table[] = {
    {"beta", A | B | RISK, PLACE(beta)},
    {"R", A | B | C | RISK, PLACE(R)},
    {"crra", ALL, PLACE(crra)},
    {"income", A | B | C | D, PLACE(income)},
    {"penalty", B | RISK, PLACE(penalty)},
    {"limit", A | B | D | RISK, PLACE(limit)},
    {"phi", C, PLACE(default_cost)},
    {"rho", D, PLACE(discount_rate)},
    {"r", D, PLACE(interest)},
    {"survival", RISK, PLACE(survival)},
    {"growth", RISK, PLACE(growth)},
    {"sigma_permanent", RISK, PLACE(income_risk.sigma_permanent)},
    {"sigma_transitory", RISK, PLACE(income_risk.sigma_transitory)},
    {"unemployment", RISK, PLACE(income_risk.unemployment)},
    {"unemployment_income", RISK, PLACE(income_risk.unemployment_income)},
};
#undef PLACE

const savings_parameter *savings_parameter_at(size_t index) {
    return index < sizeof table / sizeof *table ? &table[index] : NULL;
}

savings_calibration savings_calibration_of(savings_model model) {
    return (savings_calibration){.model = model, .parameters = savings_defaults(model)};
}

void savings_calibration_clear(savings_calibration *calibration) {
    savings_shocks_free(calibration->shocks);
    calibration->shocks = NULL;
    calibration->parameters.shocks = NULL;
}

crease_status savings_model_parse(const char *name, savings_model *model, crease_error *error) {
    for (savings_model m = 0; m < SAVINGS_MODEL_COUNT; m++)
        if (strcmp(name, savings_model_name(m)) == 0) {
            *model = m;
            return CREASE_OK;
        }
    return crease_fail(error, CREASE_BAD_ARGUMENT, "the models are A, B, C, D, K3 and D1, not '%s'", name);
}

static double *place_of(savings_parameters *parameters, const savings_parameter *parameter) {
    return (double *)((char *)parameters + parameter->offset);
}

/* 0 stands for the default in savings_income_risk, a negative number for none. */
static bool is_income_risk(const savings_parameter *parameter) {
    return parameter->offset >= offsetof(savings_parameters, income_risk);
}

double savings_calibration_get(const savings_parameters *parameters, const savings_parameter *parameter) {
    static const double standard[] = {.1, .1, .05, .3};
    double value;
    memcpy(&value, (const char *)parameters + parameter->offset, sizeof value);
    if (!is_income_risk(parameter))
        return value;
    size_t which =
        (parameter->offset - offsetof(savings_parameters, income_risk.sigma_permanent)) / sizeof(double);
    return value == 0 ? standard[which] : fmax(value, 0);
}

/* "beta, R, ...", the numbers the model has. */
static void list_names(savings_model model, char *text, size_t size) {
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; savings_parameter_at(i); i++)
        if (table[i].models & 1u << model && used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", table[i].name);
    if (RISK & 1u << model && used < size)
        snprintf(text + used, size - used, ", income_points");
}

static crease_status set_points(savings_calibration *calibration, double value, crease_error *error) {
    if (!(value >= 1 && value <= 1000 && value == floor(value)))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "income_points must be a whole number from 1 to 1000, not %g", value);
    calibration->parameters.income_risk.points = (size_t)value;
    return CREASE_OK;
}

crease_status savings_calibration_set(savings_calibration *calibration, const char *name, double value,
                                      crease_error *error) {
    if (strcmp(name, "income_points") == 0 && RISK & 1u << calibration->model)
        return set_points(calibration, value, error);
    for (size_t i = 0; savings_parameter_at(i); i++) {
        if (strcmp(table[i].name, name) != 0 || !(table[i].models & 1u << calibration->model))
            continue;
        if (is_income_risk(&table[i]) && !(value >= 0 && isfinite(value)))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "%s must be a number not below 0, not %g", name,
                               value);
        *place_of(&calibration->parameters, &table[i]) = is_income_risk(&table[i]) && value == 0 ? -1 : value;
        return CREASE_OK;
    }
    char names[256];
    list_names(calibration->model, names, sizeof names);
    return crease_fail(error, CREASE_BAD_ARGUMENT, "model %s has no parameter '%s'; it has %s",
                       savings_model_name(calibration->model), name, names);
}

static crease_status needs_risk(const savings_calibration *calibration, const char *what,
                                crease_error *error) {
    if (RISK & 1u << calibration->model)
        return CREASE_OK;
    return crease_fail(error, CREASE_BAD_ARGUMENT, "%s belong to models K3 and D1, not to %s", what,
                       savings_model_name(calibration->model));
}

crease_status savings_calibration_set_rates(savings_calibration *calibration, size_t count,
                                            const double *rate, size_t kink_count, const double *kink,
                                            crease_error *error) {
    crease_status status = needs_risk(calibration, "rates", error);
    if (status != CREASE_OK)
        return status;
    if (count == 0 || count > SAVINGS_MOST_RATES || kink_count + 1 != count)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "%zu rates take %zu assets at which they change (at most %d rates), but there are %zu", count,
            count > 0 ? count - 1 : 0, SAVINGS_MOST_RATES, kink_count);
    savings_parameters *p = &calibration->parameters;
    p->rate_count = count;
    memcpy(p->rate, rate, count * sizeof *rate);
    memcpy(p->rate_kink, kink, kink_count * sizeof *kink);
    p->R = rate[count - 1];
    p->penalty = rate[0] - rate[count - 1];
    return CREASE_OK;
}

static void take_shocks(savings_calibration *calibration, savings_shocks *shocks) {
    savings_shocks_free(calibration->shocks);
    calibration->shocks = shocks;
    calibration->parameters.shocks = shocks;
}

crease_status savings_calibration_set_shocks(savings_calibration *calibration, const char *path,
                                             crease_error *error) {
    savings_shocks *shocks;
    crease_status status = needs_risk(calibration, "income shocks", error);
    if (status == CREASE_OK)
        status = savings_shocks_load(path, &shocks, error);
    if (status == CREASE_OK)
        take_shocks(calibration, shocks);
    return status;
}

/* ---- JSON ---- */

typedef struct reader {
    const char *source, *folder;
    savings_calibration *calibration;
    crease_error *error;
} reader;

/* Numbers of an array; -1 when it is none, or too long. */
static int numbers_of(const json_t *array, size_t most, double *value) {
    size_t count = json_array_size(array);
    if (!json_is_array(array) || count > most)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (!json_is_number(json_array_get(array, i)))
            return -1;
        value[i] = json_number_value(json_array_get(array, i));
    }
    return (int)count;
}

static crease_status read_rates(const reader *r, const json_t *root, crease_error *error) {
    double rate[SAVINGS_MOST_RATES], kink[SAVINGS_MOST_RATES];
    const json_t *rates = json_object_get(root, "rates"), *kinks = json_object_get(root, "rate_kinks");
    if (!rates && !kinks)
        return CREASE_OK;
    int count = numbers_of(rates, SAVINGS_MOST_RATES, rate);
    int kink_count = kinks ? numbers_of(kinks, SAVINGS_MOST_RATES, kink) : 0;
    if (count < 0 || kink_count < 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "rates and rate_kinks must be lists of at most %d numbers", SAVINGS_MOST_RATES);
    return savings_calibration_set_rates(r->calibration, (size_t)count, rate, (size_t)kink_count, kink,
                                         error);
}

static crease_status read_shock_list(const reader *r, const json_t *list, crease_error *error) {
    savings_shocks *shocks;
    crease_status status = needs_risk(r->calibration, "income shocks", error);
    if (status == CREASE_OK)
        status = savings_shocks_new(&shocks, json_array_size(list), error);
    if (status != CREASE_OK)
        return status;
    for (size_t i = 0; i < shocks->count && status == CREASE_OK; i++) {
        double row[3];
        if (numbers_of(json_array_get(list, i), 3, row) != 3)
            status = crease_fail(error, CREASE_BAD_ARGUMENT,
                                 "shock %zu must be a list of its probability, permanent and transitory part",
                                 i + 1);
        else {
            shocks->probability[i] = row[0];
            shocks->permanent[i] = row[1];
            shocks->transitory[i] = row[2];
        }
    }
    if (status == CREASE_OK)
        status = savings_shocks_check(shocks, error);
    if (status == CREASE_OK)
        take_shocks(r->calibration, shocks);
    else
        savings_shocks_free(shocks);
    return status;
}

static crease_status read_shocks(const reader *r, const json_t *value, crease_error *error) {
    if (json_is_array(value))
        return read_shock_list(r, value, error);
    const char *name = json_string_value(value);
    if (!name)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "shocks must be the name of a CSV or a list of triples");
    size_t size = strlen(name) + (r->folder ? strlen(r->folder) : 0) + 2;
    char *path = malloc(size);
    if (!path)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a path");
    if (r->folder && name[0] != '/')
        snprintf(path, size, "%s/%s", r->folder, name);
    else
        snprintf(path, size, "%s", name);
    crease_status status = savings_calibration_set_shocks(r->calibration, path, error);
    free(path);
    return status;
}

static crease_status read_key(const reader *r, const char *key, const json_t *value, crease_error *error) {
    if (strcmp(key, "model") == 0 || strcmp(key, "comment") == 0 || strcmp(key, "rates") == 0 ||
        strcmp(key, "rate_kinks") == 0)
        return CREASE_OK; /* read by themselves */
    if (strcmp(key, "shocks") == 0)
        return read_shocks(r, value, error);
    const char *text = json_string_value(value);
    if (strcmp(key, "limit") == 0 && text && strcmp(text, "natural") == 0 &&
        RISK & 1u << r->calibration->model)
        return savings_calibration_set(r->calibration, key, -INFINITY, error);
    crease_status status = savings_calibration_set(
        r->calibration, key, json_is_number(value) ? json_number_value(value) : 1, error);
    if (status == CREASE_OK && !json_is_number(value)) /* after the name, which is the graver fault */
        status = crease_fail(error, CREASE_BAD_ARGUMENT, "'%s' must be a number", key);
    return status;
}

static crease_status read_object(const reader *r, json_t *root, crease_error *error) {
    const char *name = json_string_value(json_object_get(root, "model"));
    savings_model model = SAVINGS_A;
    if (!name)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a calibration is an object with a \"model\": \"A\" to \"D1\"");
    crease_status status = savings_model_parse(name, &model, error);
    if (status != CREASE_OK)
        return status;
    *r->calibration = savings_calibration_of(model);
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value) {
        status = read_key(r, key, value, error);
        if (status != CREASE_OK)
            return status;
    }
    return read_rates(r, root, error);
}

crease_status savings_calibration_read(const char *text, size_t size, const char *source, const char *folder,
                                       savings_calibration *calibration, crease_error *error) {
    reader r = {source, folder, calibration, error};
    json_error_t fault;
    crease_error why = {0};
    *calibration = savings_calibration_of(SAVINGS_A);
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &fault);
    if (!root)
        return crease_fail(error, CREASE_BAD_DATA, "%s:%d:%d: %s", source, fault.line, fault.column,
                           fault.text);
    crease_status status = read_object(&r, root, &why);
    json_decref(root);
    if (status == CREASE_OK)
        return CREASE_OK;
    savings_calibration_clear(calibration);
    return crease_fail(error, status == CREASE_BAD_ARGUMENT ? CREASE_BAD_DATA : status, "%s: %s", source,
                       why.message);
}

crease_status savings_calibration_load(const char *path, savings_calibration *calibration,
                                       crease_error *error) {
    enum { MOST = 1 << 20 };
    bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "rb");
    char *text = malloc(MOST), *folder = strdup(path), *slash = folder ? strrchr(folder, '/') : NULL;
    crease_status status = CREASE_OK;
    size_t size = 0;
    if (!file)
        status = crease_fail(error, CREASE_NO_INPUT, "cannot open the calibration %s", path);
    else if (!text || !folder)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a calibration");
    else
        size = fread(text, 1, MOST, file);
    if (status == CREASE_OK && size == MOST)
        status =
            crease_fail(error, CREASE_BAD_DATA, "%s: over a megabyte long, which no calibration is", path);
    if (slash)
        *slash = 0;
    if (status == CREASE_OK)
        status = savings_calibration_read(text, size, is_input ? "standard input" : path,
                                          slash ? folder : NULL, calibration, error);
    if (file && !is_input)
        fclose(file);
    free(text);
    free(folder);
    return status;
}
