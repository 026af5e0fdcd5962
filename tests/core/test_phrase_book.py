"""Everything the platform says when it refuses, line by line in both languages; and how it sounds through the API."""

import ast
import re
import string
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import core
from core.account_reservations.models import AccountReservation
from core.actor import CHINA, Role
from core.certifications.models import Certification
from core.decisions import Violation
from core.errors import (
    AccountLocked,
    CredentialsWrong,
    DomainError,
    Duplicate,
    InvalidInput,
    KeyReused,
    NotAllowed,
    NotApplicable,
    NotConfiguredHere,
    NotFound,
    Outdated,
    RateLimited,
    RulesViolated,
    Unauthenticated,
    WrongState,
)
from core.files import ArchiveTooLarge, FileTooLarge, FileTypeRefused, PictureTooLarge
from core.guarantees.models import GuaranteeOrder, LetterSubmission
from core.messages import SENTENCES, Message
from core.messages.glossary import ACTS, CHANNELS, CHARACTERS, METHODS, PROCEDURES, ROLES, STATES, TYPES
from core.projects.models import ProjectState
from core.reviews.models import CaseState
from core.wage_deposits.channels import Channel
from core.wage_deposits.models import (
    Cancellation,
    CashPayment,
    DepositState,
    Filing,
    QuotaApplication,
)
from plugins import cities
from tests.helpers import deposits
from tests.helpers.acts import approve, enter_project, submit_certification, submit_quota
from tests.helpers.app import Application
from tests.helpers.people import PASSWORD, Person

LETTER_ENDS, OPENED = date(2026, 11, 1), datetime(2026, 11, 28, 14, 30, tzinfo=CHINA)
PDF_OR_PNG = frozenset({"application/pdf", "image/png"})
NAMED = {"label": "经理电话", "field": "manager_phone"}
LICENCE = {"name": "营业执照", "code": "business_licence"}
TOO_COMPLEX = "The query is too complex: "


def stuck(kind: str, state: str, act: str) -> WrongState:
    return WrongState(kind, "42", state, act)


