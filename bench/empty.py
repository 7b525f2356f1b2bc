"""`python -m bench.empty`: a service with one method that does nothing. It shows the cost of a call without work."""

# ruff: noqa: E402
import chassis.monkey_patch

chassis.monkey_patch.assert_cooperative()

from chassis.cli.serving import serve
from chassis.service import Call, Payload, Service, query


class EmptyService(Service):
    name = "empty"

    @query
    def nothing(self, call: Call, payload: Payload) -> Payload:
        return {}


if __name__ == "__main__":
    from bench.empty import EmptyService  # import it again, because here its module is called __main__

    raise SystemExit(serve([EmptyService], on_ready=lambda: print("SERVING", flush=True), on_stopping=lambda: None))
