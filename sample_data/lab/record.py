"""Records the samples anew: starts the lab, drives real browsers and tools through it, and keeps what they write.

    python sample_data/lab/record.py [NAME...]

Debian packages: chromium, firefox-esr, openssl. Python packages: fastapi, mitmproxy, playwright, uvicorn, websockets.
Root, because the lab answers on port 443. Recordings differ from run to run in times, ports and identifiers.
"""

import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

import chromium
import fastapi_app
import firefox
import lab
import playwright_recorder
import strip_cookies

BUILD = Path(__file__).parent
SAMPLES = BUILD.parent
PROXY = ("127.0.0.1", 8899)

SHOP = ["https://shop.example/"]
LOGIN = ["https://app.example/"]
BANK = ["https://bank.example/", "https://hacker.example/", "https://hacker.example/sandboxed"]
FASTAPI = ["https://example.com/", "http://localhost:3000/"]
DEV = ["http://127.0.0.1:5173/"]
BOARD = ["http://127.0.0.1:5173/board"]


def write(name: str, text: str) -> None:
    (SAMPLES / name).write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def indented(text: str) -> str:
    return json.dumps(json.loads(text), indent=2)


@contextmanager
def serving() -> Iterator[None]:
    """The lab, and the FastAPI application beside it."""
    with tempfile.TemporaryDirectory() as folder:
        servers = lab.serve(Path(folder))
        certificate, key = Path(folder, "lab.pem"), Path(folder, "lab.key")
        config = uvicorn.Config(
            fastapi_app.app, port=8443, ssl_certfile=certificate, ssl_keyfile=key, log_level="error"
        )
        server = uvicorn.Server(config)
        threading.Thread(target=server.run, daemon=True).start()
        yield
        server.should_exit = True
        for each in servers:
            each.shutdown()


@contextmanager
def proxied(*options: str) -> Iterator[str]:
    """mitmdump in front of the lab; the address that a browser uses."""
    host, port = PROXY
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "mitmdump", "-q", "-p", str(port), "--ssl-insecure", "--set", "connection_strategy=lazy",
            "--set", f"confdir={folder}", "-s", str(BUILD / "redirect_to_lab.py"), *options,
        ]  # fmt: skip
        process = subprocess.Popen(command)
        for _ in range(100):
            try:
                socket.create_connection(PROXY).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://{host}:{port}"
        process.terminate()
        process.wait(20)


def shop_chrome() -> None:
    full, sanitized = chromium.export(SHOP, (False, True))
    write("shop-chrome.har", full)
    write("shop-chrome-sanitized.har", sanitized)


def shop_playwright() -> None:
    playwright_recorder.export(SHOP, SAMPLES / "shop-playwright.har")


def shop_mitmproxy() -> None:
    target = SAMPLES / "shop-mitmproxy.flow"
    target.unlink(missing_ok=True)
    with proxied("-w", str(target)) as proxy:
        chromium.record(SHOP, proxy)


def bank_mitmproxy() -> None:
    with proxied("--set", f"hardump={SAMPLES / 'bank-mitmproxy.har'}") as proxy:
        chromium.record(BANK, proxy)
    write("bank-mitmproxy.har", indented((SAMPLES / "bank-mitmproxy.har").read_text("utf-8")))


def login_chrome() -> None:
    write("login-redirect-chrome.har", chromium.export(LOGIN)[0])


def fastapi_chrome() -> None:
    write("fastapi-chrome.har", chromium.export(FASTAPI)[0])


def dev_firefox() -> None:
    write("near-miss-firefox.har", indented(firefox.export(DEV)))


def board_firefox() -> None:
    har = strip_cookies.strip(json.loads(firefox.export(BOARD)))
    write("wildcard-firefox-sanitized.har", json.dumps(har, indent=2))


RECORDINGS: dict[str, Callable[[], None]] = {
    "shop-chrome": shop_chrome,
    "shop-playwright": shop_playwright,
    "shop-mitmproxy": shop_mitmproxy,
    "bank-mitmproxy": bank_mitmproxy,
    "login-chrome": login_chrome,
    "fastapi-chrome": fastapi_chrome,
    "dev-firefox": dev_firefox,
    "board-firefox": board_firefox,
}


def main() -> None:
    with serving():
        for name in sys.argv[1:] or RECORDINGS:
            print(name)
            RECORDINGS[name]()


if __name__ == "__main__":
    main()
