"""One project for all tests of this folder: it takes minutes to build, and a core to keep up."""

import os
from collections.abc import Iterator

import pytest

from tests.broker import free_port
from tests.compose.project import SERVICES, District, docker
from tests.patience import eventually


@pytest.fixture(scope="package")
def district() -> Iterator[District]:
    port, amqp_port, api_port = free_port(), free_port(), free_port()
    mine = {
        "LINLI_PORT": str(port),
        "LINLI_TEST_AMQP_PORT": str(amqp_port),
        "LINLI_TEST_AMQP_API_PORT": str(api_port),
        "LINLI_VERSION": f"test-{os.getpid()}",
    }
    kept = {name: os.environ.get(name) for name in mine}
    os.environ.update(mine)
    district = District(f"linlitest{os.getpid()}", f"http://127.0.0.1:{port}", amqp_port)
    try:
        district.compose("build", seconds=1800)
        district.compose("up", "-d", seconds=600)
        eventually(district.livez, seconds=180)
        yield district
    finally:
        district.compose("down", "-v", "--timeout", "20")
        docker("rmi", *(f"linli/{name}:{mine['LINLI_VERSION']}" for name in (*SERVICES, "migrate")))
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
