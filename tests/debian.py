"""Debian's packages that tests need and this machine lacks: installed where that is allowed, so that a fresh machine
has all that `make test` asks for."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def can_install() -> bool:
    return os.geteuid() == 0 and Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def install(*packages: str) -> None:
    """Raises RuntimeError with apt's words where it does not work. A fresh machine has no list of packages yet."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    with (Path(tempfile.gettempdir()) / "linli-tests-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other test processes may want the same; apt's lists know no patience
        subprocess.run([*apt, "update"], env=environment, capture_output=True, timeout=600)
        wanted = [*apt, "install", "--no-install-recommends", *packages]
        done = subprocess.run(wanted, env=environment, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        raise RuntimeError(f"apt-get install {' '.join(packages)}: {done.stderr[-600:]}")
