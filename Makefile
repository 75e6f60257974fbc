# crease: `make demo` and `make check` do everything. `make help` lists the rest.
SHELL   := /bin/bash
PREFIX  ?= /usr/local
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
VARIANT ?= plain
VERSION := $(shell sed -n 's/.*CREASE_VERSION "\(.*\)".*/\1/p' include/crease/crease.h)

# plain goes to build/bin, the sanitizer variant to build/asan/bin, and so on
OUT := $(if $(filter plain,$(VARIANT)),build,build/$(VARIANT))
OBJ := build/obj/$(VARIANT)
GEN := $(OUT)/generated
BIN := $(OUT)/bin
LIB := $(OUT)/lib

# measured data that may not be shipped: tests and demonstrations use them where they are
export CREASE_DATA_DIR ?= $(abspath $(wildcard ../shared/data))

WARN       := -Wall -Wextra -Wpedantic -Wshadow -Wconversion
PREPROCESS := -D_GNU_SOURCE -Iinclude -MMD -MP
OPTIMISE   := -O2 -g
LOOPS      := -O3
ifeq ($(VARIANT),asan)
OPTIMISE := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LOOPS    :=
endif
ifeq ($(VARIANT),fuzz)
OPTIMISE := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LOOPS    :=
endif
ALLFLAGS = -std=c11 $(OPTIMISE) $(FASTER) $(WARN) $(WERROR) -fopenmp -ffp-contract=off $(CPPFLAGS) $(CFLAGS)
# a test macro of libcheck with no argument after the format is no fault
TESTFLAGS := -DCK_FLOATING_DIG=17 $(filter-out -Wpedantic,$(ALLFLAGS))
BLAS     := $(or $(shell pkg-config --libs openblas 2>/dev/null),-lgslcblas)
LDLIBS   := -lgsl $(strip $(BLAS)) -lcsv -ljansson -lm

# Optional parts, left out where their header is not found, or by hand: make WITHOUT='glpk onnx'. What stands in for
# a missing part lies in src/without/ and names the package.
WITHOUT  ?=
number   := \#
found    = $(if $(filter $(1),$(WITHOUT)),,$(shell echo '$(number)include <$(2)>' | $(CC) $(CPPFLAGS) -E - >/dev/null 2>&1 && echo $(1)))
ONNX_PROTO := $(firstword $(wildcard /usr/include/onnx/onnx.proto /usr/local/include/onnx/onnx.proto))
GMP      := $(call found,gmp,gmp.h)
GLPK     := $(and $(GMP),$(call found,glpk,glpk.h))
ONNX     := $(and $(ONNX_PROTO),$(shell command -v protoc-c),$(call found,onnx,protobuf-c/protobuf-c.h))
NETTLE   := $(call found,nettle,nettle/sha2.h)
# a judge in the tests only; make deps leaves it out, since libsundials-dev draws in MPI and PETSc
SUNDIALS := $(call found,sundials,cvode/cvode.h)
VERIFY_LIBS := $(if $(GLPK),-lglpk) $(if $(GMP),-lgmp) $(if $(ONNX),-lprotobuf-c) $(if $(NETTLE),-lnettle)

