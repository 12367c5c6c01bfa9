import unittest

from local_environment import ports, seen_from_elsewhere, variables


class Client:
    def get_function_configuration(self, FunctionName):
        return {"Environment": {"Variables": {"NAME": FunctionName}}}


class Variables(unittest.TestCase):
    def test_they_are_listed_by_the_functions_id_in_the_template(self):
        listed = variables(Client(), ["tapeline-local-webhook", "tapeline-local-sweeper"])
        self.assertEqual(
            listed,
            {
                "WebhookFunction": {"NAME": "tapeline-local-webhook"},
                "SweeperFunction": {"NAME": "tapeline-local-sweeper"},
            },
        )

    def test_a_container_is_told_where_this_machine_is_and_what_providers_call_it(self):
        found = {
            "WebhookFunction": {
                "AWS_ENDPOINT_URL": "http://127.0.0.1:8084",
                "TRANSFER_QUEUE_URL": "http://localhost:4566/000000000000/transfer",
                "PUBLIC_BASE_URL": "http://localhost:8080",
                "LOG_LEVEL": "info",
            }
        }
        self.assertEqual(ports(found), [4566, 8084])
        told = seen_from_elsewhere(found, "172.17.0.1")["WebhookFunction"]
        self.assertEqual(told["AWS_ENDPOINT_URL"], "http://172.17.0.1:8084")
        self.assertEqual(told["TRANSFER_QUEUE_URL"], "http://172.17.0.1:4566/000000000000/transfer")
        self.assertEqual((told["PUBLIC_BASE_URL"], told["LOG_LEVEL"]), ("http://localhost:8080", "info"))


if __name__ == "__main__":
    unittest.main()