# fmt: off
PHRASES: list[tuple[DomainError | Message, str, str]] = [
    # Who may.
    (Unauthenticated(),
     "请先登录。",
     "Sign in first."),
    (NotAllowed("enter_project", Role.HANDLER),
     "您当前的身份不能新建工程，须由企业经办人办理。",
     "Your role does not allow you to enter a project; that takes the role “handler of an enterprise”."),
    (NotAllowed("enter_project", Role.HANDLER, "alone"),
     "您尚未代表任何企业，请先完成企业认证，认证通过后方可新建工程。",
     "You act for no enterprise yet: have one certified, then you can enter a project."),
    (NotAllowed("apply_for_quota", Role.HANDLER),
     "您当前的身份不能申请定额，须由企业经办人办理。",
     "Your role does not allow you to apply for a quota; that takes the role “handler of an enterprise”."),
    (NotAllowed("report_progress", Role.HANDLER),
     "您当前的身份不能填报工程进度，须由企业经办人办理。",
     "Your role does not allow you to report the progress of a project; "
     "that takes the role “handler of an enterprise”."),
    (NotAllowed("report_progress", Role.HANDLER, "another's"),
     "该项目由录入它的企业办理，您可以查看，不能填报工程进度。",
     "The enterprise that entered this project is in charge of it: you can look at it, "
     "and cannot report the progress of a project."),
    (NotAllowed("withdraw", Role.HANDLER),
     "您当前的身份不能撤回，须由企业经办人办理。",
     "Your role does not allow you to withdraw it; that takes the role “handler of an enterprise”."),
    (NotAllowed("handle_deposit", Role.HANDLER),
     "您当前的身份不能办理工资保证金，须由企业经办人办理。",
     "Your role does not allow you to handle a wage deposit; that takes the role “handler of an enterprise”."),
    (NotAllowed("record_deposit_use", Role.HRSS_OFFICER),
     "您当前的身份不能登记保证金动用，须由人社部门经办人员办理。",
     "Your role does not allow you to record the use of a deposit; that takes the role “HRSS officer”."),
    (NotAllowed("issue_guarantee", Role.INSTITUTION_STAFF),
     "您当前的身份不能开立保函，须由金融机构经办人员办理。",
     "Your role does not allow you to issue a guarantee; that takes the role “financial institution's staff”."),
    (NotAllowed("decide_order", Role.INSTITUTION_STAFF),
     "您当前的身份不能受理保函申请，须由金融机构经办人员办理。",
     "Your role does not allow you to decide on an order; that takes the role “financial institution's staff”."),
    (NotAllowed("state_deferral_end", Role.HRSS_OFFICER),
     "您当前的身份不能登记缓缴的期限，须由人社部门经办人员办理。",
     "Your role does not allow you to state the end of a deferral; that takes the role “HRSS officer”."),
    (NotAllowed("state_deferral_end", Role.HRSS_OFFICER, "own"),
     "您是本事项的提交人、创建人，或代表其申请单位，不能登记缓缴的期限，须由本单位其他人员办理。",
     "You submitted or created this case, or act for its applicant; you cannot state the end of a deferral: "
     "a colleague has to."),
    (stuck("WageDeposit", "to_replenish", "state_deferral_end"),
     "该工资保证金已动用，待补足，不能登记缓缴的期限。",
     "The wage deposit was used and is to be made up; you cannot state the end of a deferral."),
    (stuck("WageDeposit", "secured", "state_deferral_end"),
     "该工资保证金已缴纳，不能登记缓缴的期限。",
     "The wage deposit is paid already; you cannot state the end of a deferral."),
    (NotAllowed("state_contractor_record", Role.HRSS_OFFICER),
     "您当前的身份不能认定承包单位的记录，须由人社部门经办人员办理。",
     "Your role does not allow you to state a contractor's record; that takes the role “HRSS officer”."),
    (NotAllowed("state_contractor_record", Role.HRSS_OFFICER, "elsewhere"),
     "您所在的单位不属于该城市，不能认定承包单位的记录，须由该城市的主管部门办理。",
     "Your office is not in this city; you cannot state a contractor's record: an office of that city has to."),
    (NotAllowed("state_contractor_record", Role.HRSS_OFFICER, "own"),
     "您是本事项的提交人、创建人，或代表其申请单位，不能认定承包单位的记录，须由本单位其他人员办理。",
     "You submitted or created this case, or act for its applicant; you cannot state a contractor's record: "
     "a colleague has to."),
    (NotAllowed("unlock_account", Role.ADMINISTRATOR),
     "您当前的身份不能解锁账户，须由管理员办理。",
     "Your role does not allow you to unlock an account; that takes the role “administrator”."),
    (NotAllowed("unlock_account", Role.ADMINISTRATOR, "own_account"),
     "不能解锁账户：这是您本人的账户，须由另一名管理员办理，或由平台运营人员在服务器上解锁。",
     "You cannot unlock an account that is your own; another administrator can, or the platform's operator "
     "on the server."),
    (NotAllowed("accept_invitation", Role.HANDLER, "official"),
     "您担任监管、审核或管理职务，不能接受经办人邀请。",
     "You hold an office of supervision, review or administration; you cannot accept an invitation."),
    (NotAllowed("end_membership", Role.HANDLER),
     "您当前的身份不能终止他人的身份，须由企业经办人办理。",
     "Your role does not allow you to end a membership; that takes the role “handler of an enterprise”."),
    (NotAllowed("add_handler", Role.HANDLER),
     "您当前的身份不能邀请或撤回邀请经办人，须由企业经办人办理。",
     "Your role does not allow you to invite a handler, or withdraw an invitation; "
     "that takes the role “handler of an enterprise”."),
    (NotAllowed("review", Role.CERTIFICATION_REVIEWER),
     "您当前的身份不能审核该事项，须由认证审核员办理。",
     "Your role does not allow you to review this case; that takes the role “certification reviewer”."),
    (NotAllowed("review", Role.INDUSTRY_OFFICER),
     "您当前的身份不能审核该事项，须由行业主管部门经办人员办理。",
     "Your role does not allow you to review this case; that takes the role “industry authority's officer”."),
    (NotAllowed("review", Role.RULESET_OPERATOR),
     "您当前的身份不能审核该事项，须由业务配置人员办理。",
     "Your role does not allow you to review this case; that takes the role “ruleset operator”."),
    (NotAllowed("review", Role.HRSS_OFFICER, "own"),
     "您是本事项的提交人、创建人，或代表其申请单位，不能审核该事项，须由本单位其他人员办理。",
     "You submitted or created this case, or act for its applicant; you cannot review this case: a colleague has to."),
    (NotAllowed("record_deposit_use", Role.HRSS_OFFICER, "own"),
     "您是本事项的提交人、创建人，或代表其申请单位，不能登记保证金动用，须由本单位其他人员办理。",
     "You submitted or created this case, or act for its applicant; you cannot record the use of a deposit: "
     "a colleague has to."),
    (NotAllowed("review", Role.HRSS_OFFICER, "approved_first"),
     "您已作出首次通过决定，不能审核该事项，须由本单位另一名人员复核。",
     "You gave the first approval; you cannot review this case: a colleague has to confirm it."),
    (NotAllowed("apply_for_certification", Role.HANDLER, "official"),
     "您担任监管、审核或管理职务，不能以企业名义申请认证。",
     "You hold an office of supervision, review or administration; "
     "you cannot apply for an enterprise's certification."),
    (NotAllowed("review", None),
     "您当前的身份不能审核该事项：当地规则没有配置由谁办理。",
     "Your role does not allow you to review this case: the city's rules do not say whose task it is."),
    (Message("role", role=Role.HRSS_OFFICER), "人社部门经办人员", "HRSS officer"),
    (Message("role.nobody", role=None), "未配置", "nobody"),
    (CredentialsWrong(),
     "手机号、密码或验证码不正确。",
     "The mobile number, password or code is wrong."),
    (CredentialsWrong(4),
     "手机号、密码或验证码不正确，还可以尝试 4 次。",
     "The mobile number, password or code is wrong; 4 tries are left."),
    (CredentialsWrong(0),
     "手机号、密码或验证码不正确，可尝试的次数已用完，账户已暂时锁定。",
     "The mobile number, password or code is wrong; that was the last try, and the account is locked for a while."),
    (AccountLocked(OPENED),
     "连续输错次数过多，账户在您这里已锁定，2026-11-28 14:30 后自动解锁，也可以联系管理员解锁。",
     "The account is locked for you after too many wrong tries in a row; it unlocks at 2026-11-28 14:30, China time, "
     "or an administrator unlocks it."),
    (AccountLocked(OPENED, everywhere=True),
     "该手机号今日登录失败次数过多，2026-11-28 14:30 前只能在以前登录过的设备上登录，也可以联系管理员解锁。",
     "There were too many wrong tries with this mobile number today; until 2026-11-28 14:30, China time, it logs in "
     "only where it logged in before, or an administrator unlocks it."),
    (RateLimited(60),
     "操作过于频繁，请 60 秒后再试。",
     "Too many requests; try again in 60 seconds."),
    # What there is.
    (NotFound("Project", "42"), "没有找到工程“42”。", "There is no project “42”."),
    (NotFound("WageDeposit", "42"), "没有找到工资保证金“42”。", "There is no wage deposit “42”."),
    (NotFound("QuotaApplication", "42"), "没有找到定额申请“42”。", "There is no quota application “42”."),
    (NotFound("CashPayment", "42"), "没有找到现金缴纳“42”。", "There is no cash payment “42”."),
    (NotFound("LetterSubmission", "42"), "没有找到线下保函“42”。", "There is no offline guarantee “42”."),
    (NotFound("Review", "42"), "没有找到审核事项“42”。", "There is no review “42”."),
    (NotFound("Document", "42"), "没有找到文件“42”。", "There is no file “42”."),
    (NotFound("Institution", "42"), "没有找到金融机构“42”。", "There is no financial institution “42”."),
    (NotFound("Membership", "42"), "没有找到任职关系“42”。", "There is no membership “42”."),
    (NotFound("Account", "13700000001"), "没有找到账户“13700000001”。", "There is no account “13700000001”."),
    (NotFound("Invitation", "13700000001"),
     "没有找到经办人邀请“13700000001”。",
     "There is no invitation “13700000001”."),
    (NotFound("LockedAccount", "13700000001"),
     "没有找到已锁定的账户“13700000001”。",
     "There is no locked account “13700000001”."),
    (NotFound("Ruleset", "atlantis"), "没有找到城市规则“atlantis”。", "There is no ruleset for the city “atlantis”."),
    (NotFound("Rule", "no.such"), "没有找到规则“no.such”。", "There is no rule “no.such”."),
    (NotFound("RulesetValue", "no.such"), "没有找到参数“no.such”。", "There is no value “no.such”."),
    # How things stand.
    (stuck("Project", "draft", "apply_for_quota"),
     "该工程仍为草稿，不能申请定额。",
     "The project is still a draft; you cannot apply for a quota."),
    (stuck("Project", "draft", "report_progress"),
     "该工程仍为草稿，不能填报工程进度。",
     "The project is still a draft; you cannot report the progress of a project."),
    (stuck("Project", "entered", "edit_draft"),
     "该工程已登记，不能作为草稿修改。",
     "The project has been entered; you cannot edit it as a draft."),
    (stuck("Project", "entered", "delete_draft"),
     "该工程已登记，不能作为草稿删除。",
     "The project has been entered; you cannot delete it as a draft."),
    (NotApplicable("QuotaApplication", "42", "stands_against_correction"),
     "该工程的定额申请正在审核，不能更正项目信息；请先撤回定额申请。",
     "A quota application of this project is under review, so the project cannot be corrected; withdraw the "
     "application first."),
    (NotApplicable("QuotaApplication", "42", "approved_against_correction"),
     "该工程的定额申请已审核通过，项目信息不能自行更正；请联系审核该申请的人社部门。",
     "A quota application of this project has been approved, so the project can no longer be corrected by yourself; "
     "contact the HRSS department that approved it."),
    (stuck("Project", "under_construction", "edit_draft"),
     "该工程已开工在建，不能作为草稿修改。",
     "The project is under construction; you cannot edit it as a draft."),
    (stuck("Project", "completed", "edit_draft"),
     "该工程已竣工，不能作为草稿修改。",
     "The project is completed; you cannot edit it as a draft."),
    (stuck("QuotaApplication", "submitted", "submit_again"),
     "该定额申请正在审核，不能再次提交。",
     "The quota application is under review; you cannot submit it again."),
    (stuck("Certification", "approved", "submit_again"),
     "该企业认证已审核通过，不能再次提交。",
     "The certification has been approved; you cannot submit it again."),
    (stuck("CashPayment", "approved", "submit_again"),
     "该现金缴纳已审核通过，不能再次提交。",
     "The cash payment has been approved; you cannot submit it again."),
    (stuck("Review", "decided", "decide_again"),
     "该审核事项已办结，不能再次办理。",
     "The review is closed; you cannot decide on it again."),
    (stuck("WageDeposit", "awaiting_payment", "cancel"),
     "该工资保证金尚待缴纳，不能办理注销。",
     "The wage deposit is awaiting payment; you cannot cancel it."),
    (stuck("WageDeposit", "waived", "cancel"),
     "该工资保证金无需缴纳，不能办理注销。",
     "The wage deposit is waived; you cannot cancel it."),
    (stuck("WageDeposit", "deferred", "report_cash_payment"),
     "该工资保证金正在缓缴，不能办理现金缴纳。",
     "The wage deposit is deferred; you cannot report a cash payment."),
    (stuck("WageDeposit", "unsecured", "cancel"),
     "该工资保证金的保函已到期，不能办理注销。",
     "The wage deposit is secured by no guarantee any more; you cannot cancel it."),
    (stuck("WageDeposit", "cancelled", "submit_letter"),
     "该工资保证金已注销，不能上传线下保函。",
     "The wage deposit has been cancelled; you cannot hand in a letter of guarantee."),
    (stuck("WageDeposit", "cancelled", "order_guarantees"),
     "该工资保证金已注销，不能办理银行保函。",
     "The wage deposit has been cancelled; you cannot order a guarantee."),
    (stuck("GuaranteeOrder", "accepted", "decide_again"),
     "该银行保函已受理，不能再次办理。",
     "The bank guarantee has been taken on; you cannot decide on it again."),
    (stuck("WageDeposit", "secured", "secure"),
     "该工资保证金已缴纳，不能认定为已缴纳。",
     "The wage deposit is paid already; you cannot count it as paid."),
    (stuck("WageDeposit", "applying", "cancel"),
     "该工资保证金正在申请备案，不能办理注销。",
     "The wage deposit is being put on record; you cannot cancel it."),
    (stuck("WageDeposit", "cancelled", "file"),
     "该工资保证金已注销，不能办理备案。",
     "The wage deposit has been cancelled; you cannot put it on record."),
    (stuck("WageDeposit", "filed", "file_again"),
     "该工资保证金已备案，不能再次备案。",
     "The wage deposit is on record already; you cannot put it on record again."),
    (stuck("QuotaApplication", "withdrawn", "withdraw"),
     "该定额申请已撤回，不能撤回。",
     "The quota application has been withdrawn; you cannot withdraw it."),
    (NotFound("Case", "1"),
     "没有找到申请“1”。",
     "There is no application “1”."),
    (NotApplicable("WageDeposit", "42", "paid_otherwise", method="guarantee", act="report_cash_payment"),
     "该保证金的缴纳方式为保函，不能办理现金缴纳。",
     "This deposit is to be paid with a letter of guarantee; you cannot report a cash payment."),
    (NotApplicable("WageDeposit", "42", "paid_otherwise", method="guarantee", act="reserve_account"),
     "该保证金的缴纳方式为保函，不能预约开立专户。",
     "This deposit is to be paid with a letter of guarantee; you cannot reserve an account."),
    (NotApplicable("WageDeposit", "42", "paid_otherwise", method="cash", act="submit_letter"),
     "该保证金的缴纳方式为现金，不能上传线下保函。",
     "This deposit is to be paid in cash; you cannot hand in a letter of guarantee."),
    (NotApplicable("WageDeposit", "42", "nothing_to_pay", act="order_guarantees"),
     "该保证金无需缴纳，不能办理银行保函。",
     "Nothing is to be paid for this deposit; you cannot order a guarantee."),
    (NotApplicable("CashPayment", "42", "of_another_deposit"),
     "该现金缴纳属于另一笔保证金，不能用于本保证金。",
     "This cash payment belongs to another deposit and cannot be used for this one."),
    (NotApplicable("WageDeposit", "42", "filed_automatically"),
     "该保证金在缴纳审核通过时自动备案，不需要另行申请。",
     "This deposit is put on record by itself once its payment is approved; no application is needed."),
    (NotApplicable("WageDeposit", "42", "nothing_to_correct", paid_by="CashPayment"),
     "该保证金的备案没有被驳回，已审核通过的现金缴纳不能更正。",
     "No filing of this deposit has been rejected, so a cash payment that has been approved cannot be corrected."),
    (NotApplicable("LetterSubmission", "42", "nothing_left_to_correct"),
     "该线下保函所更正的保函已经失效或另有更正，请核对。",
     "The guarantee that this offline guarantee corrects is in force no longer, or has been corrected by another; "
     "check it."),
    (stuck("Guarantee", "replaced", "extend_guarantee"),
     "该保函已被替换，不能延长保函。",
     "The guarantee has been replaced; you cannot extend it."),
    (stuck("Guarantee", "pending", "extend_guarantee"),
     "该保函尚未生效，不能延长保函。",
     "The guarantee has not begun yet; you cannot extend it."),
    (stuck("Guarantee", "expired", "extend_guarantee"),
     "该保函已到期，不能延长保函。",
     "The guarantee has expired; you cannot extend it."),
    (stuck("Guarantee", "released", "extend_guarantee"),
     "该保函已解除，不能延长保函。",
     "The guarantee has been released; you cannot extend it."),
    (NotApplicable("Guarantee", "42", "extended_by_issuer"),
     "该保函由机构在平台开立，请联系该机构在平台延长。",
     "This guarantee was issued on the platform; its issuer extends it there."),
    (NotApplicable("Guarantee", "42", "extended_by_submission"),
     "该保函由企业上传，延长的批单也由企业上传。",
     "This guarantee was handed in by the enterprise, which hands in its endorsement, too."),
    (InvalidInput(("endorsementNumber",), "endorsement_number_missing"),
     "延长保函须填写批单号。",
     "An extension needs the number of its endorsement."),
    (InvalidInput(("endorsementNumber",), "endorsement_of_nothing"),
     "批单须属于某一份保函，请指明所延长的保函。",
     "An endorsement belongs to a guarantee; say which one it extends."),
    (InvalidInput(("guaranteeNumber",), "extension_keeps", value="YS-0001"),
     "延长不改变此项（YS-0001）；如为另一份保函，请作为新保函上传。",
     "An extension leaves this as it is (YS-0001); hand another letter in as a new one."),
    (InvalidInput(("fee",), "fee_negative"),
     "手续费不能为负数。",
     "The fee cannot be negative."),
    (InvalidInput(("endsOn",), "not_extended", ends_on=LETTER_ENDS),
     "保函本已有效至 2026-11-01，延长后的终止日期应更晚。",
     "The guarantee lasts until 2026-11-01 already; an extension ends later."),
    (Message("step.renew_letter", ends_on=LETTER_ENDS),
     "保函将于 2026-11-01 到期，请上传延长有效期的批单或新的保函。",
     "The guarantee ends on 2026-11-01: hand in an endorsement that extends it, or a new one."),
    (Message("step.renew_ordered", ends_on=LETTER_ENDS),
     "保函将于 2026-11-01 到期，可由出函银行延长，或请上传新的保函。",
     "The guarantee ends on 2026-11-01: have the bank extend it, or hand in a new guarantee."),
    (Message("step.order_renewal"),
     "请在保函到期前选择银行申请开立新的保函。",
     "Apply for a new guarantee at a bank before the present one ends."),
    (Message("step.amend_beneficiary"),
     "保函的受益人不是现在的监管单位，请上传以其为受益人的新保函。",
     "The guarantee names another office than the one that supervises now: hand in a new guarantee in its favour."),
    (NotAllowed("extend_guarantee", Role.INSTITUTION_STAFF),
     "您当前的身份不能延长保函，须由金融机构经办人员办理。",
     "Your role does not allow you to extend it; that takes the role “financial institution's staff”."),
    (stuck("WageDeposit", "awaiting_payment", "correct_payment"),
     "该工资保证金尚待缴纳，不能更正缴纳。",
     "The wage deposit is awaiting payment; you cannot correct its payment."),
    (NotApplicable("QuotaApplication", "42", "of_another_project"),
     "该定额申请属于另一工程，不能用于本工程。",
     "This quota application belongs to another project and cannot be used for this one."),
    (NotApplicable("GuaranteeOrder", "42", "letter_not_issued"),
     "银行尚未开立保函，不能直接通过，请填报所开立的保函。",
     "The bank has not issued its letter yet; issue the letter instead of approving the order."),
    (NotApplicable("Certification", "42", "submitter_official"),
     "该企业认证的提交人现任监管、审核或管理职务，不能代表企业办理业务，请驳回该申请。",
     "Who submitted this certification holds an office by now and cannot act for an enterprise; send it back."),
    (NotApplicable("Account", "42", "acts_for_an_enterprise"),
     "该账户现任企业经办人，不能同时担任监管、审核或管理职务；请先终止其企业经办人身份，或使用另一手机号的账户。",
     "This account is an enterprise's handler and cannot hold an office as well; "
     "end that membership first, or use an account with another mobile number."),
    (NotApplicable("Account", "42", "holds_an_office"),
     "该账户担任监管、审核或管理职务，不能同时为企业经办人；请使用另一手机号的账户。",
     "This account holds an office and cannot be an enterprise's handler as well; "
     "use an account with another mobile number."),
    (NotApplicable("Account", "13700000001", "another_name", name="王小明"),
     "该手机号的账户属于“王小明”，与所填姓名不同，请核对手机号和姓名。",
     "The account with this mobile number belongs to “王小明”, not to whom you named; check both."),
    (NotApplicable("Account", "13700000001", "password_given", mobile="13700000001"),
     "该手机号的账户已经开立，密码不会改变：请去掉 --password-stdin，或用 anxin staff reset 13700000001 重置密码。",
     "The account with this mobile number exists and keeps its password: leave out --password-stdin, "
     "or reset the password by anxin staff reset 13700000001."),
    (NotApplicable("Account", "13700000001", "registered_by_owner", mobile="13700000001"),
     "该手机号的账户不是由 anxin staff add 开立的，不能授予职务。请本人先更换其账户的手机号；"
     "或核实本人意愿后执行 anxin staff end 13700000001 --close 注销该账户，再重新添加。",
     "The account with this mobile number was not opened by anxin staff add and is given no office. "
     "Let its owner change its number first; or, if that is the owner's wish, close it by "
     "anxin staff end 13700000001 --close, and add it again."),
    (NotApplicable("Account", "13700000001", "reset_by_operator"),
     "该账户担任监管、审核或管理职务，密码不能凭短信重置，请由平台运营人员重置（anxin staff reset）。",
     "This account holds an office: its password is not reset by SMS, but by the platform's operator "
     "(anxin staff reset)."),
    (NotApplicable("Account", "13700000001", "reset_by_owner"),
     "该账户由本人注册，密码由本人凭短信验证码重置（resetPassword）。",
     "This account was registered by its owner, who resets the password with a code sent by SMS (resetPassword)."),
    (NotApplicable("Membership", "42", "last_handler"),
     "企业至少保留一名经办人：请先邀请他人，或由认证审核员、管理员终止。",
     "An enterprise keeps at least one handler: invite somebody first, or have a certification reviewer or "
     "an administrator end it."),
    (NotApplicable("Membership", "42", "own_office"),
     "不能终止自己的职务身份，须由另一名管理员办理，或由平台运营人员在服务器上办理。",
     "You cannot end your own office; another administrator can, or the platform's operator on the server."),
    (stuck("Cancellation", "submitted", "file"),
     "该注销申请正在审核，不能办理备案。",
     "The cancellation is under review; you cannot put it on record."),
    (NotApplicable("Filing", "42", "not_resubmittable"),
     "该备案申请已被驳回，当地规则不允许再次提交。",
     "The filing has been rejected; the city's rules do not allow it to be submitted again."),
    (NotApplicable("Document", "42", "handed_in_elsewhere", name="合同.pdf"),
     "文件“合同.pdf”已用于其他申请，不能再次使用，请重新上传。",
     "The file “合同.pdf” is part of another application; upload it again to use it here."),
    (Duplicate("account"),
     "该手机号已经注册，请直接登录。",
     "This mobile number is registered already; log in with it."),
    (Duplicate("cancellation"),
     "该保证金的注销申请已经提交，请等待审核结果。",
     "The cancellation of this deposit has been applied for already; wait for the review."),
    (Duplicate("deposit_use", notice_number="本人社支〔2026〕1号"),
     "支付通知书 本人社支〔2026〕1号 的动用已经登记，请核对编号。",
     "The use under payment notice 本人社支〔2026〕1号 has been recorded already; check the number."),
    (Duplicate("enterprise"),
     "该统一社会信用代码的企业已有经办人，请联系该企业的经办人。",
     "The enterprise with this unified social credit code has a handler already; turn to that handler."),
    (Duplicate("handler"),
     "该手机号的用户已是贵企业经办人。",
     "Who has this mobile number is a handler of your enterprise already."),
    (Duplicate("organization", uscc="91210500MA0000001X"),
     "统一社会信用代码 91210500MA0000001X 的单位已经登记，但不是金融机构，请核对代码。",
     "The organisation with the unified social credit code 91210500MA0000001X is known already "
     "and is no financial institution; check the code."),
    (Duplicate("account_reservation"),
     "该保证金的专户开户已经预约，请等待银行答复；已确认的按预约办理。",
     "An account is booked for this deposit already; wait for the bank's answer, or go by the reservation once it is "
     "confirmed."),
    (Duplicate("payment", kind="GuaranteeOrder"),
     "该保证金的银行保函正在办理，请等待办理结果。",
     "One bank guarantee for this deposit is under way already; wait for its outcome."),
    (Duplicate("quota_application"),
     "该工程已有定额申请：审核中的请等待结果，已驳回的请更正后重新提交。",
     "This project has a quota application already: "
     "wait for its review, or correct it and submit it again if it was rejected."),
    (Duplicate("wage_deposit"),
     "该工程已有工资保证金，注销后方可再次申请定额。",
     "This project has a wage deposit already; apply for a new quota once the deposit has been cancelled."),
    (Outdated("Project", 1, 2),
     "该工程在您打开（第 1 版）之后已有修改，现为第 2 版，请刷新核对后再提交。",
     "The project was changed after you opened it at revision 1, and is at revision 2 now; "
     "reload it, compare, and submit again."),
    (Outdated("CashPayment", 3, 0),
     "没有找到您要修改的现金缴纳（第 3 版），请刷新核对后再提交。",
     "There is no cash payment at revision 3 to change; reload, compare, and submit again."),
    (KeyReused("k-1"),
     "幂等键 k-1 已用于另一请求，请换一个新的键。",
     "The idempotency key k-1 was used for a different request; choose a new one."),
    (NotConfiguredHere("supervisors", "benxi", "本溪市"),
     "本溪市的规则没有配置该行业主管类型在该主管地区的主管单位，暂不能办理，请联系业务配置人员。",
     "The rules of “benxi” do not say who supervises projects of this industry in this area; "
     "turn to the ruleset operator."),
    (NotConfiguredHere("product_line", "hainan", "海南省", "quota_application"),
     "海南省没有开通这项业务，不能办理定额申请。",
     "“hainan” does not offer the product that this belongs to (quota application)."),
    *((NotConfiguredHere("procedure", "xiamen", "厦门市", code),
       f"厦门市的规则没有配置{chinese}，暂不能办理，请联系业务配置人员。",
       f"The rules of “xiamen” do not provide for this yet ({english}); turn to the ruleset operator.")
      for code, chinese, english in (
          ("guarantee_order", "银行保函", "bank guarantee"),
          ("guarantee_issue", "银行保函回传", "return of a bank guarantee"),
          ("cancellation", "注销申请", "cancellation"),
          ("cash_payment", "现金缴纳", "cash payment"),
          ("certification", "企业认证", "certification"),
          ("deposit_use", "保证金动用", "use of a deposit"),
          ("filing", "备案申请", "filing"),
          ("letter_submission", "线下保函", "offline guarantee"),
          ("quota_application", "定额申请", "quota application"),
      )),
    # What was stated.
    (InvalidInput(("code",), "code_of_another_address"),
     "验证码不是发给这个手机号或邮箱的。",
     "The code was sent to another mobile number or mail address."),
    (InvalidInput(("channel",), "codes_not_sent_this_way"),
     "该城市不支持这种验证码送达方式。",
     "The city does not send codes this way."),
    (InvalidInput(("channel",), "codes_to_mail_only"),
     "更换电子邮箱的验证码只发送到新邮箱。",
     "Codes for changing the mail address are sent to the new address only."),
    (InvalidInput(("channel",), "codes_to_mobile_only"),
     "登录、重置密码和更换手机号的验证码只发送到手机。",
     "Codes for logging in, resetting a password and changing the mobile number are sent to the mobile number only."),
    (InvalidInput(("after",), "cursor"),
     "游标不属于这个列表，请从第一页重新查询。",
     "This cursor belongs to another list; start again with the first page."),
    (InvalidInput(("publicNoticeFrom",), "notice_before_completion", completed=date(2026, 9, 30)),
     "公示从 2026-09-30 竣工之后开始，请核对公示起始日期。",
     "The public notice begins after the completion on 2026-09-30; check its first day."),
    (InvalidInput(("actualStartedOn",), "differs_from_progress", reported=date(2024, 9, 30)),
     "该日期与工程进度中填报的 2024-09-30 不一致，请核对。",
     "The day differs from the one in the progress report, 2024-09-30; check it."),
    (InvalidInput(("materials",), "document_twice"),
     "同一文件不能作为两份材料提交，请分别上传。",
     "One file cannot be handed in as two materials; upload it twice."),
    (InvalidInput(("city",), "draft_of_another_city"),
     "草稿属于另一城市，请在原城市继续填写，或新建工程。",
     "The draft belongs to another city; go on with it there, or enter a new project."),
    (InvalidInput(("endsOn",), "ends_before_start"),
     "保函期限的结束日期早于开始日期。",
     "The guarantee ends before it starts."),
    (InvalidInput(("facts",), "facts", problems=[
        Message("fact.UNKNOWN_NAME", path="a.b", code="UNKNOWN_NAME", cause="没有名为“a.b”的事实", remedy="核对名称"),
        Message("fact.WRONG_KIND", path="a.c", code="WRONG_KIND", cause="“金额”应为金额", remedy="按所要求的类型填写"),
     ]),
     "a.b：没有名为“a.b”的事实；核对名称。a.c：“金额”应为金额；按所要求的类型填写。",
     "a.b: the city's rules know no fact of this name. a.c: the value is not of the kind that the fact has."),
    (Message("fact.OUT_OF_BOUNDS", path="a.e",
             said=Message("field.negative", label="金额", field="amount", value="-5.00")),
     "a.e：“金额”不能为负数：-5.00。",
     "a.e: “amount” cannot be negative: -5.00."),
    (Message("fact.UNKNOWN_NAME", path="a.b", cause="没有名为“a.b”的事实", remedy="核对名称"),
     "a.b：没有名为“a.b”的事实；核对名称。",
     "a.b: the city's rules know no fact of this name."),
    (Message("fact.WRONG_KIND", path="a.c", cause="“金额”应为金额", remedy="按所要求的类型填写"),
     "a.c：“金额”应为金额；按所要求的类型填写。",
     "a.c: the value is not of the kind that the fact has."),
    (Message("fact.NOT_AN_OPTION", path="a.d", cause="“方式”不能是“x”", remedy="改为下列之一：cash（现金）"),
     "a.d：“方式”不能是“x”；改为下列之一：cash（现金）。",
     "a.d: the value is none of the options that the city's rules name."),
    (InvalidInput(("id",), "id", id="Project"),
     "“Project”不是有效的标识，请使用查询结果中的 id。",
     "“Project” is not an id; take it from an answer as it is."),
    (InvalidInput(("issuedOn",), "issued_in_future"),
     "出函日期不能晚于今天。",
     "The day of issue cannot lie in the future."),
    (InvalidInput(("idempotencyKey",), "key_length", most=200),
     "幂等键应为 1 到 200 个字符。",
     "An idempotency key has between 1 and 200 characters."),
    (InvalidInput(("endsOn",), "letter_expired", ends_on=LETTER_ENDS),
     "保函已于 2026-11-01 到期。",
     "The guarantee expired on 2026-11-01."),
    (InvalidInput(("address",), "mail_address"),
     "电子邮箱的写法不对。",
     "This is not a mail address."),
    (InvalidInput(("address",), "mobile"),
     "手机号应为 11 位大陆手机号码。",
     "A mobile number has 11 digits and belongs to mainland China."),
    (InvalidInput(("institutionId",), "bank_not_listed", name="演示银行", banks=["甲银行", "乙银行"]),
     "“演示银行”不在该城市可选择的专户银行之内，请改选：甲银行、乙银行。",
     "“演示银行” is not among the banks that keep such accounts in that city; choose one of these: 甲银行, 乙银行."),
    (InvalidInput(("institutionIds",), "not_a_bank", name="演示财产保险"),
     "“演示财产保险”不是银行，请重新选择。",
     "“演示财产保险” is not a bank; choose another institution."),
    (InvalidInput(("institutionIds",), "not_served", name="演示银行广州分行"),
     "“演示银行广州分行”未在该城市开展业务，请在该城市的机构中重新选择。",
     "“演示银行广州分行” does not serve in that city; choose one of the city's institutions."),
    (InvalidInput(("guaranteeNumber",), "number_taken", number="YS-0002", issuer="演示银行本溪分行"),
     "“演示银行本溪分行”的保函号 YS-0002 已用于另一份保函，请核对保函号。",
     "Number YS-0002 of “演示银行本溪分行” stands for another guarantee; check the number."),
    (InvalidInput(("institutionIds",), "one_institution"),
     "一次只能向一家机构申请，请只选择一家。",
     "You can order from one institution at a time; choose one."),
    (InvalidInput(("organization",), "organization", name="无此局"),
     "没有（唯一的）机构“无此局”；请核对全称，新的主管部门请同时指明城市（--city）。",
     "There is no organisation, or not just one, named “无此局”; check the full name, "
     "and for a new authority name the city, too (--city)."),
    (InvalidInput(("page",), "page_number"),
     "页码从 1 起。",
     "Pages are numbered from 1."),
    (InvalidInput(("page",), "page_depth", most=10_000),
     "按页码最多查到第 10000 行，更靠后的请用“after”接着查。",
     "Pages have numbers down to row 10000; go on from there with “after”."),
    (InvalidInput(("page",), "page_mixed"),
     "“after”与“first”同用，“before”与“last”同用，“page”只与“first”同用。",
     "Give “after” with “first”, “before” with “last”, and “page” with “first” alone."),
    (InvalidInput(("first",), "page_size", most=100),
     "每页条数应在 1 到 100 之间。",
     "A page has between 1 and 100 entries."),
    (InvalidInput(("paidOn",), "paid_in_future"),
     "缴存日期不能晚于今天。",
     "The day of payment cannot lie in the future."),
    (InvalidInput(("reason",), "reason_missing"),
     "驳回必须写明原因。",
     "A rejection needs its reason."),
    (InvalidInput(("ids",), "too_many_ids", most=100),
     "一次最多查询 100 个标识，请分几次查询。",
     "At most 100 ids can be asked for at once; ask several times."),
    (InvalidInput(("basis",), "deferral_basis_missing"), "请填写同意缓缴的依据。", "Say what the deferral rests on."),
    (InvalidInput(("endsOn",), "deferral_day_missing"),
     "请填写缓缴到期的日期。",
     "Say until which day it is deferred."),
    (InvalidInput(("endsOn",), "deferral_over"),
     "缓缴到期的日期须晚于今天。",
     "The last day of the deferral has to lie in the future."),
    (InvalidInput(("basis",), "record_basis_missing"),
     "请填写认定依据，如检查记录、公示或名单的名称和文号。",
     "Say what it rests on: the name and number of the check, notice or list."),
    (InvalidInput(("asOf",), "record_day_missing"),
     "请填写认定所依据的日期。",
     "Say as of which day it holds."),
    (InvalidInput(("asOf",), "record_in_future"),
     "认定日期不能晚于今天。",
     "The day as of which it holds cannot lie in the future."),
    (InvalidInput(("years",), "record_value_missing"),
     "请填写认定结果：未拖欠的年数填 years，其余各项填 holds（是或否）。",
     "Say how it is: years for clean years, holds (true or false) for all else."),
    (InvalidInput(("years",), "record_value_needless"),
     "该项不需要填写：未拖欠的年数只填 years，其余各项只填 holds。",
     "Leave this out: clean years take years alone, all else holds alone."),
    (InvalidInput(("years",), "record_years", most=100),
     "年数应在 0 到 100 之间。",
     "Between 0 and 100 years can be stated."),
    (InvalidInput(("usedOn",), "used_before_deposit", provided_on=date(2026, 9, 30)),
     "动用日期早于保证金缴纳之日（2026-09-30），请核对动用日期。",
     "The day of use is before the deposit was provided (2026-09-30); check it."),
    (InvalidInput(("usedOn",), "used_in_future"),
     "动用日期不能晚于今天。",
     "The day of use cannot lie in the future."),
    (InvalidInput(("uscc",), "uscc", wrong=Message("uscc.check_digit")),
     "统一社会信用代码校验码不符，请核对是否有字符录错。",
     "The unified social credit code is wrong: its check character does not fit; look for a typing error."),
    (Message("uscc.check_digit"),
     "校验码不符，请核对是否有字符录错",
     "its check character does not fit; look for a typing error"),
    (Message("uscc.identity_number"),
     "不能是居民身份证号码，请填写单位的代码",
     "it is the number of a person's identity card"),
    (Message("uscc.kind", found="6"),
     "第2位“6”不是机构类别代码",
     "its second character, “6”, stands for no kind of body"),
    (Message("uscc.length", found=17),
     "应为18位，现为17位",
     "it should have 18 characters and has 17"),
    (Message("uscc.character", place=14, found="I"),
     "第14位“I”不是代码字符：只用数字和大写字母，不用I、O、S、V、Z",
     "its character 14, “I”, is never used: there are digits and capital letters without I, O, S, V and Z"),
    (Message("uscc.authority", found="0"),
     "第1位“0”不是登记管理部门代码（1至9、A、N、Y）",
     "its first character, “0”, stands for no registration authority (1 to 9, A, N, Y)"),
    (Message("uscc.division", found="000000"),
     "第3至8位“000000”不是登记机关的行政区划代码",
     "its characters 3 to 8, “000000”, are no division code of a registration authority"),
    (FileTooLarge(100 * 1024 * 1024),
     "文件超过 100M，请压缩或拆分后重新上传。",
     "The file is larger than 100 MB; compress or split it, then upload it again."),
    (PictureTooLarge(100_000_000),
     "图片超过 100 百万像素，请缩小后重新上传。",
     "The picture has more than 100 million pixels; make it smaller, then upload it again."),
    (ArchiveTooLarge(500 * 1024 * 1024),
     "文件解开后超过 500M，请压缩图片或拆分后重新上传。",
     "The file unpacks to more than 500 MB; compress its pictures or split it, then upload it again."),
    (FileTypeRefused("text/html", PDF_OR_PNG),
     "文件内容不是可接受的类型（text/html），请上传 PDF、PNG。",
     "The file's content is of a type that is not accepted (text/html); upload one of these: PDF, PNG."),
    (FileTypeRefused(None, PDF_OR_PNG),
     "文件内容不是可接受的类型（无法识别），请上传 PDF、PNG。",
     "The file's content is of no known type; upload one of these: PDF, PNG."),
    # What the city's rules ask for.
    (Message("RulesViolated.count", count=3),
     "有 3 处不符合当地规则，详见各项说明。",
     "The city's rules are not met in 3 points; see the violations."),
    (Message("check.no_result", hook="broken_rules"),
     "城市规则程序 broken_rules 未能给出结果，转由经办人员认定。",
     "The city's program broken_rules gave no result; an officer decides."),
    (Message("check.not_known", label=["联系人", "起始日期"], path=["guarantee.contact", "guarantee.starts_on"]),
     "缺少“联系人、起始日期”，无法核对，由经办人员认定。",
     "“contact, first day” is missing, so this cannot be checked and an officer decides."),
    (Message("field.required", **NAMED), "请填写“经理电话”。", "Fill in “manager phone”."),
    (Message("field.needless", **NAMED),
     "此情形无需填写“经理电话”，请清空。",
     "“manager phone” is not for this case; leave it empty."),
    (Message("field.phone", **NAMED, value="123"),
     "“经理电话”不是有效的电话号码：123。",
     "“manager phone” is not a valid telephone number: 123."),
    (Message("field.too_long", label="工程名称", field="name", most=200, found=201),
     "“工程名称”最多 200 个字符，现为 201 个。",
     "“name” takes at most 200 characters; it has 201."),
    (Message("text.too_long", name="name", most=200, found=201),
     "“名称”最多 200 个字符，现为 201 个。",
     "“name” takes at most 200 characters; it has 201."),
    (Message("text.unseen", name="manager_phone", place=3, number="U+200B"),
     "“项目经理电话”第 3 个字符是看不见的字符（U+200B），请删去。",
     "Character 3 of “manager phone” cannot be seen (U+200B); remove it."),
    (Message("field.negative", label="施工合同金额", field="contract_amount", value="-5"),
     "“施工合同金额”不能为负数：-5。",
     "“contract amount” cannot be negative: -5."),
    (Message("field.zero", label="施工合同金额", field="contract_amount"),
     "“施工合同金额”应大于 0。",
     "“contract amount” is more than 0."),
    (Message("field.rate", label="预缴值", field="entry_value", value="150%"),
     "“预缴值”应在 0% 到 100% 之间：150%。",
     "“entry value” lies between 0% and 100%: 150%."),
    (Message("field.region", label="工程地区", field="area", value="本溪"),
     "“工程地区”应为六位行政区划代码：本溪。",
     "“area” is a division code of six digits: 本溪."),
    (Message("field.uscc", label="代码", field="uscc", value="911", wrong=Message("uscc.length", found=3)),
     "“代码”应为18位，现为3位（911）。",
     "“unified social credit code” (911) is wrong: it should have 18 characters and has 3."),
    (Message("field.uscc_to_compare", label="代码", field="uscc", value="91350203M0009XY03J"),
     "“代码”的校验码按早期福建规则编制，无法校验，请与营业执照核对：91350203M0009XY03J。",
     "The check character of “unified social credit code” (91350203M0009XY03J) follows the early practice of Fujian "
     "and proves nothing; compare it with the licence."),
    (Message("field.kind", label="施工许可日", field="permit.issued_on", kind="date", value="昨天"),
     "“施工许可日”应填日期，如 2024-07-01，现为“昨天”。",
     "“day of issue” takes a day, such as 2024-07-01; got “昨天”."),
    (Message("field.not_asked", path="permit.height"),
     "本表没有可以另填的“permit.height”，请移除；有专用字段的，填在该字段。",
     "This form has no “permit.height” to be filled in besides; remove it, or use the field of its own."),
    (Message("InvalidInput.city_field_twice", path="permit.number"),
     "“permit.number”填了两次，请只留一个。",
     "“permit.number” is given twice; give it once."),
    (Message("field.choice", label="预缴方式", field="entry_mode", options=["按比例", "按金额"],
             codes=["ratio", "amount"]),
     "“预缴方式”应为下列之一：按比例、按金额。",
     "“entry mode” is one of these: ratio, amount."),
    (Message("field.reversed", label="计划竣工", field="planned_end", ended=date(2026, 1, 1), begun=date(2026, 2, 1)),
     "“计划竣工”2026-01-01 早于开始日期 2026-02-01。",
     "“planned end”, 2026-01-01, is earlier than the day of beginning, 2026-02-01."),
    (Message("field.in_future", label="实际开工", field="actual_started_on", stated=date(2029, 1, 1)),
     "“实际开工”2029-01-01 还没有到，请核对。",
     "“actual day of beginning”, 2029-01-01, lies in the future; check it."),
    (Message("field.elsewhere", label="工程地区", field="area", stated="350203", region="210500"),
     "“工程地区”350203 不属于本地区（210500）。",
     "“area”, 350203, does not belong to this region (210500)."),
    (Message("field.day_of_month", label="工资发放日", field="wage_pay_day"),
     "“工资发放日”应在 1 到 31 之间。",
     "“wage pay day” lies between 1 and 31."),
    (Message("material.required", **LICENCE), "请上传“营业执照”。", "Upload “business licence”."),
    (Message("material.recommended", **LICENCE),
     "建议一并上传“营业执照”。",
     "Better upload “business licence” as well."),
    (Message("material.too_many", **LICENCE, most=1, found=2),
     "“营业执照”最多上传 1 份，已上传 2 份。",
     "“business licence” takes 1 file at most; 2 were uploaded."),
    (Message("material.too_large", **LICENCE, file="执照.pdf", megabytes=20),
     "“营业执照”的文件“执照.pdf”超过 20M。",
     "The file “执照.pdf” of “business licence” is larger than 20 MB."),
    (Message("material.unknown", code="other"),
     "本次申请不需要材料“other”，请移除。",
     "The material “other” is not asked for in this application; remove it."),
    (Message("password.too_short", least=8), "密码至少 8 个字符。", "The password has at least 8 characters."),
    (Message("password.too_long", most=128), "密码最多 128 个字符。", "The password has at most 128 characters."),
    (Message("password.lacks", lacking=["upper", "lower", "digit", "special"]),
     "密码须包含大写字母、小写字母、数字、特殊符号。",
     "The password also needs a capital letter, a small letter, a digit, a special character."),
    (Message("password.common"), "密码过于常见，容易被猜到。", "This password is too common and easily guessed."),
    (Message("registration.mobile"),
     "手机号应为 11 位大陆手机号码。",
     "A mobile number has 11 digits and belongs to mainland China."),
    (Message("registration.mail_address"), "电子邮箱的写法不对。", "This is not a mail address."),
    (Message("registration.name"), "请填写姓名。", "Fill in your name."),
    (Message("registration.agreement"), "请先阅读并同意用户协议。", "Read the user agreement and accept it first."),
    # What comes next, and how a guarantee can be obtained.
    (Message("step.enter_project"),
     "可补全项目信息并登记。",
     "You can fill in the rest of the project and enter it."),
    (Message("step.enter_project.label"), "补全项目信息并登记", "fill in and enter the project"),
    (Message("step.report_progress"), "可填报工程进度。", "You can report the progress of the project."),
    (Message("step.report_progress.label"), "填报工程进度", "report progress"),
    (Message("step.apply_for_quota"), "请提交定额申请。", "Apply for a quota."),
    (Message("step.end_deferral"),
     "请在缓缴期满前提交缴纳的定额申请。",
     "Apply for a quota with payment before the deferral ends."),
    (Message("step.pay_in_cash"), "请缴存现金并填报缴存信息。", "Pay the cash in and report the payment."),
    (Message("step.replenish_in_cash"),
     "保证金已动用，请补足：缴存现金并填报缴存信息。",
     "The deposit was used; make it up: pay cash in and report the payment."),
    (Message("step.replenish_by_order"),
     "保证金已动用，请补足：选择银行申请开立新的保函。",
     "The deposit was used; make it up: choose a bank and apply for a new guarantee."),
    (Message("step.replenish_by_letter"),
     "保证金已动用，请补足：上传新办理的保函。",
     "The deposit was used; make it up: hand in a new guarantee that you obtained."),
    (Message("step.reserve_account"),
     "可选择银行，线上预约开立工资保证金专户。",
     "You can choose a bank and book the opening of the special account online."),
    (Message("step.reserve_account_again", reason="资料不全"),
     "银行未接受专户开户预约：资料不全。可另选银行重新预约。",
     "The bank has not accepted the reservation: 资料不全. You can choose another bank and book again."),
    (Message("step.choose_bank"), "请选择银行申请开立保函。", "Choose a bank and apply for a guarantee."),
    (Message("step.hand_in_letter"), "请上传已办理的保函。", "Hand in the guarantee that you obtained."),
    (Message("step.apply_for_certification"),
     "请申请企业认证，认证通过后办理业务。",
     "Apply for the enterprise's certification; business can be done once it is approved."),
    (Message("step.apply_for_certification.label"), "企业认证", "enterprise certification"),
    (Message("step.file"), "请发起备案。", "Ask for the deposit to be put on record."),
    (Message("step.file_again", reason="账号有误"),
     "备案被驳回：账号有误。核对后请重新发起备案。",
     "The filing has been rejected: 账号有误. Check it, and ask again for the deposit to be put on record."),
    (Message("step.file_corrected", reason="账号有误"),
     "备案曾被驳回：账号有误。更正已审核通过，请重新发起备案。",
     "The filing had been rejected: 账号有误. The correction has been approved; ask again for the deposit to be put "
     "on record."),
    (Message("step.correct_cash_payment", reason="账号有误"),
     "备案被驳回：账号有误。缴存信息有误的，请更正后重新提交，原缴存仍然有效。",
     "The filing has been rejected: 账号有误. If the payment was reported wrongly, correct it and submit it again; "
     "what was paid stands meanwhile."),
    (Message("step.correct_letter_submission", reason="金额有误"),
     "备案被驳回：金额有误。保函信息有误的，请更正后重新提交，原保函仍然有效。",
     "The filing has been rejected: 金额有误. If the letter was stated wrongly, correct it and submit it again; "
     "the letter stands meanwhile."),
    (Message("step.cancel"), "请申请注销保证金。", "Apply for the deposit's cancellation."),
    (Message("step.rejected", label="定额申请", procedure="quota_application", reason="合同金额与备案不符"),
     "定额申请被驳回：合同金额与备案不符。请更正后重新提交。",
     "The quota application has been rejected: 合同金额与备案不符. Correct it and submit it again."),
    (Message("step.waiting", label="专户开户预约", procedure="account_reservation", role=Role.INSTITUTION_STAFF),
     "专户开户预约已提交，等待金融机构经办人员审核。",
     "The account reservation has been submitted and waits for review by this role: financial institution's staff."),
    (Message("step.waiting", label="定额申请", procedure="quota_application", role=Role.HRSS_OFFICER),
     "定额申请已提交，等待人社部门经办人员审核。",
     "The quota application has been submitted and waits for review by this role: HRSS officer."),
    (Message("channel", channel="bank_guarantee"), "银行保函办理", "bank guarantee"),
    (Message("channel", channel="offline_upload"), "保单保函上传", "guarantee obtained offline"),
    (Message("offer.bank_guarantee"),
     "可以选择银行，在线申请开立保函。",
     "You can choose a bank and apply for a guarantee online."),
    (Message("offer.offline_upload"),
     "已在线下办理保函的，可以上传审核。",
     "A guarantee that was obtained offline can be handed in for review."),
    (Message("offer.closed", channel="insurance"),
     "保险办理暂未开通，请选择其他办理方式。",
     "This way is not open yet (insurance); choose another one."),
    (Message("offer.closed", channel="guarantee_company"),
     "担保公司保函办理暂未开通，请选择其他办理方式。",
     "This way is not open yet (guarantee company's letter); choose another one."),
    (Message("offer.not_due", state="secured"),
     "保证金已缴纳，无需办理。",
     "The deposit is paid already; nothing has to be done."),
    (Message("offer.under_way", kind="GuaranteeOrder"),
     "银行保函正在办理，请等待结果。",
     "The bank guarantee is under way; wait for its outcome."),
    # How values are written.
    (Message("input.missing"), "缺少必须给出的值。", "A value has to be given here."),
    (Message("input.no_boolean", seen=Message("value.text", text="yes")),
     "应为 true 或 false；收到“yes”。",
     "This is true or false; got “yes”."),
    (Message("input.no_integer", seen=Message("value.written", json="1.5")),
     "应为整数；收到 1.5。",
     "This is a whole number; got 1.5."),
    (Message("input.no_object", seen=Message("value.written", json="5")),
     "应为对象；收到 5。",
     "This is an object; got 5."),
    (Message("input.no_option", type="EntryMode", seen=Message("value.text", text="ratio")),
     "不是 EntryMode 的可选值；收到“ratio”。",
     "This is one of the values of EntryMode; got “ratio”."),
    (Message("input.no_text", seen=Message("value.written", json="5")), "应为文字；收到 5。", "This is text; got 5."),
    (Message("input.required_field", field="city"), "缺少“city”。", "“city” is missing."),
    (Message("input.unknown_field", field="foo"), "没有名为“foo”的字段。", "There is no field “foo” here."),
    (Message("input.unknown_field_near", field="citty", near="city"),
     "没有名为“citty”的字段；是不是“city”？",
     "There is no field “citty” here; is “city” meant?"),
    (Message("input.vast_integer", seen=Message("value.written", json="3000000000")),
     "应为 32 位以内的整数；收到 3000000000。",
     "This is a whole number of 32 bits; got 3000000000."),
    (Message("value.date", seen=Message("value.text", text="1.7.")),
     "日期应为“2024-07-01”的形式；收到“1.7.”。",
     "A date is written like “2024-07-01”; got “1.7.”."),
    (Message("value.moment", seen=Message("value.text", text="now")),
     "时间应为带时区的 ISO 8601，如“2024-07-01T09:00:00+08:00”；收到“now”。",
     "A moment is ISO 8601 with its offset, like “2024-07-01T09:00:00+08:00”; got “now”."),
    (Message("value.rate", seen=Message("value.written", json="0.13")),
     "比例应为文字形式的小数，最多六位小数，如“0.13”表示 13%；收到 0.13。",
     "A rate is a fraction as text with at most six places, like “0.13” for 13%; got 0.13."),
    (Message("value.region", seen=Message("value.written", json="210500")),
     "行政区划代码应为六位数字文字，如“210500”；收到 210500。",
     "A division code is six digits as text, like “210500”; got 210500."),
    (Message("value.text", text="abc"), "“abc”", "“abc”"),
    (Message("value.written", json="true"), " true", "true"),
    (Message("value.uscc", seen=Message("value.text", text="911"), wrong=Message("uscc.length", found=3)),
     "统一社会信用代码应为18位，现为3位；收到“911”。",
     "The unified social credit code is wrong: it should have 18 characters and has 3; got “911”."),
    (Message("value.uscc_no_text", seen=Message("value.written", json="911")),
     "统一社会信用代码应为 18 位文字；收到 911。",
     "A unified social credit code is text of 18 characters; got 911."),
    (Message("value.yuan", seen=Message("value.written", json="2600000")),
     "金额应为文字形式的元，最多 13 位整数、两位小数，如“2600000.00”；收到 2600000。",
     "An amount is yuan as text with at most 13 digits and two places, like “2600000.00”; got 2600000."),
    # What one request may ask for.
    (Message("limit.aliases", found="31", most=30),
     "查询过于复杂：别名数为 31，上限为 30；请分几次查询。",
     TOO_COMPLEX + "it has 31 aliases, at most 30 are allowed; ask in several requests."),
    (Message("limit.cost", found=Message("limit.vast"), most=50000),
     "查询过于复杂：预计返回的数据量为 十亿以上，上限为 50000；请减小 first 或 last，或减少嵌套列表。",
     TOO_COMPLEX + "its answer could hold over a billion values, at most 50000 are allowed; "
     "lower first or last, or nest fewer lists."),
    (Message("limit.vast"), "十亿以上", "over a billion"),
    (Message("limit.depth", found="16", most=15),
     "查询过于复杂：嵌套层数为 16，上限为 15；请减少层级，或用 node(id:) 从内层对象开始另查。",
     TOO_COMPLEX + "its fields are nested 16 deep, at most 15 are allowed; "
     "nest less, or begin another query at an inner object with node(id:)."),
    (Message("limit.directives", found="21", most=20),
     "查询过于复杂：指令数为 21，上限为 20；请减少指令。",
     TOO_COMPLEX + "it has 21 directives, at most 20 are allowed; use fewer."),
    (Message("limit.fields", found="601", most=600),
     "查询过于复杂：字段数为 601，上限为 600；请只选取需要的字段，或分几次查询。",
     TOO_COMPLEX + "it has 601 fields, at most 600 are allowed; select what is needed, or ask in several requests."),
    (Message("limit.fragments"), "片段嵌套过深，请减少层级。", "Fragments are nested too deep; nest them less."),
    (Message("limit.introspection_depth", found="21", most=20),
     "查询过于复杂：内省查询的嵌套层数为 21，上限为 20；请减少 ofType 等的层级。",
     TOO_COMPLEX + "introspection is nested 21 deep, at most 20 are allowed; "
     "ask for fewer levels of ofType and the like."),
    (Message("limit.operations", found="6", most=5),
     "查询过于复杂：文档中的操作数为 6，上限为 5；请把各操作分开发送。",
     TOO_COMPLEX + "the document has 6 operations, at most 5 are allowed; send them apart."),
    (Message("limit.root_mutations", found="6", most=5),
     "查询过于复杂：一次请求中的变更数为 6，上限为 5；请分几次提交。",
     TOO_COMPLEX + "it has 6 mutations, at most 5 are allowed; send them in several requests."),
    (Message("limit.seconds", seconds="10"),
     "查询超过 10 秒仍未完成，已停止；请缩小查询范围后重试。",
     "The query was stopped after 10 seconds; narrow it and try again."),
    (Message("limit.text", reason="Parsing aborted."),
     "查询文本过大，请拆成几次较小的查询。Parsing aborted.",
     "The query's text is too large; split it into several queries. Parsing aborted."),
    (Message("request.empty_character", place="variables.name"),
     "variables.name 含有不可见的空字符（U+0000），请删去后重新提交。",
     "variables.name holds an invisible null character (U+0000); remove it and try again."),
    (Message("request.away"),
     "服务暂时不可用，请求没有办理，请稍后再试。",
     "The service is unavailable for the moment; nothing was done, please try again later."),
    (Message("request.outcome_unknown"),
     "服务暂时中断，无法确认本次操作是否已经办理：请先查询结果，再决定是否重新提交。",
     "The service was interrupted, and it is unknown whether this was done: look it up before you send it again."),
    (Message("request.done_not_shown"),
     "本次操作已经办理，但结果暂时无法显示，请稍后查询。",
     "This was done, but its result cannot be shown for the moment; look it up later."),
    (Message("request.internal", number="0f0f"), "服务器内部错误，编号 0f0f。", "Internal server error, number 0f0f."),
    (Message("request.no_query"),
     "请求中没有 GraphQL 查询，请在 query 中给出。",
     "The request holds no GraphQL query; send one as query."),
    (Message("request.which_operation"),
     "文档中有多个操作，请在 operationName 中写明要执行哪一个。",
     "The document has several operations; name the one to run as operationName."),
    (Message("request.not_listed"),
     "未登录时只能使用平台登记的查询，请先登录。",
     "Strangers can use the platform's listed queries only; sign in first."),
]
# fmt: on


