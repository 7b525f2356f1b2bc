"""The message about a substitution. It carries its whole state, so that a copy needs only the newest one."""

from datetime import datetime
from pathlib import Path

from chassis.messaging.contracts import Contracts, Message
from gateway.substitutes.models import Substitution

CONTRACTS = Contracts(Path(__file__).parent.parent / "contracts", source="gateway")


def substitution_arranged(substitution: Substitution, occurred_at: datetime, ended_because: str | None = None) -> Message:
    """`occurred_at` is aware. `ended_because` is `substitute_unfit` if nobody has ended it: the substitute could not go on."""
    return CONTRACTS.message(
        "substitution.arranged.v1",
        aggregate_id=substitution.id,
        version=substitution.version,
        community_id=substitution.community_id,
        occurred_at=occurred_at,
        data={
            "substitution_id": str(substitution.id),
            "version": substitution.version,
            "account_id": str(substitution.account_id),
            "substitute_id": str(substitution.substitute_id),
            "starts_at": substitution.starts_at.isoformat(),
            "ends_at": substitution.ends_at.isoformat(),
        }
        | ({"ended_because": ended_because} if ended_because else {}),
    )
