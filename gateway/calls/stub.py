"""`python -m gateway.calls.stub` prints client.pyi, the types of `gateway.calls.client`."""

from chassis.rpc.interface.stubs import client_stub
from gateway.calls.interfaces import INTERFACES

_IMPORTS = """\
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Identity
from gateway.http.current import Rpc"""
_TAIL = """\
public: Client
as_gateway: Client

def acting_as(identity: Identity) -> Client: ...
def for_jobs(rpc: Rpc, communities: Communities = DISTRICT) -> Client: ...
def for_streams() -> Client: ...
"""

if __name__ == "__main__":
    print(client_stub(INTERFACES, _IMPORTS, _TAIL), end="")
