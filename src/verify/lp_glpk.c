/* The node's program by GLPK: least t with every row <= t.
 *
 * With multipliers w (rows), b (phases) and, of an open unit, a (side z), c (side p z) and m (chord s z + t) the
 * dual is a backward bound in which the unit has coefficient g = a + c - m and its pre-activation nu = a + c p - m s.
 * proof.h knows one side at a time: for g > 0 the free side S z with S = nu / g, which at an optimum is between p
 * and 1 unless the bounds of the unit say more than the constraints below them do.
 *
 * When the phases contradict each other there is no such t, and the least t with every phase z <= t scale
 * (z >= -t scale) shows it. */
#include "verify/glpk_environment.h"
#include "verify/lp.h"
#include "verify/lp_reduce.h"
#include <glpk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct lp_run {
    const lp_problem *problem;
    lp_solution *solution;
    lp_reduced reduced;
    int *row_index, *column_index; /* of the matrix, from 1 on as GLPK counts */
    double *value;
    bool contradiction; /* the second program */
} lp_run;

/* GLPK's columns: inputs, units, t */
static int column_of_t(const lp_run *run) {
    return (int)run->reduced.width;
}

/* Coefficient of t in a constraint. */
static double t_coefficient(const lp_run *run, const lp_constraint *constraint) {
    if (constraint->kind == LP_ROW)
        return -1;
    return run->contradiction && constraint->kind == LP_PHASE ? (double)constraint->sense : 0;
}

static bool left_out(const lp_run *run, const lp_constraint *constraint) {
    return run->contradiction && constraint->kind == LP_ROW;
}

static void set_columns(const lp_run *run, glp_prob *program) {
    const lp_reduced *reduced = &run->reduced;
    int t = column_of_t(run), inputs = (int)reduced->input_columns;
    glp_add_cols(program, t);
    for (int c = 1; c < t; c++) {
        if (c <= inputs)
            glp_set_col_bnds(program, c, GLP_DB, -1, 1);
        else
            glp_set_col_bnds(program, c, GLP_LO, 0, 0);
    }
    glp_set_col_bnds(program, t, GLP_FR, 0, 0);
    glp_set_obj_dir(program, GLP_MIN);
    glp_set_obj_coef(program, t, 1);
}

static void set_rows(lp_run *run, glp_prob *program) {
    const lp_reduced *reduced = &run->reduced;
    int entries = 0;
    glp_add_rows(program, (int)reduced->constraint_count);
    for (size_t i = 0; i < reduced->constraint_count; i++) {
        const lp_constraint *constraint = &reduced->constraint[i];
        const double *form = reduced->form + i * reduced->width;
        if (left_out(run, constraint)) {
            glp_set_row_bnds(program, (int)i + 1, GLP_FR, 0, 0);
            continue;
        }
        glp_set_row_bnds(program, (int)i + 1, constraint->sense < 0 ? GLP_UP : GLP_LO, -form[0], -form[0]);
        for (size_t c = 1; c <= reduced->width; c++) {
            double value = c < reduced->width ? form[c] : t_coefficient(run, constraint);
            if (fabs(value) < 1e-12)
                continue;
            entries++;
            run->row_index[entries] = (int)i + 1;
            run->column_index[entries] = (int)c;
            run->value[entries] = value;
        }
    }
    glp_load_matrix(program, entries, run->row_index, run->column_index, run->value);
}

static int solve(lp_run *run, glp_prob *program) {
    glp_smcp options;
    glp_erase_prob(program);
    set_columns(run, program);
    set_rows(run, program);
    glp_init_smcp(&options);
    options.msg_lev = GLP_MSG_OFF;
    options.it_lim = 100 + 20 * (int)(run->reduced.width + run->reduced.constraint_count);
    if (run->problem->timeout > 0 && run->problem->timeout < 2e6)
        options.tm_lim = 1 + (int)(1e3 * run->problem->timeout);
    if (glp_simplex(program, &options) != 0)
        return GLP_UNDEF;
    return glp_get_status(program);
}

/* 24 significant bits. */
static double shorten(double value) {
    int exponent;
    double fraction = frexp(value, &exponent);
    return ldexp(nearbyint(ldexp(fraction, 24)), exponent - 24);
}

static double constraint_dual(glp_prob *program, size_t i) {
    return glp_get_row_dual(program, (int)i + 1);
}

/* The free side from the duals of the unit's three constraints; see above. */
static double unit_slope(const lp_unit *unit, double one, double low, double chord) {
    double g = one + low - chord, p = unit->slope;
    double least = fmin(p, 1), largest = fmax(p, 1);
    if (!(g > 1e-9))
        return unit->upper > -unit->lower ? 1 : p;
    double slope = (one + low * p - chord * unit->chord_slope) / g;
    if (!(slope > least))
        return least;
    if (!(slope < largest))
        return largest;
    slope = shorten(slope);
    return fmin(fmax(slope, least), largest);
}

