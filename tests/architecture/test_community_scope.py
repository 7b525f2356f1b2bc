"""A statement on a growing table says which communities it touches, or names its rows by an id. A list that forgets its scope
would show one community what belongs to another."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from chassis import service_registry
from tests.architecture.tree import ROOT, called_name, python_files, syntax

# Reference data: a handful of rows, which the operator enters.
REFERENCE = {"Channel", "Category", "Department", "Grid", "Community", "CalendarDay", "CalendarRevision"}
STATEMENTS = {"select", "update", "delete"}
# Statements that are meant for the whole district, and why.
WHOLE_DISTRICT = {
    "gateway/accounts/staff/announcing.py:announce_all": "the operator has the work of all staff told again",
    "gateway/accounts/rotation.py:_renew_batch": "encrypts all personal fields again with the newest key",
    "gateway/accounts/rotation.py:_renew_households": "encrypts all addresses again with the newest key",
    "gateway/erasure/storage.py:_take": "the upkeep erases what is due, wherever",
    "gateway/erasure/storage.py:returned": "after a restore, all that was erased is erased again",
    "gateway/directory/storage.py:notices_in_force": "the notices of all communities",
    "services/booking/locks/storage.py:codes_to_renew": "encrypts all codes of doors again with the newest key",
    "services/booking/erasure/storage.py:returned": "after a restore, as above",
    "services/booking/erasure/storage.py:unname_lenders": "the rows of one account, which is erased wherever it worked",
    "services/cases/erasure/storage.py:returned": "after a restore, as above",
    "services/events/erasure/storage.py:returned": "after a restore, as above",
    "services/events/rooms/storage.py:to_ask": "the upkeep asks for the rooms of all communities",
    "services/cases/steps/lost_handlers.py:_LOST": "the upkeep takes back cases of handlers who left, wherever",
    "gateway/accounts/staff/announcing.py:announce_new": "the upkeep announces the staff of all communities once",
    "gateway/erasure/storage.py:by_number": "everybody who has the number of a receipt reads it",
    "gateway/accounts/proofs.py:prove": "the session of the request",
    "gateway/operations/export.py:_photos": "one's own photos, wherever",
    "gateway/accounts/command.py:_ADMINS": "operators are bound to no community",
    "gateway/systems/credentials.py:_CREDENTIAL": "its callers name the credential by its hash or id",
    "gateway/systems/upkeep.py:renew": "encrypts all contacts again with the newest key",
    "gateway/photos/storage.py:open_claims": "upkeep",
    "gateway/photos/storage.py:give_up_unclaimed": "upkeep",
    "gateway/photos/storage.py:leaving": "upkeep",
    "gateway/accounts/reveals.py:last_by_others": "who changed one resident, whom the caller has just read",
    "gateway/photos/storage.py:_shown": "its callers name the photo",
    "services/notify/feed/storage.py:_AFTER": "the messages of the whole district",
    "services/notify/feed/storage.py:_NEWEST": "the messages of the whole district",
    "services/notify/delivery/storage.py:lock_next": "the senders work for everybody, in the order of the time",
    "services/notify/delivery/storage.py:lock_overdue": "the senders work for everybody",
    "services/notify/reminders/storage.py:lock_due": "its caller names the reminders",
    "services/notify/recipients/storage.py:lock_sealed_before": "encrypts all addresses again with the newest key",
    "services/booking/ledger/storage.py:release_expired": "the periodic work of booking, wherever",
    "services/booking/waits/storage.py:communities_with_freed_times": "the same",
    "services/booking/waits/storage.py:lock_overdue": "the same",
    "services/booking/waits/storage.py:next_expired": "the same",
    "services/booking/waits/storage.py:next_without_booking": "the same",
    "services/cases/slips/storage.py:find_case": "the number names one case, and its code is checked",
    "services/cases/intake/storage.py:find_photos": "the gateway asks for photos of any community",
    "services/booking/questions/storage.py:lock_to_ask": "the job asks in all communities",
    "services/booking/questions/storage.py:lock_outdated": "the job ends questions of all communities",
    "services/booking/questions/storage.py:overdue": "the job frees dates of all communities",
    "services/booking/lotteries/storage.py:due": "the job closes and draws lotteries of all communities",
    "services/booking/approval/storage.py:lock_lapsed": "the job works for all communities, in the order of the time",
    "services/booking/bookings/storage/requests.py:rivals": "its caller names the space",
    "services/booking/doors/storage.py:find_by_door_key": "a key that cannot be guessed",
    "services/booking/day_lists/storage.py:spaces_with_lists": "the job sends the lists of all communities",
    "services/booking/day_lists/storage.py:lock_lists": "the same; its keys name communities",
    "services/booking/locks/storage.py:codes_not_over": "the job replaces unreadable codes of all communities, of two days",
    "services/booking/locks/storage.py:states_of_bridges": "the job tells the locks of all communities",
    "services/booking/managed_spaces/leaving.py:_naming": "a member of staff leaves several communities at once",
    "services/booking/lending/storage.py:next_untold": "the job tells residents of all communities; few rows are in its index",
    "services/booking/lending/storage.py:_loans": "what is made of it names bookings or communities",
    "services/booking/check_ins/storage.py:lock_missed": "the job is for all communities; an index on time limits it",
    "services/booking/bookings/storage/counted.py:_COUNTED": "what is made of it names a resident or the place of a limit",
    "services/booking/claims/shortages.py:_untold": "the job tells services of all communities; few rows are in its index",
    "services/booking/bookings/storage/counted.py:last_uses": "the bookings of one household, wherever they are",
    "services/booking/spaces/storage/timetables.py:_TIMETABLES": "what is made of it names a space or a community",
}
# Functions that make a condition which names communities or rows.
CONDITIONS = {
    "within",
    "works_within",
    "visible_to",
    "on_desk_of",
    "within_reach",
    "is_resident",
    "shown_to",
    "_waits_in",
    "signs_in",
}
KEYS = ("id", "_id", "_index", "_hash", "_digest", "username", "claimed_by", "merged_into")


def growing() -> set[str]:
    """The mapped classes with a `community_id`, which are not reference data."""
    names = set()
    for service in service_registry.names():
        root = "gateway" if service == "gateway" else f"services/{service}"
        for file in python_files(f":(glob){root}/**/models.py"):
            module = import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
            for name, found in vars(module).items():
                if isinstance(found, type) and hasattr(found, "__table__") and "community_id" in found.__table__.columns:
                    names.add(name)
    return names - REFERENCE


def touched(node: ast.AST, classes: set[str]) -> set[str]:
    """The growing classes of the SELECT, UPDATE and DELETE statements in `node`."""
    return {
        name.id
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and called_name(call) in STATEMENTS
        for argument in call.args
        for name in ast.walk(argument)
        if isinstance(name, ast.Name) and name.id in classes
    }


def always(node: ast.AST) -> Iterator[ast.AST]:
    """`node` and what it contains, without what only happens under a condition."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.If) and child in (*node.body, *node.orelse):
            continue
        yield from always(child)


