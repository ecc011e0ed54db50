"""Whether what is said to Twilio, and what the carrier answers in its place, is what Twilio's own description allows.

A request with a field that is not described is wrong, though Twilio itself would only ignore it: a misspelt field is
lost without a word. With `CARRIER_CONTRACT` in its environment (the folder of the descriptions, infra/description.py)
the carrier refuses such a request, and writes down what is wrong in the file that `CARRIER_BREACHES` names.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from infra.local.carrier.http_server import Answer, Request, Response, Route, as_json

FORM = "application/x-www-form-urlencoded"
METHODS = ("GET", "POST", "DELETE", "PUT", "PATCH")
IS_TWILIOS = re.compile(r"/(?:2010-04-01|v[1-9])/.*")  # of the carrier's other paths Twilio knows nothing
LONGEST_TOLD = 200
# Errors are in no description: twilio.com/docs/usage/twilios-response#response-formats-exceptions
ERROR = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string"},
        "more_info": {"type": "string", "pattern": r"^https://www\.twilio\.com/docs/errors/\d{5}$"},
        "status": {"type": "integer"},
    },
}


# --- formats ------------------------------------------------------------------------------------------

# A number in E.164, a short code, a name of letters as sender, or another channel's address
NUMBER = r"\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}|[a-z]+:\S+"
RFC_3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"


def is_moment(text: str) -> bool:
    """RFC 3339, or a bare day, as the description says of DateSent."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return bool(date.fromisoformat(text))
    return bool(re.fullmatch(RFC_3339, text) and datetime.fromisoformat(text))


def like(words: str) -> Callable[[str], bool]:
    found = re.compile(words)
    return lambda text: found.fullmatch(text) is not None


# The description's own names. What else it names (int64, phone-number-capabilities) its other words say well enough.
FORMS_OF_TEXT: dict[str, Callable[[str], bool]] = {
    "phone-number": like(NUMBER),
    "currency": like("[A-Za-z]{3}"),
    "iso-country-code": like("[A-Z]{2}"),
    "http-method": like("GET|POST|HEAD|PUT|PATCH|DELETE"),
    "uri": like(r"(https?://[^\s/]+)?(/[^\s<>\"{}|\\^`]*)?"),  # Twilio's own are without their host
    "date": lambda text: bool(date.fromisoformat(text)),
    "date-time": is_moment,
    "date-time-rfc-2822": lambda text: bool(parsedate_to_datetime(text)),
}
FORMATS = FormatChecker(formats=())
for name, is_one in FORMS_OF_TEXT.items():
    FORMATS.checks(name, ValueError)(lambda value, is_one=is_one: not isinstance(value, str) or is_one(value))


# --- schemas ------------------------------------------------------------------------------------------

KEPT = ("type", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "required", "format")


