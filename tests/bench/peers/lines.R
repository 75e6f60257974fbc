# Broken lines by segmented (free knots with a line: the easier problem) and by earth (hinges at data points).
# Arguments and output: those of networks.py.
arguments <- commandArgs(TRUE)
folder <- arguments[1]
units <- as.integer(strsplit(arguments[2], ",")[[1]])
seeds <- as.integer(arguments[3])
problems <- arguments[-(1:3)]

available <- function(package) {
    found <- suppressWarnings(suppressPackageStartupMessages(require(package, character.only = TRUE, quietly = TRUE)))
    if (!found) cat(sprintf("R %s: not installed, skipped (make deps-peers installs r-cran-%s)\n", package, package))
    found
}

# fit() gives residuals; what it cannot fit counts as a miss
report <- function(tool, kind, problem, k, seed, fit) {
    set.seed(seed)
    began <- proc.time()
    capture.output(left <- tryCatch(suppressWarnings(suppressMessages(fit())), error = function(e) NA_real_))
    seconds <- sum((proc.time() - began)[c("user.self", "sys.self")])
    cat(sprintf("%s\t%s\t%s\t%d\t%d\t%.17g\t%.9g\n", tool, kind, problem, k, seed, sqrt(mean(left^2)), seconds))
}

has_segmented <- available("segmented")
has_earth <- available("earth")
for (problem in problems) {
    d <- read.csv(file.path(folder, paste0(problem, ".csv")))
    for (k in units) {
        if (has_segmented) {
            tool <- paste("R segmented", packageVersion("segmented"))
            for (seed in seq_len(seeds))
                report(tool, "CPWL", problem, k, seed, function()
                    residuals(segmented(lm(y ~ x, d), seg.Z = ~x, npsi = k)))
        }
        # no randomness, so one run; the forward pass may take more terms than are kept, at any data points
        if (has_earth)
            report(paste("R earth", packageVersion("earth")), "RELU", problem, k, 1L, function()
                earth(d$x, d$y, nk = max(21, 4 * k + 1), nprune = k + 1, thresh = 0, minspan = 1, endspan = 1,
                      penalty = -1, fast.k = 0, Auto.linpreds = FALSE)$residuals)
    }
}