def is_narrowed(node: ast.AST) -> bool:
    """Whether the statement in `node` is limited to communities, or to rows with a given id."""
    return any(_is_scope(part) or _is_key(part) for part in always(node))


def _is_scope(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and called_name(node) in CONDITIONS


def _is_key(node: ast.AST) -> bool:
    """`Booking.id == …`, `Case.reporter_id == …`, `Registration.session_id.in_(…)`."""
    if isinstance(node, ast.Compare):
        # Two columns that are compared are a join.
        return isinstance(node.ops[0], ast.Eq) and _is_id(node.left) and not _is_column(node.comparators[0])
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "in_"
        and _is_id(node.func.value)
    )


def _is_id(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr.endswith(KEYS)


def _is_column(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id[0].isupper()


def unscoped(file: Path, tree: ast.Module, classes: set[str]) -> Iterator[str]:
    for node in tree.body:
        for part in node.body if isinstance(node, ast.ClassDef) else [node]:
            if touched(part, classes) and not is_narrowed(part):
                yield f"{file.relative_to(ROOT)}:{_name(part)}"


def _name(part: ast.stmt) -> str:
    if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
        return part.targets[0].id
    return part.name if isinstance(part, ast.FunctionDef) else str(part.lineno)


def test_every_statement_on_a_growing_table_names_communities_or_rows() -> None:
    classes = growing()
    assert {"Booking", "Claim", "Case", "Registration", "Notification", "Account"} <= classes
    files = [file for file in python_files("services", "gateway") if not {"migrations", "demo"} & set(file.parts)]
    found = {place for file in files for place in unscoped(file, syntax(file), classes)}
    assert found == set(WHOLE_DISTRICT)


def test_a_forgotten_scope_is_noticed() -> None:
    file = next(iter(python_files("services")))
    for body, forgotten in (
        ("return session.scalars(select(Booking))", True),
        ("return session.scalars(select(Booking).where(Booking.state == state))", True),
        ("return session.scalars(select(Booking).join(Claim, Claim.booking_id == Booking.id))", True),
        ("s = select(Booking)\n    if space_id:\n        s = s.where(Booking.space_id == space_id)\n    return s", True),
        ("return update(Booking).values(state=state)", True),
        ("return session.scalars(select(Booking).where(within(Booking.community_id, communities)))", False),
        ("return session.scalars(select(Booking).where(Booking.resident_id == resident_id))", False),
        ("return session.scalars(select(Booking).where(Booking.id.in_(ids)))", False),
        ("return session.scalars(select(Channel))", False),
    ):
        tree = ast.parse(f"def find(session, state, ids, space_id, communities, resident_id):\n    {body}\n")
        assert bool(list(unscoped(file, tree, {"Booking", "Claim"}))) == forgotten, body
