"""A real `attune serve` in a data folder of its own, and the few HTTP calls that tests make of it."""

import http.client
import json
import pathlib
import re
import select
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHOP = ROOT / "examples/shop"
START_SECONDS_MAX = 30
PROGRAM = ROOT / "build/release/attune"  # run.py sets the one that is to be tested


class Answer:
    """What came back: `status`, `headers`, `text`, and `json` where it is JSON."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)


class Server:
    """Starts on entering a `with`, is killed on leaving it; `kill` and `start` in between are part of a test."""

    def __init__(self, workspace=SHOP, data=None, arguments=()):
        self.folder = None if data else tempfile.TemporaryDirectory(prefix="attune-system-")
        self.data = pathlib.Path(data or self.folder.name) / "data"
        self.workspace = workspace
        self.arguments = list(arguments)
        self.process = None
        self.port = 0
        self.log = []

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exception):
        self.kill()
        if self.folder:
            self.folder.cleanup()

    def command(self):
        where = f"127.0.0.1:{self.port}"
        return [PROGRAM, "serve", self.workspace, "--data", self.data, "--listen", where, "--open", *self.arguments]

    def start(self):
        self.process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        ready = self.wait_for_line(re.compile(r"listening on http://[^:]+:(\d+)"))
        self.port = int(ready[1])
        return self

    def wait_for_line(self, pattern):
        """Reads the server's output until a line matches; fails with all of it when the server ends or is too slow."""
        deadline = time.monotonic() + START_SECONDS_MAX
        buffered = b""
        while time.monotonic() < deadline:
            if not select.select([self.process.stdout], [], [], 0.1)[0]:
                continue
            chunk = self.process.stdout.read1(65536)
            if not chunk:
                break
            buffered += chunk
            match = pattern.search(buffered.decode(errors="replace"))
            if match:
                return match
        self.kill()
        raise AssertionError(f"attune serve did not get ready; it said:\n{buffered.decode(errors='replace')}")

    def kill(self):
        """kill -9: no chance to flush, close or say goodbye."""
        self.end(signal.SIGKILL)

    def stop(self):
        """SIGTERM, and its exit code: the polite way, which must drain."""
        return self.end(signal.SIGTERM)

    def end(self, how):
        if self.process is None:
            return None
        self.process.send_signal(how)
        code = self.process.wait(START_SECONDS_MAX)
        self.process.stdout.close()
        self.process = None
        return code

    def restart(self):
        self.kill()
        return self.start()

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def connect(self, timeout=10):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None):
        connection = self.connect()
        try:
            if body is not None and not isinstance(body, (str, bytes)):
                body = json.dumps(body)
            connection.request(method, path, body, {"Content-Type": "application/json"} | (headers or {}))
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, body, headers=None):
        return self.request("POST", path, body, headers)


def eventually(question, what, seconds=10):
    """The first truthy answer to `question()`; asks again for a while, since deliveries are not in the caller's time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.05)
