"""The web pages: rendered here, working without scripts, Chinese first and English.

Each module of `pages` holds the views of one area; all hang on one blueprint. Views call services through
`gateway.web.service_calls`. Sign-in, CSRF, idempotency and uploads are handled in `gateway.http`.
"""

from importlib import import_module
from pkgutil import iter_modules

from flask import Flask
from flask_babel import Babel

from gateway.http import current
from gateway.web import error_pages, guards, navigation
from gateway.web import pages as views
from gateway.web.assets import install_assets
from gateway.web.blueprint import pages


def register(app: Flask) -> None:
    """Adds the pages, their assets, and the rendering of errors as pages."""
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
    error_pages.install(app)
    app.register_blueprint(pages)
