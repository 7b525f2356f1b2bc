"""Which broker the integration tests take."""

import pytest

from tests import ways_to_a_broker


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """A machine that has nothing; a test says what it has."""
    has = dict.fromkeys(("image", "compose", "server", "apt"), False)
    monkeypatch.delenv("LINLI_TEST_AMQP_URI", raising=False)
    monkeypatch.setattr(ways_to_a_broker, "docker_has_image", lambda: has["image"])
    monkeypatch.setattr(ways_to_a_broker, "compose_command", lambda: "docker compose" if has["compose"] else None)
    monkeypatch.setattr(ways_to_a_broker, "server_installed", lambda: has["server"])
    monkeypatch.setattr(ways_to_a_broker.debian, "can_install", lambda: has["apt"])
    return has


def test_a_given_broker_comes_first(machine: dict[str, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    machine.update(image=True, compose=True, server=True)
    monkeypatch.setenv("LINLI_TEST_AMQP_URI", "amqp://somewhere")
    assert ways_to_a_broker.way() == "given"


def test_docker_is_taken_where_it_is_quick(machine: dict[str, bool]) -> None:
    machine.update(image=True, compose=True, server=True)
    assert ways_to_a_broker.way() == "docker"


def test_a_private_node_is_quicker_than_pulling_an_image(machine: dict[str, bool]) -> None:
    machine.update(compose=True, server=True)
    assert ways_to_a_broker.way() == "private"


def test_pulling_is_better_than_installing(machine: dict[str, bool]) -> None:
    machine.update(compose=True, apt=True)
    assert ways_to_a_broker.way() == "docker"


def test_debian_installs_one(machine: dict[str, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    machine.update(apt=True)
    monkeypatch.setattr(ways_to_a_broker.debian, "install", lambda package: machine.update(server=package == "rabbitmq-server"))
    assert ways_to_a_broker.way() == "private"


def test_what_apt_says_is_told_beside_the_ways(machine: dict[str, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(package: str) -> None:
        raise RuntimeError(f"no room for {package}")

    machine.update(apt=True)
    monkeypatch.setattr(ways_to_a_broker.debian, "install", refuse)
    with pytest.raises(RuntimeError, match=r"(?s)LINLI_TEST_AMQP_URI.*no room for rabbitmq-server"):
        ways_to_a_broker.way()


def test_a_machine_without_any_is_told_of_all(machine: dict[str, bool]) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)LINLI_TEST_AMQP_URI.*Docker.*apt-get install rabbitmq-server"):
        ways_to_a_broker.way()
