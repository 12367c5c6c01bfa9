#!/usr/bin/env bash
# Runs every event in events/ through its function with `sam local invoke`, in Lambda's own container, against the local
# stack of `make up`. A function answers each of them, also with a refusal; one that does not start, or that ends without an
# answer, fails.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! docker info >/dev/null 2>&1; then
  echo 'SKIPPED: sam local invoke (it needs Docker, and none answers). The same events are answered in make test.' >&2
  exit 0
fi
if [ ! -e .local/stack.json ]; then
  echo 'The local stack is not up; make up starts it.' >&2
  exit 1
fi

# The functions as Lambda runs them, and the variables that they have on the local stack.
sam build --build-dir .local/sam/local
environment=.local/sam/local-environment.json
python tools/local_environment.py >"$environment"

failed=0
for event in events/*.json; do
  name=$(basename "$event" .json)
  function=${name%%-*}
  echo "== $name"
  answer=$(sam local invoke "${function^}Function" --template .local/sam/local/template.yaml --event "$event" \
    --env-vars "$environment" --docker-network host --skip-pull-image) || failed=1
  echo "$answer"
  case $answer in *errorType*function_stopped* | '') failed=1 ;; esac
done
exit "$failed"
