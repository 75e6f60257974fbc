/* A run as a JSON object. */
#include "crease/app.h"
#include "labs/program/program.h"
#include <math.h>

static json_t *interval(lab_estimate estimate) {
    return isnan(estimate.low) ? json_null()
                               : crease_json_numbers((const double[]){estimate.low, estimate.high}, 2);
}

static json_t *measurement(const lab_measurement *m) {
    json_t *entry = json_object();
    crease_json_set_text(entry, "name", m->name);
    crease_json_set_text(entry, "what", m->what);
    crease_json_set_number(entry, "value", m->estimate.value, NULL);
    json_object_set_new(entry, "interval", interval(m->estimate));
    if (!isnan(m->expected))
        crease_json_set_number(entry, "expected", m->expected, NULL);
    return entry;
}

static json_t *table(const lab_run *run) {
    json_t *object = json_object(), *columns = json_array(), *rows = json_array(), *row = NULL;
    crease_json_set_text(object, "title", run->table_title);
    for (size_t i = 0; i < run->columns; i++)
        json_array_append_new(columns, json_string(run->column[i]));
    for (size_t i = 0; i < run->cells; i++) {
        const lab_cell_value *cell = &run->cell[i];
        if (i % run->columns == 0)
            json_array_append_new(rows, row = json_array());
        json_array_append_new(row, cell->text               ? json_string(cell->text)
                                   : isfinite(cell->number) ? json_real(cell->number)
                                                            : json_null());
    }
    json_object_set_new(object, "columns", columns);
    json_object_set_new(object, "rows", rows);
    return object;
}

json_t *labs_json(const lab_run *run) {
    static const char infinite[] = "there are too few runs for a bound, or the number does not exist";
    json_t *object = json_object(), *knobs = json_object(), *list = json_array(), *sentences = json_array();
    const lab_measurement *headline = run->measurement;
    crease_json_set_text(object, "name", run->lab->name);
    crease_json_set_text(object, "claim", run->lab->claim);
    crease_json_set_text(object, "quantity", headline->what);
    crease_json_set_number(object, "measured", headline->estimate.value, infinite);
    json_object_set_new(object, "interval", interval(headline->estimate));
    crease_json_set_text(object, "verdict", lab_verdict_name(run->verdict));
    for (size_t i = 0; i < run->sentences; i++)
        json_array_append_new(sentences, json_string(run->sentence[i]));
    json_object_set_new(object, "why", sentences);
    crease_json_set_text(object, "falsified", run->setup.falsified ? run->lab->control : NULL);
    for (size_t i = 0; i < LAB_KNOBS && run->lab->knob[i].name; i++)
        crease_json_set_number(knobs, run->lab->knob[i].name, run->setup.knob[i], NULL);
    json_object_set_new(object, "knobs", knobs);
    for (size_t i = 0; i < run->measurements; i++)
        json_array_append_new(list, measurement(&run->measurement[i]));
    json_object_set_new(object, "measurements", list);
    if (run->columns)
        json_object_set_new(object, "table", table(run));
    return object;
}
