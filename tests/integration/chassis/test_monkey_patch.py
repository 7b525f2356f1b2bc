"""Under eventlet a query stops nobody but the greenlet that asks."""

import os
import subprocess
import sys

from sqlalchemy import Engine

from tests.integration.chassis.conftest import ROOT

# Prints how often another greenlet ran while the statement was at the server, and what came back.
_PROGRAM = """
import chassis.monkey_patch
import eventlet, os
from chassis.database.engine import connect

chassis.monkey_patch.assert_cooperative()
engine = connect(os.environ["DATABASE"], application="test", pool_size=2, statement_timeout=30)
turns = 0
def other():
    global turns
    while True:
        turns += 1
        eventlet.sleep(0.01)
def ask(statement, *parameters):
    global turns
    with engine.connect() as connection:
        turns = 0
        print(len(connection.exec_driver_sql(statement, parameters).scalar()), turns)
eventlet.spawn(other)
ask("SELECT 'x' FROM pg_sleep(1)")
ask("SELECT repeat('x', %s)", 30_000_000)
ask("SELECT %s", "x" * 30_000_000)
"""


def test_others_go_on_while_one_waits_for_the_database(toy_engine: Engine) -> None:
    environment = os.environ | {"DATABASE": toy_engine.url.render_as_string(hide_password=False)}
    command = [sys.executable, "-c", _PROGRAM]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    asleep, read, written = ([int(number) for number in line.split()] for line in done.stdout.splitlines())
    assert asleep[0] == 1 and asleep[1] > 10, "the process stood still while the server slept"
    assert read[0] == written[0] == 30_000_000
    assert read[1] > 1 and written[1] > 1, "the process stood still while much was sent"
