/* Unit after unit, a cell is cut where the unit's pre-activation changes sign; in what is left after the last unit the
 * network is one affine map, so a linear function is least at a corner, and rows cut the cell further. */
#include "support/exact_net.h"
#include "support/exact_polytope.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct exact_layer {
    size_t rows, columns;
    mpq_t *weight, *bias, *slope; /* slope: of hidden layers */
} exact_layer;

struct exact_net {
    size_t inputs, outputs, depth, regions;
    exact_layer *layer; /* depth + 1 */
    mpq_t *affine;      /* outputs x inputs, zeros without */
    mpq_t *shift, *scale, *output_shift, *output_scale;
    mpq_t **form;  /* of a_l, layer by layer from the input on: rows x (inputs + 1) */
    mpq_t **inner; /* of z_l */
    mpq_t *output; /* of y */
};

static void load_layer(const crease_net *net, size_t l, exact_layer *layer) {
    bool hidden = l < net->layer_count;
    const crease_layer *from = hidden ? &net->layer[l] : NULL;
    layer->rows = hidden ? from->width : net->outputs;
    layer->columns = hidden ? from->fan_in : net->layer_count ? net->layer[net->layer_count - 1].width : 0;
    layer->weight = exact_from_doubles(net->theta + (hidden ? from->weights : net->output_weights),
                                       layer->rows * layer->columns);
    layer->bias = exact_from_doubles(net->theta + (hidden ? from->biases : net->output_biases), layer->rows);
    layer->slope = exact_vector_new(layer->rows);
    for (size_t u = 0; hidden && u < layer->rows; u++) {
        double parameter;
        const crease_group *group = crease_net_unit(net, l, u, &parameter);
        bool sloped = group->activation == CREASE_LEAKY || group->activation == CREASE_PRELU;
        ck_assert(sloped || group->activation == CREASE_RELU || group->activation == CREASE_IDENTITY);
        mpq_set_d(layer->slope[u], sloped ? parameter : group->activation == CREASE_IDENTITY ? 1 : 0);
    }
}

exact_net *exact_net_new(const crease_net *net) {
    exact_net *made = calloc(1, sizeof *made);
    size_t d = net->inputs, depth = net->layer_count;
    *made = (exact_net){.inputs = d, .outputs = net->outputs, .depth = depth};
    made->layer = calloc(depth + 1, sizeof *made->layer);
    made->form = calloc(depth + 1, sizeof *made->form);
    made->inner = calloc(depth + 1, sizeof *made->inner);
    for (size_t l = 0; l <= depth; l++) {
        load_layer(net, l, &made->layer[l]);
        size_t values = l == 0 ? d : made->layer[l - 1].rows;
        made->form[l] = exact_vector_new(values * (d + 1));
        made->inner[l] = exact_vector_new(made->layer[l].rows * (d + 1));
    }
    made->affine = net->affine ? exact_from_doubles(net->theta + net->affine_weights, net->outputs * d)
                               : exact_vector_new(net->outputs * d);
    made->shift = exact_from_doubles(net->input_shift, d);
    made->scale = exact_from_doubles(net->input_scale, d);
    made->output_shift = exact_from_doubles(net->output_shift, net->outputs);
    made->output_scale = exact_from_doubles(net->output_scale, net->outputs);
    made->output = exact_vector_new(net->outputs * (d + 1));
    for (size_t k = 0; k < d; k++) { /* (x - shift) / scale */
        mpq_t *form = made->form[0] + k * (d + 1);
        mpq_inv(form[k], made->scale[k]);
        mpq_div(form[d], made->shift[k], made->scale[k]);
        mpq_neg(form[d], form[d]);
    }
    return made;
}

