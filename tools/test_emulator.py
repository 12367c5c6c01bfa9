"""What is mended of the emulator's CloudFormation: a bucket has the rules and the encryption that its template gives it."""

import unittest
from xml.etree import ElementTree

import emulator
from ministack.services import s3

S3 = {"s3": s3.S3_NS}


def bucket(**properties):
    name, _ = emulator.provisioners._s3_create("Bucket", properties, "stack")
    return name


def read(answer):
    status, _, body = answer
    assert status == 200, body
    return ElementTree.fromstring(body)


class Bucket(unittest.TestCase):
    def test_it_has_the_rules_of_its_template(self):
        tag = {"Key": "retention", "Value": "standard"}
        moves = {"StorageClass": "STANDARD_IA", "TransitionInDays": "90"}
        kept = {"Id": "Kept", "Status": "Enabled", "Prefix": "recordings/", "TagFilters": [tag], "Transitions": [moves]}
        rules = [
            {**kept, "ExpirationInDays": "365"},
            {"Id": "Plain", "Status": "Enabled", "Prefix": "orphans/", "ExpirationInDays": 30},
            {"Id": "Uploads", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
        ]
        name = bucket(BucketName="with-rules", LifecycleConfiguration={"Rules": rules})
        found = read(s3._get_bucket_lifecycle(name)).findall("s3:Rule", S3)
        text = [{path: rule.findtext(path, namespaces=S3) for path in PATHS} for rule in found]
        self.assertEqual([list(texts.values()) for texts in text], [
            ["Kept", "recordings/", None, "standard", "90", "365", None],
            ["Plain", None, "orphans/", None, None, "30", None],
            ["Uploads", None, "", None, None, None, "7"],
        ])

    def test_it_encrypts_as_its_template_says(self):
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:aws:kms:eu-central-1:000000000000:key/1"}
        rules = [{"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": default}]
        name = bucket(BucketName="encrypted", BucketEncryption={"ServerSideEncryptionConfiguration": rules})
        found = read(s3._get_bucket_encryption(name))
        texts = {element.tag.rsplit("}")[-1]: element.text for element in found.iter() if element.text}
        self.assertEqual(texts, {**default, "BucketKeyEnabled": "true"})


PATHS = (
    "s3:ID",
    "s3:Filter/s3:And/s3:Prefix",
    "s3:Filter/s3:Prefix",
    "s3:Filter/s3:And/s3:Tag/s3:Value",
    "s3:Transition/s3:Days",
    "s3:Expiration/s3:Days",
    "s3:AbortIncompleteMultipartUpload/s3:DaysAfterInitiation",
)

if __name__ == "__main__":
    unittest.main()
