"""What rules ask of the other servers of a fold."""

from itertools import permutations

import pytest

from coranalyze.cors.origin import origin_of
from coranalyze.rules.neighbours import Neighbours
from tests.rules.story import asked, told


def neighbours(*exchanges: str) -> Neighbours:
    return Neighbours(told(*exchanges).fold)


def test_cookies_of_one_name_stand_in_an_order_of_their_own() -> None:
    attributes = ("", "; Secure", "; SameSite=Lax", "; SameSite=Lax; Secure")
    orders = {
        tuple(
            neighbours(*[asked(answer=(f"Set-Cookie: sid=1{each}",)) for each in order]).cookies_of(
                origin_of("https://api.example")
            )
        )
        for order in permutations(attributes)
    }
    ((one, *more),) = orders
    assert len(more) == 3
    assert (one.secure, one.same_site) == (False, "")


@pytest.mark.parametrize(
    ("setter", "attribute", "reaches"),
    [
        ("api.shop.example", "", True),
        ("other.shop.example", "", False),
        ("shop.example", "", False),
        ("other.shop.example", "; Domain=shop.example", True),
        ("other.shop.example", "; domain=.Shop.Example", True),
        ("other.shop.example", "; Domain=other.shop.example", False),
        ("other.shop.example", "; Domain=hop.example", False),
    ],
)
def test_cookies_of_a_sibling_count_where_browsers_send_them(setter: str, attribute: str, reaches: bool) -> None:
    seen = neighbours(asked("GET", f"https://{setter}/login", answer=(f"Set-Cookie: sid=1; Secure{attribute}",)))
    assert bool(seen.cookies_of(origin_of("https://api.shop.example"))) is reaches
