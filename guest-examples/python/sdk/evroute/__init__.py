"""What every handler in Python would repeat: a module for each of the server's interfaces, to be imported where it is used.

A handler asks for what its world imports, so none of them is imported here. Texts, numbers, octets (`bytes`) and `None` are the
values of variables, tables and databases. What the server refuses is raised as `Err` with a sentence, which a handler that
does not catch it gives up with.
"""
