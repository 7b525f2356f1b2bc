"""`python -m bench.relays`: one relay as a process of its own. It says READY, starts at a line on its stdin, and prints
when it began and published last (unix seconds) once nothing is left; for `bench.measures.relay`."""

# ruff: noqa: E402
import chassis.green

chassis.green.assert_cooperative()

import json
import sys
import time

from chassis.database.engine import engine_of
from chassis.messaging import outbox
from chassis.messaging.relay import OutboxRelay


def main() -> None:
    # Without contracts it need not look for the queues of those who must hear: here is one that hears everything.
    relay = OutboxRelay("booking", engine_of("booking"), None)
    relay.run_once()  # connects
    print("READY", flush=True)
    sys.stdin.readline()
    began = ended = time.time()
    while True:
        if relay.run_once():
            ended = time.time()
        elif not outbox.backlog(relay.engine)[0]:  # else others are at what is left
            break
    print(json.dumps({"began": began, "ended": ended}), flush=True)


if __name__ == "__main__":
    main()
