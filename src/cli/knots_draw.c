#include "knots_run.h"
#include "pictures.h"
#include "profile_picture.h"
#include <math.h>
#include <stdlib.h>

int knots_draw(const knots_run *run) {
    const crease_pwl *pwl = run->best.pwl;
    crease_error error;
    crease_net *net = NULL;
    crease_kink *kink = calloc(pwl->knot_count + 1, sizeof *kink);
    if (!kink || crease_pwl_to_net(pwl, &net, &error) != CREASE_OK) {
        int code =
            kink ? crease_app_fail(&run->app, &error)
                 : crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "out of memory for the picture");
        free(kink);
        return code;
    }
    for (size_t j = 0; j < pwl->knot_count; j++)
        kink[j] = (crease_kink){
            .x = pwl->x[j], .standard_error = run->inferred ? run->inference.knot[j].standard_error : NAN};
    int code = draw_fit(&run->app, net, &run->data, kink, pwl->knot_count);
    crease_net_free(net);
    free(kink);
    return code;
}

int knots_draw_profile(const knots_run *run) {
    return draw_profile(&run->app, run->best.pwl, &run->profile, &run->data, run->profile_path);
}
