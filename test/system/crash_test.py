"""Kills the server with -9 under load, again and again: what it acknowledged is there afterwards, exactly once."""

import collections
import http.client
import json
import random
import threading
import time
import unittest

import mail_sink
import server

COUNTING = server.ROOT / "test/system/counting.yaml"
SENDERS = 3
CUSTOMERS_PER_SENDER = 8
BATCHES_PER_SENDER = 60
EVENTS_PER_BATCH = 25
KILLS = 4
GIVE_UP_SECONDS = 60
INBOX_MESSAGES_MAX = 20  # src/customer/inbox.h
SEED = 20260301


class Sender(threading.Thread):
    """A client as an SDK is one: sends a batch again until it is acknowledged, with the same message ids."""

    def __init__(self, number, target):
        super().__init__(daemon=True)
        self.number = number
        self.target = target
        self.random = random.Random(SEED + number)
        self.sent = collections.defaultdict(list)  # by user: (event, number), each acknowledged
        self.repeats = 0
        self.problem = None

    def run(self):
        try:
            for batch in range(BATCHES_PER_SENDER):
                self.deliver(self.make_batch(batch))
        except AssertionError as error:
            self.problem = error

    def make_batch(self, batch):
        calls = []
        for index in range(EVENTS_PER_BATCH):
            number = batch * EVENTS_PER_BATCH + index
            calls.append({
                "type": "track",
                "messageId": f"m-{self.number}-{number}",
                "userId": f"crash-{self.number}-{self.random.randrange(CUSTOMERS_PER_SENDER)}",
                "event": "Product Added" if self.random.random() < 0.1 else "Product Viewed",
                "properties": {"number": number},
            })
        return calls

    def deliver(self, calls):
        body = json.dumps({"batch": calls})
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = self.target.post("/v1/batch", body)
                if answer.status == 200:
                    for call in calls:
                        self.sent[call["userId"]].append((call["event"], call["properties"]["number"]))
                    return
                if answer.status not in (429, 503):
                    raise AssertionError(f"a batch was refused: {answer.status} {answer.text}")
            except (OSError, http.client.HTTPException):
                pass  # it was killed; whether the batch arrived is what nobody knows
            self.repeats += 1
            time.sleep(0.02)
        raise AssertionError(f"no acknowledgement within {GIVE_UP_SECONDS} s")


class CrashUnderLoad(unittest.TestCase):
    def test_what_was_acknowledged_is_there_exactly_once(self):
        with server.Server(COUNTING) as attune:
            senders = [Sender(number, attune) for number in range(SENDERS)]
            for sender in senders:
                sender.start()
            dice = random.Random(SEED)
            for _ in range(KILLS):
                time.sleep(dice.uniform(0.05, 0.6))
                attune.restart()
            for sender in senders:
                sender.join()
                self.assertIsNone(sender.problem)
            attune.restart()  # what counts is what is on disk
            for sender in senders:
                for user, events in sender.sent.items():
                    self.check_customer(attune, user, events)

    def check_customer(self, attune, user, events):
        views = [number for event, number in events if event == "Product Viewed"]
        adds = [number for event, number in events if event == "Product Added"]
        features = attune.get(f"/v1/profiles/{user}?by=userId").json["features"]
        self.assertEqual(features["views"], len(views), user)
        self.assertEqual(features["number_sum"], sum(views), user)
        self.assertEqual(features["adds"], len(adds), user)
        messages = attune.get(f"/v1/messages?userId={user}&after=0").json["messages"]
        titles = [message["title"] for message in messages if message["campaign"] == "tell every add"]
        self.assertEqual(titles, [f"added {number}" for number in adds[-INBOX_MESSAGES_MAX:]], user)

    def test_a_deadline_that_passed_while_the_server_was_dead_still_fires_once(self):
        with mail_sink.MailSink() as mails, server.Server(COUNTING, arguments=["--smtp", mails.url]) as attune:
            who = {"type": "identify", "messageId": "i1", "userId": "ada", "traits": {"email": "ada@example.com", "first_name": "Ada"}}
            add = {"type": "track", "messageId": "a1", "userId": "ada", "event": "Product Added", "properties": {"number": 1}}
            self.assertEqual(attune.post("/v1/batch", {"batch": [who, add]}).status, 200)
            attune.kill()
            time.sleep(2.2)  # the pattern's two seconds pass while nobody is there
            attune.start()
            server.eventually(lambda: mails.mails, "the mail about what was left alone")
            self.assertIn("Dear Ada, it waits.", mails.mails[0])
            attune.restart()
            time.sleep(1.0)
            self.assertEqual(len(set(mails.headers("Message-ID"))), 1)
            self.assertEqual(len(mails.mails), 1)

    def test_a_mail_server_that_is_down_gets_the_mail_when_it_is_back(self):
        with mail_sink.MailSink() as mails, server.Server(COUNTING, arguments=["--smtp", mails.url]) as attune:
            mails.ready = False
            attune.post("/v1/identify", {"userId": "bo", "messageId": "i2", "traits": {"email": "bo@example.com"}})
            attune.post("/v1/track", {"userId": "bo", "messageId": "a2", "event": "Product Added", "properties": {"number": 2}})
            time.sleep(3)
            self.assertEqual(mails.mails, [])
            mails.ready = True
            server.eventually(lambda: mails.mails, "the mail that was refused before", seconds=30)


if __name__ == "__main__":
    unittest.main()
