"""The operator's log, a line each."""

from wit_world.imports.log import Level, log


def error(text: str) -> None:
    log(Level.ERROR, text)


def warning(text: str) -> None:
    log(Level.WARNING, text)


def notice(text: str) -> None:
    log(Level.NOTICE, text)


def info(text: str) -> None:
    log(Level.INFO, text)


def debug(text: str) -> None:
    log(Level.DEBUG, text)
