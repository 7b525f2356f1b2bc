"""SMS through whichever provider the operator has a contract with."""

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from services.notify.outgoing import Parcel


@dataclass(frozen=True, slots=True)
class Sms:
    """`phone` in E.164. Providers that hold the approved texts themselves take `template`, `language` and
    `variables`; others take `text`. `id` is the same at every attempt, for providers that know duplicates by it."""

    id: UUID
    phone: str = field(repr=False)
    text: str = field(repr=False)
    template: str
    language: str
    variables: dict[str, str] = field(repr=False)


class SmsProvider(Protocol):
    """A package offers one under the entry point group `linli.sms_providers`: a callable without arguments that
    makes it, reading its own settings from the environment."""

    def send(self, sms: Sms) -> str | None:
        """Hand one SMS over within a minute; returns the provider's reference. Raises channels.TryAgain,
        channels.Rejected or channels.AnswerLost; anything else counts as AnswerLost."""


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
