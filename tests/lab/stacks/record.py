"""Records all cases: `python -m tests.lab.stacks.record [FILE [STACK…]]`, by default into the file that is scored.

It needs chromium, node and npm, the Debian packages apache2-bin, caddy, haproxy, varnish, php-cli, golang-go,
golang-github-rs-cors-dev, ruby-rack-cors and puma, and from PyPI aiohttp, aiohttp-cors, falcon and litestar.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from tests.lab.policies.case import Case
from tests.lab.policies.record import by_stack, record
from tests.lab.stacks import (
    aiohttp,
    apache,
    backend,
    caddy,
    falcon,
    golang,
    haproxy,
    litestar,
    node,
    php,
    rack,
    tornado,
    varnish,
)
from tests.lab.stacks.cases import CASES

RECORDED = Path(__file__).parent.parent / "recorded" / "stacks.cors.jsonl.gz"


@contextmanager
def serving(cases: Sequence[Case], folder: Path) -> Iterator[dict[str, int]]:
    """The servers of this lab; gives server → port on loopback."""
    with ExitStack() as stack:
        behind = stack.enter_context(backend.serving())
        routes: dict[str, int] = {}
        for name, own in by_stack(cases):
            routes |= stack.enter_context(_serving(name, own, folder / name, behind))
        yield routes


def _serving(stack: str, cases: Sequence[Case], folder: Path, behind: int) -> AbstractContextManager[Mapping[str, int]]:
    match stack:
        case "aiohttp":
            return aiohttp.serving(cases)
        case "apache":
            return apache.serving(cases, folder, behind)
        case "caddy":
            return caddy.serving(cases, folder, behind)
        case "falcon":
            return falcon.serving(cases)
        case "go":
            return golang.serving(cases, folder)
        case "haproxy":
            return haproxy.serving(cases, folder, behind)
        case "litestar":
            return litestar.serving(cases)
        case "php":
            return php.serving(cases, folder)
        case "rack":
            return rack.serving(cases, folder)
        case "tornado":
            return tornado.serving(cases)
        case "varnish":
            return varnish.serving(cases, folder, behind)
        case _:
            return node.serving(stack, cases, folder)


if __name__ == "__main__":
    logging.disable()  # the exceptions of cases that fail on purpose
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDED
    chosen = [case for case in CASES if not sys.argv[2:] or case.stack in sys.argv[2:]]
    stops = record(chosen, target, serving)
    print(f"{target}: {len(chosen)} cases, {stops} pages, {target.stat().st_size:,} bytes")
