"""Putting a deposit on record as it is secured, where the city asks for no application (``filing.mode``).

Xiamen's guide speaks of a letter's issuance only (XM-21); that cash is put on record at its approval is an open
question (A-XM-11), and the city's interpretation says so. What the bureau receives is the filing, in its list; a
voucher as a paper (电子缴交凭证) comes with the documents that are issued.
"""

from core.act import Act
from core.audit import trail
from core.reviews.models import CaseState
from core.wage_deposits.actions import cases
from core.wage_deposits.models import Filing, FilingStatus, WageDeposit

KIND = "automatic"
MODE = "filing.mode"
NOT_REQUIRED = "filing.not_required_for"


async def file(act: Act, deposit: WageDeposit) -> None:
    """The deposit, which is locked and was secured just now, is on record where its rules say so by itself."""
    ruleset = await act.rules(deposit.ruleset_version_id)
    if deposit.application_type in (ruleset.value_or_none(NOT_REQUIRED, act.on) or ()):
        deposit.filing_status = FilingStatus.NOT_REQUIRED
        return
    if ruleset.value_or_none(MODE, act.on) != "automatic":
        return
    begun = {**cases.begin(act, deposit), "state": CaseState.APPROVED}
    once = {"submitted_at": act.at, "decided_at": act.at, "round": 0, "revision": 1}
    filing = Filing(id=await act.new_id(Filing), **begun, kind=KIND, **once)
    act.insert(filing)
    deposit.filing_status, deposit.filed_at = FilingStatus.FILED, act.at
    after = {"filing_status": deposit.filing_status, "filing": filing.id}
    trail.record(act, "wage_deposit.file_automatically", deposit, after=after, ruleset_digest=ruleset.ref.digest)
