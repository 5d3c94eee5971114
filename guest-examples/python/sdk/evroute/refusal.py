"""What the server refuses, as a sentence for the operator's log."""

from componentize_py_types import Err


class explained:
    """`with explained("table blocked"):` makes `table blocked: not granted` of what is refused there."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, refused: object, _trace: object) -> None:
        if isinstance(refused, Err) and not isinstance(refused.value, str):
            raise Err(sentence(self.what, refused.value)) from refused


def sentence(what: str, error: object) -> str:
    """The case's name and what it says; of the case `other` only that."""
    case = type(error).__name__.partition("_")[2]
    parts = [what]
    if case != "Other":
        parts.append("".join(f" {c.lower()}" if c.isupper() else c for c in case).strip())
    says = getattr(error, "value", None)
    if says is not None:
        parts.append(str(says))
    return ": ".join(parts)
