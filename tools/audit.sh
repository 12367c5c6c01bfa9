#!/usr/bin/env bash
# Checks the dependencies. The database of advisories is fetched from the network; when it is out of reach, that check
# alone is skipped, and said to be.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo deny --locked check bans licenses sources
cargo machete

if cargo deny --log-level off fetch db; then
  cargo deny --locked check advisories
else
  echo 'SKIPPED: cargo deny check advisories (the database of advisories is out of reach)' >&2
fi
