"""Header fields and bodies as texts. The message's own functions have them as `bytes`, since nobody promises that they are UTF-8;
what is not becomes U+FFFD here."""

from wit_world.imports.evroute_sip_types import Message

from .refusal import explained


def get(message: Message, name: str, default: str | None = None) -> str | None:
    """The first field of this name, `default` where there is none."""
    field = message.header(name)
    return default if field is None else text(field)


def all(message: Message, name: str, limit: int = 100) -> list[str]:
    """All fields of this name in order, at most `limit` of them."""
    return [text(field) for field in message.headers(name, limit)]


def append(message: Message, name: str, value: str) -> None:
    """Adds a field after the last one."""
    with explained(f"header {name}"):
        message.append_header(name, value.encode())


def set(message: Message, name: str, value: str) -> None:
    """Leaves exactly one field of this name, with this value."""
    with explained(f"header {name}"):
        message.set_header(name, value.encode())


def remove(message: Message, name: str) -> int:
    """Removes every field of this name and says how many there were."""
    with explained(f"header {name}"):
        return message.remove_headers(name)


def body(message: Message) -> str:
    """The body, empty where there is none."""
    return text(message.body())


def text(octets: bytes) -> str:
    return octets.decode(errors="replace")
