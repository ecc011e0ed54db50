"""The open API: what is public, read as JSON by any program. Reading changes nothing, and no cookie counts.

Pages of any site may ask. All of it is described in /openapi.json; a pledge by a token is in entry/api_pledging.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.core.showing import ActionShown, alike, found
from chalicelib.entry import visiting
from chalicelib.entry.api_answers import ANY_TYPE, CORS, Wrong, asked_path, in_json, kept
from chalicelib.entry.pages import LOOK, known_code, known_word, seen_by_all
from chalicelib.runtime import Runtime
from chalicelib.store import queries
from chalicelib.web import addresses, openapi, shapes

api = Blueprint(__name__)

ALL = [*LOOK, "POST", "PUT", "PATCH", "DELETE"]


# --- what anybody may read -----------------------------------------------------------------------------


@api.route("/openapi.json", methods=LOOK, cors=CORS)
@in_json(api)
def description(request: Any, world: Runtime) -> Response:
    settings = world.settings
    return kept(request, openapi.described(settings.public_url, settings.brand, settings.contact))


@api.route("/api/actions", methods=LOOK, cors=CORS)
@in_json(api)
def actions(request: Any, world: Runtime) -> Response:
    """A page of what is open; the cursor is the place of the last, so what opens or ends meanwhile moves nothing."""
    base = world.settings.public_url
    asked = {name: text for name in ("words", "tag", "zip", "limit", "cursor") if (text := parameter(request, name))}
    most = int(asked.get("limit", openapi.USUALLY))
    after = place_in(asked["cursor"]) if "cursor" in asked else None
    find = [asked.get(name, "") for name in ("words", "tag", "zip")]
    fits = sorted((place(one, find[2]), one) for one in found(queries.open_actions(), *find))
    left = [(at, one) for at, one in fits if after is None or at > after]
    shown, more = left[:most], left[most:]
    cursor = "-".join(map(str, shown[-1][0])) if more else None
    told = kept(request, {"actions": [shapes.of_action(one, base) for _, one in shown], "next": cursor})
    if cursor:
        told.headers["Link"] = f'<{addresses.api_actions(base, **asked | {"cursor": cursor})}>; rel="next"'
    return told


Place = tuple[int, int, str]


def place(one: ActionShown, zip_code: str) -> Place:
    """Where it comes in a list: exactly there before near, the soonest first."""
    return int(bool(zip_code) and one.zip != zip_code), int((one.starts_at or one.ends_at).timestamp()), one.code


def place_in(cursor: str) -> Place:
    near, at, code = cursor.split("-")
    return int(near), int(at), code


FITS: Mapping[str, tuple[str, str]] = {
    "words": (f"(?s).{{0,{openapi.LONGEST_SEARCH}}}", f"words has {openapi.LONGEST_SEARCH} characters at most."),
    "tag": (f"(?s).{{0,{openapi.LONGEST_SEARCH}}}", f"tag has {openapi.LONGEST_SEARCH} characters at most."),
    "zip": (openapi.A_ZIP, "zip is a ZIP code, or three of its digits."),
    "limit": ("[1-9][0-9]?|100", f"limit is a whole number from 1 to {openapi.MOST_AT_ONCE}."),
    "cursor": (openapi.A_CURSOR, "cursor is what the page before gave as next. Leave it out to begin again."),
}


def parameter(request: Any, name: str) -> str:
    """Nothing, if it is not there. Raises Wrong for one that cannot be what it should."""
    text = visiting.query(request, name)
    pattern, what_it_is = FITS[name]
    if name in (request.query_params or {}) and not re.fullmatch(pattern, text):
        raise Wrong("Unreadable", what_it_is)
    return text


@api.route("/api/actions/{code}", methods=LOOK, cors=CORS)
@in_json(api)
def action(request: Any, world: Runtime, code: str) -> Response:
    known, seen = known_code(code), seen_by_all(code)
    if seen is None or not seen.action.is_public:
        suggestions = alike(known, queries.open_codes()) if known else []
        detail = f"No public action has this code. Ask {addresses.api_actions()} what is open."
        raise Wrong("NotFound", detail, suggestions=suggestions)
    return kept(request, shapes.of_action(seen.action, world.settings.public_url))


@api.route("/api/groups/{keyword}", methods=LOOK, cors=CORS)
@in_json(api)
def group(request: Any, world: Runtime, keyword: str) -> Response:
    word = known_word(keyword)
    seen = queries.group_page(word) if word else None
    if seen is None or not seen.is_public:
        raise Wrong(
            "NotFound", f"No public group has this keyword. Ask {addresses.api_actions()} which have something open."
        )
    return kept(request, shapes.of_group(queries.public_part(seen), world.settings.public_url))


# --- the rest --------------------------------------------------------------------------------------------


@api.route("/api/{rest+}", methods=ALL, content_types=ANY_TYPE, cors=CORS)
@in_json(api)
def nothing(request: Any, _world: Runtime) -> Response:
    """No such path; or no such method, which API Gateway leaves to this route."""
    if methods := methods_at(asked_path(request)):
        allowed = ", ".join(methods)
        raise Wrong("NoSuchMethod", f"This path answers to {allowed}.", {"Allow": allowed})
    raise Wrong("NotFound", f"Nothing is at this path. {addresses.openapi()} describes what there is.")


def methods_at(path: str) -> list[str]:
    """What may be done at a path; nothing, if it is none of the API's."""
    for pattern, operations in openapi.PATHS.items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", pattern), path):
            looks = ["HEAD"] if "get" in operations else []
            return [*(method.upper() for method in operations), *looks, "OPTIONS"]
    return []
