#!/usr/bin/env python3
"""Runs unit tests, workspace scenarios and system tests; the last line is `N passed, N failed[, N skipped]`."""

import argparse
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLOSING_LINE = re.compile(r"^\s*(?:[\w ]+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$", re.MULTILINE)


@dataclasses.dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other):
        return Tally(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def say(text):
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ("", "")
    print(f"{bold}==> {text}{plain}", flush=True)


def read_gtest(path):
    """The tally of one GoogleTest report, or None where the program died before it could write one."""
    try:
        cases = ElementTree.parse(path).getroot().iter("testcase")
    except (OSError, ElementTree.ParseError):
        return None
    tally = Tally()
    for case in cases:
        if case.find("failure") is not None:
            tally.failed += 1
        elif case.find("skipped") is not None or case.get("result") == "skipped":
            tally.skipped += 1
        else:
            tally.passed += 1
    return tally


def read_ctest(junit, gtest_folder):
    """Counts single cases: those of a GoogleTest program through its own report, any other program as one."""
    total = Tally()
    for program in ElementTree.parse(junit).getroot().iter("testcase"):
        well = program.get("status") == "run"
        name = program.get("name").replace("/", "_")
        tally = read_gtest(gtest_folder / f"{name}_test.xml") or Tally(passed=int(well))
        # A crash or a leak found at exit fails the program although no case of it did.
        if not well and tally.failed == 0:
            tally.failed = 1
        total += tally
    return total


def run_units(build, options):
    say("unit tests")
    results = build / "results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    environment = os.environ | {
        "GTEST_OUTPUT": f"xml:{results}/gtest/",
        "GTEST_COLOR": "no",
        "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }
    command = ["ctest", "--test-dir", build, "--parallel", str(options.jobs), "--output-on-failure", "--timeout", "600"]
    command += ["--output-junit", results / "ctest.xml", "--no-tests=error"]
    if options.filter:
        command += ["-R", options.filter]
    code = subprocess.run(command, env=environment, check=False).returncode
    try:
        tally = read_ctest(results / "ctest.xml", results / "gtest")
    except (OSError, ElementTree.ParseError):
        return Tally(failed=1)
    return tally if code == 0 or tally.failed else tally + Tally(failed=1)


def counted(command, name):
    """Runs a program that closes with a tally of its own, and returns that."""
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    closing = CLOSING_LINE.findall(run.stdout)
    tally = Tally(*(int(number or 0) for number in closing[-1])) if closing else Tally()
    if run.returncode != 0 and tally.failed == 0:
        tally.failed = 1
    print(f"  {name}: {tally}", flush=True)
    if tally.failed:
        print(run.stdout + run.stderr, flush=True)
    return tally


def run_scenarios(build, _options):
    say("scenarios of the example workspaces")
    attune = build / "attune"
    workspaces = sorted({path.parent for path in (ROOT / "examples").glob("*/*.yaml")})
    return sum((counted([attune, "test", path], path.relative_to(ROOT)) for path in workspaces), Tally())


def run_system(build, _options):
    say("system tests: the real server, killed and restarted; the demo page in a browser")
    command = [sys.executable, ROOT / "test/system/run.py", "--attune", build / "attune"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    output = []
    for line in run.stdout:
        output.append(line)
        if not CLOSING_LINE.match(line):
            print(line, end="", flush=True)
    code = run.wait()
    closing = CLOSING_LINE.findall("".join(output))
    tally = Tally(*(int(number or 0) for number in closing[-1])) if closing else Tally()
    return tally if code == 0 or tally.failed else tally + Tally(failed=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--only", choices=["all", "units", "scenarios", "system"], default="all")
    parser.add_argument("--filter", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    build = options.build.resolve()
    steps = {"units": run_units, "scenarios": run_scenarios, "system": run_system}
    started = time.monotonic()
    tallies = {name: step(build, options) for name, step in steps.items() if options.only in ("all", name)}
    say(f"{', '.join(f'{name}: {tally}' for name, tally in tallies.items())} in {time.monotonic() - started:.0f} s")
    total = sum(tallies.values(), Tally())
    print(total)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
