"""A firm through all states of a project that it entered, of its deposits and of its own session, by every act there is
for somebody signed in."""

from tests.account_reservations import test_account_reservations as reservations
from tests.contractor_records import test_contractor_records as records
from tests.helpers import deposits
from tests.helpers.acts import approve, delete_draft, reject, save_draft, submit_quota, withdraw
from tests.helpers.app import Application
from tests.helpers.people import Person
from tests.identity import test_credentials as credentials
from tests.identity import test_handlers as handlers
from tests.wage_deposits.test_deposit_uses import record
from tests.wage_deposits.test_orders import bank_of


async def act_to_the_end(handler: Person, officer: Person, banker: Person, project_id: str) -> None:
    """From the first quota to the log-out."""
    firm = (await handler.ask("{ me { actingFor { id } } }"))["actingFor"]["id"]
    kept = await save_draft(handler)
    assert (await delete_draft(handler, kept["id"]))["count"] == 1
    await records.state(officer, firm, "CLEAN_YEARS", city="benxi", years=1)
    deferred = {"applicationType": "DEFERRED", "paymentMethod": None, "securedAmount": None}
    later = await deposits.open_deposit(handler, officer, {"name": "缓缴小区"}, **deferred)
    await deposits.state_deferral_end(officer, later)
    applied = await submit_quota(handler, project_id)
    await withdraw(handler, applied["id"], reason="金额填错")
    await submit_quota(handler, project_id)
    await reject(officer, "合同金额与备案不符")
    used = await deposits.secured_deposit(handler, officer, {"name": "丁小区"})
    assert (await record(officer, used))["__typename"] == "DepositUse"
    secured = await deposits.secured_deposit(handler, officer)
    await deposits.file_and_cancel(handler, officer, secured)
    paid = await deposits.open_deposit(handler, officer, {"name": "乙小区"}, **deposits.SAMPLE)
    assert (await deposits.report_cash(handler, paid))["__typename"] == "CashPayment"
    await approve(officer)
    asked = await deposits.open_deposit(handler, officer, {"name": "丙小区"})
    assert (await deposits.apply_to_bank(handler, asked, await bank_of(handler)))["__typename"] == "GuaranteeOrder"
    [review] = await deposits.queue(banker)
    order = review["case"]["id"]
    accepted = {"orderId": order, "accepted": True}
    taken = await banker.act("decideOrder", "DecideOrderInput", "... on GuaranteeOrder { orderState }", **accepted)
    assert taken["orderState"] == "ACCEPTED"
    issued = await deposits.give_back(banker, order, guaranteeNumber="YS-9")
    assert (await deposits.extend(banker, issued["id"]))["__typename"] == "Guarantee"
    [message, *_] = (await handler.ask("{ messages { nodes { id } } }"))["nodes"]
    await handler.act("markMessageRead", "MarkMessageReadInput", "... on Message { id }", messageId=message["id"])
    [membership] = (await handler.ask("{ me { memberships { id } } }"))["memberships"]
    await handler.act("actFor", "ActForInput", "... on Membership { id }", membershipId=membership["id"])
    await handler.ask("mutation { logOut { ... on Done { count } } }")


async def reserve_an_account(app: Application, handler: Person, banker: Person) -> None:
    """In Xiamen, where cash begins with it."""
    officer = await app.officer(records.XIAMEN)
    _, deposit = await reservations.declared(handler, officer)
    booked = await reservations.reserve(handler, deposit, await bank_of(handler))
    assert booked["__typename"] == "AccountReservation", booked
    await approve(banker)


async def come_and_go(app: Application, first: Person) -> None:
    """A second handler, who changes all that he signs in with."""
    second = await app.person()
    await handlers.invite(first, second.mobile)
    await handlers.withdraw(first, second.mobile)
    await handlers.invite(first, second.mobile)
    await handlers.accept(second, await handlers.firm_of(first))
    assert (await handlers.end(second, await handlers.member_of(second)))["__typename"] == "Done"
    for what, address in (("Mobile", "13712345678"), ("Email", "li@example.cn")):
        sent = await credentials.code_to(app, address, f"CHANGE_{what.upper()}")
        changed = await credentials.change(second, what, **{what.lower(): address}, **sent)
        assert changed["__typename"] == "Account"
    changed = await credentials.change(second, "Password", newPassword=credentials.NEW_PASSWORD)
    assert changed["__typename"] == "Account"
    sent = await credentials.code_to(app, "13712345678", "RESET_PASSWORD")
    assert (await credentials.reset(app, "13712345678", **sent))["__typename"] == "Done"
