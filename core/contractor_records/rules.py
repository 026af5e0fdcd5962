"""A contractor's record as rules see it, and its place in their answers."""

from collections.abc import Sequence
from dataclasses import replace

from core.contractor_records.models import FACT_NAMES, ContractorFact
from core.contractor_records.queries import Statement
from core.decisions import Citation, Decision, Reason
from core.rulesets.language.conditions import Facts

_PREFIX = "contractor."


def facts(statements: Sequence[Statement]) -> Facts:
    """What is known of the contractor; of what nobody stated, nothing."""
    return {f"{_PREFIX}{statement.fact}": statement.value for statement in statements}


def cite(decision: Decision, statements: Sequence[Statement]) -> Decision:
    """The decision with the statements that it rests on: each cited where its fact stands in the chain, and told in the
    sentence, so that whoever reads it years later knows whose word it was. An undecided one says only what is missing.
    """
    known = {f"{_PREFIX}{statement.fact}": statement for statement in statements}
    used = [known[path] for path in dict.fromkeys(reason.path for reason in decision.because) if path in known]
    if not used:
        return decision
    because = tuple(
        _cite(reason, known[reason.path]) if reason.path in known else reason for reason in decision.because
    )
    if decision.value is None:
        return replace(decision, because=because)
    told = "；".join(f"{_say(statement)}由{statement.office}认定{_citation(statement)}" for statement in used)
    return replace(decision, because=because, sentence=f"{decision.sentence}{told}。")


def _cite(reason: Reason, statement: Statement) -> Reason:
    return replace(reason, since=statement.as_of.isoformat(), citation=_citation(statement))


def _citation(statement: Statement) -> Citation:
    return Citation(f"contractor_record:{statement.id}", statement.basis, None, f"{statement.as_of}", "statement", None)


def _say(statement: Statement) -> str:
    label = FACT_NAMES[ContractorFact(statement.fact)]
    if isinstance(statement.value, bool):
        return f"“{label}：{'是' if statement.value else '否'}”"
    return f"“{label}：{statement.value} 年”"
