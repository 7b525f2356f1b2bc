"""Open311 GeoReport v2 under /open311/v2/, in JSON and XML: public cases for programs that know no Linli (ADR 0091)."""

from flask import Flask

from gateway.http.credentials import WITH_A_PARAMETER
from gateway.open311 import routes
from gateway.open311.errors import answer_problem


def install(app: Flask) -> None:
    app.register_blueprint(routes.blueprint)
    app.extensions["linli.problem_form"] = (WITH_A_PARAMETER, answer_problem)
