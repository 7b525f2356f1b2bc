"""The services as objects: `client.booking.book_space(space_id=…, starts_at=…, ends_at=…)`.

The methods are made from the services' interfaces when this module is imported. Their types are in client.pyi, which is
generated, so mypy reports a verb or a field that does not exist. Each method raises the errors of gateway.calls.calls.send.
"""

from collections.abc import Callable, Iterable
from typing import Any

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Identity
from chassis.rpc.interface import Interface, Verb
from gateway.calls import calls, public_reads
from gateway.calls.interfaces import INTERFACES
from gateway.http.current import Rpc


class ServiceClient:
    """One service. Every verb of its interface is a method."""

    def __init__(self, interface: Interface, call: calls.Call) -> None:
        for verb in interface:
            setattr(self, verb.name, _method(call, verb))


class Client:
    """All services. `call` decides how they are called and with which identity."""

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
# Reads as a visitor, from the gateway's cache if possible. The answers are shared, so do not change them.
public = Client(public_reads.read)
as_gateway = Client(calls.as_gateway)


def acting_as(identity: Identity) -> Client:
    """Calls as somebody who has not signed in, but whom the request has proved to be."""
    return Client(lambda verb, values: calls.call(verb, values, identity=identity))


def for_jobs(rpc: Rpc, communities: Communities = DISTRICT) -> Client:
    """Calls as the gateway itself, for work outside a request."""
    return Client(calls.for_jobs(rpc, communities))


def for_streams() -> Client:
    """Reads as the caller of the request, for streams, which continue after the request."""
    return Client(calls.for_streams())
