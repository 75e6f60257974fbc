/* What crease milp says. */
#include "milp_run.h"
#include "model.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

char *milp_lp_name(const char *path, size_t index, size_t programs) {
    size_t size = strlen(path) + 32, stem = strlen(path) - (model_path_ends(path, ".lp") ? 3 : 0);
    char *name = malloc(size);
    if (!name)
        return NULL;
    if (programs == 1)
        snprintf(name, size, "%s", path);
    else
        snprintf(name, size, "%.*s-%zu%s", (int)stem, path, index + 1, path + stem);
    return name;
}

static json_t *file_names(const milp_run *run) {
    json_t *names = json_array();
    for (size_t i = 0; run->lp_path && i < run->result.programs; i++) {
        char *name = milp_lp_name(run->lp_path, i, run->result.programs);
        json_array_append_new(names, json_string(name ? name : ""));
        free(name);
    }
    return names;
}

/* The double nearest to it. */
static double nearest(const crease_number *number) {
    if (number->below == number->above || strchr(number->text, '/'))
        return number->below;
    return strtod(number->text, NULL);
}

static void add_witness(const milp_run *run, json_t *object) {
    const crease_milp_result *result = &run->result;
    bool refuted = result->witness != NULL;
    json_t *witness = json_array(), *exact = json_array();
    for (size_t k = 0; refuted && k < result->inputs; k++) {
        json_array_append_new(witness, json_real(nearest(&result->witness[k])));
        json_array_append_new(exact, json_string(result->witness[k].text));
    }
    json_object_set(object, "witness", refuted ? witness : json_null());
    json_object_set(object, "witness_exact", refuted ? exact : json_null());
    json_decref(witness);
    json_decref(exact);
    json_object_set_new(object, "outputs",
                        refuted ? crease_json_numbers(result->witness_output, run->net->outputs)
                                : json_null());
    json_object_set_new(object, "witness_case",
                        refuted ? json_integer((json_int_t)result->witness_case) : json_null());
    json_object_set_new(object, "witness_alternative",
                        refuted ? json_integer((json_int_t)result->witness_alternative) : json_null());
}

static int report_json(const milp_run *run) {
    const crease_milp_result *result = &run->result;
    json_t *object = crease_json_begin("milp");
    crease_json_set_text(object, "model", run->files.model);
    crease_json_set_text(object, "specification", run->files.specification);
    crease_json_set_text(object, "verdict", crease_verdict_name(result->verdict));
    json_object_set_new(object, "rigorous", json_boolean(result->rigorous));
    if (result->why)
        crease_json_set_text(object, "why", result->why);
    crease_json_set_count(object, "programs", result->programs);
    crease_json_set_count(object, "binaries", result->binaries);
    crease_json_set_count(object, "binaries_before", result->binaries_before);
    crease_json_set_count(object, "rows", result->rows);
    crease_json_set_count(object, "columns", result->columns);
    crease_json_set_count(object, "nodes", result->nodes);
    crease_json_set_number(object, "objective", result->objective,
                           run->no_solve ? "the programs were not solved" : "GLPK has no bound yet");
    add_witness(run, object);
    json_object_set_new(object, "lp_files", file_names(run));
    crease_json_set_number(object, "seconds", result->seconds, NULL);
    if (!json_object_get(object, "why"))
        crease_json_set_text(object, "why", NULL);
    return crease_json_finish(&run->app, object);
}

static void print_programs(const milp_run *run) {
    const crease_milp_result *result = &run->result;
    printf("%zu program%s%s %zu rows, %zu columns, %zu of them binary (%zu with plain interval bounds)\n",
           result->programs, result->programs == 1 ? " of" : "s, the largest of", "", result->rows,
           result->columns, result->binaries, result->binaries_before);
    for (size_t i = 0; run->lp_path && i < result->programs; i++) {
        char *name = milp_lp_name(run->lp_path, i, result->programs);
        printf("written to %s\n", name ? name : run->lp_path);
        free(name);
    }
}

static void print_verdict(const milp_run *run) {
    const crease_milp_result *result = &run->result;
    if (result->verdict == CREASE_PROVED)
        printf("proved, as far as GLPK's floating point goes; not rigorous\n");
    else if (result->verdict == CREASE_REFUTED)
        printf("refuted: the input below violates the specification, evaluated exactly\n");
    else
        printf("unknown: %s\n", result->why);
    if (!isnan(result->objective))
        printf("%s %.6g (0 or less would violate the specification)\n",
               result->verdict == CREASE_REFUTED ? "largest row at the witness"
                                                 : "lower bound of the largest row",
               result->objective);
    for (size_t k = 0; result->witness && k < result->inputs; k++) {
        const crease_number *number = &result->witness[k];
        if (number->below == number->above)
            printf("  X_%zu = %.17g\n", k, number->below);
        else
            printf("  X_%zu = %s exactly\n", k, number->text);
    }
    for (size_t o = 0; result->witness && o < run->net->outputs; o++)
        printf("  Y_%zu = %.17g\n", o, result->witness_output[o]);
    printf("%zu node%s of branch and bound, %.3f s\n", result->nodes, result->nodes == 1 ? "" : "s",
           result->seconds);
}

int milp_report(const milp_run *run) {
    if (run->app.json)
        return report_json(run);
    if (crease_app_is_standard_output(run->lp_path))
        return crease_app_end(&run->app);
    print_programs(run);
    if (!run->no_solve)
        print_verdict(run);
    return crease_app_end(&run->app);
}
