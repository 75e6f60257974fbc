#!/usr/bin/env bash
# Everything that must hold, run and counted: `make check` and, with --long, `make check-long`.
# The last line is "N passed, N failed", over all variants; skipped tests are counted in the line above it.
# Each check leaves what it printed in build/check.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit
MAKE=${MAKE:-make} CC=${CC:-gcc} LOGS=build/check long=
[ "${1:-}" = --long ] && { long=yes; export CREASE_LONG=1 CK_DEFAULT_TIMEOUT=3600; }
cores=$(nproc)
passed=0 failed=0 skipped=0 failures=()
export LC_ALL=C ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1} UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1} LOGS

finish() {
    ((failed > 0)) && printf '\nFailed:\n' && printf '    %s\n' "${failures[@]}"
    echo
    ((skipped > 0)) && echo "$skipped skipped, see the reasons above"
    echo "$passed passed, $failed failed"
    exit $((failed > 0 || passed == 0))
}

# check NAME COMMAND...: one check; its output is shown when it fails
check() {
    local name=$1 log=$LOGS/$1.log
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "$name: passed"
        return 0
    else
        failed=$((failed + 1)) failures+=("$name")
        cat "$log"
        echo "$name: failed"
        return 1
    fi
}

skip() {
    skipped=$((skipped + 1))
    echo "$1: skipped, $2"
}

# ---- building ----
folder_of() { [ "$1" = plain ] && echo build || echo "build/$1"; }
export -f folder_of
compile() { # VARIANT MAKE-ARGUMENT...
    local variant=$1
    shift
    "$MAKE" -j"$cores" VARIANT="$variant" "$@"
}
# A warning is a failure, but the tests run all the same.
build() { # VARIANT TARGET...
    local variant=$1 folder
    folder=$(folder_of "$1")
    shift
    check "build-$variant" compile "$variant" -k WERROR=-Werror programs "${@/#/$folder/}" && return
    check "build-$variant-with-warnings" compile "$variant" programs "${@/#/$folder/}" || finish
}

