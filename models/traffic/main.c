/* crease-traffic: a subcommand, or the demonstration. */
#include "crease/app.h"
#include "crease/crease.h"
#include "traffic/traffic.h"
#include <stdio.h>
#include <string.h>

static const crease_app app = {.name = "crease traffic"};

static int print_help(void) {
    puts("Examples:\n"
         "  build/bin/crease traffic\n"
         "  build/bin/crease traffic fd data/sumo_ring.csv --where driver=ideal --density density_veh_km "
         "--flow flow_veh_h\n"
         "  build/bin/crease traffic fd data/sumo_bottleneck.csv --density density_veh_km_lane --flow "
         "flow_veh_h_lane "
         "--moving --plot build/bottleneck.png\n\n"
         "Fundamental diagrams of traffic flow: diagrams that are physical by their form beside networks.\n\n"
         "Usage: crease traffic [--folder DIR] [--starts N] [--seed N]   the demonstration: tables, pictures "
         "in "
         "build/plots\n"
         "       crease traffic fd DATA --density COL --flow COL ...     fit your own data\n\n"
         "Commands:\n"
         "  fd  fundamental diagram: free speed, capacity, critical and jam density, flow beyond the jam\n\n"
         "'crease traffic fd --help' shows its examples and options.");
    return crease_app_end(&app);
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--help") == 0)
        return print_help();
    if (argc > 1 && strcmp(argv[1], "help") == 0)
        return print_help();
    if (argc < 2 || argv[1][0] == '-')
        return traffic_demo_main(argc, argv);
    if (strcmp(argv[1], "fd") == 0)
        return traffic_fd_main(argc - 1, argv + 1);
    static const char *const known[] = {"fd", "help"};
    const char *meant = crease_app_did_you_mean(argv[1], known, 2);
    if (meant)
        crease_app_usage_error(&app, "unknown command '%s'; did you mean '%s'?", argv[1], meant);
    crease_app_usage_error(&app, "unknown command '%s'; there is fd, and the demonstration without a command",
                           argv[1]);
}
