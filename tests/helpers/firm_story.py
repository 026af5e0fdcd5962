"""An enterprise with a project through its states, everybody who might look, and who of them sees what."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLObjectType
from sqlalchemy import select

from core.access import Concerning
from core.account_reservations.models import AccountReservation
from core.actor import Role
from core.guarantees import expiry
from core.identity.models import Account, Institution, Organization
from core.reviews.models import CaseState
from core.wage_deposits.models import WageDeposit
from resolvers import ids
from schema.root import schema as api
from tests.helpers.acts import approve, enter_project, reject, submit_quota
from tests.helpers.app import BENXI_HOUSING, Application
from tests.helpers.people import Person
from tests.helpers.platform import platform_acts

TYPES = api._schema.type_map
NODES = {
    name: type
    for name, type in TYPES.items()
    if isinstance(type, GraphQLObjectType) and "Node" in [one.name for one in type.interfaces]
}
SUPERVISED = {"handler", "officer", "industry officer"}
CERTIFIED = {"handler", "reviewer"}
ALONE = {"handler"}
SHARED = {"Enterprise", "Institution", "Authority", "Operator"}


def who_sees(kind: str, row: Any) -> set[str]:
    """Who sees a row that is about the enterprise of ``handler``."""
    about = {
        "Review": lambda: row.subject_type,
        "Document": lambda: row.subject_type or "Account",
        "AuditEntry": lambda: "Account" if row.act == "document.upload" else row.subject_type,
    }.get(kind, lambda: kind)()
    if about == "Certification":
        return CERTIFIED
    if about == "ContractorRecord":
        return {"handler", "officer"}
    return ALONE if about in ("Account", "Membership", "Message") else SUPERVISED


class FirmStory:
    """An enterprise with a project through all its states, and everybody who might look."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.people: dict[str, Person] = {}
        self.rows: dict[str, dict[str, Any]] = defaultdict(dict)
        """What is about the enterprise, by type and global id."""

    async def build(self) -> None:
        app, people = self.app, self.people
        handler = people["handler"] = await app.handler()
        officer = people["officer"] = await app.officer()
        people["reviewer"] = await app.reviewer()
        people["industry officer"] = await app.staff(Role.INDUSTRY_OFFICER, BENXI_HOUSING)
        people["rival"] = await app.handler(seed=2, name="另一建筑有限公司")
        people["officer elsewhere"] = await app.officer("辽宁省沈阳市人力资源和社会保障局")
        people["industry officer elsewhere"] = await app.staff(Role.INDUSTRY_OFFICER, "辽宁省沈阳市城乡建设局")
        people["administrator"] = await app.staff(Role.ADMINISTRATOR, "")
        people["nobody's"] = await app.person()
        people["stranger"] = app.stranger

        firm = (await handler.ask("{ me { actingFor { id } } }"))["actingFor"]["id"]
        clean = {"fact": "CLEAN_YEARS", "years": 1, "basis": "检查记录", "asOf": "2026-11-01"}
        record = {"enterpriseId": firm, "city": "benxi", **clean}
        await officer.act(
            "stateContractorRecord", "StateContractorRecordInput", "... on ContractorRecord { id }", **record
        )
        project = await enter_project(handler)
        applied = await submit_quota(handler, project["id"])
        await reject(officer, "请更正")
        await submit_quota(handler, project["id"], correcting=applied["id"])
        await approve(officer)
        nested = "query ($id: ID!) { node(id: $id) { ... on Project { wageDeposits { id } } } }"
        [deposit] = (await handler.ask(nested, id=project["id"]))["wageDeposits"]
        await handler.act(
            "submitLetter",
            "SubmitLetterInput",
            "... on LetterSubmission { id }",
            subjectId=deposit["id"],
            **LETTER,
            materials=await handler.materials("guarantee_letter"),
        )
        await approve(officer)
        filed = {"wageDepositId": deposit["id"]}
        await handler.act("submitFiling", "SubmitFilingInput", "... on Filing { id }", **filed)
        a_year_later = platform_acts(app.services, datetime(2027, 11, 1, tzinfo=UTC))  # though the works go on
        assert await expiry.warn_of_all(a_year_later) == 1
        self.project, self.deposit = project["id"], deposit["id"]
        await self._reserve_account()
        await self._read_rows()

    async def _reserve_account(self) -> None:
        """As if the city had accounts booked online: Xiamen's, where nobody of these looks, has."""
        _, id = ids.decode(self.deposit)
        async with self.app.services.db.write() as session:
            deposit = await session.get_one(WageDeposit, id)
            bank = await session.scalar(select(Institution.id).limit(1))
            mine = select(Account.id).where(Account.mobile == self.people["handler"].mobile)
            account = (await session.scalars(mine)).one()
            session.add(
                AccountReservation(
                    **{**Concerning.like(deposit), "office_id": bank},
                    ruleset_version_id=deposit.ruleset_version_id,
                    state=CaseState.REJECTED,
                    created_at=deposit.created_at,
                    created_by_id=account,
                    wage_deposit_id=id,
                    supervising_office_id=deposit.office_id,
                    project_name="演示住宅小区一期",
                    amount_due=deposit.amount_due,
                    contact=deposit.handler,
                    mobile=deposit.handler_phone,
                )
            )

    async def _read_rows(self) -> None:
        async with self.app.services.db.read_everything() as session:
            account = (
                await session.scalars(select(Account).where(Account.mobile == self.people["handler"].mobile))
            ).one()
            firm = (await session.scalars(select(Organization).where(Organization.name == "演示建筑有限公司"))).one()
            for kind in set(NODES) - SHARED:
                model = api.get_type_by_name(kind).origin.represents
                for row in await session.scalars(select(model)):
                    owner = account.id if hasattr(row, "account_id") and not hasattr(row, "applicant_id") else firm.id
                    mine = getattr(row, "applicant_id", getattr(row, "account_id", None)) == owner
                    if mine or (kind == "Account" and row.id == account.id):
                        self.rows[kind][ids.encode(kind, row.id)] = row

    def seen_by(self, name: str, kind: str) -> set[str]:
        return {id for id, row in self.rows[kind].items() if name in who_sees(kind, row)}

    @property
    def every(self) -> set[str]:
        return {id for rows in self.rows.values() for id in rows}


LETTER = {
    "kind": "bank_guarantee",
    "contact": "张三",
    "mobile": "13455554444",
    "bankBrand": "演示银行",
    "issuer": "演示银行本溪分行",
    "guaranteeNumber": "YS-2026-0001",
    "amount": "600000.00",
    "fee": "3000.00",
    "issuedOn": "2026-11-20",
    "startsOn": "2026-11-21",
    "endsOn": "2027-11-20",
}
