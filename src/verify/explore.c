/* Bounds of one spot, by the tools of the engine: the row by backward bounds, and where few units are open by the linear
 * program, whose multipliers make a bound of
 *
 *   w F + sum of phases  <=  w F    on the spot, since each phase's term is <= 0 there,
 *
 * that is worked out again with all rounding errors; the program itself is not trusted. */
#include "verify/explore.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static crease_status set_row(const double *outputs, double constant, crease_explorer *explorer,
                             crease_error *error) {
    size_t d = explorer->question.inputs, m = explorer->question.outputs;
    explorer->memory = calloc(m + 2 * d + 1, sizeof(double));
    if (!explorer->memory)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a search");
    explorer->row = (crease_question_rows){.row_count = 1, .outputs = explorer->memory};
    explorer->row.inputs = explorer->row.outputs + m;
    explorer->row.constant = explorer->row.inputs + d;
    explorer->form.gain = explorer->row.constant + 1;
    memcpy(explorer->row.outputs, outputs, m * sizeof(double));
    explorer->row.constant[0] = constant;
    explorer->question.alternative = &explorer->row;
    explorer->question.alternative_count = explorer->question.most_rows = 1;
    explorer->question.memory = NULL;
    return CREASE_OK;
}

crease_status crease_explorer_new(const crease_net *net, const crease_chain *chain,
                                  const crease_question *box, const double *outputs, double constant,
                                  crease_explorer *explorer, crease_error *error) {
    *explorer = (crease_explorer){.chain = chain, .question = *box};
    crease_status status = set_row(outputs, constant, explorer, error);
    if (status == CREASE_OK)
        status = crease_magnitude_new(chain, &explorer->magnitude, error);
    if (status == CREASE_OK)
        status = crease_examiner_new(net, chain, &explorer->question, &explorer->magnitude, false,
                                     &explorer->tools, error);
    if (status != CREASE_OK)
        crease_explorer_clear(explorer);
    return status;
}

bool crease_explorer_bound(crease_explorer *explorer, crease_spot *spot, bool root) {
    const crease_chain *chain = explorer->chain;
    crease_examiner *tools = &explorer->tools;
    memset(tools->score, 0, (chain->inputs + chain->units) * sizeof(double));
    if (root)
        crease_bounder_root(&tools->bounder, &spot->state, NULL);
    else
        crease_bounder_tighten(&tools->bounder, &spot->state, NULL);
    spot->outcome = CREASE_SETTLED;
    if (tools->bounder.contradicted < chain->units)
        return false;
    crease_multiplier_rows(&tools->bounder, &tools->combiner, &spot->state, &explorer->row, 0, 1,
                           &explorer->form);
    crease_branch_add(tools, &spot->state, tools->combiner.trace);
    return true;
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

crease_lp_answer crease_explorer_lp(crease_explorer *explorer, const crease_spot *spot, double *bound) {
    crease_examiner *tools = &explorer->tools;
    bool feasible;
    if (!tools->lp || tools->bounder.unstable_count > CREASE_FEW_UNSTABLE)
        return CREASE_LP_NOTHING;
    bool positive = crease_node_lp_solve(tools, &spot->state, 0, &feasible);
    if (!positive && !feasible)
        return CREASE_LP_NOTHING;
    double value;
    crease_form form = {.gain = tools->form[0].gain}; /* room that nothing else uses here */
    crease_multiplier_bound(&tools->bounder, &tools->combiner, &spot->state, &explorer->row,
                            &tools->multiplier, &form);
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

void crease_explorer_split(crease_spot *spot, crease_spot *other) {
    if (spot->outcome == CREASE_SPLIT_UNIT) {
        crease_state_fix_phase(&spot->state, spot->split, -1);
        crease_state_fix_phase(&other->state, spot->split, 1);
    } else {
        spot->state.hi[spot->split] = other->state.lo[spot->split] = spot->where;
    }
}
