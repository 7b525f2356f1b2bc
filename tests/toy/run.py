"""`python -m tests.toy.run`: the toy service as a process of its own, until SIGTERM. Says SERVING when it does."""

# ruff: noqa: E402
import chassis.green

chassis.green.assert_cooperative()

from chassis.cli.serving import serve
from tests.toy.service import ToyService

if __name__ == "__main__":
    raise SystemExit(serve([ToyService], on_ready=lambda: print("SERVING", flush=True), on_stopping=lambda: None))
