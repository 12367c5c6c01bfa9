#!/usr/bin/env bash
# Builds the three functions twice from what is committed or about to be, in two folders of different names, each with a home of
# Cargo at another place, and compares what comes out byte by byte. A quarter of an hour, or more.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
home=${CARGO_HOME:-$HOME/.cargo}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Neither a cache of others' nor settings of this shell have a part in it.
unset RUSTC_WRAPPER RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_TARGET_DIR

build() { # Builds in the folder $1.
  mkdir -p "$1/cargo-home" "$1/tree"
  # What is downloaded is the same; where it lies is not.
  for part in registry git config.toml; do
    if [ -e "$home/$part" ]; then ln -s "$home/$part" "$1/cargo-home/$part"; fi
  done
  git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --target-directory "$1/tree"
  (
    cd "$1/tree"
    export CARGO_HOME=$1/cargo-home PATH=$root/.venv/bin:$home/bin:$PATH
    # shellcheck source=tools/paths_of_nobody.sh
    . tools/paths_of_nobody.sh
    sam build >"$1/log" 2>&1 || { tail -30 "$1/log" >&2; exit 1; }
    cd .aws-sam/build && sha256sum ./*/bootstrap
  ) >"$1/sums"
}

for folder in "$scratch/one" "$scratch/another/of-a-longer-name"; do
  echo "building in $folder"
  build "$folder"
  cat "$folder/sums"
done
diff "$scratch/one/sums" "$scratch/another/of-a-longer-name/sums" || { echo 'the two builds differ' >&2; exit 1; }
echo 'the two builds are the same, byte by byte'
