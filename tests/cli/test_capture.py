"""`capture` without a browser: what it is told, how it starts and ends, what it leaves behind."""

import contextlib
import http.server
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
import typer

from coranalyze.cli import app, capture, pointing
from coranalyze.cli.browsers.find import NoBrowserError, find_browser
from coranalyze.cli.proxy import Proxy, Settings
from tests.cli.run import run
from tests.lab.driving import Run, capturing


@pytest.mark.parametrize(
    ("written", "opened"),
    [
        ("https://shop.example/a?b=c", "https://shop.example/a?b=c"),
        ("http://shop.example", "http://shop.example"),
        ("shop.example/cart", "https://shop.example/cart"),
        ("shop.example:8443", "https://shop.example:8443"),
        ("localhost:5173", "http://localhost:5173"),
        ("localhost/a:b", "http://localhost/a:b"),
        ("app.localhost:5173/x", "http://app.localhost:5173/x"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("[::1]:8000/", "http://[::1]:8000/"),
    ],
)
def test_page(written: str, opened: str) -> None:
    assert capture._page(written) == opened


@pytest.mark.parametrize(
    "wrong",
    ["", "http://", "ftp://shop.example/", "file:///etc/passwd", "http://a b/", "http://a:x/", "http://[::1/", "?"],
)
def test_no_page(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        capture._page(wrong)
    assert f"{wrong!r} is no address of a page; write for instance" in capsys.readouterr().err


def install(folder: Path, *names: str) -> None:
    for name in names:
        program = folder / name
        program.write_text("#!/bin/sh\nexit 3\n")
        program.chmod(0o755)


@pytest.mark.parametrize(
    ("installed", "wanted", "found"),
    [
        (["firefox", "chromium", "google-chrome"], "auto", ("chromium", "chromium", "chromium")),
        (["firefox", "microsoft-edge"], "auto", ("edge", "chromium", "microsoft-edge")),
        (["firefox-esr"], "auto", ("firefox", "firefox", "firefox-esr")),
        (["firefox", "chromium"], "firefox", ("firefox", "firefox", "firefox")),
        (["google-chrome", "chromium"], "chrome", ("chrome", "chromium", "google-chrome")),
        (["librewolf"], "./librewolf", ("librewolf", "firefox", "librewolf")),
        (["brave"], "./brave", ("brave", "chromium", "brave")),
    ],
)
def test_find(
    installed: list[str], wanted: str, found: tuple[str, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, *installed)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    browser = find_browser(wanted.replace("./", f"{tmp_path}/"))
    assert (browser.name, browser.family, Path(browser.path).name) == found


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("auto", "no Chromium, Chrome, Edge or Firefox was found; install one"),
        ("edge", "no edge was found; install one"),
        ("netscape", "no browser is called 'netscape' here; say one of auto, chromium, chrome, edge, firefox"),
        ("./nothing", "nothing is no program that can be run"),
    ],
)
def test_not_found(wanted: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoBrowserError, match=says):
        find_browser(wanted)


@pytest.fixture
def server() -> Iterator[str]:
    """A server that allows every origin; its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """For TMPDIR: what is left in it has been left behind."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


def port_of(running: Run) -> int:
    """Where a capture without a browser listens: it says so."""
    assert running.process.stderr is not None
    for line in running.process.stderr:
        if "proxy for HTTP and HTTPS" in line:
            return int(line.rpartition(":")[2])
    raise AssertionError("it did not start")


def ask(port: int, url: str) -> None:
    proxy = urllib.request.ProxyHandler({"http": f"http://127.0.0.1:{port}"})
    request = urllib.request.Request(f"{url}/x", headers={"Origin": "http://app.example", "Cookie": "sid=made-up"})
    with urllib.request.build_opener(proxy).open(request, timeout=10) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("host", "curl", "phone"),
    [
        ("127.0.0.1", "curl --proxy http://127.0.0.1:8190 ", "run with --host 0.0.0.0"),
        ("::1", "curl --proxy http://[::1]:8190 ", "run with --host 0.0.0.0"),
        ("0.0.0.0", "curl --proxy http://127.0.0.1:8190 ", "set the proxy to 198.51.100.7, port 8190;"),
        ("::", "curl --proxy http://[::1]:8190 ", "set the proxy to 198.51.100.7, port 8190;"),
        ("10.0.0.5", "curl --proxy http://10.0.0.5:8190 ", "set the proxy to 10.0.0.5, port 8190;"),
    ],
)
def test_how_to_point(host: str, curl: str, phone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = tmp_path / "ca.pem"
    certificate.write_bytes(trustme.CA().cert_pem.bytes())
    proxy = Proxy(Settings(tmp_path, {}), [], print)
    proxy.port = 8190
    monkeypatch.setattr(pointing, "_address_in_network", lambda: "198.51.100.7")
    lines = [line.strip() for line in pointing.how_to_point(["regular"], host, proxy, certificate)]
    assert [line for line in lines if line.startswith(curl)]
    assert [line for line in lines if line.startswith("phone: ") and phone in line]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda each: each.name)
