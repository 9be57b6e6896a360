"""Preflights: what needs one, every way in which one fails, and the preflight cache."""

from tests.lab.scenario import CREDENTIALS, Scenario, ok, preflight, redirect

PUT = "read(cross('a'), {method: 'PUT'})"
PUT_INCLUDE = "read(cross('a'), {method: 'PUT', credentials: 'include'})"
TOKEN = "read(cross('a'), {headers: {'x-token': '1'}})"
AUTHORIZATION = "read(cross('a'), {headers: {authorization: 'Bearer made-up'}})"
JSON = "read(cross('a'), {method: 'POST', headers: {'content-type': 'application/json'}, body: '{}'})"
GOOD = preflight("{page}", "acam: PUT, DELETE, PATCH", "acah: content-type, x-token, authorization")
READABLE = ok("{page}")

SCENARIOS = (
    Scenario("put", PUT, {"OPTIONS a": GOOD, "a": READABLE}),
    Scenario("put-same-site", "read(same('a'), {method: 'PUT'})", {"OPTIONS a": GOOD, "a": READABLE}),
    Scenario("put-star", PUT, {"OPTIONS a": preflight("*", "acam: *"), "a": ok("*")}),
    Scenario("delete-token", "read(cross('a'), {method: 'DELETE', headers: {'x-token': '1'}})",
             {"OPTIONS a": GOOD, "a": READABLE}),
    Scenario("token-star", TOKEN, {"OPTIONS a": preflight("*", "acah: *"), "a": ok("*")}),
    Scenario("token-capital", TOKEN, {"OPTIONS a": preflight("*", "acah: ,X-Token,,"), "a": ok("*")}),
    Scenario("authorization", AUTHORIZATION, {"OPTIONS a": GOOD, "a": READABLE}),
    Scenario("authorization-star", AUTHORIZATION, {"OPTIONS a": preflight("*", "acah: *"), "a": ok("*")}),
    Scenario("json", JSON, {"OPTIONS a": GOOD, "a": READABLE}),
    Scenario("post-needs-no-acam", JSON, {"OPTIONS a": preflight("*", "acah: content-type"), "a": ok("*")}),
    Scenario("put-include", PUT_INCLUDE, {"OPTIONS a": preflight("{page}", CREDENTIALS, "acam: PUT"),
                                          "a": ok("{page}", CREDENTIALS)}),
    Scenario("status-299", PUT, {"OPTIONS a": preflight("*", "acam: PUT", status=299), "a": ok("*")}),
    # Fails at the preflight
    Scenario("method-missing", PUT, {"OPTIONS a": preflight("*"), "a": ok("*")}),
    Scenario("method-lower-case", PUT, {"OPTIONS a": preflight("*", "acam: put"), "a": ok("*")}),
    Scenario("method-allow-header", PUT, {"OPTIONS a": preflight("*", "allow: PUT"), "a": ok("*")}),
    Scenario("method-patch", "read(cross('a'), {method: 'patch'})",
             {"OPTIONS a": preflight("*", "acam: PATCH"), "a": ok("*")}),
    Scenario("method-star-include", PUT_INCLUDE, {"OPTIONS a": preflight("{page}", CREDENTIALS, "acam: *"),
                                                  "a": ok("{page}", CREDENTIALS)}),
    Scenario("acam-unparsable", PUT, {"OPTIONS a": preflight("*", "acam: GET PUT"), "a": ok("*")}),
    Scenario("header-missing", TOKEN, {"OPTIONS a": preflight("*"), "a": ok("*")}),
    Scenario("header-other", TOKEN, {"OPTIONS a": preflight("*", "acah: content-type"), "a": ok("*")}),
    Scenario("header-pattern", TOKEN, {"OPTIONS a": preflight("*", "acah: x-*"), "a": ok("*")}),
    Scenario("acah-unparsable", TOKEN, {"OPTIONS a": preflight("*", "acah: x token"), "a": ok("*")}),
    Scenario("json-missing", JSON, {"OPTIONS a": preflight("*"), "a": ok("*")}),
    Scenario("header-star-include", "read(cross('a'), {headers: {'x-token': '1'}, credentials: 'include'})",
             {"OPTIONS a": preflight("{page}", CREDENTIALS, "acah: *"), "a": ok("{page}", CREDENTIALS)}),
    Scenario("preflight-404", PUT, {"OPTIONS a": preflight("*", "acam: PUT", status=404), "a": ok("*")}),
    Scenario("preflight-401", AUTHORIZATION, {"OPTIONS a": preflight("*", "acah: authorization", status=401),
                                              "a": ok("*")}),
    Scenario("preflight-bare-405", PUT, {"OPTIONS a": preflight(status=405), "a": ok("*")}),
    Scenario("preflight-redirect", PUT, {"OPTIONS a": redirect("{here}/b", "*", "acam: PUT"), "a": ok("*")}),
    Scenario("preflight-acao-missing", PUT, {"OPTIONS a": preflight("acam: PUT"), "a": ok("*")}),
    Scenario("preflight-acao-other", PUT, {"OPTIONS a": preflight("{third}", "acam: PUT"), "a": ok("*")}),
    Scenario("preflight-star-include", PUT_INCLUDE, {"OPTIONS a": preflight("*", CREDENTIALS, "acam: PUT"),
                                                     "a": ok("{page}", CREDENTIALS)}),
    Scenario("preflight-acac-missing", PUT_INCLUDE, {"OPTIONS a": preflight("{page}", "acam: PUT"),
                                                     "a": ok("{page}", CREDENTIALS)}),
    # Fails after a good preflight
    Scenario("actual-missing", PUT, {"OPTIONS a": GOOD, "a": ok()}),
    Scenario("actual-500", JSON, {"OPTIONS a": GOOD, "a": ok(status=500)}),
    Scenario("actual-star-include", PUT_INCLUDE, {"OPTIONS a": preflight("{page}", CREDENTIALS, "acam: PUT"),
                                                  "a": ok("*", CREDENTIALS)}),
    # What needs one, and what does not
    Scenario("range", "read(cross('a'), {headers: {range: 'bytes=0-10'}})", {"OPTIONS a": ok(), "a": ok("*")}),
    Scenario("language-underscore", "read(cross('a'), {headers: {'accept-language': 'en_US'}})",
             {"OPTIONS a": preflight("*"), "a": ok("*")}),
    Scenario("options-by-script", "read(cross('a'), {method: 'OPTIONS'})", {"a": ok("*", "acam: OPTIONS")}),
    Scenario("xhr-upload-listener", "xhr(cross('a'), {method: 'POST', upload: true, body: 'x'})",
             {"OPTIONS a": preflight("*"), "a": ok("*")}),
    Scenario("xhr-upload-listener-refused", "xhr(cross('a'), {method: 'POST', upload: true, body: 'x'})",
             {"OPTIONS a": preflight(), "a": ok("*")}),
    # The cache
    Scenario("cached", f"[await {PUT}, await {PUT}]",
             {"OPTIONS a": preflight("*", "acam: PUT", "access-control-max-age: 600"), "a": ok("*")}),
    Scenario("not-cached", f"[await {PUT}, await {PUT}]",
             {"OPTIONS a": preflight("*", "acam: PUT", "access-control-max-age: 0"), "a": ok("*")}),
    Scenario("cached-for-other-method", f"[await {PUT}, await {PUT.replace('PUT', 'DELETE')}]",
             {"OPTIONS a": preflight("*", "acam: PUT", "access-control-max-age: 600"), "a": ok("*")}),
)  # fmt: skip
