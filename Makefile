# Thin names for what is done here; every recipe also works typed by hand.

TUTOR := cargo run --release --quiet --
DOCKERFILES = $(wildcard assets/examples/*/Dockerfile solutions/*/Dockerfile)
# setup.sh stands for the parts that it sources.
SCRIPTS = .ci/run tests/run.sh tests/setup/setup.sh tests/setup/cargo-deny.sh tests/fuzz/run.sh $(wildcard tests/setup/images/*/prepare.sh) \
	$(addprefix tests/setup/images/alpine/,apk adduser addgroup)

# What the set-up scripts installed for the tests and nobody else.
export PATH := $(CURDIR)/.cache/setup/bin:$(PATH)

help: ## this list
	@sed -n 's/^\([a-z][a-z0-9 -]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "make %-34s %s\n", $$1, $$2 }'

run: ## the course
	cargo run --release

setup: ## what is here, what is missing, and how to get it
	$(TUTOR) setup

examples: ## build and run the three worked examples
	$(TUTOR) examples

example-1 example-2 example-3: ## build and run one worked example
	$(TUTOR) example $(@:example-%=%)

lint: ## lint the course's Dockerfiles, or DOCKERFILES='a/Dockerfile b/Dockerfile'
	$(TUTOR) lint $(DOCKERFILES)

scan: ## scan an image for vulnerabilities: IMAGE=name:tag
	@test -n "$(IMAGE)" || { echo "which image? make scan IMAGE=name:tag"; exit 2; }
	$(TUTOR) scan $(IMAGE)

clean: ## remove the images and containers that the course made
	$(TUTOR) clean

test: test-setup ## all tests, with what they need made ready first
	tests/run.sh

check: format clippy docs deny test-setup prose scripts test ## all that CI asks for

bench: test-setup ## measure, with peers beside it
	cargo bench --quiet --bench bench

cohort: test-setup ## 2,000 learners in one workshop on this machine: what is lost, how late the board is
	cargo bench --quiet --bench cohort

rules: ## write the reference of lint rules, src/lint/rules.md, anew
	cargo run --quiet -- lint --list-rules --format markdown > src/lint/rules.md.new
	mv src/lint/rules.md.new src/lint/rules.md

fuzz: ## fuzz parse, lint and fixes: SECONDS_TO_RUN=600
	tests/fuzz/run.sh

docs: ## the code's documentation, warnings denied
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --quiet

advisories: ## ask the advisory database about the dependencies (needs the network)
	"$$(tests/setup/cargo-deny.sh)" check advisories

test-setup: # engine, base images, peers
	tests/setup/setup.sh

format:
	cargo fmt --check

clippy:
	cargo clippy --quiet --all-targets -- -D warnings

deny: # licences, bans, sources
	"$$(tests/setup/cargo-deny.sh)" --log-level warn check licenses bans sources

prose: # spelling, where typos is there
	@if command -v typos >/dev/null; then typos; else echo "left out: typos is not there"; fi

scripts: # shell scripts, where shellcheck is there
	@if command -v shellcheck >/dev/null; then shellcheck -a -x $(SCRIPTS); \
	else echo "left out: shellcheck is not there"; fi

.PHONY: help run setup examples example-1 example-2 example-3 lint scan clean test check bench cohort fuzz rules docs \
	advisories test-setup format clippy deny prose scripts
