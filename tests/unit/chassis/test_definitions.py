"""The generated definitions of the broker, and the script that puts passwords into them. On a real broker:
tests/integration/broker/test_service_users.py."""

import json
import re
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest

from chassis import service_registry
from chassis.messaging import definitions
from tests import outside_permissions

START = Path(__file__).parents[3] / "deploy" / "rabbitmq" / "start.sh"
MADE = outside_permissions.definitions()
VARIABLES = [re.fullmatch("@(.*)@", user["password_hash"]).group(1) for user in MADE["users"]]  # type: ignore[union-attr]


def test_a_password_is_hashed_as_rabbitmq_documents_it() -> None:
    """The example of its documentation of password hashing."""
    assert definitions.password_hash("test12", bytes.fromhex("908DC60A")) == "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"


def test_the_script_of_the_image_fills_in_the_same_hashes(tmp_path: Path) -> None:
    passwords = {name: f"pass|word&\\{number}\"'$ü" for number, name in enumerate(VARIABLES)}
    file = outside_permissions.DEFINITIONS
    done = subprocess.run(
        ["sh", str(START), "--print", str(file)],
        env=passwords | {"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    users = json.loads(done.stdout)["users"]
    assert len({user["password_hash"] for user in users}) == len(users)
    for user, name in zip(users, VARIABLES, strict=True):
        salt = b64decode(user["password_hash"])[:4]
        assert user["password_hash"] == definitions.password_hash(passwords[name], salt)


def test_the_script_starts_nothing_without_a_password() -> None:
    file = outside_permissions.DEFINITIONS
    done = subprocess.run(
        ["sh", str(START), "--print", str(file)], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert done.returncode == 1 and f"{VARIABLES[0]} is not set" in done.stderr


def test_every_service_has_a_user_with_permissions_and_topics() -> None:
    users = {user["name"] for user in MADE["users"]}
    assert set(service_registry.names()) < users
    assert {permission["user"] for permission in MADE["permissions"]} == users
    for service in service_registry.names():
        topics = {one["exchange"] for one in MADE["topic_permissions"] if one["user"] == service}
        assert {"nameko-rpc", f"{service}.events"} <= topics


@pytest.mark.parametrize("kind", ["permissions", "topic_permissions"])
def test_no_service_has_a_right_that_is_not_anchored(kind: str) -> None:
    """A regular expression that is not anchored matches also names that contain it."""
    own = [one for one in MADE[kind] if one["user"] in service_registry.names()]
    patterns = {one[right] for one in own for right in ("configure", "write", "read") if right in one}
    assert all(pattern == ".*" or (pattern.startswith("^") and pattern.endswith("$")) for pattern in patterns)