def test_without_a_browser(end: signal.Signals, server: str, temporary: Path, tmp_path: Path) -> None:
    arguments = ("--output", "x.cors.jsonl", "--report-dir", "report")
    with capturing(*arguments, cwd=tmp_path, TMPDIR=str(temporary)) as running:
        port = port_of(running)
        (private,) = temporary.iterdir()
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        ask(port, server)
        running.process.send_signal(end)
        assert running.wait() == 0
    assert "1 of 1 cross-origin request was blocked by CORS" in running.stdout
    assert "coranalyze: recorded x.cors.jsonl" in running.stderr
    assert "made-up" not in (tmp_path / "x.cors.jsonl").read_text()
    assert (tmp_path / "report" / "report.html").exists()
    assert list(temporary.iterdir()) == []


def test_duration_ends_it_and_no_file_is_left_without_traffic(temporary: Path, tmp_path: Path) -> None:
    done = run("capture", "--duration", "0.3", "--no-browser", cwd=tmp_path, TMPDIR=str(temporary))
    assert done.returncode == 2
    assert "nothing came through the proxy" in done.stderr
    assert "--cacert" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["temporary"]
    assert list(temporary.iterdir()) == []


def test_quiet_says_nothing_on_stderr(server: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with capturing("-q", "--port", str(port), cwd=tmp_path) as running:
        for _ in range(200):
            try:
                ask(port, server)
                break
            except OSError:
                threading.Event().wait(0.1)
        assert running.interrupt() == 0
    assert running.stderr == ""
    assert running.stdout


def test_file_that_is_there_is_not_touched(server: str, tmp_path: Path) -> None:
    kept = tmp_path / "x.cors.jsonl"
    kept.write_text("mine\n")
    with capturing("-o", "x.cors.jsonl", cwd=tmp_path) as running:
        ask(port_of(running), server)
        assert running.interrupt() == 0
    assert kept.read_text() == "mine\n"
    assert "recorded x-2.cors.jsonl" in running.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["http://a b/"], "is no address of a page"),
        (["shop.example", "--browser", "netscape"], "no browser is called 'netscape' here"),
        (
            ["shop.example", "--mode", "wireguard", "--browser", "./false"],
            "a browser is opened in the mode regular only",
        ),
        (["--mode", "carrier-pigeon"], "unknown mode"),
        (["--mode", "reverse:nonsense:x"], "nvalid"),
        (["--output", "x.har"], "--output: x.har must end in .cors.jsonl"),
        (["--output", "missing/../false/x.cors.jsonl"], "cannot be written"),
        (["--report-dir", "false"], "false cannot be made"),
        (["--host", "192.0.2.1"], "the proxy cannot start"),
        (["localhost:1", "--browser", "./false", "--headless"], "the browser ended by itself (exit code 3)"),
        (
            ["localhost:1", "--browser", "./firefox", "--headless"],
            "does not start: Firefox ended at once (exit code 3)",
        ),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_one_clear_sentence(arguments: list[str], says: str, temporary: Path, tmp_path: Path) -> None:
    install(tmp_path, "false", "firefox")
    done = run("capture", *arguments, cwd=tmp_path, TMPDIR=str(temporary))
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("*.jsonl"))
    assert list(temporary.iterdir()) == []


