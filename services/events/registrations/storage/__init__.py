"""Selects and locks of registrations, the queue, and the statement that takes seats."""

from services.events.registrations.storage.queue import largest_waiting, lock_queue_front
from services.events.registrations.storage.registrations import (
    find_active_registration,
    find_registration,
    list_registrations,
    lock_active_registrations,
    lock_registration,
)
from services.events.registrations.storage.seats import Claim, Wish, claim

__all__ = [
    "Claim",
    "Wish",
    "claim",
    "find_active_registration",
    "find_registration",
    "largest_waiting",
    "list_registrations",
    "lock_active_registrations",
    "lock_queue_front",
    "lock_registration",
]
