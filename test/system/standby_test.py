"""Two real servers, a leader and its standby, and a network between them that can be cut: what was acknowledged is there after
the leader is gone, and a leader whose turn is over acknowledges nothing."""

import collections
import http.client
import json
import pathlib
import re
import tempfile
import threading
import time
import unittest

import cut_proxy
import server

COUNTING = server.ROOT / "test/system/counting.yaml"
CUSTOMERS = 6
EVENTS_PER_BATCH = 20


class Load(threading.Thread):
    """Sends batches, each new one to the server that it is told, and knows which were acknowledged when and by whom."""

    def __init__(self, target, name="load"):
        super().__init__(daemon=True)
        self.target = target
        self.label = name
        self.acknowledged = []  # (server, first number)
        self.running = True
        self.first = 0
        self.refused = collections.Counter()

    def run(self):
        while self.running:
            target = self.target
            try:
                answer = target.post("/v1/batch", json.dumps({"batch": self.batch(self.first)}))
                if answer.status == 200:
                    self.acknowledged.append((target, self.first))
                    self.first += EVENTS_PER_BATCH
                    continue
                self.refused[answer.status] += 1
            except (OSError, http.client.HTTPException):
                self.refused["no answer"] += 1
            time.sleep(0.02)

    def batch(self, first):
        return [event(self.label, number) for number in range(first, first + EVENTS_PER_BATCH)]

    def stop(self):
        self.running = False
        self.join()
        return self


def event(label, number):
    return {"type": "track", "messageId": f"{label}-{number}", "userId": f"{label}-{number % CUSTOMERS}",
            "event": "Product Viewed", "properties": {"number": number}}


