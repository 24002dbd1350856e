"""All questions of the DMN TCK to Attune and Drools; where they differ, the TCK says who is right, or the list beside."""

import collections
import json
import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

TEST = "http://www.omg.org/spec/DMN/20160719/testcase"
JUDGED = pathlib.Path(__file__).resolve().parent / "differences.tsv"


def outcomes(attune, folder):
    """{(test file, case, node): outcome} of `attune dmn test`."""
    run = subprocess.run([attune, "dmn", "test", "--json", folder], capture_output=True, text=True, check=False)
    found = {}
    for line in run.stdout.splitlines():
        each = json.loads(line)
        found[(str(pathlib.Path(each["file"]).relative_to(folder)), each["case"], each["node"])] = each
    return found


def causes(folder):
    """{(test file, case, node): what Drools had to say}."""
    found = {}
    for path in folder.rglob("*.xml"):
        for case in ElementTree.parse(path).getroot().iter(f"{{{TEST}}}testCase"):
            for node in case.iter(f"{{{TEST}}}resultNode"):
                found[(str(path.relative_to(folder)), case.get("id"), node.get("name"))] = node.get("cause") or ""
    return found


def judgements():
    """{(test file name, node): (who, why)}: differences about which the TCK says nothing, read by hand."""
    lines = [line.split("\t") for line in JUDGED.read_text().splitlines() if line and not line.startswith("#")]
    return {(file, node): (who, why) for file, node, who, why in lines}


def judge(key, outcome, by_standard, by_hand, cause):
    """Who is right, and why; `cause`: what Drools had to say."""
    asked = by_standard.get(key)
    if outcome["needs_java"]:
        return "needs Java", "Attune refuses Java functions on purpose"
    file, _, node = key
    if asked is not None and asked["passed"]:
        return "Attune", "the TCK expects what Attune answers"
    if asked is not None:
        why = f"the TCK expects {asked['expected']}"
        return ("Drools" if asked["expected"] == outcome["expected"] else "neither"), why
    if outcome["expected"] == "null" and "Required dependency" in cause:
        return "Attune", "an input that is not given is null; Drools does not evaluate what needs it"
    return by_hand.get((pathlib.Path(file).name, node), ("not judged", cause))


def compare(attune, drools, kit, out, as_json):
    shutil.rmtree(out, ignore_errors=True)
    with open(out.with_suffix(".log"), "w", encoding="utf8") as log:
        subprocess.run([*drools, "peers.Tck", str(kit), str(out)], stdout=log, stderr=log, check=True)
    agreement = outcomes(attune, out)
    by_standard = outcomes(attune, kit)
    by_hand = judgements()
    said = causes(out)
    verdicts = collections.Counter()
    differing = []
    for key, outcome in agreement.items():
        if not outcome["passed"]:
            who, why = judge(key, outcome, by_standard, by_hand, said[key])
            verdicts[(who, why if not why.startswith("the TCK expects ") or who == "Attune" else "by the TCK")] += 1
            differing.append({**outcome, "who": who, "why": why})
            print(f"{key[0]}: case {key[1]}, {key[2]}: Drools {outcome['expected']}, Attune {outcome['actual']}")
            print(f"    right: {who}. {why}")
    agree = len(agreement) - len(differing)
    expected = sum(key in by_standard for key in agreement)
    print(f"{len(agreement)} questions ({expected} with an answer in the TCK): {agree} agree, {len(differing)} differ")
    for (who, why), count in sorted(verdicts.items()):
        print(f"{count:4} right: {who}. {why}")
    if as_json:
        print(json.dumps({"questions": len(agreement), "agree": agree, "right": [[*key, count] for key, count in verdicts.items()], "differing": differing}))
    if not agreement:
        sys.exit(f"rules-peers: nothing was compared; see {out.with_suffix('.log')}")
    return 1 if any(who == "not judged" for who, _ in verdicts) else 0
