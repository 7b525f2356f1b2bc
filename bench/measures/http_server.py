"""Measures the CPU time of the HTTP server itself: requests like those of a browser, to an application without work."""

from bench.children import Child, cpu_seconds, generate, python
from bench.figures import percentile
from bench.results import Section
from bench.world import World
from tests.broker import free_port

AS_A_BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
    "Cookie": "linli_session=0123456789abcdef0123456789abcdef",
    "Connection": "keep-alive",
}


def measure(world: World) -> list[Section]:
    port, seconds = free_port(), 1.0 if world.quick else 5.0
    environment = {"LINLI_PORT": str(port), "LINLI_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}  # never asked
    child = Child("plain-page", python("bench.plain_page"), world.folder, environment)
    section = Section(
        "HTTP server",
        f"A page of 2 kB that costs nothing, {seconds:.0f} s each.",
        ("clients", "per second", "p99 ms", "ms of CPU"),
    )
    try:
        child.wait_until(lambda: child.says("SERVING\n"))
        for clients in (1, 32):
            world.note(f"HTTP server, {clients} clients")
            section.rows.append(_row(child.pid, port, clients, seconds))
    finally:
        child.end()
    return [section]


def _row(pid: int, port: int, clients: int, seconds: float) -> tuple[str, ...]:
    before = cpu_seconds([pid])
    asked = [{"path": "/", "headers": AS_A_BROWSER}]
    outcome = generate({"port": port, "requests": asked, "again": True, "clients": clients, "seconds": seconds, "expect": 200})
    count = len(outcome["latencies"])
    used = (cpu_seconds([pid]) - before) / count * 1000
    p99 = percentile(outcome["latencies"], 0.99)
    return str(clients), f"{count / outcome['seconds']:,.0f}", f"{p99:.2f}", f"{used:.3f}"
