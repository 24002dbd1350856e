"""TLS from outside: certificates made by `attune keys`, read again on SIGHUP, asked of clients."""

import pathlib
import re
import signal
import socket
import ssl
import subprocess
import tempfile
import unittest

import server as servers
from server import Server, eventually


def make_certificates(folder, *names):
    subprocess.run([servers.PROGRAM, "keys", "certificates", "--out", folder, *names], check=True, capture_output=True)


class SecureServer(Server):
    """A server that speaks TLS with the certificates in `folder`."""

    def __init__(self, folder, arguments=()):
        files = ["--tls-certificate", folder / "server.pem", "--tls-key", folder / "server.key"]
        super().__init__(arguments=[*files, *arguments])
        self.folder_of_keys = folder

    def start(self):
        self.process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.port = int(self.wait_for_line(re.compile(r"listening on https://[^:]+:(\d+)"))[1])
        return self

    def context(self, client=False):
        context = ssl.create_default_context(cafile=self.folder_of_keys / "authority.pem")
        if client:
            context.load_cert_chain(self.folder_of_keys / "client.pem", self.folder_of_keys / "client.key")
        return context

    def ask(self, context):
        """The certificate's serial number, and the status line of /readyz."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            with context.wrap_socket(connection, server_hostname="localhost") as secured:
                secured.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                answer = b""
                while chunk := secured.recv(65536):
                    answer += chunk
                return secured.getpeercert()["serialNumber"], answer.split(b"\r\n")[0].decode()


class Tls(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="attune-tls-")))
        make_certificates(self.folder)

    def test_a_renewed_certificate_is_shown_after_sighup(self):
        with SecureServer(self.folder) as server:
            before, status = server.ask(server.context())
            self.assertEqual(status, "HTTP/1.1 200 OK")
            make_certificates(self.folder)
            server.process.send_signal(signal.SIGHUP)
            eventually(lambda: server.ask(server.context())[0] != before, "the new certificate")

    def test_an_unsound_certificate_leaves_the_old_one(self):
        with SecureServer(self.folder) as server:
            before, _ = server.ask(server.context())
            (self.folder / "server.key").write_text("nonsense")
            server.process.send_signal(signal.SIGHUP)
            server.wait_for_line(re.compile("cannot use the private key .*server.key.*hint", re.DOTALL))
            self.assertEqual(server.ask(server.context())[0], before)

    def test_clients_without_a_certificate_are_refused_where_one_is_asked(self):
        authority = ["--tls-client-authority", self.folder / "authority.pem"]
        with SecureServer(self.folder, authority) as server:
            self.assertEqual(server.ask(server.context(client=True))[1], "HTTP/1.1 200 OK")
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                server.ask(server.context())

    def test_strangers_to_the_authority_are_not_trusted(self):
        with SecureServer(self.folder) as server, self.assertRaises(ssl.SSLCertVerificationError):
            server.ask(ssl.create_default_context())

    def test_a_key_that_is_not_the_certificates_keeps_the_server_from_starting(self):
        (self.folder / "server.key").write_text((self.folder / "client.key").read_text())
        server = SecureServer(self.folder)
        run = subprocess.run(server.command(), capture_output=True, text=True, check=False, timeout=30)
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr, "cannot use the private key .*server.key.*key values mismatch")
