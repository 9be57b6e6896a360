"""The lab behind the recorded samples: web servers on loopback with a handful of CORS stories.

Standard library and the `openssl` program only. One server per (port, scheme), virtual hosts by the Host header:
443 with TLS for the `*.example` names, 3000, 5173 and 8000 without. Binding 443 needs root.

    python sample_data/lab/lab.py

serves until it is interrupted; `record.py` starts it by itself. Pages wait until `window.go()` is called, so that a
recorder can attach first; its promise settles with the last fetch.
"""

import ssl
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

SHOP, API, CDN = "https://shop.example", "https://api.shop.example", "https://cdn.shop.example"
APP, REPORTS = "https://app.example", "https://api.example"
FILES, LOGIN = "https://files.example", "https://login.example"
HACKER, BANK = "https://hacker.example", "https://bank.example"
VITE, BACKEND, NEIGHBOUR = "http://127.0.0.1:5173", "http://localhost:8000", "http://127.0.0.1:8000"
FASTAPI_PAGE, FASTAPI_DEV, FASTAPI = "https://example.com", "http://localhost:3000", "https://api.example.com"

PORTS = {443: True, 3000: False, 5173: False, 8000: False}
"""Port and whether it speaks TLS."""

HEAD = "<!doctype html>\n<meta charset=utf-8>\n<link rel=icon href=data:>\n"


class Answer(NamedTuple):
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    mime: str = "application/json"


def page(*calls: str) -> Answer:
    """A page that runs fetches one after the other; each is the argument list of `fetch`."""
    steps = "\n".join(f"  await fetch({call}).then(answer => answer.text()).catch(String)" for call in calls)
    script = f"window.go = async () => {{\n{steps}\n}}"
    body = f"{HEAD}<title>lab</title>\n<script>\n{script}\n</script>\n"
    return Answer(body=body.encode(), mime="text/html; charset=utf-8")


def json(text: str, *headers: tuple[str, str], status: int = 200) -> Answer:
    return Answer(status, headers, text.encode())


def html(text: str, *headers: tuple[str, str], status: int = 200) -> Answer:
    return Answer(status, headers, f"<!doctype html>\n<title>{text}</title>\n<h1>{text}</h1>\n".encode(), "text/html")


def preflight(origin: str, methods: str, headers: str = "content-type", *more: tuple[str, str]) -> Answer:
    return Answer(
        204,
        (
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Methods", methods),
            ("Access-Control-Allow-Headers", headers),
            *more,
        ),
    )


def allow(origin: str) -> tuple[str, str]:
    return ("Access-Control-Allow-Origin", origin)


CREDENTIALS = ("Access-Control-Allow-Credentials", "true")
VARY = ("Vary", "Origin")
JSON_BODY = "headers: {'content-type': 'application/json'}, body: '{\"quantity\": 2}'"

