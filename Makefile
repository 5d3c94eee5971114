# One verb per need; `make` alone prints them. Scripts do the work: .ci/ and guest-examples/.
# Variables: CONFIG, FUZZ_SECONDS, SOAK_SECONDS, BENCH_ARGS, COVERAGE_ARGS, LANGS ("c go", or all),
# and cargo's own (CARGO_TARGET_DIR, CARGO_BUILD_JOBS).

CARGO        ?= cargo
CONFIG       ?= guest-examples/demo.toml
FUZZ_SECONDS ?= 60
SOAK_SECONDS ?= 600
BENCH_ARGS   ?=
COVERAGE_ARGS ?=
LANGS        ?= rust
languages     = $(if $(filter all,$(LANGS)),$(notdir $(patsubst %/build.sh,%,$(wildcard guest-examples/*/build.sh))),$(LANGS))
BIN          := $(or $(CARGO_TARGET_DIR),target)/debug

.PHONY: help run test bench guests guests-all conformance lint lint-quick e2e soak fresh coverage release fuzz docs reference sdks new-event new-module new-check wit-check wit-freeze
.DEFAULT_GOAL := help

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: guests ## build all and start the demo: SIP on 127.0.0.1:5060, admin on 127.0.0.1:8060
	@.ci/need sipp || echo "need: the server runs without it; SIPp is only what calls it"
	@.ci/build --workspace --bin evroute
	@exec .ci/demo $(BIN)/evroute $(CONFIG)

test: LANGS = rust c
test: guests ## everything that must pass before a change lands
	@.ci/need build procps sipp phones browser nat postgres kamailio registry tls
	@.ci/test

bench: guests ## every number this project claims, beside Kamailio, in one run
	@.ci/need build sipp kamailio tls
	@.ci/bench $(BENCH_ARGS)

guests: ## build the example handlers of LANGS (rust) to components
	@.ci/need build $(languages)
	@guest-examples/build.sh $(languages)

guests-all: LANGS = all
guests-all: guests ## build the example handlers of every language

conformance: LANGS = all
conformance: guests ## the examples of LANGS (all) do the same, new projects pass their cases: a table with sizes, times and fuel
	$(CARGO) build --workspace --bin evroute --bin evroute-conformance
	@$(BIN)/evroute-conformance $(if $(filter all,$(LANGS)),,$(languages))

lint: ## formatting, clippy with warnings as errors, licences, sources, advisories
	@.ci/need build deny
	@.ci/lint

lint-quick: ## the same without clippy, which builds every dependency once more
	@.ci/need build deny
	@.ci/lint quick

e2e: guests ## only the suites that call through a running server with real SIPp
	@.ci/need build procps sipp phones browser nat postgres kamailio registry tls
	@.ci/test e2e

soak: guests ## SOAK_SECONDS (600) of calls over UDP, TCP and TLS at once, certificates renewed meanwhile: none lost, memory flat
	@.ci/need build procps sipp tls
	EVROUTE_SOAK_SECONDS=$(SOAK_SECONDS) $(CARGO) test -p evroute-tests --test e2e -- --nocapture soak

fresh: ## make run and make test in a new Debian root that has only what the README asks for
	@.ci/need fresh
	@.ci/fresh

coverage: guests ## which lines the tests go through: target/llvm-cov/html (everything is built once more)
	@.ci/need build coverage procps sipp phones browser nat postgres kamailio registry tls
	@.ci/coverage $(COVERAGE_ARGS)

release: ## what a release consists of, in target/release-VERSION: the command, its manual, SHA256SUMS, an SBOM
	@.ci/need build sbom
	@.ci/release

fuzz: ## fuzz what reads messages and components, each target for FUZZ_SECONDS
	@.ci/fuzz $(FUZZ_SECONDS)

reference: ## print the tables of docs/reference.md anew
	$(CARGO) build --workspace --bin evroute
	@.ci/reference $(BIN)/evroute

sdks: ## print those parts of the languages' SDKs anew that are functions of wit/
	$(CARGO) build --workspace --bin evroute-sdks
	@$(BIN)/evroute-sdks

new-event: ## begin an event, NAME=dialog:start: skeletons with marks, and what is printed from the WIT
	@$(CARGO) run --quiet -p evroute-skeletons -- event "$(NAME)"
	@$(CARGO) fmt --all

new-module: ## begin a module, NAME=dialog
	@$(CARGO) run --quiet -p evroute-skeletons -- module "$(NAME)"
	@$(CARGO) fmt --all

new-check: ## a throw-away module and event compile, in a copy of the tree (minutes: CI runs it at night)
	@.ci/skeletons

docs: ## this workspace's API documentation, warnings as errors
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps

wit-check: ## the WIT parses, every item is documented, handlers built against released packages still load
	$(CARGO) test -p evroute-tests --test tidy -- wit

wit-freeze: ## part of a release: lay a copy of each new package of wit/deps into wit/released
	@.ci/freeze
