"""Runs the tests of the tools and `cargo test`, and ends with one line that sums up their counts.

Usage: count_tests.py cargo test ...
"""

import pathlib
import re
import subprocess
import sys
import unittest

RESULT = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored")


def main(command):
    tools, cargo = of_tools(), of_cargo(command)
    passed, failed, skipped = map(sum, zip(tools, cargo[:3]))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    # Nothing run is nothing tested.
    return cargo[3] or int(failed > 0 or cargo[0] == 0)


def of_tools():
    tests = unittest.defaultTestLoader.discover(pathlib.Path(__file__).parent)
    result = unittest.TextTestRunner(stream=sys.stdout).run(tests)
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    return result.testsRun - failed - skipped, failed, skipped


def of_cargo(command):
    counts = [0, 0, 0]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            if result := RESULT.match(line):
                counts = [total + int(count) for total, count in zip(counts, result.groups())]
    return *counts, process.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
