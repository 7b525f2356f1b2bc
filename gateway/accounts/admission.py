"""Which accounts may be used in this installation."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, true

from gateway.accounts.models import Account


def _random_code(account: Account) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Admission:
    """The rule for accounts that came with sample data (`Account.sample`): their passwords are public.

    `samples`: True if they may be used here. By default they may not. `fixed_code(account)` returns the sign-in code of an
    account that gets no message. For all other accounts it returns None; they get a random code.
    """

    samples: bool = False
    fixed_code: Callable[[Account], str | None] = _random_code

    def admits(self, account: Account) -> bool:
        """True if the account may be used: it is not disabled, and it is not a sample, unless samples are admitted."""
        return account.disabled_at is None and (self.samples or not account.sample)

    def condition(self) -> ColumnElement[bool]:
        """The same as an SQL condition on Account."""
        return and_(Account.disabled_at.is_(None), or_(true() if self.samples else false(), ~Account.sample))
