# To be sourced before `sam build`: whoever builds, wherever, the same paths stand in the binaries (in the messages of panics),
# and nobody's folders. Whoever sets RUSTFLAGS, be it to nothing, knows better.
nobodys="--remap-path-prefix=$PWD=/tapeline --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
if [ -n "${CARGO_TARGET_DIR:-}" ]; then nobodys+=" --remap-path-prefix=$CARGO_TARGET_DIR=/tapeline/target"; fi
export RUSTFLAGS="${RUSTFLAGS-$nobodys}"
