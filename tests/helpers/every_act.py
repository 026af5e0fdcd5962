"""A firm through all states of a project that it entered, of its deposits and of its own session, by every act there is
for somebody signed in."""

from tests.helpers import deposits
from tests.helpers.acts import approve, reject, submit_quota
from tests.helpers.people import Person
from tests.wage_deposits.test_bank_guarantee import bank_of
from tests.wage_deposits.test_deposit_uses import record


async def act_to_the_end(handler: Person, officer: Person, banker: Person, project_id: str) -> None:
    """From the first quota to the log-out."""
    await submit_quota(handler, project_id)
    await reject(officer, "合同金额与备案不符")
    secured = await deposits.secured_deposit(handler, officer)
    assert (await record(officer, secured))["__typename"] == "DepositUse"
    await deposits.file_and_cancel(handler, officer, secured)
    paid = await deposits.open_deposit(handler, officer, {"name": "乙小区"}, **deposits.SAMPLE)
    assert (await deposits.report_cash(handler, paid))["__typename"] == "CashPayment"
    await approve(officer)
    asked = await deposits.open_deposit(handler, officer, {"name": "丙小区"})
    assert (await deposits.apply_to_bank(handler, asked, await bank_of(handler)))["__typename"] == "BankGuarantee"
    [review] = await deposits.queue(banker)
    assert (await deposits.give_back(banker, review["id"]))["__typename"] == "BankGuarantee"
    [membership] = (await handler.ask("{ me { memberships { id } } }"))["memberships"]
    await handler.act("actFor", "ActForInput", "... on Membership { id }", membershipId=membership["id"])
    await handler.ask("mutation { logOut { ... on Done { count } } }")