void exact_net_free(exact_net *net) {
    if (!net)
        return;
    size_t d = net->inputs;
    for (size_t l = 0; l <= net->depth; l++) {
        exact_layer *layer = &net->layer[l];
        exact_vector_free(net->form[l], (l == 0 ? d : net->layer[l - 1].rows) * (d + 1));
        exact_vector_free(net->inner[l], layer->rows * (d + 1));
        exact_vector_free(layer->weight, layer->rows * layer->columns);
        exact_vector_free(layer->bias, layer->rows);
        exact_vector_free(layer->slope, layer->rows);
    }
    exact_vector_free(net->affine, net->outputs * d);
    exact_vector_free(net->shift, d);
    exact_vector_free(net->scale, d);
    exact_vector_free(net->output_shift, net->outputs);
    exact_vector_free(net->output_scale, net->outputs);
    exact_vector_free(net->output, net->outputs * (d + 1));
    free(net->layer);
    free(net->form);
    free(net->inner);
    free(net);
}

size_t exact_region_count(const exact_net *net) {
    return net->regions;
}

/* to += factor * from */
static void add_multiple(size_t count, mpq_t factor, mpq_t *from, mpq_t *to) {
    mpq_t product;
    mpq_init(product);
    for (size_t k = 0; mpq_sgn(factor) != 0 && k < count; k++) {
        mpq_mul(product, factor, from[k]);
        mpq_add(to[k], to[k], product);
    }
    mpq_clear(product);
}

/* Forms of z_l from those of the values below, of `size` numbers each, the last one the constant. */
static void affine_map(exact_layer *layer, size_t size, mpq_t *below, mpq_t *z) {
    for (size_t i = 0; i < layer->rows; i++) {
        for (size_t k = 0; k < size; k++)
            mpq_set_ui(z[i * size + k], 0, 1);
        mpq_set(z[i * size + size - 1], layer->bias[i]);
        for (size_t j = 0; j < layer->columns; j++)
            add_multiple(size, layer->weight[i * layer->columns + j], below + j * size, z + i * size);
    }
}

/* Forms of the raw outputs from those of the last values and of the standardised inputs. */
static void output_map(exact_net *net, size_t size, mpq_t *inputs, mpq_t *last, mpq_t *z, mpq_t *y) {
    affine_map(&net->layer[net->depth], size, last, z);
    for (size_t o = 0; o < net->outputs; o++) {
        for (size_t k = 0; k < net->inputs; k++)
            add_multiple(size, net->affine[o * net->inputs + k], inputs + k * size, z + o * size);
        for (size_t k = 0; k < size; k++)
            mpq_mul(y[o * size + k], net->output_scale[o], z[o * size + k]);
        mpq_add(y[o * size + size - 1], y[o * size + size - 1], net->output_shift[o]);
    }
}

void exact_evaluate(exact_net *net, mpq_t *x, mpq_t *y) {
    exact_preactivations(net, x, NULL, y);
}

void exact_preactivations(exact_net *net, mpq_t *x, mpq_t *units, mpq_t *y) {
    mpq_t *inputs = exact_vector_new(net->inputs), *below = inputs;
    size_t count = net->inputs;
    for (size_t k = 0; k < count; k++) {
        mpq_sub(inputs[k], x[k], net->shift[k]);
        mpq_div(inputs[k], inputs[k], net->scale[k]);
    }
    for (size_t l = 0; l < net->depth; l++) {
        exact_layer *layer = &net->layer[l];
        mpq_t *z = exact_vector_new(layer->rows);
        affine_map(layer, 1, below, z);
        for (size_t u = 0; units && u < layer->rows; u++)
            mpq_set(*units++, z[u]);
        for (size_t u = 0; u < layer->rows; u++)
            if (mpq_sgn(z[u]) < 0)
                mpq_mul(z[u], z[u], layer->slope[u]);
        if (below != inputs)
            exact_vector_free(below, count);
        below = z;
        count = layer->rows;
    }
    mpq_t *z = exact_vector_new(net->outputs);
    output_map(net, 1, inputs, below, z, y);
    exact_vector_free(z, net->outputs);
    if (below != inputs)
        exact_vector_free(below, count);
    exact_vector_free(inputs, net->inputs);
}

