/* What regions, range and robust share on the command line: the model, exact boxes and exact points. */
#ifndef CREASE_CLI_REGIONS_BOX_H
#define CREASE_CLI_REGIONS_BOX_H

#include "crease/app.h"
#include "crease/crease.h"

typedef struct exact_box {
    crease_number *lower, *upper; /* count each; the same numbers in a point */
    size_t count;
} exact_box;

/* "LO:HI,LO:HI,.." with exact decimals; an item without a colon is one value. A usage error when the text is not that.
 */
void exact_box_take(const crease_app *app, const char *option, const char *text, exact_box *box);
/* "X,X,.." */
void exact_point_take(const crease_app *app, const char *option, const char *text, exact_box *point);
void exact_box_clear(exact_box *box);

/* 0, or an exit code after a message: the box must have as many intervals as the net has inputs. `option` names it. */
int exact_box_must_fit(const crease_app *app, const char *option, const exact_box *box, const char *path,
                       const crease_net *net);

/* For the parser: the one argument, a model, and at the end that it is there. Both end with a usage error. */
void exact_model_take(const crease_app *app, const char *argument, const char **path);
void exact_model_require(const crease_app *app, const char *path);
/* The network of a model file, a polyline as well. 0 or an exit code after a message. */
int exact_model_load(const crease_app *app, const char *path, crease_net **net);

/* Names of inputs and outputs as the model keeps them, else x1, x2, .., y1, .. (x and y where there is one). */
void exact_input_name(const crease_net *net, size_t j, char *name, size_t size);
void exact_output_name(const crease_net *net, size_t k, char *name, size_t size);

/* Keeps the numbers of an output or input that the user names by 1-based number; usage error beyond `count`. */
size_t exact_index(const crease_app *app, const char *option, const char *text, size_t count,
                   const char *what);

#endif
