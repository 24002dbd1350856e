"""The demo's page in a real browser: what the visitor does changes what the visitor sees."""

import os
import signal
import subprocess
import unittest

import browser
import server

SHOES = ("shoe-1", "shoe-2", "shoe-3")
SCREENSHOTS = os.environ.get("ATTUNE_SCREENSHOTS")  # a folder; the page is kept there at each stage


class Demo(server.Server):
    """`attune demo`: the example shop with a mail sink, the page, and some traffic."""

    def command(self):
        return [server.PROGRAM, "demo", "--workspace", self.workspace, "--port", "0", "--rate", "20"]

    def stop(self):
        return self.end(signal.SIGINT)


@unittest.skipUnless(browser.available(), "chromium and chromedriver are not installed")
class Page(unittest.TestCase):
    def setUp(self):
        self.attune = Demo().start()
        self.addCleanup(self.attune.__exit__)
        self.page = browser.Browser().__enter__()
        self.addCleanup(self.page.__exit__)
        self.page.open(self.attune.url())
        self.page.wait_for("[data-product]")

    def screenshot(self, name):
        if SCREENSHOTS:
            self.page.screenshot(os.path.join(SCREENSHOTS, f"{name}.png"))

    def view(self, product):
        self.page.click(f"[data-product={product}]")
        self.page.wait_for("#product[open] #add")
        self.page.click("#product .close")

    def hero(self):
        return self.page.script("return document.getElementById('hero').dataset.offer")

    def test_three_shoes_bring_a_message_and_another_hero(self):
        before = server.eventually(self.hero, "a first decision for the hero")
        for product in SHOES:
            self.view(product)
        self.page.wait_for(".toast")
        server.eventually(lambda: self.hero() != before, "another hero")
        self.page.click("#tab-why")
        self.page.wait_for(".candidate.chosen")
        self.page.wait_for(".candidate.rejected")
        self.screenshot("shoes")
        self.page.click(".toast .close")
        self.assertEqual(self.page.texts(".toast"), [])
        self.assertEqual(self.page.complaints(), [])

    def test_a_cart_left_alone_brings_a_message_and_a_mail(self):
        self.page.click("#account-button")
        self.page.write("#account input[name=email]", "ada@example.com")
        self.page.write("#account input[name=name]", "Ada")
        self.page.click("#account button[type=submit]")
        self.page.click("[data-product=bag-1]")
        self.page.click("#add")
        self.page.wait_for("[data-pattern=cart_abandoned]")
        self.screenshot("waiting")
        self.page.wait_for(".toast", seconds=45)
        self.page.wait_for("#mail-count:not([hidden])", seconds=20)
        self.page.click("#mail-button")
        self.page.wait_for("#mailbox .mails li")
        self.screenshot("mailbox")
        self.assertIn("Ada", " ".join(self.page.texts("#mailbox .mails pre")))
        self.assertEqual(self.page.complaints(), [])

    def test_messages_survive_a_reload_and_do_not_come_twice(self):
        for product in SHOES:
            self.view(product)
        self.page.wait_for(".toast")
        self.page.open(self.attune.url())
        self.page.wait_for("[data-segment]")
        self.assertEqual(self.page.texts(".toast"), [])


class DemoEnds(unittest.TestCase):
    def test_a_timed_demo_ends_by_itself_with_a_summary_and_finds_that_all_happened(self):
        command = [server.PROGRAM, "demo", "--workspace", server.SHOP, "--for", "25s", "--port", "0"]
        run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        for word in ("events accepted", "carts abandoned", "decisions", "in-app messages", "e-mails delivered"):
            self.assertIn(word, run.stdout)


if __name__ == "__main__":
    unittest.main()
