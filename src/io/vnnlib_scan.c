/* Tokens of VNN-LIB: parentheses and words; white space and comments, from `;` to the end of the line, part them. */
#include "base/names.h"
#include "io/vnnlib_parts.h"
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { longest_word = 10000 };

crease_status crease_vnnlib_refuse(const vnnlib_scanner *s, vnnlib_place place, const char *format, ...) {
    char reason[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return crease_fail(s->error, CREASE_BAD_DATA, "%s:%zu:%zu: %s", s->source, place.line, place.column,
                       reason);
}

const char *crease_vnnlib_show(const vnnlib_scanner *s, char *text, size_t size) {
    switch (s->kind) {
    case VNNLIB_END:
        return "the end of the file";
    case VNNLIB_OPEN:
        return "'('";
    case VNNLIB_CLOSE:
        return "')'";
    default:
        text[0] = '\'';
        crease_names_show(s->word, s->length, text + 1, size - 2);
        strcat(text, "'");
        return text;
    }
}

static int take(vnnlib_scanner *s) {
    int c = getc(s->file);
    if (c == '\n') {
        s->at.line++;
        s->at.column = 1;
    } else if (c != EOF) {
        s->at.column++;
    }
    return c;
}

static crease_status append(vnnlib_scanner *s, char c) {
    if (s->length + 1 >= s->room) {
        if (s->length >= longest_word)
            return crease_vnnlib_refuse(s, s->place, "a word of more than %d characters", longest_word);
        size_t room = s->room ? 2 * s->room : 64;
        char *grown = realloc(s->word, room);
        if (!grown)
            return crease_fail(s->error, CREASE_NO_MEMORY, "%s: not enough memory to read it", s->source);
        s->word = grown;
        s->room = room;
    }
    s->word[s->length++] = c;
    s->word[s->length] = '\0';
    return CREASE_OK;
}

/* Of bytes: space, parentheses and ; end a word whatever the locale. */
static bool ends_word(int c) {
    return c == EOF || c == ' ' || (c >= '\t' && c <= '\r') || c == '(' || c == ')' || c == ';';
}

crease_status crease_vnnlib_next(vnnlib_scanner *s) {
    int c;
    do {
        s->place = s->at;
        c = take(s);
        if (c == ';')
            while (c != '\n' && c != EOF)
                c = take(s);
    } while (c != EOF && c != '(' && c != ')' && ends_word(c));
    s->length = 0;
    s->kind = c == EOF ? VNNLIB_END : c == '(' ? VNNLIB_OPEN : c == ')' ? VNNLIB_CLOSE : VNNLIB_WORD;
    if (s->kind == VNNLIB_END && ferror(s->file))
        return crease_fail(s->error, CREASE_NO_INPUT, "%s: cannot be read: %s", s->source, strerror(errno));
    if (s->kind != VNNLIB_WORD)
        return CREASE_OK;
    for (;;) {
        crease_status status = append(s, (char)c);
        if (status)
            return status;
        c = getc(s->file);
        if (ends_word(c)) {
            if (c != EOF)
                ungetc(c, s->file);
            return CREASE_OK;
        }
        s->at.column++;
    }
}
