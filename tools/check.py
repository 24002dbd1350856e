#!/usr/bin/env python3
"""The house rules. Each step yields what it found, as `file:line: what, why`; nothing found is a pass."""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

import check_docs
import check_layers
import check_tidy
from passed import Passed

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 600  # style: files aim at 200 lines; beyond this nobody reads one in a sitting
FUNCTION_LINES_MAX = 70  # style: functions aim at 25
SOURCES = ("*.cc", "*.h")
TEXTS = ("*.cc", "*.h", "*.md", "*.py", "*.txt", "*.yaml", "*.json", "*.cmake", "*.html", "*.css", "*.js", "dev", "tools/*")
# Put together from halves, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|DISABLED" r"_\w+)\b|clang-format " r"off")
# The format puts the brace of a function at the end of a line that begins at one of three depths.
OPENING = re.compile(r"^( {0,8})(?! |\}|\[|//).*\{$")
CONTROL = re.compile(r"^ *(\}? ?else\b|namespace|class|struct|enum|union|extern|if|for|while|switch|do|try|catch)\b")
SLEEPING = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b")


def tracked(*patterns):
    """The files that git knows, or would with the next `git add`."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def in_parallel(jobs, work, items):
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(work, items)


def check_format(options):
    files = tracked(*SOURCES)
    if options.fix:
        subprocess.run(["clang-format-14", "-i", *files], check=True)
        return
    passed = Passed("format")
    style = (ROOT / ".clang-format").read_text()
    pending = {path: stamp for path in files if not (stamp := passed.stamp(style, path.read_text())).exists()}

    def run(path):
        return subprocess.run(["clang-format-14", "--dry-run", path], capture_output=True, text=True, check=False)

    for (path, stamp), result in zip(pending.items(), in_parallel(options.jobs, run, pending)):
        place = re.search(r":(\d+):\d+: warning", result.stderr)
        if place:
            yield f"{path.relative_to(ROOT)}:{place[1]}: is not formatted; ./dev check --fix does it"
        elif result.returncode == 0:
            stamp.touch()
        else:
            yield f"{path.relative_to(ROOT)}: clang-format failed: {result.stderr.strip()}"


def check_layer_graph(_options):
    yield from (f"src/{violation}" for violation in check_layers.violations(ROOT / "src"))


def end_of_block(lines, start, closing):
    """The index of the line that closes what `lines[start]` opens."""
    return next((at for at in range(start + 1, len(lines)) if lines[at].startswith(closing)), start)


def lines_of_logic(body):
    """How long a body is when each table in it, an initializer over many lines, counts as one."""
    table = re.compile(r"^( *)(return |.*[\w>] ?|.*= )\{$")
    count, at = 0, 0
    while at < len(body):
        match = table.match(body[at])
        count += 1
        if match and not CONTROL.match(body[at]) and ")" not in body[at]:
            at = end_of_block(body, at, match[1] + "}")
        at += 1
    return count


def long_functions(lines):
    """(first line, length) of functions that are too long. Relies on the format: a body ends at its own indentation."""
    for number, line in enumerate(lines):
        match = OPENING.match(line)
        if not match or CONTROL.match(line) or ")" not in line:
            continue
        # The head of the function may stand on several lines above; only its body counts.
        # A constructor's initializers stand one step further in than its end.
        indent = match[1][:-4] if line.lstrip().startswith(":") else match[1]
        length = lines_of_logic(lines[number + 1:end_of_block(lines, number, indent + "}")])
        if length > FUNCTION_LINES_MAX:
            yield number + 1, length


def check_lengths(_options):
    for path in tracked(*SOURCES, "*.py", "*.js"):
        lines = path.read_text(errors="replace").splitlines()
        name = path.relative_to(ROOT)
        if len(lines) > FILE_LINES_MAX:
            yield f"{name}:{len(lines)}: has {len(lines)} lines, the most is {FILE_LINES_MAX}; split it by concept"
        if path.suffix in {".cc", ".h", ".js"}:
            for number, length in long_functions(lines):
                yield f"{name}:{number}: a function of {length} lines, the most is {FUNCTION_LINES_MAX}"


def check_words(_options):
    for path in tracked(*TEXTS):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            match = UNFINISHED.search(line)
            if match:
                yield f'{path.relative_to(ROOT)}:{number}: "{match[0]}"; finish it, or write an issue'
            elif path.name.endswith("_test.cc") and SLEEPING.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: a test that sleeps; give it a clock that it can turn"


def check_documents(options):
    attune = options.build / "attune"
    yield from check_docs.violations(ROOT, tracked("*.md"), attune if attune.exists() else None)


def check_headers(options):
    """Every header compiles alone: CMake makes one object of each."""
    command = ["ninja", "-C", options.build, "-j", str(options.jobs), "-k", "0", "all_verify_interface_header_sets"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        errors = [line for line in run.stdout.splitlines() if re.search(r"error|FAILED", line)]
        yield from errors or [run.stdout + run.stderr]


def changed_since(revision):
    """Sources that differ from where this branch left `revision`, and those not yet committed."""
    base = subprocess.run(["git", "merge-base", revision, "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    command = ["git", "diff", "--name-only", "--diff-filter=d", base.stdout.strip() or "HEAD", "--", "src"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    fresh = subprocess.run(["git", "ls-files", "--others", "--exclude-standard", "src"], cwd=ROOT, capture_output=True,
                           text=True, check=True).stdout.splitlines()
    return {ROOT / name for name in names + fresh}


def default_revision():
    """Where main is elsewhere; the commit before the last one in a clone that has nothing of its own."""
    for revision in ("origin/main", "main"):
        run = subprocess.run(["git", "rev-list", "--count", f"{revision}..HEAD"], cwd=ROOT, capture_output=True, text=True,
                             check=False)
        if run.returncode == 0 and run.stdout.strip() != "0":
            return revision
    return "HEAD~1"


def check_with_tidy(options):
    changed = None if options.all else changed_since(options.since or default_revision())
    units = [path for path in tracked("src/*.cc") if changed is None or path in changed]
    yield from check_tidy.violations(ROOT, options.build, units, options.jobs)


STEPS = {
    "format": check_format,
    "layers": check_layer_graph,
    "lengths": check_lengths,
    "words": check_words,
    "docs": check_documents,
    "headers": check_headers,
    "tidy": check_with_tidy,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--all", action="store_true", help="clang-tidy on every file")
    parser.add_argument("--fix", action="store_true", help="format the code")
    parser.add_argument("--since", help="clang-tidy on what changed since this revision")
    parser.add_argument("steps", nargs="*", choices=[*STEPS, []], metavar="STEP")
    options = parser.parse_args()
    options.build = options.build.resolve()
    total = 0
    for name in options.steps or STEPS:
        started = time.monotonic()
        found = list(STEPS[name](options))
        total += len(found)
        print(f"{name:<8} {f'{len(found)} found' if found else 'ok':<10} {time.monotonic() - started:5.1f} s", flush=True)
        for line in found:
            print(f"  {line}", flush=True)
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
