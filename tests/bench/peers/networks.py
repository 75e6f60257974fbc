"""One-hidden-layer ReLU networks by scipy's MINPACK and by scikit-learn. Arguments: folder, comma-separated numbers of
units, number of seeds, names of problems; the folder holds NAME.csv. A line a run: tool, kind, problem, units, seed,
RMSE, seconds of processor, parted by tabs. Other lines are for the reader."""
import sys
import time
import warnings

try:
    import numpy as np
except ImportError:
    print("scipy, scikit-learn: numpy is not installed, skipped (make deps-peers installs python3-numpy)")
    sys.exit(0)

warnings.filterwarnings("ignore")
folder, units, seeds, problems = sys.argv[1], sys.argv[2].split(","), int(sys.argv[3]), sys.argv[4:]
STARTS = 20


def report(tool, problem, k, seed, error, seconds):
    print("%s\tRELU\t%s\t%d\t%d\t%.17g\t%.9g" % (tool, problem, k, seed, error, seconds), flush=True)


def lm(x, y, k, random, least_squares):
    """From units whose corners are data points; the Jacobian is exact."""
    slope = random.choice([-1.0, 1.0], k)
    start = np.concatenate([slope, -slope * random.choice(x, k), random.normal(size=k), [0.0]])

    def residual(t):
        return np.maximum(0, np.outer(x, t[:k]) + t[k : 2 * k]) @ t[2 * k : 3 * k] + t[3 * k] - y

    def jacobian(t):
        z = np.outer(x, t[:k]) + t[k : 2 * k]
        back = (z > 0) * t[2 * k : 3 * k]
        return np.hstack([back * x[:, None], back, np.maximum(0, z), np.ones((len(x), 1))])

    try:
        found = least_squares(residual, start, jacobian, method="lm")
    except ValueError:  # fewer rows than parameters, or infinities
        return np.nan
    return np.sqrt(2 * found.cost / len(x))


def run_scipy(data):
    try:
        import scipy
        from scipy.optimize import least_squares
    except ImportError:
        print("scipy: not installed, skipped (make deps-peers installs python3-scipy)", flush=True)
        return
    name = "scipy %s MINPACK LM, " % scipy.__version__
    for problem, (x, y, scale) in data.items():
        for k in map(int, units):
            for seed in range(1, seeds + 1):
                random = np.random.default_rng([seed, k])
                began, best = time.process_time(), np.inf
                for start in range(STARTS):
                    best = np.fmin(best, lm(x, y, k, random, least_squares))
                    if start == 0:
                        report(name + "1 start", problem, k, seed, scale * best, time.process_time() - began)
                report(name + "best of %d" % STARTS, problem, k, seed, scale * best, time.process_time() - began)


def run_sklearn(data):
    try:
        import sklearn
        from sklearn.neural_network import MLPRegressor
    except ImportError:
        print("scikit-learn: not installed, skipped (make deps-peers installs python3-sklearn)", flush=True)
        return
    name = "scikit-learn %s lbfgs" % sklearn.__version__
    for problem, (x, y, scale) in data.items():
        for k in map(int, units):
            for seed in range(1, seeds + 1):
                began = time.process_time()
                net = MLPRegressor((k,), "relu", solver="lbfgs", alpha=0, tol=1e-9, max_iter=10000, max_fun=100000,
                                   random_state=seed)
                left = net.fit(x[:, None], y).predict(x[:, None]) - y
                report(name, problem, k, seed, scale * np.sqrt(np.mean(left**2)), time.process_time() - began)


def standardised(problem):
    x, y = np.loadtxt("%s/%s.csv" % (folder, problem), delimiter=",", skiprows=1, unpack=True)
    return (x - x.mean()) / x.std(), (y - y.mean()) / y.std(), y.std()


everything = {problem: standardised(problem) for problem in problems}
run_scipy(everything)
run_sklearn(everything)
