"""Tables that a tenant's handlers share."""

from collections.abc import Mapping

from wit_world.imports import htable

from . import value
from .refusal import explained


class Table:
    """A shared table, used like a `dict` of which nobody knows all keys: it has no length and cannot be gone through.

    `set` takes a time to live too. A value of `None` is none: to write it removes the entry.
    """

    def __init__(self, name: str) -> None:
        self.what = f"table {name}"
        with explained(self.what):
            self.table = htable.Table.open(name)

    def get(self, key: str, default: value.Native = None) -> value.Native:
        """The entry's value, `default` where there is none."""
        with explained(self.what):
            found = value.of(self.table.get(key))
        return default if found is None else found

    def __getitem__(self, key: str) -> str | int | bytes:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def set(self, key: str, new: value.Native, ttl_seconds: int | None = None) -> None:
        """Without a time to live the table's own counts; 0 is for good. `None` as the value removes."""
        with explained(self.what):
            self.table.set(key, value.to(new), ttl_seconds)

    def __setitem__(self, key: str, new: value.Native) -> None:
        self.set(key, new)

    def __delitem__(self, key: str) -> None:
        if not self.remove(key):
            raise KeyError(key)

    def setdefault(self, key: str, default: value.Native = None) -> value.Native:
        """The entry's value; where there is none, `default`, which then is the entry's."""
        found = self.get(key)
        if found is None:
            self.set(key, default)
            return default
        return found

    def pop(self, key: str, *default: value.Native) -> value.Native:
        """Removes an entry and returns its value; where there is none `default`, or a `KeyError` without one."""
        found = self.get(key)
        if found is not None:
            self.remove(key)
            return found
        if default:
            return default[0]
        raise KeyError(key)

    def update(self, entries: Mapping[str, value.Native]) -> None:
        for key, new in entries.items():
            self.set(key, new)

    def remove(self, key: str) -> bool:
        """Removes an entry and says whether there was one."""
        with explained(self.what):
            return self.table.remove(key)

    def add(self, key: str, delta: int) -> int:
        """Adds to a number and returns what this run now sees."""
        with explained(self.what):
            return self.table.add(key, delta)
