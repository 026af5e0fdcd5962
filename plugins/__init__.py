"""The points where others plug in. Start with ``hookspecs``: its docstrings are the manual."""

from plugins.hookspecs import hookimpl as hookimpl
