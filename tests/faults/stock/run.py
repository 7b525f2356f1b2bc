"""`python -m tests.faults.stock.run listener`: a stock service, run by what `nameko run` runs."""

# ruff: noqa: E402
import os
import sys

os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"  # else one query would hold up the whole process: not our point here
import eventlet

eventlet.monkey_patch()

import logging

from nameko import config
from nameko.cli.run import run

from tests.faults.stock import services

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    config.setup({"AMQP_URI": os.environ["LINLI_AMQP_URI"]})
    run([f"{services.__name__}:{sys.argv[1].capitalize()}"])
