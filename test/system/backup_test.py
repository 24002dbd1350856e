"""The drill of a disaster: a server is backed up while it runs, loses its disk, and comes back as of any moment."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import server

COUNTING = server.ROOT / "test/system/counting.yaml"


def attune(*words, code=0):
    """Runs a command of `attune`; fails with what it said when it ends otherwise than expected."""
    run = subprocess.run([server.PROGRAM, *map(str, words)], capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == code, f"attune {words[0]} ended with {run.returncode}:\n{run.stdout}{run.stderr}"
    return run.stdout + run.stderr


class Drill(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="attune-drill-")
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.backup = self.folder / "backup"
        self.sent = 0

    def view(self, target, count):
        """Sends `count` events of customer `ada`, each acknowledged."""
        calls = []
        for _ in range(count):
            self.sent += 1
            calls.append({"type": "track", "messageId": f"m-{self.sent}", "userId": "ada", "event": "Product Viewed",
                          "properties": {"number": self.sent}})
        self.assertEqual(target.post("/v1/batch", {"batch": calls}).status, 200)

    def views(self, target):
        answer = target.get("/v1/profiles/ada?by=userId")
        return answer.json["features"]["views"] if answer.status == 200 else 0

    def back_up(self, target):
        return json.loads(attune("backup", target.data, self.backup, "--json"))

    def restored(self, name, *words):
        """A server on what `attune restore` makes."""
        parent = self.folder / name
        parent.mkdir()
        attune("restore", self.backup, parent / "data", *words)
        self.assertIn(", 0 of them not what the log gives", attune("verify", parent / "data"))
        return server.Server(COUNTING, data=parent)

    def test_a_lost_disk_comes_back_from_the_backup(self):
        with server.Server(COUNTING) as lost:
            self.view(lost, 40)
            first = self.back_up(lost)
            self.view(lost, 20)
            second = self.back_up(lost)
            self.assertGreater(second["to"], first["to"])
            self.assertTrue((lost.data / "backed-up").read_text().startswith(f"attune backed up to {second['to']}, sum "))
            lost.kill()
            shutil.rmtree(lost.data)
        with self.restored("all") as back:
            self.assertEqual(self.views(back), 60)
            self.view(back, 5)
            back.restart()
            self.assertEqual(self.views(back), 65)
        with self.restored("part", "--to-position", first["to"]) as back:
            self.assertEqual(self.views(back), 40)

    def test_a_mistake_is_undone_by_going_back_to_a_time(self):
        with server.Server(COUNTING) as target:
            self.view(target, 3)
            before = self.back_up(target)["latest"]
            server.eventually(lambda: self.view(target, 1) or self.back_up(target)["latest"] > before, "time to pass")
        with self.restored("then", "--to-time", before) as back:
            self.assertEqual(self.views(back), 3)

    def test_a_restored_server_does_not_write_into_the_backup_of_the_old_one(self):
        with server.Server(COUNTING) as target:
            self.view(target, 3)
            self.back_up(target)
        with self.restored("other") as back:
            self.view(back, 1)
            self.assertIn("another log", attune("backup", back.data, self.backup, code=1))

    def test_damage_is_named_and_nothing_is_made_of_it(self):
        with server.Server(COUNTING) as target:
            self.view(target, 30)
            self.back_up(target)
        segment = next(self.backup.glob("log/*.log"))
        content = bytearray(segment.read_bytes())
        content[200] ^= 4
        segment.write_bytes(content)
        self.assertIn(segment.name, attune("verify", self.backup, code=1))
        self.assertIn(segment.name, attune("restore", self.backup, self.folder / "data", code=1))
        self.assertFalse((self.folder / "data").exists())

    def test_the_state_is_what_the_log_gives_while_the_server_runs_and_after_it(self):
        with server.Server(COUNTING) as target:
            self.view(target, 30)
            self.assertIn(", 0 of them not what the log gives", attune("verify", target.data))
            self.assertEqual(target.stop(), 0)
            said = attune("verify", target.data)
            self.assertIn("fold: 1 customers", said)
            self.assertIn(", 0 of them not what the log gives", said)


if __name__ == "__main__":
    unittest.main()
