#!/usr/bin/env python3
"""The same decision models and inputs in Attune, Drools and GoRules Zen: compares the answers, times them in one run.

  ./dev bench rules-peers                  # a table: ns, µs or ms a decision
  ./dev bench rules-peers --json           # the same, and one JSON object as the last line
  ./dev bench rules-peers --quick          # short warm-up and few rounds: to see that it works
  ./dev bench rules-peers --only attune,zen
  ./dev bench rules-peers --tck            # all questions of the DMN TCK to Attune and Drools: who differs, who is right

The peers are installed into build/peers by Maven (a JDK 17 is needed) and npm; nothing else is touched.
"""

import argparse
import decimal
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import models  # noqa: E402
import tck  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MODES = {"plain": "no trace", "explain": "trace", "described": "as text"}


def fail(why):
    sys.exit(f"rules-peers: {why}")


def need(program, why):
    if not shutil.which(program):
        fail(f'cannot install {why}: there is no "{program}"; leave it out with --only attune')


def install(folder, peer, program, command):
    """Copies the peer's sources into build/peers and installs it there, unless that has been done already."""
    source, target = HERE / peer, folder / peer
    newest = max(path.stat().st_mtime for path in source.rglob("*") if path.is_file())
    done = target / ".installed"
    if done.exists() and done.stat().st_mtime > newest:
        return target
    need(program, peer)
    shutil.copytree(source, target, dirs_exist_ok=True)
    print(f"rules-peers: installing {peer} into {target.relative_to(ROOT)}", file=sys.stderr)
    run = subprocess.run(command, cwd=target, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if run.returncode != 0:
        fail(f"cannot install {peer}:\n{run.stdout}")
    done.touch()
    return target


def install_drools(folder):
    command = ["mvn", "-q", "-B", "package", "dependency:copy-dependencies", "-DoutputDirectory=lib"]
    target = install(folder, "drools", "mvn", command)
    return ["java", "-Xmx4g", "-cp", f"{target}/target/classes:{target}/lib/*"]


def install_zen(folder):
    target = install(folder, "zen", "npm", ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"])
    return ["node", str(target / "peer.cjs")]


def answers_of(engine, command, job):
    print(f"rules-peers: {engine}", file=sys.stderr)
    # Libraries of the peers may say things before the answer, which is the last line.
    run = subprocess.run([*command, str(job)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if run.returncode != 0:
        fail(f"{engine} failed:\n{run.stderr}")
    return json.loads(run.stdout.splitlines()[-1], parse_float=decimal.Decimal)


def same(left, right):
    """Equal, numbers to 1e-8 as in the TCK."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, (int, decimal.Decimal)) and isinstance(right, (int, decimal.Decimal)):
        scale = max(1, abs(left), abs(right))
        return abs(left - right) <= decimal.Decimal("1e-8") * scale
    return left == right


def compare(task, results):
    """Counts for each engine the answers that differ from a scan of the rows, or from Attune's where none is known."""
    reference = task.get("expected") or results["attune"]["tasks"][task["name"]]["answers"]
    wrong = {}
    for engine, result in results.items():
        if task["name"] not in result["tasks"]:
            continue
        given = result["tasks"][task["name"]].pop("answers")
        wrong[engine] = sum(not same(one, other) for one, other in zip(given, reference, strict=True))
    return wrong


def readable(ns):
    for unit, size in (("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.3g} ns"


def print_table(tasks, results, wrong):
    heads = [*MODES.values(), "CPU", "CPU, trace", "load", "differ"]
    print(f"{'what':<39} {'engine':<13} " + " ".join(f"{head:>10}" for head in heads))
    for task in tasks:
        for engine, result in results.items():
            measured = result["tasks"].get(task["name"])
            if measured is None:
                continue
            times = measured["ns"]
            cells = [readable(float(times[mode]["best"])) if mode in times else "-" for mode in MODES]
            cells += [readable(float(times[mode]["cpu"])) if mode in times else "-" for mode in ("plain", "explain")]
            cells.append(f"{float(measured['load_ms']):.0f} ms" if "load_ms" in measured else "-")
            cells.append(wrong[task["name"]][engine])
            print(f"{task['question']:<39} {result['engine']:<13} " + " ".join(f"{cell:>10}" for cell in cells))
    print("wall time of one decision in the best of the rounds; CPU: of the whole process, over all rounds")


def kit_path():
    beside = ROOT / "../shared/conformance/dmn-tck"
    kit = os.environ.get("DMN_TCK") or (str(beside) if beside.is_dir() else "")
    tests = pathlib.Path(kit, "TestCases")
    return tests if kit and tests.is_dir() else pathlib.Path(kit) if kit else None


def bench(options, folder, engines, kit):
    tasks = models.make(folder / "models", kit)
    settings = {"warm_up_seconds": 0.3, "round_ms": 5, "rounds": 5} if options.quick else {}
    job = {"warm_up_seconds": 8, "round_ms": 20, "rounds": 51, **settings}
    path = folder / "job.json"
    path.write_text(json.dumps(job | {"tasks": [{k: v for k, v in task.items() if k != "expected"} for task in tasks]}))
    results = {engine: answers_of(engine, command, path) for engine, command in engines.items()}
    wrong = {task["name"]: compare(task, results) for task in tasks}
    print_table(tasks, results, wrong)
    if not kit:
        print("the lending model is left out: set DMN_TCK to a checkout of github.com/dmn-tck/tck")
    if options.json:
        print(json.dumps({"job": job, "results": results, "differ": wrong}, default=float))
    return any(count for counts in wrong.values() for count in counts.values())


def main():
    parser = argparse.ArgumentParser(
        prog="./dev bench rules-peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--quick", action="store_true", help="short warm-up, few rounds: the times mean little")
    parser.add_argument("--only", default="attune,drools,zen", help="engines, separated by commas")
    parser.add_argument("--tck", action="store_true", help="compare the answers to all questions of the DMN TCK")
    options = parser.parse_args()
    chosen = options.only.split(",")
    if unknown := set(chosen) - {"attune", "drools", "zen"}:
        fail(f"there is no engine {', '.join(sorted(unknown))}; there are attune, drools and zen")
    folder = ROOT / "build/peers"
    folder.mkdir(parents=True, exist_ok=True)
    build = options.build.resolve()
    kit = kit_path()
    if options.tck:
        if not kit:
            fail("the TCK is not here: set DMN_TCK to a checkout of github.com/dmn-tck/tck")
        return tck.compare(build / "attune", install_drools(folder), kit, folder / "tck", options.json)
    # Attune always: where no scan tells the answers, its own are what the others are compared with.
    engines = {"attune": [build / "bench/rules_peer"]}
    if "drools" in chosen:
        engines["drools"] = [*install_drools(folder), "peers.Bench"]
    if "zen" in chosen:
        engines["zen"] = install_zen(folder)
    return 1 if bench(options, folder, engines, kit) else 0


if __name__ == "__main__":
    sys.exit(main())
