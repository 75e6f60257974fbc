/* Values of options: text to numbers, counts and lists. A value that is not wholly what the option takes is a
 * usage error that quotes it. */
#include "crease/app.h"
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double crease_app_number(const crease_app *app, const char *option, const char *text) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || isspace((unsigned char)*text) || !isfinite(value))
        crease_app_usage_error(app, "%s takes a number, not '%s'", option, text);
    return value;
}

double crease_app_positive(const crease_app *app, const char *option, const char *text) {
    double value = crease_app_number(app, option, text);
    if (!(value > 0))
        crease_app_usage_error(app, "%s takes a number above 0, not '%s'", option, text);
    return value;
}

double crease_app_not_negative(const crease_app *app, const char *option, const char *text) {
    double value = crease_app_number(app, option, text);
    if (!(value >= 0))
        crease_app_usage_error(app, "%s takes a number of at least 0, not '%s'", option, text);
    return value;
}

size_t crease_app_count(const crease_app *app, const char *option, const char *text, size_t least) {
    char *end = NULL;
    errno = 0;
    unsigned long long value = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
    if (!end || *end || errno == ERANGE || value > SIZE_MAX)
        crease_app_usage_error(app, "%s takes a whole number, not '%s'", option, text);
    if (value < least)
        crease_app_usage_error(app, "%s must be at least %zu, not '%s'", option, least, text);
    return (size_t)value;
}

bool crease_app_switch(const crease_app *app, const char *option, const char *text) {
    if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
        crease_app_usage_error(app, "%s takes 0 or 1, not '%s'", option, text);
    return *text == '1';
}

bool crease_app_is_standard_output(const char *path) {
    return path && strcmp(path, "-") == 0;
}

bool crease_app_check_outputs(const crease_app *app, ...) {
    char list[256] = "--json";
    int count = app->json + crease_app_is_standard_output(app->plot);
    va_list rest;
    va_start(rest, app);
    for (const char *option; (option = va_arg(rest, const char *)) != NULL;) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, ", %s -", option);
        count += crease_app_is_standard_output(va_arg(rest, const char *));
    }
    va_end(rest);
    if (count > 1)
        crease_app_usage_error(app, "only one of %s and --plot - can have standard output", list);
    return count > app->json;
}

/* End of the item that begins at text: a comma outside parentheses, or the end of the text. */
static const char *item_end(const char *text) {
    int depth = 0;
    for (; *text && (*text != ',' || depth > 0); text++)
        depth += *text == '(' ? 1 : *text == ')' && depth > 0 ? -1 : 0;
    return text;
}

static void *reserve(const crease_app *app, size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (!memory)
        exit(crease_app_fail_text(app, CREASE_EXIT_INTERNAL, "out of memory"));
    return memory;
}

/* Number of items; none may be empty. */
static size_t count_items(const crease_app *app, const char *option, const char *text) {
    size_t items = 0;
    const char *begin = text, *end;
    do {
        end = item_end(begin);
        if (end == begin)
            crease_app_usage_error(app, "%s takes a list separated by commas, with no empty item: '%s'",
                                   option, text);
        items++;
        begin = end + 1;
    } while (*end);
    return items;
}

char **crease_app_list(const crease_app *app, const char *option, const char *text, size_t *count) {
    size_t items = count_items(app, option, text);
    char **list = reserve(app, items, sizeof *list);
    const char *begin = text;
    for (size_t i = 0; i < items; i++) {
        const char *end = item_end(begin);
        size_t length = (size_t)(end - begin);
        list[i] = reserve(app, length + 1, 1);
        memcpy(list[i], begin, length);
        begin = end + 1;
    }
    *count = items;
    return list;
}

void crease_app_list_free(char **list, size_t count) {
    for (size_t i = 0; list && i < count; i++)
        free(list[i]);
    free(list);
}

double *crease_app_numbers(const crease_app *app, const char *option, const char *text, size_t *count) {
    char **list = crease_app_list(app, option, text, count);
    double *value = reserve(app, *count, sizeof *value);
    for (size_t i = 0; i < *count; i++)
        value[i] = crease_app_number(app, option, list[i]);
    crease_app_list_free(list, *count);
    return value;
}
