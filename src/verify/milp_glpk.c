/* Branch and bound of GLPK. It ends early when the bound of the best open node is positive by more than the tolerances,
 * and when the inputs of a node's linear program are a witness: then the rest of the tree does not matter.
 *
 * A program without any solution does not occur (t is free), so GLPK's word for it is a failure, not a proof. */
#include "verify/glpk_environment.h"
#include "verify/milp_solve.h"
#include <glpk.h>
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>

typedef struct glpk_run {
    const milp_model *model;
    const milp_question *question;
    milp_answer *answer;
    int *column;
    double *value;
    double deadline; /* INFINITY: none */
} glpk_run;

static void set_columns(const milp_model *model, glp_prob *program) {
    glp_add_cols(program, (int)model->column_count);
    for (size_t c = 0; c < model->column_count; c++) {
        const milp_column *column = &model->column[c];
        double lower = mpq_get_d(column->lower), upper = mpq_get_d(column->upper);
        int k = (int)c + 1;
        if (column->binary)
            glp_set_col_kind(program, k, GLP_BV);
        else if (!column->bounded)
            glp_set_col_bnds(program, k, GLP_FR, 0, 0);
        else
            glp_set_col_bnds(program, k, lower < upper ? GLP_DB : GLP_FX, lower, upper);
    }
    glp_set_obj_dir(program, GLP_MIN);
    glp_set_obj_coef(program, (int)model->objective + 1, 1);
}

static void set_rows(const glpk_run *run, glp_prob *program) {
    const milp_model *model = run->model;
    glp_add_rows(program, (int)model->row_count);
    for (size_t r = 0; r < model->row_count; r++) {
        const milp_row *row = &model->row[r];
        double side = mpq_get_d(row->side);
        glp_set_row_bnds(program, (int)r + 1,
                         row->sense == '<'   ? GLP_UP
                         : row->sense == '>' ? GLP_LO
                                             : GLP_FX,
                         side, side);
        for (size_t t = 0; t < row->count; t++) {
            run->column[t + 1] = (int)model->term[row->first + t].column + 1;
            run->value[t + 1] = mpq_get_d(model->term[row->first + t].coefficient);
        }
        glp_set_mat_row(program, (int)r + 1, (int)row->count, run->column, run->value);
    }
}

static bool interrupted(const glpk_run *run) {
    return run->question->interrupted && run->question->interrupted(run->question->context);
}

/* The relaxation, a fifth of a second at a time. */
static milp_stop solve_relaxation(const glpk_run *run, glp_prob *program) {
    glp_smcp options;
    glp_init_smcp(&options);
    options.msg_lev = GLP_MSG_OFF;
    options.tm_lim = 200;
    for (;;) {
        int code = glp_simplex(program, &options);
        if (code == 0)
            return glp_get_status(program) == GLP_OPT ? MILP_OPTIMAL : MILP_FAILED;
        if (code != GLP_ETMLIM)
            return MILP_FAILED;
        if (interrupted(run))
            return MILP_INTERRUPTED;
        if (omp_get_wtime() > run->deadline)
            return MILP_TIMEOUT;
    }
}

/* The inputs of the program that was solved last. */
static bool try_point(const glpk_run *run, glp_prob *program) {
    double *x = run->answer->x;
    for (size_t k = 0; k < run->model->inputs; k++)
        x[k] = glp_get_col_prim(program, (int)k + 1);
    return run->question->is_witness && run->question->is_witness(run->question->judge, x);
}

static void at_node(glp_tree *tree, void *context) {
    glpk_run *run = context;
    milp_answer *answer = run->answer;
    if (answer->stop != MILP_OPTIMAL)
        return;
    int total = 0, best = glp_ios_best_node(tree), reason = glp_ios_reason(tree);
    glp_ios_tree_size(tree, NULL, NULL, &total);
    answer->nodes = (size_t)total;
    if (best)
        answer->bound = fmax(answer->bound, glp_ios_node_bound(tree, best));
    if (answer->bound > answer->margin)
        answer->stop = MILP_POSITIVE;
    else if ((reason == GLP_IHEUR || reason == GLP_IBINGO) && try_point(run, glp_ios_get_prob(tree)))
        answer->stop = MILP_WITNESS;
    else if (interrupted(run))
        answer->stop = MILP_INTERRUPTED;
    else if (omp_get_wtime() > run->deadline)
        answer->stop = MILP_TIMEOUT;
    if (answer->stop != MILP_OPTIMAL)
        glp_ios_terminate(tree);
}

