# Each command sets up what it needs. Rust (with cargo) and Python 3.11 or newer must be there; nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

# Makes .venv; all else runs in there.
PYTHON ?= python3
# The section of samconfig.toml to deploy: default, staging, prod.
ENV ?= default
# Where `make secret` puts the credentials, and from which file.
STACK ?= tapeline
FILE ?= .local/secret.json
# Whom `make token` issues a token for, for what, and for how long.
ORG ?= default
SUB ?= $(USER)
PERMISSIONS ?= view_call_history
HOURS ?= 12
# What `make chaos` does: kills that meet an invocation, recordings that meet a fault, and what decides which.
KILLS ?= 500
TRANSFERS ?= 5000
SEED ?= 1
# A bootstrap larger than this fails the check: it costs every cold start. It may only be lowered; the target is 6.
BOOTSTRAP_CEILING_MB ?= 11

TOOLS := .venv/.installed
JUDGES := .venv-judges/.installed
NODE_JUDGES := tools/judges/node_modules/.package-lock.json
TESTER := .local/schemathesis/.installed
PROGRAMS = $(or $(CARGO_TARGET_DIR),target)/$(CARGO_BUILD_TARGET)/debug
AUDITORS := .local/cargo/.installed
CHECKOV := .local/checkov/.installed
AWSCLI := .local/awscli/.installed
SBOM := .local/cargo/.sbom-installed

# One target for all builds, named as cargo-lambda names it, so that they share what is compiled.
export CARGO_BUILD_TARGET := $(shell rustc --print host-tuple)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
export PYTHONDONTWRITEBYTECODE := 1
# No proxy stands between this machine and itself.
export NO_PROXY := localhost,127.0.0.1,$(NO_PROXY)
export no_proxy := $(NO_PROXY)

.PHONY: help demo up down test alarms browse rehearse simulate chaos load bench cost fuzz check format-check lint docs-check template-check fakes-check \
	crates-check bootstraps-check reproducible audit sbom local-invoke deploy doctor secret token tools aws-cli judges tester programs

help: ## Says what the commands are
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 16

demo: programs ## Runs the main job from a signed webhook to the link, on this machine
	$(PROGRAMS)/demo

up: programs ## Starts the whole system on this machine and leaves it running
	$(PROGRAMS)/up

down: programs ## Ends what `make up` started, and nothing else
	$(PROGRAMS)/down

# All programs below tests/ at once: another selection would be compiled with other features of what it depends on.
programs: $(TOOLS)
	cargo build --locked --workspace $(addprefix --exclude=,recordings webhook transfer sweeper) --bins

test: $(TOOLS) ## Runs every test
	@$(MAKE) --no-print-directory --keep-going judges || \
		echo 'SKIPPED: some official clients of Vapi and ElevenLabs, or axe, cannot be installed' >&2
	@$(MAKE) --no-print-directory tester || echo 'SKIPPED: the tester of the API, schemathesis, cannot be installed' >&2
	.venv/bin/python -m unittest discover --start-directory tools --pattern 'test_*.py'
	@# The tests leave a stack that was up before as it was, and end one that they started.
	@was_up=$$(test -e .local/stack.json && echo yes || true); status=0; \
	python tools/count_tests.py cargo test --workspace --locked --no-fail-fast || status=$$?; \
	if [ -z "$$was_up" ]; then $(MAKE) --no-print-directory down >/dev/null 2>&1; fi; \
	exit $$status

chaos: programs ## Lets everybody fail, kills the functions at random, and looks at what is left (KILLS, TRANSFERS, SEED)
	$(PROGRAMS)/chaos --kills $(KILLS) --transfers $(TRANSFERS) --seed $(SEED)

alarms: $(TOOLS) ## Lets each class of failure happen on a stack of its own, and asks which alarms it raises
	cargo test --locked --package demo --test alarms

browse: $(TOOLS) ## Uses the dashboard as people do, in Chromium, on the deployed stack; five minutes
	@$(MAKE) --no-print-directory judges || echo 'SKIPPED: axe cannot be installed' >&2
	cargo test --locked --package demo --test dashboard

