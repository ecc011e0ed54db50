"""Every door: who may come in, and that looking changes nothing."""

from __future__ import annotations

import pytest
from chalice.test import Client

import app
from infra.resources import QUEUES
from tests.world import World

PUBLIC = {("GET", "/healthz")}
ROUTES = sorted((method, path) for path, methods in app.app.routes.items() for method in methods)
GUARDED = [route for route in ROUTES if route not in PUBLIC]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SIGNATURES = [
    pytest.param({}, id="none"),
    pytest.param({"X-Twilio-Signature": ""}, id="an empty one"),
    pytest.param({"X-Twilio-Signature": "Zm9yZ2Vk"}, id="a forged one"),
]


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
def test_every_route_that_is_not_public_wants_the_carriers_signature(
    world: World, route: tuple[str, str], signature: dict[str, str]
) -> None:
    method, path = route
    body = b"MessageSid=SM1&From=%2B15550100001&To=%2B15550100000&Body=DIG&MessageStatus=failed"

    with Client(app.app) as client:
        answer = client.http.request(method, path, headers={**FORM, **signature}, body=body)

    assert answer.status_code == 403
    world.work()
    assert (world.rows(), world.new_texts()) == ([], [])


@pytest.mark.parametrize("path", sorted({path for method, path in ROUTES if method == "GET"}))
def test_looking_changes_nothing(world: World, path: str) -> None:
    world.found_group(members=("ann",))
    before = world.rows()

    with Client(app.app) as client:
        assert client.http.get(path).status_code == 200

    world.work()
    assert world.rows() == before


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
@pytest.mark.parametrize("path", sorted(app.app.routes))
def test_no_method_is_an_error_of_ours(path: str, method: str) -> None:
    with Client(app.app) as client:
        assert client.http.request(method, path).status_code < 500


def test_every_queue_has_its_handler() -> None:
    assert [queue.name for queue in QUEUES if not hasattr(app, queue.name)] == []
