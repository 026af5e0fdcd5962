"""Answers about the contractors' record."""

from datetime import date

import strawberry

from core.contractor_records import actions
from core.contractor_records.models import FACT_NAMES, ContractorFact, ContractorRecord
from core.statements import stated
from resolvers import ids
from resolvers.fields import computed, matching, newest_first
from resolvers.transactions import RequestedAct, act

page = newest_first(ContractorRecord)


@strawberry.input(description="One matter of a contractor's record in a city, as an officer states it (承包单位记录).")
class StateContractorRecordInput:
    enterprise_id: strawberry.ID
    city: str
    fact: ContractorFact
    holds: bool | None = None
    years: int | None = None
    basis: str | None = None
    as_of: date | None = None
    idempotency_key: str | None = None


@act
async def state(act: RequestedAct, input: StateContractorRecordInput) -> ContractorRecord:
    enterprise_id = ids.decode_as(input.enterprise_id, "Enterprise")
    return await actions.state(act, enterprise_id, act.rulesets.of(input.city), stated(input, actions.RecordStatement))


@computed("fact")
def fact_label(root: strawberry.Parent[ContractorRecord]) -> str:
    return FACT_NAMES[ContractorFact(root.fact)]


of_enterprise = matching(ContractorRecord, lambda firm, _: ContractorRecord.applicant_id == firm.id)
