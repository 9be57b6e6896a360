"""`python -m benchmarks.live`: mitmdump with the addon against mitmdump without, in the same run, in turns.

wrk asks a small nginx through the proxy on connections that stay open: `--rounds` times, each time without the addon,
recording only, and judging live too. The median of the rounds counts, as the share of requests per second that is
left; processor time per request is steadier on a busy machine. Then memory: RssAnon of the judging proxy after 10,000
and after 100,000 exchanges whose URLs, cookies and answers differ. Needs nginx and wrk (Debian packages).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.measure import Cost, Group, Work, anonymous_mb
from coranalyze.cli.addon import path

ADDON = path()
MITMDUMP = Path(sys.executable).parent / "mitmdump"
NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log /dev/null;
events {{ worker_connections 256; }}
http {{
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      default_type application/json;
      add_header Access-Control-Allow-Origin $http_origin always;
      add_header Access-Control-Allow-Credentials true always;
      add_header Access-Control-Allow-Methods "GET, PUT" always;
      add_header Vary Origin always;
      add_header ETag $request_id always;
      return 200 '{{"ok":true}}';
    }}
  }}
}}
"""
WRK = """
local n = 0
local agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36"
local common = {{["Host"] = "{server}", ["Origin"] = "https://app.example", ["Referer"] = "https://app.example/",
  ["User-Agent"] = agent, ["Accept"] = "*/*", ["Sec-Fetch-Mode"] = "cors", ["Sec-Fetch-Site"] = "cross-site",
  ["Sec-Fetch-Dest"] = "empty", ["Accept-Language"] = "en-US,en;q=0.9"}}
request = function()
  n = n + 1
  common["Cookie"] = "theme=dark; session=s" .. (n % {sessions})
  common["Access-Control-Request-Method"] = nil
  local method = "GET"
  if n % {preflights} == 0 then
    method = "OPTIONS"
    common["Access-Control-Request-Method"] = "PUT"
  end
  return wrk.format(method, "http://{server}/items/" .. (n % {urls}), common)
end
"""


class Run(NamedTuple):
    requests_per_second: float
    cpu_us: float
    """Processor time of the proxy per request."""
    p50_ms: float
    p99_ms: float
    memory_mb: float
    """RssAnon of the proxy at the end."""


CASES = {
    "without the addon": (),
    "recording only": ("-s", str(ADDON), "--set", "cors_live=false"),
    "judging live": ("-s", str(ADDON)),
}
PROGRAMS = ("nginx", "wrk")
AIMS = {"recording only": 0.95, "judging live": 0.90}


