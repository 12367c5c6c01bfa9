#!/usr/bin/env bash
# Throws bytes at every place where they come in from outside, or at the one that is named, each for so many seconds.
# With a nightly compiler libFuzzer does it, or with RUSTC_BOOTSTRAP=1 on any; without one, the property tests do.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-} seconds=${2:-60}
# A longer input says nothing that a shorter one cannot, and answers come one by one.
limits=(-max_total_time="$seconds" -max_len=16384 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1)

if cargo +nightly --version >/dev/null 2>&1; then
  cargo=(cargo +nightly)
elif [ "${RUSTC_BOOTSTRAP:-}" = 1 ]; then
  cargo=(cargo)
else
  {
    echo 'NOT FUZZED: libFuzzer needs a nightly compiler (rustup toolchain install nightly), and none is there.'
    echo 'The same bodies run as property tests instead, with more cases.'
  } >&2
  PROPTEST_CASES=$((seconds * 100)) cargo test --locked --package fuzzing --lib "properties::$target"
  exit
fi

if [ ! -x .local/cargo/bin/cargo-fuzz ]; then
  cargo install --locked --root .local/cargo --target-dir .local/cargo/target cargo-fuzz@0.13.2
fi
export PATH="$PWD/.local/cargo/bin:$PATH"

# The code forbids unsafe, so that a sanitizer would find little, and it would cost half of the executions.
options=(--sanitizer none)
export RUSTC_WRAPPER="$PWD/tools/fuzz_rustc.sh"

"${cargo[@]}" run --quiet --locked --manifest-path fuzz/Cargo.toml --release --bin seeds
if [ -n "$target" ]; then targets=("$target"); else mapfile -t targets < <("${cargo[@]}" fuzz list); fi
for target in "${targets[@]}"; do
  echo "== $target, for $seconds seconds"
  "${cargo[@]}" fuzz run "${options[@]}" "$target" -- "${limits[@]}" 2>&1 |
    grep --line-buffered --extended-regexp 'panicked|^assertion|^ *(left|right):|ERROR|SUMMARY|Test unit|stat::|^Done'
done
