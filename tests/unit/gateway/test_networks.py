"""Who counts as one visitor."""

import pytest

from gateway.http.limits import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2408:8000:1:2:3:4:5:6", "2408:8000:1:2::/64"),
        ("2408:8000:1:2::", "2408:8000:1:2::/64"),
        ("2408:8000:1:3::1", "2408:8000:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("unknown", "unknown"),
    ],
)
def test_an_ipv6_connection_counts_as_one_however_it_chooses_its_address(address: str, network: str) -> None:
    assert network_of(address) == network