typedef struct exact_search {
    exact_net *net;
    bool (*take)(struct exact_search *search, const exact_polytope *cell); /* true ends the search */
    /* what is sought: the least value of */
    mpq_t *coefficient;
    bool found;
    mpq_t *least;
    mpq_t *where;
    /* or a point of an alternative */
    const crease_alternative *alternative;
} exact_search;

static bool visit(exact_search *search, size_t l, size_t u, const exact_polytope *cell);

/* The part of the cell where the unit has this sign, with its value there. */
static bool visit_side(exact_search *search, size_t l, size_t u, const exact_polytope *cell, bool above,
                       bool whole) {
    exact_net *net = search->net;
    size_t size = net->inputs + 1;
    mpq_t *z = net->inner[l] + u * size, *value = net->form[l + 1] + u * size;
    for (size_t k = 0; k < size; k++) {
        mpq_set(value[k], z[k]);
        if (!above)
            mpq_mul(value[k], value[k], net->layer[l].slope[u]);
    }
    if (whole)
        return visit(search, l, u + 1, cell);
    exact_polytope part;
    exact_polytope_cut(cell, z, above ? -1 : 1, &part);
    bool ended = visit(search, l, u + 1, &part);
    exact_polytope_clear(&part);
    return ended;
}

static bool visit(exact_search *search, size_t l, size_t u, const exact_polytope *cell) {
    exact_net *net = search->net;
    size_t size = net->inputs + 1;
    if (l == net->depth) {
        output_map(net, size, net->form[0], net->form[l], net->inner[l], net->output);
        net->regions++;
        return search->take(search, cell);
    }
    if (u == net->layer[l].rows)
        return visit(search, l + 1, 0, cell);
    if (u == 0)
        affine_map(&net->layer[l], size, net->form[l], net->inner[l]);
    bool below, above;
    exact_polytope_signs(cell, net->inner[l] + u * size, &below, &above);
    if (mpq_cmp_ui(net->layer[l].slope[u], 1, 1) == 0)
        below = false;
    if (below && visit_side(search, l, u, cell, false, !above))
        return true;
    return (above || !below) && visit_side(search, l, u, cell, true, !below);
}

static void search_box(exact_search *search, mpq_t *lower, mpq_t *upper) {
    exact_polytope box;
    exact_polytope_box(search->net->inputs, lower, upper, &box);
    search->net->regions = 0;
    visit(search, 0, 0, &box);
    exact_polytope_clear(&box);
}

static bool take_least(exact_search *search, const exact_polytope *cell) {
    exact_net *net = search->net;
    size_t d = net->inputs;
    mpq_t *form = exact_vector_new(d + 1), value;
    mpq_init(value);
    for (size_t k = 0; k < d; k++)
        mpq_set(form[k], search->coefficient[k]);
    for (size_t o = 0; o < net->outputs; o++)
        add_multiple(d + 1, search->coefficient[d + o], net->output + o * (d + 1), form);
    for (size_t i = 0; i < cell->count; i++) {
        exact_form_at(d, form, cell->corner[i].x, value);
        if (search->found && mpq_cmp(value, *search->least) >= 0)
            continue;
        search->found = true;
        mpq_set(*search->least, value);
        for (size_t k = 0; search->where && k < d; k++)
            mpq_set(search->where[k], cell->corner[i].x[k]);
    }
    mpq_clear(value);
    exact_vector_free(form, d + 1);
    return false;
}

void exact_minimum(exact_net *net, const double *lower, const double *upper, const double *coefficient,
                   mpq_t least, mpq_t *where) {
    size_t d = net->inputs;
    mpq_t *low = exact_from_doubles(lower, d), *high = exact_from_doubles(upper, d);
    mpq_t *factor = exact_from_doubles(coefficient, d + net->outputs), (*result) = (mpq_t *)least;
    exact_search search = {
        .net = net, .take = take_least, .coefficient = factor, .least = result, .where = where};
    search_box(&search, low, high);
    ck_assert(search.found);
    exact_vector_free(low, d);
    exact_vector_free(high, d);
    exact_vector_free(factor, d + net->outputs);
}

