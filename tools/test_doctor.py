"""What `make doctor` shows, and how it ends."""

import io
import json
import unittest

from doctor import FINE, NOT_FINE, NoAnswer, asked, report, status


def finding(mended=False):
    return {"what": "recording_off", "subject": "assistant-1", "advice": "Switch it on.", "mended": mended}


def check(name="voice_agents", organisation="default", findings=(), **more):
    whose = {"organisation": organisation} if organisation else {}
    return {"name": name, **whose, "looked_at": 2, "findings": list(findings), **more}


class Function:
    """The deployed sweeper, with one answer."""

    def __init__(self, outcome, **more):
        self.outcome, self.more, self.asked = outcome, more, []

    def invoke(self, **request):
        self.asked.append(request)
        return {"Payload": io.BytesIO(json.dumps(self.outcome).encode()), **self.more}


class Doctor(unittest.TestCase):
    def test_the_deployed_function_is_asked_for_a_look(self):
        checkup = {"at": "2024-03-15T03:00:00Z", "checks": [check()]}
        function = Function({"forwarded": 0, "doctor": checkup})
        self.assertEqual(asked(function, "tapeline-sweeper"), checkup)
        (request,) = function.asked
        self.assertEqual((request["FunctionName"], json.loads(request["Payload"])), ("tapeline-sweeper", {"job": "doctor"}))

    def test_a_function_that_failed_or_looked_at_nothing_gave_no_answer(self):
        failed = Function({"errorMessage": "refused", "errorType": "x"}, FunctionError="Unhandled")
        for function in (failed, Function({}), Function({"doctor": {"checks": []}})):
            with self.assertRaises(NoAnswer):
                asked(function, "tapeline-sweeper")

    def test_it_ends_well_only_when_every_check_could_look_and_nothing_is_to_be_done(self):
        for checks, expected in (
            ([check()], FINE),
            ([check(findings=[finding(mended=True)])], FINE),
            ([check(), check(findings=[finding(mended=True), finding()])], NOT_FINE),
            ([check(), check(failed="refused")], NOT_FINE),
        ):
            self.assertEqual(status({"checks": checks}), expected, checks)

    def test_what_to_do_stands_below_the_table(self):
        checks = [
            check(provider="vapi", findings=[finding(), finding(mended=True)]),
            check("bucket", organisation=None),
            check("job_table", failed="no_time"),
        ]
        shown = report({"checks": checks})
        self.assertEqual([line.split() for line in shown.splitlines()[:4]], [
            ["CHECK", "OF", "LOOKED", "AT", "RESULT"],
            ["voice_agents", "default", "vapi", "2", "1", "to", "do,", "1", "mended"],
            ["bucket", "the", "installation", "2", "fine"],
            ["job_table", "default", "2", "could", "not", "look", "(no_time)"],
        ])
        self.assertIn("recording_off: default vapi, assistant-1\n  Switch it on.", shown)
        self.assertIn("assistant-1 (mended just now)", shown)
        self.assertIn("job_table of default could not look: no_time", shown)


if __name__ == "__main__":
    unittest.main()
