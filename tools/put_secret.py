"""Puts credentials into the secret of a deployed stack.

Usage: put_secret.py --stack tapeline --file .local/secret.json [--rotate-link-key] [--rotate-jwt-key]

The file has the form of tools/secret.example.json, with a part for each organisation. What an organisation's `airtable` gives
as null, or not at all, is the stack's parameter. The file may also hold `link_keys` and `jwt`; without them those in the secret are
kept, and the first ones are generated. `--rotate-link-key` adds a new key and signs with it from then on; the old ones go on
verifying the links that they signed. `--rotate-jwt-key` does the same for the keys of the API's tokens; to end tokens that an old
key signed, give `jwt` without it. Nothing secret is printed.
"""

import argparse
import json
import pathlib
import re
import secrets
import sys

import boto3


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stack", required=True, help="the name of the CloudFormation stack")
    parser.add_argument("--file", required=True, type=pathlib.Path, help="the credentials, as JSON")
    parser.add_argument("--rotate-link-key", action="store_true", help="sign links with a new key from now on")
    parser.add_argument("--rotate-jwt-key", action="store_true", help="sign tokens with a new key from now on")
    arguments = parser.parse_args()

    given = read(arguments.file)
    client = boto3.client("secretsmanager")
    secret = secret_of(arguments.stack)
    kept = current(client, secret)
    link_keys = merged("link_keys", kept, given, arguments.rotate_link_key)
    # Links have to work for as long as recordings are kept; tokens end by themselves, so that a key which is given counts alone.
    jwt = merged("jwt", {} if "jwt" in given else kept, given, arguments.rotate_jwt_key)
    client.put_secret_value(SecretId=secret, SecretString=json.dumps({**given, "link_keys": link_keys, "jwt": jwt}))
    names = ", ".join(sorted(given["organisations"]))
    print(f"{secret}: organisations {names}; links are signed with {link_keys['current']}, tokens with {jwt['current']}")


def read(path):
    if not path.exists():
        sys.exit(f"{path} is missing; copy tools/secret.example.json to it and fill it in")
    given = json.loads(path.read_text())
    example = pathlib.Path(__file__).with_name("secret.example.json")
    unchanged = sorted(set(strings(given)) & set(strings(json.loads(example.read_text()))))
    if unchanged:
        sys.exit(f"{path} still holds what the example holds: {', '.join(unchanged)}")
    if not given.get("organisations"):
        sys.exit(f"{path} names no organisations; tools/secret.example.json shows the form")
    problems = [f"{name}: {problem}" for name, parts in given["organisations"].items() for problem in airtable_problems(parts)]
    if problems:
        sys.exit(f"{path}: {'; '.join(problems)}")
    return given


def airtable_problems(organisation):
    """What the functions would not start with. The values are not shown."""
    airtable = organisation.get("airtable") or {}
    ids = {"base_id": "app", "table_id": "tbl"}
    fields = ("job_number_field", "call_id_field", "history_field")
    for name, value in airtable.items():
        if name not in ("token", *ids, *fields):
            yield f"airtable has no {name}"
        elif name in ids and value is not None and not re.fullmatch(f"{ids[name]}[A-Za-z0-9]{{14}}", str(value)):
            yield f"airtable's {name} is not {ids[name]} and 14 letters or digits"
        elif name in fields and value is not None and not (isinstance(value, str) and value.strip()):
            yield f"airtable's {name} is not the name of a field"


def strings(value):
    """Every text in a JSON value, but not the names, and not the name of a scheme, of which there are only three."""
    if isinstance(value, dict):
        value = [part for name, part in value.items() if name != "scheme"]
    return [text for part in value for text in strings(part)] if isinstance(value, list) else [value] * isinstance(value, str)


def secret_of(stack):
    outputs = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    for output in outputs:
        if output["OutputKey"] == "SecretArn":
            return output["OutputValue"]
    sys.exit(f"the stack {stack} has no output SecretArn")


def current(client, secret):
    try:
        return json.loads(client.get_secret_value(SecretId=secret)["SecretString"] or "{}")
    except client.exceptions.ResourceNotFoundException:
        return {}  # Nothing was put yet.


def merged(name, kept, given, rotate):
    """The keys to put under `name`: those in the secret and those given, with a new one where there is none or one is asked for."""
    kept, given = kept.get(name), given.get(name)
    keys = {**(kept or {}).get("keys", {}), **(given or {}).get("keys", {})}
    now = (given or kept or {}).get("current")
    if rotate or not keys:
        now = f"k{1 + max((int(key[1:]) for key in keys if key[1:].isdigit()), default=0)}"
        keys[now] = secrets.token_urlsafe(32)
    if now not in keys:
        sys.exit(f"{name}.current is {now!r}, which is none of its keys")
    for key, value in keys.items():
        if len(value) < 32:
            sys.exit(f"the key {key} of {name} is shorter than 32 characters; leave {name} out to have one generated")
    return {"current": now, "keys": keys}


if __name__ == "__main__":
    main()