/* The row as a form in x, on the cell whose output forms are known. */
static void row_form(exact_net *net, const crease_row *row, mpq_t *form) {
    size_t d = net->inputs;
    mpq_t factor;
    mpq_init(factor);
    for (size_t k = 0; k < d; k++)
        mpq_set_ui(form[k], 0, 1);
    exact_parse(row->constant.text, form[d]);
    for (size_t t = 0; t < row->term_count; t++) {
        mpq_set_d(factor, row->term[t].coefficient);
        if (row->term[t].output)
            add_multiple(d + 1, factor, net->output + row->term[t].index * (d + 1), form);
        else
            mpq_add(form[row->term[t].index], form[row->term[t].index], factor);
    }
    mpq_clear(factor);
}

static bool take_point(exact_search *search, const exact_polytope *cell) {
    exact_net *net = search->net;
    size_t d = net->inputs;
    mpq_t *form = exact_vector_new(d + 1);
    exact_polytope left = {0}, next;
    const exact_polytope *now = cell;
    for (size_t r = 0; r < search->alternative->row_count && now->count > 0; r++) {
        row_form(net, &search->alternative->row[r], form);
        exact_polytope_cut(now, form, 1, &next);
        exact_polytope_clear(&left);
        left = next;
        now = &left;
    }
    search->found = now->count > 0;
    for (size_t k = 0; search->found && k < d; k++)
        mpq_set(search->where[k], now->corner[0].x[k]);
    exact_polytope_clear(&left);
    exact_vector_free(form, d + 1);
    return search->found;
}

static mpq_t *parse_all(const crease_number *number, size_t count) {
    mpq_t *vector = exact_vector_new(count);
    for (size_t i = 0; i < count; i++)
        exact_parse(number[i].text, vector[i]);
    return vector;
}

bool exact_violated(exact_net *net, const crease_specification *specification, mpq_t *where) {
    exact_search search = {.net = net, .take = take_point, .where = where};
    size_t d = net->inputs, regions = 0;
    for (size_t c = 0; c < specification->case_count && !search.found; c++) {
        const crease_case *one = &specification->cases[c];
        mpq_t *lower = parse_all(one->lower, d), *upper = parse_all(one->upper, d);
        for (size_t a = 0; a < one->alternative_count && !search.found; a++) {
            search.alternative = &one->alternative[a];
            search_box(&search, lower, upper);
            regions += net->regions;
        }
        exact_vector_free(lower, d);
        exact_vector_free(upper, d);
    }
    net->regions = regions;
    return search.found;
}

/* terms + constant at x and y */
static void row_value(const crease_row *row, mpq_t *x, mpq_t *y, mpq_t value) {
    mpq_t product;
    mpq_init(product);
    exact_parse(row->constant.text, value);
    for (size_t t = 0; t < row->term_count; t++) {
        mpq_set_d(product, row->term[t].coefficient);
        mpq_mul(product, product, row->term[t].output ? y[row->term[t].index] : x[row->term[t].index]);
        mpq_add(value, value, product);
    }
    mpq_clear(product);
}

bool exact_is_witness(exact_net *net, const crease_specification *specification, size_t which_case,
                      size_t which_alternative, mpq_t *x) {
    const crease_case *one = &specification->cases[which_case];
    const crease_alternative *alternative = &one->alternative[which_alternative];
    mpq_t *y = exact_vector_new(net->outputs), *bound = exact_vector_new(2);
    bool holds = true;
    for (size_t k = 0; k < net->inputs; k++) {
        exact_parse(one->lower[k].text, bound[0]);
        exact_parse(one->upper[k].text, bound[1]);
        holds = holds && mpq_cmp(bound[0], x[k]) <= 0 && mpq_cmp(x[k], bound[1]) <= 0;
    }
    exact_evaluate(net, x, y);
    for (size_t r = 0; r < alternative->row_count; r++) {
        row_value(&alternative->row[r], x, y, bound[0]);
        holds = holds && mpq_sgn(bound[0]) <= 0;
    }
    exact_vector_free(y, net->outputs);
    exact_vector_free(bound, 2);
    return holds;
}