class Standby(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="attune-standby-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.key = self.folder / "key"
        self.key.write_text("0123456789abcdef0123456789abcdef")
        self.key.chmod(0o400)

    def server(self, name, *arguments):
        (self.folder / name).mkdir(exist_ok=True)
        made = server.Server(COUNTING, self.folder / name, ["--replication-key", f"file:{self.key}", *arguments])
        self.addCleanup(made.kill)
        return made

    def pair(self, *leader_arguments):
        """A leader, the network, and a standby that has said it is there."""
        leader = self.server("leader", *leader_arguments).start()
        link = cut_proxy.CutProxy(lambda: leader.port)
        self.addCleanup(link.close)
        standby = self.server("standby", "--follow", link.url()).start()
        self.wait_for_follower(leader)
        return leader, link, standby

    def wait_for_follower(self, leader):
        server.eventually(lambda: metric(leader, "attune_replication_followers") == 1, "the standby's first word", 20)

    def promote(self, standby):
        answer = standby.request("POST", "/v1/promote")
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json

    def check_held(self, attune, load):
        """Every acknowledged event counts exactly once."""
        sums = collections.Counter()
        counts = collections.Counter()
        for _, first in load.acknowledged:
            for number in range(first, first + EVENTS_PER_BATCH):
                sums[number % CUSTOMERS] += number
                counts[number % CUSTOMERS] += 1
        unsure = load.batch(load.first)  # may be there or not: sent again, it must not count twice
        answer = server.eventually(lambda: attune.post("/v1/batch", {"batch": unsure}).status == 200, "a last batch", 30)
        self.assertTrue(answer)
        for one in unsure:
            number = one["properties"]["number"]
            sums[number % CUSTOMERS] += number
            counts[number % CUSTOMERS] += 1
        for who in range(CUSTOMERS):
            features = attune.get(f"/v1/profiles/{load.label}-{who}?by=userId").json["features"]
            self.assertEqual((features["views"], features["number_sum"]), (counts[who], sums[who]), who)

    def test_a_standby_answers_questions_says_how_old_it_is_and_refuses_writes(self):
        leader, _, standby = self.pair()
        self.assertEqual(leader.post("/v1/batch", {"batch": [event("a", 0)]}).status, 200)

        def seen():
            answer = standby.get("/v1/profiles/a-0?by=userId")
            return answer if answer.status == 200 else None

        answer = server.eventually(seen, "the event at the standby")
        self.assertEqual(answer.json["features"]["views"], 1)
        self.assertEqual(answer.headers["X-Attune-Lag-Positions"], "0")
        self.assertLess(float(answer.headers["X-Attune-Lag-Seconds"]), 5)
        self.assertIn("standby of http://", standby.get("/readyz").json["reason"])
        refused = standby.post("/v1/batch", {"batch": [event("a", 1)]})
        self.assertEqual(refused.status, 503)
        self.assertEqual(refused.json["type"], "standby")
        self.assertIn("standby of http://", refused.json["detail"])
        self.assertEqual(standby.request("DELETE", "/v1/profiles/a-0").status, 503)
        self.assertEqual(metric(standby, "attune_replication_leading"), 0)
        self.assertEqual(metric(leader, "attune_replication_leading"), 1)

    def test_with_sync_nothing_acknowledged_is_lost_when_the_leader_dies_under_load(self):
        leader, _, standby = self.pair("--sync")
        load = Load(leader)
        load.start()
        server.eventually(lambda: len(load.acknowledged) > 20, "some load", 30)
        leader.kill()
        self.assertEqual(self.promote(standby)["epoch"], 1)
        load.target = standby
        server.eventually(lambda: load.acknowledged[-1][0] is standby, "the standby's first acknowledgement", 20)
        self.check_held(standby, load.stop())
        standby.restart()  # leads again, though it is told to follow
        self.check_held(standby, load)

    def test_with_sync_a_cut_link_in_either_direction_stops_acknowledgements_and_mends(self):
        leader, link, standby = self.pair("--sync", "--sync-wait", "500ms")
        for cut in ({"back": False}, {"there": False}):
            link.cut(**cut)
            server.eventually(lambda: leader.post("/v1/batch", {"batch": [event("cut", 0)]}).status == 503, "a refusal", 20)
            refused = leader.post("/v1/batch", {"batch": [event("cut", 0)]})
            self.assertEqual(refused.status, 503)
            self.assertIn("Retry-After", refused.headers)
            link.mend()
            server.eventually(lambda: leader.post("/v1/batch", {"batch": [event("cut", 0)]}).status == 200, "the link", 20)
        features = leader.get("/v1/profiles/cut-0?by=userId").json["features"]
        self.assertEqual(features["views"], 1)  # however often it was sent

    def test_promoted_under_load_the_old_leader_acknowledges_nothing_more(self):
        leader, link, standby = self.pair("--sync", "--sync-wait", "300ms")
        load = Load(leader)
        load.start()
        server.eventually(lambda: len(load.acknowledged) > 10, "some load", 30)
        link.cut()  # the old leader hears of nothing
        self.promote(standby)
        promoted_at = len(load.acknowledged)
        time.sleep(1.5)
        self.assertEqual(len(load.acknowledged), promoted_at)  # late acknowledgements: none
        load.target = standby
        server.eventually(lambda: load.acknowledged[-1][0] is standby, "the standby's first acknowledgement", 20)
        link.mend()
        server.eventually(lambda: metric(leader, "attune_replication_fenced") == 1, "the old leader's fence", 20)
        self.assertEqual(leader.get("/readyz").status, 503)
        self.assertIn("epoch 1", leader.get("/readyz").json["reason"])
        leader.restart()
        self.assertEqual(leader.post("/v1/batch", {"batch": [event("late", 0)]}).status, 503)
        self.check_held(standby, load.stop())
        self.rejoin(leader, standby, load)

    def rejoin(self, old, new, load):
        """The old leader comes back as a standby once what only it has is set aside."""
        old.kill()
        old.arguments = ["--replication-key", f"file:{self.key}", "--follow", f"http://127.0.0.1:{new.port}"]
        old.arguments.append("--cut-tail")
        old.start()
        server.eventually(lambda: " 0 positions" in old.get("/readyz").json["reason"], "it to catch up", 20)
        who = f"/v1/profiles/{load.label}-1?by=userId"
        self.assertEqual(old.get(who).json["features"], new.get(who).json["features"])

    def test_without_sync_a_tail_that_only_the_old_leader_has_is_named_and_kept_aside(self):
        leader, link, standby = self.pair()
        self.assertEqual(leader.post("/v1/batch", {"batch": [event("t", 0)]}).status, 200)
        server.eventually(lambda: standby.get("/v1/profiles/t-0?by=userId").status == 200, "the first event")
        link.cut()
        self.assertEqual(leader.post("/v1/batch", {"batch": [event("t", 1)]}).status, 200)  # only there
        self.promote(standby)
        self.assertEqual(standby.post("/v1/batch", {"batch": [event("t", 2)]}).status, 200)
        leader.kill()
        leader.arguments += ["--follow", f"http://127.0.0.1:{standby.port}"]
        with self.assertRaises(AssertionError) as refused:
            leader.start()
        self.assertRegex(str(refused.exception), r"the logs differ before position \d+|it has lost what it had|ends at position")
        self.assertIn("--cut-tail", str(refused.exception))
        leader.arguments.append("--cut-tail")
        leader.port = 0
        leader.start()
        server.eventually(lambda: leader.get("/v1/profiles/t-2?by=userId").status == 200, "the new leader's event")
        self.assertEqual(leader.get("/v1/profiles/t-1?by=userId").status, 404)
        self.assertTrue(list(leader.data.glob("aside-*/log/*.log")))

    def test_a_stranger_without_the_key_gets_no_log(self):
        leader, _, _ = self.pair()
        other = self.folder / "other-key"
        other.write_text("another key that is long enough")
        other.chmod(0o400)
        stranger = server.Server(COUNTING, self.folder / "x",
                                 ["--replication-key", f"file:{other}", "--follow", f"http://127.0.0.1:{leader.port}"])
        (self.folder / "x").mkdir()
        self.addCleanup(stranger.kill)
        with self.assertRaises(AssertionError) as refused:
            stranger.start()
        self.assertIn("another replication key", str(refused.exception))
        self.assertEqual(leader.post("/v1/replication/fetch", "no seal at all").status, 401)
        with server.Server(COUNTING) as plain:
            self.assertEqual(plain.post("/v1/replication/fetch", "x").status, 404)

    def test_an_erasure_reaches_the_standbys_disk(self):
        leader, _, standby = self.pair()
        marked = {"type": "identify", "messageId": "e1", "userId": "erase-me-7f3a", "traits": {"email": "erase-me-7f3a@example.com"}}
        self.assertEqual(leader.post("/v1/batch", {"batch": [marked]}).status, 200)
        server.eventually(lambda: standby.get("/v1/profiles/erase-me-7f3a?by=userId").status == 200, "the customer")
        self.assertEqual(leader.request("DELETE", "/v1/profiles/erase-me-7f3a").status, 202)
        server.eventually(lambda: standby.get("/v1/profiles/erase-me-7f3a?by=userId").status == 404, "the erasure", 20)


        def forgotten():
            files = [path for path in standby.data.rglob("*") if path.is_file()]
            return not any(b"erase-me-7f3a" in read_or_empty(path) for path in files)

        def rewritten():
            # What is written to is not rewritten; the next batch that comes begins another segment.
            leader.post("/v1/batch", {"batch": [event("after", 0)]})
            return metric(standby, "attune_erasures_total") == 1

        server.eventually(rewritten, "the rewriting", 30)
        server.eventually(forgotten, "every byte to go", 20)


def read_or_empty(path):
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""  # a table that was compacted meanwhile


def metric(attune, name):
    found = re.search(rf"^{name} (\S+)$", attune.get("/metrics").text, re.M)
    return float(found[1]) if found else None


if __name__ == "__main__":
    unittest.main()
