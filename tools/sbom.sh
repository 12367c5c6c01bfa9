#!/usr/bin/env bash
# Lists what is compiled into each function, as CycloneDX 1.5: no tests, no build tools, the features that it has there.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.local/cargo/bin:$PATH"

# The tool writes beside each manifest.
trap 'find functions tests -name bom.cdx.json -delete' EXIT
cargo cyclonedx --format json --spec-version 1.5 --override-filename bom.cdx --no-build-deps \
  --target "${CARGO_BUILD_TARGET:-$(rustc --print host-tuple)}"
mkdir -p target/sbom
for function in webhook transfer sweeper; do
  cp "functions/$function/bom.cdx.json" "target/sbom/$function.cdx.json"
  echo "target/sbom/$function.cdx.json: $(grep -c '"purl"' "target/sbom/$function.cdx.json") entries"
done
