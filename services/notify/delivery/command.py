"""`linli sms`: the text messages that the demo has not sent, for its operator."""

import click

from chassis.cli import instances
from chassis.cli.command_errors import CommandError
from chassis.cli.databases import databases, refuse_unmigrated
from chassis.config import settings
from chassis.database.crypto import decrypt
from chassis.database.engine import transaction
from services.notify.delivery import storage
from services.notify.delivery.channels.providers import SINK
from services.notify.delivery.models import SinkMessage
from services.notify.settings import notify_settings

SERVICE = "notify"


@click.command("sms")
@click.option("--last", default=20, show_default=True, type=click.IntRange(1, 100), help="how many, the newest last")
def sms(last: int) -> None:
    """Print the last text messages that the demo stored instead of sending them, with their codes."""
    if notify_settings().sms_provider != SINK:
        raise CommandError("text messages are sent to real phones and not stored", "LINLI_SMS_PROVIDER names the provider")
    instances.adopt()
    if not settings().demo:
        raise CommandError("this is not the demo: codes are for their owners only", "set LINLI_DEMO=true on a demo")
    with databases([SERVICE]) as engines:
        refuse_unmigrated(SERVICE, engines[SERVICE])
        with transaction(engines[SERVICE]) as session:
            found = storage.list_sink_messages(session, None, limit=last, cursor=None).items
            lines = [f"{one.sent_at.astimezone():%m-%d %H:%M:%S}  {_text(one)}" for one in reversed(found)]
    click.echo("\n".join(lines) or "no text message yet")


def _text(message: SinkMessage) -> str:
    return f"{decrypt(message.sealed_phone).decode()}  {decrypt(message.sealed_body).decode()}"
