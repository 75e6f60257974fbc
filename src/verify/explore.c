/* Bounds of one spot, by the tools of the engine: rows by backward bounds, and where few units are open by the linear
 * program, whose multipliers make a bound of
 *
 *   w F_r + sum of phases  <=  w F_r    on the spot, since each phase's term is <= 0 there,
 *
 * that is worked out again with all rounding errors; the program itself is not trusted. */
#include "verify/explore.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static crease_status set_rows(const crease_question *box, size_t row_count, const double *outputs,
                              const double *constant, crease_explorer *explorer, crease_error *error) {
    size_t d = box->inputs, m = box->outputs;
    explorer->memory = calloc(row_count * (m + 2 * d + 1) + 1, sizeof(double));
    explorer->form = calloc(row_count + 1, sizeof *explorer->form);
    explorer->question.alternative = calloc(row_count + 1, sizeof *explorer->question.alternative);
    if (!explorer->memory || !explorer->form || !explorer->question.alternative)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a search");
    explorer->rows = (crease_question_rows){.row_count = row_count, .outputs = explorer->memory};
    explorer->rows.inputs = explorer->rows.outputs + row_count * m;
    explorer->rows.constant = explorer->constant = explorer->rows.inputs + row_count * d;
    memcpy(explorer->rows.outputs, outputs, row_count * m * sizeof(double));
    memcpy(explorer->constant, constant, row_count * sizeof(double));
    for (size_t r = 0; r < row_count; r++) {
        explorer->form[r].gain = explorer->constant + row_count + r * d;
        explorer->question.alternative[r] = (crease_question_rows){.row_count = 1,
                                                                   .outputs = explorer->rows.outputs + r * m,
                                                                   .inputs = explorer->rows.inputs + r * d,
                                                                   .constant = explorer->constant + r};
    }
    return CREASE_OK;
}

crease_status crease_explorer_new(const crease_net *net, const crease_chain *chain,
                                  const crease_question *box, size_t row_count, const double *outputs,
                                  const double *constant, crease_explorer *explorer, crease_error *error) {
    *explorer = (crease_explorer){.chain = chain, .question = *box};
    explorer->question.alternative = NULL;
    explorer->question.alternative_count = row_count;
    explorer->question.most_rows = 1;
    explorer->question.memory = NULL;
    crease_status status = set_rows(box, row_count, outputs, constant, explorer, error);
    if (status == CREASE_OK)
        status = crease_magnitude_new(chain, &explorer->magnitude, error);
    if (status == CREASE_OK)
        status = crease_examiner_new(net, chain, &explorer->question, &explorer->magnitude, false,
                                     &explorer->tools, error);
    if (status != CREASE_OK)
        crease_explorer_clear(explorer);
    return status;
}

void crease_explorer_clamp(const crease_explorer *explorer, double *x) {
    const crease_question *box = &explorer->question;
    for (size_t j = 0; j < box->inputs; j++)
        x[j] = box->least[j] <= box->most[j] ? fmin(fmax(x[j], box->least[j]), box->most[j]) : box->lo[j];
}

size_t crease_explorer_bound(crease_explorer *explorer, crease_spot *spot, bool root, bool close) {
    const crease_chain *chain = explorer->chain;
    crease_examiner *tools = &explorer->tools;
    size_t open = 0;
    memset(tools->score, 0, (chain->inputs + chain->units) * sizeof(double));
    if (root)
        crease_bounder_root(&tools->bounder, &spot->state, NULL);
    else
        crease_bounder_tighten(&tools->bounder, &spot->state, NULL);
    spot->outcome = CREASE_SETTLED;
    if (tools->bounder.contradicted < chain->units)
        return 0;
    for (size_t r = 0; r < explorer->rows.row_count; r += CREASE_TOGETHER) {
        size_t count = explorer->rows.row_count - r, still = 0;
        count = count < CREASE_TOGETHER ? count : CREASE_TOGETHER;
        for (size_t k = 0; k < count; k++)
            still += spot->open[r + k];
        if (still == 0)
            continue;
        crease_multiplier_rows(&tools->bounder, &tools->combiner, &spot->state, &explorer->rows, r, count,
                               &explorer->form[r]);
        for (size_t k = 0; k < count; k++) {
            if (close && explorer->form[r + k].least > 0)
                spot->open[r + k] = 0;
            if (!spot->open[r + k])
                continue;
            open++;
            crease_branch_add(tools, &spot->state, tools->combiner.trace + k * chain->units);
        }
    }
    return open;
}

void crease_explorer_choose(crease_explorer *explorer, crease_spot *spot) {
    crease_branch_choose(&explorer->tools, &spot->state);
    spot->outcome = explorer->tools.outcome;
    spot->split = explorer->tools.split;
    spot->where = explorer->tools.where;
}

double crease_explorer_cut(crease_explorer *explorer, crease_spot *spot, const crease_form *form) {
    const crease_chain *chain = explorer->chain;
    crease_bounder *bounder = &explorer->tools.bounder;
    crease_steps none = {0};
    bool changed = false;
    double left = form ? crease_contract(form, chain->inputs, &spot->state, &none, &changed) : 1;
    for (size_t u = 0; u < chain->units; u++) {
        if (!spot->state.phase[u])
            continue;
        crease_form phase = {bounder->gain + u * chain->input_stride, bounder->offset[u], 0};
        left *= crease_contract(&phase, chain->inputs, &spot->state, &none, &changed);
    }
    return left;
}

crease_lp_answer crease_explorer_lp(crease_explorer *explorer, const crease_spot *spot, size_t r,
                                    double *bound) {
    crease_examiner *tools = &explorer->tools;
    bool feasible;
    if (!tools->lp || tools->bounder.unstable_count > CREASE_FEW_UNSTABLE)
        return CREASE_LP_NOTHING;
    bool positive = crease_node_lp_solve(tools, &spot->state, r, &feasible);
    if (!positive && !feasible)
        return CREASE_LP_NOTHING;
    double value;
    crease_form form = {.gain = tools->form[0].gain}; /* room that nothing else uses here */
    crease_multiplier_bound(&tools->bounder, &tools->combiner, &spot->state,
                            &explorer->question.alternative[r], &tools->multiplier, &form);
    /* units that the phases' terms need cost something too, though the row alone may not see them */
    crease_branch_add(tools, &spot->state, tools->combiner.trace);
    double weight = tools->multiplier.row[0];
    value = form.least;
    if (!(weight > 0))
        return value > 0 ? CREASE_LP_EMPTY : CREASE_LP_NOTHING;
    if (weight != 1)
        value = value / weight - 0x1p-50 * fabs(value / weight);
    *bound = value;
    return CREASE_LP_BOUND;
}

void crease_explorer_split(const crease_explorer *explorer, crease_spot *spot, crease_spot *other) {
    (void)explorer;
    size_t s = spot->split;
    if (spot->outcome == CREASE_SPLIT_UNIT) {
        spot->state.phase[s] = -1;
        spot->state.upper[s] = fmin(spot->state.upper[s], 0);
        other->state.phase[s] = 1;
        other->state.lower[s] = fmax(other->state.lower[s], 0);
    } else {
        spot->state.hi[s] = spot->where;
        other->state.lo[s] = spot->where;
    }
}
