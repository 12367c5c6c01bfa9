import unittest

from local_environment import variables


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


if __name__ == "__main__":
    unittest.main()
