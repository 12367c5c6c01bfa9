"""Runs the AWS emulator with three things mended that the functions rely on.

S3 keeps one CRC64NVME for a whole object, however it was sent; the emulator makes a checksum of the parts' checksums
instead, and so refuses every correct one when a multipart upload is completed.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html

It computes CRC64NVME byte by byte in Python, a second for ten megabytes, in which it answers nobody. The AWS runtime
that comes with the SAM command line takes a thousandth of that.

A bucket's lifecycle rules and encryption can be set and read, but CloudFormation leaves them out when it makes the bucket, so
that the bucket would never be as the template says.
"""

import inspect
from xml.etree import ElementTree

from awscrt import checksums
from ministack import app
from ministack.services import s3
from ministack.services.cloudformation import provisioners


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



def element(parent, tag, text=None):
    child = ElementTree.SubElement(parent, f"{{{s3.S3_NS}}}{tag}")
    child.text = None if text is None else str(text)
    return child


def lifecycle(properties):
    """A `LifecycleConfiguration` of CloudFormation as S3 takes it."""
    root = ElementTree.Element(f"{{{s3.S3_NS}}}LifecycleConfiguration")
    for rule in properties.get("Rules") or []:
        part = element(root, "Rule")
        element(part, "ID", rule.get("Id", ""))
        tags = rule.get("TagFilters") or []
        scope = element(part, "Filter")
        scope = element(scope, "And") if tags else scope
        element(scope, "Prefix", rule.get("Prefix", ""))
        for tag in tags:
            pair = element(scope, "Tag")
            element(pair, "Key", tag["Key"])
            element(pair, "Value", tag["Value"])
        element(part, "Status", rule["Status"])
        for transition in rule.get("Transitions") or []:
            step = element(part, "Transition")
            element(step, "Days", transition["TransitionInDays"])
            element(step, "StorageClass", transition["StorageClass"])
        if "ExpirationInDays" in rule:
            element(element(part, "Expiration"), "Days", rule["ExpirationInDays"])
        elif "ExpiredObjectDeleteMarker" in rule:
            element(element(part, "Expiration"), "ExpiredObjectDeleteMarker", "true")
        if "NoncurrentVersionExpiration" in rule:
            days = rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
            element(element(part, "NoncurrentVersionExpiration"), "NoncurrentDays", days)
        if "AbortIncompleteMultipartUpload" in rule:
            days = rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
            element(element(part, "AbortIncompleteMultipartUpload"), "DaysAfterInitiation", days)
    return ElementTree.tostring(root)


def encryption(properties):
    """A `BucketEncryption` of CloudFormation as S3 takes it."""
    root = ElementTree.Element(f"{{{s3.S3_NS}}}ServerSideEncryptionConfiguration")
    for rule in properties.get("ServerSideEncryptionConfiguration") or []:
        part = element(root, "Rule")
        default = rule["ServerSideEncryptionByDefault"]
        applied = element(part, "ApplyServerSideEncryptionByDefault")
        element(applied, "SSEAlgorithm", default["SSEAlgorithm"])
        if "KMSMasterKeyID" in default:
            element(applied, "KMSMasterKeyID", default["KMSMasterKeyID"])
        element(part, "BucketKeyEnabled", str(rule.get("BucketKeyEnabled", False)).lower())
    return ElementTree.tostring(root)


known = [name for name, *_ in provisioners._S3_BUCKET_CONFIGURATIONS]
if "LifecycleConfiguration" in known or "BucketEncryption" in known:
    raise SystemExit(f"the emulator has changed: CloudFormation sets {known} by itself")
provisioners._S3_BUCKET_CONFIGURATIONS += (
    ("LifecycleConfiguration", lifecycle, s3._put_bucket_lifecycle, s3._delete_bucket_lifecycle),
    ("BucketEncryption", encryption, s3._put_bucket_encryption, s3._delete_bucket_encryption),
)

if __name__ == "__main__":
    app.main()
