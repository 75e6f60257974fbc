/* Stands in for crease-check-proof where GMP is not installed. */
#include "crease/app.h"

int main(void) {
    crease_app app = {.name = "crease-check-proof"};
    return crease_app_fail_text(&app, CREASE_EXIT_UNAVAILABLE,
                                "this crease was built without exact arithmetic; install the Debian package "
                                "libgmp-dev and build it again");
}
