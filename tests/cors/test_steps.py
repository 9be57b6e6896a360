"""Steps: each has its place, its sentence and, failing, its reason."""

from coranalyze.cors.steps import NOT_CORS, Ended, Reason, Step

# Steps at which no function of this package ends: whoever walks a whole fetch names them.
WALKED = {
    Step.MAIN_SAME_ORIGIN, Step.MAIN_NAVIGATE, Step.MAIN_MODE_SAME_ORIGIN, Step.MAIN_NO_CORS,
    Step.MAIN_LOCAL, Step.MAIN_CLIENT, Step.MAIN_BROWSER, Step.MAIN_SCHEME, Step.MAIN_CORS,
    Step.SERVICE_WORKER, Step.NO_RESPONSE, Step.PREFLIGHT_NO_RESPONSE,
    Step.REDIRECT_ERROR, Step.REDIRECT_MANUAL, Step.REDIRECT_MIXED, Step.ORB, Step.LOAD_STATUS, Step.LOAD_MIME,
}  # fmt: skip
CHECKED = {
    "concept-cors-check", "cors-preflight-fetch-0", "concept-http-redirect-fetch", "block-bad-port",
    "cross-origin-resource-policy-internal-check", Step.COEP_FRAME.anchor,
}  # fmt: skip


def test_every_step_belongs_to_a_check_or_to_the_walk() -> None:
    # The tests of the checks assert that each of their steps has a row.
    assert {step for step in Step if step.anchor not in CHECKED} | {Step.PREFLIGHT_NO_RESPONSE} == WALKED


def test_steps_are_distinct_and_explained() -> None:
    assert len({step.sentence for step in Step}) == len(Step)
    for step in Step:
        assert step.sentence.endswith(".")
        assert step.url.startswith("https://")
        assert step.number or step.reason is not None
        assert step.passed is (step.reason is None)


def test_urls() -> None:
    assert Step.WILDCARD.url == "https://fetch.spec.whatwg.org/#concept-cors-check"
    assert Step.ORB.url == "https://github.com/annevk/orb"


def test_ended_passes_with_its_step() -> None:
    assert Ended(Step.WILDCARD).passed
    assert not Ended(Step.NO_ALLOW_ORIGIN).passed


def test_reasons_are_named_like_rules() -> None:
    assert all(reason == reason.name.lower().replace("_", "-") for reason in Reason)
    assert Reason.CORP in NOT_CORS
    assert Reason.ACAO_MISSING not in NOT_CORS
