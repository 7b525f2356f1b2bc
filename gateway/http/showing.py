"""A request that only shows a form again with what was typed before (gateway.web.kept_forms). It must not change anything."""

from flask import g


def only_show() -> None:
    g.only_show = True


def showing() -> bool:
    return bool(g.get("only_show"))


def check_may_change() -> None:
    """Raises RuntimeError in a request that only shows a form: its view has a way around `PageForm.is_valid()`."""
    if showing():
        raise RuntimeError("a request that only shows a form would change something")
