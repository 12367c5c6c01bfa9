"""Prints the variables of the functions on the local stack, in the form that `sam local invoke --env-vars` reads.

They come from the emulator, which was told them by the template.
"""

import json
import pathlib

import boto3

FUNCTIONS = {"webhook": "WebhookFunction", "transfer": "TransferFunction", "sweeper": "SweeperFunction"}


def main():
    record = json.loads(pathlib.Path(".local/stack.json").read_text())
    endpoint = f"http://localhost:{record['ports']['emulator']}"
    client = boto3.client(
        "lambda", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    names = [name for name in record["deployment"]["outputs"].values() if name.split("-")[-1] in FUNCTIONS]
    print(json.dumps(variables(client, names), indent=2))


def variables(client, names):
    """The variables of each function, by its id in the template."""
    by_id = {}
    for name in names:
        settings = client.get_function_configuration(FunctionName=name)
        by_id[FUNCTIONS[name.split("-")[-1]]] = settings["Environment"]["Variables"]
    return by_id


if __name__ == "__main__":
    main()
