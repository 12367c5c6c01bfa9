"""Asks what `sam local start-api` serves for each thing that events/ has a webhook's or a person's request of.

Usage: ask_local_api.py PORT

Prints what was answered. Any answer of the function's will do; one of start-api's own, for a path that it does not know or a function
that did not answer, ends it with 1.
"""

import base64
import http.client
import json
import pathlib
import sys
import time

# A container begins in seconds, where the machine does nothing else.
PATIENCE = 60
# Those are in front of the function, or for it alone.
NOT_OURS = ("content-length", "host", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-amzn-trace-id")


def main():
    port = int(sys.argv[1])
    until_it_listens(port)
    failed = []
    for file in sorted(pathlib.Path("events").glob("webhook-*.json")):
        status, body = answer(port, *request(json.loads(file.read_text())))
        print(status, file.stem)
        if is_not_the_functions(status, body):
            failed.append(file.stem)
    if failed:
        print(f"not answered by the function: {' '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def request(event):
    """The method, the path, the body and the headers that API Gateway makes such an event of."""
    path = event["rawPath"] + ("?" + event["rawQueryString"] if event.get("rawQueryString") else "")
    body = event.get("body") or ""
    body = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    headers = {name: value for name, value in event["headers"].items() if name not in NOT_OURS}
    return event["requestContext"]["http"]["method"], path, body, headers


def answer(port, method, path, body, headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    return response.status, response.read()


def is_not_the_functions(status, body):
    # 501 is the function's: it says of a message that another server has to answer it.
    return (status >= 500 and status != 501) or b"Missing Authentication Token" in body


def until_it_listens(port):
    for _ in range(PATIENCE * 10):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.connect()
            connection.close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"nobody listens at port {port}")


if __name__ == "__main__":
    sys.exit(main())
