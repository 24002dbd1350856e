#!/usr/bin/env python3
"""Runs libFuzzer targets for a while each, keeping what they learn under build/fuzz-corpus."""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def seconds(text):
    match = re.fullmatch(r"(\d+)([smh]?)", text)
    if not match:
        raise argparse.ArgumentTypeError(f'"{text}" is no time: write 30s, 5m or 1h')
    return int(match[1]) * UNITS[match[2]]


def targets(build, names):
    found = {path.name: path for path in sorted(build.glob("*_fuzz")) if path.is_file()}
    unknown = sorted(set(names) - set(found))
    if unknown:
        sys.exit(f"fuzz: there is no target {', '.join(unknown)}; there are: {', '.join(found)}")
    return [found[name] for name in names or found]


def fuzz(target, duration):
    """True when the target survived. The seeds of a target, where it has any, are in fuzz/seeds/TARGET."""
    corpus = ROOT / "build/fuzz-corpus" / target.name
    corpus.mkdir(parents=True, exist_ok=True)
    artifacts = ROOT / "build/fuzz-findings"
    artifacts.mkdir(exist_ok=True)
    command = [target, f"-max_total_time={duration}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=0"]
    command += ["-verbosity=0", f"-artifact_prefix={artifacts}/{target.name}-", corpus]
    seeds = ROOT / "fuzz/seeds" / target.name
    if seeds.is_dir():
        command.append(seeds)
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                         check=False)
    inputs = sum(1 for _ in corpus.iterdir())
    print(f"{target.name:<40} {'ok' if run.returncode == 0 else 'FAILED':<8} {inputs:>6} inputs", flush=True)
    if run.returncode != 0:
        print("\n".join(run.stdout.splitlines()[-60:]), flush=True)
    return run.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=1, help="compilers only: one target runs at a time")
    parser.add_argument("--for", dest="duration", type=seconds, default=20)
    parser.add_argument("targets", nargs="*")
    options = parser.parse_args()
    chosen = targets(options.build.resolve(), options.targets)
    failed = [target.name for target in chosen if not fuzz(target, options.duration)]
    print(f"{len(chosen) - len(failed)} passed, {len(failed)} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
