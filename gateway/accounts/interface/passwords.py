"""Passwords and codes in requests."""

from typing import Any

from chassis.rpc.interface import Secret

LEAST_PASSWORD = 10  # characters


def new_password(**options: Any) -> Secret:
    return Secret(least=LEAST_PASSWORD, most=200, **options)
