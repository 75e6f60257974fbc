/* See onnx_text.h. Fields as in onnx.proto; numbers as the protobuf documentation says: base-128 varints, little
 * endian. */
#include "support/onnx_text.h"
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct message { /* stays where it is: the stream knows the address */
    FILE *out;
    char *data;
    size_t size;
} message;

static message *start(void) {
    message *m = calloc(1, sizeof *m);
    m->out = open_memstream(&m->data, &m->size);
    return m;
}

static void put_varint(message *m, uint64_t value) {
    for (; value >= 128; value >>= 7)
        fputc((int)(value & 127) | 128, m->out);
    fputc((int)value, m->out);
}

static void put_int(message *m, unsigned field, int64_t value) {
    put_varint(m, field << 3);
    put_varint(m, (uint64_t)value);
}

static void put_bytes(message *m, unsigned field, const char *data, size_t size) {
    put_varint(m, field << 3 | 2);
    put_varint(m, size);
    fwrite(data, 1, size, m->out);
}

static void put_text(message *m, unsigned field, const char *text) {
    put_bytes(m, field, text, strlen(text));
}

/* Takes the child. */
static void put_message(message *m, unsigned field, message *child) {
    fclose(child->out);
    put_bytes(m, field, child->data, child->size);
    free(child->data);
    free(child);
}

static void put_number(message *m, const char *type, const char *text) {
    if (type[0] == 'f') {
        float value = strtof(text, NULL);
        fwrite(&value, sizeof value, 1, m->out); /* this machine is little-endian, or the test fails */
    } else if (type[0] == 'd') {
        double value = strtod(text, NULL);
        fwrite(&value, sizeof value, 1, m->out);
    } else {
        int64_t value = strtoll(text, NULL, 10);
        if (strstr(type, "_data"))
            put_varint(m, (uint64_t)value);
        else
            fwrite(&value, sizeof value, 1, m->out);
    }
}

static void put_dims(message *m, unsigned field, char *dims) {
    char *rest;
    for (char *d = strtok_r(dims, ",", &rest); d; d = strtok_r(NULL, ",", &rest))
        if (strcmp(d, "-") != 0)
            put_int(m, field, strtoll(d, NULL, 10));
}

static message *make_tensor(char **rest) {
    message *tensor = start(), *numbers = start();
    const char *name = strtok_r(NULL, " ", rest), *type = strtok_r(NULL, " ", rest);
    char *dims = strtok_r(NULL, " ", rest);
    ck_assert_msg(dims != NULL, "tensor %s", name);
    put_dims(tensor, 1, dims);
    if (strcmp(type, "external") == 0) {
        put_int(tensor, 14, 1);
        type = "float";
    }
    int64_t number = type[0] == 'f' ? 1 : type[0] == 'd' ? 11 : type[0] == 'i' ? 7 : strtoll(type, NULL, 10);
    put_int(tensor, 2, number);
    for (char *word = strtok_r(NULL, " ", rest); word; word = strtok_r(NULL, " ", rest))
        put_number(numbers, type, word);
    put_text(tensor, 8, name);
    put_message(tensor, !strstr(type, "_data") ? 9 : type[0] == 'f' ? 4 : type[0] == 'd' ? 10 : 7, numbers);
    return tensor;
}

enum { MOST_KEPT = 8 };
typedef struct kept_tensor {
    char name[20];
    message *tensor;
} kept_tensor;

static void put_attribute(message *node, char *word, kept_tensor *kept) {
    message *attribute = start();
    char *equal = strchr(word, '=');
    ck_assert_msg(equal && equal[2] == ':', "attribute %s", word);
    *equal = '\0';
    char kind = equal[1], *value = equal + 3;
    put_text(attribute, 1, word);
    if (kind == 'f') {
        float number = strtof(value, NULL);
        put_varint(attribute, 2 << 3 | 5);
        fwrite(&number, sizeof number, 1, attribute->out);
    } else if (kind == 'i') {
        put_int(attribute, 3, strtoll(value, NULL, 10));
    } else if (kind == 's') {
        put_text(attribute, 4, value);
    } else if (kind == 'l') {
        put_dims(attribute, 8, value);
    } else {
        for (int i = 0; i < MOST_KEPT; i++)
            if (strcmp(kept[i].name, value) == 0) {
                put_message(attribute, 5, kept[i].tensor);
                kept[i].name[0] = '\0';
                break;
            }
    }
    put_message(node, 5, attribute);
}

static message *make_node(char **rest, kept_tensor *kept) {
    message *node = start();
    char *type = strtok_r(NULL, " ", rest), *inputs = strtok_r(NULL, " ", rest),
         *output = strtok_r(NULL, " ", rest), *more;
    ck_assert_msg(output != NULL, "node %s", type);
    for (char *i = strtok_r(inputs, ",", &more); i; i = strtok_r(NULL, ",", &more))
        if (strcmp(i, "-") != 0)
            put_text(node, 1, strcmp(i, "_") == 0 ? "" : i);
    for (char *o = strtok_r(output, ",", &more); o; o = strtok_r(NULL, ",", &more))
        put_text(node, 2, o);
    put_text(node, 4, type);
    for (char *word = strtok_r(NULL, " ", rest); word; word = strtok_r(NULL, " ", rest))
        put_attribute(node, word, kept);
    return node;
}

static message *make_input(char **rest) {
    message *info = start(), *type = start(), *tensor = start(), *shape = start();
    put_text(info, 1, strtok_r(NULL, " ", rest));
    char *dims = strtok_r(NULL, " ", rest), *more;
    put_int(tensor, 1, 1);
    for (char *d = strtok_r(dims, ",", &more); d && strcmp(d, "-") != 0; d = strtok_r(NULL, ",", &more)) {
        message *dim = start();
        if (strspn(d, "-0123456789") == strlen(d))
            put_int(dim, 1, strtoll(d, NULL, 10));
        else
            put_text(dim, 2, d);
        put_message(shape, 1, dim);
    }
    put_message(tensor, 2, shape);
    put_message(type, 1, tensor);
    put_message(info, 2, type);
    return info;
}

char *onnx_from_text(const char *text, size_t *size) {
    message *graph = start(), *model = start();
    kept_tensor kept[MOST_KEPT] = {0};
    char *copy = strdup(text), *lines, *rest;
    size_t kept_count = 0;
    for (char *line = strtok_r(copy, "\n", &lines); line; line = strtok_r(NULL, "\n", &lines)) {
        char *what = strtok_r(line, " ", &rest);
        message *part;
        unsigned field;
        if (strcmp(what, "@tensor") == 0) {
            snprintf(kept[kept_count].name, sizeof kept[0].name, "%.*s", (int)strcspn(rest, " "), rest);
            kept[kept_count++].tensor = make_tensor(&rest);
            continue;
        }
        if (strcmp(what, "tensor") == 0) {
            field = 5;
            part = make_tensor(&rest);
        } else if (strcmp(what, "node") == 0) {
            field = 1;
            part = make_node(&rest, kept);
        } else if (strcmp(what, "input") == 0) {
            field = 11;
            part = make_input(&rest);
        } else {
            ck_assert_str_eq(what, "output");
            field = 12;
            part = start();
            put_text(part, 1, strtok_r(NULL, " ", &rest));
        }
        put_message(graph, field, part);
    }
    free(copy);
    put_int(model, 1, 3);
    put_message(model, 7, graph);
    fclose(model->out);
    char *data = model->data;
    *size = model->size;
    free(model);
    return data;
}
