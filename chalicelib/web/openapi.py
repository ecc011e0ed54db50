"""The open API as OpenAPI 3.1 describes it (https://spec.openapis.org/oas/v3.1.1): the same in every language."""

from __future__ import annotations

from chalicelib.core.model import MOST_SEATS
from chalicelib.web import shapes
from chalicelib.web.problems import KINDS, PROBLEM_JSON, problem
from chalicelib.web.shapes import Plain

MOST_AT_ONCE = 100
USUALLY = 20
LONGEST_SEARCH = 80
A_CURSOR = "^[01]-[0-9]{1,11}-[A-Z]{2,12}[1-9][0-9]{0,4}$"
A_ZIP = "^[0-9]{3,5}$"
A_KEY = "^[!-~]{1,64}$"
JSON = "application/json"

ABOUT = """\
What is public here, and a pledge by whoever holds the link of an alert. No cookies, no keys: pages of any site may ask.

Reads carry an ETag; send it as If-None-Match, and what has not changed is a 304. HEAD answers as GET does. Every \
error is a problem detail (RFC 9457) whose `detail` says what to do next."""

HEADERS: Plain = {
    "ETag": {"description": "Of exactly this answer.", "required": True, "schema": {"type": "string"}},
    "RateLimit": {
        "description": "How many more may come at once (r), and in how many seconds all of them may again (t).",
        "required": True,
        "schema": {"type": "string", "examples": ['"at-once";r=59;t=1']},
    },
    "RateLimit-Policy": {
        "description": "How many may come at once (q), and in how many seconds they grow back (w).",
        "required": True,
        "schema": {"type": "string", "examples": ['"at-once";q=60;w=30']},
    },
    "Link": {
        "description": 'The next page, as rel="next"; not there on the last.',
        "schema": {"type": "string", "examples": ['<https://giddyup.example/api/actions?cursor=…>; rel="next"']},
    },
    "Retry-After": {
        "description": "Seconds until it is worth asking again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "examples": [12]},
    },
    "WWW-Authenticate": {
        "description": "Which token is wanted (RFC 6750).",
        "required": True,
        "schema": {"type": "string", "examples": ['Bearer realm="giddyup"']},
    },
    "Allow": {
        "description": "What may be done here.",
        "required": True,
        "schema": {"type": "string", "examples": ["POST, DELETE, OPTIONS"]},
    },
}
OF_KIND = {"NoToken": ["WWW-Authenticate"], "NoSuchMethod": ["Allow"], "TooMany": ["Retry-After"]}
ALWAYS = ["RateLimit", "RateLimit-Policy"]

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "description": "A problem detail, RFC 9457.",
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Which kind: where it is described here."},
        "title": {"type": "string", "description": "The kind, in a few words."},
        "status": {"type": "integer", "enum": sorted({kind.status for kind in KINDS.values()})},
        "detail": {"type": "string", "description": "What to do next, in a sentence."},
        "instance": {"type": "string", "format": "uri-reference", "description": "What was asked for."},
        "suggestions": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Codes that may have been meant.",
        },
    },
    "examples": [problem("NotFound", KINDS["NotFound"].example, "/api/actions/DIG9", "https://giddyup.example")],
}


def headers(*names: str) -> Plain:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def wrong(name: str) -> Plain:
    """The answer of this kind, wherever it may come."""
    kind = KINDS[name]
    example = problem(name, kind.example, "/api/actions/DIG4", "https://giddyup.example")
    return {
        "description": kind.title + ".",
        "headers": headers(*ALWAYS, *OF_KIND.get(name, [])),
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }


def wrongs(*names: str) -> Plain:
    return {str(KINDS[name].status): {"$ref": f"#/components/responses/{name}"} for name in names}


def right(description: str, schema: str, *more_headers: str) -> Plain:
    content = {JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "headers": headers(*ALWAYS, *more_headers), "content": content}


def read(name: str, summary: str, schema: str, parameters: list[Plain], problems: list[str], *more: str) -> Plain:
    """What a GET is: open to all, with an ETag."""
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [*parameters, {"$ref": "#/components/parameters/If-None-Match"}],
        "responses": {
            "200": right("As it is now; worth keeping for 10 seconds.", schema, "ETag", *more),
            "304": {"description": "As you have it.", "headers": headers(*ALWAYS, "ETag")},
            **wrongs(*problems, "TooMany"),
        },
        "security": [],
    }


def in_query(name: str, description: str, **schema: object) -> Plain:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def in_path(name: str, description: str, pattern: str, example: str) -> Plain:
    schema = {"type": "string", "pattern": pattern, "examples": [example]}
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


