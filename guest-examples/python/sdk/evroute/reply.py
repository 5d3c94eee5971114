"""What is added to the answer that a verdict gives. What the server refuses is missing in the answer
and told in the log; it is not raised, since a run that fails may let the request through."""

from componentize_py_types import Err
from wit_world.imports import reply


def append(name: str, value: str) -> bool:
    """Adds a header field, as in `append("Retry-After", "30")`. False when the server refuses
    it."""
    try:
        reply.append_header(name, value.encode())
    except Err:
        return False
    return True


def set_body(content_type: str, body: str) -> bool:
    """Gives the answer a body. False when the server refuses it."""
    try:
        reply.set_body(content_type, body.encode())
    except Err:
        return False
    return True
