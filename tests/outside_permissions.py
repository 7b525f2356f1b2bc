"""What deploy/rabbitmq/start.sh lets an outside system do on the broker."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parent.parent / "deploy" / "rabbitmq" / "start.sh"
PASSWORDS = {"LINLI_AMQP_ADMIN_PASSWORD": "a", "LINLI_AMQP_PASSWORD": "b", "LINLI_AMQP_ORG1_PASSWORD": "c"}


def definitions() -> dict[str, Any]:
    """The broker's definitions as the script writes them; only the lines that make them are run."""
    script = SCRIPT.read_text()
    found = re.search(r"^cat >\S+ (<<DEFINITIONS\n.*?^DEFINITIONS\n)", script, re.MULTILINE | re.DOTALL)
    quote = re.search(r"^json\(\) .*$", script, re.MULTILINE)
    assert found and quote
    made = subprocess.run(
        ["sh", "-eu"], input=f"{quote[0]}\ncat {found[1]}", env=PASSWORDS, capture_output=True, text=True, check=True
    )
    return dict(json.loads(made.stdout))


def of(kind: str, user: str) -> dict[str, Any]:
    """`permissions` or `topic_permissions` of `user` on the platform's virtual host."""
    (one,) = (one for one in definitions()[kind] if (one["user"], one["vhost"]) == (user, "linli"))
    return dict(one)
