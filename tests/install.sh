#!/usr/bin/env bash
# Installs into an empty folder as a packager would, builds a program against what lies there and nothing else, runs
# it and the installed commands from elsewhere, and takes everything away again.
set -eu -o pipefail
cd "$(dirname "$0")/.."
MAKE=${MAKE:-make} CC=${CC:-gcc}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
"$MAKE" install PREFIX=/usr DESTDIR="$root/stage" >"$root/log" || { cat "$root/log"; exit 1; }

cat >"$root/use.c" <<'END'
#include <crease/crease.h>
#include <math.h>
#include <stdio.h>

/* |x| as two hinges: theta of relu:2 is found by a fit, so the whole library is linked and works */
int main(void) {
    double x[41], y[41];
    for (int i = 0; i < 41; i++) {
        x[i] = (i - 20) / 10.;
        y[i] = fabs(x[i]);
    }
    crease_init();
    crease_error error;
    crease_net *net = NULL;
    crease_work *work = NULL;
    crease_fit_result result;
    crease_data data = {.n = 41, .inputs = 1, .outputs = 1, .x = x, .y = y};
    if (crease_net_parse("affine+relu:1", 1, 1, &net, &error) ||
        crease_fit(net, &data, &(crease_fit_options){.starts = 5}, &result, &error) ||
        crease_work_new(net, &work, &error)) {
        puts(error.message);
        return 1;
    }
    double at = 1.55, value;
    crease_net_evaluate(net, NULL, work, 1, &at, &value);
    crease_work_free(work);
    crease_net_free(net);
    crease_fit_result_clear(&result);
    printf("crease %s: |1.55| = %.6f\n", CREASE_VERSION, value);
    return fabs(value - 1.55) > 1e-9;
}
END
export PKG_CONFIG_PATH=$root/stage/usr/lib/pkgconfig
flags=$(PKG_CONFIG_SYSROOT_DIR=$root/stage pkg-config --static --cflags --libs crease)
cd "$root"
# shellcheck disable=SC2086
"$CC" -std=c11 -Wall -Werror use.c $flags -o use
./use

# a network's largest value on a box, proved and refuted by the library of its own
cat >verify.c <<'END'
#include <crease/crease.h>
#include <stdio.h>

static crease_verdict exceeds(const crease_net *net, double limit) {
    crease_error error;
    crease_specification *question = NULL;
    crease_verify_result result;
    double lower = -1, upper = 2, coefficients[] = {0, -1}; /* limit - y <= 0 */
    if (crease_specification_box(1, 1, &lower, &upper, &question, &error) ||
        crease_specification_add(question, 0, 1, coefficients, &limit, &error) ||
        crease_verify(net, question, NULL, &result, &error)) {
        puts(error.message);
        return CREASE_UNKNOWN;
    }
    crease_verdict verdict = result.verdict;
    crease_verify_result_clear(&result);
    crease_specification_free(question);
    return verdict;
}

int main(void) {
    crease_error error;
    crease_net *net = NULL;
    crease_init();
    if (crease_net_parse("relu:1", 1, 1, &net, &error))
        return 1;
    net->theta[0] = 1; /* y = max(0, x) */
    net->theta[2] = 1;
    bool right = exceeds(net, 2.5) == CREASE_PROVED && exceeds(net, 2) == CREASE_REFUTED;
    crease_net_free(net);
    return !right;
}
END
flags=$(PKG_CONFIG_SYSROOT_DIR=$root/stage pkg-config --static --cflags --libs crease-verify)
# shellcheck disable=SC2086
"$CC" -std=c11 -Wall -Werror verify.c $flags -o verify
./verify

# the models' headers are public too, and their archive needs nothing that is not installed
(cd stage/usr/include/crease-models && printf '#include <%s>\n' */*.h) >models.c
echo 'int main(void) { return 0; }' >>models.c
flags=$(PKG_CONFIG_SYSROOT_DIR=$root/stage pkg-config --static --cflags --libs crease-models)
# shellcheck disable=SC2086
"$CC" -std=c11 -Wall -Werror models.c ${flags/-lcrease-models/-Wl,--whole-archive -lcrease-models -Wl,--no-whole-archive} -o models
./models

version=$(pkg-config --modversion crease)
for program in crease crease-traffic crease-savings crease-arm crease-check-proof; do
    said=$("stage/usr/bin/$program" --version)
    [[ $said == *"$version"* ]] || { echo "$program --version says '$said', crease.pc $version"; exit 1; }
done
if command -v help2man >/dev/null; then
    for page in crease crease-fit crease-compare crease-eval crease-verify crease-range crease-traffic crease-savings crease-arm; do
        grep -q '^\.SH' "stage/usr/share/man/man1/$page.1" || { echo "no man page $page.1"; exit 1; }
    done
fi
[ -f stage/usr/share/crease/data/README.md ] || { echo 'the data are not installed'; exit 1; }

cd "$OLDPWD"
"$MAKE" uninstall PREFIX=/usr DESTDIR="$root/stage"
left=$(find "$root/stage" -type f)
[ -z "$left" ] || { echo "make uninstall left:"; echo "$left"; exit 1; }
