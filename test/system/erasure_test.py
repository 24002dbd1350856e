"""A customer is erased: nothing answers for them any more, and no byte of them is left on the disk, in backups either."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import server

COUNTING = server.ROOT / "test/system/counting.yaml"
MARKER = "zx9marker"
EMAIL = f"{MARKER}@example.org"
PLAIN = ["--log-compression", "none"]  # What is packed could hide the marker.


def attune(*words, code=0):
    run = subprocess.run([server.PROGRAM, *map(str, words)], capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == code, f"attune {words[0]} ended with {run.returncode}:\n{run.stdout}{run.stderr}"
    return run.stdout + run.stderr


def files_with_marker(folder):
    """The files below a folder that hold the marker, whatever they are."""
    return sorted(str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*")
                  if path.is_file() and MARKER.encode() in path.read_bytes())


class Erasure(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="attune-erasure-")
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.backup = self.folder / "backup"
        self.number = 0

    def send(self, target, who, event="Product Viewed", **more):
        self.number += 1
        call = {"type": "track", "messageId": f"m-{self.number}", "event": event,
                "properties": {"number": self.number}, **who, **more}
        self.assertEqual(target.post("/v1/batch", {"batch": [call]}).status, 200)

    def live(self, target):
        """Everything that can be held of the customer `zx9marker`: a device, traits, messages, mails, decisions, a bad event."""
        device = {"anonymousId": f"{MARKER}-phone"}
        person = {"userId": f"{MARKER}-ada"}
        for _ in range(4):
            self.send(target, device, context={"page": {"title": MARKER}})
            self.send(target, {"userId": "bob"})
        self.send(target, {**device, **person})
        call = {"type": "identify", "messageId": "identify", "traits": {"email": EMAIL, "first_name": MARKER}, **person}
        self.assertEqual(target.post("/v1/batch", {"batch": [call]}).status, 200)
        self.send(target, person, "Product Added")
        self.send(target, person, "Product Viewed", properties={"number": f"no number: {MARKER}"})
        question = {"userId": person["userId"], "placements": ["home_hero"], "context": {"note": MARKER}}
        answer = target.post("/v1/decide", question)
        self.assertEqual(answer.status, 200)
        server.eventually(lambda: target.get("/v1/status").json["outbox_pending"] > 0, "an e-mail to be owed")
        return answer.json["decisions"][0]["id"]

    def erase(self, target):
        self.assertEqual(json.loads(attune("erase", f"{MARKER}-ada", "--url", target.url(""), "--json"))["status"], "complete")

    def assert_gone(self, folder):
        server.eventually(lambda: not files_with_marker(folder), f"the marker to vanish; {files_with_marker(folder)}")

    def views(self, target, who):
        return target.get(f"/v1/profiles/{who}?by=userId").json["features"]["views"]

    def test_nothing_is_left_on_the_disk_and_others_keep_everything(self):
        with server.Server(COUNTING, arguments=PLAIN) as target:
            decision = self.live(target)
            self.assertTrue(files_with_marker(target.data))
            self.erase(target)
            self.assert_gone(target.data)
            for path in (f"/v1/profiles/{MARKER}-ada", f"/v1/profiles/{MARKER}-phone?by=anonymousId", f"/v1/decisions/{decision}"):
                self.assertEqual(target.get(path).status, 404, path)
            self.assertEqual(target.get("/v1/quarantine").json["items"], [])
            self.assertEqual(target.get("/v1/status").json["outbox_pending"], 0)
            self.assertEqual(self.views(target, "bob"), 4)
            self.assertEqual(target.stop(), 0)
            self.assert_gone(target.data)
            self.assertIn(", 0 of them not what the log gives", attune("verify", target.data))
            target.start()
            self.assertEqual(target.get(f"/v1/profiles/{MARKER}-ada").status, 404)
            self.assertEqual(self.views(target, "bob"), 4)

    def test_what_rests_in_old_tables_of_the_state_goes_too(self):
        with server.Server(COUNTING, arguments=PLAIN) as target:
            self.live(target)
            self.assertEqual(target.stop(), 0)
            self.assertTrue([name for name in files_with_marker(target.data) if name.endswith(".sst")])
            target.start()
            self.send(target, {"userId": f"{MARKER}-ada"})
            self.assertEqual(target.stop(), 0)
            target.start()
            self.erase(target)
            self.assert_gone(target.data)

    def test_somebody_who_comes_back_is_somebody_new(self):
        with server.Server(COUNTING, arguments=PLAIN) as target:
            self.live(target)
            self.erase(target)
            self.send(target, {"userId": f"{MARKER}-ada"})
            self.assertEqual(self.views(target, f"{MARKER}-ada"), 1)
            target.restart()
            self.assertEqual(self.views(target, f"{MARKER}-ada"), 1)

    def test_an_erasure_that_a_crash_cut_short_goes_on(self):
        with server.Server(COUNTING, arguments=PLAIN) as target:
            self.live(target)
            answer = target.request("DELETE", f"/v1/profiles/{MARKER}-ada")
            self.assertEqual(answer.status, 202)
            target.kill()
            record = target.data / "erasures"
            # As if the crash had come before the log was touched; of format 1, which has no checksum.
            lines = record.read_text().splitlines()[1:-1]
            record.write_text(re.sub(" complete ", " folded ", "\n".join(["attune erasures 1", *lines, ""])))
            target.start()
            self.assertEqual(target.get(f"/v1/profiles/{MARKER}-ada").status, 404)
            path = f"/v1/erasures/{answer.json['erasure']}"
            server.eventually(lambda: target.get(path).json["status"] == "complete", "the erasure to be completed")
            self.assert_gone(target.data)

    def test_a_backup_forgets_with_the_next_run_and_an_older_one_when_it_is_restored(self):
        with server.Server(COUNTING, arguments=PLAIN) as target:
            self.live(target)
            attune("backup", target.data, self.backup)
            older = self.folder / "older"
            subprocess.run(["cp", "-r", self.backup, older], check=True)
            self.erase(target)
            attune("backup", target.data, self.backup)
            self.assertEqual(files_with_marker(self.backup), [])
            attune("verify", self.backup)
            attune("restore", older, self.folder / "restored", "--erasures", target.data / "erasures")
        self.assertEqual(files_with_marker(self.folder / "restored"), [])
        (self.folder / "again").mkdir()
        attune("restore", self.backup, self.folder / "again/data")
        with server.Server(COUNTING, data=self.folder / "again") as back:
            self.assertEqual(back.get(f"/v1/profiles/{MARKER}-ada").status, 404)
            self.assertEqual(self.views(back, "bob"), 4)

    def test_who_comes_back_is_in_a_backup_that_begins_behind_the_erasure(self):
        arguments = [*PLAIN, "--log-segment-mib", "8", "--log-mib-max", "8"]
        with server.Server(COUNTING, arguments=arguments) as target:
            self.live(target)
            self.erase(target)
            for _ in range(3):
                self.send(target, {"userId": f"{MARKER}-ada"})
            for number in range(60):
                batch = [{"type": "track", "messageId": f"fill-{number}-{i}", "event": "Product Viewed", "userId": "bob",
                          "properties": {"number": i}, "context": {"page": {"title": "x" * 30_000}}} for i in range(15)]
                self.assertEqual(target.post("/v1/batch", {"batch": batch}).status, 200)
            trimmed = re.compile(r"^attune_log_begin [1-9]", re.MULTILINE)
            server.eventually(lambda: trimmed.search(target.get("/metrics").text), "the log to be trimmed", seconds=60)
            attune("backup", target.data, self.backup)
        (self.folder / "again").mkdir()
        attune("restore", self.backup, self.folder / "again/data")
        with server.Server(COUNTING, data=self.folder / "again") as back:
            self.assertEqual(self.views(back, f"{MARKER}-ada"), 3)

    def test_an_export_holds_everything_of_the_customer_and_nothing_of_others(self):
        with server.Server(COUNTING, arguments=PLAIN) as target:
            decision = self.live(target)
            answer = target.get(f"/v1/profiles/{MARKER}-ada/export")
            self.assertEqual(answer.status, 200, answer.text)
            held = answer.json
            self.assertEqual(held["profile"]["traits"]["email"], EMAIL)
            self.assertEqual(len(held["events"]), 8)
            self.assertEqual([one["id"] for one in held["decisions"]], [decision])
            self.assertEqual(len(held["quarantined"]), 1)
            self.assertEqual(held["deliveries"][0]["to"], EMAIL)
            self.assertTrue(held["messages"])
            self.assertIsNone(held["next"])
            self.assertNotIn("bob", answer.text)
            self.assertEqual(target.get("/v1/profiles/nobody/export").status, 404)


if __name__ == "__main__":
    unittest.main()
