"""Runs the AWS emulator with three things mended that the functions rely on.

S3 keeps one CRC64NVME for a whole object, however it was sent; the emulator makes a checksum of the parts' checksums
instead, and so refuses every correct one when a multipart upload is completed.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html

It computes CRC64NVME byte by byte in Python, a second for ten megabytes, in which it answers nobody. The AWS runtime
that comes with the SAM command line takes a thousandth of that.

CloudFormation leaves out some of what a template says of its resources; see emulated_resources.py.
"""

import inspect

import emulated_resources
from awscrt import checksums
from ministack import app
from ministack.services import s3


def whole_object_checksum(algorithm, parts, digests):
    if algorithm == "CRC64NVME":
        return s3._compute_s3_checksum(algorithm, b"".join(parts)), "FULL_OBJECT"
    return s3._composite_checksum(algorithm, digests), "COMPOSITE"


def mend(function, replacements):
    source = inspect.getsource(function)
    for old, new in replacements:
        if source.count(old) != 1:
            raise SystemExit(f"the emulator has changed: {old!r} is there {source.count(old)} times")
        source = source.replace(old, new)
    s3.whole_object_checksum = whole_object_checksum
    exec(compile(source, f"<{function.__name__}, mended>", "exec"), s3.__dict__)


mend(
    s3._complete_multipart_upload,
    [
        (
            "composite = _composite_checksum(checksum_algorithm, part_digests)",
            "composite, checksum_type = whole_object_checksum(checksum_algorithm, combined_parts, part_digests)",
        ),
        ('"checksum_type": "COMPOSITE" if composite else None', '"checksum_type": checksum_type if composite else None'),
        ('SubElement(root, "ChecksumType").text = "COMPOSITE"', 'SubElement(root, "ChecksumType").text = checksum_type'),
    ],
)

s3._crc64nvme = checksums.crc64nvme
# The check value of the algorithm's catalogue.
if checksums.crc64nvme(b"123456789") != 0xAE8B14860A799888:
    raise SystemExit("this CRC64NVME is another one")


emulated_resources.mend()

if __name__ == "__main__":
    app.main()
