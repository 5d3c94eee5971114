"""Pseudo-variables by Kamailio's spelling."""

from componentize_py_types import Err
from wit_world.imports import pv

from . import value
from .refusal import explained


def get(name: str) -> value.Native:
    with explained(name):
        return value.of(pv.get(name))


def integer(name: str) -> int:
    """One that is a number; one that is something else is refused, too."""
    number = get(name)
    if not isinstance(number, int):
        raise Err(f"{name}: not a number")
    return number


def set(name: str, new: value.Native) -> None:
    with explained(name):
        pv.set(name, value.to(new))