# ---- what the sources promise ----
headers_alone() {
    local header rc=0
    for header in include/crease/*.h; do
        echo "#include \"crease/$(basename "$header")\"" |
            "$CC" -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Iinclude -xc - ||
            { echo "$header does not compile alone"; rc=1; }
    done
    return $rc
}

# Includes that name a room (base/dense.h), other than the allowed ones.
foreign_includes() { # PATTERN FILE...
    local pattern=$1
    shift
    grep -nHE '^ *# *include *"[^"]*/' "$@" /dev/null | grep -vE "include *\"($pattern)/"
}
# base <- format <- net <- pwl <- fit, net <- io; the programs and models know only what is public; in the library base
# alone calls CBLAS and the factorisations of GSL.
layers() {
    local rc=0 model others
    shopt -s nullglob
    foreign_includes 'crease' src/cli/*.[ch] && rc=1
    foreign_includes 'crease|app' src/app/*.[ch] && rc=1
    for model in models/*/; do
        model=$(basename "$model")
        others= && [ "$model" = labs ] && others='|arm|savings' # a lab may measure what another model says
        foreign_includes "crease|$model$others" "models/$model"/*.[ch] "models/$model"/*/*.[ch] && rc=1
    done
    foreign_includes 'crease|base' src/base/*.[ch] && rc=1
    foreign_includes 'crease|base|ode' src/ode/*.[ch] && rc=1
    foreign_includes 'crease|base|format' src/format/*.[ch] && rc=1
    foreign_includes 'crease|base|format|net' src/net/*.[ch] && rc=1
    foreign_includes 'crease|base|format|net|pwl' src/pwl/*.[ch] && rc=1
    foreign_includes 'crease|base|format|net|pwl|fit' src/fit/*.[ch] && rc=1
    foreign_includes 'crease|base|format|net|specification|io|onnx.pb-c.h' src/io/*.[ch] && rc=1
    foreign_includes 'crease|base|specification' src/specification/*.[ch] && rc=1
    foreign_includes 'crease|base|digest' src/digest/*.[ch] && rc=1
    foreign_includes 'crease|base|net|specification|regions' src/regions/*.[ch] && rc=1
    foreign_includes 'crease|base|net|specification|regions|verify' src/verify/*.[ch] && rc=1
    foreign_includes 'crease|base|net|specification|checker' src/checker/*.[ch] && rc=1
    grep -nHE '\b(cblas|gsl_linalg)_' -r src --include='*.[ch]' | grep -v '^src/base/' && rc=1
    ((rc == 0)) || echo 'the lines above use what their room must not know'
    return $rc
}

# The library never prints or exits, and every name it exports begins with crease_.
library_manners() {
    local rc=0
    nm -A --undefined-only build/lib/libcrease{,-verify,-models}.a 2>/dev/null |
        grep -wE 'exit|_exit|abort|printf|__printf_chk|puts|putchar|perror|stderr' &&
        { echo 'the library prints or exits'; rc=1; }
    nm -A --defined-only --extern-only build/lib/libcrease{,-verify}.a 2>/dev/null |
        grep -vE ' (crease_[a-z0-9_]+|\.gomp_[a-z0-9_]+)$|:onnx\.pb-c\.o:' | grep -E ' [A-Z] ' &&
        { echo 'names above are exported without crease_'; rc=1; }
    objdump -t build/lib/libcrease{,-verify,-models}.a |
        awk '/file format/ {file = $1}
             NF > 3 && $(NF - 2) ~ /^(\.bss|\.data|\.tbss|\.tdata|\*COM\*)/ && $(NF - 2) !~ /^\.data\.rel\.ro/ && $NF !~ /^\./ {
                 print file, $NF; found = 1
             }
             END {exit !found}' &&
        { echo 'the library holds mutable state, see above'; rc=1; }
    return $rc
}

clang_without_warning() {
    "$MAKE" -j"$cores" -k VARIANT=clang CC=clang CFLAGS=-fsyntax-only WERROR=-Werror objects
}

fuzz() { # TARGET: searches from its corpus; a finding stays in build/check, to be replayed and kept in the corpus
    local found=$LOGS/found-$1
    mkdir -p "$found"
    check "fuzz-$1" "build/fuzz/bin/fuzz-$1" -max_total_time="$FUZZ_SECONDS" -timeout=20 -rss_limit_mb=2048 \
        -artifact_prefix="$LOGS/$1-" "$found" "tests/fuzz/corpus/$1"
    tail -n 1 "$LOGS/fuzz-$1.log"
}

# ---- the test suites, each in a process of its own, on all cores ----
run_suite() { # VARIANT SUITE
    local variant=$1 suite=$2 log="$LOGS/$1.$2" folder
    folder=$(folder_of "$variant")
    [ "$variant" = plain ] || export CK_TIMEOUT_MULTIPLIER=4
    # as many suites run as there are cores: a thread that waits must not keep another suite's from one
    OMP_WAIT_POLICY=passive CREASE_BIN=$folder/bin "$folder/bin/run-tests" "$suite" >"$log.out" 2>"$log.err" </dev/null
    echo $? >"$log.rc"
    # what a failing test wrote to stderr helps; a passing one may complain as it likes
    { [ "$(cat "$log.rc")" = 0 ] || cat "$log.err"; cat "$log.out"; } | sed "s/^/$variant  /" >"$log.shown"
    cat "$log.shown"
}
export -f run_suite

run_suites() {
    local variant suite line
    for variant in asan plain; do # the slow ones first
        "$(folder_of $variant)/bin/run-tests" --list | sed "s/^/$variant /"
    done >"$LOGS/suites"
    xargs -P "$cores" -L 1 bash -c 'run_suite "$@"' run_suite <"$LOGS/suites"
    while read -r variant suite; do
        line=$(grep -E "^$suite: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped" "$LOGS/$variant.$suite.out" | tail -n 1)
        if [[ $line =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped ]] &&
            { ((BASH_REMATCH[2] > 0)) || [ "$(cat "$LOGS/$variant.$suite.rc")" = 0 ]; }; then
            passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
            skipped=$((skipped + BASH_REMATCH[3]))
            ((BASH_REMATCH[2] > 0)) && failures+=("$variant $suite: ${BASH_REMATCH[2]} (see $LOGS/$variant.$suite.shown)")
        else
            failed=$((failed + 1)) failures+=("$variant $suite: no result (see $LOGS/$variant.$suite.err)")
        fi
    done <"$LOGS/suites"
}

rm -rf "$LOGS"
mkdir -p "$LOGS"
echo '== building, plain and with AddressSanitizer and UndefinedBehaviorSanitizer'
replays=()
for target in tests/fuzz/fuzz_*.c; do
    [ -e "$target" ] && replays+=("bin/replay-$(basename "${target#*/fuzz_}" .c)")
done
build plain bin/run-tests lib/libcrease-models.a "${replays[@]}"
build asan bin/run-tests "${replays[@]}"

echo '== what the sources promise'
check headers headers_alone
check layers layers
check library-manners library_manners
if ! command -v clang >/dev/null; then
    skip clang-without-warning 'clang is not installed'
elif ! echo '#include <omp.h>' | clang -fopenmp -fsyntax-only -xc - 2>/dev/null; then
    skip clang-without-warning 'libomp-dev is not installed'
else
    check clang-without-warning clang_without_warning
fi

echo '== test suites'
run_suites

echo '== fuzz corpora'
for replay in "${replays[@]}"; do
    name=${replay#bin/replay-}
    check "corpus-$name" "build/asan/$replay" "tests/fuzz/corpus/$name"
done
if [ -n "$long" ]; then
    echo "== fuzzing, ${FUZZ_SECONDS:=60} s a target"
    if ! command -v clang >/dev/null; then
        skip fuzzing 'clang is not installed'
    elif check build-fuzz "$MAKE" fuzz; then
        for replay in "${replays[@]}"; do fuzz "${replay#bin/replay-}"; done
    fi
fi

echo '== installation'
check install tests/install.sh
finish