def said(phrase: DomainError | Message) -> Message:
    return phrase.said if isinstance(phrase, DomainError) else phrase


@pytest.mark.parametrize(("phrase", "chinese", "english"), PHRASES, ids=[english for _, _, english in PHRASES])
def test_it_is_said_so(phrase: DomainError | Message, chinese: str, english: str):
    assert (said(phrase).zh, said(phrase).en) == (chinese, english)


def test_no_sentence_lacks_a_language_or_is_missing_from_the_book():
    assert set(SENTENCES["zh"]) == set(SENTENCES["en"]) == {said(phrase).key for phrase, _, _ in PHRASES}


def test_every_name_of_the_glossary_is_used_in_the_book():
    chinese, english = ([line[language] for line in PHRASES] for language in (1, 2))
    for table in (TYPES, PROCEDURES, ACTS, STATES, METHODS, ROLES, CHANNELS, CHARACTERS):
        for name, term in table.items():
            assert any(term.zh in line for line in chinese), name
            assert any(term.en in line for line in english), name


def test_every_kind_of_thing_and_every_state_it_can_be_in_has_its_name():
    kinds = (
        AccountReservation,
        GuaranteeOrder,
        Cancellation,
        CashPayment,
        Certification,
        Filing,
        LetterSubmission,
        QuotaApplication,
    )
    assert {kind.__name__ for kind in kinds} <= set(TYPES)
    assert {kind.procedure for kind in kinds} <= set(PROCEDURES)
    assert {*ProjectState, *CaseState, *DepositState} <= set(STATES)
    assert set(Role) == set(ROLES)
    assert set(Channel) == set(CHANNELS)


