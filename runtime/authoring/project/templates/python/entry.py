"""What `evroute build` puts around a handler in Python. It is written anew at every build; change src/handler.py instead.

The component's exports are classes of this module. Each is the handler's own class, with three things added: what it raises
becomes the sentence with which the run gives up, with its place; what it returns has to be a verdict of the event; and what it
prints is written before the run ends.
"""

import dataclasses
import enum
import importlib
import pkgutil
import re
import sys
import traceback

import componentize_py_types
import wit_world.imports
from evroute_world import EXPORTS, LINES

# Where the tools mount the folders of --python-path, in their order, and what they are in the
# project.
FOLDERS = {"/1/": "src/", "/2/": "build/packages/lib/python3/site-packages/"}
OWN = "/0/"

# The most functions that the sentence of an exception names.
PLACES_MAX = 16

BEGIN, END = "evroute: begin", "evroute: end"


def place_of(file):
    """A file of the project as its author knows it."""
    for mounted, folder in FOLDERS.items():
        if file.startswith(mounted):
            return folder + file[len(mounted):]
    return file


def line_to_add(raised):
    """The line of wit/world.wit without which this was raised; none where it has another cause."""
    match raised:
        case ImportError():
            path = [raised.name or "", raised.name_from or ""]
        case AttributeError() if hasattr(raised.obj, "__path__"):
            path = [raised.obj.__name__, raised.name or ""]
        case _:
            return None
    full = ".".join(part for part in path if part)
    for begin, lines in LINES.items():
        if full.startswith(begin):
            return lines.get(full[len(begin):].split(".")[0])
    return None


def refuse(text):
    """Ends the build with this, which is shown without what the tools say around it."""
    sys.stdout.flush()
    print(BEGIN, text, END, sep="\n", file=sys.stderr)
    raise SystemExit(1)


def refuse_import(raised):
    """Ends the build with what was raised when the handler was imported."""
    told = traceback.TracebackException.from_exception(raised)
    own = [frame for frame in told.stack if frame.filename.startswith(tuple(FOLDERS))]
    for frame in own:
        frame.filename = place_of(frame.filename)
    told.stack = traceback.StackSummary.from_list(own)
    if isinstance(raised, SyntaxError) and told.filename:
        told.filename = place_of(told.filename)
    lines = [*told.stack.format(), *told.format_exception_only()]
    add = line_to_add(raised)
    if add is not None:
        lines.append(f"to have it, add this line to the world in wit/world.wit:\n    {add}")
    refuse("".join(lines).rstrip())


def sentence(raised):
    """An exception and the functions that led to it, the innermost first, as the server tells its own."""
    text = f"{type(raised).__name__}: {raised}" if str(raised) else type(raised).__name__
    places = []
    trace = raised.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith(OWN):
            places.append(f"{code.co_qualname} ({place_of(code.co_filename)}:{trace.tb_lineno})")
        trace = trace.tb_next
    return text + (" at " + " < ".join(places[: -PLACES_MAX - 1 : -1]) if places else "")


def said_by_server(error):
    """What the server refused and nobody made a sentence of: the case's name, and what it says."""
    said = getattr(error.value, "value", "")
    return type(error.value).__name__ + (f": {said}" if said else "")


# Half of a pair: no character, and not in UTF-8. So are octets kept that were decoded with errors="surrogateescape".
HALVES = re.compile("[\ud800-\udfff]")


def plain(value):
    """A value whose texts the server takes: half of a pair becomes U+FFFD."""
    match value:
        case str():
            return value if value.isascii() else HALVES.sub("\ufffd", value)
        case list() | tuple():
            return type(value)(plain(one) for one in value)
    for name in getattr(type(value), "__dataclass_fields__", ()):
        before = getattr(value, name)
        after = plain(before)
        if after != before:
            value = dataclasses.replace(value, **{name: after})
    return value


# What returns and parameters have to be.

INTEGERS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64}


def camel(name):
    return "".join(part.capitalize() for part in name.split("-"))


