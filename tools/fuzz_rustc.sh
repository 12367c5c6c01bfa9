#!/usr/bin/env bash
# Compiles a crate, and lets libFuzzer watch it only if bytes from outside are read in it: watching all that AWS's clients
# bring along would take most of an hour to compile, and no target runs a line of it.
set -euo pipefail
watched=' fuzzing recordings webhook transfer serde serde_json jiff form_urlencoded percent_encoding url http headers base64 '

name='' plain=()
for ((place = 1; place <= $#; place++)); do
  argument=${!place}
  if [ "$argument" = --crate-name ]; then following=$((place + 1)) && name=${!following}; fi
  case $argument in
    -Cpasses=sancov-module | -Cllvm-args=-sanitizer-coverage-* | -Ccodegen-units=1) ;;
    *) plain+=("$argument") ;;
  esac
done
# The targets themselves are named as the crates' places are, and have to hold the counters.
if [ -z "$name" ] || [[ $watched == *" $name "* ]] || [[ " $* " == *'fuzz_targets/'* ]]; then exec "$@"; fi
exec "${plain[@]}"
