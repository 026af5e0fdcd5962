"""Which act takes a city's form, and where in its input each field of the form is: a form is drawn, and its refusals
are placed, with no table in the client."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_type_hints

from strawberry.utils.str_converters import to_camel_case

from core.rulesets.language.format import FormField
from core.rulesets.readers import has_field, input_name
from resolvers.account_reservations import ReserveAccountInput
from resolvers.cancellations import SubmitCancellationInput
from resolvers.certifications import SubmitCertificationInput
from resolvers.deposit_uses import RecordDepositUseInput
from resolvers.filings import SubmitFilingInput
from resolvers.guarantees import IssueGuaranteeInput, OrderGuaranteesInput, SubmitLetterInput
from resolvers.inputs import names_in, path_of, place_in, place_of_fact
from resolvers.payments import ReportCashPaymentInput
from resolvers.projects import ProjectInput, ReportProgressInput
from resolvers.wage_deposits import SubmitQuotaApplicationInput

INPUTS: Mapping[str, tuple[str, type[Any]]] = {
    "account_reservation": ("reserve_account", ReserveAccountInput),
    "cancellation": ("submit_cancellation", SubmitCancellationInput),
    "cash_payment": ("report_cash_payment", ReportCashPaymentInput),
    "certification": ("submit_certification", SubmitCertificationInput),
    "deposit_use": ("record_deposit_use", RecordDepositUseInput),
    "filing": ("submit_filing", SubmitFilingInput),
    "guarantee_issue": ("issue_guarantee", IssueGuaranteeInput),
    "guarantee_order": ("order_guarantees", OrderGuaranteesInput),
    "letter_submission": ("submit_letter", SubmitLetterInput),
    "progress": ("report_progress", ReportProgressInput),
    "project": ("enter_project", ProjectInput),
    "quota_application": ("submit_quota_application", SubmitQuotaApplicationInput),
}
"""By the procedure, or by the form that belongs to none: the mutation, and what it takes."""


@dataclass(frozen=True)
class FormOption:
    """An option of a choice: its code, what people read, and how the input has it, by the name of an enumeration's
    value where the field has one."""

    code: str
    label: str
    value: str


def mutation_of(act: str) -> str | None:
    """The mutation that takes the form; None while it is still to come."""
    return to_camel_case(INPUTS[act][0]) if act in INPUTS else None


def place_of_field(act: str, item: FormField) -> list[str] | None:
    """None where nobody fills it in, and while the act is still to come."""
    if act not in INPUTS or item.need == "derived":
        return None
    place = place_of_fact(INPUTS[act][1], item.code)
    return path_of(place) if place else None


def options_of_field(act: str, item: FormField) -> Sequence[FormOption] | None:
    if item.options is None:
        return None
    enumeration = _enumeration(act, item)
    values = {str(member.value): member.name for member in enumeration} if enumeration else {}
    return [FormOption(code, label, values.get(code, code)) for code, label in item.options.items()]


def _enumeration(act: str, item: FormField) -> type[Enum] | None:
    """What the input's field takes, where it takes one of a closed list."""
    if act not in INPUTS:
        return None
    kind: Any = INPUTS[act][1]
    if not has_field(item.code, names_in(kind)):
        return None
    for name in place_in(kind, input_name(item.code)) or ():
        hint = get_type_hints(kind)[name]
        kind = next(one for one in get_args(hint) or (hint,) if one is not NoneType)
    return kind if isinstance(kind, type) and issubclass(kind, Enum) else None
