/* crease labs without a command: what there is. */
#include "labs/program/program.h"

int labs_list_main(int argc, char **argv) {
    static const struct argp argp = {
        .doc = "Lists the labs: what is said of ReLU, as experiments with a verdict."};
    crease_app app = {.name = "crease labs",
                      .examples = "  build/bin/crease labs\n"
                                  "  build/bin/crease labs gating\n"
                                  "  build/bin/crease labs --json\n"};
    crease_app_parse(&app, &argp, argc, argv, NULL);
    if (app.plot)
        crease_app_usage_error(&app, "the list has no picture; 'crease labs NAME --plot FILE' has");
    if (app.json) {
        json_t *object = crease_json_begin("labs-list"), *list = json_array();
        for (size_t i = 0; lab_at(i); i++) {
            json_t *entry = json_object();
            crease_json_set_text(entry, "name", lab_at(i)->name);
            crease_json_set_text(entry, "claim", lab_at(i)->claim);
            json_array_append_new(list, entry);
        }
        json_object_set_new(object, "labs", list);
        return crease_json_finish(&app, object);
    }
    for (size_t i = 0; lab_at(i); i++) {
        printf("%-12s", lab_at(i)->name);
        crease_report_words(stdout, lab_at(i)->claim, 12, 12);
    }
    puts("\n'crease labs NAME' runs one, 'crease labs NAME --help' shows its knobs, 'crease labs all' runs "
         "all.");
    return crease_app_end(&app);
}