@contextmanager
def nginx(folder: Path) -> Iterator[str]:
    """Gives the server's `host:port`."""
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port))
    process = subprocess.Popen(["nginx", "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def mitmdump(folder: Path, *options: str) -> Iterator[tuple[int, int]]:
    """Gives the proxy's port and process id."""
    port = free_port()
    out = Path(tempfile.mkdtemp(dir=folder)) / "a.cors.jsonl"
    options = (*options, "--set", f"cors_out={out}") if options else ()
    process = subprocess.Popen(
        [str(MITMDUMP), "-q", "--listen-host", "127.0.0.1", "-p", str(port), "--set", f"confdir={folder}", *options],
        stderr=subprocess.DEVNULL,  # its own words on connections that end with it
    )
    try:
        wait_for(port)
        time.sleep(2)  # scripts are loaded once it listens
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


def wrk(port: int, script: Path, seconds: float) -> tuple[int, str]:
    """Requests made, and what wrk prints."""
    done = subprocess.run(
        ["wrk", "-t1", "-c8", f"-d{seconds:.0f}s", "-s", str(script), "--latency", f"http://127.0.0.1:{port}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(number(r"(\d+) requests in", done.stdout)), done.stdout


def number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"wrk printed nothing like {pattern}:\n{text}")
    return float(found[1])


def milliseconds(percent: str, text: str) -> float:
    found = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", text)
    assert found is not None
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]]


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(folder: Path, script: Path, options: tuple[str, ...], seconds: float) -> Run:
    with mitmdump(folder, *options) as (port, pid):
        wrk(port, script, 3)
        before = cpu_seconds(pid)
        requests, told = wrk(port, script, seconds)
        used, memory_mb = cpu_seconds(pid) - before, anonymous_mb(pid)
    per_second = number(r"Requests/sec:\s+([\d.]+)", told)
    return Run(per_second, used / requests * 1e6, milliseconds("50", told), milliseconds("99", told), memory_mb)


def load(folder: Path, server: str) -> Path:
    """What wrk asks for, as a script."""
    script = folder / "load.lua"
    script.write_text(WRK.format(server=server, sessions=50, urls=1000, preflights=20))
    return script


def throughput(folder: Path, server: str, rounds: int, seconds: float) -> None:
    script = load(folder, server)
    runs: dict[str, list[Run]] = {name: [] for name in CASES}
    for _ in range(rounds):
        for name, options in CASES.items():
            runs[name].append(measure(folder, script, options, seconds))
    print(f"{'':20}{'req/s':>8}{'share':>8}{'aim':>6}{'CPU/req':>11}{'share':>8}{'p50':>10}{'p99':>10}")
    yard = runs["without the addon"]
    for name, found in runs.items():
        # Each round against the bare proxy of the same round: what else runs on the machine changes slowly.
        share = median(a.requests_per_second / b.requests_per_second for a, b in zip(found, yard, strict=True))
        work = median(b.cpu_us / a.cpu_us for a, b in zip(found, yard, strict=True))
        print(
            f"{name:20}{median(r.requests_per_second for r in found):8.0f}{share:8.3f}{AIMS.get(name, 1):6.2f}", end=""
        )
        print(f"{median(r.cpu_us for r in found):8.0f} µs{work:8.3f}", end="")
        print(f"{median(r.p50_ms for r in found):7.1f} ms{median(r.p99_ms for r in found):7.1f} ms")


def memory(folder: Path, server: str, scale: float) -> None:
    script = folder / "varied.lua"
    script.write_text(WRK.format(server=server, sessions=100_000, urls=100_000, preflights=3))
    done, first = 0, 0.0
    few, many = int(10_000 * scale), int(100_000 * scale)
    with mitmdump(folder, *CASES["judging live"]) as (port, pid):
        while done < many:
            done += wrk(port, script, 2)[0]
            if not first and done >= few:
                first = anonymous_mb(pid)
                print(f"\nmemory judging live: {first:.0f} MB after {done:,} exchanges", end="", flush=True)
        last = anonymous_mb(pid)
    print(f", {last:.0f} MB after {done:,}: {last - first:+.0f} MB (aim: at most +30 MB)")


def groups(folder: Path, scale: float) -> Iterator[Group]:
    """Processor time of the proxy per request, in the table of `make bench`; nothing where nginx or wrk is missing."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        print(f"Live: left out, {' and '.join(missing)} not installed")
        return
    with nginx(folder) as server:
        script = load(folder, server)
        count = 10_000

        def cost(options: tuple[str, ...]) -> Cost:
            run = measure(folder, script, options, max(1.0, 6 * scale))
            return Cost(run.cpu_us * count / 1e6, run.memory_mb)

        # What is left of the requests per second is one part in as many as a request takes longer.
        works = [Work("without the addon", partial(cost, ()))]
        for name, aim in AIMS.items():
            works.append(Work(name, partial(cost, CASES[name]), (1 / aim, 1 / aim)))
        yield Group("Live: the proxy, per request", count, tuple(works))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each measurement")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the exchanges of the memory test; 0: none")
    options = parser.parse_args()
    for program in PROGRAMS:
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is not installed: apt-get install {program}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with nginx(folder) as server:
            if options.rounds:
                throughput(folder, server, options.rounds, options.seconds)
            if options.scale:
                memory(folder, server, options.scale)


if __name__ == "__main__":
    main()
