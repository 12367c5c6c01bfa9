"""Copies what is at a URL to S3 as a Python program would: boto3's `upload_fileobj` over a stream.

    python copy_to_s3.py ENDPOINT BUCKET URL KEY...     one process; a key after the first is a copy by a warm one

A warm copy is told by its seconds, one line each.
"""

import sys
import time
import urllib.request

import boto3
from botocore.config import Config


def main() -> None:
    endpoint, bucket, url, *keys = sys.argv[1:]
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(s3={"addressing_style": "path"}),
    )
    for key in keys:
        started = time.perf_counter()
        with urllib.request.urlopen(url) as source:
            client.upload_fileobj(source, bucket, key)
        print(time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    main()
