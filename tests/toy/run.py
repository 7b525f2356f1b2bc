"""`python -m tests.toy.run toy|ledger`: the service as a process of its own, until SIGTERM. Says SERVING when it does."""

# ruff: noqa: E402
import chassis.monkey_patch

chassis.monkey_patch.assert_cooperative()

import sys

from chassis.cli.serving import serve
from tests.toy.ledger import LedgerService
from tests.toy.service import ToyService

SERVICES = {service.name: service for service in (ToyService, LedgerService)}

if __name__ == "__main__":
    chosen = SERVICES[sys.argv[1]]
    raise SystemExit(serve([chosen], on_ready=lambda: print("SERVING", flush=True), on_stopping=lambda: None))
