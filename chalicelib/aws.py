"""What all that speak to AWS have in common: botocore's session, which reads its descriptions of services once."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

USER_AGENT = "Giddyup"  # botocore writes its long one anew for each request, a sixth of a request's CPU


@cache
def session() -> Any:
    return botocore.session.get_session()


def client(service: str, **how: Any) -> Any:
    """A client of this region's; `how` is what botocore's Config takes."""
    region = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
    return session().create_client(service, region_name=region, config=Config(user_agent=USER_AGENT, **how))
