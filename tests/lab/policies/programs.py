"""What programs that are no browser ask, as applications and extensions do: through the proxy, with an Origin each."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

from tests.lab.policies.case import Call, Case, Visit


def visit(cases: Sequence[Case], proxy: int) -> None:
    for case in cases:
        for each in case.visits:
            if each.client:
                for call in each.calls:
                    _ask(case, each, call, proxy)


def _ask(case: Case, visit: Visit, call: Call, proxy: int) -> None:
    url = urlsplit(case.base)
    headers = {"Origin": visit.origin.format(site=case.site), **call.headers}
    if call.credentials:
        headers["Cookie"] = "sid=signed-in"
    unverified = ssl._create_unverified_context()
    https = url.scheme == "https"
    connection = (
        http.client.HTTPSConnection("127.0.0.1", proxy, context=unverified) if https
        else http.client.HTTPConnection("127.0.0.1", proxy)
    )  # fmt: skip
    target = call.path.format(site=case.site)
    if https:
        connection.set_tunnel(url.netloc, 443)
    else:
        target = case.base + target
    connection.request(call.method, target, call.body, headers)
    connection.getresponse().read()
    connection.close()
