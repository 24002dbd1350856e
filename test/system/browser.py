"""Headless Chromium, driven through chromedriver's WebDriver protocol (https://www.w3.org/TR/webdriver2/)."""

import base64
import http.client
import json
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key that the standard gives references to elements
ARGUMENTS = [
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
]


def available():
    return shutil.which("chromedriver") is not None and shutil.which("chromium") is not None


class Browser:
    """One window. Use it in a `with`: leaving that ends the browser and its driver."""

    def __init__(self, width=1440, height=1000):
        self.size = width, height
        self.profile = tempfile.TemporaryDirectory(prefix="attune-browser-")
        self.driver = None
        self.port = 0
        self.session = ""

    def __enter__(self):
        command = ["chromedriver", "--port=0"]
        self.driver = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            self.open_window()
        except BaseException:
            self.__exit__()
            raise
        return self

    def open_window(self):
        self.port = self.wait_for_port()
        arguments = [*ARGUMENTS, f"--user-data-dir={self.profile.name}", f"--window-size={self.size[0]},{self.size[1]}"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # Chromium's sandbox refuses root, and continuous integration often is root
        options = {"args": arguments, "binary": shutil.which("chromium")}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}}
        self.session = self.request("POST", "/session", wanted)["sessionId"]

    def __exit__(self, *_exception):
        try:
            if self.session:
                self.call("DELETE", "")
        except (OSError, AssertionError):
            pass  # it is ended below anyway
        os.killpg(self.driver.pid, signal.SIGKILL)
        self.driver.wait()
        self.driver.stdout.close()
        self.profile.cleanup()

    def wait_for_port(self):
        deadline = time.monotonic() + 20
        said = b""
        while time.monotonic() < deadline:
            if select.select([self.driver.stdout], [], [], 0.1)[0]:
                said += self.driver.stdout.read1(4096)
                match = re.search(rb"successfully on port (\d+)", said)
                if match:
                    return int(match[1])
        raise AssertionError(f"chromedriver did not start; it said: {said.decode(errors='replace')}")

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None)
            value = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise AssertionError(f"{method} {path}: {value['error']}: {value['message'].splitlines()[0]}")
        return value

    def call(self, method, path, body=None):
        return self.request(method, f"/session/{self.session}{path}", body)

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def script(self, code, *arguments):
        return self.call("POST", "/execute/sync", {"script": code, "args": list(arguments)})

    def texts(self, selector):
        """The text of each element that matches, as the page shows it."""
        return self.script("return [...document.querySelectorAll(arguments[0])].map(each => each.innerText)", selector)

    def wait_for(self, selector, seconds=10):
        """The first element that matches, once there is one."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.call("POST", "/elements", {"using": "css selector", "value": selector})
            if found:
                return found[0][ELEMENT]
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s in vain for {selector} on the page")
            time.sleep(0.05)

    def click(self, selector):
        self.call("POST", f"/element/{self.wait_for(selector)}/click", {})

    def write(self, selector, text):
        self.call("POST", f"/element/{self.wait_for(selector)}/value", {"text": text})

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("GET", "/screenshot")))

    def complaints(self):
        """What the page wrote to the console as errors: scripts that failed, resources that were refused."""
        entries = self.call("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]
