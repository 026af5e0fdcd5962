"""The shortest ways to where a test begins, each through the API."""

from typing import Any

from bench import forms
from core import uscc
from tests.helpers.people import Person


async def submit_certification(handler: Person, seed: int = 1, **fields: Any) -> dict[str, Any]:
    """Apply for certification with everything that Benxi asks for."""
    stated = {
        "city": "benxi",
        "name": "演示建筑有限公司",
        "uscc": uscc.make(seed),
        "organizationKind": "contractor",
        "qualification": "special",
        "registeredArea": "本溪市",
        "contact": "张三",
        **fields,
    }
    stated.setdefault("materials", await handler.materials("qualification_certificate"))
    selection = "... on Certification { id number state reason enterprise { id name certified } rivals { id } }"
    return await handler.act("submitCertification", "SubmitCertificationInput", selection, **stated)


PROJECT = {**forms.PROJECT, "name": "演示住宅小区一期"}


async def enter_project(handler: Person, **fields: Any) -> dict[str, Any]:
    selection = "... on Project { id number state durationDays industryAuthority { name } hrssOffice { name } }"
    project = await handler.act("enterProject", "ProjectInput", selection, city="benxi", fields={**PROJECT, **fields})
    assert project["__typename"] == "Project", project
    return project


async def save_draft(handler: Person, **fields: Any) -> dict[str, Any]:
    stated = {"city": "benxi", "fields": {**PROJECT, **fields}}
    return await handler.act("saveProjectDraft", "ProjectInput", "... on Project { id state revision }", **stated)


async def delete_draft(handler: Person, draft_id: str, **input: Any) -> dict[str, Any]:
    return await handler.act("deleteDraft", "DeleteDraftInput", "... on Done { count }", draftId=draft_id, **input)


QUOTA = forms.QUOTA


async def submit_quota(handler: Person, project_id: str, /, **quota: Any) -> dict[str, Any]:
    extra = {key: quota.pop(key) for key in ("materials", "correcting", "idempotencyKey") if key in quota}
    selection = "... on QuotaApplication { id state requestedAmount batchNumber project { id } }"
    stated = {key: value for key, value in {**QUOTA, **quota}.items() if value is not None}
    return await handler.act(
        "submitQuotaApplication",
        "SubmitQuotaApplicationInput",
        selection,
        projectId=project_id,
        quota=stated,
        **extra,
    )


async def withdraw(person: Person, case_id: str, **input: Any) -> dict[str, Any]:
    selection = "... on Review { id outcome reason reviewer case { id state } }"
    return await person.act("withdraw", "WithdrawInput", selection, caseId=case_id, **input)


QUEUE = "{ reviewQueue { nodes { id procedure title dueOn } } }"


async def approve(reviewer: Person, **input: Any) -> dict[str, Any]:
    """Approve the most urgent review of the reviewer's queue."""
    [waiting, *_] = (await reviewer.ask(QUEUE))["nodes"]
    selection = "... on Review { id outcome decidedAt case { id state } }"
    return await reviewer.act("approveReview", "ApproveReviewInput", selection, reviewId=waiting["id"], **input)


async def reject(reviewer: Person, reason: str) -> dict[str, Any]:
    """Send the most urgent review of the reviewer's queue back."""
    [waiting, *_] = (await reviewer.ask(QUEUE))["nodes"]
    selection = "... on Review { id outcome reason case { id state reason } }"
    return await reviewer.act("rejectReview", "RejectReviewInput", selection, reviewId=waiting["id"], reason=reason)
