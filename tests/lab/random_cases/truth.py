"""What happened in a run, case by case, in the form that `tests.oracle.score` reads."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.lab.random_cases.words import DOWN
from tests.oracle.extract import case_of
from tests.oracle.score import FIREFOX_NAMES

Reason = Mapping[str, Any]
MISSING = ("MissingAllowOriginHeader", "CORSMissingAllowOrigin")
"""What browsers say of the page with which a proxy answers for a server."""


def truths(
    cases: Iterable[Mapping[str, Any]],
    results: Mapping[int, Any],
    reached: Mapping[int, Any],
    reasons: Sequence[Reason],
    browser: str,
    direct: bool,
) -> Iterable[dict[str, Any]]:
    """A line per case whose script told something."""
    by_case: dict[int, list[Reason]] = defaultdict(list)
    for reason in reasons:
        number = case_of(reason["url"])
        if number is not None:
            by_case[number].append(reason)
    for case in cases:
        number = case["id"]
        result = results.get(number)
        if result is None:
            continue
        said = by_case[number]
        answered = result.get("out") in ("ok", "queued") or any(each["code"] in MISSING for each in said)
        if not direct and answered and _is_the_proxys(case, reached.get(number, [])):
            continue
        if case["client"].get("api") not in ("fetch", "xhr", None) and all(
            hop["origin"] == case["origin"] for hop in case["server"]
        ):
            continue  # what an element makes of a response of its own origin is no matter of CORS
        if case["family"] == "preload" and reached.get(number) and not 200 <= reached[number][-1]["status"] <= 299:
            continue  # what a preload asks of a status is no matter of CORS, and on the wire it looks like fetch()
        if case["family"] == "beacon" and browser != "chromium" and not said:
            continue  # nothing tells whether its answer was refused for other reasons than CORS
        line = {"id": number, "browser": browser, "client": result, "server": reached.get(number, []), "said": said}
        if "steps" in result:
            line["steps"] = [{"verdict": verdict} for verdict in _steps(result["steps"], said, browser)]
        else:
            line["verdict"] = _verdict(result, _reason(said, browser), case["family"])
        yield line


def _is_the_proxys(case: Mapping[str, Any], reached: Sequence[Mapping[str, Any]]) -> bool:
    """Whether what the script got is the page with which the proxy answers for a server that said nothing."""
    if not reached:
        return bool(case["family"] == "down")
    last = case["server"][reached[-1]["hop"]]
    down = len(reached) < len(case["server"]) and case["server"][reached[-1]["hop"] + 1]["origin"] == DOWN
    return bool(down or last[reached[-1]["kind"]].get("how") in ("close", "reset", "badchunk"))


def _steps(results: Sequence[Mapping[str, Any]], said: Sequence[Reason], browser: str) -> list[dict[str, Any]]:
    if browser == "chromium":  # one request a step, in order; those that throw make none
        requests = iter(said)
        return [
            _verdict(each, next(requests, None) if each["out"] != "throw" else None, "sequence") for each in results
        ]
    blocked = iter([each for each in said if each["cors"]])
    return [_verdict(each, next(blocked, None) if each["out"] == "error" else None, "sequence") for each in results]


def _reason(said: Sequence[Reason], browser: str) -> Reason | None:
    failed = [each for each in said if each["code"]]
    return next((each for each in failed if each.get("cors")), failed[0] if failed else None)


def _verdict(result: Mapping[str, Any], reason: Reason | None, family: str) -> dict[str, Any]:
    out = result["out"]
    if out in ("throw", "timeout") or family == "iframe":  # a frame tells nothing of what is in it
        return {"allowed": None}
    cors = bool(reason and reason.get("cors"))
    # A beacon tells its page nothing: what counts is that nothing refused its answer.
    if out == "ok" or (
        out == "queued" and (reason is None or reason["code"] in ("net::ERR_ABORTED", "CORSDidNotSucceed"))
    ):
        return {"allowed": True}
    code = reason["code"] if reason else ""
    return {
        "allowed": False, "cors": cors, "code": FIREFOX_NAMES.get(code, code),
        "detail": reason.get("detail", "") if reason else "",
    }  # fmt: skip
