"""The job that tells the bridges of locks which codes are valid.

Each step has two short transactions with a call between them, during which none is open. The first one finds a lock that was
told something else than what the bookings say, notes what is sent under a higher version, and leases the lock. The second one
notes that the bridge has confirmed that version. If a process dies, an answer is lost or a bridge is away, what was told
still differs from what is wanted, so a later step sends the whole set again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from cryptography.fernet import InvalidToken
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from chassis.database import crypto
from chassis.database.engine import expect_no_open_session, transaction
from chassis.observability import telemetry
from services.booking.locks import storage
from services.booking.locks.bridges import Bridge, BridgeFailed, bridge_named
from services.booking.locks.models import LockState, ValidCode
from services.booking.locks.storage import Wanted

log = telemetry.get_logger(__name__)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent to the bridge of a lock."""

    lock_id: UUID
    bridge: str
    device: str
    version: int
    codes: list[Wanted]


def tell_next(engine: Engine, find: Callable[[str], Bridge] = bridge_named, clock: Clock = lambda: datetime.now(UTC)) -> bool:
    """Tell one lock. Returns whether there was one, so that the caller should call again at once."""
    with transaction(engine) as session:
        parcel = _next_parcel(session, clock())
    if parcel is None:
        return False
    expect_no_open_session("telling a lock")
    problem = _send(parcel, find, clock())
    with transaction(engine) as session:
        state = storage.lock_state(session, parcel.lock_id)
        if state is not None and problem is None:
            state.succeed(parcel.version, clock())
        elif state is not None:
            state.fail(parcel.version, problem or "", clock())
    log.info("lock told", lock_id=str(parcel.lock_id), version=parcel.version, codes=len(parcel.codes), problem=problem)
    return True


def _next_parcel(session: Session, now: datetime) -> Parcel | None:
    """Lease the first lock that is due. Bookings are read after the lock is taken, so the set is that of now."""
    everything = storage.wanted(session, now)
    for known in storage.states_of_bridges(session):
        if known.is_due(_set_of(everything.get(known.lock_id, [])), now):
            parcel = _lease(session, known.lock_id, now)
            if parcel is not None:
                return parcel
    return None


def _lease(session: Session, lock_id: UUID, now: datetime) -> Parcel | None:
    state: LockState | None = storage.lock_state(session, lock_id, skip=True)
    lock = storage.find_lock(session, lock_id)
    if state is None or lock is None:
        return None
    codes = list(storage.wanted(session, now, lock_id).get(lock_id, []))
    wanted = _set_of(codes)
    if not state.is_due(wanted, now):
        return None  # another replica was faster
    return Parcel(lock_id, lock.bridge or "", lock.device or "", state.begin(wanted, now), codes)


def _set_of(codes: list[Wanted]) -> dict[str, list[str]]:
    return {str(one.booking_id): one.entry() for one in codes}


def _send(parcel: Parcel, find: Callable[[str], Bridge], now: datetime) -> str | None:
    """Returns the problem, None if the bridge has confirmed."""
    try:
        codes = [
            ValidCode(one.booking_id, crypto.decrypt(one.sealed_code).decode(), one.valid_from, one.valid_until)
            for one in parcel.codes
        ]
        find(parcel.bridge).put_codes(parcel.lock_id, parcel.device, parcel.version, codes, now)
    except BridgeFailed as failed:
        return failed.problem
    except InvalidToken:
        return "key_missing"
    except Exception as error:
        # The type only: the text of an error may contain the address or a code.
        log.error("bridge broke", lock_id=str(parcel.lock_id), error=type(error).__name__)
        return f"error_{type(error).__name__}"
    return None