def strict(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """OpenAPI's 3.0 as JSON Schema, with references written out and no property allowed that is not described."""
    if "$ref" in schema:
        named = schemas[schema["$ref"].rpartition("/")[2]]
        schema = {**named, **{key: value for key, value in schema.items() if key != "$ref"}}
    made = {key: schema[key] for key in KEPT if key in schema}
    if "properties" in schema:
        made["properties"] = {name: strict(one, schemas) for name, one in schema["properties"].items()}
        made["additionalProperties"] = False
    if "items" in schema:
        made["items"] = strict(schema["items"], schemas)
    if schema.get("nullable") and "type" in made:  # what has no type may be anything: rate_limits, permissions
        made["type"] = [made["type"], "null"]
        if "enum" in made:
            made["enum"] = [*made["enum"], None]
    return made


def typed(value: str, schema: Mapping[str, Any]) -> Any:
    """A form's word as what it is to be; as it came where it can't be that, so that the schema says so."""
    kinds = schema.get("type")
    if kinds == "integer" and re.fullmatch(r"-?\d{1,18}", value, re.ASCII):
        return int(value)
    if kinds == "number" and re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", value, re.ASCII):
        return float(value)
    if kinds == "boolean" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value


def wrongs(schema: Mapping[str, Any], value: Any) -> list[str]:
    found = Draft202012Validator(schema, format_checker=FORMATS).iter_errors(value)
    return [f"{'.'.join(map(str, one.absolute_path)) or 'it'}: {one.message[:LONGEST_TOLD]}" for one in found]


@dataclass(frozen=True)
class Operation:
    """One method of one described path."""

    described: Mapping[str, Any]
    schemas: Mapping[str, Any]

    def parameters(self, where: str) -> dict[str, Any]:
        """Of the `path` or of the `query`, as one object."""
        found = [one for one in self.described.get("parameters", ()) if one["in"] == where]
        return {
            "type": "object",
            "properties": {one["name"]: strict(one["schema"], self.schemas) for one in found},
            "required": [one["name"] for one in found if one.get("required")],
            "additionalProperties": False,
        }

    @cached_property
    def path(self) -> dict[str, Any]:
        return self.parameters("path")

    @cached_property
    def query(self) -> dict[str, Any]:
        return self.parameters("query")

    @cached_property
    def form(self) -> dict[str, Any] | None:
        """None: nothing may be posted."""
        body = self.described.get("requestBody")
        return strict(body["content"][FORM]["schema"], self.schemas) if body else None

    @cached_property
    def answers(self) -> dict[int, dict[str, Any] | None]:
        """By the HTTP status; None where there is no body."""
        found: dict[int, dict[str, Any] | None] = {}
        for status, said in self.described["responses"].items():
            content = said.get("content")
            found[int(status)] = strict(content["application/json"]["schema"], self.schemas) if content else None
        return found

    @property
    def has_login(self) -> bool:
        return bool(self.described.get("security"))

    @property
    def examples(self) -> list[dict[str, Any]]:
        """What Twilio shows as an answer."""
        contents = [said.get("content", {}) for said in self.described["responses"].values()]
        shown = [
            one for content in contents for one in content.get("application/json", {}).get("examples", {}).values()
        ]
        return [one["value"] for one in shown]


@dataclass(frozen=True)
class Described:
    """A path with the names of its variable parts, and what may be done there."""

    path: re.Pattern[str]
    operations: Mapping[str, Operation]  # by the method in capitals


@dataclass(frozen=True)
class Found:
    """What is described for a request, and the variable parts of its path."""

    operation: Operation
    parts: Mapping[str, str]


@dataclass(frozen=True)
class Contract:
    """Twilio's descriptions, as they lie in a folder."""

    folder: Path

    @cached_property
    def paths(self) -> list[Described]:
        """Those with the fewest variable parts first: IncomingPhoneNumbers/Local.json is no number's SID."""
        found = []
        for file in sorted(self.folder.glob("twilio_*.json")):
            description = json.loads(file.read_text())
            schemas = description["components"]["schemas"]
            for path, methods in description["paths"].items():
                words = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+?)", re.escape(path)))
                known = [method for method in METHODS if method.lower() in methods]
                operations = {method: Operation(methods[method.lower()], schemas) for method in known}
                found.append((path.count("{"), Described(words, operations)))
        return [one for _, one in sorted(found, key=lambda one: one[0])]

    def find(self, method: str, path: str) -> Found | str:
        """Or what is wrong."""
        for described in self.paths:
            if match := described.path.fullmatch(path):
                operation = described.operations.get(method)
                parts = {name: unquote(part) for name, part in match.groupdict().items()}
                return Found(operation, parts) if operation else f"{path} takes no {method}"
        return f"no path {path} is described"

    def of_request(self, request: Request) -> list[str]:
        """What is wrong with it."""
        found = self.find(request.method, request.path)
        if isinstance(found, str):
            return [found]
        wrong = wrongs(found.operation.path, found.parts)
        wrong += self.of_words(request.query_string, found.operation.query)
        wrong += of_login(request.headers.get("authorization", "")) if found.operation.has_login else []
        if found.operation.form is not None:
            kind = request.headers.get("content-type", "").partition(";")[0]
            wrong += [] if kind == FORM else [f"the content type is {kind!r}"]
            wrong += self.of_words(request.body.decode("utf-8", "replace"), found.operation.form)
        elif request.body:
            wrong.append("there is a body")
        return wrong

    def of_words(self, encoded: str, schema: Mapping[str, Any]) -> list[str]:
        """A form, or a query."""
        given: dict[str, Any] = {}
        wrong = []
        for name, value in parse_qsl(encoded, keep_blank_values=True):
            described = schema["properties"].get(name, {})
            if described.get("type") == "array":
                given.setdefault(name, []).append(typed(value, described["items"]))
            elif name in given:
                wrong.append(f"{name}: more than once")
            else:
                given[name] = typed(value, described)
        return wrong + wrongs(schema, given)

    def of_answer(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """What is wrong with an answer to a request that is described."""
        found = self.find(method, path)
        if isinstance(found, str):
            return [found]
        if status >= 400:
            schema: Mapping[str, Any] | None = {**ERROR, "additionalProperties": False}
        elif status in found.operation.answers:
            schema = found.operation.answers[status]
        else:
            return [f"{status} is no answer to it, but {sorted(found.operation.answers)} are"]
        if schema is None:
            return ["there is a body"] if body else []
        try:
            told = json.loads(body)
        except ValueError:
            return ["it is no JSON"]
        wrong = wrongs(schema, told)
        if status >= 400 and not wrong and told["status"] != status:
            wrong.append(f"status: {told['status']} with an HTTP status of {status}")
        return wrong


def of_login(header: str) -> list[str]:
    """HTTP's Basic with an account's SID, or an API key's."""
    kind, _, given = header.partition(" ")
    try:
        name = base64.b64decode(given, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        name = ""
    is_so = kind.lower() == "basic" and re.fullmatch("(AC|SK)[0-9a-fA-F]{32}", name)
    return [] if is_so else ["Authorization: not Basic with an account's SID"]


# --- in the carrier -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Watch:
    """Holds all that is said against the contract, and writes down each breach as a line of JSON.

    `is_for_requests` is off where requests are wrong on purpose, to see what the carrier says to them.
    """

    contract: Contract
    breaches: Path
    is_for_requests: bool = True

    def request(self, request: Request) -> list[str]:
        wrong = self.contract.of_request(request) if self.is_for_requests else []
        self.note("request", request.method, request.path, wrong)
        return wrong

    def answer(self, request: Request, status: int, body: bytes) -> list[str]:
        wrong = self.contract.of_answer(request.method, request.path, status, body)
        self.note("answer", request.method, request.path, wrong)
        return wrong

    def note(self, what: str, method: str, path: str, wrong: list[str]) -> None:
        """Many processes write into one file, each line at once; what is in order leaves a mark only, to be counted."""
        line = json.dumps({"what": what, "method": method, "path": path, "wrong": wrong}) if wrong else ""
        kept = os.open(self.breaches, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(kept, f"{line}\n".encode())
        finally:
            os.close(kept)

    async def handle(self, route: Route | None, request: Request, *parts: str) -> Answer:
        """Refuses what breaks the contract; answers as the route does, unless that breaks it."""
        if wrong := self.request(request):
            return broken("The request is not as Twilio describes it: ", wrong, 400)
        if route is None:
            return as_json({"error": "Twilio has that; the carrier has not"}, 501)
        answer = await route.handler(request, *parts)
        if not isinstance(answer, Response) or answer.content_type != "application/json":
            return answer  # a fault that somebody asked for: no answer of Twilio's
        if wrong := self.answer(request, answer.status, answer.body):
            return broken("The carrier's answer is not as Twilio describes it: ", wrong, 500)
        return answer

    def over(self, routes: list[Route]) -> list[Route]:
        """The same routes, watched; and all else under Twilio's paths, where a request may be misspelt too."""
        watched = [Route(one.method, one.path, partial(self.handle, one)) if is_twilios(one) else one for one in routes]
        return watched + [Route(method, IS_TWILIOS, self.handle_other) for method in METHODS]

    async def handle_other(self, request: Request, *_parts: str) -> Answer:
        return await self.handle(None, request)


def is_twilios(one: Route) -> bool:
    return IS_TWILIOS.fullmatch(one.path.pattern.replace("\\", "")) is not None


def broken(what: str, wrong: list[str], status: int) -> Response:
    """In the form of Twilio's errors, so that whoever sent it takes it for one; 20001 is "Unknown parameters"."""
    more = "https://www.twilio.com/docs/errors/20001"
    return as_json({"code": 20001, "message": what + "; ".join(wrong), "more_info": more, "status": status}, status)


def watched(routes: list[Route], environment: Mapping[str, str]) -> list[Route]:
    """As the environment says: unwatched where no description is named."""
    folder, breaches = environment.get("CARRIER_CONTRACT"), environment.get("CARRIER_BREACHES")
    if not folder or not breaches:
        return routes
    is_for_requests = environment.get("CARRIER_CONTRACT_OF") != "answers"
    return Watch(Contract(Path(folder)), Path(breaches), is_for_requests).over(routes)
