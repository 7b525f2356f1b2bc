"""The SMS channel, and the interface of an SMS provider."""

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from services.notify.delivery.parcel import Parcel


@dataclass(frozen=True, slots=True)
class Sms:
    """`phone` is in E.164. Providers that store the approved texts themselves use `template`, `language` and `variables`;
    others use `text`. `id` is the same at every attempt, so a provider can recognise a duplicate by it."""

    id: UUID
    phone: str = field(repr=False)
    text: str = field(repr=False)
    template: str
    language: str
    variables: dict[str, str] = field(repr=False)


class SmsProvider(Protocol):
    """A package registers a provider under the entry point group `linli.sms_providers` (see providers.py). The entry point
    is a callable without arguments that returns the provider. It reads its settings from the environment."""

    def send(self, sms: Sms) -> str | None:
        """Send one SMS, in less than a minute. Returns the provider's reference. Raises TryAgain, Rejected or AnswerLost
        (delivery.channels). Any other exception counts as AnswerLost."""


class SmsChannel:
    name = "sms"

    def __init__(self, provider: SmsProvider) -> None:
        self._provider = provider

    def send(self, parcel: Parcel) -> str | None:
        return self._provider.send(
            Sms(
                id=parcel.id,
                phone=parcel.address,
                text=parcel.body,
                template=parcel.template,
                language=parcel.language,
                variables=parcel.variables,
            )
        )
