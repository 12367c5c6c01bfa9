import json
import pathlib
import unittest

from ask_local_api import is_not_the_functions, request
from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samcli.yamlhelper import parse_yaml_file

ROOT = pathlib.Path(__file__).parent.parent
NEEDED = {"AirtableBaseId": "app00000000000001", "AirtableTableId": "tbl00000000000001"}


class Routes(unittest.TestCase):
    """What `sam local start-api` serves, as it finds it in the template."""

    def test_each_route_of_the_template_leads_to_the_webhook(self):
        template, region = ROOT / "template.yaml", {"AWS::Region": "us-east-1"}
        stacks, _ = SamLocalStackProvider.get_stacks(
            str(template), parameter_overrides=NEEDED, global_parameter_overrides=region
        )
        functions = SamFunctionProvider(stacks, use_raw_codeuri=True)
        routes = ApiProvider(stacks).api.routes
        found = {
            (method, route.path): functions.get(route.function_name) for route in routes for method in route.methods
        }
        resources = parse_yaml_file(str(template))["Resources"].values()
        keys = [each["Properties"]["RouteKey"] for each in resources if each["Type"] == "AWS::ApiGatewayV2::Route"]
        self.assertGreater(len(keys), 30)
        for key in keys:
            function = found.get(tuple(key.split()))
            self.assertEqual(function and function.name, "WebhookFunction", key)


class Requests(unittest.TestCase):
    def test_a_request_is_what_the_event_was_made_of(self):
        event = json.loads((ROOT / "events/webhook-twilio-recording-completed.json").read_text())
        method, path, body, headers = request(event)
        self.assertEqual((method, path), ("POST", "/api/twilio/recording?job=JOB456"))
        self.assertTrue(body.startswith(b"AccountSid=AC0123456789abcdef0123456789abcdef&CallSid="), body)
        self.assertIn("x-twilio-signature", headers)

    def test_what_the_function_did_not_answer_is_told(self):
        for status, body, told in [
            (204, b"", False),
            (404, b'{"error":{"code":"not_found"}}', False),
            (501, b"", False),
            (403, b'{"message":"Missing Authentication Token"}', True),
            (502, b'{"message":"Internal server error"}', True),
        ]:
            self.assertEqual(is_not_the_functions(status, body), told, status)


if __name__ == "__main__":
    unittest.main()