CODE = in_path("code", "The action's code, in upper or lower case.", shapes.A_CODE, "DIG4")
KEYWORD = in_path("keyword", "The group's keyword, in upper or lower case.", shapes.A_KEYWORD, "DIG")
SOME_WORDS = {"type": "string", "maxLength": LONGEST_SEARCH}
FIND = [
    in_query("words", "All of these are in its words, place, group or tags.", **SOME_WORDS, examples=["shovels"]),
    in_query("tag", "It has this tag, with or without #.", **SOME_WORDS, examples=["flood"]),
    in_query("zip", "It is near this ZIP code; exactly there comes first.", type="string", pattern=A_ZIP),
    in_query("limit", "How many at most.", type="integer", minimum=1, maximum=MOST_AT_ONCE, default=USUALLY),
    in_query("cursor", "Where the page before ended: its `next`.", type="string", pattern=A_CURSOR),
]

IN = {
    "operationId": "pledge",
    "summary": "Be in, by the link of an alert",
    "description": "The link's token (what follows /p/ in its address) is bound to its person and its action. When "
    "the crew is full this is a place in line. Private actions can be answered too.",
    "parameters": [CODE, {"$ref": "#/components/parameters/Idempotency-Key"}],
    "requestBody": {
        "description": "Left out: alone.",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Party"}}},
    },
    "responses": {
        "200": right("What they have answered now.", "Pledge"),
        **wrongs("Unreadable", "NoToken", "Refused", "Over", "TooLong", "NoJson", "Unfit", "TooMany"),
    },
    "security": [{"AlertLink": []}],
}
OUT = {
    "operationId": "takeBack",
    "summary": "Take a pledge back, by the token that came with it",
    "description": "The token counts once: a second time nothing more happens.",
    "parameters": [CODE],
    "responses": {
        "200": right("What they have answered now.", "Pledge"),
        **wrongs("NoToken", "Refused", "Over", "TooMany"),
    },
    "security": [{"Undo": []}],
}
PATHS: Plain = {
    "/api/actions": {
        "get": read("findActions", "Public actions that can be answered now", "Actions", FIND, ["Unreadable"], "Link"),
    },
    "/api/actions/{code}": {
        "get": read("readAction", "A public action, open or over", "Action", [CODE], ["NotFound"]),
    },
    "/api/actions/{code}/pledge": {"post": IN, "delete": OUT},
    "/api/groups/{keyword}": {
        "get": read("readGroup", "A public group with its public actions", "Group", [KEYWORD], ["NotFound"]),
    },
}
PARTY = {
    "type": "object",
    "description": "With whom.",
    "additionalProperties": False,
    "properties": {
        "party": {
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_SEATS,
            "default": 1,
            "description": "How many come, the person included.",
            "examples": [2],
        }
    },
}
COMPONENTS: Plain = {
    "schemas": {
        "Action": shapes.ACTION,
        "Actions": shapes.ACTIONS,
        "Group": shapes.GROUP,
        "GroupNamed": shapes.GROUP_NAMED,
        "Party": PARTY,
        "Pledge": shapes.PLEDGE,
        "Problem": PROBLEM,
    },
    "responses": {name: wrong(name) for name in KINDS},
    "headers": HEADERS,
    "parameters": {
        "If-None-Match": {
            "name": "If-None-Match",
            "in": "header",
            "description": "The ETag of what you have.",
            "schema": {"type": "string", "examples": ['"0123456789abcdef01234567"']},
        },
        "Idempotency-Key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The same key with the same token again brings nothing about twice, for a week.",
            "schema": {"type": "string", "pattern": A_KEY, "examples": ["5a8f0c1e"]},
        },
    },
    "securitySchemes": {
        "AlertLink": {
            "type": "http",
            "scheme": "bearer",
            "description": "The token of the personal link in an alert: what follows /p/.",
        },
        "Undo": {"type": "http", "scheme": "bearer", "description": "The `undo` that a pledge was answered with."},
    },
}


def described(base: str, brand: str, contact: str) -> Plain:
    """`base` is PUBLIC_URL; `contact` is named if it is an e-mail address."""
    email = {"email": contact} if "@" in contact else {}
    return {
        "openapi": "3.1.1",
        "info": {
            "title": brand,
            "version": "1.0.0",
            "summary": "Actions that people can be in, and their groups.",
            "description": ABOUT,
            "contact": {"name": brand, **email},
        },
        "servers": [{"url": base}],
        "paths": PATHS,
        "components": COMPONENTS,
    }
