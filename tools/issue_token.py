"""Issues a token for the API of a deployed stack.

Usage: issue_token.py --stack tapeline --org default --sub ada@example.com [--permissions view_call_history,operate] [--hours 12]

The token is signed with the current key of `jwt` in the stack's secret, which `make secret` generates. Whoever has it may do in
that organisation what its permissions name, until it ends; the accesses to audio are recorded under `--sub`. It is printed alone,
to be put behind `Authorization: Bearer`.
"""

import argparse
import base64
import hashlib
import hmac
import json
import sys
import time

PERMISSIONS = ("view_call_history", "manage_recordings", "operate")
LONGEST_HOURS = 24 * 366


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stack", required=True, help="the name of the CloudFormation stack")
    parser.add_argument("--org", default="default", help="the organisation whose recordings it is for")
    parser.add_argument("--sub", required=True, help="who it is for, as it stands in the records of accesses")
    parser.add_argument("--permissions", default=PERMISSIONS[0], help=f"separated by commas: {', '.join(PERMISSIONS)}")
    parser.add_argument("--hours", type=float, default=12, help="until it ends")
    arguments = parser.parse_args()

    import boto3  # Not needed by the tests.
    from put_secret import current, secret_of

    secret = current(boto3.client("secretsmanager"), secret_of(arguments.stack))
    print(issue(secret, arguments.org, arguments.sub, arguments.permissions.split(","), arguments.hours, time.time()))


def issue(secret, org, sub, permissions, hours, now):
    """The token, as the webhook function reads it (functions/webhook/src/api/token.rs)."""
    keys = secret.get("jwt") or sys.exit("the secret holds no key of tokens; run make secret")
    if org not in secret.get("organisations", {}):
        sys.exit(f"the secret has no organisation {org!r}")
    unknown = [permission for permission in permissions if permission not in PERMISSIONS]
    if unknown:
        sys.exit(f"no such permission: {', '.join(unknown)}; there are {', '.join(PERMISSIONS)}")
    if not sub.strip() or not 0 < hours <= LONGEST_HOURS:
        sys.exit("a token needs somebody whom it is for, and ends within a year")
    header = {"alg": "HS256", "typ": "JWT", "kid": keys["current"]}
    claims = {
        "aud": "tapeline",
        "org": org,
        "sub": sub.strip(),
        "permissions": permissions,
        "iat": int(now),
        "exp": int(now + hours * 3600),
    }
    message = b".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    seal = hmac.new(keys["keys"][keys["current"]].encode(), message, hashlib.sha256).digest()
    return b".".join((message, base64url(seal))).decode()


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


if __name__ == "__main__":
    main()
