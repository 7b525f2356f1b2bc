"""Run by test_nameko_on_embedded.py in a process of its own, since eventlet patches the whole process."""

import chassis.monkey_patch  # noqa: F401  isort: skip

import json
import statistics
import time

import eventlet
from nameko import config
from nameko.containers import ServiceContainer, WorkerContext
from nameko.events import BROADCAST, EventDispatcher, event_handler
from nameko.exceptions import UnknownService
from nameko.rpc import ServiceRpc, rpc

from chassis.embedded.transport import broker_of

URI = "embedded://nameko"
heard: list[str] = []


class Echo:
    name = "echo"
    dispatch = EventDispatcher()

    @rpc
    def say(self, word: str) -> str:
        return word

    @rpc
    def announce(self, word: str) -> None:
        self.dispatch("said", word)

    @event_handler("echo", "said")
    def remember(self, word: str) -> None:
        heard.append(f"pool {word}")

    @event_handler("echo", "said", handler_type=BROADCAST, reliable_delivery=False)
    def overhear(self, word: str) -> None:
        heard.append(f"broadcast {word}")


class Caller:
    name = "caller"
    echo = ServiceRpc("echo")
    nobody = ServiceRpc("nobody")

    @rpc
    def call(self) -> None: ...


def client(container: ServiceContainer, name: str) -> object:
    provider = next(d for d in container.dependencies if d.attr_name == name)
    return provider.get_dependency(WorkerContext(container, Caller(), next(iter(container.entrypoints))))


def main() -> None:
    with config.patch({"AMQP_URI": URI}):
        echo, caller = ServiceContainer(Echo), ServiceContainer(Caller)
        echo.start()
        caller.start()
        service = client(caller, "echo")
        answers, seconds = [], []
        for number in range(200):
            started = time.perf_counter()
            answers.append(service.say(number))
            seconds.append(time.perf_counter() - started)
        pool = eventlet.GreenPool(20)
        together = list(pool.imap(service.say, range(100)))
        try:
            client(caller, "nobody").say("x")
            unknown = False
        except UnknownService:
            unknown = True
        service.announce("hello")
        with eventlet.Timeout(5):
            while len(heard) < 2:
                eventlet.sleep(0)
        idle = broker_of(URI).idle()
        echo.stop()
        caller.stop()
    result = {
        "answers": answers == list(range(200)),
        "together": together == list(range(100)),
        "unknown_service": unknown,
        "heard": sorted(heard),
        "idle": idle,
        "p50_ms": statistics.median(seconds) * 1000,
        "consumers_left": sum(consumers for _, _, consumers in broker_of(URI).queues().values()),
    }
    print(json.dumps(result))


main()
