"""The names that sentences use, each in both languages: types, acts, states, roles. The terms are the glossary's."""

from collections.abc import Mapping
from typing import NamedTuple


class Term(NamedTuple):
    """One name. In English without an article."""

    zh: str
    en: str


TYPES: Mapping[str, Term] = {
    "Account": Term("账户", "account"),
    "AccountReservation": Term("专户开户预约", "account reservation"),
    "Cancellation": Term("注销申请", "cancellation"),
    "Case": Term("申请", "application"),
    "CashPayment": Term("现金缴纳", "cash payment"),
    "Certification": Term("企业认证", "certification"),
    "Document": Term("文件", "file"),
    "Enterprise": Term("企业", "enterprise"),
    "Filing": Term("备案申请", "filing"),
    "Guarantee": Term("保函", "guarantee"),
    "GuaranteeOrder": Term("银行保函", "bank guarantee"),
    "Institution": Term("金融机构", "financial institution"),
    "Invitation": Term("经办人邀请", "invitation"),
    "LockedAccount": Term("已锁定的账户", "locked account"),
    "LetterSubmission": Term("线下保函", "offline guarantee"),
    "Membership": Term("任职关系", "membership"),
    "Project": Term("工程", "project"),
    "QuotaApplication": Term("定额申请", "quota application"),
    "Review": Term("审核事项", "review"),
    "Rule": Term("规则", "rule"),
    "Ruleset": Term("城市规则", "ruleset for the city"),
    "RulesetValue": Term("参数", "value"),
    "WageDeposit": Term("工资保证金", "wage deposit"),
}
"""What there is, by its name in the API; some things have none there."""

PROCEDURES: Mapping[str, Term] = {
    "account_reservation": TYPES["AccountReservation"],
    "cancellation": TYPES["Cancellation"],
    "cash_payment": TYPES["CashPayment"],
    "certification": TYPES["Certification"],
    "deposit_use": Term("保证金动用", "use of a deposit"),
    "filing": TYPES["Filing"],
    "guarantee_issue": Term("银行保函回传", "return of a bank guarantee"),
    "guarantee_order": TYPES["GuaranteeOrder"],
    "letter_submission": TYPES["LetterSubmission"],
    "quota_application": TYPES["QuotaApplication"],
}

ACTS: Mapping[str, Term] = {
    "accept_invitation": Term("接受经办人邀请", "accept an invitation"),
    "add_handler": Term("邀请或撤回邀请经办人", "invite a handler, or withdraw an invitation"),
    "apply_for_certification": Term("以企业名义申请认证", "apply for an enterprise's certification"),
    "apply_for_quota": Term("申请定额", "apply for a quota"),
    "cancel": Term("办理注销", "cancel it"),
    "correct_payment": Term("更正缴纳", "correct its payment"),
    "decide_again": Term("再次办理", "decide on it again"),
    "decide_order": Term("受理保函申请", "decide on an order"),
    "delete_draft": Term("作为草稿删除", "delete it as a draft"),
    "edit_draft": Term("作为草稿修改", "edit it as a draft"),
    "end_membership": Term("终止他人的身份", "end a membership"),
    "enter_project": Term("新建工程", "enter a project"),
    "extend_guarantee": Term("延长保函", "extend it"),
    "file": Term("办理备案", "put it on record"),
    "file_again": Term("再次备案", "put it on record again"),
    "handle_deposit": Term("办理工资保证金", "handle a wage deposit"),
    "issue_guarantee": Term("开立保函", "issue a guarantee"),
    "order_guarantees": Term("办理银行保函", "order a guarantee"),
    "record_deposit_use": Term("登记保证金动用", "record the use of a deposit"),
    "report_cash_payment": Term("办理现金缴纳", "report a cash payment"),
    "report_progress": Term("填报工程进度", "report the progress of a project"),
    "reserve_account": Term("预约开立专户", "reserve an account"),
    "state_deferral_end": Term("登记缓缴的期限", "state the end of a deferral"),
    "state_contractor_record": Term("认定承包单位的记录", "state a contractor's record"),
    "review": Term("审核该事项", "review this case"),
    "secure": Term("认定为已缴纳", "count it as paid"),
    "submit_again": Term("再次提交", "submit it again"),
    "submit_letter": Term("上传线下保函", "hand in a letter of guarantee"),
    "unlock_account": Term("解锁账户", "unlock an account"),
    "withdraw": Term("撤回", "withdraw it"),
}
"""What cannot be done: 不能…, you cannot …"""

