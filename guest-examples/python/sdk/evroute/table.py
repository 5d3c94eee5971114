"""Tables that a tenant's handlers share."""

from wit_world.imports import htable

from . import value
from .refusal import explained


class Table:
    """A shared table, used like a `dict`; `set` takes a time to live too."""

    def __init__(self, name: str) -> None:
        self.what = f"table {name}"
        with explained(self.what):
            self.table = htable.Table.open(name)

    def get(self, key: str) -> value.Native:
        """The entry's value, `None` where there is none."""
        with explained(self.what):
            return value.of(self.table.get(key))

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def set(self, key: str, new: value.Native, ttl_seconds: int | None = None) -> None:
        """Without a time to live the table's own counts; 0 is for good. `None` as the value removes."""
        with explained(self.what):
            self.table.set(key, value.to(new), ttl_seconds)

    def __setitem__(self, key: str, new: value.Native) -> None:
        self.set(key, new)

    def remove(self, key: str) -> bool:
        """Removes an entry and says whether there was one."""
        with explained(self.what):
            return self.table.remove(key)

    def add(self, key: str, delta: int) -> int:
        """Adds to a number and returns what this run now sees."""
        with explained(self.what):
            return self.table.add(key, delta)