def shown(value):
    text = "the class " + value.__name__ if isinstance(value, type) else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def misfit(value, shape, module):
    """Why a value cannot be what the WIT says; None where it can."""
    match shape:
        case {"enum": cases}:
            kind = module.Verdict
            if isinstance(value, kind):
                return None
            names = " or ".join(f"Verdict.{case.upper().replace('-', '_')}" for case in cases)
            return f"{shown(value)}, which is not {names}"
        case {"variant": cases}:
            for case, inner in cases.items():
                kind = getattr(module, "Verdict_" + camel(case))
                if type(value) is kind:
                    return None if inner is None else misfit(value.value, inner, module)
                if value is kind:
                    return f"the class Verdict_{camel(case)}, which is not one of its values: add ()"
            names = [f"Verdict_{camel(case)}({'...' if inner else ''})" for case, inner in cases.items()]
            return f"{shown(value)}, which is not {', '.join(names[:-1])} or {names[-1]}"
        case {"record": fields, "name": name}:
            if type(value).__name__ != name:
                return f"{shown(value)} where a {name} belongs"
            for field, inner in fields.items():
                why = misfit(getattr(value, field.replace("-", "_")), inner, module)
                if why is not None:
                    return f"a {name} whose {field} is {why}"
            return None
        case {"option": inner}:
            return None if value is None else misfit(value, inner, module)
        case "string":
            return None if isinstance(value, str) else f"{shown(value)}, which is not a str"
        case "bool":
            return None if isinstance(value, bool) else f"{shown(value)}, which is not a bool"
        case None:
            return None
        case _ if shape in INTEGERS:
            fits = type(value) is int and 0 <= value < 1 << INTEGERS[shape]
            return None if fits else f"{shown(value)}, which is no number from 0 to {(1 << INTEGERS[shape]) - 1}"
        case _:
            return None


def guarded(kind, interface, shape):
    """The handler's class, with what this module adds."""
    module = sys.modules[f"wit_world.exports.{interface}"]

    class Guarded(kind):
        def handle(self, event):
            try:
                verdict = super().handle(event)
                why = misfit(verdict, shape, module)
                if why is not None:
                    code = kind.handle.__code__
                    where = f"{place_of(code.co_filename)}:{code.co_firstlineno}"
                    raise componentize_py_types.Err(f"{code.co_qualname} ({where}) returned {why}")
                return plain(verdict)
            except componentize_py_types.Err as error:
                said = error.value if isinstance(error.value, str) else sentence_of_refusal(error)
                raise componentize_py_types.Err(plain(said)) from None
            except BaseException as raised:
                raise componentize_py_types.Err(plain(sentence(raised))) from None
            finally:
                sys.stdout.flush()

    Guarded.__name__ = Guarded.__qualname__ = kind.__name__
    return Guarded


def sentence_of_refusal(error):
    """A refusal of the server that nobody caught, with the place where it was asked."""
    return said_by_server(error) + sentence(error).removeprefix(type(error).__name__).partition(" at ")[2]


CHECKED = {str: "a str", bytes: "bytes", int: "an int", bool: "a bool"}


def checked(name, function, hints):
    """A function of the server, which is called only with what it takes: another type would end the run without a word."""
    expected = [(parameter, hints.get(parameter)) for parameter in function.__code__.co_varnames[: function.__code__.co_argcount]]

    def call(*arguments):
        for value, (parameter, hint) in zip(arguments, expected):
            wanted = CHECKED.get(hint)
            if wanted is not None and not isinstance(value, hint):
                helped = ': write .encode() after it' if hint is bytes and isinstance(value, str) else ""
                raise TypeError(f"{name}: {parameter} is {shown(value)}, and has to be {wanted}{helped}")
            if isinstance(hint, enum.EnumMeta) and not isinstance(value, hint):
                raise TypeError(f"{name}: {parameter} is {shown(value)}, and has to be one of {hint.__name__}")
        return function(*map(plain, arguments))

    return call


def check_calls(namespace, module):
    """Puts the check before every function of a module and of its classes that takes something."""
    for name, found in list(vars(namespace).items()):
        if isinstance(found, type) and found.__module__ == module and not issubclass(found, enum.Enum):
            check_calls(found, module)
            continue
        static = isinstance(found, (staticmethod, classmethod))
        function = found.__func__ if static else found
        code = getattr(function, "__code__", None)
        takes = code is not None and getattr(function, "__module__", None) == module and code.co_argcount > 0
        if not takes or name.startswith("__"):
            continue
        call = checked(function.__qualname__, function, function.__annotations__)
        setattr(namespace, name, type(found)(call) if static else call)


def start():
    for found in pkgutil.iter_modules(wit_world.imports.__path__):
        name = f"wit_world.imports.{found.name}"
        check_calls(importlib.import_module(name), name)
    try:
        import handler
    except BaseException as raised:
        refuse_import(raised)
    for name, (interface, export, shape) in EXPORTS.items():
        kind = getattr(handler, name, None)
        if not isinstance(kind, type) or not callable(getattr(kind, "handle", None)):
            refuse(
                f"src/handler.py has no class {name} with a method handle, and wit/world.wit says: {export}\n"
                f"write it, or take that line out of wit/world.wit:\n"
                f"    class {name}(exports.{name}):\n        def handle(self, event): ..."
            )
        importlib.import_module(f"wit_world.exports.{interface}")
        globals()[name] = guarded(kind, interface, shape)
    sys.stdout.flush()


start()