static void branch(glpk_run *run, glp_prob *program) {
    milp_answer *answer = run->answer;
    glp_iocp options;
    glp_init_iocp(&options);
    options.msg_lev = GLP_MSG_OFF;
    options.tol_int = 1e-8; /* a binary may be off by this much, times its big M */
    options.cb_func = at_node;
    options.cb_info = run;
    if (isfinite(run->deadline))
        options.tm_lim = (int)fmin(fmax(1e3 * (run->deadline - omp_get_wtime()), 1), INT_MAX / 2);
    int code = glp_intopt(program, &options);
    if (answer->stop != MILP_OPTIMAL)
        return;
    if (code == GLP_ETMLIM) {
        answer->stop = MILP_TIMEOUT;
    } else if (code != 0 || glp_mip_status(program) != GLP_OPT) {
        answer->stop = MILP_FAILED;
    } else {
        answer->bound = glp_mip_obj_val(program);
        for (size_t k = 0; k < run->model->inputs; k++)
            answer->x[k] = glp_mip_col_val(program, (int)k + 1);
    }
}

static void run_program(void *context) {
    glpk_run *run = context;
    milp_answer *answer = run->answer;
    glp_prob *program = glp_create_prob();
    set_columns(run->model, program);
    set_rows(run, program);
    glp_scale_prob(program, GLP_SF_AUTO);
    glp_adv_basis(program, 0);
    milp_stop stop = solve_relaxation(run, program);
    if (stop == MILP_OPTIMAL) {
        answer->nodes = 1;
        answer->bound = glp_get_obj_val(program);
        answer->margin = 1e-7 * fmax(1, fabs(answer->bound));
        if (answer->bound > answer->margin)
            stop = MILP_POSITIVE;
        else if (try_point(run, program))
            stop = MILP_WITNESS;
    }
    answer->stop = stop;
    if (stop == MILP_OPTIMAL && run->model->binaries > 0)
        branch(run, program);
    glp_delete_prob(program);
}

/* GLPK aborts over numbers that are none, and solves nothing with very large ones. */
static bool in_range(const milp_model *model) {
    const double most = 1e30;
    for (size_t t = 0; t < model->term_count; t++)
        if (!(fabs(mpq_get_d(model->term[t].coefficient)) < most))
            return false;
    for (size_t r = 0; r < model->row_count; r++)
        if (!(fabs(mpq_get_d(model->row[r].side)) < most))
            return false;
    for (size_t c = 0; c < model->column_count; c++)
        if (!(fabs(mpq_get_d(model->column[c].lower)) < most &&
              fabs(mpq_get_d(model->column[c].upper)) < most))
            return false;
    return model->column_count < INT_MAX / 2 && model->row_count < INT_MAX / 2;
}

crease_status crease_milp_glpk(const milp_model *model, const milp_question *question, milp_answer *answer,
                               crease_error *error) {
    glpk_run run = {.model = model, .question = question, .answer = answer};
    run.deadline = question->timeout > 0 ? omp_get_wtime() + question->timeout : INFINITY;
    *answer = (milp_answer){.bound = -INFINITY, .margin = INFINITY, .x = answer->x};
    if (!in_range(model))
        return CREASE_OK;
    crease_status status = CREASE_OK;
    run.column = calloc(model->column_count + 1, sizeof *run.column);
    run.value = calloc(model->column_count + 1, sizeof *run.value);
    if (!run.column || !run.value)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a mixed-integer program");
    else if (!crease_glpk_run(run_program, &run))
        answer->stop = MILP_FAILED;
    free(run.column);
    free(run.value);
    return status;
}
