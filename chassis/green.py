"""Import this first in every process that serves.

nameko runs on eventlet, so the standard library is made cooperative before anything else is imported, and two
libraries are told to cooperate as well:

* psycopg waits for the server in C by default, which stops every other greenlet of the process for as long as one
  query takes. `wait_select` waits through the patched `select` instead; `assert_cooperative` checks that it took.
* eventlet's own DNS resolver (greendns) answers differently from the system's; it is switched off.
"""

import os
import warnings

os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")

# Known, and decided: docs/adr tells the way out.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet

eventlet.monkey_patch()


def assert_cooperative() -> None:
    """Raise RuntimeError where a query would block the whole process."""
    from psycopg import waiting

    if waiting.wait is not waiting.wait_select:
        raise RuntimeError("psycopg was imported before chassis.green: queries would block every greenlet")
