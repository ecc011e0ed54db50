"""What the app sees, and what a browser sees, is what API Gateway would show them."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from chalice import Chalice, CORSConfig, Response

from infra.local.gateway import MOST_BYTES_IN, Routes, Server, serve

FORM = "application/x-www-form-urlencoded"


def make_app() -> Chalice:
    app = Chalice("tried")
    app.log.disabled = True

    @app.route("/seen/{name}", methods=["GET", "POST"], content_types=[FORM, "image/png"])
    def seen(name: str) -> Any:
        return app.current_request._event_dict | {"name": name}

    @app.route("/cookies")
    def cookies() -> Response:
        return Response("", headers={"Set-Cookie": ["a=1", "b=2"], "Content-Type": "text/html"})

    @app.route("/open", cors=CORSConfig(allow_origin="https://a.example"))
    def is_open() -> str:
        return "open"

    @app.route("/slow/{n}")
    def slow(n: str) -> str:
        meeting.wait(5)
        return str(app.current_request.uri_params["n"] == n)

    @app.route("/unspeakable")
    def unspeakable() -> Response:
        return Response({1, 2}, headers={"Content-Type": "application/json"})

    meeting = threading.Barrier(20)
    return app


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = serve(make_app(), 0)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ask(server: Server, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    told = answer.read().decode()
    connection.close()
    return answer.status, told, answer.headers


def raw(server: Server, sent: bytes) -> str:
    """What comes back until the gateway hangs up."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def test_the_app_gets_a_whole_event(server: Server) -> None:
    _, told, _ = ask(
        server, "POST", "/seen/a%20b?x=1&x=&y=2", b"Body=caf%C3%A9", Content_Type=FORM, X_Forwarded_For="9.9.9.9"
    )

    event = json.loads(told)
    assert event["name"] == "a b"
    assert event["resource"] == "/seen/{name}"
    assert event["httpMethod"] == "POST"
    assert event["queryStringParameters"] == {"x": "", "y": "2"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", ""], "y": ["2"]}
    assert event["headers"]["X-Forwarded-For"] == "9.9.9.9, 127.0.0.1"
    assert event["multiValueHeaders"]["Content-Type"] == [FORM]
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert event["requestContext"]["resourcePath"] == "/seen/{name}"
    assert (event["body"], event["isBase64Encoded"]) == ("Body=caf%C3%A9", False)


def test_what_is_absent_is_null_and_not_empty(server: Server) -> None:
    event = json.loads(ask(server, "GET", "/seen/a", Content_Type=FORM)[1])

    absent = ("queryStringParameters", "multiValueQueryStringParameters", "stageVariables", "body")
    assert [event[name] for name in absent] == [None] * 4


def test_a_picture_comes_in_base64(server: Server) -> None:
    event = json.loads(ask(server, "POST", "/seen/a", b"\x89PNG", Content_Type="image/png")[1])

    assert (event["body"], event["isBase64Encoded"]) == ("iVBORw==", True)


def test_a_body_that_is_no_text_does_not_break_anything(server: Server) -> None:
    status, told, _ = ask(server, "POST", "/seen/a", b"Body=\xff\xfe", Content_Type=FORM)

    assert (status, json.loads(told)["body"]) == (200, "Body=\ufffd\ufffd")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nowhere"), ("DELETE", "/seen/a"), ("HEAD", "/cookies"), ("GET", "/seen/")]
)
def test_where_there_is_nothing_it_says_what_api_gateway_says(server: Server, method: str, path: str) -> None:
    status, told, _ = ask(server, method, path)

    assert status == 403
    assert told == ("" if method == "HEAD" else '{"message": "Missing Authentication Token"}')


def test_several_cookies_are_several_headers(server: Server) -> None:
    assert ask(server, "GET", "/cookies")[2].get_all("Set-Cookie") == ["a=1", "b=2"]


def test_options_are_answered_for_routes_with_cors_only(server: Server) -> None:
    assert ask(server, "OPTIONS", "/open")[2]["Access-Control-Allow-Origin"] == "https://a.example"
    assert ask(server, "OPTIONS", "/cookies")[0] == 403


def test_what_an_app_cannot_say_in_json_is_a_502(server: Server) -> None:
    status, told, _ = ask(server, "GET", "/unspeakable")

    assert (status, told) == (502, '{"message": "Internal server error"}')


def test_twenty_requests_at_once_keep_to_themselves(server: Server) -> None:
    told: list[str] = []

    def one(n: int) -> None:
        told.append(ask(server, "GET", f"/slow/{n}")[1])

    threads = [threading.Thread(target=one, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert told == ["True"] * 20


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"rubbish\r\n\r\n", "400"),
        (b"GET /cookies HTTP/9.9\r\n\r\n", "400"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", "400"),
        (b"BREW /cookies HTTP/1.1\r\nHost: a\r\n\r\n", "403"),
        (b"POST /seen/a HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400"),
        (b"POST /seen/a HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n", "400"),
        (b"POST /seen/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        (b"POST /seen/a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (MOST_BYTES_IN + 1), "413"),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_connection_ends(server: Server, sent: bytes, status: str) -> None:
    assert raw(server, sent).split(" ")[1] == status


def test_one_connection_serves_many_requests(server: Server) -> None:
    told = raw(server, b"GET /cookies HTTP/1.1\r\nHost: a\r\n\r\n" * 3)

    assert told.count("HTTP/1.1 200") == 3


def test_a_fixed_part_wins_over_a_name() -> None:
    routes = Routes(["/g/{keyword}", "/g/all", "/g/{keyword}/feed", "/"])

    assert routes.match("/g/all") == ("/g/all", {})
    assert routes.match("/g/DIG/") == ("/g/{keyword}", {"keyword": "DIG"})
    assert routes.match("/g/DIG/feed") == ("/g/{keyword}/feed", {"keyword": "DIG"})
    assert routes.match("/") == ("/", {})
    assert routes.match("/g") is None