STATES: Mapping[str, Term] = {
    # of a project
    "draft": Term("仍为草稿", "is still a draft"),
    "entered": Term("已登记", "has been entered"),
    "under_construction": Term("已开工在建", "is under construction"),
    "completed": Term("已竣工", "is completed"),
    # of a case
    "submitted": Term("正在审核", "is under review"),
    "approved": Term("已审核通过", "has been approved"),
    "rejected": Term("已被驳回", "has been rejected"),
    "accepted": Term("已受理", "has been taken on"),
    "withdrawn": Term("已撤回", "has been withdrawn"),
    # of a deposit, and of its filing
    "waived": Term("无需缴纳", "is waived"),
    "deferred": Term("正在缓缴", "is deferred"),
    "awaiting_payment": Term("尚待缴纳", "is awaiting payment"),
    "secured": Term("已缴纳", "is paid already"),
    "to_replenish": Term("已动用，待补足", "was used and is to be made up"),
    "unsecured": Term("的保函已到期", "is secured by no guarantee any more"),
    "cancelled": Term("已注销", "has been cancelled"),
    "applying": Term("正在申请备案", "is being put on record"),
    "filed": Term("已备案", "is on record already"),
    # of a guarantee
    "pending": Term("尚未生效", "has not begun yet"),
    "replaced": Term("已被替换", "has been replaced"),
    "expired": Term("已到期", "has expired"),
    "released": Term("已解除", "has been released"),
    # of a review
    "decided": Term("已办结", "is closed"),
}
"""How a thing stands: 该工程…, the project …"""

METHODS: Mapping[str, Term] = {
    "cash": Term("现金", "in cash"),
    "guarantee": Term("保函", "with a letter of guarantee"),
}
"""How a deposit is paid: 缴纳方式为…, paid …"""

ROLES: Mapping[str, Term] = {
    "handler": Term("企业经办人", "handler of an enterprise"),
    "hrss_officer": Term("人社部门经办人员", "HRSS officer"),
    "industry_officer": Term("行业主管部门经办人员", "industry authority's officer"),
    "certification_reviewer": Term("认证审核员", "certification reviewer"),
    "institution_staff": Term("金融机构经办人员", "financial institution's staff"),
    "ruleset_operator": Term("业务配置人员", "ruleset operator"),
    "administrator": Term("管理员", "administrator"),
}

CHANNELS: Mapping[str, Term] = {
    "bank_guarantee": Term("银行保函办理", "bank guarantee"),
    "insurance": Term("保险办理", "insurance"),
    "guarantee_company": Term("担保公司保函办理", "guarantee company's letter"),
    "offline_upload": Term("保单保函上传", "guarantee obtained offline"),
}
"""Ways to a guarantee, by their codes in the rulesets."""

KINDS: Mapping[str, Term] = {
    "money": Term("金额（元，最多两位小数），如 2600000.00", "an amount in yuan, such as 2600000.00"),
    "rate": Term("比例，如 0.05 或 5%", "a rate, such as 0.05 or 5%"),
    "integer": Term("整数", "a whole number"),
    "boolean": Term("true 或 false", "true or false"),
    "date": Term("日期，如 2024-07-01", "a day, such as 2024-07-01"),
    "text": Term("看得见的文字", "a text that can be seen"),
    "code": Term("选项", "an option"),
    "texts": Term("文字", "texts"),
    "codes": Term("选项", "options"),
    "span": Term("期限，如 5 working_day", "a period, such as 5 working_day"),
}
"""What a city's own field takes, by its fact's kind."""