SOURCES = Path(core.__file__).parents[1]
FACTS = {"InvalidInput": 1, "Duplicate": 0, "NotApplicable": 2, "Message": 0}
"""Where a raise site names its sentence; facts follow by name."""
WORDS = {"NotAllowed": (0, ACTS), "NotFound": (0, TYPES), "WrongState": (0, TYPES), "NotApplicable": (0, TYPES)}


@cache
def sources() -> list[tuple[Path, ast.Module]]:
    return [
        (path.relative_to(SOURCES), ast.parse(path.read_text("utf-8")))
        for package in ("anxin", "core", "plugins", "resolvers", "schema")
        for path in sorted((SOURCES / package).rglob("*.py"))
    ]


@cache
def all_calls() -> list[tuple[str, str, ast.Call]]:
    """Every call of a plain name in the source: its place, the name, and the call."""
    return [
        (f"{path}:{node.lineno}", node.func.id, node)
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]


def calls(*names: str) -> Iterator[tuple[str, str, ast.Call]]:
    """Every place of the source that makes one of these."""
    yield from (call for call in all_calls() if call[1] in names)


def literal(call: ast.Call, position: int) -> str | None:
    argument = call.args[position] if position < len(call.args) else None
    return argument.value if isinstance(argument, ast.Constant) else None


