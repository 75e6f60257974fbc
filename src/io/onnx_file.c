/* ONNX files as bytes, and their message.
 *
 * protobuf-c unpacks messages inside messages by recursion without a limit; so the bytes are first walked along the
 * message's own description, and what is nested too deeply is refused. */
#include "io/onnx_parts.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { deepest = 40 };
static const size_t largest_file = (size_t)1 << 30;

typedef struct bytes {
    const uint8_t *at, *end;
} bytes;

static bool take_varint(bytes *b, uint64_t *value) {
    *value = 0;
    for (unsigned shift = 0; shift < 64 && b->at < b->end; shift += 7) {
        uint8_t byte = *b->at++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

typedef enum shape_of_bytes { WELL_FORMED, DAMAGED, TOO_DEEP } shape_of_bytes;

static shape_of_bytes walk(const ProtobufCMessageDescriptor *message, bytes b, int depth) {
    if (depth > deepest)
        return TOO_DEEP;
    while (b.at < b.end) {
        uint64_t tag, length;
        if (!take_varint(&b, &tag))
            return DAMAGED;
        switch (tag & 7) {
        case 0:
            if (!take_varint(&b, &length))
                return DAMAGED;
            continue;
        case 1:
            length = 8;
            break;
        case 2:
            if (!take_varint(&b, &length))
                return DAMAGED;
            break;
        case 5:
            length = 4;
            break;
        default:
            return DAMAGED;
        }
        if (length > (uint64_t)(b.end - b.at))
            return DAMAGED;
        const ProtobufCFieldDescriptor *field =
            tag >> 3 <= UINT32_MAX ? protobuf_c_message_descriptor_get_field(message, (unsigned)(tag >> 3))
                                   : NULL;
        if ((tag & 7) == 2 && field && field->type == PROTOBUF_C_TYPE_MESSAGE) {
            shape_of_bytes inner = walk(field->descriptor, (bytes){b.at, b.at + length}, depth + 1);
            if (inner != WELL_FORMED)
                return inner;
        }
        b.at += length;
    }
    return WELL_FORMED;
}

static crease_status read_all(FILE *file, const char *source, uint8_t **data, size_t *size,
                              crease_error *error) {
    size_t room = 0;
    *data = NULL;
    *size = 0;
    for (;;) {
        if (*size == room) {
            room = room ? 2 * room : (size_t)1 << 16;
            uint8_t *grown = room <= largest_file ? realloc(*data, room) : NULL;
            if (!grown)
                return crease_fail(error, room > largest_file ? CREASE_BAD_DATA : CREASE_NO_MEMORY,
                                   "%s: a file of more than %zu bytes is not read", source, *size);
            *data = grown;
        }
        size_t count = fread(*data + *size, 1, room - *size, file);
        *size += count;
        if (count == 0 && ferror(file))
            return crease_fail(error, CREASE_NO_INPUT, "%s: cannot be read: %s", source, strerror(errno));
        if (count == 0)
            return CREASE_OK;
    }
}

static crease_status unpack(const char *source, const uint8_t *data, size_t size, Onnx__ModelProto **model,
                            crease_error *error) {
    shape_of_bytes shape =
        size ? walk(&onnx__model_proto__descriptor, (bytes){data, data + size}, 0) : DAMAGED;
    if (shape == TOO_DEEP)
        return crease_fail(error, CREASE_BAD_DATA, "%s: its messages lie more than %d deep in each other",
                           source, deepest);
    if (shape == WELL_FORMED)
        *model = onnx__model_proto__unpack(NULL, size, data);
    if (!*model)
        return crease_fail(error, CREASE_BAD_DATA, "%s: no ONNX file, or a damaged one (truncated, perhaps)",
                           source);
    return CREASE_OK;
}

crease_status crease_onnx_unpack(FILE *file, const char *source, Onnx__ModelProto **model,
                                 crease_error *error) {
    uint8_t *data;
    size_t size;
    *model = NULL;
    crease_status status = read_all(file, source, &data, &size, error);
    if (!status)
        status = unpack(source, data, size, model, error);
    free(data);
    return status;
}
