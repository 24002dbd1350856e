"""Who may ask what of a server that is not open: keys, and users' tokens made by `attune keys`."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import server as servers
from server import Server

WORKSPACE = """
sources:
  web: {kind: http, write_key: env:TEST_WRITE_KEY}
events:
  Product Viewed: {properties: {product_id: string}}
offers:
  hello: {content: {text: Hello}}
placements:
  hero: {offers: [hello]}
campaigns:
  greet:
    on: Product Viewed
    do: [{message: {title: Hello}}]
"""


class GuardedServer(Server):
    """A server with keys: `ask` sends one along."""

    def __init__(self, folder):
        (folder / "shop.yaml").write_text(WORKSPACE)
        super().__init__(workspace=folder / "shop.yaml")
        self.keys = folder
        self.environment = {"TEST_SERVER_KEY": "server-key", "TEST_WRITE_KEY": "write-key", "PATH": "/usr/bin:/bin"}

    def command(self):
        where = f"127.0.0.1:{self.port}"
        keys = ["--server-key", "env:TEST_SERVER_KEY", "--user-keys", f"file:{self.keys / 'users.key.jwks'}"]
        program = ["/usr/bin/env", *(f"{name}={value}" for name, value in self.environment.items()), servers.PROGRAM]
        return [*program, "serve", self.workspace, "--data", self.data, "--listen", where, *keys]

    def token(self, user, life="1h"):
        words = ["keys", "token", user, "--key", self.keys / "users.key", "--for", life]
        return subprocess.run([servers.PROGRAM, *words], check=True, capture_output=True, text=True).stdout.strip()

    def ask(self, key, method, path, body=None):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        answer = self.request(method, path, body, headers)
        return answer.status, answer.text

    def decide(self, key, **question):
        status, text = self.ask(key, "POST", "/v1/decide", {"placements": ["hero"], **question})
        return status, json.loads(text).get("type")


class Access(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="attune-access-")))
        words = ["keys", "users", "--out", self.folder / "users.key"]
        subprocess.run([servers.PROGRAM, *words], check=True, capture_output=True)

    def view(self, server, **who):
        event = {"event": "Product Viewed", "properties": {"product_id": "p1"}, **who}
        self.assertEqual(server.ask("write-key", "POST", "/v1/track", event)[0], 200)

    def test_a_visitor_gets_their_own_and_nobody_elses(self):
        with GuardedServer(self.folder) as server:
            self.view(server, anonymousId="device-1")
            self.assertEqual(server.decide("write-key", anonymousId="device-1"), (200, None))
            status, text = server.ask("write-key", "GET", "/v1/messages?anonymousId=device-1")
            self.assertEqual((status, len(json.loads(text)["messages"])), (200, 1))
            self.assertEqual(server.decide("write-key", userId="ada"), (403, "token-needed"))
            self.assertEqual(
                server.decide("write-key", anonymousId="device-1", explain=True), (403, "explain-not-allowed")
            )

            # The device logs in: what was an unknown visitor's is ada's now.
            call = {"userId": "ada", "anonymousId": "device-1"}
            self.assertEqual(server.ask("write-key", "POST", "/v1/identify", call)[0], 200)
            self.assertEqual(server.decide("write-key", anonymousId="device-1"), (403, "token-needed"))
            for path in ("/v1/messages", "/v1/messages/stream"):
                self.assertEqual(server.ask("write-key", "GET", f"{path}?anonymousId=device-1")[0], 403)

            ada, bob = server.token("ada"), server.token("bob")
            self.assertEqual(server.decide(ada, userId="ada"), (200, None))
            self.assertEqual(server.decide(bob, userId="ada"), (403, "somebody-else"))
            status, text = server.ask(ada, "GET", "/v1/messages?userId=ada")
            self.assertEqual((status, len(json.loads(text)["messages"])), (200, 1))
            self.assertEqual(server.ask(bob, "GET", "/v1/messages?userId=ada")[0], 403)
            self.assertEqual(server.ask(None, "GET", f"/v1/messages?userId=ada&access_token={ada}")[0], 200)
            self.assertEqual(server.ask(ada, "GET", "/v1/profiles/ada")[0], 403)
            self.assertEqual(server.ask("server-key", "GET", "/v1/profiles/ada")[0], 200)
            self.assertEqual(server.ask(None, "GET", "/v1/profiles/ada")[0], 401)
            self.assertEqual(server.ask(None, "GET", "/readyz")[0], 200)

    def test_a_key_that_signs_is_not_overwritten(self):
        before = (self.folder / "users.key").read_bytes()
        words = [servers.PROGRAM, "keys", "users", "--out", self.folder / "users.key"]
        run = subprocess.run(words, capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn("the file exists", run.stderr)
        self.assertEqual((self.folder / "users.key").read_bytes(), before)