def test_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("capture", "--port", str(port), cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"coranalyze: port {port} of 127.0.0.1 is in use; choose another with --port, or none\n"


def test_without_mitmproxy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "mitmproxy", None)
    with pytest.raises(SystemExit) as ended:
        app.run(["capture"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "coranalyze: mitmproxy is not installed, and capturing needs it: pip install mitmproxy\n"
    )


def test_event_streams_pass_while_they_are_open(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, capturing(cwd=tmp_path) as running:
        port = port_of(running)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/events"
        with socket.create_connection(("127.0.0.1", port), 10) as client:
            client.sendall(f"GET {url} HTTP/1.1\r\nHost: x\r\nOrigin: http://app.example\r\n\r\n".encode())
            connection, _ = listening.accept()
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: first\n\n")
            received = b""
            while b"data: first" not in received:  # it would wait here for ever
                received += client.recv(4096)
            connection.close()
        assert running.interrupt() == 0
    assert "acao-missing" in running.stdout


def test_server_that_is_not_trusted(tmp_path: Path) -> None:
    """The first thing that self-signed servers bring up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as plain, context.wrap_socket(plain, server_side=True) as listening:
        threading.Thread(target=refused, args=(listening,), daemon=True).start()
        with capturing(cwd=tmp_path) as running:
            address = f"localhost:{listening.getsockname()[1]}"
            with socket.create_connection(("127.0.0.1", port_of(running)), 10) as client:
                client.sendall(f"CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
                assert b" 200 " in client.recv(4096)
                trusting = ssl.create_default_context()
                trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
                with trusting.wrap_socket(client, server_hostname="localhost") as secured:
                    secured.sendall(f"GET / HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
                    assert b" 502 " in secured.recv(4096)
            running.interrupt()
    assert "Server TLS handshake failed. Certificate verify failed" in running.stderr
    assert "; --insecure accepts such servers" in running.stderr


def test_server_that_cannot_be_reached(tmp_path: Path) -> None:
    """By https too, the request of the page is seen, and not only the tunnel that the browser asked for."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"localhost:{closed.getsockname()[1]}"
    with capturing(cwd=tmp_path) as running:
        with socket.create_connection(("127.0.0.1", port_of(running)), 10) as client:
            client.sendall(f"CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
            assert b" 200 " in client.recv(4096)
            trusting = ssl.create_default_context()
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            with trusting.wrap_socket(client, server_hostname="localhost") as secured:
                origin = "Origin: https://app.example\r\nSec-Fetch-Mode: cors"
                secured.sendall(f"GET /x HTTP/1.1\r\nHost: {address}\r\n{origin}\r\n\r\n".encode())
                assert b" 502 " in secured.recv(4096)
        running.interrupt()
    assert "network-error" in running.stdout
    assert f"GET https://{address}/x" in running.stdout


def refused(listening: ssl.SSLSocket) -> None:
    with contextlib.suppress(OSError):
        listening.accept()


def test_runs_in_the_background(server: str, tmp_path: Path) -> None:
    """A shell starts background jobs with SIGINT ignored; SIGTERM ends them all the same."""
    command = f"{sys.executable} -m coranalyze capture -o x.cors.jsonl --duration 20 >out 2>err & echo $!"
    environment = {**os.environ, "PYTHONPATH": str(Path(capture.__file__).parents[2])}
    shell = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, check=True)
    for _ in range(200):
        lines = (tmp_path / "err").read_text().splitlines()
        if found := [line for line in lines if "proxy for HTTP" in line]:
            break
        threading.Event().wait(0.1)
    ask(int(found[0].rpartition(":")[2]), server)
    os.kill(int(shell.stdout), signal.SIGINT)
    os.kill(int(shell.stdout), signal.SIGTERM)
    for _ in range(200):
        if "cross-origin" in (tmp_path / "out").read_text():
            return
        threading.Event().wait(0.1)
    raise AssertionError((tmp_path / "err").read_text())
