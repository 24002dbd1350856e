"""The guide's first workspace, step by step, as a newcomer copies it: every block of it runs, and says what the guide says."""

import json
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import server

GUIDE = server.ROOT / "docs/guide/first-workspace.md"


def blocks():
    """The guide's code blocks in order: (language, text)."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


class FirstWorkspace(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="attune-guide-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        shutil.copytree(server.ROOT / "examples/quickstart", self.folder / "examples/quickstart")
        (self.folder / "build/release").mkdir(parents=True)
        (self.folder / "build/release/attune").symlink_to(server.PROGRAM)
        self.shell = [text for language, text in blocks() if language == "sh"]
        self.yaml = [text for language, text in blocks() if language == "yaml"]
        self.plain = [text for language, text in blocks() if language == ""]

    def run_block(self, text, port=8080, code=0):
        text = text.replace(":8080/", f":{port}/")
        done = subprocess.run(
            ["bash", "-ec", text], cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )
        self.assertEqual(done.returncode, code, f"{text}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    @property
    def workspace(self):
        return self.folder / "my-shop/shop.yaml"

    def test_every_step_works_as_written(self):
        copy, test, serve, track, ask, quarantine, publish = self.shell
        self.run_block(copy)
        good = self.workspace.read_text()

        # The mistake, and exactly the message that the guide shows.
        self.workspace.write_text(good.replace("window: 1h", "windw: 1h"))
        said = self.run_block("build/release/attune check my-shop", code=1)
        self.assertTrue(said.startswith(self.plain[0]), said)
        self.assertIn("1 error", said)
        self.workspace.write_text(good)
        self.run_block(test)

        words = shlex.split(serve)
        self.assertEqual(words[1:3] + words[-1:], ["serve", "my-shop", "--open"])
        with server.Server(workspace=self.folder / "my-shop") as attune:
            for _ in range(3):
                self.assertEqual(json.loads(self.run_block(track, attune.port)), {"success": True})
            self.assertIn("Free delivery on boots-42, today", self.run_block(ask, attune.port))
            self.run_block(track.replace('"mobile"', '"fridge"'), attune.port)
            self.assertIn("fridge", self.run_block(quarantine, attune.port))

            self.workspace.write_text(good + "\n" + self.yaml[0])
            self.run_block(publish.splitlines()[0] + " -f", attune.port)
            self.run_block(track, attune.port)
            self.assertIn("messages", json.loads(self.run_block(publish.splitlines()[1], attune.port)))

    def test_its_campaign_passes_the_scenario_that_it_shows(self):
        self.run_block(self.shell[0])
        scenario = self.yaml[1].removeprefix("tests:\n")  # The file has that section already.
        self.workspace.write_text(self.workspace.read_text() + scenario + "\n" + self.yaml[0])
        self.assertIn("2 passed", self.run_block(self.shell[1]))