sources = $(sort $(foreach d,$(1),$(wildcard $(d)/*.c)))
objects = $(patsubst %.c,$(OBJ)/%.o,$(1))
# all cores, unless this make was given -j itself
parallel = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
MAKEFLAGS += --no-print-directory
# what is done to which file; the commands themselves with V=1
tell = $(if $(V),,@printf '  %-5s %s\n' $(1);)

# libcrease-verify: what needs GMP, GLPK, protobuf-c or nettle
VERIFY_IO  := $(wildcard src/io/onnx*.c src/io/vnnlib*.c)
LIB_SRC    := $(filter-out $(VERIFY_IO),$(call sources,src/base src/format src/net src/pwl src/fit src/ode src/io))
GLPK_SRC   := $(wildcard src/verify/*glpk*.c)
EXACT_SRC  := $(filter-out $(GLPK_SRC) src/checker/main.c,$(call sources,src/specification src/regions src/verify src/checker) \
                  $(wildcard src/io/vnnlib*.c))
VERIFY_SRC := $(if $(GMP),$(EXACT_SRC) $(if $(GLPK),$(GLPK_SRC),src/without/glpk.c)) \
              $(if $(ONNX),$(wildcard src/io/onnx*.c),src/without/onnx.c) \
              $(if $(NETTLE),$(call sources,src/digest),src/without/nettle.c)
APP_SRC   := $(call sources,src/app)
EXACT_CLI := $(foreach c,verify range robust regions milp,$(wildcard src/cli/$(c).c src/cli/$(c)_*.c))
CLI_SRC   := $(if $(GMP),$(call sources,src/cli),$(filter-out $(EXACT_CLI),$(call sources,src/cli)) src/without/gmp.c)
DOMAINS   := traffic savings arm labs
# of models/, whoever includes crease/app.h, itself or through a header, is the program; the rest is the library
DOMAIN_SRC  := $(filter-out %/main.c,$(call sources,$(foreach d,$(DOMAINS),models/$(d) models/$(d)/*)))
PROGRAM_H   := $(patsubst models/%,|%,$(shell grep -ls '"crease/app.h"' models/*/*.h models/*/*/*.h))
PROGRAM_SRC := $(filter $(DOMAIN_SRC),$(shell grep -lsE '"(crease/app.h$(subst $() ,,$(PROGRAM_H)))"' models/*/*.c models/*/*/*.c))
# the commands of arm that cut the phase plane exactly
EXACT_ARM   := models/arm/plane/plane_options.c $(foreach c,regions prove,$(wildcard models/arm/plane/$(c)_*.c))
# labs on exact regions, bounds and proofs
EXACT_LABS  := $(foreach l,mosaic lipschitz milp,$(wildcard models/labs/$(l).c models/labs/$(l)_*.c))
MODEL_SRC   := $(filter-out $(PROGRAM_SRC),$(DOMAIN_SRC))
ifeq ($(GMP),)
MODEL_SRC   := $(filter-out $(EXACT_LABS),$(MODEL_SRC)) src/without/labs.c
PROGRAM_SRC := $(filter-out $(EXACT_ARM),$(PROGRAM_SRC)) src/without/arm.c
endif
PLOTS     := $(sort $(wildcard plots/*.gp))

DOMAIN_PROGRAMS := $(addprefix $(BIN)/crease-,$(DOMAINS))
CHECKER   := $(if $(GMP),check-proof)
PROGRAMS  := $(BIN)/crease $(DOMAIN_PROGRAMS) $(BIN)/crease-check-proof
LIBRARIES := $(LIB)/libcrease.a $(LIB)/libcrease-verify.a $(LIB)/libcrease-models.a
ARCHIVES  := $(LIB)/libcrease-programs.a $(LIB)/libcrease-models.a $(LIB)/libcrease-app.a $(LIB)/libcrease-verify.a $(LIB)/libcrease.a

.PHONY: all programs libraries tests deps deps-fuzz deps-peers demo demo-run check check-long bench bench-peers bench-verify \
        fuzz objects install install-files uninstall man no-man help format clean FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: deps
	@$(MAKE) $(parallel) programs

help:
	@echo 'crease $(VERSION)'
	@echo '  make              installs what is missing and builds build/bin/crease, the three models and the labs'
	@echo '  make demo         the same, then runs the three models and draws build/plots (about three minutes, installation included)'
	@echo '  make check        all tests, plain and under sanitizers (ten minutes on two cores)'
	@echo '  make check-long   many more random cases, then fuzzing for FUZZ_SECONDS=$(FUZZ_SECONDS) a target'
	@echo '  make bench        speed of the library on this machine'
	@echo '  make bench-verify crease verify on the ACAS Xu networks of CREASE_DATA_DIR and on random ones (minutes)'
	@echo '  make bench-peers  fits by crease, R, scikit-learn and scipy side by side (minutes; PEER_SEEDS=$(PEER_SEEDS))'
	@echo '  make deps         only installs the Debian packages that are missing'
	@echo '  make install      programs, library, headers, crease.pc, man pages, data: PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)'
	@echo '  make uninstall    takes the same files away'
	@echo '  make man          man pages, from --help, in build/man'
	@echo '  make format       clang-format over all sources'
	@echo '  make clean        removes build/'
	@echo 'Variables: CC, CFLAGS, LDFLAGS, VARIANT (a build of its own in build/VARIANT; asan has the sanitizers)'

# ---- packages of Debian; anywhere else their names are said ----
PACKAGES      := gcc libc6-dev pkg-config libgsl-dev libopenblas-openmp-dev libcsv-dev libjansson-dev gnuplot-nox \
                 check help2man libglpk-dev libgmp-dev libprotobuf-c-dev protobuf-c-compiler libonnx-dev nettle-dev
PACKAGES_FUZZ := clang libclang-rt-14-dev libomp-dev
PACKAGES_PEERS := r-base-core r-cran-segmented r-cran-earth python3-numpy python3-scipy python3-sklearn python3-onnx
# what a system without dpkg must have: it is tried, not looked up
define NEEDED_CODE
#include <argp.h>
#include <cblas.h>
#include <check.h>
#include <csv.h>
#include <glpk.h>
#include <gmp.h>
#include <gsl/gsl_rng.h>
#include <jansson.h>
#include <nettle/sha2.h>
#include <omp.h>
#include <protobuf-c/protobuf-c.h>
endef
export NEEDED_CODE

deps:
	@$(call install_packages,$(PACKAGES))
deps-fuzz: deps
	@$(call install_packages,$(PACKAGES_FUZZ))
# all at once, or else each by itself, so that one that is not to be had does not keep the others out
deps-peers: deps
	@( $(call install_packages,$(PACKAGES_PEERS)) ) || { \
	    $(foreach p,$(PACKAGES_PEERS),( $(call install_packages,$(p)) ) >/dev/null 2>&1 || \
	        echo 'make deps-peers: $(p) is not to be had here; what needs it will be skipped';) }

define install_packages
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then \
    if echo "$$NEEDED_CODE" | $(CC) -E $$(pkg-config --cflags openblas gsl jansson check 2>/dev/null) - >/dev/null 2>&1 \
       && command -v gnuplot >/dev/null; then exit 0; fi; \
    echo 'make deps: this is no Debian system. Please install what Debian calls:' >&2; \
    echo '    $(1)' >&2; exit 1; \
fi; \
missing=; \
for package in $(1); do \
    [ "$$(dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null)" = installed ] || missing+=" $$package"; \
done; \
[ -n "$$missing" ] || exit 0; \
as_root=; \
if [ "$$(id -u)" != 0 ]; then \
    if command -v sudo >/dev/null; then as_root='sudo env'; else \
        echo 'make deps: neither root nor sudo here. Please run as root:' >&2; \
        echo "    apt-get install$$missing" >&2; exit 1; fi; \
fi; \
echo "make deps: installing with apt-get:$$missing"; \
log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
$${as_root:-env} apt-get update -qq >"$$log" 2>&1 </dev/null || echo 'make deps: apt-get update failed; trying on' >&2; \
$${as_root:-env} DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing \
    >>"$$log" 2>&1 </dev/null || { \
    tail -n 20 "$$log" >&2; \
    echo "make deps: apt-get could not install$$missing; please install them by hand" >&2; exit 1; }
endef

# ---- libraries and programs ----
programs: $(PROGRAMS)
libraries: $(LIBRARIES)

# The library may see its own internal headers; models and the command line only what is public.
$(OBJ)/src/%.o: src/%.c
	@mkdir -p $(@D)
	$(call tell,CC $<) $(CC) $(PREPROCESS) -Isrc $(ALLFLAGS) -c $< -o $@
# the loops over rows and units gain a fifth from vector instructions
$(OBJ)/src/net/%.o $(OBJ)/src/fit/%.o $(OBJ)/src/verify/%.o: FASTER := $(LOOPS)
$(OBJ)/src/without/arm.o $(OBJ)/src/without/labs.o: PREPROCESS += -Imodels
# readers and writers of ONNX know the message that protoc-c makes of onnx.proto, whose code is not ours to mend
$(OBJ)/src/io/onnx%.o: src/io/onnx%.c $(GEN)/onnx.pb-c.h
	@mkdir -p $(@D)
	$(call tell,CC $<) $(CC) $(PREPROCESS) -Isrc -isystem $(GEN) $(ALLFLAGS) -c $< -o $@
$(OBJ)/generated/onnx.pb-c.o: $(GEN)/onnx.pb-c.h
	@mkdir -p $(@D)
	$(call tell,CC $(GEN)/onnx.pb-c.c) $(CC) -std=c11 $(OPTIMISE) -w -c $(GEN)/onnx.pb-c.c -o $@
$(GEN)/onnx.pb-c.h: $(ONNX_PROTO)
	@mkdir -p $(@D)
	$(call tell,GEN $@) protoc-c --proto_path=$(dir $(ONNX_PROTO)) --c_out=$(@D) $(ONNX_PROTO)
$(OBJ)/src/cli/%.o: src/cli/%.c
	@mkdir -p $(@D)
	$(call tell,CC $<) $(CC) $(PREPROCESS) $(ALLFLAGS) -c $< -o $@
$(OBJ)/models/%.o: models/%.c
	@mkdir -p $(@D)
	$(call tell,CC $<) $(CC) $(PREPROCESS) -Imodels $(ALLFLAGS) -c $< -o $@
$(OBJ)/generated/%.o: $(GEN)/%.c
	@mkdir -p $(@D)
	$(call tell,CC $<) $(CC) $(PREPROCESS) -Isrc -Itests $(TESTFLAGS) -c $< -o $@

# What is generated is written again each time and replaced only when it differs, so a file that is added or taken
# away counts too.
write = mkdir -p $(@D) && { $(1); } >$@.new && { cmp -s $@.new $@ && rm $@.new || mv $@.new $@; }

# the figures of plots/, as byte arrays, so that a program finds them wherever it is installed
$(GEN)/plot_scripts.c: $(PLOTS) FORCE
	@$(call write,\
	    echo '#include "io/plot_scripts.h"'; \
	    for f in $(PLOTS); do echo "static const unsigned char script_$$(basename $$f .gp)[] = {"; \
	        od -An -v -tu1 $$f | sed -E 's/([0-9]+)/\1$(comma)/g'; echo '0};'; done; \
	    echo 'const crease_plot_script crease_plot_scripts[] = {'; \
	    for f in $(PLOTS); do n=$$(basename $$f .gp); echo "{\"$$n\"$(comma) (const char *)script_$$n}$(comma)"; done; \
	    echo '{0$(comma) 0}};')
comma := ,

$(LIB)/libcrease.a: $(call objects,$(LIB_SRC)) $(OBJ)/generated/plot_scripts.o
$(LIB)/libcrease-verify.a: $(call objects,$(VERIFY_SRC)) $(if $(ONNX),$(OBJ)/generated/onnx.pb-c.o)
$(LIB)/libcrease-app.a: $(call objects,$(APP_SRC))
$(LIB)/libcrease-models.a: $(call objects,$(MODEL_SRC))
$(LIB)/libcrease-programs.a: $(call objects,$(PROGRAM_SRC))
$(LIB)/%.a: $(OBJ)/%.members
	@mkdir -p $(@D)
	$(call tell,AR $@) rm -f $@ && ar rcs $@ $(filter %.o,$^)
$(OBJ)/%.members: FORCE
	@$(call write,echo $($(subst -,_,$*)_members))
libcrease_members        := $(LIB_SRC)
libcrease_verify_members := $(VERIFY_SRC)
libcrease_app_members    := $(APP_SRC)
libcrease_models_members := $(MODEL_SRC)
libcrease_programs_members := $(PROGRAM_SRC)

link = $(CC) $(ALLFLAGS) $(LDFLAGS) $(filter %.o %.a,$^) $(VERIFY_LIBS) $(LDLIBS)
$(BIN)/crease: $(call objects,$(CLI_SRC)) $(ARCHIVES)
	@mkdir -p $(@D)
	$(call tell,LINK $@) $(link) -o $@
$(BIN)/crease-%: $(OBJ)/models/%/main.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call tell,LINK $@) $(link) -o $@

# the checker: the readers of files and exact arithmetic, nothing of the engine that it checks
$(BIN)/crease-check-proof: $(OBJ)/src/$(if $(GMP),,without/)checker/main.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call tell,LINK $@) $(link) -o $@

# ---- demonstration ----
demo: deps
	@$(MAKE) $(parallel) programs
	@$(MAKE) demo-run
demo-run:
	@mkdir -p build/plots
	@touch build/plots/.demo-started
	@for program in $(DOMAIN_PROGRAMS); do $$program || exit; echo; done
	@echo 'Pictures of this run, as .png and .svg, each with the .gp that draws it:'
	@find build/plots -newer build/plots/.demo-started -name '*.png' -printf '    %p\n' | sort
	@rm build/plots/.demo-started

# ---- tests: every tests/**/test_NAME.c defines `Suite *test_NAME(void)` ----
TEST_SRC   := $(filter-out $(if $(GLPK),,$(wildcard tests/*/test_*glpk*.c)),$(sort $(wildcard tests/*/test_*.c)))
TEST_NAMES := $(basename $(notdir $(TEST_SRC)))
SUPPORT    := $(call sources,tests/support)
FUZZ_SECONDS ?= 60
$(OBJ)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call tell,CC $<) $(CC) $(PREPROCESS) -Isrc -Imodels -Itests $(TESTFLAGS) -c $< -o $@
$(OBJ)/tests/ode/test_ode_cvode.o: PREPROCESS += $(if $(SUNDIALS),-DHAVE_SUNDIALS)
$(GEN)/suites.c: $(TEST_SRC) FORCE
	@$(call write,\
	    echo '#include "support/suites.h"'; \
	    for n in $(TEST_NAMES); do echo "Suite *$$n(void);"; done; \
	    echo 'const test_suite all_suites[] = {'; \
	    for n in $(TEST_NAMES); do echo "    {\"$$n\"$(comma) $$n}$(comma)"; done; \
	    echo '    {NULL$(comma) NULL}};')
$(BIN)/run-tests: $(call objects,$(TEST_SRC) $(SUPPORT)) $(OBJ)/generated/suites.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call tell,LINK $@) $(link) $$(pkg-config --libs check) $(if $(SUNDIALS),-lsundials_cvode -lsundials_nvecserial) -o $@

check: deps
	+@MAKE='$(MAKE)' tests/check.sh
check-long: deps
	-@$(MAKE) deps-fuzz
	+@MAKE='$(MAKE)' FUZZ_SECONDS=$(FUZZ_SECONDS) tests/check.sh --long

# Fuzz targets, tests/fuzz/fuzz_NAME.c: replay-NAME runs the files of a folder through one, with any compiler;
# fuzz-NAME (VARIANT=fuzz CC=clang) is libFuzzer's search for new ones.
FUZZ_SRC     := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SRC))
$(BIN)/replay-%: $(OBJ)/tests/fuzz/fuzz_%.o $(OBJ)/tests/fuzz/replay.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call tell,LINK $@) $(link) -o $@
$(BIN)/fuzz-%: $(OBJ)/tests/fuzz/fuzz_%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call tell,LINK $@) $(link) -fsanitize=fuzzer -o $@
fuzz: deps-fuzz
	@$(MAKE) $(parallel) VARIANT=fuzz CC=clang $(patsubst %,build/fuzz/bin/fuzz-%,$(FUZZ_TARGETS))

