"""What AWS and the carrier charge, and the limits of their services: data with the page and the month it was read.

Dollars, us-east-1, on demand, without any free tier. They change: look before you rely on them.
"""

from __future__ import annotations

from typing import NamedTuple

READ_IN = "November 2026"  # the pages below, as stored copies of them had it then


class Price(NamedTuple):
    dollars: float  # for one
    of: str
    source: str


PRICES = {
    # aws.amazon.com/dynamodb/pricing/on-demand: halved in November 2024
    "write units": Price(0.625e-6, "write request unit", "aws.amazon.com/dynamodb/pricing/on-demand"),
    "read units": Price(0.125e-6, "read request unit", "aws.amazon.com/dynamodb/pricing/on-demand"),
    "storage": Price(0.25, "GB of the table a month", "aws.amazon.com/dynamodb/pricing/on-demand"),
    "recovery": Price(0.20, "GB a month of point-in-time recovery", "aws.amazon.com/dynamodb/pricing/on-demand"),
    # each 64 kB begun is a request
    "queue requests": Price(0.40e-6, "request to a standard queue", "aws.amazon.com/sqs/pricing"),
    "FIFO requests": Price(0.50e-6, "request to a FIFO queue", "aws.amazon.com/sqs/pricing"),
    "invocations": Price(0.20e-6, "invocation", "aws.amazon.com/lambda/pricing"),
    "GB-seconds": Price(0.0000133334, "GB-second on arm64", "aws.amazon.com/lambda/pricing"),
    "web requests": Price(3.50e-6, "request to a REST API", "aws.amazon.com/api-gateway/pricing"),
    "transfer": Price(0.09, "GB out to the internet, after the first 100", "aws.amazon.com/ec2/pricing/on-demand"),
    "alarm": Price(0.10, "alarm metric of standard resolution a month", "aws.amazon.com/cloudwatch/pricing"),
    "metric": Price(
        0.30, "metric of our own a month, by the hour in which it is told", "aws.amazon.com/cloudwatch/pricing"
    ),
    "dashboard": Price(3.00, "dashboard a month, after three", "aws.amazon.com/cloudwatch/pricing"),
    "logs": Price(0.50, "GB of log taken in", "aws.amazon.com/cloudwatch/pricing"),
    "logs kept": Price(0.03, "GB of log kept a month", "aws.amazon.com/cloudwatch/pricing"),
    "traces": Price(5.00e-6, "trace recorded", "aws.amazon.com/xray/pricing"),
    "customer key": Price(1.00, "key of one's own a month; AWS's own keys cost nothing", "aws.amazon.com/kms/pricing"),
    "parameter": Price(0.00, "standard parameter", "aws.amazon.com/systems-manager/pricing"),
    # rules of EventBridge on the account's own bus: nothing. Dashboards: three are free in any account.
    "scheduled rule": Price(0.00, "invocation by a rule with a schedule", "aws.amazon.com/eventbridge/pricing"),
    # Twilio's $0.0083 and 0.0025 to 0.0062 to the recipient's carrier; SEGMENT_PRICE of the settings
    "segment": Price(0.012, "segment sent, the carrier's fee included", "twilio.com/en-us/sms/pricing/us"),
    "segment in": Price(0.0083, "segment received", "twilio.com/en-us/sms/pricing/us"),
    "number": Price(1.15, "long code a month", "twilio.com/en-us/sms/pricing/us"),
}

# What every account has for nothing each month, for ever; told apart from the bill.
FREE = {
    "queue requests": 1_000_000,  # standard and FIFO together
    "invocations": 1_000_000,
    "GB-seconds": 400_000,
    "storage": 25,
    "alarm": 10,
    "metric": 10,
    "logs": 5,
    "traces": 100_000,
    "transfer": 100,
}

# An event source of a queue asks for messages all the time: long polls of 20 s by five pollers. AWS lowers that to two
# while nothing comes, but not where what is handled at once has a bound (`at once` in infra/resources.py).
# docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html; of FIFO queues it is only taken for granted.
POLLERS, POLLERS_UNBOUND, POLL_SECONDS = 5, 2, 20


class Limit(NamedTuple):
    most: float
    unit: str
    source: str


DYNAMO = "docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
LAMBDA = "docs.aws.amazon.com/lambda/latest/dg/"
SQS = "docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"

LIMITS = {
    "partition writes": Limit(
        1_000, "write units a second, of the table or of an index", DYNAMO + "warm-throughput-scenarios.html"
    ),
    "partition reads": Limit(3_000, "read units a second", DYNAMO + "warm-throughput-scenarios.html"),
    "new table": Limit(
        4_000,
        "write units a second at once (12,000 read units); then twice the last peak each half hour",
        DYNAMO + "warm-throughput-scenarios.html",
    ),
    "table": Limit(
        40_000,
        "write units a second, and as many read units, until AWS is asked for more",
        DYNAMO + "ServiceQuotas.html",
    ),
    "transaction": Limit(100, "items in one", DYNAMO + "ServiceQuotas.html"),
    "FIFO queue": Limit(
        70_000,
        "requests a second of each kind, high throughput, us-east-1 (Ohio and Frankfurt 19,000)",
        SQS + "quotas-messages.html",
    ),
    "FIFO group": Limit(300, "requests a second of each kind: one person's texts", SQS + "high-throughput-fifo.html"),
    "FIFO in flight": Limit(120_000, "messages taken and not yet deleted", SQS + "quotas-fifo.html"),
    "account concurrency": Limit(
        1_000, "invocations at once of all functions, until AWS is asked for more", LAMBDA + "lambda-concurrency.html"
    ),
    "function scaling": Limit(
        1_000, "more invocations at once each 10 s, for each function", LAMBDA + "scaling-behavior.html"
    ),
    "source scaling": Limit(
        300, "more batches at once each minute, from 5, of a queue's event source", LAMBDA + "services-sqs-scaling.html"
    ),
    "source concurrency": Limit(
        1_250,
        "messages at once of a queue's event source, whatever the account has",
        LAMBDA + "services-sqs-scaling.html",
    ),
    "gateway": Limit(
        10_000,
        "requests a second in an account and region, until AWS is asked for more",
        "docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
    ),
    "long code": Limit(
        225, "segments a second at the best trust score (1 with none)", "help.twilio.com, A2P 10DLC throughput"
    ),
    "toll-free": Limit(3, "segments a second, 25 to 150 when asked for", "help.twilio.com, Toll-Free throughput"),
    "short code": Limit(
        100,
        "segments a second, more when asked for",
        "help.twilio.com, Understanding Twilio rate limits and message queues",
    ),
    "carrier's queue": Limit(
        10,
        "hours of a sender's rate wait at Twilio at most",
        "help.twilio.com, Understanding Twilio rate limits and message queues",
    ),
}
