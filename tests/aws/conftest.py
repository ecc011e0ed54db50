"""What the tests of all this on AWS share: the package, and a stage deployed from it."""

from __future__ import annotations

from tests.aws.rehearsed import built, rehearsal

__all__ = ["built", "rehearsal"]
