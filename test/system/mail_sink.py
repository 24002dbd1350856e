"""A mail server that keeps what it gets, and can be told to fail."""

import socketserver
import threading


class Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        sink = self.server.sink
        self.say("220 sink" if sink.ready else "554 not today")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.say("250 sink")
            elif verb == b"DATA":
                self.say("354 go on")
                mail = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    mail.append(line)
                if sink.ready:
                    sink.keep(b"".join(mail).decode(errors="replace"))
                self.say("250 kept" if sink.ready else "451 not now")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


class MailSink:
    """Listens on a port of its own while in a `with`. `mails` are whole messages, in the order of their coming."""

    def __init__(self):
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self.server.daemon_threads = True
        self.server.sink = self
        self.lock = threading.Lock()
        self.mails = []
        self.ready = True

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.server.server_address[1]}"

    def keep(self, mail):
        with self.lock:
            self.mails.append(mail)

    def headers(self, name):
        """The values of a header, one for each mail that has it."""
        prefix = f"{name.lower()}:"
        with self.lock:
            lines = [line for mail in self.mails for line in mail.split("\r\n\r\n", 1)[0].splitlines()]
        return [line.partition(":")[2].strip() for line in lines if line.lower().startswith(prefix)]
