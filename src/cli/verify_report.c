/* What crease verify says, as text, as JSON and as VNN-COMP has it. */
#include "verify_run.h"
#include <stdlib.h>
#include <string.h>

/* Every double is a decimal that ends, at the latest after 1074 places; printf writes all of them. */
static char *decimal_of_double(double value) {
    int length = snprintf(NULL, 0, "%.1074f", value);
    char *text = malloc((size_t)length + 1);
    if (!text)
        return NULL;
    snprintf(text, (size_t)length + 1, "%.1074f", value);
    char *end = text + length;
    while (end[-1] == '0')
        end--;
    *(end[-1] == '.' ? end + 1 : end) = '\0';
    return text;
}

char *verify_decimal(const crease_number *number) {
    return number->below == number->above ? decimal_of_double(number->below) : strdup(number->text);
}

static bool is_double(const crease_number *number) {
    return number->below == number->above;
}

/* The double that is meant where one is wanted: inside the box either neighbour may lie outside. */
static double nearest(const crease_number *number) {
    if (is_double(number) || strchr(number->text, '/'))
        return number->below;
    return strtod(number->text, NULL);
}

static const char *competition_name(crease_verdict verdict) {
    return verdict == CREASE_PROVED ? "unsat" : verdict == CREASE_REFUTED ? "sat" : "unknown";
}

static void write_competition(const verify_run *run, FILE *file) {
    const crease_verify_result *result = &run->result;
    fprintf(file, "%s\n", competition_name(result->verdict));
    if (result->verdict != CREASE_REFUTED)
        return;
    for (size_t j = 0; j < result->inputs; j++) {
        char *decimal = verify_decimal(&result->witness[j]);
        fprintf(file, "%s(X_%zu %s)\n", j ? " " : "(", j, decimal ? decimal : result->witness[j].text);
        free(decimal);
    }
    for (size_t k = 0; k < run->net->outputs; k++)
        fprintf(file, " (Y_%zu %.17g)%s\n", k, result->witness_output[k],
                k + 1 == run->net->outputs ? ")" : "");
}

