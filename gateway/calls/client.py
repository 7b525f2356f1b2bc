"""The services as objects: `client.booking.book_space(space_id=…, starts_at=…, ends_at=…)`.

The methods come from the services' interfaces when this module is loaded. Their types stand in client.pyi, which is
generated: mypy refuses a verb or a field that does not exist. Each raises what gateway.calls.calls.send raises.
"""

from collections.abc import Callable, Iterable
from typing import Any

from chassis.rpc.interface import Interface, Verb
from gateway.calls import calls, public_reads
from gateway.calls.interfaces import INTERFACES
from gateway.http.current import Rpc


class ServiceClient:
    """One service; every verb of its interface is a method."""

    def __init__(self, interface: Interface, call: calls.Call) -> None:
        for verb in interface:
            setattr(self, verb.name, _method(call, verb))


class Client:
    """All services; `call` decides as whom and how they are asked."""

    def __init__(self, call: calls.Call, interfaces: Iterable[Interface] = INTERFACES) -> None:
        for interface in interfaces:
            setattr(self, interface.service, ServiceClient(interface, call))


def _method(call: calls.Call, verb: Verb) -> Callable[..., dict[str, Any]]:
    def ask(**values: Any) -> dict[str, Any]:
        return call(verb, values)

    ask.__name__ = verb.name
    return ask


_of_request = Client(calls.call)
for _interface in INTERFACES:
    globals()[_interface.service] = getattr(_of_request, _interface.service)
# What a visitor may read, from the gateway's cache where it is there. The answers are shared: treat them as read-only.
public = Client(public_reads.read)
as_gateway = Client(calls.as_gateway)


def outside_requests(rpc: Rpc) -> Client:
    """Calls as the gateway itself, for work that no request starts."""
    return Client(calls.outside_requests(rpc))


def outliving_the_request() -> Client:
    """Reads as the sender of the request, for streams."""
    return Client(calls.outliving_the_request())
