"""The base class of services. It gives a service its RPC methods, a database, a relay, retries and housekeeping.

    class LendingService(Service):
        name = "lending"
        interface = LENDING
        use_cases = (books, loans)

The use case of a verb is the function with the verb's name in one of the modules `use_cases`.
"""

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, ClassVar, cast

from nameko.extensions import DependencyProvider
from sqlalchemy import Engine

from chassis.background.expiry import Expiry, PartitionExpiry
from chassis.background.housekeeping import Housekeeping
from chassis.database.engine import engine_of
from chassis.messaging.relay import Relay
from chassis.messaging.retries import Retries
from chassis.rpc.call import Call
from chassis.rpc.entrypoints import command, entrypoint_of, query
from chassis.rpc.interface.verbs import Interface
from chassis.rpc.run_once import Payload

__all__ = ["Call", "Payload", "Service", "command", "query"]


class Database(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Injects the engine of the service's database."""

    def get_dependency(self, worker_ctx: Any) -> Engine:
        return engine_of(self.container.service_name)


class Service:
    """Base of every service class."""

    name: str
    interface: ClassVar[Interface | None] = None
    use_cases: ClassVar[tuple[ModuleType, ...]] = ()
    # By the name of a command: what is called with (call, refusal, **fields) after a refusal that is not temporary.
    after_refusals: ClassVar[Mapping[str, Callable[..., None]]] = {}
    database: Engine = Database()  # nameko replaces the provider by the engine
    relay = Relay()
    retries = Retries()
    housekeeping = Housekeeping()

    @classmethod
    def expiries(cls) -> Sequence[Expiry | PartitionExpiry]:
        """The service's own rows that are deleted after a time."""
        return ()

    @classmethod
    def erase_returned(cls, call: Call) -> int:
        """Erase accounts again whose rows a restore has brought back (chassis.database.erased). Returns how many."""
        return 0

    def __init_subclass__(cls) -> None:
        """Raises TypeError if a verb has no use case, more than one, or one whose parameters do not fit its fields."""
        super().__init_subclass__()
        for verb in cls.interface or ():
            setattr(cls, verb.name, entrypoint_of(verb, cls.use_case(verb.name), cls.after_refusals.get(verb.name)))

    @classmethod
    def use_case(cls, name: str) -> Callable[..., Any]:
        """Return the use case of the verb `name`. Raises TypeError if there is none, or more than one."""
        found = [vars(module)[name] for module in cls.use_cases if name in vars(module)]
        if len(found) != 1:
            raise TypeError(f"{cls.name} has {len(found)} use cases named {name}")
        return cast(Callable[..., Any], found[0])
