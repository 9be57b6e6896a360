"""Redirects: every hop is checked, and the origin becomes null after the second change of host."""

from tests.lab.scenario import CREDENTIALS, Scenario, ok, preflight, redirect

GET = "read(cross('a'))"
PUT = "read(cross('a'), {method: 'PUT'})"
GOOD = preflight("{page}", "acam: PUT", "acah: content-type")

SCENARIOS = (
    Scenario("within", GET, {"a": redirect("{here}/b", "*"), "b": ok("*")}),
    Scenario("hop-missing", GET, {"a": redirect("{here}/b"), "b": ok("*")}),
    Scenario("end-missing", GET, {"a": redirect("{here}/b", "*"), "b": ok()}),
    Scenario("third-star", GET, {"a": redirect("{third}{here}/b", "*"), "b": ok("*")}),
    Scenario("third-exact", GET, {"a": redirect("{third}{here}/b", "*"), "b": ok("{page}")}),
    Scenario("third-null", GET, {"a": redirect("{third}{here}/b", "*"), "b": ok("null")}),
    Scenario("third-missing", GET, {"a": redirect("{third}{here}/b", "*"), "b": ok()}),
    Scenario("out", "read(page('a'))", {"a": redirect("{cross}{here}/b"), "b": ok("{page}")}),
    Scenario("out-missing", "read(page('a'))", {"a": redirect("{cross}{here}/b"), "b": ok()}),
    Scenario("back-home", GET, {"a": redirect("{page}{here}/b", "*"), "b": ok()}),
    Scenario("back-home-null", GET, {"a": redirect("{page}{here}/b", "*"), "b": ok("null")}),
    Scenario("credentials-in-url", GET, {"a": redirect("//u:p@api.two.localhost:1{here}/b", "*")}),
    Scenario("to-data", GET, {"a": redirect("data:text/plain,x", "*")}),
    Scenario("manual", "read(cross('a'), {redirect: 'manual'})", {"a": redirect("{here}/b", "*"), "b": ok("*")}),
    Scenario("include-third-null", "read(cross('a'), {credentials: 'include'})",
             {"a": redirect("{third}{here}/b", "{page}", CREDENTIALS), "b": ok("null", CREDENTIALS)}),
    Scenario("include-hop-star", "read(cross('a'), {credentials: 'include'})",
             {"a": redirect("{here}/b", "*", CREDENTIALS), "b": ok("{page}", CREDENTIALS)}),
    Scenario("put-307-within", PUT,
             {"OPTIONS a": GOOD, "a": redirect("{here}/b", "{page}", status=307),
              "OPTIONS b": GOOD, "b": ok("{page}")}),
    Scenario("put-307-third", PUT,
             {"OPTIONS a": GOOD, "a": redirect("{third}{here}/b", "{page}", status=307),
              "OPTIONS b": preflight("*", "acam: PUT"), "b": ok("*")}),
    Scenario("put-307-second-preflight-404", PUT,
             {"OPTIONS a": GOOD, "a": redirect("{third}{here}/b", "{page}", status=307),
              "OPTIONS b": preflight(status=404), "b": ok("*")}),
    Scenario("put-307-third-null-preflight", PUT,
             {"OPTIONS a": GOOD, "a": redirect("{third}{here}/b", "{page}", status=307),
              "OPTIONS b": preflight("null", "acam: PUT"), "b": ok("null")}),
    Scenario("put-303-no-preflight-there", PUT,
             {"OPTIONS a": GOOD, "a": redirect("{here}/b", "{page}", status=303),
              "OPTIONS b": preflight(status=404), "b": ok("{page}")}),
    Scenario("json-302-becomes-get",
             "read(cross('a'), {method: 'POST', headers: {'content-type': 'application/json'}, body: '{}'})",
             {"OPTIONS a": GOOD, "a": redirect("{here}/b", "{page}"), "OPTIONS b": GOOD, "b": ok("{page}")}),
    Scenario("no-cors-redirect", "read(cross('a'), {mode: 'no-cors'})", {"a": redirect("{third}{here}/b"), "b": ok()}),
)  # fmt: skip
