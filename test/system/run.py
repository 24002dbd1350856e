#!/usr/bin/env python3
"""Runs the system tests against a built `attune`; closes with `N passed, N failed[, N skipped]`."""

import argparse
import pathlib
import sys
import time
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

import server  # noqa: E402  (it lives beside this file)


class Report(unittest.TestResult):
    """One line a test; what went wrong stands right below it."""

    def __init__(self):
        super().__init__()
        self.passed = 0
        self.started = time.monotonic()

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def line(self, outcome, test, detail=""):
        took = time.monotonic() - self.started
        print(f"  {outcome:<7} {took:5.1f} s  {test.id()}{f': {detail}' if detail else ''}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1
        self.line("ok", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line("FAILED", test)
        print(self.failures[-1][1], flush=True)

    def addError(self, test, err):
        super().addError(test, err)
        self.line("FAILED", test)
        print(self.errors[-1][1], flush=True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line("skipped", test, reason)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attune", type=pathlib.Path, required=True, help="the program to test")
    parser.add_argument("names", nargs="*", help="only tests whose id contains one of these")
    options = parser.parse_args()
    server.PROGRAM = options.attune.resolve()
    suite = unittest.TestSuite()
    for test in tests(unittest.defaultTestLoader.discover(str(FOLDER), pattern="*_test.py")):
        if not options.names or any(name in test.id() for name in options.names):
            suite.addTest(test)
    report = Report()
    suite.run(report)
    failed = len(report.failures) + len(report.errors)
    skipped = f", {len(report.skipped)} skipped" if report.skipped else ""
    print(f"{report.passed} passed, {failed} failed{skipped}")
    return 1 if failed else 0


def tests(suite):
    """The single tests in a tree of suites."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests(test)
        else:
            yield test


if __name__ == "__main__":
    sys.exit(main())
