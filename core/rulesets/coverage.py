"""What no worked example reaches: rows of tables never taken, checks seen on one side only."""

from collections.abc import Iterator, Sequence

from core.rulesets.evaluation import Evaluation
from core.rulesets.language.conditions import Condition, Facts, Unknown
from core.rulesets.language.format import Check, WorkedExample
from core.rulesets.ruleset import Ruleset
from core.rulesets.worked_examples import facts_of


def find_unreached(ruleset: Ruleset, examples: Sequence[WorkedExample]) -> Iterator[str]:
    """One sentence for each row and each check of the city's own file that no example proves."""
    cases = [(case, facts_of(case, ruleset)) for case in examples]
    taken = {
        reason.path
        for case, facts in cases
        for path in {*case.expect, *case.certainty, *case.alternatives}
        for reason in ruleset.decide(path, facts, case.on).because
    }
    for path, table in ruleset.own.tables.items():
        for row in dict.fromkeys(row.id for version in table.versions for row in version.rows):
            if f"{path}#{row}" not in taken:
                yield f"判定表 {path} 的行“{row}”没有算例用到"
    for act, checks in ruleset.own.checks.items():
        asked = [(case, facts) for case, facts in cases if act in {*case.refuses, *case.warns}]
        for check in {check.id: check for check in checks}.values():
            met = {_apply(ruleset, check, case, facts) for case, facts in asked}
            for side, said in ((False, "不通过"), (True, "通过")):
                if side not in met:
                    yield f"检查项 {act}.{check.id} 没有算例{said}"


def _apply(ruleset: Ruleset, check: Check, case: WorkedExample, facts: Facts) -> bool | None:
    """Whether the case meets the check; None where it does not apply or hangs on what the example leaves open."""
    if check.since > case.on or (check.when and _answer(ruleset, check.when, case, facts) is not True):
        return None
    return _answer(ruleset, check.must, case, facts)


def _answer(ruleset: Ruleset, condition: Condition, case: WorkedExample, facts: Facts) -> bool | None:
    try:
        return Evaluation(ruleset, ruleset.hooks, facts, case.on).holds(condition)
    except Unknown:
        return None
