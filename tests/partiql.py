"""moto's PartiQL reads no parameters and no conditions: the two kinds of statement that we write, done by its own API.

What DynamoDB and ministack make of the very statements is tested on the town (tests/e2e).
"""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

INSERT = re.compile(r"INSERT INTO \"(?P<table>\w+)\" VALUE \{(?P<names>.*)\}")
UPDATE = re.compile(r"UPDATE \"(?P<table>\w+)\" (?P<sets>.*) WHERE (?P<where>.*)")


def answer_for_moto(client: Any) -> None:
    """From now on this client's BatchExecuteStatement is answered here."""

    def batch(params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:

        return SimpleNamespace(status_code=200), {"Responses": [one(client, each) for each in statements(params)]}

    client.meta.events.register("before-call.dynamodb.BatchExecuteStatement", batch, unique_id="partiql")


def statements(params: dict[str, Any]) -> list[dict[str, Any]]:
    """Of a call that is about to be made."""
    asked: list[dict[str, Any]] = json.loads(params["body"])["Statements"]
    return asked


def one(client: Any, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        if found := INSERT.fullmatch(asked["Statement"]):
            names = re.findall(r"'(\w+)': \?", found["names"])
            item = dict(zip(names, asked["Parameters"], strict=True))
            client.put_item(TableName=found["table"], Item=item, ConditionExpression="attribute_not_exists(pk)")
            return {"TableName": found["table"]}
        found = UPDATE.fullmatch(asked["Statement"])
        assert found, asked["Statement"]
        return update(client, found, asked["Parameters"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code != "ConditionalCheckFailedException":
            raise
        return {"Error": {"Code": "DuplicateItem" if "INSERT" in asked["Statement"] else "ConditionalCheckFailed"}}


def update(client: Any, found: re.Match[str], values: list[dict[str, Any]]) -> dict[str, Any]:
    sets, where = (re.findall(r'"(\w+)"=\?', found[part]) for part in ("sets", "where"))
    assert len(sets) + len(where) == len(values)
    given = dict(zip([f":s{n}" for n in range(len(sets))], values, strict=False))
    wanted = dict(zip(where, values[len(sets) :], strict=True))
    conditions = {name: value for name, value in wanted.items() if name not in {"pk", "sk"}}
    names = {f"#s{n}": name for n, name in enumerate(sets)} | {f"#{name}": name for name in conditions}
    client.update_item(
        TableName=found["table"],
        Key={"pk": wanted["pk"], "sk": wanted["sk"]},
        UpdateExpression="SET " + ", ".join(f"#s{n} = :s{n}" for n in range(len(sets))),
        ConditionExpression=" AND ".join(f"#{name} = :{name}" for name in conditions),
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=given | {f":{name}": value for name, value in conditions.items()},
    )
    return {"TableName": found["table"]}
