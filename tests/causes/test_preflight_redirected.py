"""A preflight that is redirected: the page calls what it leads to, and no setting answers OPTIONS in its place."""

import pytest

from tests.rules.story import preflight, told

SIGNED = "https://up.s3.amazonaws.com/a.png?X-Amz-Signature=x"


@pytest.mark.parametrize(
    ("url", "location", "fixes", "advice"),
    [
        ("https://api.example/a", "https://api.example/a/", (), "Call the path with a slash"),
        ("https://api.example/a", "http://api.example/a/", (), "trust X-Forwarded-Proto"),
        ("http://api.example/a", "https://api.example/a", (), "Write https"),
        ("https://api.example/a", "http://api.example/a", (), "trust X-Forwarded-Proto"),
        ("https://api.example/a", "https://www.api.example/a", (), "Call https://www.api.example/a in the page"),
        ("https://api.example/a", "https://api.example/login", ("F6",), "Answer 401"),
        ("https://api.example/a", SIGNED, (), "Have api.example give the page the signed URL"),
        (
            SIGNED,
            SIGNED.replace("s3.", "s3.eu-central-1."),
            (),
            "Sign the URL for up.s3.eu-central-1.amazonaws.com",
        ),
    ],
)
def test_what_is_to_do(url: str, location: str, fixes: tuple[str, ...], advice: str) -> None:
    cause = told(preflight(url=url, status=307, answer=(f"Location: {location}",))).causes[0]
    assert (cause.name, cause.fixes) == ("preflight-redirect", fixes)
    assert advice in cause.advice
