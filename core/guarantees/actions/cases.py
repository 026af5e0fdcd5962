"""A case by which a guarantee comes: how it begins, and who made what it is about."""

from collections.abc import Collection
from typing import Any, get_args

from core.access import Concerning
from core.act import Act
from core.guarantees import secured
from core.guarantees.secured import GuaranteeCase, Subject
from core.reviews import actions as reviews
from core.reviews.models import CaseState


def begin(act: Act, subject: Subject, subject_type: str) -> dict[str, Any]:
    """The columns every case about the subject begins with. It goes on under the subject's rules."""
    return {
        **Concerning.like(subject),
        "ruleset_version_id": subject.ruleset_version_id,
        "subject_type": subject_type,
        "subject_id": subject.id,
        "state": CaseState.DRAFT,
        "created_at": act.at,
        "created_by_id": act.actor.account_id,
    }


async def _authors(case: GuaranteeCase, act: Act) -> Collection[int]:
    required = await secured.required(await secured.subject_of(act, case), act)
    return {case.created_by_id, *required.authors}


for _kind in get_args(GuaranteeCase):
    reviews.authors_of_case.register(_kind, _authors)
