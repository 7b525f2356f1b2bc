"""How a resident is reminded, chosen by staff at the counter for somebody who does not use the pages."""

from uuid import UUID

from gateway.accounts import auditing, residents
from gateway.calls import client
from gateway.http import current


def choice_of(account_id: UUID) -> str:
    """One of notify's WAYS. The caller has made sure that it may see the resident."""
    return str(client.as_gateway.notify.get_reminder_choice(account_id=str(account_id))["reminders"])


def choose_for(account_id: UUID, reminders: str) -> None:
    """The resident is reminded in this way from now on. It is in the audit log. The same way again changes nothing. Raises
    NotFound for a resident whom the caller does not serve."""
    with current.accounts().transaction() as call:
        community_id = residents.read(call, account_id).community_id
    if (before := choice_of(account_id)) == reminders:
        return
    about = {"account_id": str(account_id), "community_id": community_id}
    client.as_gateway.notify.choose_reminders(reminders=reminders, **about)
    with current.accounts().transaction() as call:
        account = residents.read(call, account_id)
        auditing.resident_changed(call, account, {"reminders": before}, {"reminders": reminders})
