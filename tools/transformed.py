"""Prints the template as CloudFormation has it once SAM's transform has gone over it, as JSON.

`sam validate` does the same, and keeps the outcome to itself.
"""

import json
import pathlib
import sys

import boto3
from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import yaml_parse


class NoManagedPolicies:
    """The template names none, and they would be asked for on the network."""

    def load(self):
        return {}


def transformed(text, region="us-east-1"):
    # The transform signs nothing, but wants to be able to.
    session = boto3.Session(region_name=region, aws_access_key_id="none", aws_secret_access_key="none")
    boto3.setup_default_session(region_name=region, aws_access_key_id="none", aws_secret_access_key="none")
    validator = SamTemplateValidator(yaml_parse(text), NoManagedPolicies(), region=session.region_name)
    answer = validator.get_translated_template_if_valid()
    return answer if isinstance(answer, dict) else yaml_parse(answer)


if __name__ == "__main__":
    template = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "template.yaml")
    print(json.dumps(transformed(template.read_text()), indent=1))
