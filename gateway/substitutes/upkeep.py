"""Ends substitutions that no longer can be, in case that an account was switched off in another way than by an admin: in the
database by hand, or in a release that did not end them."""

from datetime import datetime

from sqlalchemy import Engine, select

from gateway.accounts.call import Accounts
from gateway.accounts.models import Account
from gateway.accounts.personal import PersonalFields
from gateway.substitutes.models import Substitution
from gateway.substitutes.use_cases import end_of_unfit

MOST = 100  # substitutes in one round


def end_of_disabled(database: Engine, personal: PersonalFields, now: datetime) -> int:
    """End the substitutions in which an account stands in that was switched off. Returns how many ended. `now` is aware."""
    accounts = Accounts(database=database, personal=personal, now=now, community_id=None)
    with accounts.reading() as call:
        disabled = select(Account.id).where(Account.disabled_at.is_not(None))
        mine = select(Substitution.substitute_id).where(Substitution.substitute_id.in_(disabled), Substitution.ends_at > now)
        found = call.session.scalars(mine.distinct().limit(MOST)).all()
    ended = 0
    for substitute_id in found:
        with accounts.transaction() as call:
            ended += end_of_unfit(call, call.session.get_one(Account, substitute_id, with_for_update=True))
    return ended
