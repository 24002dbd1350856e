"""What every released version has left on disk is read by this one; what a newer one has left is refused."""

import pathlib
import subprocess
import tarfile
import tempfile
import unittest

import make_sample
import server

COUNTING = server.ROOT / "test/system/counting.yaml"


class Upgrade(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="attune-upgrade-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def samples(self):
        found = sorted(make_sample.SAMPLES.glob("*.tar.gz"))
        self.assertTrue(found, "there is no sample of any version")
        for sample in found:
            folder = self.folder / sample.name
            with tarfile.open(sample) as archive:
                archive.extractall(folder)
            yield folder

    def attune(self, *words):
        return subprocess.run([server.PROGRAM, *map(str, words)], capture_output=True, text=True, check=False, timeout=60)

    def test_the_data_of_every_version_loads(self):
        for folder in self.samples():
            with self.subTest(folder.name), server.Server(COUNTING, data=folder) as target:
                for customer in range(make_sample.CUSTOMERS):
                    self.check(target, customer)
                # Repeats are still known as such.
                repeat = {"batch": make_sample.calls(0)[-5:]}
                self.assertEqual(target.post("/v1/batch", repeat).status, 200)
                self.check(target, 0)

    def check(self, target, customer):
        calls = make_sample.calls(customer)
        numbers = [call["properties"]["number"] for call in calls if call["event"] == "Product Viewed"]
        features = target.get(f"/v1/profiles/sample-{customer}?by=userId").json["features"]
        self.assertEqual(features["views"], len(numbers))
        self.assertEqual(features["number_sum"], sum(numbers))
        self.assertEqual(features["adds"], len(calls) - len(numbers))

    def test_the_state_of_every_version_is_the_fold_of_its_log(self):
        for folder in self.samples():
            with self.subTest(folder.name):
                run = self.attune("verify", folder / "data")
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
                self.assertIn(f"fold: {make_sample.CUSTOMERS} customers", run.stdout)

    def test_a_newer_state_is_refused(self):
        for folder in self.samples():
            (folder / "data/state/version").write_text("attune state 99\n")
            run = self.attune("serve", COUNTING, "--data", folder / "data", "--listen", "127.0.0.1:0", "--open")
            self.assertEqual(run.returncode, 1)
            self.assertIn("a newer version of Attune wrote", run.stderr)

    def test_a_newer_backup_is_refused(self):
        for folder in self.samples():
            backup = self.folder / "backup"
            self.assertEqual(self.attune("backup", folder / "data", backup).returncode, 0)
            (backup / "backup").write_text("attune backup 2\n")
            for words in (("backup", folder / "data", backup), ("restore", backup, self.folder / "back")):
                run = self.attune(*words)
                self.assertEqual(run.returncode, 1)
                self.assertIn("newer version of Attune", run.stderr)
            self.assertFalse((self.folder / "back").exists())


if __name__ == "__main__":
    unittest.main()
