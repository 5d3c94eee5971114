"""Values of the WIT and of the language."""

from wit_world.imports import evroute_pv_types as wit

Native = str | int | bytes | None


def of(value: wit.Value | None) -> Native:
    """What the server has given."""
    return getattr(value, "value", None)


def to(value: Native) -> wit.Value:
    """For the server."""
    match value:
        case None:
            return wit.Value_Null()
        case int():
            return wit.Value_Int(value)
        case str():
            return wit.Value_Text(value)
        case bytes():
            return wit.Value_Octets(value)
