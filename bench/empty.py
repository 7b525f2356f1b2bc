"""`python -m bench.empty`: a service whose one method does nothing; what a call costs without any work."""

# ruff: noqa: E402
import chassis.green

chassis.green.assert_cooperative()

from chassis.cli.serving import serve
from chassis.service import Call, Payload, Service, query


class EmptyService(Service):
    name = "empty"

    @query
    def nothing(self, call: Call, payload: Payload) -> Payload:
        return {}


if __name__ == "__main__":
    from bench.empty import EmptyService  # by its name: a service is found by its module

    raise SystemExit(serve([EmptyService], on_ready=lambda: print("SERVING", flush=True), on_stopping=lambda: None))
