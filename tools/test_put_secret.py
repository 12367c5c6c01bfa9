"""What `make secret` does with keys: losing one of links would break every link that it sealed."""

import json
import pathlib
import tempfile
import unittest

from put_secret import airtable_problems, merged, read


class Keys(unittest.TestCase):
    def test_the_first_one_is_generated(self):
        for name in ("link_keys", "jwt"):
            keys = merged(name, {}, {}, rotate=False)
            self.assertEqual(keys["current"], "k1")
            self.assertGreaterEqual(len(keys["keys"]["k1"]), 32)
            self.assertNotEqual(keys, merged(name, {}, {}, rotate=False))

    def test_those_in_the_secret_are_kept(self):
        kept = {"link_keys": {"current": "k2", "keys": {"k1": "a" * 32, "k2": "b" * 32}}}
        self.assertEqual(merged("link_keys", kept, {}, rotate=False), kept["link_keys"])

    def test_a_rotation_adds_one_and_keeps_the_others(self):
        kept = {"jwt": {"current": "k9", "keys": {"k9": "a" * 32, "k10": "b" * 32, "first": "c" * 32}}}
        rotated = merged("jwt", kept, {}, rotate=True)
        self.assertEqual(rotated["current"], "k11")
        self.assertLessEqual(kept["jwt"]["keys"].items(), rotated["keys"].items())

    def test_given_ones_are_added(self):
        kept = {"link_keys": {"current": "k1", "keys": {"k1": "a" * 32}}}
        given = {"link_keys": {"current": "mine", "keys": {"mine": "b" * 32}}}
        expected = {"current": "mine", "keys": {"k1": "a" * 32, "mine": "b" * 32}}
        self.assertEqual(merged("link_keys", kept, given, rotate=False), expected)

    def test_unusable_ones_are_refused_without_being_shown(self):
        for given in ({"current": "k1", "keys": {"k1": "hunter2"}}, {"current": "k2", "keys": {"k1": "a" * 32}}):
            with self.assertRaises(SystemExit) as refusal:
                merged("link_keys", {}, {"link_keys": given}, rotate=False)
            self.assertNotIn("hunter2", str(refusal.exception))


class Credentials(unittest.TestCase):
    def test_the_unchanged_example_is_refused(self):
        with self.assertRaises(SystemExit):
            read(pathlib.Path(__file__).with_name("secret.example.json"))

    def test_an_organisation_may_have_a_base_of_its_own(self):
        own = {"token": "pat", "base_id": "appA1b2C3d4E5f6G7", "table_id": None, "history_field": "Notes"}
        for organisation in ({"airtable": own}, {"airtable": None}, {}):
            self.assertEqual(list(airtable_problems(organisation)), [])

    def test_what_is_no_base_table_or_field_is_named_and_not_shown(self):
        for name, value in (("base_id", "hunter2"), ("table_id", "hunter2"), ("history_field", " "), ("base", "hunter2")):
            (problem,) = airtable_problems({"airtable": {"token": "pat", name: value}})
            self.assertIn(name, problem)
            self.assertNotIn("hunter2", problem)

    def test_a_file_without_organisations_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "secret.json"
            file.write_text(json.dumps({"organisations": {}}))
            with self.assertRaises(SystemExit):
                read(file)


if __name__ == "__main__":
    unittest.main()
