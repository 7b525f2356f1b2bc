"""`python -m tests.faults.stock.door`: the test's way in to the stock services, by nameko's standalone client.

One JSON request a line, one call for each, one JSON answer a line. Each conversation has a client of its own and
makes a new one after a failure, which is the best that its users can do.
"""

import json
import os
import socketserver
from contextlib import suppress
from typing import Any

from nameko import config
from nameko.exceptions import RemoteError, RpcTimeout
from nameko.standalone.rpc import ClusterRpcClient


class Conversation(socketserver.StreamRequestHandler):
    client: Any = None

    def handle(self) -> None:
        for line in self.rfile:
            answer = {"answer": self._call(json.loads(line))}
            self.wfile.write(json.dumps(answer).encode() + b"\n")

    def finish(self) -> None:
        self._hang_up()
        super().finish()

    def _call(self, request: dict[str, Any]) -> str:
        try:
            if self.client is None:
                self._holder = ClusterRpcClient(timeout=float(os.environ["LINLI_RPC_TIMEOUT"]))
                self.client = self._holder.__enter__()
            self.client.tally.count(request)
        except RemoteError as error:
            return f"failed: {error.exc_type}"
        except RpcTimeout:
            self._hang_up()
            return "refused: timeout"
        except Exception as error:
            self._hang_up()
            return f"refused: {type(error).__name__}"
        return "done"

    def _hang_up(self) -> None:
        if self.client is not None:
            self.client = None
            with suppress(Exception):
                self._holder.__exit__(None, None, None)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    config.setup({"AMQP_URI": os.environ["LINLI_AMQP_URI"]})
    with Server(("127.0.0.1", int(os.environ["LINLI_TEST_DOOR_PORT"])), Conversation) as server:
        server.serve_forever()
