"""Prints the variables of the functions on the local stack, in the form that `sam local invoke --env-vars` reads.

Usage: local_environment.py [HOST]        the variables, with HOST in the place of this machine's own name for itself
       local_environment.py --ports       the ports that they lead to

They come from the emulator, which was told them by the template.
"""

import json
import pathlib
import re
import sys

import boto3

FUNCTIONS = {"webhook": "WebhookFunction", "transfer": "TransferFunction", "sweeper": "SweeperFunction"}
# What providers and people call it, wherever the functions run: signatures are over it.
OURS = ("PUBLIC_BASE_URL", "S3_PUBLIC_ENDPOINT")
HERE = re.compile(r"^http://(?:localhost|127\.0\.0\.1):(\d+)")


def main():
    record = json.loads(pathlib.Path(".local/stack.json").read_text())
    endpoint = f"http://localhost:{record['ports']['emulator']}"
    client = boto3.client(
        "lambda", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    names = [name for name in record["deployment"]["outputs"].values() if name.split("-")[-1] in FUNCTIONS]
    found = variables(client, names)
    if sys.argv[1:] == ["--ports"]:
        print(*ports(found))
    else:
        print(json.dumps(seen_from_elsewhere(found, sys.argv[1]) if sys.argv[1:] else found, indent=2))


def variables(client, names):
    """The variables of each function, by its id in the template."""
    by_id = {}
    for name in names:
        settings = client.get_function_configuration(FunctionName=name)
        by_id[FUNCTIONS[name.split("-")[-1]]] = settings["Environment"]["Variables"]
    return by_id


def ports(by_id):
    """Where on this machine the variables lead."""
    leading = (value for of in by_id.values() for name, value in of.items() if name not in OURS)
    return sorted({int(found[1]) for value in leading if (found := HERE.match(value))})


def seen_from_elsewhere(by_id, host):
    """The same variables, for who calls this machine by another name."""

    def told(name, value):
        return value if name in OURS else HERE.sub(rf"http://{host}:\1", value)

    return {id: {name: told(name, value) for name, value in of.items()} for id, of in by_id.items()}


if __name__ == "__main__":
    main()
