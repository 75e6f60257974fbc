#include "labs/lab.h"
#include <string.h>

#define LAB(name) extern const lab_experiment lab_##name;
#include "labs/list.h"
#undef LAB

static const lab_experiment *const list[] = {
#define LAB(name) &lab_##name,
#include "labs/list.h"
#undef LAB
};

size_t lab_total(void) {
    return sizeof list / sizeof *list;
}

const lab_experiment *lab_at(size_t index) {
    return index < lab_total() ? list[index] : NULL;
}

const lab_experiment *lab_find(const char *name) {
    for (size_t i = 0; i < lab_total(); i++)
        if (strcmp(list[i]->name, name) == 0)
            return list[i];
    return NULL;
}
