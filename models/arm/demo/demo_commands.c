/* The part of the demonstration that runs other commands as a user would: regions, proofs, training, an animation. */
#include "arm/commands.h"
#include "arm/demo/demo.h"

static const crease_app_shown list[] = {
    {arm_regions_command, "A ReLU law of angle and rate is one pair of gains on each of its regions:",
     "regions", "--plot", "arm_regions.png"},
    {arm_prove_command, "So what it does from every start can be computed, and proved:",
     "prove --start=-1.6:-1.4,-0.5:0.5 --never-beyond 0.1353", "--plot", "arm_reach.png"},
    {arm_prove_command, "And that it is stable, from where:", "prove --lyapunov", "--plot",
     "arm_lyapunov.png"},
    {arm_train_command, "Networks trained in the loop, beside what two gains can do:",
     "train --model A2 --starts 0 --iterations 60", "--plot", "arm_train.png"},
    {arm_step_command, "Two links under gravity, moving:", "step --model B --law PDx --act relu --time 3",
     "--animate", "arm_two_links.gif"},
};

int arm_demo_commands(const arm_demo *demo) {
    return crease_app_demonstrate(&demo->app, demo->folder, list, sizeof list / sizeof *list);
}
