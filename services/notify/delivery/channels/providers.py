"""Finds the SMS provider that LINLI_SMS_PROVIDER names."""

from importlib.metadata import entry_points
from typing import Final

from sqlalchemy import Engine

from services.notify.delivery.channels.sink import Sink
from services.notify.delivery.channels.sms import SmsProvider

ENTRY_POINTS: Final = "linli.sms_providers"
SINK: Final = "sink"


def provider_of(name: str, engine: Engine) -> SmsProvider:
    """The sink, or the installed provider with this entry point name. Raises LookupError, which lists what is installed."""
    if name == SINK:
        return Sink(engine)
    installed = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if name not in installed:
        raise LookupError(f"LINLI_SMS_PROVIDER={name} is not installed; there are: {', '.join([SINK, *sorted(installed)])}")
    provider: SmsProvider = installed[name].load()()
    return provider
