"""Events of the tenant's own."""

from wit_world.imports.raise_ import raise_ as ask

from . import value
from .refusal import explained


def emit(name: str, **parameters: value.Native) -> None:
    """Raises `custom:event:<name>` when this run has returned a verdict."""
    with explained(f"event {name}"):
        ask(name, [(key, value.to(one)) for key, one in parameters.items()])
