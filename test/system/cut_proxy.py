"""A TCP proxy on loopback whose two directions can be cut, and mended, one by one."""

import socket
import threading


class CutProxy:
    """Listens on a port of its own and carries bytes to and from `target`. A cut direction swallows what it is given, as a
    network does: neither side is told."""

    def __init__(self, target):
        self.target = target
        self.there = threading.Event()  # set: bytes flow to the target
        self.back = threading.Event()
        self.mend()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = []
        threading.Thread(target=self.accept, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def cut(self, there=True, back=True):
        if there:
            self.there.clear()
        if back:
            self.back.clear()

    def mend(self):
        """New connections work again; those that lost bytes end."""
        for one in getattr(self, "sockets", []):
            one.close()
        self.sockets = []
        self.there.set()
        self.back.set()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target()), timeout=10)
            except OSError:
                if self.listener.fileno() < 0:
                    return
                near.close()
                continue
            far.settimeout(None)
            self.sockets += [near, far]
            threading.Thread(target=self.carry, args=(near, far, self.there), daemon=True).start()
            threading.Thread(target=self.carry, args=(far, near, self.back), daemon=True).start()

    @staticmethod
    def carry(source, sink, flows):
        try:
            while data := source.recv(65536):
                if flows.is_set():
                    sink.sendall(data)
        except OSError:
            pass
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()
        self.mend()
