"""GraphiQL's example tabs: the worked examples of the rulesets, as operations that run as they stand."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from anxin.http import first_steps
from core.decisions import Value
from core.rulesets import worked_examples
from core.rulesets.language import values
from core.rulesets.language.format import WorkedExample
from core.rulesets.ruleset import Ruleset
from resolvers.context import Services
from schema.limits import trusted_documents

_OPERATION = """# {name}
# 出处：{source}
query {operation}($city: String!, $path: String!, $facts: [FactInput!], $on: Date) {{
  explain(city: $city, path: $path, facts: $facts, on: $on) {{
    sentence
    value
    certainty
    because {{ depth sentence citation {{ title number locator }} }}
    alternatives {{ question label value }}
    ruleset {{ city version digest }}
  }}
}}
"""


def offer(services: Services) -> Mapping[str, object]:
    """What GraphiQL is told: the ``tabs``; ``documents``, the shipped ones in the same shape; the ``steps`` of
    入门; and which documents ``strangers`` may send."""
    shipped = trusted_documents.texts(trusted_documents.shipped_folder()).values()
    documents = [_document(text) for text in shipped]
    return {
        "tabs": list(tabs(services)),
        "documents": documents,
        "steps": first_steps.offer(),
        "strangers": services.settings.strangers,
    }


def _document(text: str) -> dict[str, Any]:
    title, _, rest = text.removeprefix("# ").partition("\n")
    variables = json.dumps({"input": {}}, indent=2) if "$input" in rest else None
    return {"group": "登录与注册", "title": title, "query": text, "variables": variables, "headers": None}


def tabs(services: Services) -> Iterator[dict[str, Any]]:
    """One for each worked example that expects an answer, by city, each with ``group``, ``title``, ``query``,
    ``variables`` and ``headers``."""
    examples = services.examples
    for ruleset in services.rulesets.cities:
        if ruleset.city not in examples:
            continue
        cases = worked_examples.read(examples[ruleset.city].encode(), f"{ruleset.city}/tests.yaml", ruleset)
        for number, case in enumerate((case for case in cases if case.expect), 1):
            yield _tab(ruleset, case, f"{ruleset.city.title()}{number}")


def _tab(ruleset: Ruleset, case: WorkedExample, operation: str) -> dict[str, Any]:
    """The first answer the example expects, asked as a client would."""
    facts = worked_examples.facts_of(case, ruleset)
    variables = {
        "city": ruleset.city,
        "path": next(iter(case.expect)),
        "on": case.on.isoformat(),
        "facts": [{"path": path, "value": _text(ruleset, path, value)} for path, value in facts.items()],
    }
    return {
        "group": ruleset.own.ruleset.name,
        "title": case.name,
        "query": _OPERATION.format(name=case.name, source=case.source, operation=operation),
        "variables": json.dumps(variables, ensure_ascii=False, indent=2),
        "headers": None,
    }


def _text(ruleset: Ruleset, path: str, value: Value | None) -> str | None:
    return None if value is None else values.canonical_text(value, ruleset.fact(path).kind)
