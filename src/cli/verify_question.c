/* A model and a specification on the command line. */
#include "verify_question.h"
#include "regions_box.h"
#include <string.h>

void question_take(const crease_app *app, const char *argument, question_files *files) {
    if (!files->model)
        files->model = argument;
    else if (!files->specification)
        files->specification = argument;
    else
        crease_app_usage_error(app, "one model and one specification are enough, '%s' is too many", argument);
}

void question_require(const crease_app *app, const question_files *files) {
    if (!files->specification)
        crease_app_usage_error(
            app, "name the %s",
            files->model ? "specification (.vnnlib)"
                         : "model (.json, .onnx, or a polyline as .csv) and the specification (.vnnlib)");
    if (strcmp(files->model, "-") == 0 && strcmp(files->specification, "-") == 0)
        crease_app_usage_error(app, "the model and the specification cannot both be standard input");
}

int question_load(const crease_app *app, const question_files *files, crease_net **net,
                  crease_specification **specification) {
    crease_error error;
    int code = exact_model_load(app, files->model, net);
    if (code)
        return code;
    crease_status status =
        crease_vnnlib_load(files->specification, (*net)->inputs, (*net)->outputs, specification, &error);
    return status == CREASE_OK ? 0 : crease_app_fail(app, &error);
}