static void take_multipliers(const lp_run *run, glp_prob *program) {
    const lp_reduced *reduced = &run->reduced;
    lp_solution *solution = run->solution;
    double scale = 1, sum = 0; /* t is measured in units of the rows */
    for (size_t i = 0; i < reduced->constraint_count; i++)
        if (reduced->constraint[i].kind == LP_ROW)
            scale = reduced->constraint[i].scale;
    for (size_t i = 0; i < reduced->constraint_count; i++) {
        const lp_constraint *constraint = &reduced->constraint[i];
        double dual = constraint_dual(program, i);
        if (constraint->kind == LP_ROW && !run->contradiction)
            sum += solution->row[constraint->index] = fmax(-dual, 0);
        if (constraint->kind == LP_PHASE) {
            double b = shorten(-dual / constraint->scale * scale);
            bool right = constraint->sense < 0 ? b > 0 : b < 0;
            solution->phase[constraint->index] = right ? b : 0;
        }
        if (constraint->kind == LP_CHORD) { /* its free side is the constraint before */
            const lp_unit *unit = &reduced->unit[constraint->index];
            int column = 1 + (int)(reduced->input_columns + constraint->index);
            double one = fmax(constraint_dual(program, i - 1), 0);
            double low = fmax(glp_get_col_dual(program, column), 0);
            solution->slope[unit->index] = unit_slope(unit, one, low, fmax(-dual, 0));
        }
    }
    for (size_t r = 0; sum > 0 && r < run->problem->row_count; r++)
        solution->row[r] = shorten(solution->row[r] / sum);
    solution->objective = glp_get_obj_val(program) * scale;
}

static void take_point(const lp_run *run, glp_prob *program) {
    const lp_problem *problem = run->problem;
    double *x = run->solution->x;
    for (size_t k = 0; k < problem->inputs; k++)
        x[k] = problem->lower[k];
    for (size_t c = 0; c < run->reduced.input_columns; c++) {
        size_t k = run->reduced.input[c];
        double lower = problem->lower[k], upper = problem->upper[k];
        double at = fmin(fmax(glp_get_col_prim(program, (int)c + 1), -1), 1);
        double place = lower / 2 + upper / 2 + at * (upper / 2 - lower / 2);
        x[k] = at == -1 ? lower : at == 1 ? upper : fmin(fmax(place, lower), upper);
    }
}

static void clear_solution(const lp_problem *problem, lp_solution *solution) {
    solution->status = LP_FAILED;
    solution->objective = NAN;
    for (size_t r = 0; r < problem->row_count; r++)
        solution->row[r] = 0;
    for (size_t l = 0; l < problem->layer_count; l++)
        for (size_t u = problem->layer[l].first; u < problem->layer[l].first + problem->layer[l].width; u++) {
            solution->phase[u] = 0;
            solution->slope[u] = NAN;
        }
}

/* Runs inside the environment; a fault of GLPK ends it early with LP_FAILED. */
static void run_programs(void *context) {
    lp_run *run = context;
    glp_prob *program = glp_create_prob();
    run->contradiction = run->problem->row_count == 0;
    int found = solve(run, program);
    if (found == GLP_NOFEAS && !run->contradiction && run->reduced.phase_count > 0) {
        run->contradiction = true;
        found = solve(run, program);
    }
    if (found == GLP_OPT) {
        take_multipliers(run, program);
        take_point(run, program);
        if (!run->contradiction)
            run->solution->status = LP_OPTIMAL;
        else if (run->solution->objective > 0)
            run->solution->status = LP_INFEASIBLE;
    }
    glp_delete_prob(program);
}

crease_status crease_lp_solve(const lp_problem *problem, lp_solution *solution, crease_error *error) {
    lp_run run = {.problem = problem, .solution = solution};
    clear_solution(problem, solution);
    crease_status status = crease_lp_reduce(problem, &run.reduced, error);
    if (status != CREASE_OK)
        return status == CREASE_BAD_DATA ? CREASE_OK : status;
    size_t entries = run.reduced.constraint_count * run.reduced.width + 1;
    run.row_index = malloc(entries * sizeof *run.row_index);
    run.column_index = malloc(entries * sizeof *run.column_index);
    run.value = malloc(entries * sizeof *run.value);
    if (!run.row_index || !run.column_index || !run.value)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a linear program");
    else if (problem->row_count + run.reduced.phase_count > 0 && !crease_glpk_run(run_programs, &run))
        clear_solution(problem, solution);
    free(run.row_index);
    free(run.column_index);
    free(run.value);
    crease_lp_reduced_clear(&run.reduced);
    return status;
}
