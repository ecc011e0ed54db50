"""What the app sees, and what a browser sees, is what API Gateway would show them."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from chalice import Chalice, CORSConfig, Response

from chalicelib.entry.plain import ANYTHING, fit_for_gateway
from infra.local.gateway import MOST_BYTES_IN, Server, serve
from infra.local.routing import Routes

FORM = "application/x-www-form-urlencoded"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
PAGE = "<p>¡café!</p>" * 100


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
        meeting.wait(30)
        return str(app.current_request.uri_params["n"] == n)

    @app.route("/unspeakable")
    def unspeakable() -> Response:
        return Response({1, 2}, headers={"Content-Type": "application/json"})

    meeting = threading.Barrier(20)
    return app


def make_web_app() -> Chalice:
    """One whose binary types are all, as ours are."""
    app = Chalice("web")
    app.log.disabled = True
    app.api.binary_types = [ANYTHING]
    app.register_middleware(fit_for_gateway, "http")

    @app.route("/card.png")
    def card() -> Response:
        return Response(PICTURE, headers={"Content-Type": "image/png"})

    @app.route("/page", methods=["GET", "HEAD"])
    def page() -> Response:
        return Response(PAGE.encode(), headers={"Content-Type": "text/html; charset=utf-8"})

    @app.route("/of/{size}")
    def of_size(size: str) -> Response:
        return Response(b"x" * int(size), headers={"Content-Type": "text/plain"})

    @app.route("/packed")
    def packed() -> Response:
        headers = {"Content-Type": "text/plain", "Content-Encoding": "gzip"}
        return Response(gzip.compress(PICTURE), headers=headers)

    @app.route("/known")
    def known() -> Response:
        return Response(b"ignored", headers={"Content-Type": "text/html", "ETag": '"1"'}, status_code=304)

    @app.route("/form", methods=["POST"], content_types=[FORM])
    def form() -> Response:
        headers = {"Content-Type": "text/html", "Location": "/page", "Set-Cookie": ["a=1; Secure", "b=2"]}
        return Response(b"", headers=headers, status_code=303)

    @app.route("/echo", methods=["POST"], content_types=[FORM])
    def echo() -> Response:
        return Response(app.current_request.raw_body, headers={"Content-Type": "text/plain"})

    @app.route("/things/{name}")
    def thing(name: str) -> Any:
        return {"thing": name}

    @app.route("/{rest+}", methods=["GET", "POST"])
    def lost() -> Response:
        rest = app.current_request.uri_params["rest"]
        return Response(f"no {rest} here".encode(), headers={"Content-Type": "text/html"}, status_code=404)

    return app


def serving(app: Chalice) -> Iterator[Server]:
    server = serve(app, 0)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    yield from serving(make_app())


@pytest.fixture(scope="module")
def web() -> Iterator[Server]:
    yield from serving(make_web_app())


def fetch(server: Server, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes, Any]:
    """With these headers and no others of a browser's."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    told = answer.read()
    connection.close()
    return answer.status, told, answer.headers


def ask(server: Server, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str, Any]:
    status, told, answered = fetch(server, method, path, body, **headers)
    return status, told.decode(), answered


