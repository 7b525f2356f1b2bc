"""Cancel a registration."""

from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.events.access import account
from services.events.registrations import messages, storage
from services.events.registrations.models import Registration
from services.events.registrations.use_cases.find_registrations import check_visible
from services.events.registrations.use_cases.promotion import promote_waiting


def cancel_registration(call: Call, *, registration_id: UUID, expected_version: int | None = None) -> Registration:
    """Give the seats, or the place in the queue, back, and announce it. The queue moves up in the same transaction.
    Raises Unauthenticated, NotFound, Forbidden, VersionMismatch, RegistrationNotCancellable."""
    account(call.acting)
    registration = check_visible(call, storage.lock_registration(call.session, registration_id), registration_id)
    role = registration.role_of(call.acting)
    registration.expect_version(expected_version)
    previous_state = registration.state
    registration.withdraw(call.now, by=role)
    outbox.add(call.session, messages.registration_cancelled(registration, call.now, previous_state=previous_state))
    promote_waiting(call, registration.session)
    return registration