rehearse: $(TOOLS) $(AWSCLI) ## Goes through docs/install.md, breaks a stack and mends it by the runbook, deploys each parameter changed
	@# One after the other: two builds at once would take each other's programs away.
	cargo test --locked --package demo --test operator -- --test-threads=1

reproducible: $(TOOLS) ## Builds the functions twice, in two places, and compares them byte by byte; a quarter of an hour
	tools/reproducible.sh

# Storms of many seeds from one on; or one case, from a line that a failure printed, with all that happens in it.
SEEDS ?= 20000
FROM ?= 1
REPLAY ?=
simulate: ## Plays the installation through storms of faults (SEEDS=1000000, FROM=1), or one case again (REPLAY='scenario=…')
	cargo run --locked --quiet --profile simulation --package simulation --features driver --bin simulate -- \
		$(if $(REPLAY),--replay '$(REPLAY)',--seeds $(SEEDS) --from $(FROM))

check: format-check lint docs-check template-check fakes-check crates-check bootstraps-check ## Checks all that needs no running: style, lints, documents, template, binaries

format-check:
	cargo fmt --all --check

lint:
	cargo clippy --workspace --all-targets --locked -- -D warnings

docs-check:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked

# The template is looked through as it is written and as SAM makes it; what is waived is in .checkov.yaml, with reasons.
template-check: $(TOOLS) $(CHECKOV)
	cfn-lint template.yaml
	sam validate --lint --region us-east-1
	python tools/transformed.py > .local/checkov/transformed.json
	.local/checkov/bin/checkov --config-file .checkov.yaml --file template.yaml .local/checkov/transformed.json

# Cargo unifies features: a test crate that asked for the fakes as an ordinary dependency would ship them.
fakes-check:
	@if cargo tree --workspace --locked --edges normal,features --invert recordings | grep 'feature "fakes"'; \
	then echo 'the fakes would be compiled into the functions' >&2; exit 1; fi

# What is compiled into a function is what may be wrong with it, and what its every start reads. That it rises is a decision.
CRATES_CEILING ?= 225
crates-check:
	@for function in webhook transfer sweeper; do \
		crates=$$(cargo tree --locked --package $$function --edges normal --prefix none --no-dedupe | awk '{print $$1, $$2}' | sort -u | wc -l); \
		echo "$$function: $$crates crates"; \
		if [ "$$crates" -gt $(CRATES_CEILING) ]; then echo "more than $(CRATES_CEILING)" >&2; exit 1; fi; \
	done

