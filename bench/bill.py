"""What a month costs: AWS's part, from what was counted, beside the carrier's.

    python -m bench.bill [--inbound 20000] [--alerts 100] [--need 20] [--members 2000] [--broadcasts 4] [--views 100000]

An alert is asked in waves, so it takes texts for each seat, whatever the group's size; a broadcast asks every member.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

# Dollars, us-east-1, on demand, without any free tier; as of November 2026, check before you rely on them.
PRICES = {
    "DynamoDB writes": 0.625e-6,
    "DynamoDB reads": 0.125e-6,
    "SQS requests": 0.40e-6,
    "Lambda requests": 0.20e-6,
    "Lambda GB-seconds": 0.0000166667,
    "API Gateway requests": 3.50e-6,
}
SEGMENT = 0.012  # SEGMENT_PRICE: Twilio's $0.0083 and $0.003 to 0.006 to the recipient's carrier
SEGMENT_IN = 0.0083  # what comes in costs Twilio's part
TEXTS_A_SEAT = 6.4  # bench.waves, 2,000 members, need 20
GIGABYTES = 0.5  # of each function


@dataclass(frozen=True, slots=True)
class Use:
    """What one of something takes. `seconds`: of a function's time, waiting for DynamoDB and the carrier included."""

    writes: float = 0
    reads: float = 0
    queue: float = 0
    calls: float = 0
    seconds: float = 0
    web: float = 0
    segments: float = 0
    segments_in: float = 0

    def times(self, n: float) -> list[float]:
        used = [self.writes, self.reads, self.queue, self.calls, self.seconds * GIGABYTES, self.web]
        return [n * one for one in used]


RECEIPTS = 3  # the carrier calls for queued, sent and delivered; only the last one is written
QUICK = 0.02  # seconds that a webhook takes: an estimate, of 0.5 ms of CPU and one round trip

# Units and queue requests as `python -m bench.commands` counted them in November 2026: an IN with its answer, index
# included, and each message also received and deleted. Seconds are estimates: CPU there, and 5 ms a round trip.
TEXT_IN = Use(17, 5, 6, 3 + RECEIPTS, 0.12 + RECEIPTS * QUICK, 1 + RECEIPTS, segments=1, segments_in=1)
# As `python -m bench.fanout` counted them; a chunk's time is that of the sender's pace, here 20 segments a second.
RECIPIENT = Use(3.05, 0.58, 0.03, 0.01 + RECEIPTS, 0.05 + RECEIPTS * QUICK, RECEIPTS, segments=1)
# The draft and each look at how a crew fills read the whole group, 220 bytes a member at half a unit for 4 kB.
LOOKS = 11  # at an alert: bench.waves' looks, and the draft
MEMBERS_A_UNIT = 37
LOOK = Use(6, 15, 3, 1, 0.3)
# Nothing is measured of pages yet: what a page may take by its budget, some reads whatever the group's size.
VIEW = Use(0, 6, 0, 1, 0.03, 1)


def month(inbound: int, alerts: int, need: int, members: int, broadcasts: int, views: int) -> None:
    asked = alerts * need * TEXTS_A_SEAT
    looks = alerts * LOOKS
    look = Use(LOOK.writes, LOOK.reads + members / MEMBERS_A_UNIT, LOOK.queue, LOOK.calls, LOOK.seconds)
    lines: tuple[tuple[str, Use, float], ...] = (
        (f"{inbound:,} texts in, each answered", TEXT_IN, inbound),
        (f"{alerts:,} alerts for {need} of {members:,}, in waves", RECIPIENT, asked),
        ("their drafts and looks", look, looks),
        (f"{broadcasts:,} broadcasts to {members:,}", RECIPIENT, broadcasts * members),
        (f"{views:,} page views", VIEW, views),
    )
    print(f"{'a month':<44} {'AWS':>9} {'carrier':>10}")
    totals, carriers = [0.0] * len(PRICES), 0.0
    for what, use, n in lines:
        dollars = [used * price for used, price in zip(use.times(n), PRICES.values(), strict=True)]
        carrier = n * (use.segments * SEGMENT + use.segments_in * SEGMENT_IN)
        totals = [total + one for total, one in zip(totals, dollars, strict=True)]
        carriers += carrier
        print(f"{what:<44} {sum(dollars):9.2f} {carrier:10.2f}")
    print(f"{'together, in dollars':<44} {sum(totals):9.2f} {carriers:10.2f}")
    print(f"\nof AWS's: {', '.join(f'{name} {total:.2f}' for name, total in zip(PRICES, totals, strict=True))}")
    print(f"the carrier takes {carriers / max(sum(totals), 0.01):,.0f} times what AWS does; prices as of November 2026")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    usual = {"inbound": 20_000, "alerts": 100, "need": 20, "members": 2_000, "broadcasts": 4, "views": 100_000}
    for name, value in usual.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    month(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
