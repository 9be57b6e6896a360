"""COR801 to COR804: preflights that need not be."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.cors.browsers import CHROMIUM, FIREFOX
from coranalyze.endpoint import Answer
from coranalyze.finding import Severity
from coranalyze.rules.fault import passes
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule

STORM = 3
"""Needless preflights to one endpoint, close to each other, from which it is worth a word."""
HEAVY_STORM = 20
HEAVY_MS = 1_000.0
DAY = FIREFOX.cache_cap


@rule(801, "preflight-no-max-age", fixes=("F9",), within=(804,))
def preflight_no_max_age(host: Host) -> Iterator[Hit]:
    """The answer to the preflight does not say how long it holds.

    Without `Access-Control-Max-Age` browsers keep it for five seconds.

    ## Why it matters
    After that the browser asks again, and each time the real request waits for the answer. Two hours (7200) are what
    Chromium keeps at most, Firefox a day, Safari ten minutes.

    ## Fires
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    ```

    ## Quiet
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Access-Control-Max-Age: 7200
    ```
    """
    for endpoint in host.preflighted:
        answers = tuple(a for a in host.policy(endpoint) if a.preflight and passes(a) and not any(a.max_age))
        if answers:
            cost = host.cost(endpoint)
            again = cost.most_avoidable.preflights if cost is not None else 0
            yield Hit(
                endpoint,
                "The answer to the preflight has no Access-Control-Max-Age: browsers ask again after five seconds.",
                Severity.LOW if again else Severity.INFO,
                answers,
                why="preflights were repeated that it would have saved"
                if again
                else "none was repeated in this capture",
            )


@rule(802, "max-age-over-cap", fixes=("F9",))
def max_age_over_cap(host: Host) -> Iterator[Hit]:
    """`Access-Control-Max-Age` is longer than the browsers that ask keep a preflight.

    Firefox stops at a day (86400), Chromium at two hours (7200), Safari at ten minutes (600).

    ## Why it matters
    The rest has no effect. It may mislead: nobody waits a year before a change of the policy is seen, but up to a day.

    ## Fires
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Access-Control-Max-Age: 31536000
    ```

    A day is more than Chromium takes:

    ```http
    # recorded by: chrome-devtools
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Access-Control-Max-Age: 86400
    ```

    ## Quiet
    Firefox keeps it for so long:

    ```http
    # recorded by: firefox-devtools
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Access-Control-Max-Age: 86400
    ```
    """
    for endpoint in host.preflighted:
        asked = [answer for answer in host.policy(endpoint) if answer.preflight]
        answers = tuple(a for a in asked if _seconds(a) > (CHROMIUM.cache_cap if a.browser == CHROMIUM.name else DAY))
        if answers:
            yield Hit(
                endpoint,
                f"Access-Control-Max-Age is {answers[0].max_age[0][:20]}; Chromium keeps it for {CHROMIUM.cache_cap} "
                f"seconds at most, Firefox for {DAY}.",
                Severity.INFO,
                answers,
            )


@rule(803, "preflight-avoidable")
def preflight_avoidable(host: Host) -> Iterator[Hit]:
    """The preflight is caused by something that the request may do without.

    `X-Requested-With` on calls that need no such mark, `Content-Type: application/json` on a request without a body,
    or a listener for upload progress.

    ## Why it matters
    Without it the browser sends the request at once. Keep the header where the server takes it as a sign that the
    request comes from a script of its own (against request forgery): there the preflight is the protection.

    ## Fires
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: content-type

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Headers: content-type
    Access-Control-Max-Age: 7200
    ```

    ## Quiet
    JSON in the body of a `POST` needs it:

    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: POST
    Access-Control-Request-Headers: content-type

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Headers: content-type
    Access-Control-Max-Age: 7200
    ```
    """
    for endpoint in host.preflighted:
        found: dict[str, list[Answer]] = {}
        for answer in host.policy(endpoint):
            trigger = _needless(answer)
            if trigger and not answer.tool:
                found.setdefault(trigger, []).append(answer)
        for trigger, answers in found.items():
            yield Hit(
                endpoint,
                f"The preflight is only caused by {trigger}.",
                Severity.INFO,
                tuple(answers),
                fact=trigger,
                origin=answers[0].origin or "",
                method=answers[0].requested_method,
            )


@rule(804, "preflight-storm", fixes=("F9",))
def preflight_storm(host: Host) -> Iterator[Hit]:
    """The browser asks for the same permission over and over.

    The same page asks for the same address again and again, within five seconds or while the answer still holds by its
    own `Access-Control-Max-Age`, though one answer would have done for all.

    ## Why it matters
    Every preflight is a whole round trip that the real request waits for. The answer's `Access-Control-Max-Age` is
    missing, too short, or, where it is long enough, the browser did not use its cache (developer tools with "Disable
    cache" do that).

    ## Fires
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    ## Quiet
    Each address needs a preflight of its own:

    ```http
    OPTIONS https://api.example/items/1
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    OPTIONS https://api.example/items/2
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    ```
    """
    for endpoint in host.preflighted:
        cost = host.cost(endpoint)
        if cost is None or cost.crowded.preflights < STORM:
            continue
        count, ms = cost.most_avoidable
        unused = cost.repeated.preflights * 2 > count
        yield Hit(
            endpoint,
            f"{count} of {cost.preflights} preflights ({ms:.0f} ms) asked what had been answered before"
            + ("; the browser did not use its cache." if unused else ": Access-Control-Max-Age would have saved them."),
            Severity.LOW if (count >= HEAVY_STORM or ms >= HEAVY_MS) and not unused else Severity.INFO,
            tuple(a for a in host.policy(endpoint) if a.preflight and passes(a)),
            why=f"time lost: {ms:.0f} ms",
        )


def _seconds(answer: Answer) -> int:
    value = answer.max_age[0] if len(answer.max_age) == 1 else ""
    return int(value[:12]) if value.isascii() and value.isdigit() else 0


def _needless(answer: Answer) -> str:
    """What alone causes a preflight and could be left out; empty for nothing of the kind."""
    if not answer.preflight or answer.requested_method not in ("GET", "HEAD", "POST"):
        return ""
    names = set(answer.requested_headers)
    if not names:
        return "a listener for upload progress or a streamed body"
    if answer.requested_method != "POST" and names <= {"content-type", "x-requested-with"}:
        return " and ".join(sorted(names)) + (" on a request without body" if "content-type" in names else "")
    return "x-requested-with" if names == {"x-requested-with"} else ""
