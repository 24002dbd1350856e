"""The server as a client sees it: what it accepts, refuses and answers, and that it starts and ends well."""

import json
import pathlib
import select
import shutil
import subprocess
import tempfile
import unittest

import server

COUNTING = server.ROOT / "test/system/counting.yaml"


def view(user, number, message_id=None, **properties):
    return {
        "type": "track",
        "messageId": message_id or f"v-{user}-{number}",
        "userId": user,
        "event": "Product Viewed",
        "properties": {"number": number, **properties},
    }


class Api(unittest.TestCase):
    """One server for all: each test has customers of its own."""

    @classmethod
    def setUpClass(cls):
        cls.attune = server.Server(COUNTING).start()

    @classmethod
    def tearDownClass(cls):
        cls.attune.__exit__()

    def features(self, user):
        return self.attune.get(f"/v1/profiles/{user}?by=userId").json["features"]

    def assert_problem(self, answer, status):
        self.assertEqual(answer.status, status, answer.text)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertTrue({"title", "status", "detail"} <= answer.json.keys(), answer.text)

    def test_health_and_metrics_answer(self):
        self.assertEqual(self.attune.get("/livez").status, 200)
        self.assertEqual(self.attune.get("/readyz").status, 200)
        metrics = self.attune.get("/metrics")
        self.assertEqual(metrics.status, 200)
        self.assertIn("# TYPE attune_", metrics.text)

    def test_an_event_is_in_the_profile_once_it_is_acknowledged(self):
        answer = self.attune.post("/v1/track", view("one", 7))
        self.assertEqual((answer.status, answer.json), (200, {"success": True}))
        self.assertEqual(self.features("one")["views"], 1)
        self.assertEqual(self.features("one")["number_sum"], 7)

    def test_a_repeated_message_id_counts_once(self):
        for _ in range(3):
            self.attune.post("/v1/track", view("again", 5, "same-id"))
        self.assertEqual(self.features("again")["views"], 1)

    def test_bodies_that_cannot_be_read_are_refused(self):
        self.assert_problem(self.attune.post("/v1/track", b"{no json"), 400)
        self.assert_problem(self.attune.post("/v1/track", b'{"userId":"\xff\xfe"}'), 400)
        self.assert_problem(self.attune.post("/v1/track", "[" * 5000 + "]" * 5000), 400)
        self.assert_problem(self.attune.post("/v1/batch", {"batch": []}), 400)
        self.assert_problem(self.attune.post("/v1/batch", b'{"batch":["' + b"x" * 600_000 + b'"]}'), 413)
        self.assert_problem(self.attune.post("/v1/decide", {"userId": "x", "placements": ["nowhere"]}), 400)
        self.assert_problem(self.attune.get("/v1/profiles/nobody?by=userId"), 404)
        self.assert_problem(self.attune.get("/v1/nothing"), 404)

    def test_one_bad_event_does_not_spoil_a_batch(self):
        calls = [view("batch", number) for number in range(2499)]
        calls.insert(1200, {**view("batch", 1), "messageId": "bad-1", "properties": {"number": "12,5"}})
        self.assertEqual(self.attune.post("/v1/batch", {"batch": calls}).status, 200)
        self.assertEqual(self.features("batch")["views"], 2499)
        self.assertEqual(len(self.quarantined("bad-1")), 1)

    def quarantined(self, message_id):
        items, after = [], 0
        while True:
            page = self.attune.get(f"/v1/quarantine?after={after}&limit=100").json
            items += [item for item in page["items"] if item["event"].get("messageId") == message_id]
            if not page["items"] or page.get("next") in (None, after):
                return items
            after = page["next"]

    def test_times_that_cannot_be_are_quarantined_with_the_reason(self):
        call = {**view("late", 1), "messageId": "year-20000", "timestamp": "20000-01-01T00:00:00Z"}
        self.attune.post("/v1/track", call)
        items = self.quarantined("year-20000")
        self.assertEqual(len(items), 1)
        self.assertIn("timestamp", items[0]["reason"])

    def test_strict_ingest_reports_each_item(self):
        good, bad = view("strict", 1), {**view("strict", 2), "properties": {}}
        answer = self.attune.post("/v1/events", [good, good, bad])
        self.assertEqual([item["status"] for item in answer.json["results"]], ["accepted", "duplicate", "quarantined"])

    def test_cloud_events_come_in_structured_and_binary(self):
        event = {
            "specversion": "1.0", "id": "ce-1", "source": "/shop", "type": "Product Viewed", "subject": "cloud",
            "data": {"number": 4},
        }
        answer = self.attune.post("/v1/events", event, {"Content-Type": "application/cloudevents+json"})
        self.assertEqual(answer.status, 200, answer.text)
        headers = {"ce-specversion": "1.0", "ce-id": "ce-2", "ce-source": "/shop", "ce-type": "Product Viewed", "ce-subject": "cloud"}
        answer = self.attune.post("/v1/events", {"number": 5}, headers)
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual(self.features("cloud")["number_sum"], 9)

    def test_a_decision_sees_the_events_that_came_with_the_question(self):
        events = [view("asker", number, category="shoes") for number in range(3)]
        question = {"userId": "asker", "placements": ["home_hero"], "events": events, "explain": True}
        decision = self.attune.post("/v1/decide", question).json["decisions"][0]
        self.assertEqual(decision["offer"], "shoes")
        self.assertEqual(decision["content"], {"title": "3 shoes"})
        outcomes = {candidate["offer"]: candidate["outcome"] for candidate in decision["candidates"]}
        self.assertEqual(outcomes, {"shoes": "chosen", "hello": "outranked"})
        self.assertEqual(self.features("asker")["views"], 3)
        kept = self.attune.get(f"/v1/decisions/{decision['id']}")
        self.assertEqual(kept.status, 200)
        self.assertEqual(kept.json["offer"], "shoes")

    def test_a_visitor_who_logs_in_keeps_what_was_seen_before(self):
        for number in range(2):
            call = view("", number, f"anon-{number}", category="shoes")
            del call["userId"]
            self.attune.post("/v1/track", {**call, "anonymousId": "device-1"})
        self.attune.post("/v1/track", view("member", 2, category="shoes"))
        self.attune.post("/v1/identify", {"userId": "member", "anonymousId": "device-1", "messageId": "login", "traits": {"email": "m@example.com"}})
        by_device = self.attune.get("/v1/profiles/device-1?by=anonymousId").json
        by_user = self.attune.get("/v1/profiles/member?by=userId").json
        self.assertEqual(by_device["customer"], by_user["customer"])
        self.assertEqual(by_device["features"]["views"], 3)
        self.assertIn("shoe fan", [segment["name"] for segment in by_device["segments"]])

    def test_messages_are_pushed_and_a_reconnect_repeats_nothing(self):
        first = self.open_stream("streamer")
        for number in (1, 2):
            add = {"userId": "streamer", "messageId": f"add-{number}", "event": "Product Added", "properties": {"number": number}}
            self.attune.post("/v1/track", add)
        seen = [self.next_message(first), self.next_message(first)]
        self.assertEqual([data["title"] for _, data in seen], ["added 1", "added 2"])
        again = self.open_stream("streamer", {"Last-Event-ID": seen[0][0]})
        self.assertEqual(self.next_message(again), seen[1])

    def open_stream(self, user, headers=None):
        connection = self.attune.connect()
        self.addCleanup(connection.close)
        connection.request("GET", f"/v1/messages/stream?userId={user}", headers=headers or {})
        response = connection.getresponse()
        self.assertEqual(response.headers["Content-Type"].split(";")[0], "text/event-stream")
        return response

    @staticmethod
    def next_message(stream):
        """The next event of the stream: its id and its data."""
        name, data = "", None
        while True:
            line = stream.readline().decode().rstrip("\r\n")
            if line.startswith("id:"):
                name = line[3:].strip()
            elif line.startswith("data:"):
                data = json.loads(line[5:])
            elif not line and data is not None:
                return name, data

    def test_curl_is_a_client_too(self):
        command = ["curl", "--silent", "--fail", "--user", "any-write-key:", self.attune.url("/v1/track")]
        command += ["--json", json.dumps(view("curl", 3))]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(json.loads(run.stdout), {"success": True})


