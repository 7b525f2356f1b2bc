"""Where passkeys work: the domain for which they are made, and the address of the pages."""

import ipaddress

from flask import request

from gateway.factors.ceremonies import Site
from gateway.http import current
from gateway.refusals.factors import PasskeysElsewhere


def of_request() -> Site:
    """The site of this request. The domain is LINLI_PASSKEY_DOMAIN, or the host of the request. Raises PasskeysElsewhere unless
    the request came to that domain or a name below it, over HTTPS or to this machine, because browsers do nothing there."""
    host = request.host.rsplit(":", 1)[0].lower()
    domain = current.gateway_settings().passkey_domain or host
    within = host == domain or host.endswith(f".{domain}")
    secure = request.is_secure or host == "localhost" or host.endswith(".localhost")
    if not within or not secure or _is_number(host):
        raise PasskeysElsewhere(domain=domain)
    return Site(domain, request.host_url.rstrip("/"))


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
