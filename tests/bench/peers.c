/* The same fit by other programs, in the same run: scipy's MINPACK on the same model and number of starts,
 * scikit-learn's networks, and R's segmented. Each times itself, without starting up and importing, on one
 * core, as crease does here. What is not installed is skipped, and said so. */
#include "bench/bench.h"
#include "crease/fit.h"
#include "crease/random.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 500, STARTS = 20 };

static const char *const python =
    "import sys, time, warnings\n"
    "import numpy as np\n"
    "warnings.filterwarnings('ignore')\n"
    "x, y = np.loadtxt(sys.argv[1], delimiter=',', skiprows=1, unpack=True)\n"
    "rmse = lambda f: float(np.sqrt(np.mean((f - y) ** 2)))\n"
    "def report(name, seconds, error):\n"
    "    print('%-34s %12.4g %10.5f' % (name, seconds, error))\n"
    "starts = int(sys.argv[2])\n"
    "try:\n"
    "    import scipy\n"
    "    from scipy.optimize import least_squares\n"
    "except ImportError:\n"
    "    print('scipy: not installed, skipped (apt-get install python3-scipy)')\n"
    "else:\n"
    "    def model(t):\n"
    "        return t[0] + t[1] * x + t[2] * np.maximum(0, x - t[4]) + t[3] * np.maximum(0, x - t[5])\n"
    "    def jacobian(t):\n"
    "        a, b = x > t[4], x > t[5]\n"
    "        return np.column_stack([np.ones_like(x), x, a * (x - t[4]), b * (x - t[5]), -t[2] * a, -t[3] * "
    "b])\n"
    "    random = np.random.default_rng(1)\n"
    "    began, best = time.perf_counter(), np.inf\n"
    "    for i in range(starts):\n"
    "        start = np.concatenate([random.normal(size=4), random.uniform(-1, 1, 2)])\n"
    "        found = least_squares(lambda t: model(t) - y, start, jacobian, method='lm')\n"
    "        best = min(best, rmse(model(found.x)))\n"
    "    report('scipy %s MINPACK lmder, %d starts' % (scipy.__version__, starts), time.perf_counter() - "
    "began, best)\n"
    "try:\n"
    "    import sklearn\n"
    "    from sklearn.neural_network import MLPRegressor\n"
    "except ImportError:\n"
    "    print('scikit-learn: not installed, skipped (apt-get install python3-sklearn)')\n"
    "else:\n"
    "    began, best = time.perf_counter(), np.inf\n"
    "    for i in range(starts):\n"
    "        net = MLPRegressor((4,), 'relu', solver='lbfgs', alpha=0, max_iter=1000, random_state=i)\n"
    "        best = min(best, rmse(net.fit(x[:, None], y).predict(x[:, None])))\n"
    "    report('scikit-learn %s relu:4 lbfgs, %d' % (sklearn.__version__, starts), time.perf_counter() - "
    "began, best)\n";

static const char *const r =
    "a <- commandArgs(TRUE)\n"
    "d <- read.csv(a[1])\n"
    "suppressWarnings(ok <- suppressMessages(require(segmented, quietly = TRUE)))\n"
    "if (!ok) { cat('segmented: not installed, skipped (apt-get install r-cran-segmented)\\n'); quit() }\n"
    "set.seed(1)\n"
    "t <- system.time(f <- segmented(lm(y ~ x, d), seg.Z = ~x, psi = c(-0.5, 0.5)))[['elapsed']]\n"
    "cat(sprintf('%-34s %12.4g %10.5f\\n', paste('R segmented', packageVersion('segmented')), t,"
    " sqrt(mean(residuals(f)^2))))\n";

static void ours(const crease_data *data) {
    static const char *const specs[] = {"affine+relu:2", "relu:4"};
    for (size_t i = 0; i < 2; i++) {
        crease_error error;
        crease_net *net;
        crease_fit_result result;
        char name[64];
        crease_fit_options options = {.starts = STARTS, .seed = 1, .threads = 1};
        bench_must(crease_net_parse(specs[i], 1, 1, &net, &error), &error);
        bench_must(crease_fit(net, data, &options, &result, &error), &error);
        snprintf(name, sizeof name, "crease %s, %d starts", specs[i], STARTS);
        printf("%-34s %12.4g %10.5f\n", name, result.seconds, result.score.rmse);
        crease_fit_result_clear(&result);
        crease_net_free(net);
    }
    fflush(stdout);
}

/* Debian's Python first: another one on the PATH does not see Debian's packages. */
static void run_peer(const char *program, const char *script, const char *data) {
    char starts[16];
    snprintf(starts, sizeof starts, "%d", STARTS);
    pid_t child = fork();
    if (child == 0) {
        setenv("OMP_NUM_THREADS", "1", 1);
        setenv("OPENBLAS_NUM_THREADS", "1", 1);
        if (strcmp(program, "python3") == 0) {
            execl("/usr/bin/python3", "python3", "-c", script, data, starts, (char *)NULL);
            execlp("python3", "python3", "-c", script, data, starts, (char *)NULL);
        } else
            execlp(program, program, "-e", script, data, starts, (char *)NULL);
        _exit(127);
    }
    int state = 0;
    if (child < 0 || waitpid(child, &state, 0) < 0 || !WIFEXITED(state) || WEXITSTATUS(state) == 127)
        printf("%s: not installed, skipped\n", program);
    else if (WEXITSTATUS(state) != 0)
        printf("%s: failed, skipped\n", program);
    fflush(stdout);
}

void bench_peers(void) {
    double x[ROWS], y[ROWS];
    crease_data data = {.n = ROWS, .inputs = 1, .outputs = 1, .x = x, .y = y};
    char path[] = "/tmp/crease-bench-XXXXXX";
    gsl_rng *random = crease_random_new(11, 0);
    int file = mkstemp(path);
    FILE *stream = file >= 0 ? fdopen(file, "w") : NULL;
    if (!stream || !random)
        bench_must(CREASE_CANNOT_WRITE, &(crease_error){.message = "cannot write a file in /tmp"});
    fputs("x,y\n", stream);
    for (size_t i = 0; i < ROWS; i++) {
        x[i] = gsl_ran_flat(random, -1, 1);
        y[i] = fmin(fmax(4 * x[i], -1), 1) + gsl_ran_gaussian(random, 0.05);
        fprintf(stream, "%.17g,%.17g\n", x[i], y[i]);
    }
    gsl_rng_free(random);
    if (fclose(stream))
        bench_must(CREASE_CANNOT_WRITE, &(crease_error){.message = "cannot write a file in /tmp"});
    printf("\nclip(4 e, -1, 1) + noise of .05, %d points, one core\n%-34s %12s %10s\n", ROWS, "program",
           "seconds", "best RMSE");
    ours(&data);
    run_peer("python3", python, path);
    run_peer("Rscript", r, path);
    unlink(path);
}
