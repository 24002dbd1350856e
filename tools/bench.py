#!/usr/bin/env python3
"""Lists the benchmarks, or runs one: those of `attune bench`, programs in build/release/bench, comparisons in bench."""

import argparse
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def own_benchmarks(attune):
    """{name: what it measures}, as `attune bench --list` prints them: one a line, name first."""
    run = subprocess.run([attune, "bench", "--list"], capture_output=True, text=True, check=False)
    lines = run.stdout.splitlines() if run.returncode == 0 else []
    return dict((line.split(maxsplit=1) + [""])[:2] for line in lines if line.strip())


def main():
    parser = argparse.ArgumentParser(description=__doc__, add_help=False, allow_abbrev=False)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    options, arguments = parser.parse_known_args()
    attune = options.build / "attune"
    own = own_benchmarks(attune)
    programs = {path.name: path for path in sorted((options.build / "bench").glob("*")) if os.access(path, os.X_OK)}
    comparisons = {path.parent.name: path for path in sorted(ROOT.glob("bench/*/run.py"))}
    if not arguments:
        for name, question in own.items():
            print(f"  {name:<20} {question}")
        for name in programs:
            print(f"  {name:<20} build/release/bench/{name}")
        for name in comparisons:
            print(f"  {name:<20} bench/{name}/run.py, beside peers that it installs into build/peers")
        print("\nRun one with ./dev bench NAME [--json]")
        return
    name, rest = arguments[0], arguments[1:]
    if name in own:
        os.execv(attune, [str(attune), "bench", name, *rest])
    if name in programs:
        os.execv(programs[name], [str(programs[name]), *rest])
    if name in comparisons:
        script = comparisons[name]
        os.execv(sys.executable, [sys.executable, str(script), "--build", str(options.build), *rest])
    sys.exit(f'bench: there is no benchmark "{name}"; there are: {", ".join([*own, *programs, *comparisons])}')


if __name__ == "__main__":
    main()
