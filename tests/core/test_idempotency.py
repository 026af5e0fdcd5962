"""The same request twice has one effect, however often, however fast, and whoever else uses the same key."""

import asyncio
from datetime import date
from decimal import Decimal

import pytest
import strawberry
from sqlalchemy import func, select

from core.actor import Role
from core.audit.models import AuditEntry
from core.documents.models import Document
from core.idempotency import IdempotencyKey
from core.identity import actions as identity
from core.identity.models import Account, Enterprise
from core.projects.models import Project
from core.reviews.models import Review
from core.wage_deposits.models import PaymentMethod
from resolvers.inputs import plain
from tests.helpers.acts import PROJECT, enter_project, submit_certification, submit_quota
from tests.helpers.app import Application
from tests.helpers.people import PDF, Person
from tests.helpers.platform import platform_act

KEPT = "... on Project { id number state name contractAmount createdAt }"


async def enter(handler: Person, key: str | None, **fields):
    return await handler.act(
        "enterProject", "ProjectInput", KEPT, city="benxi", fields={**PROJECT, **fields}, idempotencyKey=key
    )


async def count(app: Application, model) -> int:
    async with app.services.db.read_everything() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_a_request_sent_ten_times_at_once_has_one_effect_and_ten_equal_answers(app: Application):
    handler = await app.handler()
    before = await count(app, AuditEntry)
    answers = await asyncio.gather(*(enter(handler, "once") for _ in range(10)))
    assert answers[0]["__typename"] == "Project"
    assert all(answer == answers[0] for answer in answers)
    assert await count(app, Project) == 1
    assert await count(app, AuditEntry) == before + 1
    assert await enter(handler, "once") == answers[0]
    assert (await enter(handler, "twice"))["id"] != answers[0]["id"]


async def test_without_a_key_every_request_is_a_new_one(app: Application):
    handler = await app.handler()
    first, second = await enter(handler, None), await enter(handler, None)
    assert first["id"] != second["id"]


async def test_a_key_that_stood_for_another_request_is_refused(app: Application):
    handler = await app.handler()
    await enter(handler, "k")
    for other in ({"name": "另一项目"}, {"contractAmount": "20000000.01"}, {"owner": None}):
        refused = await enter(handler, "k", **other)
        assert (refused["__typename"], refused["code"], refused["path"]) == ("Conflict", "CONFLICT", ["idempotencyKey"])
        assert "k" in refused["message"]
    draft = await handler.act(
        "saveProjectDraft", "ProjectInput", KEPT, city="benxi", fields=PROJECT, idempotencyKey="k"
    )
    assert draft["code"] == "CONFLICT"
    assert await count(app, Project) == 1


async def test_the_same_amount_written_otherwise_is_the_same_request(app: Application):
    handler = await app.handler()
    first = await enter(handler, "k", contractAmount="20000000")
    assert await enter(handler, "k", contractAmount="20000000.00") == first


@pytest.mark.parametrize("key", ["", "k" * 201])
async def test_a_key_that_is_empty_or_too_long_is_refused(app: Application, key: str):
    refused = await enter(await app.handler(), key)
    assert (refused["code"], refused["path"]) == ("BAD_USER_INPUT", ["idempotencyKey"])
    assert "1 到 200" in refused["message"]


async def test_another_users_equal_key_is_independent(app: Application):
    first, second = await app.handler(seed=1), await app.handler(seed=2, name="另一建筑有限公司")
    mine, yours = await asyncio.gather(enter(first, "k"), enter(second, "k"))
    assert mine["__typename"] == yours["__typename"] == "Project"
    assert mine["id"] != yours["id"]


async def test_a_refused_act_leaves_the_key_free(app: Application):
    handler = await app.handler()
    refused = await enter(handler, "k", name=None)
    assert refused["code"] == "RULES_VIOLATED"
    assert await count(app, IdempotencyKey) == 0
    assert (await enter(handler, "k"))["__typename"] == "Project"


