"""A real server on a disk of its own that fills up: events are refused, questions are not, and it goes on by itself."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import server

COUNTING = server.ROOT / "test/system/counting.yaml"
DISK_MIB = 128
OPTIONS = ["--log-segment-mib", "8", "--disk-reserve-mib", "8", "--log-compression", "none"]


class SmallDisk:
    """A file system in memory of a given size; a test is skipped where one may not be mounted."""

    def __init__(self, mib):
        self.folder = tempfile.TemporaryDirectory(prefix="attune-small-disk-")
        self.path = pathlib.Path(self.folder.name)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", self.path],
                                 capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            self.folder.cleanup()
            raise unittest.SkipTest(f"cannot mount a small disk: {mounted.stderr.strip()}")

    def close(self):
        subprocess.run(["umount", "--lazy", self.path], check=True)
        self.folder.cleanup()

    def fill(self, left_mib):
        """Leaves so much free, as somebody else's file would."""
        status = os.statvfs(self.path)
        free = status.f_bavail * status.f_frsize
        with open(self.path / "ballast", "wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, free - (left_mib << 20))

    def empty(self):
        (self.path / "ballast").unlink()


class DiskFull(unittest.TestCase):
    def setUp(self):
        self.disk = SmallDisk(DISK_MIB)
        self.addCleanup(self.disk.close)
        self.acknowledged = 0
        self.number = 0

    def view(self, target):
        """Sends a large event; its status."""
        self.number += 1
        answer = target.post("/v1/track", {"messageId": f"m-{self.number}", "userId": "ada", "event": "Product Viewed",
                                           "properties": {"number": self.number, **{f"note_{i}": "x" * 7_500 for i in range(3)}}})
        self.acknowledged += answer.status == 200
        return answer

    def views(self, target):
        answer = target.get("/v1/profiles/ada?by=userId")
        self.assertEqual(answer.status, 200)
        return answer.json["features"]["views"]

    def view_until_refused(self, target):
        for _ in range(2_000):
            answer = self.view(target)
            if answer.status != 200:
                return answer
        self.fail("the disk is never full")

    def test_events_are_refused_before_it_hurts_and_taken_again_once_there_is_room(self):
        with server.Server(COUNTING, data=self.disk.path, arguments=OPTIONS) as target:
            self.assertEqual(self.view(target).status, 200)
            self.assertEqual(target.get("/readyz").status, 200)
            self.disk.fill(left_mib=10)

            refused = self.view_until_refused(target)
            self.assertEqual(refused.status, 507)
            self.assertEqual(refused.json["type"], "disk-full")
            self.assertIsNotNone(refused.headers["Retry-After"])
            self.assertGreater(self.acknowledged, 50)

            ready = target.get("/readyz")
            self.assertEqual(ready.status, 503)
            self.assertIn("MiB free", ready.json["reason"])
            self.assertEqual(self.views(target), self.acknowledged)
            server.eventually(lambda: "attune_disk_full 1" in target.get("/metrics").text, "the metric to say so")

            self.disk.empty()
            server.eventually(lambda: target.get("/readyz").status == 200, "the server to notice the room")
            self.assertEqual(self.view(target).status, 200)
            self.assertEqual(self.views(target), self.acknowledged)
            target.restart()
            self.assertEqual(self.views(target), self.acknowledged)

    def test_a_server_killed_on_a_full_disk_has_all_that_it_acknowledged(self):
        with server.Server(COUNTING, data=self.disk.path, arguments=OPTIONS) as target:
            self.view(target)
            self.disk.fill(left_mib=10)
            self.view_until_refused(target)
            target.restart()
            self.assertEqual(self.views(target), self.acknowledged)
            self.disk.empty()
            server.eventually(lambda: self.view(target).status == 200, "the server to notice the room")
            self.assertEqual(self.views(target), self.acknowledged)


if __name__ == "__main__":
    unittest.main()
