/* What crease arm regions and crease arm prove are asked about: a law, a plant, a box of the phase plane. */
#ifndef ARM_PLANE_OPTIONS_H
#define ARM_PLANE_OPTIONS_H

#include "arm/plane/plane.h"
#include "crease/app.h"
#include "crease/specification.h"

typedef struct plane_options {
    const crease_app *app;
    const char *path, *inputs;      /* NULL: the example law; the net's own names */
    const char *model, *parameters; /* NULL: A; the model's own */
    double reference;
    arm_plant plant; /* since plane_options_load, without gravity where it is left out */
    bool gravity;
    bool limited;
    double limit;                  /* NaN: the plant's */
    crease_number low[2], high[2]; /* the box */
    crease_net *net, *law;         /* as read; in the plane, with its limit */
} plane_options;

/* The child argp of the options both commands have; its input is a plane_options. */
extern const struct argp plane_argp;

/* Defaults: the example law, model A without gravity, the box [-3,3] x [-15,15]. `limited` as the command
 * wants. */
plane_options plane_options_default(const crease_app *app, bool limited);
/* For the command's parser: the one argument. */
void plane_options_take_model(plane_options *options, const char *path);
/* Reads the law. 0 or an exit code after a message. */
int plane_options_load(plane_options *options);
void plane_options_clear(plane_options *options);

/* "LO:HI,LO:HI" of x and w as exact numbers, or a usage error. */
void plane_options_box(const crease_app *app, const char *option, const char *text, crease_number low[2],
                       crease_number high[2]);
/* The nearer double. */
double plane_options_nearest(const crease_number *number);
/* Adds law, plant, reference and limit to a JSON object. */
void plane_options_json(const plane_options *options, json_t *object);
/* "A, horizontal plane" and the like. */
void plane_options_describe(const plane_options *options, char *text, size_t size);
const char *plane_options_law_name(const plane_options *options);

#endif
