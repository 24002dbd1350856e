"""The reference job's answer, key by key, from packed and plain files."""

import gzip
import json
import pathlib
import subprocess
import tempfile
import unittest

import server as servers

DATA = servers.ROOT.parent / "shared/data/reference"


def last_line_of(*arguments):
    run = subprocess.run([servers.PROGRAM, *arguments], capture_output=True, text=True, check=True, timeout=120)
    return json.loads(run.stdout.splitlines()[-1])


@unittest.skipUnless(DATA.is_dir(), f"the reference data is not at {DATA}")
class Reference(unittest.TestCase):
    def setUp(self):
        self.answer = json.loads((DATA / "answer.json").read_text())
        self.packed = DATA / "events.jsonl.gz"

    def test_the_benchmarks_answer_is_the_references(self):
        with tempfile.TemporaryDirectory(prefix="attune-reference-") as folder:
            plain = pathlib.Path(folder) / "events.jsonl"
            plain.write_bytes(gzip.decompress(self.packed.read_bytes()))
            for file in (self.packed, plain):
                measured = last_line_of("bench", "reference", "--input", file, "--json")
                self.assertEqual(self.answer, {key: measured.get(key) for key in self.answer})

    def test_a_replays_counts_are_the_references(self):
        counts = last_line_of("replay", servers.ROOT / "examples/reference", self.packed, "--json")
        given = {key: counts[key] for key in ("lines", "rejected", "duplicate", "accepted")}
        given |= counts["rules"] | counts["patterns"]
        wanted = {key: value for key, value in self.answer.items() if key != "recent_products_hash"}
        self.assertEqual(wanted, given)
