"""The FEEL prompt as somebody at a terminal meets it: keys go in, what the terminal shows comes out."""

import os
import pathlib
import pty
import select
import subprocess
import tempfile
import termios
import time
import unittest

import server

ANSWER_SECONDS_MAX = 20
PROMPT = "\n> "
LOCAL_MODES = 3  # in what tcgetattr returns


class Terminal:
    """`attune feel` with a terminal of its own."""

    def __init__(self, state, *arguments):
        self.master, slave = pty.openpty()
        environment = {**os.environ, "XDG_STATE_HOME": str(state), "TERM": "xterm"}
        self.process = subprocess.Popen(
            [server.PROGRAM, "feel", *arguments], stdin=slave, stdout=slave, stderr=slave, env=environment
        )
        os.close(slave)
        self.shown = ""

    def __enter__(self):
        self.wait_for(PROMPT)
        return self

    def __exit__(self, *_exception):
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    def type(self, keys):
        """Presses keys once each is read by itself: before, the terminal would gather lines and take Ctrl-D for itself."""
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        while termios.tcgetattr(self.master)[LOCAL_MODES] & termios.ICANON:
            if time.monotonic() > deadline:
                raise AssertionError("the program never asked the terminal for single keys")
            select.select([], [], [], 0.01)
        os.write(self.master, keys.encode())

    def read(self):
        """What has come since, "" at the end of the program."""
        try:
            return os.read(self.master, 4096).decode(errors="replace")
        except OSError:  # how Linux tells that the other side is closed
            return ""

    def wait_for(self, text):
        """Everything shown up to and with `text`; it must come."""
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        while text not in self.shown:
            ready, _, _ = select.select([self.master], [], [], deadline - time.monotonic())
            more = self.read() if ready else ""
            if not more:
                raise AssertionError(f"{text!r} was never shown, but {self.shown!r}")
            self.shown += more
        shown, _, self.shown = self.shown.partition(text)
        return shown + text

    def enter(self, line, answer):
        """Types a line; what is shown up to and with `answer`. The program is then ready for the next one."""
        self.type(line + "\r")
        shown = self.wait_for(answer)
        self.wait_for(PROMPT)
        return shown

    def end(self, keys=":quit\r"):
        """Leaves the prompt; the program's exit code."""
        self.type(keys)
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        while select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0] and self.read():
            pass
        return self.process.wait(ANSWER_SECONDS_MAX)


class FeelPrompt(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="attune-system-")
        self.addCleanup(self.folder.cleanup)
        self.state = pathlib.Path(self.folder.name)

    def test_answers_with_values_types_and_warnings(self):
        with Terminal(self.state, "--context", '{"price": 60}') as terminal:
            terminal.enter("discount = 0.2", "0.2    : number")
            terminal.enter("price * (1 - discount)", "48    : number")
            terminal.enter('number("x")', "warning: the text is no number")
            terminal.enter("pricy + 1", 'did you mean "price"?')
            self.assertEqual(terminal.end(), 0)

    def test_completes_names_and_built_in_functions_with_spaces(self):
        with Terminal(self.state, "--context", '{"cart value": 12}') as terminal:
            terminal.enter('cart v\t + string len\t("abc")', "15    : number")
            terminal.type("round half \t")
            terminal.wait_for("round half down")
            terminal.wait_for("round half up")

    def test_explains_an_expression_part_by_part(self):
        with Terminal(self.state, "--context", '{"price": 60}') as terminal:
            tree = terminal.enter(":explain price * 2 >= 100 and price < 80", "└─ price < 80 = true")
            self.assertIn("price * 2 >= 100 and price < 80 = true", tree)
            self.assertIn("price * 2 = 120", tree)
            self.assertIn("price = 60", tree)
            terminal.enter(":type price > 3", "boolean")
            terminal.enter(":help string length", "string length(string: string)")
            terminal.enter(":nothing", 'there is no command ":nothing"')

    def test_finds_lines_of_an_earlier_session_again(self):
        with Terminal(self.state) as terminal:
            terminal.enter("6 * 7", "42    : number")
            self.assertEqual(terminal.end(), 0)
        self.assertTrue((self.state / "attune/feel_history").exists())
        with Terminal(self.state) as terminal:
            terminal.type("\x10\x10")  # Ctrl-P, past `:quit`
            terminal.wait_for("6 * 7")
            terminal.enter(" + 1", "43    : number")

    def test_ends_at_ctrl_d_on_an_empty_line(self):
        with Terminal(self.state) as terminal:
            terminal.enter("6 * 7", "42    : number")
            self.assertEqual(terminal.end("\x04"), 0)

    def test_without_a_terminal_reads_lines_and_shows_values_only(self):
        run = subprocess.run(
            [server.PROGRAM, "feel"], input="a = 2\n\na * 3\n", capture_output=True, text=True, check=False
        )
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "2\n6\n", ""))
        run = subprocess.run([server.PROGRAM, "feel"], input="1 +\n2\n", capture_output=True, text=True, check=False)
        self.assertEqual((run.returncode, run.stdout), (1, "2\n"))
        self.assertIn("error", run.stderr)
