#!/usr/bin/env bash
# Runs every event in events/ through its function with `sam local invoke`, in Lambda's own container, against the local
# stack of `make up`; then those of the webhook as requests of an API that `sam local start-api` serves. A function answers each,
# also with a refusal; one that does not start, or that ends without an answer, fails.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! docker info >/dev/null 2>&1; then
  echo 'SKIPPED: sam local invoke and start-api (they need Docker, and none answers). The same events are answered in make test.' >&2
  exit 0
fi
if [ ! -e .local/stack.json ]; then
  echo 'The local stack is not up; make up starts it.' >&2
  exit 1
fi

# The functions as Lambda runs them, and the variables that they have on the local stack. They take plain HTTP from `localhost` alone;
# a container is told that this machine, at the first address of Docker's bridge, is that too.
sam build --build-dir .local/sam/local
host=$(docker network inspect bridge --format '{{(index .IPAM.Config 0).Subnet}}' |
  python -c 'import ipaddress; print(next(ipaddress.ip_network(input()).hosts()))')
environment=.local/sam/local-environment.json
python tools/local_environment.py localhost >"$environment"
# shellcheck disable=SC2046
python tools/forward.py "$host" $(python tools/local_environment.py --ports) &
forwarding=$!
serving=
trap 'kill $forwarding $serving 2>/dev/null || true' EXIT
# A container has no role; the emulator believes this user, and whatever else there is of credentials here is nobody's business there.
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
unset AWS_SESSION_TOKEN AWS_PROFILE
settings=(--template .local/sam/local/template.yaml --env-vars "$environment" --add-host "localhost:$host" --skip-pull-image
  --region us-east-1)

failed=()
for event in events/*.json; do
  name=$(basename "$event" .json)
  function=${name%%-*}
  echo "== $name"
  answer=$(sam local invoke "${function^}Function" --event "$event" "${settings[@]}") || failed+=("$name")
  echo "$answer"
  case $name:$answer in
    # This sweep asks Twilio for the recordings of calls that are over, where the bucket has a note of one, and a container does not
    # reach Twilio: the functions connect to public addresses and to their own loopback alone, and Docker's bridge is neither.
    # That it says so, and leaves the note to the next run, is its answer.
    sweeper-retry:*'"errorMessage": "twilio GET recordings: unavailable: cannot connect"'*) ;;
    *errorType* | "$name:") failed+=("$name") ;;
  esac
done

# One container for all requests.
port=$(python -c 'import socket; free = socket.socket(); free.bind(("127.0.0.1", 0)); print(free.getsockname()[1])')
sam local start-api --port "$port" --warm-containers LAZY "${settings[@]}" >.local/sam/start-api.log 2>&1 &
serving=$!
echo '== start-api'
python tools/ask_local_api.py "$port" || failed+=(start-api)
# Asked to end, it ends its container too.
kill "$serving" && wait "$serving" || true
serving=

if [ "${#failed[@]}" -gt 0 ]; then
  echo "failed: ${failed[*]}" >&2
  exit 1
fi
