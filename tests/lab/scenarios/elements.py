"""What is loaded without a script's request: images, scripts, styles, fonts, frames, beacons, sockets."""

from tests.lab.scenario import CREDENTIALS, Answer, Scenario, ok, preflight


def image(*headers: str) -> Answer:
    return ok(*headers)._replace(mime="image/gif")


def code(*headers: str) -> Answer:
    return ok(*headers)._replace(body="0", mime="text/javascript")


def style(*headers: str) -> Answer:
    return ok(*headers)._replace(body="i{}", mime="text/css")


def typeface(*headers: str) -> Answer:
    return ok(*headers)._replace(mime="font/ttf")


def html(*headers: str) -> Answer:
    return ok(*headers)._replace(body="<!doctype html>", mime="text/html")


BEACON = "beacon(cross('a'), '{}', 'application/json')"

SCENARIOS = (
    Scenario("image", "element('img', {src: cross('a')})", {"a": image()}),
    Scenario("image-corp", "element('img', {src: cross('a')})",
             {"a": image("cross-origin-resource-policy: same-site")}),
    Scenario("image-anonymous-star", "element('img', {crossorigin: '', src: cross('a')})", {"a": image("*")}),
    Scenario("image-anonymous-missing", "element('img', {crossorigin: '', src: cross('a')})", {"a": image()}),
    Scenario("image-credentials-star", "element('img', {crossorigin: 'use-credentials', src: cross('a')})",
             {"a": image("*", CREDENTIALS)}),
    Scenario("image-credentials-exact", "element('img', {crossorigin: 'use-credentials', src: cross('a')})",
             {"a": image("{page}", CREDENTIALS)}),
    Scenario("script", "element('script', {src: cross('a')})", {"a": code()}),
    Scenario("script-anonymous-star", "element('script', {crossorigin: '', src: cross('a')})", {"a": code("*")}),
    Scenario("script-anonymous-missing", "element('script', {crossorigin: '', src: cross('a')})", {"a": code()}),
    Scenario("module-star", "element('script', {type: 'module', src: cross('a')})", {"a": code("*")}),
    Scenario("module-missing", "element('script', {type: 'module', src: cross('a')})", {"a": code()}),
    Scenario("import-exact", "imported(cross('a'))", {"a": code("{page}")}),
    Scenario("import-missing", "imported(cross('a'))", {"a": code()}),
    Scenario("style", "element('link', {rel: 'stylesheet', href: cross('a')})", {"a": style()}),
    Scenario("style-anonymous-star", "element('link', {rel: 'stylesheet', crossorigin: '', href: cross('a')})",
             {"a": style("*")}),
    Scenario("style-anonymous-missing", "element('link', {rel: 'stylesheet', crossorigin: '', href: cross('a')})",
             {"a": style()}),
    Scenario("font-star", "font(cross('a'))", {"a": typeface("*")}),
    Scenario("font-missing", "font(cross('a'))", {"a": typeface()}),
    Scenario("font-same-site-missing", "font(same('a'))", {"a": typeface()}),
    Scenario("preload-star", "element('link', {rel: 'preload', as: 'fetch', crossorigin: '', href: cross('a')})",
             {"a": ok("*")}),
    Scenario("beacon-text", "beacon(cross('a'), 'x', 'text/plain')", {"a": ok()}),
    Scenario("beacon-json", BEACON,
             {"OPTIONS a": preflight("{page}", CREDENTIALS, "acah: content-type"), "a": ok("{page}", CREDENTIALS)}),
    Scenario("beacon-json-refused", BEACON, {"OPTIONS a": preflight("*", "acah: content-type"), "a": ok("*")}),
    Scenario("socket", "socket(cross('a'))", {"a": ok()}),
    Scenario("frame", "loaded(document.createElement('iframe'), {src: cross('a')}, document.body)", {"a": html()}),
    Scenario("form-post", "formPost(cross('a'))", {"a": html()}),
)  # fmt: skip
