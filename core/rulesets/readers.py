"""What code asks a ruleset for by name, and what waits in rulesets for code to come.

A name that neither code nor another rule reads changes nothing, however carefully it is written: the loader refuses it.
A test compares these lists with the literals of the code.
"""

from collections.abc import Container

ACTS = frozenset(
    {"project", "progress", "quota_application", "cash_payment", "guarantee_order", "guarantee_issue"}
    | {"letter_submission", "wage_deposit_letter", "deposit_use", "filing", "cancellation", "certification"}
    | {"account_reservation"}
)
"""What somebody does: names of ``checks``, and of ``procedures`` where the act is one."""

PRODUCT_LINES = dict.fromkeys(ACTS - {"project", "progress", "certification"}, "wage_deposit")
"""Of which product each procedure is; what is in none of them serves all."""

FORMS = frozenset({"certification", "project", "progress"} | (ACTS - {"filing", "wage_deposit_letter"}))

NOTICES = frozenset({"one_time_code", "deposit_used", "guarantee_expiring"})
"""Sent by the platform itself; the others are named by the procedures."""

FIELDS = frozenset({"entry_value"})
"""Input fields that are no fact of their own: the amount or the ratio, whichever was stated."""

INPUT_NAMES = {
    "application.type": "application_type",
    "enterprise.kind": "organization_kind",
    "guarantee.bank": "institution_ids",
    "guarantee.number": "guarantee_number",
    "reservation.bank": "institution_id",
}
"""Fields of inputs that are not called as the fact's path ends: there it would not be clear what is meant."""


def input_name(path: str) -> str:
    """The input's field for a fact, or for what a check names as its place."""
    return INPUT_NAMES.get(path) or path.rpartition(".")[2]


FACTS_OF = {
    "account_reservation": "reservation",
    "cancellation": "cancellation",
    "cash_payment": "payment",
    "certification": "enterprise",
    "deposit_use": "deposit_use",
    "guarantee_issue": "guarantee",
    "guarantee_order": "guarantee",
    "letter_submission": "guarantee",
    "progress": "project",
    "project": "project",
    "quota_application": "application",
}
"""How the facts begin that an act states in its own input."""


KNOWN_TO = dict.fromkeys(ACTS - {"certification"}, ("project",))
"""How the facts begin that an earlier act stated: whatever is done later is about a project."""


def has_field(path: str, names: Container[str]) -> bool:
    """Whether an input with fields of these names has one for the fact: the city's own facts go among its
    ``city_fields``."""
    return path.rpartition(".")[0] in FACTS_OF.values() and input_name(path) in names


REVIEWS = {
    "certification": ("certification_reviewer", "deadlines.certification_review"),
    "quota_application": ("hrss_officer", "deadlines.quota_review"),
    "account_reservation": ("institution_staff", "deadlines.account_reservation"),
    "cash_payment": ("hrss_officer", "deadlines.cash_payment_review"),
    "guarantee_order": ("institution_staff", "deadlines.issuance"),
    "letter_submission": ("hrss_officer", "deadlines.letter_submission_review"),
    "filing": ("hrss_officer", "deadlines.filing_review"),
    "cancellation": ("hrss_officer", "deadlines.cancellation_review"),
}
"""Whose a submission is to review, and the period meant for it. Nobody else can: it would wait for ever."""

MUST_STAND = {"wage_deposit": {"forms": ("certification", "project", "quota_application"),
                               "procedures": ("certification", "quota_application")}}  # fmt: skip
"""Without these a product line takes empty cases."""

TERMS = frozenset(
    {
        "auth.code.minutes",
        "auth.code.per_day",
        "auth.code.seconds_apart",
        "auth.code.tries",
        "auth.lockout.max_failures",
        "auth.lockout.minutes",
        "auth.login.factors",
        "auth.password.forbidden",
        "auth.password.min_length",
        "auth.password.refuse_common",
        "auth.password.require",
        "alerts.guarantee_expiry_ahead",
        "cancellation.public_notice",
        "cash_deposit.account_reservation",
        "cash_deposit.banks",
        "deadlines.deposit",
        "deadlines.replenishment",
        "deadlines.roll_forward",
        "filing.mode",
        "filing.not_required_for",
        "documents.max_files",
        "documents.max_mb",
        "documents.media_types",
        "guarantee.min_validity",
        "guarantee.offline_product",
        "numbering.certification_prefix",
        "orders.channels",
        "project.completion_must_be_before_today",
        "quota.deferral_max",
        "registration.agreement_required",
        "registration.contact_channels",
        "wage_deposit.cap",
    }
)

AREAS = {
    "bindings": "注册、绑定与认证",
    "insurance_market": "多家比价、保费、承保与索赔",
    "onboarding": "经办机构对接与监督",
    "payment_security": "工程款支付担保",
    "portal": "门户首页与列表",
    "quotas": "定额申请的各种情形",
    "returns": "保证金返还",
    "signing": "电子签章",
    "single_sign_on": "外部统一身份",
    "templates": "出具的文书",
}
"""Areas to come, as ``read_by`` names them. None is left here once its package stands in ``core``."""

ACTS_TO_COME = {"signing": "signing"}
"""Acts to come that are no procedure; a procedure to come says so itself, by its ``read_by``."""
