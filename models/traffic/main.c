/* crease-traffic: a subcommand, or the demonstration. */
#include "crease/app.h"
#include "traffic/calibrate/calibrate_program.h"
#include "traffic/certify/certify_program.h"
#include "traffic/lwr/lwr_program.h"
#include "traffic/net/net_program.h"
#include "traffic/ring/ring_program.h"
#include "traffic/traffic.h"

static const crease_app_command commands[] = {
    {"fd", "DATA --density COL --flow COL ...",
     "fundamental diagram of your own data: free speed, capacity, critical and jam density, flow beyond the "
     "jam",
     traffic_fd_main},
    {"net", "DATA --density COL --flow COL ... | --model FILE.json | --truth TRUTH ...",
     "networks on the flow diagram: the physics audit, and which claims hold on which truth",
     traffic_net_main},
    {"lwr", "--flux FLUX --initial INIT.csv --time H ...",
     "the LWR model solved exactly by front tracking: rings, lines, ends, lights, bottlenecks, queues",
     traffic_lwr_main},
    {"certify", "DATA --density COL --flow COL --initial INIT.csv ...",
     "from data to the interval in which a queue clears: bootstrap band of the flux, front tracking, bounds",
     traffic_certify_main},
    {"ring", "[--vehicles N] [--spacing M] [--tau S] [--order 1|2] ...",
     "car following made of ReLUs on a ring: growth rates, stop-and-go waves, stability map, collisions",
     traffic_ring_main},
    {"calibrate", "COUNTS.csv --density COL ...",
     "the flux with which front tracking reproduces what detectors along a road have counted",
     traffic_calibrate_main},
};

int main(int argc, char **argv) {
    const crease_app app = {
        .name = "crease traffic",
        .examples =
            "  build/bin/crease traffic\n"
            "  build/bin/crease traffic fd data/sumo_ring.csv --where driver=ideal --density density_veh_km "
            "--flow flow_veh_h\n"
            "  build/bin/crease traffic fd data/sumo_bottleneck.csv --density density_veh_km_lane --flow "
            "flow_veh_h_lane --moving --plot build/bottleneck.png\n"};
    const crease_app_program program = {
        "Fundamental diagrams of traffic flow: diagrams that are physical by their form beside networks.",
        "[--folder DIR] [--starts N] [--seed N]",
        NULL,
        traffic_demo_main,
        commands,
        sizeof commands / sizeof *commands};
    return crease_app_run_program(&app, &program, argc, argv);
}