class Life(unittest.TestCase):
    """Starting, ending, and changing the workspace meanwhile."""

    def test_sigterm_ends_it_well_and_the_state_is_there_at_the_next_start(self):
        with server.Server(COUNTING) as attune:
            attune.post("/v1/track", view("stay", 1))
            self.assertEqual(attune.stop(), 0)
            attune.start()
            self.assertEqual(attune.get("/v1/profiles/stay?by=userId").json["features"]["views"], 1)

    def test_a_data_folder_in_use_is_refused_by_name(self):
        with server.Server(COUNTING) as attune:
            command = [server.PROGRAM, "serve", COUNTING, "--data", attune.data, "--listen", "127.0.0.1:0", "--open"]
            run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(run.returncode, 1)
            self.assertIn(str(attune.data), run.stderr)
            self.assertEqual(attune.get("/livez").status, 200)

    def test_a_data_folder_that_is_none_is_refused_by_name(self):
        with tempfile.NamedTemporaryFile() as file:
            command = [server.PROGRAM, "serve", COUNTING, "--data", file.name, "--listen", "127.0.0.1:0", "--open"]
            run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(run.returncode, 1)
            self.assertIn(file.name, run.stderr)

    def test_open_is_for_loopback_only(self):
        with tempfile.TemporaryDirectory() as data:
            command = [server.PROGRAM, "serve", COUNTING, "--data", data, "--listen", "0.0.0.0:0", "--open"]
            run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn("loopback", run.stderr)

    def test_a_changed_workspace_is_published_while_it_runs_and_a_bad_one_refused_whole(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "counting.yaml"
            shutil.copy(COUNTING, file)
            with server.Server(pathlib.Path(folder)) as attune:
                attune.post("/v1/track", view("pub", 1))
                good = file.read_text()
                file.write_text(good.replace("views: {count: Product Viewed}", "views: {count: Product Viewd}"))
                refused = attune.post("/v1/programs", "")
                self.assertEqual(refused.status, 422)
                self.assertIn("Product View", refused.text)
                self.assertIn("counting.yaml", refused.text)
                file.write_text(good.replace('title: "Hello"', 'title: "Good day"'))
                self.assertEqual(attune.post("/v1/programs", "").status, 200)
                decided = attune.post("/v1/decide", {"userId": "pub", "placements": ["home_hero"]}).json
                self.assertEqual(decided["decisions"][0]["content"], {"title": "Good day"})
                self.assertEqual(attune.get("/v1/profiles/pub?by=userId").json["features"]["views"], 1)


class CommandLine(unittest.TestCase):
    def run_attune(self, *arguments):
        return subprocess.run([server.PROGRAM, *arguments], capture_output=True, text=True, timeout=120, check=False)

    def test_check_names_file_line_and_column_of_every_error(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "bad.yaml"
            file.write_text("features:\n  a: {count: Product Viewed, windw: 1h}\n  b: {sum: Order Completed}\nsegmnts: {}\n")
            run = self.run_attune("check", folder)
            self.assertEqual(run.returncode, 1)
            said = run.stdout + run.stderr
            self.assertRegex(said, r"bad\.yaml:2:\d+: ")
            self.assertRegex(said, r"bad\.yaml:3:\d+: ")
            self.assertRegex(said, r"bad\.yaml:4:1: ")
            self.assertIn("did you mean", said)

    def test_simulated_traffic_is_the_same_every_time_and_replays(self):
        with tempfile.TemporaryDirectory() as folder:
            files = [pathlib.Path(folder) / name for name in ("one.jsonl", "two.jsonl.gz")]
            for file in files:
                self.assertEqual(self.run_attune("simulate", "--events", "2000", "--out", file).returncode, 0)
            zipped = subprocess.run(["gzip", "-dc", files[1]], capture_output=True, text=True, check=True).stdout
            self.assertEqual(files[0].read_text(), zipped)
            replayed = self.run_attune("replay", COUNTING, files[1])
            self.assertEqual(replayed.returncode, 0, replayed.stderr)
            self.assertIn("Product Viewed", replayed.stdout)

    def test_events_that_do_not_fit_are_told_to_whoever_sends_them(self):
        with server.Server(COUNTING) as attune, tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "events.jsonl"
            broken = '{"type":"track","userId":"tl","event": oops}'
            file.write_text("\n".join([json.dumps(view("tl", 1)), broken, json.dumps(view("tl", 2))]) + "\n")
            run = self.run_attune("events", "send", str(file), "--url", attune.url(""))
            self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
            self.assertIn("3 events sent, 1 of them quarantined", run.stdout)
            self.assertEqual(attune.get("/v1/profiles/tl").json["features"]["views"], 2)
            attune.post("/v1/identify", {"userId": "tl", "traits": {"name": "T"}})
            self.assertEqual([item["type"] for item in attune.get("/v1/events?after=0").json["items"]][1:], ["track", "identify"])
            run = self.run_attune("decide", "anywhere", "--url", attune.url(""))
            self.assertEqual((run.returncode, "--user" in run.stderr), (2, True), run.stderr)

    def test_tail_survives_what_is_no_json(self):
        with server.Server(COUNTING) as attune:
            command = [server.PROGRAM, "events", "tail", "--url", attune.url("")]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as tail:
                try:
                    lines = []

                    def shown():
                        attune.post("/v1/track", view("tl", len(lines)))
                        attune.post("/v1/events", '[{"userId":"tl","event": oops},{"type":"track","userId":"\\u00ff"}]')
                        if select.select([tail.stdout], [], [], 0.2)[0]:
                            lines.append(tail.stdout.readline().decode())
                        return any("oops" in line for line in lines) and " track " in lines[-1]

                    server.eventually(shown, "the tail to go on behind the broken event", 20)
                    self.assertIsNone(tail.poll())
                finally:
                    tail.kill()

    def test_simulated_traffic_is_sent_to_a_server(self):
        with server.Server(server.SHOP) as attune:
            run = self.run_attune("simulate", "--url", attune.url(""), "--fast", "--events", "3000", "--customers", "50")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertGreater(attune.get("/v1/status").json["events"], 2000)
            known = self.run_attune("profile", "u000000", "--url", attune.url(""))
            self.assertEqual(known.returncode, 0, known.stderr)
            self.assertIn("views_7d", known.stdout)

    def test_help_has_examples_and_wrong_words_are_told(self):
        for command in ("serve", "check", "test", "replay", "simulate", "decide", "profile"):
            run = self.run_attune(command, "--help")
            self.assertEqual(run.returncode, 0, command)
            self.assertIn("Examples:", run.stdout, command)
        self.assertEqual(self.run_attune("srve").returncode, 2)


if __name__ == "__main__":
    unittest.main()
