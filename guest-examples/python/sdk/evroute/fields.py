"""Header fields of the event's message by place and by pattern."""

from collections.abc import Iterator

from wit_world.imports import headers

from .refusal import explained


def all() -> Iterator[tuple[str, str]]:
    """All fields in order, names and values. Each is asked of the server when it is its turn."""
    place = 0
    while (name := headers.name(place)) is not None:
        value = headers.value(place)
        yield name, (value or b"").decode(errors="replace")
        place += 1


def remove(pattern: str) -> int:
    """Removes the fields whose name is like this, `X-*`, and says how many there were. Those of the
    server stay."""
    with explained(f"headers {pattern}"):
        return headers.remove_matching(pattern)
