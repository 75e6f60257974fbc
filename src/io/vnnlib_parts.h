/* The parts of the VNN-LIB reader: tokens, then formulas, then the disjunction as a specification. */
#ifndef CREASE_IO_VNNLIB_PARTS_H
#define CREASE_IO_VNNLIB_PARTS_H

#include "crease/specification.h"
#include <stdint.h>
#include <stdio.h>

typedef struct vnnlib_place {
    size_t line, column; /* from 1; columns count bytes */
} vnnlib_place;

typedef enum vnnlib_token_kind { VNNLIB_END, VNNLIB_OPEN, VNNLIB_CLOSE, VNNLIB_WORD } vnnlib_token_kind;

typedef struct vnnlib_scanner {
    FILE *file;
    const char *source;
    crease_error *error;
    vnnlib_place at; /* of the next byte */
    /* the token that was read last */
    vnnlib_token_kind kind;
    vnnlib_place place;
    char *word; /* with a 0 at its end */
    size_t length, room;
} vnnlib_scanner;

crease_status crease_vnnlib_next(vnnlib_scanner *scanner);
/* source:line:column: message */
crease_status crease_vnnlib_refuse(const vnnlib_scanner *scanner, vnnlib_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The last token, for a message. */
const char *crease_vnnlib_show(const vnnlib_scanner *scanner, char *text, size_t size);

typedef enum vnnlib_operand_kind { VNNLIB_NUMBER, VNNLIB_X, VNNLIB_Y } vnnlib_operand_kind;
typedef struct vnnlib_operand {
    vnnlib_operand_kind kind;
    size_t index; /* of the number in vnnlib_text.number, or of X or Y */
} vnnlib_operand;

typedef enum vnnlib_formula_kind { VNNLIB_ATOM, VNNLIB_AND, VNNLIB_OR } vnnlib_formula_kind;
enum { VNNLIB_NONE = -1 };

/* Formulas lie in one array and name each other by index, VNNLIB_NONE for none. */
typedef struct vnnlib_formula {
    vnnlib_formula_kind kind;
    vnnlib_place place;
    vnnlib_operand left, right; /* of an atom: left <= right */
    ptrdiff_t child, next;      /* first child; next sibling */
} vnnlib_formula;

typedef struct vnnlib_text {
    size_t inputs, outputs;
    vnnlib_place *declared; /* inputs + outputs of them; line 0 where not declared */
    vnnlib_formula *formula;
    size_t formula_count, formula_room;
    crease_number *number;
    size_t number_count, number_room;
    ptrdiff_t assertion; /* the first of the asserted formulas, which are siblings */
} vnnlib_text;

/* Reads all commands. The text starts with its sizes and room for the declarations. */
crease_status crease_vnnlib_parse(vnnlib_scanner *scanner, vnnlib_text *text);

/* Makes the conjunction of the assertions a specification, whose sizes are set. */
crease_status crease_vnnlib_expand(const vnnlib_scanner *scanner, const vnnlib_text *text,
                                   crease_specification *specification);

#endif
