#!/usr/bin/env python3
"""Writes a sample of what this version leaves on disk, for upgrade_test.py to load with every later one.

Run once for each release:  python3 test/system/make_sample.py build/release/attune 0.1.0
"""

import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

import server

COUNTING = server.ROOT / "test/system/counting.yaml"
SAMPLES = server.ROOT / "test/samples"
CUSTOMERS = 12
EVENTS = 30  # of each


def calls(customer):
    """What the sample has seen of a customer: every fifth event adds a product, the others view one."""
    return [
        {"type": "track", "messageId": f"s-{customer}-{number}", "userId": f"sample-{customer}",
         "anonymousId": f"device-{customer}", "event": "Product Added" if number % 5 == 0 else "Product Viewed",
         "properties": {"number": number}}
        for number in range(EVENTS)
    ]


def write(folder):
    """Half of the events are in the state, the rest only in the log behind it."""
    with server.Server(COUNTING, data=folder) as target:
        for customer in range(CUSTOMERS):
            assert target.post("/v1/batch", {"batch": calls(customer)[: EVENTS // 2]}).status == 200
        target.stop()
        shutil.copytree(target.data / "state", folder / "state")
        target.start()
        for customer in range(CUSTOMERS):
            assert target.post("/v1/batch", {"batch": calls(customer)[EVENTS // 2:]}).status == 200
        target.kill()
        # A backup has the log without the room that is reserved behind it.
        subprocess.run([server.PROGRAM, "backup", target.data, folder / "sample"], check=True)
    (folder / "sample/backup").unlink()
    shutil.move(folder / "state", folder / "sample/state")


def main():
    server.PROGRAM = pathlib.Path(sys.argv[1]).resolve()
    SAMPLES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        write(folder)
        with tarfile.open(SAMPLES / f"{sys.argv[2]}.tar.gz", "w:gz") as archive:
            archive.add(folder / "sample", arcname="data")


if __name__ == "__main__":
    main()