@pytest.mark.unregistered
async def test_a_first_certification_is_repeated_although_the_session_acts_for_the_enterprise_since(app: Application):
    handler = await app.person()
    files = await handler.materials("qualification_certificate")
    stated = {"materials": files, "idempotencyKey": "k"}
    answers = await asyncio.gather(*(submit_certification(handler, **stated) for _ in range(3)))
    answers.append(await submit_certification(handler, **stated))
    assert answers[0]["__typename"] == "Certification"
    assert all(answer == answers[0] for answer in answers)
    assert await count(app, Review) == 1


async def test_who_no_longer_acts_for_the_enterprise_does_not_get_its_result_again(app: Application):
    handler = await app.handler()
    await enter(handler, "k")
    async with app.services.db.write() as session:
        account = (await session.scalars(select(Account).where(Account.mobile == handler.mobile))).one()
        other = Enterprise(name="另一建筑有限公司", uscc="91210500MA00000009")
        session.add(other)
        await session.flush()
        act = platform_act(session, at=account.registered_at)
        membership = await identity.add_member(act, account, other, Role.HANDLER)
    [_, elsewhere] = (await handler.ask("{ me { memberships { id organization { name } } } }"))["memberships"]
    moved = await handler.act("actFor", "ActForInput", "... on Membership { id }", membershipId=elsewhere["id"])
    assert moved["id"] == elsewhere["id"], (moved, membership.id)
    assert (await enter(handler, "k"))["code"] == "CONFLICT"


async def test_a_correction_and_a_decision_are_done_once_too(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler)
    applied = await asyncio.gather(*(submit_quota(handler, project["id"], idempotencyKey="q") for _ in range(4)))
    assert {answer["__typename"] for answer in applied} == {"QuotaApplication"}
    assert len({answer["id"] for answer in applied}) == 1
    [waiting] = (await officer.ask("{ reviewQueue { nodes { id } } }"))["nodes"]
    selection = "... on Review { outcome decidedAt case { id state } }"
    decide = {"reviewId": waiting["id"], "reason": "金额有误", "idempotencyKey": "r"}
    decided = await asyncio.gather(
        *(officer.act("rejectReview", "RejectReviewInput", selection, **decide) for _ in range(4))
    )
    assert decided[0]["outcome"] == "REJECTED"
    assert all(answer == decided[0] for answer in decided)
    again = await officer.act("rejectReview", "RejectReviewInput", selection, **{**decide, "idempotencyKey": None})
    assert again["code"] == "CONFLICT"


@pytest.mark.unregistered
async def test_a_file_uploaded_twice_with_one_key_is_kept_once(app: Application, tmp_path):
    person = await app.person()
    first, second = [await person.upload(idempotencyKey="f") for _ in range(2)]
    assert first == second
    assert await count(app, Document) == 1
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 1
    assert (await person.upload(PDF + b" ", idempotencyKey="f"))["code"] == "CONFLICT"
    assert (await person.upload(name="别的.pdf", idempotencyKey="f"))["code"] == "CONFLICT"
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 1


def test_an_input_has_one_text_for_its_key():
    import schema.root  # noqa: F401 -- names the enumerations before an input does
    from resolvers.projects import ProjectFields
    from resolvers.wage_deposits import QuotaFields

    fields = ProjectFields(name=None, contract_amount=Decimal("2600000.00"), planned_start=date(2026, 1, 2))
    assert plain(fields) == {"name": None, "contract_amount": "2600000", "planned_start": "2026-01-02"}
    quota = plain(QuotaFields(payment_method=PaymentMethod.CASH, entry_ratio=Decimal("0.130")))
    assert (quota["payment_method"], quota["entry_ratio"], quota["handler"]) == ("CASH", "0.13", None)
    assert plain([True, 1, "1", None]) == [True, 1, "1", None]
    assert plain(ProjectFields(name="")) != plain(ProjectFields(name=strawberry.UNSET))
    with pytest.raises(TypeError, match="bytes"):
        plain(b"")
