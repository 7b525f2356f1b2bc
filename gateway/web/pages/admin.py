"""The entry of the administration."""

from flask import Response

from gateway.web.blueprint import pages
from gateway.web.guards import for_roles, redirect_to


@pages.get("/admin")
@for_roles("admin")
def admin() -> Response:
    """Redirects to the first area."""
    return redirect_to("pages.admin_staff")
