"""The web pages. They are rendered on the server, work without scripts, and are in Chinese and English.

Each module of `pages` has the views of one area. All views belong to one blueprint. They call services through
`gateway.calls.client`. `gateway.http` handles sessions, CSRF, idempotency keys and uploads.
"""

from importlib import import_module
from pkgutil import iter_modules

from flask import Flask
from flask_babel import Babel

from gateway.http import current
from gateway.web import error_pages, guards, kept_forms, navigation, second_factor
from gateway.web import pages as views
from gateway.web.assets import install_assets
from gateway.web.blueprint import pages


def register(app: Flask) -> None:
    """Add the pages, their assets, and the error pages to the app."""
    for module in iter_modules(views.__path__):
        import_module(f"{views.__name__}.{module.name}")
    Babel(
        app,
        default_locale="zh_CN",
        default_translation_directories="translations",
        locale_selector=lambda: current.language().replace("-", "_"),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    install_assets(app)
    guards.install(app)
    navigation.install(app)
    kept_forms.install(app)
    error_pages.install(app)
    second_factor.install(app)
    app.register_blueprint(pages)
