"""The FastAPI application of `fastapi-chrome.har`; needs `fastapi`.

Its CORSMiddleware looks complete, and two things are missing: PATCH, and the developer's own `http://localhost:3000`.
"""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware


def items() -> list[dict[str, int]]:
    return [{"id": 7, "quantity": 1}]


def change(item: int) -> dict[str, int]:
    return {"id": item, "quantity": 2}


app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://example.com"],
    allow_methods=["GET", "POST", "PUT", "DELETE"],
    allow_headers=["*"],
)
app.add_api_route("/items", items)
app.add_api_route("/items/{item}", change, methods=["PUT", "PATCH"])
