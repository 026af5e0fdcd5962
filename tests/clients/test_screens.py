"""The screens of the cities' frontends: their documents fit the schema, and what is made of the answers is sound in
TypeScript without a cast, an alias or a table in the client."""

import json
import shutil
from pathlib import Path

import pytest

from tests.helpers import node

CLIENTS = Path(__file__).parent
SCREENS = CLIENTS / "screens"
SCHEMA = CLIENTS.parents[1] / "schema" / "schema.graphql"
TSC = CLIENTS / "node_modules" / "typescript" / "bin" / "tsc"
STRICT = {
    "compilerOptions": {
        "strict": True,
        "noEmit": True,
        "noUncheckedIndexedAccess": True,
        "exactOptionalPropertyTypes": True,
        "module": "esnext",
        "moduleResolution": "bundler",
        "target": "es2022",
        "types": [],
    },
    "include": ["*.ts"],
}


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    node.install(CLIENTS)


def test_the_screens_documents_give_types_that_a_strict_frontend_builds_on(tmp_path: Path) -> None:
    written = node.run(SCREENS / "types.mjs", json.dumps([str(SCHEMA), str(tmp_path)]))
    assert sorted(written.split()) == sorted(document.name for document in SCREENS.glob("*.graphql"))
    for screen in SCREENS.glob("*.ts"):
        shutil.copy(screen, tmp_path)
    (tmp_path / "tsconfig.json").write_text(json.dumps(STRICT))
    assert node.run(TSC, "-p", str(tmp_path)) == ""
