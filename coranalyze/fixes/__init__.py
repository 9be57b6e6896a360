"""Fixes: what to set on the reader's own server.

>>> from coranalyze import fixes
>>> context = fixes.Context.of("https://app.shop.example", header="x-token")
>>> print(fixes.snippets(["F8"], context, "starlette")[0].code)
from starlette.middleware.cors import CORSMiddleware
<BLANKLINE>
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.shop.example"],
    allow_headers=["x-token"],
)
"""

from __future__ import annotations

from collections.abc import Iterable

from coranalyze.fixes.codes import FIXES
from coranalyze.fixes.context import Context, is_own
from coranalyze.fixes.guess import Guess, guess
from coranalyze.fixes.reasons import codes_for, with_the_preflight
from coranalyze.fixes.stack import Snippet, Stack, load

__all__ = [
    "FIXES", "STACKS", "Context", "Guess", "Snippet", "Stack", "codes_for", "find_stack", "guess", "is_own",
    "snippets", "with_the_preflight",
]  # fmt: skip

STACKS: tuple[str, ...] = (
    "starlette", "flask", "django", "express", "nestjs", "spring", "aspnet", "rs-cors", "jub0bs-cors", "nginx",
    "apache", "caddy", "traefik", "kong", "api-gateway", "api-gateway-rest",
    "lambda-url", "s3", "r2", "cloudfront", "cloudflare",
)  # fmt: skip
"""Names of all stacks."""


def find_stack(name: str) -> Stack | None:
    """The stack of this name, or one of its other names (`fastapi`), case aside."""
    wanted = name.strip().lower()
    if wanted in STACKS:
        return load(wanted)
    return next((stack for stack in map(load, STACKS) if wanted in stack.also), None)


def snippets(codes: Iterable[str], context: Context, stack: str | None = None) -> list[Snippet]:
    """What to set for the fix codes of a finding or cause, as few snippets as do it.

    Nothing without a stack: there is no setting that fits all. Raises LookupError for a stack that is none.
    """
    if stack is None:
        return []
    found = find_stack(stack)
    if found is None:
        raise LookupError(f"no stack {stack!r}; there are {', '.join(STACKS)}")
    return found.snippets(codes, context)
