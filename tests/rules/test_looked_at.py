"""What rules leave unlooked at, so that large captures stay cheap, holds nothing that a rule would find."""

import pytest

from coranalyze.endpoint import Fold
from coranalyze.rules import all_rules
from coranalyze.rules.host import Host
from coranalyze.rules.trust import courted, preflights, reads
from tests.rules.story import ACAC, acao, asked, preflight, told

FOREIGN = "https://other.test"
ODD = "https://api.example.evil.test"
STORIES = {
    "one foreign page": [asked(origin=FOREIGN, answer=acao(FOREIGN, ACAC))],
    "on errors only": [asked(origin=FOREIGN, status=500, answer=acao(FOREIGN, ACAC))],
    "on an error, and its preflight": [
        preflight(origin=FOREIGN, answer=acao(FOREIGN, ACAC, "Access-Control-Allow-Methods: PUT")),
        asked("PUT", origin=FOREIGN, status=500, answer=acao(FOREIGN, ACAC)),
    ],
    "a preflight alone": [preflight(origin=FOREIGN, answer=acao(FOREIGN, ACAC, "Access-Control-Allow-Methods: PUT"))],
    "a look-alike": [asked(origin=ODD, answer=acao(ODD, ACAC))],
    "two": [asked(origin=origin, answer=acao(origin, ACAC)) for origin in (FOREIGN, "https://app.example")],
    "a name of another": [asked(origin=FOREIGN, answer=acao("https://app.example"))],
    "nothing of CORS": [asked(origin=None), asked(origin=None, url="https://cdn.example/a.js", status=304)],
    "a refusal": [asked(origin=None), asked(origin=None, status=401)],
}


def hosts(story: list[str]) -> list[Host]:
    fold: Fold = told(*story).fold
    return [Host(server, fold) for server in fold.servers.values()]


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_not_courted(story: list[str]) -> None:
    for host in hosts(story):
        for endpoint in host.endpoints:
            trusts = reads(host, endpoint), preflights(host, endpoint)
            says = any(trust.anyone or trust.lookalikes or trust.tenants for trust in trusts)
            assert not says or endpoint in courted(host)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_silent(story: list[str]) -> None:
    for host in hosts(story):
        assert not host.silent or not [hit for rule in all_rules() for hit in rule.check(host)]


def test_some_are_silent_and_some_are_not() -> None:
    silent = [host.silent for story in STORIES.values() for host in hosts(story)]
    assert True in silent
    assert False in silent
