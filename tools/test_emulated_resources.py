"""What is mended of the emulator's CloudFormation: resources are as their template says."""

import json
import unittest
from xml.etree import ElementTree

import emulated_resources
from ministack.services import apigateway, cloudtrail, lambda_svc, s3
from ministack.services.cloudformation import provisioners

S3 = {"s3": s3.S3_NS}
VERSIONS = {"Status": "Enabled"}

emulated_resources.mend()


def made(resource, logical_id="Resource", **properties):
    physical_id, _ = provisioners._provision_resource(resource, logical_id, properties, "stack")
    return physical_id


def changed(resource, physical_id, old, new):
    changes = provisioners._RESOURCE_HANDLERS[resource]["update"]
    return changes(physical_id, old, new, "stack")


def bucket(**properties):
    return made("AWS::S3::Bucket", **properties)


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

    def test_it_logs_accesses_until_its_template_does_not_say_so(self):
        logging = {"LoggingConfiguration": {"DestinationBucketName": "access-logs", "LogFilePrefix": "stack/"}}
        name = bucket(BucketName="logged", **logging)
        enabled = read(s3._get_bucket_logging(name)).find("s3:LoggingEnabled", S3)
        self.assertEqual([element.text for element in enabled], ["access-logs", "stack/"])
        changed("AWS::S3::Bucket", name, {"BucketName": name, **logging}, {"BucketName": name})
        self.assertIsNone(read(s3._get_bucket_logging(name)).find("s3:LoggingEnabled", S3))

    def test_it_is_copied_to_a_bucket_that_keeps_versions(self):
        rule = {
            "Id": "Everything",
            "Status": "Enabled",
            "Priority": 1,
            "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": "arn:aws:s3:::replicas"},
        }
        replication = {"Role": "arn:aws:iam::000000000000:role/copies", "Rules": [rule]}
        bucket(BucketName="replicas")
        copied = {"VersioningConfiguration": VERSIONS, "ReplicationConfiguration": replication}
        with self.assertRaisesRegex(ValueError, "Destination bucket must have versioning"):
            bucket(BucketName="copied-in-vain", **copied)
        s3._put_bucket_versioning("replicas", b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
        name = bucket(BucketName="copied", **copied)
        found = read(s3._get_bucket_replication(name))
        self.assertEqual(found.findtext("s3:Role", namespaces=S3), replication["Role"])
        self.assertEqual(found.findtext("s3:Rule/s3:Destination/s3:Bucket", namespaces=S3), "arn:aws:s3:::replicas")

    def test_it_is_locked_where_it_keeps_versions(self):
        name = bucket(BucketName="locked", VersioningConfiguration=VERSIONS, ObjectLockEnabled="true")
        self.assertEqual(read(s3._get_object_lock_configuration(name)).findtext("s3:ObjectLockEnabled", namespaces=S3), "Enabled")
        with self.assertRaisesRegex(ValueError, "Versioning must be"):
            bucket(BucketName="locked-in-vain", ObjectLockEnabled="true")


class EventSource(unittest.TestCase):
    def test_what_a_parameter_says_of_its_concurrency_is_a_number(self):
        source = {"EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:queue", "FunctionName": "function"}
        few, more = ({**source, "ScalingConfig": {"MaximumConcurrency": count}} for count in ("2", "13"))
        mapping = made("AWS::Lambda::EventSourceMapping", **few)
        self.assertEqual(lambda_svc._esms[mapping]["ScalingConfig"], {"MaximumConcurrency": 2})
        changed("AWS::Lambda::EventSourceMapping", mapping, few, more)
        self.assertEqual(lambda_svc._esms[mapping]["ScalingConfig"], {"MaximumConcurrency": 13})


class Stage(unittest.TestCase):
    def test_its_limits_are_numbers_that_the_api_names(self):
        api = made("AWS::ApiGatewayV2::Api", Name="api", ProtocolType="HTTP")

        def limits(rate, burst):
            settings = {"ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst}
            return {"ApiId": api, "StageName": "$default", "DefaultRouteSettings": settings}

        def told():
            return json.loads(apigateway._get_stage(api, "$default")[2])["defaultRouteSettings"]

        stage = made("AWS::ApiGatewayV2::Stage", **limits("2000", "5000"))
        self.assertEqual(told(), {"throttlingRateLimit": 2000, "throttlingBurstLimit": 5000})
        changed("AWS::ApiGatewayV2::Stage", stage, limits("2000", "5000"), limits("1999", "4999"))
        self.assertEqual(told(), {"throttlingRateLimit": 1999, "throttlingBurstLimit": 4999})


class Trail(unittest.TestCase):
    def test_it_sees_what_its_template_says_until_it_is_removed(self):
        selector = {"Name": "Objects", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}
        properties = {
            "TrailName": "seen",
            "IsLogging": True,
            "EnableLogFileValidation": True,
            "S3BucketName": "trail-bucket",
            "CloudWatchLogsLogGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:trail",
            "AdvancedEventSelectors": [selector],
        }
        name = made("AWS::CloudTrail::Trail", **properties)
        trail = json.loads(cloudtrail._get_trail({"Name": name})[2])["Trail"]
        self.assertEqual((trail["S3BucketName"], trail["LogFileValidationEnabled"]), ("trail-bucket", True))
        self.assertEqual(trail["CloudWatchLogsLogGroupArn"], properties["CloudWatchLogsLogGroupArn"])
        self.assertTrue(json.loads(cloudtrail._get_trail_status({"Name": name})[2])["IsLogging"])

        selectors = json.loads(cloudtrail._get_event_selectors({"TrailName": name})[2])
        self.assertEqual(selectors["AdvancedEventSelectors"], [selector])
        changed("AWS::CloudTrail::Trail", name, properties, {**properties, "IsLogging": False})
        self.assertFalse(json.loads(cloudtrail._get_trail_status({"Name": name})[2])["IsLogging"])
        provisioners._delete_resource("AWS::CloudTrail::Trail", name, properties)
        self.assertEqual(cloudtrail._get_trail({"Name": name})[0], 404)


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
