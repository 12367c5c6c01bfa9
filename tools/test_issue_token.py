"""What `make token` issues: tokens that the API believes, and none by mistake."""

import base64
import hashlib
import hmac
import json
import unittest

from issue_token import issue

KEY = "a key that signs tokens, 32 long or more"
SECRET = {
    "jwt": {"current": "k2", "keys": {"k1": "the key before", "k2": KEY}},
    "organisations": {"default": {}, "acme": {}},
}
NOW = 1_710_513_022.9


def decoded(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Tokens(unittest.TestCase):
    def test_it_says_who_may_do_what_and_until_when(self):
        header, claims, _ = issue(SECRET, "acme", "ada@example.com", ["view_call_history", "operate"], 12, NOW).split(".")
        self.assertEqual(decoded(header), {"alg": "HS256", "typ": "JWT", "kid": "k2"})
        expected = {
            "aud": "tapeline",
            "org": "acme",
            "sub": "ada@example.com",
            "permissions": ["view_call_history", "operate"],
            "iat": 1_710_513_022,
            "exp": 1_710_513_022 + 12 * 3600,
        }
        self.assertEqual(decoded(claims), expected)

    def test_it_is_signed_with_the_current_key(self):
        message, _, seal = issue(SECRET, "default", "ada", ["operate"], 1, NOW).rpartition(".")
        expected = hmac.new(KEY.encode(), message.encode(), hashlib.sha256).digest()
        self.assertEqual(base64.urlsafe_b64decode(seal + "="), expected)
        self.assertNotIn("=", seal)

    def test_what_would_be_no_good_is_not_issued(self):
        for org, sub, permissions, hours in (
            ("nobody", "ada", ["operate"], 1),
            ("default", " ", ["operate"], 1),
            ("default", "ada", ["everything"], 1),
            ("default", "ada", [""], 1),
            ("default", "ada", ["operate"], 0),
            ("default", "ada", ["operate"], 9000),
        ):
            with self.assertRaises(SystemExit):
                issue(SECRET, org, sub, permissions, hours, NOW)
        with self.assertRaises(SystemExit):
            issue({"organisations": {"default": {}}}, "default", "ada", ["operate"], 1, NOW)


if __name__ == "__main__":
    unittest.main()