int verify_write_result(const verify_run *run) {
    if (!run->result_path)
        return 0;
    crease_error error;
    crease_file file;
    if (crease_file_create(&file, run->result_path, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    write_competition(run, file.stream);
    return crease_file_commit(&file, &error) == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

static void print_name(char letter, size_t index, char *const *names) {
    printf("%c_%zu", letter, index);
    if (names)
        printf(" (%s)", names[index]);
}

/* "2 Y_0 - X_1 + 0.5 <= 0: -0.25" */
static void print_row(const verify_run *run, const crease_row *row) {
    const crease_verify_result *result = &run->result;
    double sum = 0;
    fputs("    ", stdout);
    for (size_t t = 0; t < row->term_count; t++) {
        const crease_term *term = &row->term[t];
        double size = term->coefficient < 0 ? -term->coefficient : term->coefficient;
        fputs(term->coefficient < 0 ? (t ? " - " : "-") : (t ? " + " : ""), stdout);
        if (size != 1)
            printf("%.17g ", size);
        printf("%c_%zu", term->output ? 'Y' : 'X', term->index);
        sum += term->coefficient *
               (term->output ? result->witness_output[term->index] : nearest(&result->witness[term->index]));
    }
    const char *constant = row->constant.text;
    double value = nearest(&row->constant);
    if (is_double(&row->constant) && (value != 0 || row->term_count == 0))
        printf("%s%.17g",
               row->term_count == 0 ? ""
               : value < 0          ? " - "
                                    : " + ",
               row->term_count && value < 0 ? -value : value);
    else if (!is_double(&row->constant))
        printf("%s%s",
               row->term_count == 0 ? ""
               : *constant == '-'   ? " - "
                                    : " + ",
               row->term_count && *constant == '-' ? constant + 1 : constant);
    printf(" <= 0 is met: %.6g\n", sum + value);
}

static void print_witness(const verify_run *run) {
    const crease_verify_result *result = &run->result;
    puts("input");
    for (size_t j = 0; j < result->inputs; j++) {
        fputs("    ", stdout);
        print_name('X', j, run->net->input_name);
        if (is_double(&result->witness[j]))
            printf(" = %.17g\n", nearest(&result->witness[j]));
        else
            printf(" = %s exactly\n", result->witness[j].text);
    }
    puts("output");
    for (size_t k = 0; k < run->net->outputs; k++) {
        fputs("    ", stdout);
        print_name('Y', k, run->net->output_name);
        printf(" = %.17g\n", result->witness_output[k]);
    }
    const crease_case *one = &run->specification->cases[result->witness_case];
    const crease_alternative *alternative = &one->alternative[result->witness_alternative];
    puts("what it satisfies");
    for (size_t r = 0; r < alternative->row_count; r++)
        print_row(run, &alternative->row[r]);
    if (alternative->row_count == 0)
        puts("    the box alone, of which nothing more is asked");
}

static void print_unknown(const verify_run *run) {
    const crease_verify_result *result = &run->result;
    printf("unknown: %s", result->why);
    printf("; nothing violates %s in %.6g %% of the volume of its boxes, the rest is open\n",
           run->files.specification, 100 * result->settled);
    if (!crease_net_is_piecewise_linear(run->net))
        puts("This network has curved units, whose bounds stay loose where they bend.");
}

static int report_text(const verify_run *run) {
    const crease_verify_result *result = &run->result;
    switch (result->verdict) {
    case CREASE_PROVED:
        printf("proved: no input in the %s of %s makes %s violate it\n",
               run->specification->case_count == 1 ? "box" : "boxes", run->files.specification,
               run->files.model);
        break;
    case CREASE_REFUTED:
        printf("refuted: this input, checked in rational arithmetic, makes %s violate %s\n", run->files.model,
               run->files.specification);
        print_witness(run);
        break;
    case CREASE_UNKNOWN:
        print_unknown(run);
        break;
    }
    printf("%zu %s, depth %zu, %.3g s\n", result->nodes, result->nodes == 1 ? "box" : "boxes", result->depth,
           result->seconds);
    if (run->options.proof && result->verdict == CREASE_PROVED)
        printf("proof in %s: crease check-proof %s %s %s checks it\n", run->options.proof, run->files.model,
               run->files.specification, run->options.proof);
    else if (run->options.proof)
        crease_app_note(&run->app, "no proof was written, as nothing was proved");
    return crease_app_end(&run->app);
}

static json_t *witness_json(const crease_verify_result *result, bool exact) {
    if (result->verdict != CREASE_REFUTED)
        return json_null();
    json_t *list = json_array();
    for (size_t j = 0; list && j < result->inputs; j++) {
        const crease_number *number = &result->witness[j];
        json_array_append_new(list, !exact              ? json_real(nearest(number))
                                    : is_double(number) ? json_null()
                                                        : json_string(number->text));
    }
    return list;
}

static int report_json(const verify_run *run) {
    const crease_verify_result *result = &run->result;
    bool refuted = result->verdict == CREASE_REFUTED;
    json_t *object = crease_json_begin("verify");
    crease_json_set_text(object, "model", run->files.model);
    crease_json_set_text(object, "specification", run->files.specification);
    crease_json_set_text(object, "verdict",
                         (run->competition ? competition_name : crease_verdict_name)(result->verdict));
    json_object_set_new(object, "witness", witness_json(result, false));
    json_object_set_new(object, "witness_exact", witness_json(result, true));
    json_object_set_new(object, "outputs",
                        refuted ? crease_json_numbers(result->witness_output, run->net->outputs)
                                : json_null());
    json_object_set_new(object, "witness_case",
                        refuted ? json_integer((json_int_t)result->witness_case) : json_null());
    json_object_set_new(object, "witness_alternative",
                        refuted ? json_integer((json_int_t)result->witness_alternative) : json_null());
    crease_json_set_count(object, "nodes", result->nodes);
    crease_json_set_count(object, "depth", result->depth);
    crease_json_set_number(object, "settled", result->settled, NULL);
    crease_json_set_text(object, "proof", result->verdict == CREASE_PROVED ? run->options.proof : NULL);
    crease_json_set_text(object, "why", result->why);
    crease_json_set_number(object, "seconds", result->seconds, NULL);
    json_object_set_new(object, "seed", json_integer((json_int_t)run->app.seed));
    return crease_json_finish(&run->app, object);
}

int verify_report(const verify_run *run) {
    if (run->app.json)
        return report_json(run);
    if (!run->competition)
        return report_text(run);
    write_competition(run, stdout);
    return crease_app_end(&run->app);
}
