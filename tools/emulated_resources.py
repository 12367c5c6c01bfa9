"""Mends what the emulator's CloudFormation leaves out of the resources that it makes.

S3's lifecycle rules, encryption, access logs, replication and lock, API Gateway's limits and CloudTrail's trails can be set and
read, but not by a template, so that they would never be as the template says. A number that comes from a parameter is text to it.
"""

import functools
import json
from xml.etree import ElementTree

from ministack.services import cloudtrail, s3
from ministack.services.cloudformation import provisioners


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


def access_logs(properties):
    """A `LoggingConfiguration` of CloudFormation as S3 takes it."""
    root = ElementTree.Element(f"{{{s3.S3_NS}}}BucketLoggingStatus")
    enabled = element(root, "LoggingEnabled")
    element(enabled, "TargetBucket", properties["DestinationBucketName"])
    element(enabled, "TargetPrefix", properties.get("LogFilePrefix", ""))
    return ElementTree.tostring(root)


def replication(properties):
    """A `ReplicationConfiguration` of CloudFormation as S3 takes it."""
    root = ElementTree.Element(f"{{{s3.S3_NS}}}ReplicationConfiguration")
    element(root, "Role", properties["Role"])
    for rule in properties["Rules"]:
        part = element(root, "Rule")
        element(part, "ID", rule.get("Id", ""))
        element(part, "Priority", rule["Priority"])
        element(part, "Status", rule["Status"])
        element(element(part, "Filter"), "Prefix", rule["Filter"].get("Prefix", ""))
        element(element(part, "DeleteMarkerReplication"), "Status", rule["DeleteMarkerReplication"]["Status"])
        element(element(part, "Destination"), "Bucket", rule["Destination"]["Bucket"])
    return ElementTree.tostring(root)


def lock(_enabled):
    """An `ObjectLockEnabled` of CloudFormation as S3 takes it."""
    root = ElementTree.Element(f"{{{s3.S3_NS}}}ObjectLockConfiguration")
    element(root, "ObjectLockEnabled", "Enabled")
    return ElementTree.tostring(root)


def accepted(what, answer):
    status, _, body = answer
    if status >= 400:
        raise ValueError(f"{what}: {body!r}")
    return body


def setting(name, to_xml, put, delete):
    return name, to_xml, lambda bucket, body: accepted(name, put(bucket, body)), delete


def no_access_logs(bucket):
    s3._bucket_logging_config.pop(bucket, None)


def no_unlocking(bucket):
    raise ValueError(f"{bucket} is locked, and stays so")


OF_A_BUCKET = (
    setting("LifecycleConfiguration", lifecycle, s3._put_bucket_lifecycle, s3._delete_bucket_lifecycle),
    setting("BucketEncryption", encryption, s3._put_bucket_encryption, s3._delete_bucket_encryption),
    setting("LoggingConfiguration", access_logs, s3._put_bucket_logging, no_access_logs),
    setting("ReplicationConfiguration", replication, s3._put_bucket_replication, s3._delete_bucket_replication),
    setting("ObjectLockEnabled", lock, s3._put_object_lock_configuration, no_unlocking),
)


def countable(properties):
    """An event source's properties, with numbers where they are."""
    scaling = properties.get("ScalingConfig")
    if not scaling:
        return properties
    return {**properties, "ScalingConfig": {name: int(value) for name, value in scaling.items()}}


def limited(properties):
    """A stage's properties, with its limits as API Gateway itself names them."""
    settings = properties.get("DefaultRouteSettings")
    if not settings:
        return properties
    limits = {
        "throttlingRateLimit": float(settings["ThrottlingRateLimit"]),
        "throttlingBurstLimit": int(settings["ThrottlingBurstLimit"]),
    }
    return {**properties, "DefaultRouteSettings": limits}


def translate(resource, translated):
    """Has what a template says of a resource translated before it is made or changed."""
    handlers = provisioners._RESOURCE_HANDLERS[resource]
    create, update = handlers["create"], handlers["update"]

    @functools.wraps(create)
    def translated_create(logical_id, properties, stack):
        return create(logical_id, translated(properties), stack)

    @functools.wraps(update)
    def translated_update(physical_id, old, new, *others):
        return update(physical_id, translated(old), translated(new), *others)

    handlers.update(create=translated_create, update=translated_update)


def create_trail(logical_id, properties, stack):
    name = properties.get("TrailName") or f"{stack}-{logical_id}"
    accepted("a trail", cloudtrail._create_trail({"Name": name, "S3BucketName": properties["S3BucketName"]}))
    return set_trail(name, properties)


def update_trail(name, _old, properties, _stack):
    return set_trail(name, properties)


def set_trail(name, properties):
    # An update takes more than a creation does.
    settings = {field: value for field, value in properties.items() if field not in ("KMSKeyId", "AdvancedEventSelectors")}
    settings |= {"Name": name, "KmsKeyId": properties.get("KMSKeyId", "")}
    trail = json.loads(accepted("a trail", cloudtrail._update_trail(settings)))
    selectors = {"TrailName": name, "AdvancedEventSelectors": properties["AdvancedEventSelectors"]}
    accepted("what a trail sees", cloudtrail._put_event_selectors(selectors))
    switch = cloudtrail._start_logging if properties["IsLogging"] else cloudtrail._stop_logging
    accepted("a trail", switch({"Name": name}))
    return name, {"Arn": trail["TrailARN"]}


def delete_trail(name, _properties):
    cloudtrail._delete_trail({"Name": name})


def mend():
    known = {name for name, *_ in provisioners._S3_BUCKET_CONFIGURATIONS}
    unexpected = known & {name for name, *_ in OF_A_BUCKET}
    if unexpected or "AWS::CloudTrail::Trail" in provisioners._RESOURCE_HANDLERS:
        raise SystemExit(f"the emulator has changed: CloudFormation sets {sorted(unexpected) or 'trails'} by itself")
    provisioners._S3_BUCKET_CONFIGURATIONS += OF_A_BUCKET
    translate("AWS::Lambda::EventSourceMapping", countable)
    translate("AWS::ApiGatewayV2::Stage", limited)
    trail = {"create": create_trail, "update": update_trail, "delete": delete_trail}
    provisioners._RESOURCE_HANDLERS["AWS::CloudTrail::Trail"] = trail
