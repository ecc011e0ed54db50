"""A carrier, a DynamoDB and an SQS that answer at once, so that what is left is our own time.

python -m bench.at_once PORT [SECONDS]     the carrier, in a process of its own; each answer that much later
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from botocore.awsrequest import AWSResponse, HeadersDict

from bench.meter import Raw

# --- the carrier -----------------------------------------------------------------------------------

NUMBERS: set[bytes] = set()
TOOK = "HTTP/1.1 201 Created\r\nContent-Type: application/json;charset=utf-8\r\nContent-Length: {length}\r\n\r\n{body}"
# As Twilio's API answers; the sid, and what else is different in each, is filled in.
MESSAGE = json.dumps({
    "account_sid": "AC" + "0" * 32, "api_version": "2010-04-01", "body": "X" * 150,
    "date_created": "Wed, 25 Nov 2026 17:00:00 +0000", "date_sent": None,
    "date_updated": "Wed, 25 Nov 2026 17:00:00 +0000", "direction": "outbound-api", "error_code": None,
    "error_message": None, "from": "+15550100000", "messaging_service_sid": None, "num_media": "0",
    "num_segments": "1", "price": None, "price_unit": "USD", "sid": "SM%032x", "status": "queued",
    "subresource_uris": {"media": "/2010-04-01/Accounts/AC/Messages/SM/Media.json"}, "to": "+15552000000",
    "uri": "/2010-04-01/Accounts/AC/Messages/SM.json",
})  # fmt: skip


class Twilio(asyncio.Protocol):
    """One connection: one request at a time. A GET tells how many texts came, and to how many numbers."""

    texts = 0  # over all connections

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.got = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.got += data
        head, _, body = self.got.partition(b"\r\n\r\n")
        if head is self.got or len(body) < length_of(head):
            return
        self.got = b""
        if head.startswith(b"GET"):
            self.answer(json.dumps({"texts": Twilio.texts, "numbers": len(NUMBERS)}))
            return
        NUMBERS.add(body[: body.index(b"&")])
        Twilio.texts += 1
        text = MESSAGE % Twilio.texts
        if self.seconds:
            asyncio.get_running_loop().call_later(self.seconds, self.answer, text)
        else:
            self.answer(text)

    def answer(self, body: str) -> None:
        self.transport.write(TOOK.format(length=len(body), body=body).encode())


def length_of(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0] or 0)


async def serve(port: int, seconds: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Twilio(seconds), "127.0.0.1", port, backlog=512)
    print("Ready", flush=True)
    await server.serve_forever()


# --- DynamoDB and SQS ------------------------------------------------------------------------------

Item = dict[str, Any]  # as DynamoDB writes one: {"pk": {"S": "sender"}, …}
PAGE = 1_000_000  # bytes of items that one Query reads


class Aws:
    """Answers botocore before anything is sent: as a table with one group in it would, and queues that keep all.

    `rows` are the few that are looked up by key; people and members are made as they are asked for, each from one that
    the codec wrote, so that a large group takes no more memory here than a list of its ids. What this costs is counted
    apart, in `cpu` and `wall` (seconds).
    """

    def __init__(self, rows: Mapping[tuple[str, str], Item], person: Item, member: Item, now: Callable[[], datetime]):
        self.rows = {key: json.dumps(item) for key, item in rows.items()}
        self.person, self.member, self.now = json.dumps(person), json.dumps(member), now
        self.each = sum(len(name) + len(str(value)) for name, value in member.items())
        self.parts: dict[str, list[str]] = {}
        self.messages: list[str] = []
        self.cpu = self.wall = 0.0
        self.calls: dict[str, int] = {}

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        began, cpu = time.perf_counter(), time.thread_time()
        target = request.headers["X-Amz-Target"]
        name = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        body = ANSWERS[name](self, request.body).encode()
        self.calls[name] = self.calls.get(name, 0) + 1
        told = AWSResponse(request.url, 200, HeadersDict({"Content-Type": "application/x-amz-json-1.0"}), Raw(body))
        self.cpu += time.thread_time() - cpu
        self.wall += time.perf_counter() - began
        return told

    def item(self, key: Item) -> str:
        pk, sk = key["pk"]["S"], key["sk"]["S"]
        if sk == "you":
            return self.person.replace(ID, pk.removeprefix("person#")).replace(NUMBER, pk[-7:])
        if sk == "pace":
            row = json.loads(self.rows[pk, sk])
            return json.dumps(row | {"next": {"N": str(round(self.now().timestamp() * 1_000_000))}})
        return self.rows.get((pk, sk), "")

    def batch_get(self, body: bytes) -> str:
        ((table, asked),) = json.loads(body)["RequestItems"].items()
        found = ",".join(filter(None, map(self.item, asked["Keys"])))
        return f'{{"Responses":{{"{table}":[{found}]}},"UnprocessedKeys":{{}}}}'

    def query(self, body: bytes) -> str:
        """Members of one part of the group, after the key that reading is to go on from."""
        asked = json.loads(body)
        values = [value["S"] for value in asked["ExpressionAttributeValues"].values()]
        pk = next(value for value in values if value.startswith("group#"))
        after = min(value for value in values if value.startswith("member#")).removeprefix("member#")
        start = asked.get("ExclusiveStartKey")
        if start:
            after = start["sk"]["S"].removeprefix("member#") + "!"
        ids = [one for one in self.parts.get(pk, ()) if one >= after]
        page = ids[: PAGE // self.each]
        last = {"pk": {"S": pk}, "sk": {"S": f"member#{page[-1]}"}} if len(page) < len(ids) else None
        items = ",".join(self.member.replace(ID, one) for one in page)
        more = f',"LastEvaluatedKey":{json.dumps(last)}' if last else ""
        return f'{{"Items":[{items}],"Count":{len(page)},"ScannedCount":{len(page)}{more}}}'

    def update(self, body: bytes) -> str:
        item = self.item(json.loads(body)["Key"]) or self.rows[WANTED, WANTED]
        return f'{{"Attributes":{item}}}'

    def statements(self, body: bytes) -> str:
        done = ",".join(['{"TableName":"giddyup"}'] * body.count(b'"Statement":'))
        return f'{{"Responses":[{done}]}}'

    def put_many(self, body: bytes) -> str:
        entries = json.loads(body)["Entries"]
        self.messages += [entry["MessageBody"] for entry in entries]
        return json.dumps({"Successful": [{"Id": entry["Id"], "MessageId": "1"} for entry in entries], "Failed": []})

    def put(self, body: bytes) -> str:
        self.messages.append(json.loads(body)["MessageBody"])
        return json.dumps({"MessageId": "1", "MD5OfMessageBody": "x"})

    def address(self, body: bytes) -> str:
        return json.dumps({"QueueUrl": f"http://127.0.0.1:9/0/{json.loads(body)['QueueName']}"})


ID, NUMBER = "0" * 26, "9999999"  # what is replaced in the person and the member that others are made from
WANTED = "wanted"  # under this key: a recipient's row, whichever it is
ANSWERS: dict[str, Callable[[Aws, bytes], str]] = {
    "BatchGetItem": Aws.batch_get,
    "Query": Aws.query,
    "UpdateItem": Aws.update,
    "BatchExecuteStatement": Aws.statements,
    "SendMessageBatch": Aws.put_many,
    "SendMessage": Aws.put,
    "GetQueueUrl": Aws.address,
}


@contextmanager
def answering(aws: Aws, *clients: Any) -> Iterator[Aws]:
    for client in clients:
        client.meta.events.register("before-send", aws.answer)
    yield aws
    for client in clients:
        client.meta.events.unregister("before-send", aws.answer)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) if sys.argv[2:] else 0.0))
