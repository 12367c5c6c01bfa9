"""Runs `cargo test` and ends with one line that sums up its counts.

Usage: count_tests.py cargo test ...
"""

import re
import subprocess
import sys

RESULT = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored")


def main(command):
    counts = [0, 0, 0]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            if result := RESULT.match(line):
                counts = [total + int(count) for total, count in zip(counts, result.groups())]
    passed, failed, skipped = counts
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    # Nothing run is nothing tested.
    return process.returncode or int(passed == 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
