"""Who asks: sandboxed and nested frames, workers."""

from tests.lab.scenario import CREDENTIALS, Scenario, ok, preflight

INCLUDE = "{credentials: 'include'}"
PUT = "{method: 'PUT'}"
NULL_PREFLIGHT = preflight("null", "acam: PUT")
PREFLIGHT = preflight("{page}", "acam: PUT")

SCENARIOS = (
    Scenario("sandbox-null", "sandboxed(cross('a'))", {"a": ok("null")}),
    Scenario("sandbox-star", "sandboxed(cross('a'))", {"a": ok("*")}),
    Scenario("sandbox-exact", "sandboxed(cross('a'))", {"a": ok("{page}")}),
    Scenario("sandbox-own-host", "sandboxed(page('a'))", {"a": ok()}),
    Scenario("sandbox-include-null", f"sandboxed(cross('a'), {INCLUDE})", {"a": ok("null", CREDENTIALS)}),
    Scenario("sandbox-include-star", f"sandboxed(cross('a'), {INCLUDE})", {"a": ok("*", CREDENTIALS)}),
    Scenario("sandbox-put", f"sandboxed(cross('a'), {PUT})", {"OPTIONS a": NULL_PREFLIGHT, "a": ok("null")}),
    Scenario("sandbox-put-exact", f"sandboxed(cross('a'), {PUT})", {"OPTIONS a": PREFLIGHT, "a": ok("null")}),
    Scenario("data-frame-null", "dataFrame(cross('a'))", {"a": ok("null")}),
    Scenario("data-frame-exact", "dataFrame(cross('a'))", {"a": ok("{page}")}),
    Scenario("srcdoc-exact", "nested(cross('a'))", {"a": ok("{page}")}),
    Scenario("srcdoc-null", "nested(cross('a'))", {"a": ok("null")}),
    Scenario("blank-exact", "blank(cross('a'))", {"a": ok("{page}")}),
    Scenario("worker-exact", "worker(cross('a'))", {"a": ok("{page}")}),
    Scenario("worker-missing", "worker(cross('a'))", {"a": ok()}),
    Scenario("worker-put", f"worker(cross('a'), {PUT})", {"OPTIONS a": PREFLIGHT, "a": ok("{page}")}),
    Scenario("worker-put-refused", f"worker(cross('a'), {PUT})", {"OPTIONS a": preflight("{page}"), "a": ok("{page}")}),
    Scenario("blob-worker-exact", "blobWorker(cross('a'))", {"a": ok("{page}")}),
    Scenario("blob-worker-missing", "blobWorker(cross('a'))", {"a": ok()}),
    Scenario("shared-worker-exact", "sharedWorker(cross('a'))", {"a": ok("{page}")}),
    Scenario("shared-worker-include-star", f"sharedWorker(cross('a'), {INCLUDE})", {"a": ok("*", CREDENTIALS)}),
    Scenario("foreign-worker", "new Promise((yes, no) => { new Worker(cross('a')).onerror = no })"
             ".catch(() => ({allowed: false, headers: null}))", {"a": ok("*")}, on_wire=False),
)  # fmt: skip
