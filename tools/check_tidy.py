"""clang-tidy on many files, each only once: a file that passed is not looked at again until something in it changed."""

import concurrent.futures
import json
import pathlib
import re
import subprocess

from passed import Passed

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
# Flags in the compile commands that GCC knows and clang does not.
EXTRA = ["--extra-arg=-Wno-unknown-warning-option", "--quiet"]


class Fingerprints:
    """The texts of a file and of everything of ours that it includes, directly or not."""

    def __init__(self, source):
        self.source = source
        self.contents = {}

    def read(self, path):
        if path not in self.contents:
            text = path.read_text(errors="replace") if path.is_file() else ""
            self.contents[path] = text, [self.source / name for name in INCLUDE.findall(text)]
        return self.contents[path]

    def of(self, path):
        seen, open_paths = set(), [path]
        while open_paths:
            current = open_paths.pop()
            if current not in seen:
                seen.add(current)
                open_paths.extend(self.read(current)[1])
        return [self.read(name)[0] for name in sorted(seen)]


def commands(build):
    entries = json.loads((build / "compile_commands.json").read_text())
    return {pathlib.Path(entry["file"]): entry["command"] for entry in entries}


def run(build, path):
    command = ["clang-tidy-14", "-p", build, *EXTRA, path]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.findall(r"^(\S+:\d+:\d+: (?:error|warning): .*)$", result.stdout, re.MULTILINE)
    if result.returncode != 0 and not found:
        found = [f"{path}: clang-tidy ended with {result.returncode}: {result.stderr.strip()}"]
    return found


def violations(root, build, units, jobs):
    """Yields `file:line:column: error: what [check]`, paths relative to the root, each once."""
    known = commands(build)
    fingerprints = Fingerprints(root / "src")
    settings = (root / ".clang-tidy").read_text()
    passed = Passed("tidy")
    pending = {}
    for path in units:
        if path in known:  # a fuzz target is no part of the release build
            stamp = passed.stamp(settings, known[path].replace(str(root), ""), *fingerprints.of(path))
            if not stamp.exists():
                pending[path] = stamp
    reported = set()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for path, found in zip(pending, pool.map(lambda unit: run(build, unit), pending)):
            if not found:
                pending[path].touch()
            for line in found:
                relative = line.replace(f"{root}/", "")
                if relative not in reported:
                    reported.add(relative)
                    yield relative
