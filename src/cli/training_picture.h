/* The picture of `crease fit --trace-plot`. */
#ifndef CREASE_CLI_TRAINING_PICTURE_H
#define CREASE_CLI_TRAINING_PICTURE_H

#include "crease/app.h"
#include "trace.h"

/* Loss, gradient norm and activity of each layer of `net` along start `start` of the log, which it sorts. Returns 0 or an
 * exit code after a message. */
int draw_training(const crease_app *app, const crease_net *net, const char *method, trace_log *log,
                  size_t start, const char *path);

#endif