def raw(server: Server, sent: bytes) -> str:
    """What comes back until the gateway hangs up."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=60) as connection:
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


def test_a_rest_is_what_no_other_route_takes() -> None:
    routes = Routes(["/{rest+}", "/g/{keyword}", "/g/all/{more+}", "/"])

    assert routes.match("/g/DIG") == ("/g/{keyword}", {"keyword": "DIG"})
    assert routes.match("/g/all/of/them") == ("/g/all/{more+}", {"more": "of/them"})
    assert routes.match("/g/DIG/of/them/") == ("/{rest+}", {"rest": "g/DIG/of/them"})
    assert routes.match("/g") == ("/{rest+}", {"rest": "g"})
    assert routes.match("/") == ("/", {})


@pytest.mark.parametrize(
    ("method", "path", "status", "told"),
    [
        ("GET", "/things/spade", 200, '{"thing":"spade"}'),
        ("GET", "/things/spade/handle", 404, "no things/spade/handle here"),
        ("POST", "/things/spade", 404, "no things/spade here"),
        ("DELETE", "/things/spade", 403, '{"message": "Missing Authentication Token"}'),
        ("OPTIONS", "/things/spade", 403, '{"message": "Missing Authentication Token"}'),
        ("GET", "/", 403, '{"message": "Missing Authentication Token"}'),
    ],
)
def test_the_app_itself_answers_what_no_other_route_takes(
    web: Server, method: str, path: str, status: int, told: str
) -> None:
    assert ask(web, method, path)[:2] == (status, told)


@pytest.mark.parametrize("accept", ["image/png", "image/avif,image/webp,*/*;q=0.8", "text/html", "*/*", ""])
def test_a_picture_comes_out_as_its_bytes_whatever_is_accepted(web: Server, accept: str) -> None:
    assert fetch(web, "GET", "/card.png", **({"Accept": accept} if accept else {}))[:2] == (200, PICTURE)


def test_a_form_is_read_whole_though_it_comes_in_base64(web: Server) -> None:
    body = "name=Zoë&note=a+b%26c&empty=&note=".encode()

    assert fetch(web, "POST", "/echo", body, Content_Type=FORM)[:2] == (200, body)


@pytest.mark.parametrize("path", ["/page", "/card.png"])
def test_what_is_large_is_compressed_for_who_names_gzip(web: Server, path: str) -> None:
    plain = fetch(web, "GET", path)[1]

    _, told, headers = fetch(web, "GET", path, Accept_Encoding="br, gzip")

    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Length"] == str(len(told))
    assert gzip.decompress(told) == plain


@pytest.mark.parametrize(
    ("path", "accepted"),
    [
        pytest.param("/of/1024", "*", id="who names no encoding"),
        pytest.param("/of/1024", "br, zstd", id="who names others"),
        pytest.param("/of/1024", "gzip;q=0, br", id="who refuses it"),
        pytest.param("/of/1023", "gzip", id="what is smaller than the API's minimum"),
    ],
)
def test_nothing_else_is_compressed(web: Server, path: str, accepted: str) -> None:
    _, told, headers = fetch(web, "GET", path, Accept_Encoding=accepted)

    assert (headers["Content-Encoding"], told.strip(b"x")) == (None, b"")


def test_what_the_app_compressed_is_not_compressed_again(web: Server) -> None:
    _, told, headers = fetch(web, "GET", "/packed", Accept="text/plain", Accept_Encoding="gzip")

    assert (headers.get_all("Content-Encoding"), gzip.decompress(told)) == (["gzip"], PICTURE)


def test_head_is_answered_as_get_is_but_without_the_body(web: Server) -> None:
    told = raw(web, b"HEAD /page HTTP/1.1\r\nHost: a\r\n\r\n")

    head, _, body = told.partition("\r\n\r\n")
    assert (head.split("\r\n")[0], body) == ("HTTP/1.1 200 OK", "")
    assert f"Content-Length: {len(PAGE.encode())}" in head


def test_not_modified_ends_with_its_headers(web: Server) -> None:
    told = raw(web, b"GET /known HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n" * 2)

    one = 'HTTP/1.1 304 Not Modified\r\nContent-Type: text/html\r\nETag: "1"\r\n\r\n'
    assert told == one * 2


def test_after_a_form_the_browser_is_sent_on_with_all_its_cookies(web: Server) -> None:
    status, told, headers = ask(web, "POST", "/form", b"a=1", Content_Type=FORM, Accept_Encoding="gzip")

    assert (status, told, headers["Location"], headers["Content-Length"]) == (303, "", "/page", "0")
    assert headers.get_all("Set-Cookie") == ["a=1; Secure", "b=2"]


def test_an_answer_that_says_no_type_is_json(web: Server) -> None:
    assert ask(web, "GET", "/things/spade")[2]["Content-Type"] == "application/json"
