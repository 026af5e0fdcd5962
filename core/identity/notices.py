"""What the platform itself tells a person about his account: no city's rules say these, for accounts belong to none."""

from collections.abc import Mapping
from typing import NamedTuple

from core.act import Act
from core.identity import recipients
from core.identity.models import Account
from core.notifications import outbox


class Notice(NamedTuple):
    subject: str
    body: str


_NOTICES: Mapping[str, Notice] = {
    "password_changed": Notice(
        "密码已修改", "您的账户密码已修改，其他设备上的登录已全部退出。如非本人操作，请立即重置密码。"
    ),
    "mobile_changed": Notice("登录手机号已更换", "您的账户登录手机号已更换为 {mobile}。如非本人操作，请立即联系平台。"),
    "email_changed": Notice("电子邮箱已更换", "您的账户电子邮箱已更换为 {email}。如非本人操作，请立即联系平台。"),
    "number_lost": Notice(
        "登录手机号已失效",
        "您的账户登记的手机号从未经短信验证，现已由该号码的持有人验证并使用，您的账户不能再登录。"
        "请用本人的手机号重新注册。",
    ),
    "number_stated": Notice(
        "有人以您的手机号注册",
        "有人以您的手机号申请注册。您已有账户，请直接登录；忘记密码的，请重置密码。如非本人操作，请忽略。",
    ),
    "handler_invited": Notice(
        "邀请担任企业经办人",
        "“{enterprise}”邀请您担任企业经办人，{days} 天内有效。请用本手机号注册或登录后接受；如不认识该企业，请忽略。",
    ),
    "handler_joined": Notice("新增企业经办人", "{name}已接受邀请，担任“{enterprise}”的企业经办人。"),
    "membership_ended": Notice("身份已终止", "您不再担任“{organization}”的{role}，如有疑问请联系该单位或平台。"),
}


def tell(act: Act, notice: str, addresses: Mapping[str, str | None], account_id: int | None, **facts: str) -> None:
    """The notice over every channel that has an address."""
    told, reached = _NOTICES[notice], {channel: address for channel, address in addresses.items() if address}
    if reached:
        body = f"【安薪】{told.body.format(**facts)}"
        outbox.write(
            act,
            notice=notice,
            addresses=reached,
            subject=told.subject,
            body=body,
            parameters=facts,
            account_id=account_id,
        )


def tell_account(act: Act, notice: str, account: Account, **facts: str) -> None:
    """At all addresses that the account has at the moment."""
    tell(act, notice, {"sms": account.mobile, "email": account.email}, account.id, **facts)


async def tell_member(act: Act, notice: str, account_id: int, **facts: str) -> None:
    """An account that the act has not read."""
    told = await recipients.find(act.session, account_id)
    tell(act, notice, told.addresses, told.account_id, **facts)
