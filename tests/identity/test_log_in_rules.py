"""By which city's rules somebody signs in: his own cities', whichever he names; and that the national base is none."""

from typing import Any

import pytest

from core.actor import Role
from core.rulesets.ruleset import Ruleset
from tests.helpers.app import BENXI_OFFICE, Application
from tests.helpers.people import PASSWORD
from tests.identity.test_credentials import NEW_PASSWORD
from tests.identity.test_identity import log_in

STRICT = {
    "auth.login.factors": ["mobile", "password", "sms_code"],
    "auth.lockout.max_failures": 3,
    "auth.password.min_length": 14,
}
LAX = {
    "auth.login.factors": ["mobile", "password"],
    "auth.lockout.max_failures": 5,
    "auth.password.min_length": 8,
}


@pytest.fixture
def strict_benxi(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if Benxi asked for more than all others."""
    value = Ruleset.value

    def stricter(rules: Ruleset, path: str, on: Any) -> Any:
        return (STRICT if rules.city == "benxi" else LAX).get(path) or value(rules, path, on)

    monkeypatch.setattr(Ruleset, "value", stricter)


async def change_password(person: Any, new: str) -> dict[str, Any]:
    stated = {"city": "xiamen", "password": PASSWORD, "newPassword": new}
    return await person.act("changePassword", "ChangePasswordInput", "... on Account { id }", **stated)


@pytest.mark.usefixtures("strict_benxi")
@pytest.mark.parametrize("office", [True, False], ids=["officer", "handler"])
async def test_an_easier_city_is_not_the_client_s_choice(app: Application, office: bool):
    person = await app.staff(Role.HRSS_OFFICER, BENXI_OFFICE) if office else await app.handler()
    easier = {"city": "xiamen", "mobile": person.mobile}
    wrong = await app.stranger.act(
        "logIn", "LogInInput", "... on CredentialsWrong { triesLeft }", **easier, password="Wrong1!!"
    )
    assert wrong["triesLeft"] == 2
    assert (await log_in(app, **easier))["__typename"] == "CredentialsWrong"  # without a code
    weak = await change_password(person, NEW_PASSWORD)
    assert [violation["message"] for violation in weak["violations"]] == ["密码至少 14 个字符。"]


@pytest.mark.usefixtures("strict_benxi")
async def test_who_has_no_powers_signs_in_by_the_city_that_he_names(app: Application):
    person = await app.person()
    assert (await log_in(app, city="xiamen", mobile=person.mobile))["__typename"] == "SignedIn"
    assert (await change_password(person, NEW_PASSWORD))["__typename"] == "Account"


async def test_the_national_base_is_no_city(app: Application):
    handler = await app.handler()
    sent = {"purpose": "LOG_IN", "channel": "SMS", "address": handler.mobile}
    code = {"codeRequest": "none", "code": "000000"}
    new = {"mobile": "13712345679", "name": "张三", "agreementAccepted": True}
    acts = {
        "requestCode": ("RequestCodeInput", sent),
        "logIn": ("LogInInput", {"mobile": handler.mobile, "password": PASSWORD}),
        "register": ("RegisterInput", {**new, "password": PASSWORD, **code}),
        "resetPassword": ("ResetPasswordInput", {"mobile": handler.mobile, "newPassword": NEW_PASSWORD, **code}),
        "saveProjectDraft": ("ProjectInput", {"fields": {"name": "演示"}}),
        "submitCertification": ("SubmitCertificationInput", {}),
    }
    for name, (input, stated) in acts.items():
        refused = await handler.act(name, input, "", city="national", **stated)
        assert (refused["__typename"], refused["message"]) == ("NotFound", "没有找到城市规则“national”。"), name
    assert (await handler.upload(city="national"))["__typename"] == "NotFound"
    read = await handler.ask('{ ruleset(city: "national") { city } }')
    assert read == {"city": "national"}  # everybody may read it
