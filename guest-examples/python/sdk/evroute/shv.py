"""Variables shared by all of a tenant's handlers."""

from wit_world.imports import shv

from . import value
from .refusal import explained


def get(name: str) -> value.Native:
    with explained(f"counter {name}"):
        return value.of(shv.get(name))


def set(name: str, new: value.Native) -> None:
    with explained(f"counter {name}"):
        shv.set(name, value.to(new))


def add(name: str, delta: int) -> int:
    """Adds to a number and returns what this run now sees."""
    with explained(f"counter {name}"):
        return shv.add(name, delta)
