"""What deploy/rabbitmq/definitions.json lets an outside system do on the broker."""

import json
from pathlib import Path
from typing import Any

DEFINITIONS = Path(__file__).parent.parent / "deploy" / "rabbitmq" / "definitions.json"


def definitions() -> dict[str, Any]:
    """The broker's definitions, with names of variables in the place of password hashes."""
    return dict(json.loads(DEFINITIONS.read_text()))


def of(kind: str, user: str) -> dict[str, Any]:
    """`permissions` or `topic_permissions` of `user` on the platform's virtual host."""
    (one,) = (one for one in definitions()[kind] if (one["user"], one["vhost"]) == (user, "linli"))
    return dict(one)
