"""Search for residents by a part of the name, or by the end of a phone number."""

from sqlalchemy import or_, select
from sqlalchemy.orm import lazyload

from chassis.database.pagination import Page, page
from gateway.accounts import names, subjects
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account, AccountSearch
from gateway.accounts.search_index import hashes_of_keys
from gateway.accounts.search_terms import terms_wanted


def find(call: AccountCall, *, query: str, limit: int, cursor: str | None = None) -> Page[Account]:
    """The residents within reach whose name or phone has `query`, the newest account first. Logged as a reveal. Raises
    InvalidField for a malformed cursor."""
    wanted = terms_wanted(query)
    if not wanted:
        return Page([], None)
    has_terms = or_(*(AccountSearch.terms.contains(hashes) for hashes in hashes_of_keys(call.personal, wanted)))
    statement = (
        select(Account)
        .join(AccountSearch, AccountSearch.account_id == Account.id)
        .where(has_terms, subjects.is_resident(call))
        .options(lazyload(Account.grants))
    )
    found = page(call.session, statement, keys=[(Account.id, "desc")], limit=limit, cursor=cursor)
    names.log_reveal(call, [account.id for account in found.items], ["name", "birth_year"])
    return found
