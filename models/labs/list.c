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

const lab_experiment *lab_at(size_t index) {
    return index < sizeof list / sizeof *list ? list[index] : NULL;
}

const lab_experiment *lab_find(const char *name) {
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (strcmp(list[i]->name, name) == 0)
            return list[i];
    return NULL;
}
