/* Any bytes as a specification of a network with two inputs and one output. What can be read has boxes with lower <=
 * upper and rows whose names exist. */
#include "crease/vnnlib.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds) {
    if (!holds)
        abort();
}

static void check_number(const crease_number *n) {
    crease_number again;
    check(n->text && isfinite(n->below) && isfinite(n->above) && n->below <= n->above);
    check(crease_number_parse(n->text, &again, NULL) == CREASE_OK);
    check(again.below == n->below && again.above == n->above);
    crease_number_clear(&again);
}

static void check_case(const crease_specification *s, const crease_case *c) {
    for (size_t i = 0; i < s->inputs; i++) {
        check_number(&c->lower[i]);
        check_number(&c->upper[i]);
        check(c->lower[i].below <= c->upper[i].above);
    }
    check(c->alternative_count > 0);
    for (size_t a = 0; a < c->alternative_count; a++)
        for (size_t r = 0; r < c->alternative[a].row_count; r++) {
            const crease_row *row = &c->alternative[a].row[r];
            check_number(&row->constant);
            check(row->term_count > 0);
            for (size_t t = 0; t < row->term_count; t++)
                check(row->term[t].index < (row->term[t].output ? s->outputs : s->inputs));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    FILE *file = fmemopen((void *)(uintptr_t)data, size, "r");
    crease_specification *s;
    crease_error error = {0};
    crease_status status = crease_vnnlib_read(file, "fuzz.vnnlib", 2, 1, &s, &error);
    fclose(file);
    if (status == CREASE_OK)
        for (size_t k = 0; k < s->case_count; k++)
            check_case(s, &s->cases[k]);
    else
        check(s == NULL && error.status == status && strlen(error.message) > 10);
    crease_specification_free(s);
    return 0;
}
