"""Has the doctor of a deployed stack look now, and shows what it found and what to do.

Usage: doctor.py --stack tapeline

Ends with 0 when all is as it should be, with 1 when something is not or a check could not look, and with 2 when the doctor
could not be asked.
"""

import argparse
import json
import sys
import textwrap

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# The function's own time-out is 240 s. It is asked once: a look that is under way goes on without us.
PATIENCE = Config(read_timeout=300, retries={"total_max_attempts": 1})
FINE, NOT_FINE, NOT_ASKED = 0, 1, 2


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stack", required=True, help="the name of the CloudFormation stack")
    arguments = parser.parse_args()
    try:
        checkup = asked(boto3.client("lambda", config=PATIENCE), sweeper_of(arguments.stack))
    except (BotoCoreError, ClientError, NoAnswer) as problem:
        print(f"the doctor could not be asked: {problem}", file=sys.stderr)
        return NOT_ASKED
    print(report(checkup))
    return status(checkup)


class NoAnswer(Exception):
    """The function did not give what it was asked for."""


def sweeper_of(stack):
    outputs = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    for output in outputs:
        if output["OutputKey"] == "SweeperFunctionName":
            return output["OutputValue"]
    raise NoAnswer(f"the stack {stack} has no output SweeperFunctionName")


def asked(client, function):
    answer = client.invoke(FunctionName=function, Payload=json.dumps({"job": "doctor"}))
    outcome = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise NoAnswer(f"{function} failed: {outcome.get('errorMessage', 'see its log')}")
    if not (outcome.get("doctor") or {}).get("checks"):
        raise NoAnswer(f"{function} looked at nothing; is the secret filled in?")
    return outcome["doctor"]


def report(checkup):
    """The table of checks, and below it what to do about each finding."""
    rows = [("CHECK", "OF", "LOOKED AT", "RESULT")]
    rows += [(check["name"], whose(check), str(check["looked_at"]), result(check)) for check in checkup["checks"]]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[3]]) for row in rows]
    for check in checkup["checks"]:
        for finding in check["findings"]:
            done = " (mended just now)" if finding["mended"] else ""
            lines += ["", f"{finding['what']}: {whose(check)}, {finding['subject']}{done}"]
            lines += textwrap.wrap(finding["advice"], 100, initial_indent="  ", subsequent_indent="  ")
        if "failed" in check:
            lines += ["", f"{check['name']} of {whose(check)} could not look: {check['failed']}"]
            lines += ["  The log has the cause: log_type doctor_could_not_look. docs/runbook.md, doctor-finding."]
    return "\n".join(lines)


def whose(check):
    return " ".join(filter(None, [check.get("organisation", "the installation"), check.get("provider")]))


def result(check):
    unmended = sum(not finding["mended"] for finding in check["findings"])
    mended = len(check["findings"]) - unmended
    parts = [
        f"{unmended} to do" if unmended else "",
        f"{mended} mended" if mended else "",
        f"could not look ({check['failed']})" if "failed" in check else "",
    ]
    return ", ".join(filter(None, parts)) or "fine"


def status(checkup):
    def is_fine(check):
        return "failed" not in check and all(finding["mended"] for finding in check["findings"])

    return FINE if all(map(is_fine, checkup["checks"])) else NOT_FINE


if __name__ == "__main__":
    sys.exit(main())
