"""All cases of the lab of stacks."""

from __future__ import annotations

from tests.lab.policies.case import Case
from tests.lab.stacks import (
    aiohttp,
    apache,
    caddy,
    falcon,
    golang,
    haproxy,
    javascript,
    litestar,
    php,
    rack,
    tornado,
    varnish,
)

STACKS = (aiohttp, apache, caddy, falcon, golang, haproxy, javascript, litestar, php, rack, tornado, varnish)
CASES: tuple[Case, ...] = tuple(case for stack in STACKS for case in stack.CASES)
WRONG = tuple(case for case in CASES if case.rules)
RIGHT = tuple(case for case in CASES if not case.rules)
