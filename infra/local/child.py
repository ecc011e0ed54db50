"""Runs a module of the town as a process that ends when the town does: `python -m infra.local.child MODULE …`."""

from __future__ import annotations

import logging
import os
import runpy
import signal
import sys
import threading
import time

LAST_SECONDS = 4.0


def end_with_parent() -> None:
    """Standard input is a pipe that only the supervisor holds: it closes when the supervisor ends, however it ends."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_SECONDS)
    os._exit(1)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's to hear
    threading.Thread(target=end_with_parent, daemon=True).start()
    logging.basicConfig(format="%(asctime)s %(threadName)s %(message)s", level=logging.INFO)
    for talkative in ("botocore", "pynamodb"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
