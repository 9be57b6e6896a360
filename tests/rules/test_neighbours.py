"""What rules ask of the other servers of a fold."""

from itertools import permutations

from coranalyze.rules.neighbours import Neighbours
from tests.rules.story import asked, told


def test_cookies_of_one_name_stand_in_an_order_of_their_own() -> None:
    attributes = ("", "; Secure", "; HttpOnly", "; HttpOnly; Secure")
    orders = {
        tuple(
            Neighbours(told(*[asked(answer=(f"Set-Cookie: sid=1{each}",)) for each in order]).fold).cookies[
                "api.example"
            ]
        )
        for order in permutations(attributes)
    }
    ((one, *more),) = orders
    assert len(more) == 3
    assert (one.secure, one.http_only) == (False, False)
