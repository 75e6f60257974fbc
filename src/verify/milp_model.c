/* Columns, rows and terms in growing arrays; GMP's numbers may be moved in memory. */
#include "verify/milp_model.h"
#include <stdlib.h>

/* Room for one more; false without memory. */
static bool grow(void **array, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return true;
    size_t wanted = *room ? 2 * *room : 64;
    void *grown = wanted <= SIZE_MAX / size / 2 ? realloc(*array, wanted * size) : NULL;
    if (!grown)
        return false;
    *array = grown;
    *room = wanted;
    return true;
}

void crease_milp_model_start(milp_model *model) {
    *model = (milp_model){0};
    mpq_inits(model->spare, model->product, NULL);
}

void crease_milp_model_clear(milp_model *model) {
    for (size_t c = 0; c < model->column_count; c++)
        mpq_clears(model->column[c].lower, model->column[c].upper, NULL);
    for (size_t r = 0; r < model->row_count; r++)
        mpq_clear(model->row[r].side);
    for (size_t t = 0; t < model->term_count; t++)
        mpq_clear(model->term[t].coefficient);
    free(model->column);
    free(model->row);
    free(model->term);
    mpq_clears(model->spare, model->product, NULL);
    *model = (milp_model){0};
}

size_t crease_milp_model_column(milp_model *model, char kind, size_t layer, size_t index) {
    void *array = model->column;
    bool room = grow(&array, model->column_count, &model->column_room, sizeof *model->column);
    model->column = array;
    model->full = model->full || !room;
    if (model->full)
        return 0;
    milp_column *column = &model->column[model->column_count];
    *column = (milp_column){.kind = kind, .layer = layer, .index = index, .binary = kind == 'd'};
    mpq_inits(column->lower, column->upper, NULL);
    model->binaries += column->binary;
    return model->column_count++;
}

void crease_milp_model_bound(milp_model *model, size_t column, const mpq_t lower, const mpq_t upper) {
    if (model->full)
        return;
    model->column[column].bounded = true;
    mpq_set(model->column[column].lower, lower);
    mpq_set(model->column[column].upper, upper);
}

void crease_milp_model_row(milp_model *model, char sense, const mpq_t side) {
    void *array = model->row;
    bool room = grow(&array, model->row_count, &model->row_room, sizeof *model->row);
    model->row = array;
    model->full = model->full || !room;
    if (model->full)
        return;
    milp_row *row = &model->row[model->row_count++];
    *row = (milp_row){.first = model->term_count, .sense = sense};
    mpq_init(row->side);
    mpq_set(row->side, side);
}

void crease_milp_model_term(milp_model *model, size_t column, const mpq_t coefficient) {
    if (model->full || mpq_sgn(coefficient) == 0)
        return;
    milp_row *row = &model->row[model->row_count - 1];
    for (size_t t = row->first; t < model->term_count; t++)
        if (model->term[t].column == column) {
            mpq_add(model->term[t].coefficient, model->term[t].coefficient, coefficient);
            return;
        }
    void *array = model->term;
    model->full = !grow(&array, model->term_count, &model->term_room, sizeof *model->term);
    model->term = array;
    if (model->full)
        return;
    milp_term *term = &model->term[model->term_count++];
    term->column = column;
    mpq_init(term->coefficient);
    mpq_set(term->coefficient, coefficient);
    row->count++;
}

void crease_milp_model_name(const milp_model *model, size_t column, char name[MILP_NAME]) {
    const milp_column *c = &model->column[column];
    if (c->kind == 't')
        snprintf(name, MILP_NAME, "t");
    else if (c->kind == 'z' || c->kind == 'a' || c->kind == 'd')
        snprintf(name, MILP_NAME, "%c_%zu_%zu", c->kind, c->layer, c->index);
    else
        snprintf(name, MILP_NAME, "%c_%zu", c->kind, c->index);
}
