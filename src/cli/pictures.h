/* The pictures of `crease fit --plot` and `crease compare --plot`. */
#ifndef CREASE_CLI_PICTURES_H
#define CREASE_CLI_PICTURES_H

#include "crease/app.h"
#include "crease/crease.h"

/* One input: data, curve, kinks, residuals; more inputs: predicted against observed. Returns 0 or an exit
 * code after a message. */
int draw_fit(const crease_app *app, const crease_net *net, const crease_app_data *data,
             const crease_kink *kinks, size_t kink_count);
int draw_compare(const crease_app *app, const crease_comparison *comparison, const crease_app_data *data);

#endif
