/* crease-arm: a subcommand, or the demonstration. */
#include "arm/commands.h"

static const crease_app_command commands[] = {
    {"step", "[--model A|A2|B|B1|B2|C] [--law P|PDx|PDi] [--act NAME,..] ...",
     "step responses and their metrics", arm_step_command},
    {"sweep", "[--slope LIST] [--K LIST] [--act NAMES] [--lag S] [--sample S] ...",
     "what slope and gain do: frequency, damping, poles, margins; root locus and Bode", arm_sweep_command},
    {"claims", "[--claim TEXT] [--model A|A2] [--K N_M] ...",
     "what is said about activations, measured, with verdicts", arm_claims_command},
    {"regions", "[MODEL] [--box LO:HI,LO:HI] [--gravity 0|1] ...",
     "the phase plane cut into the regions of a ReLU law", arm_regions_command},
    {"prove", "[MODEL] [--never-beyond RAD] [--lyapunov] ...",
     "range, reach set and stability, with proof or counterexample", arm_prove_command},
    {"train", "[--model A|A2] [--act NAMES] [--units N] [-o MODEL.json] ...",
     "networks trained in the loop, beside LQR and a tuned PD", arm_train_command},
    {"fit", "LOG.csv [--of friction|controller] [--nets SPECS] ...",
     "friction or a controller identified from a log, by networks", arm_fit_command},
};

int main(int argc, char **argv) {
    const crease_app app = {.name = "crease arm",
                            .examples = "  build/bin/crease arm\n"
                                        "  build/bin/crease arm step --act tanh --reference 1.5 --plot -\n"
                                        "  build/bin/crease arm step --law PDx --act sigmoid --json\n"};
    const crease_app_program program = {"Robot arms under proportional controllers made of pairs of ReLU, "
                                        "tanh and sigmoid units, or any network.",
                                        "[--folder DIR] [--seed N]",
                                        NULL,
                                        arm_demo_command,
                                        commands,
                                        sizeof commands / sizeof *commands};
    return crease_app_run_program(&app, &program, argc, argv);
}
