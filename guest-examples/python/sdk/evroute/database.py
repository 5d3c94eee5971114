"""Databases that the operator named."""

from collections.abc import Iterator

from wit_world.imports import sql

from .refusal import explained

# How many rows are fetched at a time.
ROWS = 100

Native = str | int | float | bytes | None


class Database:
    def __init__(self, label: str) -> None:
        self.what = f"database {label}"
        with explained(self.what):
            self.connection = sql.Connection.open(label)

    def execute(self, statement: str, *parameters: Native) -> int:
        """Runs a statement, with a parameter for each `?`, and says how many rows it changed."""
        with explained(self.what):
            return self.connection.execute(statement, [bound(one) for one in parameters])

    def query(self, statement: str, *parameters: Native) -> Iterator[list[Native]]:
        """The rows that a statement returns."""
        with explained(self.what):
            rows = self.connection.query(statement, [bound(one) for one in parameters])
            while some := rows.next(ROWS):
                for row in some:
                    yield [getattr(column, "value", None) for column in row]


def bound(value: Native) -> sql.Value:
    match value:
        case None:
            return sql.Value_Null()
        case int():
            return sql.Value_Int(value)
        case float():
            return sql.Value_Real(value)
        case str():
            return sql.Value_Text(value)
        case bytes():
            return sql.Value_Octets(value)