def test_no_raise_site_says_what_the_book_does_not_have():
    book = {(said(phrase).key, frozenset(said(phrase).facts)) for phrase, _, _ in PHRASES}
    seen = 0
    for place, name, call in calls(*FACTS):
        key = literal(call, FACTS[name])
        if key is None:
            assert name == "Message", f"{place}: name the reason itself, so that it can be found"
            continue
        if any(keyword.arg is None for keyword in call.keywords):
            continue
        facts = {keyword.arg for keyword in call.keywords} | ({"kind"} if name == "NotApplicable" else set())
        assert ((key if name == "Message" else f"{name}.{key}"), frozenset(facts)) in book, place
        seen += 1
    assert seen > 60


def test_every_raise_site_uses_the_glossarys_words():
    for place, name, call in calls(*WORDS):
        position, table = WORDS[name]
        word = literal(call, position)
        assert word is None or word in table, f"{place}: {word}"
    for place, _, call in calls("WrongState"):
        act = literal(call, 3)
        assert act is None or act in ACTS, f"{place}: {act}"
    configured = {f"NotConfiguredHere.{literal(call, 0)}" for _, _, call in calls("NotConfiguredHere")}
    assert configured <= set(SENTENCES["zh"])


def test_no_sentence_is_left_that_nobody_says():
    trees = [tree for path, tree in sources() if "messages" not in path.parts]
    names = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    classes = {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    for key in SENTENCES["zh"]:
        assert key in names | classes or key.rpartition(".")[2] in names, key


SWAPPED = {
    "field.": {"label": "field", "options": "codes"},
    "material.": {"name": "code"},
    "NotConfiguredHere.": {"city_name": "city"},
    "step.": {"label": "procedure"},
    "check.": {"label": "path", "message": "english"},
}
"""What a ruleset says in Chinese, and what the English sentence calls it by."""


@pytest.mark.parametrize("key", SENTENCES["zh"])
def test_both_languages_tell_the_same_facts(key: str):
    """A field's label, a material's name and a city's are the ruleset's: English calls them by their codes."""
    swapped = next((names for prefix, names in SWAPPED.items() if key.startswith(prefix)), {})
    chinese, english = (
        {field for _, field, _, _ in string.Formatter().parse(SENTENCES[language][key]) if field}
        for language in ("zh", "en")
    )
    assert english == {swapped.get(field, field) for field in chinese} - (
        {"cause", "remedy"} if "fact." in key else set()
    )


def test_broken_rules_are_said_one_after_another_and_counted_where_a_ruleset_knows_chinese_alone():
    ours = Message("field.required", **NAMED), Message("registration.name")
    told = [Violation("X", (), message.zh, None, english=message.en) for message in ours]
    assert RulesViolated(told).message == "请填写“经理电话”。请填写姓名。"
    assert RulesViolated(told).english == "Fill in “manager phone”. Fill in your name."
    told.append(Violation("X", (), "工期与计划日期不符，请核对。", None, refuses=False))
    assert RulesViolated(told).message == "请填写“经理电话”。请填写姓名。"
    assert RulesViolated(told).english == "Fill in “manager phone”. Fill in your name."
    told.append(Violation("X", (), "免缴无需备案申请", None))
    assert RulesViolated(told).message == "请填写“经理电话”。请填写姓名。免缴无需备案申请。"
    assert RulesViolated(told).english == "The city's rules are not met in 3 points; see the violations."
    assert RulesViolated(told[-1:]).english == "The city's rules are not met in 1 point; see the violations."


PARTS = (
    "uscc.",
    "role",
    "channel",
    "limit.vast",
    "value.text",
    "value.written",
    "InvalidInput.facts",
    "step.apply_for_certification.label",
    "step.enter_project.label",
    "step.report_progress.label",
)
"""What stands within another sentence."""


@pytest.mark.parametrize(("phrase", "chinese", "english"), PHRASES, ids=[english for _, _, english in PHRASES])
def test_it_is_a_sentence_that_a_clerk_would_write(phrase: DomainError | Message, chinese: str, english: str):
    if not said(phrase).key.startswith(PARTS) and said(phrase).key != "limit.text":
        assert (chinese[-1], english[-1]) in (("。", "."), ("？", "?"))
    for sentence in (chinese, english):
        assert sentence.count("“") == sentence.count("”"), sentence
        assert not re.search(r"""["`]|'(?!s )|\b(None|True|False|nan|Decimal|datetime)\b""", sentence), sentence
        assert ".." not in sentence
        assert "。。" not in sentence
        assert not re.search(r" [（，。；]|[），。；] ", sentence)
    assert not re.search(r"\b1 (characters|files|seconds|points|days|years|were)\b", english)
    codes = {"broken_rules"}
    assert not [name for name in re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", english) if name not in codes], english


def test_a_number_agrees_with_its_noun():
    for key, facts in (
        ("RulesViolated.count", {"count": 1}),
        ("RateLimited", {"seconds": 1}),
        ("CredentialsWrong.left", {"left": 1}),
        ("material.too_many", {**LICENCE, "most": 1, "found": 1}),
        ("uscc.length", {"found": 1}),
        ("password.too_short", {"least": 1}),
        ("limit.seconds", {"seconds": "1"}),
    ):
        assert not re.search(r"\b1 \w+s\b(?! uploaded)|\b1 were\b", Message(key, **facts).en), Message(key, **facts).en


def test_every_field_that_english_has_to_name_reads_as_words():
    for ruleset in cities.load(None):
        for path in ruleset.paths("facts"):
            name = path.rpartition(".")[2]
            english = Message("field.required", label="", field=name).en
            assert not re.search(r"_|\buscc\b|\bhrss\b|\bid\b", english), path


async def heard(person: Person, act: Callable[[], Awaitable[Any]]) -> tuple[str, str]:
    """What an act that is refused says in Chinese and in English, under one code."""
    answers = []
    for language in ("zh-CN", "en"):
        person.headers["Accept-Language"] = language
        answers.append(await act())
    person.headers.clear()
    chinese, english = answers
    assert (chinese["__typename"], chinese["code"], chinese["path"]) == (
        english["__typename"],
        english["code"],
        english["path"],
    )
    return chinese["message"], english["message"]


def line(phrase: DomainError | Message) -> tuple[str, str]:
    """As the book has it."""
    [found] = {(zh, en) for known, zh, en in PHRASES if vars(said(known)) == vars(said(phrase))}
    return found


async def test_acts_before_there_is_a_deposit_are_refused_in_both_languages(app: Application):
    stranger, nobody, handler, officer = app.stranger, await app.person(), await app.handler(), await app.officer()
    missing = {"projectId": "Project:42"}
    progress = ("reportProgress", "ReportProgressInput", "... on Project { id }")
    assert await heard(stranger, lambda: stranger.act(*progress, **missing)) == line(Unauthenticated())
    assert await heard(officer, lambda: officer.act(*progress, **missing)) == line(
        NotAllowed("report_progress", Role.HANDLER)
    )
    assert await heard(handler, lambda: submit_quota(handler, "Project:42")) == line(NotFound("Project", "42"))
    assert await heard(officer, lambda: submit_quota(officer, "Project:42")) == line(
        NotAllowed("apply_for_quota", Role.HANDLER)
    )
    enter = ("enterProject", "ProjectInput", "... on Project { id }")
    assert await heard(nobody, lambda: nobody.act(*enter, city="benxi", fields={})) == line(
        NotAllowed("enter_project", Role.HANDLER, "alone")
    )
    assert await heard(handler, lambda: handler.act(*enter, city="atlantis", fields={})) == line(
        NotFound("Ruleset", "atlantis")
    )
    draft = await handler.act(
        "saveProjectDraft", "ProjectInput", "... on Project { id }", city="benxi", fields={"name": "甲"}
    )
    assert await heard(handler, lambda: submit_quota(handler, draft["id"])) == line(
        stuck("Project", "draft", "apply_for_quota")
    )
    assert await heard(handler, lambda: handler.act(*progress, projectId=draft["id"])) == line(
        stuck("Project", "draft", "report_progress")
    )
    project = (await enter_project(handler))["id"]
    again = {"city": "benxi", "fields": {}, "draftId": project}
    keep = ("saveProjectDraft", "ProjectInput", "... on Project { id }")
    assert await heard(handler, lambda: handler.act(*keep, **again)) == line(stuck("Project", "entered", "edit_draft"))
    applied = await submit_quota(handler, project)
    assert await heard(handler, lambda: submit_quota(handler, project)) == line(Duplicate("quota_application"))
    assert await heard(handler, lambda: submit_quota(handler, project, correcting=applied["id"])) == line(
        stuck("QuotaApplication", "submitted", "submit_again")
    )
    other = (await enter_project(handler, name="乙"))["id"]
    assert await heard(handler, lambda: submit_quota(handler, other, correcting=applied["id"])) == line(
        NotApplicable("QuotaApplication", "42", "of_another_project")
    )
    assert await heard(handler, lambda: submit_certification(handler)) == line(
        stuck("Certification", "approved", "submit_again")
    )
    assert await heard(nobody, lambda: submit_certification(nobody)) == line(Duplicate("enterprise"))
    [review] = await deposits.queue(officer)
    rejected = ("rejectReview", "RejectReviewInput", "... on Review { id }")
    assert await heard(officer, lambda: officer.act(*rejected, reviewId=review["id"], reason=" ")) == line(
        InvalidInput(("reason",), "reason_missing")
    )
    approved = ("approveReview", "ApproveReviewInput", "... on Review { id }")
    chinese, english = await heard(handler, lambda: handler.act(*approved, reviewId=review["id"]))
    assert chinese == "您当前的身份不能审核该事项，须由人社部门经办人员办理。"
    assert english == "Your role does not allow you to review this case; that takes the role “HRSS officer”."
    await approve(officer)
    assert await heard(officer, lambda: officer.act(*approved, reviewId=review["id"])) == line(
        stuck("Review", "decided", "decide_again")
    )
    assert await heard(handler, lambda: submit_quota(handler, project)) == line(Duplicate("wage_deposit"))


async def test_acts_of_a_deposit_are_refused_in_both_languages(app: Application):
    handler, officer = await app.handler(), await app.officer()
    tomorrow = str(deposits.TODAY + timedelta(days=1))
    by_letter = await deposits.open_deposit(handler, officer)
    in_cash = await deposits.open_deposit(handler, officer, {"name": "乙"}, **deposits.SAMPLE)
    assert await heard(handler, lambda: deposits.report_cash(handler, by_letter)) == line(
        NotApplicable("WageDeposit", "42", "paid_otherwise", method="guarantee", act="report_cash_payment")
    )
    assert await heard(handler, lambda: deposits.hand_in(handler, in_cash)) == line(
        NotApplicable("WageDeposit", "42", "paid_otherwise", method="cash", act="submit_letter")
    )
    assert await heard(handler, lambda: deposits.report_cash(handler, in_cash, paidOn=tomorrow)) == line(
        InvalidInput(("paidOn",), "paid_in_future")
    )
    assert await heard(handler, lambda: deposits.hand_in(handler, by_letter, issuedOn=tomorrow)) == line(
        InvalidInput(("issuedOn",), "issued_in_future")
    )
    assert await heard(handler, lambda: deposits.hand_in(handler, by_letter, endsOn="2020-01-01")) == line(
        InvalidInput(("endsOn",), "ends_before_start")
    )
    file = (await handler.upload())["id"]
    twice = [{"code": "guarantee_letter", "documents": [file, file]}]
    assert await heard(handler, lambda: deposits.hand_in(handler, by_letter, materials=twice)) == line(
        InvalidInput(("materials",), "document_twice")
    )
    assert await heard(handler, lambda: deposits.apply_to_bank(handler, by_letter, "Institution:42")) == line(
        NotFound("Institution", "42")
    )
    assert await heard(officer, lambda: deposits.submit_filing(officer, by_letter)) == line(
        NotAllowed("handle_deposit", Role.HANDLER)
    )
    assert await heard(handler, lambda: deposits.cancel(handler, by_letter)) == line(
        stuck("WageDeposit", "awaiting_payment", "cancel")
    )
    use = ("recordDepositUse", "RecordDepositUseInput", "... on DepositUse { id }")
    used = {"wageDepositId": by_letter, "noticeNumber": "1", "amount": "1.00", "usedOn": tomorrow, "reason": "欠薪"}
    assert await heard(handler, lambda: handler.act(*use, **used)) == line(
        NotAllowed("record_deposit_use", Role.HRSS_OFFICER)
    )
    assert await heard(officer, lambda: officer.act(*use, **used)) == line(InvalidInput(("usedOn",), "used_in_future"))
    handed_in = await deposits.hand_in(handler, by_letter, guaranteeNumber="YS-0002")
    assert handed_in["__typename"] == "LetterSubmission"
    assert await heard(handler, lambda: deposits.hand_in(handler, by_letter)) == (
        "该保证金的线下保函正在办理，请等待办理结果。",
        "One offline guarantee for this deposit is under way already; wait for its outcome.",
    )
    await approve(officer)
    assert await heard(handler, lambda: deposits.hand_in(handler, by_letter, guaranteeNumber="YS-0002")) == line(
        InvalidInput(("guaranteeNumber",), "number_taken", number="YS-0002", issuer="演示银行本溪分行")
    )
    assert (await deposits.submit_filing(handler, by_letter))["__typename"] == "Filing"
    assert await heard(handler, lambda: deposits.cancel(handler, by_letter)) == line(
        stuck("WageDeposit", "applying", "cancel")
    )
    await approve(officer)
    assert await heard(handler, lambda: deposits.submit_filing(handler, by_letter)) == line(
        stuck("WageDeposit", "filed", "file_again")
    )


async def test_who_is_refused_at_the_door_hears_it_in_both_languages(app: Application):
    person, administrator = await app.person(), await app.staff(Role.ADMINISTRATOR, "")
    unlock = (
        "mutation ($input: UnlockAccountInput!) { unlockAccount(input: $input) "
        "{ __typename ... on Problem { code path message } } }"
    )
    locked = {"mobile": "13700000001"}
    assert await heard(person, lambda: person.ask(unlock, input=locked)) == line(
        NotAllowed("unlock_account", Role.ADMINISTRATOR)
    )
    assert await heard(administrator, lambda: administrator.ask(unlock, input=locked)) == line(
        NotFound("LockedAccount", "13700000001")
    )
    stranger = app.stranger
    log_in = ("logIn", "LogInInput", "... on SignedIn { token }")
    wrong = {"city": "benxi", "mobile": person.mobile, "password": "Wrong1!!"}
    said = await heard(stranger, lambda: stranger.act(*log_in, **wrong))
    assert said == (CredentialsWrong(4).message, CredentialsWrong(3).english)
    send = ("requestCode", "RequestCodeInput", "... on CodeSent { request }")
    sent = {"city": "benxi", "purpose": "REGISTER", "channel": "SMS", "address": "12"}
    assert await heard(stranger, lambda: stranger.act(*send, **sent)) == line(InvalidInput(("address",), "mobile"))
    assert await heard(person, lambda: person.upload(b"<html></html>")) == (
        "文件内容不是可接受的类型（text/html），请上传 JPEG、OFD、PDF、PNG。",
        "The file's content is of a type that is not accepted (text/html); upload one of these: JPEG, OFD, PDF, PNG.",
    )
    needs = "mutation ($input: UnlockAccountInput!) { unlockAccount(input: $input) { ... on NotAllowed { needs } } }"
    person.headers["Accept-Language"] = "en"
    assert await person.ask(needs, input=locked) == {"needs": "administrator"}


OURS = {"FIELD_REQUIRED", "FIELD_INVALID", "UNKNOWN_MATERIAL"}


async def test_every_broken_rule_is_said_in_both_languages(app: Application):
    stranger = app.stranger
    stated = {"city": "benxi", "mobile": "12", "email": "li@", "name": " ", "password": PASSWORD[:5] + "a" * 130}
    given = {**stated, "agreementAccepted": False, "codeRequest": "none", "code": "000000"}
    register = ("register", "RegisterInput", "... on Account { id }")
    chinese, english = await heard(stranger, lambda: stranger.act(*register, **given))
    assert chinese == (
        "手机号应为 11 位大陆手机号码。电子邮箱的写法不对。请填写姓名。请先阅读并同意用户协议。密码最多 128 个字符。"
    )
    assert english == (
        "A mobile number has 11 digits and belongs to mainland China. This is not a mail address. Fill in your name. "
        "Read the user agreement and accept it first. The password has at most 128 characters."
    )
    handler = await app.handler()
    project = (await enter_project(handler))["id"]
    handler.headers["Accept-Language"] = "en"
    other = [{"code": "other", "documents": [(await handler.upload())["id"]]}]
    lacking = {"entryMode": None, "handler": None, "handlerPhone": "12", "materials": other}
    refused = await submit_quota(handler, project, **lacking)
    told = [found["message"] for found in refused["violations"] if found["code"] in OURS]
    assert told == [
        "Fill in “entry mode”.",
        "Fill in “handler”.",
        "“handler phone” is not a valid telephone number: 12.",
        "The material “other” is not asked for in this application; remove it.",
    ]


async def test_what_comes_next_is_said_in_both_languages(app: Application):
    handler, officer = await app.handler(), await app.officer()
    deposit = await deposits.open_deposit(handler, officer)
    project = await deposits.project_of(handler, deposit)
    steps = "query ($id: ID!) { node(id: $id) { ... on Project { nextSteps { sentence } } } }"
    offers = "guaranteeBlock { channels { label sentence } }"
    heard = {}
    for language in ("zh-CN", "en"):
        handler.headers["Accept-Language"] = language
        found = (await handler.ask(steps, id=project))["nextSteps"]
        channels = (await deposits.show(handler, deposit, offers))["guaranteeBlock"]["channels"]
        heard[language] = [step["sentence"] for step in found], [tuple(offer.values()) for offer in channels]
    said, offered = zip(heard["zh-CN"], heard["en"], strict=True)
    keys = ("step.choose_bank", "step.hand_in_letter", "step.report_progress")
    assert list(zip(*said, strict=True)) == [line(Message(key)) for key in keys]
    assert offered[1][0] == ("bank guarantee", "You can choose a bank and apply for a guarantee online.")
    assert offered[1][1] == ("insurance", "This way is not open yet (insurance); choose another one.")
    assert offered[0][1] == ("保险办理", "保险办理暂未开通，请选择其他办理方式。")


async def test_questions_are_refused_in_both_languages(app: Application):
    handler = await app.handler()
    for query, phrase in (
        ("{ me { memberships { id } } projects(first: 101) { totalCount } }", InvalidInput((), "page_size", most=100)),
        ('{ projects(after: "x") { totalCount } }', InvalidInput((), "cursor")),
        ('{ node(id: "Project") { id } }', InvalidInput((), "id", id="Project")),
        ('{ ruleset(city: "atlantis") { city } }', NotFound("Ruleset", "atlantis")),
        ('{ ruleset(city: "benxi") { value(path: "no.such") { path } } }', NotFound("RulesetValue", "no.such")),
        ('{ explain(city: "benxi", path: "no.such") { value } }', NotFound("Rule", "no.such")),
    ):
        told = []
        for language in ("zh-CN", "en"):
            handler.headers["Accept-Language"] = language
            [error] = (await handler.post(query))["errors"]
            told.append(error["message"])
        assert tuple(told) == line(phrase), query


async def test_what_the_schema_refuses_is_said_in_both_languages(app: Application):
    stranger = app.stranger
    told = {}
    for language in ("zh-CN", "en"):
        stranger.headers["Accept-Language"] = language
        asked = [
            "{ " + " ".join(f"a{number}: __typename" for number in range(31)) + " }",
            "{ " + "a " * 5001 + "}",
            r'{ ruleset(city: "ben\u0000xi") { city } }',
        ]
        told[language] = [(await stranger.post(query))["errors"][0]["message"] for query in asked]
    assert told["zh-CN"][0] == "查询过于复杂：别名数为 31，上限为 30；请分几次查询。"
    assert told["en"][0] == TOO_COMPLEX + "it has 31 aliases, at most 30 are allowed; ask in several requests."
    assert told["zh-CN"][1].startswith("查询文本过大，请拆成几次较小的查询。")
    assert told["en"][1].startswith("The query's text is too large; split it into several queries.")
    assert told["zh-CN"][2] == "query:1 含有不可见的空字符（U+0000），请删去后重新提交。"
    assert told["en"][2] == "query:1 holds an invisible null character (U+0000); remove it and try again."