ROUTES: dict[tuple[str, str], Answer] = {
    # A shop whose API was configured by several hands.
    (SHOP, "GET /"): page(
        f"'{API}/products'",
        f"'{API}/cart/7', {{method: 'PUT', headers: {{'content-type': 'text/csv', 'x-trace-id': 'abc'}}, body: '7'}}",
        f"'{API}/cart/7', {{method: 'DELETE'}}",
        f"'{API}/orders', {{method: 'POST', {JSON_BODY}}}",
        f"'{API}/me', {{headers: {{authorization: 'Bearer made-up-token'}}}}",
        f"'{API}/reviews'",
        f"'{API}/prices', {{credentials: 'include'}}",
        f"'{API}/prices'",
        f"'{CDN}/logo.svg', {{mode: 'no-cors'}}",
        "'/health'",
    ),
    (SHOP, "GET /health"): json('{"ok": true}'),
    (API, "GET /products"): json('[{"id": 7, "name": "teapot"}]', allow(SHOP), CREDENTIALS, VARY),
    (API, "OPTIONS /cart/7"): preflight(SHOP, "GET, POST, PUT", "content-type", CREDENTIALS, VARY),
    (API, "OPTIONS /orders"): preflight(SHOP, "GET, POST, PUT", "content-type", CREDENTIALS, VARY),
    (API, "POST /orders"): html("500 Internal Server Error", status=500),
    (API, "OPTIONS /me"): json(
        '{"error": "no token"}', allow(SHOP), CREDENTIALS, ("WWW-Authenticate", "Bearer"), status=401
    ),
    (API, "GET /reviews"): json('[{"stars": 5}]', allow("*"), allow(SHOP)),
    (API, "GET /prices"): json('{"7": 12.5}', allow("*")),
    (CDN, "GET /logo.svg"): Answer(body=b'<svg xmlns="http://www.w3.org/2000/svg"/>', mime="image/svg+xml"),
    # A developer's machine: the allowed origin is always almost right.
    (VITE, "GET /"): page(
        f"'{BACKEND}/slash'",
        f"'{BACKEND}/localhost'",
        f"'{BACKEND}/port'",
        f"'{BACKEND}/scheme'",
        f"'{BACKEND}/list'",
        f"'{BACKEND}/settings', {{method: 'PUT', credentials: 'include', {JSON_BODY}}}",
        f"'{BACKEND}/exact'",
    ),
    (BACKEND, "GET /slash"): json("{}", allow(f"{VITE}/")),
    (BACKEND, "GET /localhost"): json("{}", allow("http://localhost:5173")),
    (BACKEND, "GET /port"): json("{}", allow("http://127.0.0.1:3000")),
    (BACKEND, "GET /scheme"): json("{}", allow("https://127.0.0.1:5173")),
    (BACKEND, "GET /list"): json("{}", allow(f"{VITE}, {APP}")),
    (BACKEND, "OPTIONS /settings"): preflight(VITE, "GET, PUT", "content-type"),
    (BACKEND, "GET /exact"): json("{}", allow(VITE), CREDENTIALS, VARY),
    # The same backend under the page's own host: cookies travel, and whether they may is what decides.
    (VITE, "GET /board"): page(
        f"'{NEIGHBOUR}/login', {{method: 'POST', credentials: 'include'}}",
        f"'{NEIGHBOUR}/weather'",
        f"'{NEIGHBOUR}/weather', {{credentials: 'include'}}",
        f"'{NEIGHBOUR}/notes', {{credentials: 'include'}}",
    ),
    (NEIGHBOUR, "POST /login"): json("{}", allow(VITE), CREDENTIALS, ("Set-Cookie", "board=made-up-session; Path=/")),
    (NEIGHBOUR, "GET /weather"): json('{"celsius": 4}', allow("*")),
    (NEIGHBOUR, "GET /notes"): json("[]", allow(VITE), CREDENTIALS, VARY),
    # Sessions end, and an API answers with a redirect.
    (APP, "GET /"): page(
        f"'{REPORTS}/report'",
        f"'{REPORTS}/files/7'",
        f"'{REPORTS}/balance'",
        f"'{REPORTS}/moved'",
    ),
    (REPORTS, "GET /report"): Answer(302, (allow(APP), ("Location", f"{LOGIN}/authorize?client_id=reports"))),
    (LOGIN, "GET /authorize"): html("Sign in"),
    (REPORTS, "GET /files/7"): Answer(307, (allow(APP), ("Location", f"{FILES}/7.csv"))),
    (FILES, "GET /7.csv"): Answer(200, (allow(APP),), b"id,total\n7,12.50\n", "text/csv"),
    (REPORTS, "GET /balance"): Answer(302, (("Location", f"{LOGIN}/authorize?client_id=balance"),)),
    (REPORTS, "GET /moved"): Answer(308, (allow(APP), ("Location", "/v2/moved"))),
    (REPORTS, "GET /v2/moved"): json("{}", allow(APP)),
    # The textbook: a bank that means to refuse.
    (BANK, "GET /"): Answer(
        200,
        (("Set-Cookie", "session=made-up-session; Path=/; Secure; SameSite=None"),),
        f"{HEAD}<title>bank</title>\n".encode(),
        "text/html",
    ),
    (BANK, "GET /api/user-info"): json(
        '{"error": "forbidden", "customer": 4711}', allow("null"), CREDENTIALS, status=403
    ),
    (HACKER, "GET /"): page(f"'{BANK}/api/user-info', {{credentials: 'include'}}"),
    (HACKER, "GET /sandboxed"): page(f"'{BANK}/api/user-info', {{credentials: 'include'}}")._replace(
        headers=(("Content-Security-Policy", "sandbox allow-scripts"),)
    ),
    # Pages for the FastAPI application of `fastapi_app.py`.
    (FASTAPI_PAGE, "GET /"): page(
        f"'{FASTAPI}/items'",
        f"'{FASTAPI}/items/7', {{method: 'PUT', headers: {{'x-request-id': '1'}}, body: '{{}}'}}",
        f"'{FASTAPI}/items/7', {{method: 'PATCH', {JSON_BODY}}}",
    ),
    (FASTAPI_DEV, "GET /"): page(
        f"'{FASTAPI}/items'",
        f"'{FASTAPI}/items/7', {{method: 'PUT', {JSON_BODY}}}",
    ),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "lab"
    sys_version = ""
    tls = False

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        origin = f"{'https' if self.tls else 'http'}://{self.headers.get('Host', '')}"
        path = self.path.partition("?")[0]
        answer = ROUTES.get((origin, f"{self.command} {path}"), html("404 Not Found", status=404))
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Type", answer.mime)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        pass


class TlsHandler(Handler):
    tls = True


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Browsers hang up on speculative connections; that is no news."""


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate and its key; the recorders tell their browsers not to mind."""
    pem, key = folder / "lab.pem", folder / "lab.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=lab"]
    subprocess.run([*command, "-keyout", key, "-out", pem], check=True, capture_output=True)
    return pem, key


def serve(folder: Path) -> list[Server]:
    """Start a server per port; the caller shuts them down."""
    pem, key = certificate(folder)
    servers = []
    for port, tls in PORTS.items():
        server = Server(("127.0.0.1", port), TlsHandler if tls else Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem, key)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
    return servers


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        serve(Path(folder))
        print("the lab is up; Ctrl-C ends it")
        threading.Event().wait()


if __name__ == "__main__":
    main()
