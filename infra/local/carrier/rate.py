"""How much the carrier takes in a second: a number's rate at Twilio."""

from __future__ import annotations

import time
from collections import deque


class Rate:
    """Segments in any one second of real time, no more than `most`; None takes everything."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._taken: deque[tuple[float, int]] = deque()
        self._sum = 0

    def has_room(self, segments: int) -> bool:
        """A text longer than a whole second's worth has room when nothing else was taken for a second."""
        if self._most is None:
            return True
        a_second_ago = time.monotonic() - 1
        while self._taken and self._taken[0][0] <= a_second_ago:
            self._sum -= self._taken.popleft()[1]
        return not self._taken or self._sum + segments <= self._most

    def took(self, segments: int) -> None:
        if self._most is not None:
            self._taken.append((time.monotonic(), segments))
            self._sum += segments
