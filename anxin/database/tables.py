"""All tables: importing this module fills ``METADATA`` with those of every module of ``core``."""

from importlib import import_module
from pkgutil import walk_packages

import core
from core.db import Base

_WITHOUT_TABLES = ("core.rulesets.bulk",)
"""Not imported: it needs numpy, which is an extra."""

for _module in walk_packages(core.__path__, f"{core.__name__}."):
    if not _module.name.startswith(_WITHOUT_TABLES):
        import_module(_module.name)

METADATA = Base.metadata