# What is deployed: linked by zig against a glibc that Amazon Linux 2023 has.
bootstraps-check: $(TOOLS)
	. tools/paths_of_nobody.sh && sam build
	python tools/check_bootstraps.py --glibc 2.34 --ceiling-mb $(BOOTSTRAP_CEILING_MB) .aws-sam/build/*/bootstrap

audit: $(AUDITORS) ## Checks the dependencies: licences, sources, advisories, unused ones
	PATH="$(CURDIR)/.local/cargo/bin:$$PATH" tools/audit.sh

sbom: $(SBOM) ## Lists what the three functions are made of, as CycloneDX, into target/sbom
	tools/sbom.sh

local-invoke: $(TOOLS) ## Runs every file in events/ through its function in Lambda's container, by invoke and start-api (needs `make up` and Docker)
	tools/sam_local.sh

fuzz: ## Looks for bytes from outside that break a promise (TARGET=link_tokens, SECONDS=60 for each)
	tools/fuzz.sh "$(TARGET)" "$(SECONDS)"

load: $(TOOLS) ## Sends 10,000 signed webhooks at once and looks for every recording (WEBHOOKS=1000)
	cargo run --quiet --locked --package burst -- $(WEBHOOKS)

# What is measured is built as it is deployed; what measures is built apart, and lends it no features.
RELEASE = $(or $(CARGO_TARGET_DIR),target)/$(CARGO_BUILD_TARGET)/release
BENCH ?=
# What `sam build` made of the functions is started and weighed too, where it is there (BENCH='--bootstraps FOLDER').
bench: $(TOOLS) ## Measures copies, starts, events, histories and sweeps next to peers and ceilings (BENCH='--rounds 3 --only copy', BENCH=--large)
	@$(MAKE) --no-print-directory bench-peers || echo 'SKIPPED: the peer in Node cannot be installed' >&2
	cargo build --quiet --locked --release
	cargo build --quiet --locked --release --package bench --bin bench --bin hello
	cargo build --quiet --locked --release --package bench --example inside
	$(RELEASE)/bench --functions $(RELEASE) $(BENCH)

# What so many calls a month cost, of so many minutes.
CALLS ?= 10000
MINUTES ?= 5
cost: ## Says what CALLS=10000 a month of MINUTES=5 cost, a recording and a month, next to leaving them at Twilio
	@cargo run --quiet --locked --package template --bin cost -- $(CALLS) $(MINUTES)

.PHONY: bench-peers
bench-peers: tools/bench/node_modules/.package-lock.json

tools/bench/node_modules/.package-lock.json: tools/bench/package-lock.json
	npm ci --prefix tools/bench
	touch $@

deploy: $(TOOLS) ## Deploys to AWS (ENV=default asks; ENV=staging and ENV=prod follow samconfig.toml)
	. tools/paths_of_nobody.sh && sam build --config-env $(ENV)
	sam deploy --config-env $(ENV) $(if $(filter default,$(ENV)),--guided)

doctor: $(TOOLS) ## Has STACK look now whether all outside of it is set as it should be, and says what to do
	@python tools/doctor.py --stack $(STACK)

secret: $(TOOLS) ## Puts the credentials in FILE into the secret of STACK, with new keys of links and tokens where there are none
	python tools/put_secret.py --stack $(STACK) --file $(FILE)

token: $(TOOLS) ## Issues a token for the API of STACK (ORG=default SUB=ada@example.com PERMISSIONS=view_call_history HOURS=12)
	@python tools/issue_token.py --stack $(STACK) --org $(ORG) --sub "$(SUB)" --permissions $(PERMISSIONS) --hours $(HOURS)

tools: $(TOOLS) ## Installs the pinned tools into .venv

$(TOOLS): tools/requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	rm -rf .venv
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

judges: $(JUDGES) $(NODE_JUDGES) ## Installs the official clients of Vapi and ElevenLabs for Python and Node, and axe; tests let them judge the stand-ins and the dashboard

$(JUDGES): tools/requirements-judges.txt
	rm -rf .venv-judges
	$(PYTHON) -m venv .venv-judges
	.venv-judges/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

# Node need not be there: without it, the test says that it skipped these.
$(NODE_JUDGES): tools/judges/package-lock.json
	npm ci --prefix tools/judges
	touch $@

tester: $(TESTER) ## Installs schemathesis into .local/schemathesis; a test lets it try the API by its OpenAPI document

$(TESTER): tools/schemathesis-requirements.txt
	rm -rf .local/schemathesis
	$(PYTHON) -m venv .local/schemathesis
	.local/schemathesis/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

# In an environment of its own: it wants other versions of what the tools need.
$(CHECKOV): tools/checkov-requirements.txt
	rm -rf .local/checkov
	$(PYTHON) -m venv .local/checkov
	.local/checkov/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

aws-cli: $(AWSCLI) ## Installs the AWS command line into .local/awscli; the tests run with it what the documents say

# In an environment of its own, as checkov.
$(AWSCLI): tools/awscli-requirements.txt
	rm -rf .local/awscli
	$(PYTHON) -m venv .local/awscli
	.local/awscli/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

$(SBOM): Makefile
	cargo install --locked --root .local/cargo --target-dir .local/cargo/target cargo-cyclonedx@0.5.9
	touch $@

$(AUDITORS): Makefile
	cargo install --locked --root .local/cargo --target-dir .local/cargo/target cargo-deny@0.20.2 cargo-machete@0.9.2
	touch $@
