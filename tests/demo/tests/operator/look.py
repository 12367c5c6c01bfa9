"""Prints all that can be seen of the deployed stack `tapeline-local`, as JSON, one answer of AWS's after another."""

import json

import boto3
from botocore.exceptions import ClientError

STACK = "tapeline-local"
OF_THE_BUCKET = [
    "get_bucket_lifecycle_configuration",
    "get_bucket_cors",
    "get_bucket_encryption",
    "get_bucket_versioning",
    "get_bucket_logging",
    "get_bucket_replication",
    "get_object_lock_configuration",
    "get_public_access_block",
]
NAME_OF_ITS_OWN = "calls.example.com"


def shown(answer):
    answer.pop("ResponseMetadata", None)
    print(json.dumps(answer, indent=4, default=str))


def main():
    resources = resources_by_id()
    for function in ("webhook", "transfer", "sweeper"):
        shown(boto3.client("lambda").get_function_configuration(FunctionName=f"{STACK}-{function}"))
        shown(boto3.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{STACK}-{function}"))
    for job in ("retry", "reconcile", "orphans", "doctor"):
        shown(boto3.client("scheduler").get_schedule(Name=f"{STACK}-{job}"))
    s3 = boto3.client("s3")
    for what in OF_THE_BUCKET:
        try:
            shown(getattr(s3, what)(Bucket=resources["Bucket"]))
        except ClientError:
            pass  # It has none.
    print(resources["Bucket"])
    api = boto3.client("apigatewayv2")
    for one in ("HttpApi", "LiveApi"):
        shown(api.get_stages(ApiId=resources[one]))
    shown(api.get_domain_names())
    shown(boto3.client("lambda").list_event_source_mappings())
    trails = boto3.client("cloudtrail")
    for trail in trails.describe_trails()["trailList"]:
        shown(trail)
        shown(trails.get_trail_status(Name=trail["Name"]))
        shown(trails.get_event_selectors(TrailName=trail["Name"]))
    shown(boto3.client("cloudwatch").describe_alarms())
    shown(boto3.client("sns").list_subscriptions())
    shown(boto3.client("sqs").get_queue_attributes(QueueUrl=resources["TransferQueue"], AttributeNames=["All"]))
    zones = boto3.client("route53")
    for zone in zones.list_hosted_zones()["HostedZones"]:
        records = zones.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
        if any(record["Name"].rstrip(".") == NAME_OF_ITS_OWN for record in records):
            print(zone["Id"].rsplit("/")[-1])


def resources_by_id():
    listed = boto3.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
    return {each["LogicalResourceId"]: each.get("PhysicalResourceId") for each in listed}


if __name__ == "__main__":
    main()
