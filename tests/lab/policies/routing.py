"""A mitmproxy script: names of the lab lead to its servers on loopback, and stand in the capture as the browser asked.

`LAB_ROUTES` names a JSON file: host (with port, where it is no default one) → port on loopback. `/lab/…` on any host,
and every other host, go to the port under `pages`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from mitmproxy import http

ROUTES: dict[str, int] = json.loads(Path(os.environ["LAB_ROUTES"]).read_text("utf-8"))
ADDRESS = ("203.0.113.10", 443)
"""What a capture of the real thing would hold in place of loopback. RFC 5737"""


def request(flow: http.HTTPFlow) -> None:
    asked = flow.request
    flow.metadata["lab"] = (asked.scheme, asked.host, asked.port)
    own = asked.headers.get("host", asked.host)
    page = asked.path.startswith("/lab/")
    port = ROUTES["pages"] if page else ROUTES.get(own, ROUTES["pages"])
    asked.scheme, asked.host, asked.port = "http", "127.0.0.1", port
    asked.headers["host"] = own


def response(flow: http.HTTPFlow) -> None:
    flow.request.scheme, flow.request.host, flow.request.port = flow.metadata["lab"]
    flow.server_conn.peername = ADDRESS
