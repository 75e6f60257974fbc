/* What is known while an ONNX graph is read: its values by name, memory that ends with the reading, the node's attributes, and
 * how a file is refused. */
#include "base/names.h"
#include "io/onnx_parts.h"
#include "net/shape.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

crease_status crease_onnx_refuse(const onnx_reader *r, const char *format, ...) {
    char reason[300], name[60] = "", type[40] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    if (!r->node)
        return crease_fail(r->error, CREASE_BAD_DATA, "%s: %s", r->source, reason);
    const char *own = r->node->name && *r->node->name           ? r->node->name
                      : r->node->n_output && r->node->output[0] ? r->node->output[0]
                                                                : "";
    if (r->node->op_type)
        crease_names_show(r->node->op_type, strlen(r->node->op_type), type, sizeof type);
    return crease_fail(r->error, CREASE_BAD_DATA, "%s: node '%s' (%s): %s", r->source,
                       crease_names_show(own, strlen(own), name, sizeof name), type, reason);
}

static void *keep(onnx_reader *r, void *memory) {
    if (memory && r->pool_count == r->pool_room) {
        size_t room = r->pool_room ? 2 * r->pool_room : 64;
        void **grown = realloc(r->pool, room * sizeof *grown);
        if (!grown) {
            free(memory);
            memory = NULL;
        } else {
            r->pool = grown;
            r->pool_room = room;
        }
    }
    if (memory)
        r->pool[r->pool_count++] = memory;
    else
        crease_fail(r->error, CREASE_NO_MEMORY, "%s: not enough memory to read it", r->source);
    return memory;
}

double *crease_onnx_numbers(onnx_reader *r, size_t count) {
    if (count > 2 * CREASE_MAX_PARAMETERS - r->numbers) {
        crease_onnx_refuse(r, "with this the model has more than %zu numbers", 2 * CREASE_MAX_PARAMETERS);
        return NULL;
    }
    r->numbers += count;
    return keep(r, calloc(count ? count : 1, sizeof(double)));
}

crease_group *crease_onnx_groups(onnx_reader *r, size_t count) {
    return keep(r, calloc(count ? count : 1, sizeof(crease_group)));
}

onnx_value *crease_onnx_find(const onnx_reader *r, const char *name) {
    for (size_t i = r->value_count; i > 0; i--) /* mostly a late one */
        if (strcmp(r->value[i - 1].name, name) == 0)
            return &r->value[i - 1];
    return NULL;
}

onnx_value *crease_onnx_add(onnx_reader *r, const char *name) {
    if (r->value_count == r->value_room) {
        size_t room = r->value_room ? 2 * r->value_room : 64;
        onnx_value *grown = room <= 2 * ONNX_MAX_VALUES ? realloc(r->value, room * sizeof *grown) : NULL;
        if (!grown) {
            crease_onnx_refuse(r, "more than %zu values are too many", r->value_count);
            return NULL;
        }
        r->value = grown;
        r->value_room = room;
    }
    r->value[r->value_count] = (onnx_value){.name = name};
    return &r->value[r->value_count++];
}

const Onnx__AttributeProto *crease_onnx_attribute(const onnx_reader *r, const char *name) {
    for (size_t i = 0; i < r->node->n_attribute; i++)
        if (strcmp(r->node->attribute[i]->name ? r->node->attribute[i]->name : "", name) == 0)
            return r->node->attribute[i];
    return NULL;
}

int64_t crease_onnx_integer(const onnx_reader *r, const char *name, int64_t absent) {
    const Onnx__AttributeProto *attribute = crease_onnx_attribute(r, name);
    return attribute ? attribute->i : absent;
}

double crease_onnx_float(const onnx_reader *r, const char *name, double absent) {
    const Onnx__AttributeProto *attribute = crease_onnx_attribute(r, name);
    return attribute ? (double)attribute->f : absent;
}
