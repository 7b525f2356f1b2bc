"""`python -m bench.relays`: one relay in a process, for `bench.measures.relay`. It prints READY and starts at a line on its
stdin. When nothing is left to publish, it prints the time of its start and of its last publication (unix seconds)."""

# ruff: noqa: E402
import chassis.monkey_patch

chassis.monkey_patch.assert_cooperative()

import json
import sys
import time

from chassis.database.engine import engine_of
from chassis.messaging import outbox
from chassis.messaging.relay import OutboxRelay


def main() -> None:
    # Without contracts the relay does not check the consumers' queues. Here one queue receives all messages.
    relay = OutboxRelay("booking", engine_of("booking"), None)
    relay.run_once()  # connects
    print("READY", flush=True)
    sys.stdin.readline()
    began = ended = time.time()
    while True:
        if relay.run_once():
            ended = time.time()
        elif not outbox.backlog(relay.engine)[0]:  # otherwise other relays are still publishing
            break
    print(json.dumps({"began": began, "ended": ended}), flush=True)


if __name__ == "__main__":
    main()