BENCH_SRC := $(call sources,tests/bench)
$(BIN)/bench: $(call objects,$(BENCH_SRC)) $(ARCHIVES)
	@mkdir -p $(@D)
	$(call tell,LINK $@) $(link) -o $@
bench: deps
	@$(MAKE) $(parallel) $(BIN)/bench
	@$(BIN)/bench

bench-verify: deps
	@$(MAKE) $(parallel) $(BIN)/bench $(BIN)/crease
	@$(BIN)/bench verify

# the data and best known errors of PEER_REFERENCE where that folder is, else data drawn from the formulas
PEER_SEEDS     ?= 5
PEER_REFERENCE ?= $(wildcard ../shared/reference/fit)
bench-peers: deps-peers
	@$(MAKE) $(parallel) $(BIN)/bench
	@$(BIN)/bench peers $(PEER_SEEDS) $(PEER_REFERENCE)

# every source compiled, nothing linked: for the warnings of a second compiler
objects: $(call objects,$(LIB_SRC) $(VERIFY_SRC) $(call sources,src/without src/without/checker) src/checker/main.c $(APP_SRC) $(CLI_SRC) $(DOMAIN_SRC) $(wildcard models/*/main.c) \
                        $(TEST_SRC) $(SUPPORT) $(BENCH_SRC) $(FUZZ_SRC))

# ---- installation: one list of MODE:FROM:TO serves install and uninstall ----
COMMANDS  := $(filter fit compare knots kinks eval convert verify regions range robust milp,$(basename $(notdir $(CLI_SRC))))
MAN_PAGES := $(patsubst %,build/man/%.1,crease $(addprefix crease-,$(COMMANDS) $(DOMAINS) $(CHECKER)))
HEADERS   := $(filter-out %/app.h,$(sort $(wildcard include/crease/*.h)))
MODEL_H   := $(wildcard $(foreach d,$(DOMAINS),models/$(d)/$(d).h) \
                 $(foreach h,calibration bellman claims/claims own/own $(addprefix risk/,households distribution lifecycle rouwenhorst plane sovereign),models/savings/$(h).h) \
                 $(foreach h,network robot loop linear/linear linear/sweep claims/claims plane/plane plane/plane_reach plane/plane_lyapunov train/train fit/fit,models/arm/$(h).h) \
                 $(foreach h,lwr/lwr lwr/godunov net/net certify/certify calibrate/calibrate,models/traffic/$(h).h) models/labs/lab.h)
DATA      := $(sort $(shell find data -type f 2>/dev/null))
INSTALLED  = $(foreach f,$(PROGRAMS),755:$(f):bin/$(notdir $(f))) \
             $(foreach f,$(LIBRARIES),644:$(f):lib/$(notdir $(f))) \
             $(foreach f,$(HEADERS),644:$(f):$(f)) \
             $(foreach f,$(MODEL_H),644:$(f):include/crease-models/$(f:models/%=%)) \
             $(foreach f,crease crease-verify crease-models,644:$(GEN)/$(f).pc:lib/pkgconfig/$(f).pc) \
             $(foreach f,$(wildcard $(MAN_PAGES)),644:$(f):share/man/man1/$(notdir $(f))) \
             $(foreach f,$(DATA),644:$(f):share/crease/$(f))

install: deps
	@$(MAKE) $(parallel) programs libraries man
	@$(MAKE) install-files
install-files: $(GEN)/crease.pc $(GEN)/crease-verify.pc $(GEN)/crease-models.pc
	@for entry in $(INSTALLED); do IFS=: read -r mode from to <<<"$$entry"; \
	    install -D -m $$mode "$$from" "$(DESTDIR)$(PREFIX)/$$to" || exit; done
	@echo 'crease $(VERSION) is installed in $(DESTDIR)$(PREFIX)'
uninstall:
	@for entry in $(INSTALLED) $(foreach f,$(notdir $(MAN_PAGES)),:$(f):share/man/man1/$(f)); do \
	    rm -f "$(DESTDIR)$(PREFIX)/$${entry##*:}"; done
	@cd "$(DESTDIR)$(PREFIX)" && for folder in include/crease include/crease-models share/crease; do \
	    [ ! -d $$folder ] || find $$folder -depth -type d -empty -delete; done

# The library is an archive, so whoever links it needs all that it needs.
$(GEN)/crease.pc: FORCE
	@$(call write,\
	    echo 'prefix=$(PREFIX)'; \
	    echo 'libdir=$${prefix}/lib'; \
	    echo 'includedir=$${prefix}/include'; \
	    echo; \
	    echo 'Name: crease'; \
	    echo 'Description: small networks for systems with kinks'; \
	    echo 'Version: $(VERSION)'; \
	    echo 'Cflags: -I$${includedir}'; \
	    echo 'Libs: -L$${libdir} -lcrease $(LDLIBS) -fopenmp')
$(GEN)/crease-verify.pc: FORCE
	@$(call write,\
	    echo 'prefix=$(PREFIX)'; \
	    echo 'libdir=$${prefix}/lib'; \
	    echo 'includedir=$${prefix}/include'; \
	    echo; \
	    echo 'Name: crease-verify'; \
	    echo 'Description: definite answers about small ReLU networks'; \
	    echo 'Version: $(VERSION)'; \
	    echo 'Requires: crease'; \
	    echo 'Libs: -L$${libdir} -lcrease-verify $(VERIFY_LIBS)')
$(GEN)/crease-models.pc: FORCE
	@$(call write,\
	    echo 'prefix=$(PREFIX)'; \
	    echo 'libdir=$${prefix}/lib'; \
	    echo 'includedir=$${prefix}/include'; \
	    echo; \
	    echo 'Name: crease-models'; \
	    echo 'Description: the traffic$(comma) savings and arm models of crease'; \
	    echo 'Version: $(VERSION)'; \
	    echo 'Requires: crease-verify'; \
	    echo 'Cflags: -I$${includedir}/crease-models'; \
	    echo 'Libs: -L$${libdir} -lcrease-models')

# ---- man pages: what --help says, an option a line, the examples unfilled ----
man: $(if $(shell command -v help2man),$(MAN_PAGES),no-man)
no-man:
	@echo 'no man pages: they are made by help2man, which is not installed'
build/man/crease.1: $(BIN)/crease
	@$(call man_page,$(BIN)/crease,small networks for systems with kinks)
$(patsubst %,build/man/crease-%.1,$(COMMANDS)): build/man/crease-%.1: $(BIN)/crease
	@$(call man_page,$(BIN)/crease $*,$(summary))
$(patsubst %,build/man/crease-%.1,$(DOMAINS) $(CHECKER)): build/man/crease-%.1: $(BIN)/crease-% $(BIN)/crease
	@$(call man_page,$(BIN)/crease-$*,$(summary))
summary  = $$($(BIN)/crease --help | sed -n 's/^  $* \{2,\}//p')
man_page = mkdir -p $(@D) && ARGP_HELP_FMT=opt-doc-col=40,rmargin=200 help2man --no-info --no-discard-stderr --section=1 \
        --manual=crease --source='crease $(VERSION)' --version-string='crease $(VERSION)' --name="$(2)" '$(1)' | \
    sed -z 's/\.IP\n\([A-Z][a-z ]*:\)\n/.SS "\1"\n/g' | \
    sed -e '/^\.SH EXAMPLES/,/^\.\(PP\|SS\|TP\)/ {s/^\.IP/.IP\n.nf/; s/^\.PP/.fi\n.SH DESCRIPTION/; s/^\.\(SS\|TP\)/.fi\n&/}' \
        -e 's/^\.TH [^ ]*/.TH $(basename $(@F))/; s/^crease[^ ]* \\- /$(basename $(@F)) \\- /; s|build/bin/||g' >$@

format:
	clang-format -i $$(find include src models tests -name '*.[ch]')

clean:
	rm -rf build

-include $(shell find build/obj/$(VARIANT) -name '*.d' 2>/dev/null)
