/* The picture of where knots may lie. */
#ifndef CREASE_CLI_PROFILE_PICTURE_H
#define CREASE_CLI_PROFILE_PICTURE_H

#include "crease/app.h"
#include "crease/crease.h"

/* Data, fit and profiles of a fit with at least one knot to `path`. Returns 0 or an exit code after a message. */
int draw_profile(const crease_app *app, const crease_pwl *pwl, const crease_pwl_profile *profile,
                 const crease_app_data *data, const char *path);

#endif
