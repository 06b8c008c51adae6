"""What the page and Python say to each other: one schema, checked on both sides.

The page asks by a `Request`; Python answers and reports by a `Report`. Bulk numbers travel beside a
report as buffers, to which a `Grid` points. `tools/make_messages.py` writes the same schema in
TypeScript, with the types and the check of what arrives.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

import msgspec

# A message is known once its file is imported.
from . import comparing, inside, lessons, take_away, training, why  # noqa: F401 -- as said above
from .parts import Report, Request

MOST_BYTES = 4_000_000
"""The longest message that is taken from a page: a table of its user's may be in it."""

REQUESTS: tuple[type[Request], ...] = tuple(Request.__subclasses__())
REPORTS: tuple[type[Report], ...] = tuple(Report.__subclasses__())
_REQUEST: Any = reduce(or_, REQUESTS)
_REPORT: Any = reduce(or_, REPORTS)

_requests = msgspec.json.Decoder(_REQUEST)
_reports = msgspec.json.Encoder()


class MessageError(ValueError):
    """What came from a page is no request; the message says where it differs."""


def read_request(text: str | bytes) -> Request:
    """Return the request that a page sent as JSON.

    Raises:
        MessageError: it is too long, no JSON, or not as the schema says.
    """
    if len(text) > MOST_BYTES:
        raise MessageError(f"A message has at most {MOST_BYTES:,} bytes; {len(text):,} came.")
    try:
        request: Request = _requests.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise MessageError(str(error)) from None
    return request


def packed(report: Report, buffers: Sequence[bytes] = ()) -> bytes:
    """Return a report and its buffers as the bytes that a page unpacks.

    First the number of parts and the length of each, as 32-bit little-endian integers; then the
    parts, the report as JSON and the buffers, each filled up to a multiple of 8 bytes from there.
    """
    parts = [_reports.encode(report), *buffers]
    head = b"".join(n.to_bytes(4, "little") for n in [len(parts), *map(len, parts)])
    return b"".join(part + b"\0" * (-len(part) % 8) for part in [head, *parts])


def schema() -> dict[str, Any]:
    """Return the JSON Schema of both directions: `requests`, `reports` and their `parts`."""
    (requests, reports), parts = msgspec.json.schema_components(
        [_REQUEST, _REPORT], ref_template="{name}"
    )
    return {"requests": requests, "reports": reports, "parts": parts}
