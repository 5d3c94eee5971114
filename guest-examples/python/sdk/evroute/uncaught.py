"""What a handler raises and nobody catches is told in the log, with the places that led to it: the run ends there, and has no
standard error that it could print to."""

import sys
from types import TracebackType

try:
    from .log import error
except ImportError:
    # A handler that does not ask for the log.
    error = None


def tell(kind: type[BaseException], raised: BaseException, trace: TracebackType | None) -> None:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        file = code.co_filename.rsplit("/", 1)[-1]
        places.append(f"{code.co_qualname} ({file}:{trace.tb_lineno})")
        trace = trace.tb_next
    # The innermost first, as the server tells its own.
    stack = " < ".join(reversed(places))
    error(f"{kind.__name__}: {raised} at {stack}")


if error is not None:
    sys.excepthook = tell
