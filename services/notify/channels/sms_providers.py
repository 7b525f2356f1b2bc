"""Which SMS provider LINLI_SMS_PROVIDER names: the demo's sink, or one that is installed."""

from importlib.metadata import entry_points
from typing import Final

from sqlalchemy import Engine

from services.notify.channels.sink import Sink
from services.notify.channels.sms import SmsProvider

ENTRY_POINTS: Final = "linli.sms_providers"
SINK: Final = "sink"


def provider_of(name: str, engine: Engine) -> SmsProvider:
    """The provider that LINLI_SMS_PROVIDER names. Raises LookupError, listing what is installed."""
    if name == SINK:
        return Sink(engine)
    installed = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if name not in installed:
        raise LookupError(f"LINLI_SMS_PROVIDER={name} is not installed; there are: {', '.join([SINK, *sorted(installed)])}")
    provider: SmsProvider = installed[name].load()()
    return provider