CHARACTERS: Mapping[str, Term] = {
    "upper": Term("大写字母", "a capital letter"),
    "lower": Term("小写字母", "a small letter"),
    "digit": Term("数字", "a digit"),
    "special": Term("特殊符号", "a special character"),
}
"""What a password may have to contain."""

FIELDS: Mapping[str, str] = {
    "actual_completed_on": "actual day of completion",
    "actual_started_on": "actual day of beginning",
    "applicant_uscc": "applicant's unified social credit code",
    "arrears_within_2_years": "wage arrears within the last two years",
    "at_least_one_year": "validity of at least one year",
    "institution_id": "bank",
    "institution_ids": "bank",
    "beneficiary_uscc": "beneficiary's unified social credit code",
    "clean_years": "years without wage arrears",
    "contract_signed_on": "day of the contract's signing",
    "contractor_uscc": "contractor's unified social credit code",
    "ends_on": "last day",
    "expected_completed_on": "expected day of completion",
    "general_contractor_uscc": "general contractor's unified social credit code",
    "happened_on": "day on which it happened",
    "hrss_office": "HRSS office",
    "issued_on": "day of issue",
    "on_serious_list": "entry in the list of serious wage arrears",
    "organization_kind": "kind of organisation",
    "other_projects_in_area": "other projects in the area",
    "construction_permit_number": "construction permit number",
    "owner_uscc": "owner's unified social credit code",
    "paid_on": "day of payment",
    "public_notice_from": "first day of public notice",
    "real_name_system": "real-name system in place",
    "starts_on": "first day",
    "uscc": "unified social credit code",
    "used_on": "day of use",
    "wage_account": "wage account in place",
}
"""English names of fields and facts whose identifiers do not read as words. Their Chinese ones are the rulesets'."""

_TEXTS: Mapping[str, str] = {
    "account_number": "账号",
    "address": "手机号或邮箱",
    "bank": "开户银行",
    "bank_brand": "银行品牌",
    "basis": "认定依据",
    "category": "项目种类",
    "city": "城市",
    "code": "代码",
    "code_request": "验证码编号",
    "contact": "联系人",
    "earlier_token": "曾登录令牌",
    "email": "电子邮箱",
    "endorsement_number": "批单号",
    "general_contractor": "施工总承包单位",
    "general_contractor_uscc": "总包单位统一社会信用代码",
    "guarantee_number": "保函号",
    "handler": "经办人",
    "handler_phone": "经办人电话",
    "industry_kind": "行业主管类型",
    "issuer": "承保出单机构",
    "kind": "类型",
    "labour_officer": "劳资专管员",
    "labour_officer_phone": "劳资专管员电话",
    "location": "工程地点",
    "manager": "项目经理",
    "manager_phone": "项目经理电话",
    "mobile": "手机号",
    "name": "名称",
    "notice_number": "支付通知书编号",
    "organization_kind": "认证类型",
    "owner": "建设单位",
    "construction_permit_number": "施工许可证号",
    "owner_uscc": "建设单位统一社会信用代码",
    "product_name": "产品名称",
    "qualification": "企业资质",
    "reason": "原因",
    "registered_area": "企业注册地",
    "remarks": "说明",
    "uscc": "统一社会信用代码",
}
TEXTS: Mapping[str, Term] = {
    name: Term(shown, FIELDS.get(name, name.replace("_", " "))) for name, shown in _TEXTS.items()
}
"""What people type into inputs: told by these names before any city's form is asked, whose labels are its own."""

TABLES: Mapping[str, Mapping[str, Term]] = {
    "text": TEXTS,
    "type": TYPES,
    "procedure": PROCEDURES,
    "act": ACTS,
    "state": STATES,
    "method": METHODS,
    "role": ROLES,
    "channel": CHANNELS,
    "characters": CHARACTERS,
    "kind": KINDS,
}
