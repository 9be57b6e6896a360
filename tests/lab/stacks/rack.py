"""rack-cors in Puma: a case's policy is what stands in its application's builder. `{site}` is its domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.fixes.servers.running import await_port, free_port, running
from tests.lab.policies.case import APP, SISTER, Call, Case, Visit, visits
from tests.lab.stacks.visits import COOKIES, PUBLIC_READ, PUT_ONLY, WITH_COOKIES, wide

_HEAD = """\
require "rack"
require "rack/cors"
ANSWER = lambda do |env|
  raise "expected" if env["PATH_INFO"] == "/error"
  return [404, {"Content-Type" => "text/plain"}, ["no"]] if env["REQUEST_METHOD"] == "OPTIONS"
  cache = env["PATH_INFO"] == "/public" ? "public, max-age=60" : "private, no-store"
  [200, {"Content-Type" => "application/json", "Cache-Control" => cache}, ["{}"]]
end
class Token
  def initialize(app) = @app = app
  def call(env) = env["HTTP_X_TOKEN"] ? @app.call(env) : [401, {"WWW-Authenticate" => "Token"}, []]
end
HOSTS = {}
"""
_HOST = """\
HOSTS["{host}"] = Rack::Builder.app do
  site = "{site}"
  own = ["https://app.#{{site}}", "https://help.#{{site}}"]
  {policy}
  run ANSWER
end
"""
_TAIL = "run ->(env) { HOSTS.fetch(env['HTTP_HOST']).call(env) }\n"


def allow(origins: str, resource: str = '"*"', **settings: str) -> str:
    told = {
        "headers": '["X-Token"]',
        "methods": "[:get, :post, :put]",
        "credentials": "true",
        "max_age": "600",
        **settings,
    }
    listed = ", ".join(f"{name}: {value}" for name, value in told.items())
    return f"use Rack::Cors do\nallow do\norigins {origins}\nresource {resource}, {listed}\nend\nend\n"


CASES = (
    Case("rack-any", "rack", allow("{ |source, env| true }").replace("origins {", "origins do").replace("true }",
         "true end", 1),
         ("COR101",), "a block that says yes", visits(*COOKIES)),
    Case("rack-open-end", "rack", allow(r"/\Ahttps:\/\/app\.#{Regexp.escape(site)}/"), ("COR104",),
         "no end of the pattern",
         wide("https://app.{site}.evil.test")),
    Case("rack-subdomains", "rack", allow(r"/\Ahttps:\/\/[a-z0-9-]+\.#{Regexp.escape(site)}\z/"), ("COR109",),
         "every sub-domain", wide(SISTER, "https://blog.{site}", "https://ci-12.{site}")),
    Case("rack-below-login", "rack", "use Token\n" + allow("*own"), ("COR601",), "the login stands above", PUT_ONLY),
    Case("rack-get-alone", "rack", allow("*own", methods="[:get]"), ("COR606", "COR605"), "PUT is not listed",
         PUT_ONLY),
    Case("rack-fails", "rack", allow("*own"), ("COR702",), "exceptions pass it by",
         visits(WITH_COOKIES, Call("/error", credentials=True), foreign=False)),
    Case("rack-by-path", "rack", allow("*own", resource='"/v1/*"'), ("COR701",), "the new version is not listed",
         visits(Call("/v1/data", credentials=True), Call("/v2/data", credentials=True), foreign=False)),
    Case("rack-any-header", "rack", allow("*own", headers=":any", expose='["X-Auth-Token"]'), ("COR205",),
         "a token for scripts to read", visits(*COOKIES)),
    Case("rack-list", "rack", allow("*own"), (), "a list"),
    Case("rack-uneven", "rack", allow('"*"', resource='"/public"', credentials="false") + allow("*own"), (),
         "public data for all, the rest for its own", visits(Call("/public"), WITH_COOKIES)),
    Case("rack-public", "rack", allow('"*"', credentials="false", methods="[:get]"), (), "* on public data",
         PUBLIC_READ, login=False),
    Case("rack-own-path", "rack", allow("*own", resource='"/api/*"'), (), "an API for its own pages, the rest for none",
         (Visit(APP, (Call("/api/data", credentials=True),)), Visit("https://api.{site}", (Call("/admin",
         credentials=True),)))),
)  # fmt: skip


@contextmanager
def serving(cases: Sequence[Case], folder: Path) -> Iterator[dict[str, int]]:
    folder.mkdir()
    config = folder / "config.ru"
    hosts = "".join(_HOST.format(host=case.server, site=case.site, policy=case.policy) for case in cases)
    config.write_text(_HEAD + hosts + _TAIL, "utf-8")
    port = free_port()
    with running(["puma", "--quiet", "--environment", "production", "-b", f"tcp://127.0.0.1:{port}", config]) as puma:
        await_port(port, lambda: puma.poll() is None)
        yield {case.server: port for case in cases}
