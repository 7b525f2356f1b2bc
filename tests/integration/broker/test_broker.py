"""The tests' own broker: what every other integration test stands on."""

from kombu import Connection

from tests.broker import Broker, PrivateNode


def test_each_test_has_a_virtual_host_of_its_own(broker: Broker, vhost_uri: str, module_vhost_uri: str) -> None:
    with Connection(vhost_uri) as connection:
        connection.SimpleQueue("greetings").put("hello")
    assert list(broker.queues(vhost_uri.rsplit("/", 1)[1])) == ["greetings"]
    assert broker.queues(module_vhost_uri.rsplit("/", 1)[1]) == {}


def test_what_the_node_has_confirmed_survives_its_crash(broker_to_break: PrivateNode) -> None:
    uri = broker_to_break.broker.uri_of("/")
    with Connection(uri, transport_options={"confirm_publish": True}) as connection:
        connection.SimpleQueue("kept").put("still here")
    broker_to_break.kill()
    broker_to_break.start()
    with Connection(uri) as connection:
        assert connection.SimpleQueue("kept").get(timeout=10).payload == "still here"
