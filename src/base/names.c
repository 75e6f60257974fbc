/* Text for messages. */
#include "base/names.h"
#include <stdio.h>
#include <string.h>

const char *crease_names_show(const char *source, size_t length, char *text, size_t size) {
    size_t shown = length;
    if (length > size - 1) {
        shown = size - 4;
        while (shown > 0 && ((unsigned char)source[shown] & 0xc0) == 0x80) /* inside a UTF-8 character */
            shown--;
    }
    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)source[i];
        text[i] = c < 0x20 || c == 0x7f ? '?' : source[i];
    }
    strcpy(text + shown, shown < length ? "..." : "");
    return text;
}

void crease_names_list(const char *const *name, size_t count, char *text, size_t size) {
    enum { longest_name = 60, room_for_rest = 36 }; /* " and 18446744073709551615 more" */
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        char shown[longest_name];
        crease_names_show(name[i], strlen(name[i]), shown, sizeof shown);
        if (used + strlen(shown) + 2 + room_for_rest > size) {
            snprintf(text + used, size - used, "%s%zu more", i > 0 ? " and " : "", count - i);
            return;
        }
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", shown);
    }
}
