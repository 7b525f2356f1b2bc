"""The web pages: rendered here, working without scripts, Chinese first and English.

Each module holds the views of one area; all hang on one blueprint. Views ask services through `gateway.pages.asking`
and leave sign-in, CSRF, idempotency and uploads to the gateway's own parts.
"""

from flask import Flask
from flask_babel import Babel

from gateway import current
from gateway.pages import furniture, guard, trouble
from gateway.pages.assets import install_assets
from gateway.pages.blueprint import pages


def register(app: Flask) -> None:
    """Adds the pages, their assets, and the rendering of errors as pages."""
    from gateway.pages import (  # noqa: F401 - importing hangs the views on the blueprint
        bookings,
        cases,
        club_events,
        clubs,
        desk_bookings,
        desk_cases,
        desk_events,
        email,
        home,
        lookup,
        mine,
        notifications,
        preferences,
        report,
        sign_in,
        spaces,
    )

    Babel(
        app,
        default_locale="zh_CN",
        default_translation_directories="translations",
        locale_selector=lambda: current.language().replace("-", "_"),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    install_assets(app)
    guard.install(app)
    furniture.install(app)
    trouble.install(app)
    app.register_blueprint(pages)
