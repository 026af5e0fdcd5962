"""What may be written in a ``ruleset.yaml``: the format, version 1. Its JSON Schema guides editors."""

from datetime import date
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict

from core import texts
from core.decisions import Kind
from core.rulesets.language.conditions import Condition
from core.rulesets.language.formulas import Formula, Number, Rounding

Text = Annotated[str, Strict(), Field(min_length=1)]
Day = Annotated[date, Strict()]
Count = Annotated[int, Strict(), Field(ge=0)]
Flag = Annotated[bool, Strict()]
Path = Annotated[str, Strict(), Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$")]
Code = Annotated[str, Strict(), Field(pattern=r"^[a-z][a-z0-9_-]*$")]
RegionCode = Annotated[str, Strict(), Field(pattern=r"^([0-9]{6}|CN)$")]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Cited(Section):
    """Everything stated holds from a day and rests on a source."""

    since: Day = Field(alias="from", description="自该日起适用（含）")
    source: Code = Field(description="sources 中的来源代码")
    locator: Text = Field(description="条款、章节或行号")
    note: Text | None = Field(None, description="给下一位配置人员的说明")
    interpretation: Code | None = Field(None, description="涉及的待确认问题，见 interpretations")


class Header(Section):
    city: Code = Field(description="城市代码，与文件夹同名")
    name: Text
    region: RegionCode = Field(description="GB/T 2260 行政区划代码，加引号")
    level: Literal["national", "province", "city"]
    version: Text = Field(description="版本号，加引号；内容改变即换新号")
    product_lines: list[Literal["wage_deposit", "payment_security"]] = []


class Source(Section):
    title: Text
    number: Text | None = None
    kind: Literal["law", "regulation", "standard", "manual", "notice", "platform_decision"]
    issuers: list[Text] = []
    in_force: Day | None = Field(None, description="施行日期；未知写 null")
    evidence: Literal["text", "news", "summary", "none"] = Field(
        description="text 读过原文；news 报道或公告；summary 第三方摘要；none 未读到"
    )
    url: Text | None = None
    checked: Day | None = Field(None, description="最近一次核对日期")
    note: Text | None = None
    interpretation: Code | None = Field(None, description="适用日是推定的：所涉的待确认问题，引用它的各项都受影响")


Limit = Number | Text
"""A number, or for a period its text: ``30 day``."""


class Bounds(Section):
    """What a city may set; outside it the city's file is refused with this citation."""

    min: Limit | None = None
    max: Limit | None = None
    source: Code
    locator: Text


class Usual(Section):
    """What was ever seen; outside it a city's figure is taken, and told as one to look at once more."""

    min: Number | None = None
    max: Number | None = None


class FormulaBounds(Section):
    """What a city's own formula may come to: a share of an amount, tried on cases; refused with this citation."""

    share_of: Path = Field(description="与哪个金额（事实）相比")
    when: Condition | None = Field(None, description="只在这种情形下")
    min: Number | None = None
    max: Number | None = None
    or_at: Path | None = Field(None, description="达到这个取值（如上限）的，不再要求 min")
    source: Code
    locator: Text


def _label_by_code(raw: object) -> object:
    return {code: code for code in cast("list[Any]", raw)} if isinstance(raw, list) else raw


Options = Annotated[dict[Code, Text], BeforeValidator(_label_by_code)]
"""Labels by codes; a list of codes alone is how versions that are stored have them."""


class Term(Section):
    """The declaration of a value: what the path means, in which unit. Values themselves stand under ``values``."""

    label: Text
    kind: Kind
    unit: Text | None = None
    options: Options | None = Field(None, description="kind 为 code 或 codes 时允许的取值：代码和名称")
    may_set: list[Literal["province", "city"]] = Field(["province", "city"], description="谁可以设定")
    bounds: Bounds | None = None
    usual: Usual | None = Field(None, description="通常的范围；超出只提示")
    optional: Flag = Field(False, description="上级只是允许、并不要求：下级可以写 null")
    read_by: Code | None = Field(None, description="等以后哪项业务来用；现在没有人读取")


class Fact(Section):
    """The declaration of a fact: something a case states."""

    label: Text
    kind: Kind
    unit: Text | None = None
    options: dict[Code, Text] | None = None
    supplied_by: Literal["platform", "form", "officer"] = Field(
        "form", description="由谁提供：platform 平台已知，form 在表单中填写，officer 由经办人员认定"
    )
    derived_from: list[Path] = Field([], description="由平台从这些事实算出，不由用户填写；缺少时说缺少其中哪些")


class ValueEntry(Cited):
    value: Any = Field(description="取值；未配置写 null")


class FormulaVersion(Cited):
    calculate: Formula
    round: Rounding | None = Field(None, description="舍入方式；金额必须写明")


class FormulaRule(Section):
    label: Text
    kind: Literal[Kind.MONEY, Kind.RATE, Kind.INTEGER]
    bounds: list[FormulaBounds] = Field([], description="下级自己的公式不得超出的范围")
    versions: list[FormulaVersion] = Field(min_length=1)


class TableRow(Section):
    id: Code
    when: Condition | None = Field(None, description="缺省即默认行")
    outcome: Code
    message: Text
    locator: Text | None = Field(None, description="与整表不同时写明")


class TableVersion(Cited):
    hit_policy: Literal["first", "unique"]
    rows: list[TableRow] = Field(min_length=1)


class TableRule(Section):
    """A decision table: facts in, one outcome out."""

    label: Text
    outcomes: dict[Code, Text]
    versions: list[TableVersion] = Field(min_length=1)


class Check(Cited):
    """A condition an act must meet. ``when`` limits it; ``severity: warn`` tells without refusing."""

    id: Code
    when: Condition | None = None
    must: Condition
    code: Annotated[str, Strict(), Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
    at: Path | None = Field(None, description="出错的填写项")
    severity: Literal["refuse", "warn"] = "refuse"
    message: Text
    message_en: Text | None = Field(None, description="message 的英文")
    overridable: Flag = False


class Material(Section):
    code: Code
    name: Text
    need: Literal["required", "recommended", "optional"] = Field(
        description="required 必交；recommended 缺了只提示，并说明依据；optional 可交"
    )
    when: Condition | None = None
    max_files: Annotated[int, Strict(), Field(ge=1)] | None = Field(None, description="份数上限；来源未写明为 null")
    max_mb: Annotated[int, Strict(), Field(ge=1)] | None = Field(
        None, description="单个文件上限（MB）；来源未写明为 null"
    )
    template: Text | None = Field(None, description="由主管部门提供模板时写模板名称")
    locator: Text | None = None


class MaterialVersion(Cited):
    rows: list[Material]


class MaterialList(Section):
    label: Text
    read_by: Code | None = Field(None, description="等以后哪项业务来用；现在没有人读取")
    versions: list[MaterialVersion] = Field(min_length=1)


class FormField(Section):
    code: Path = Field(description="对应的事实路径或接口字段")
    label: Text
    kind: Literal["text", "money", "rate", "integer", "date", "choice", "region", "uscc", "phone", "boolean"]
    need: Literal["required", "optional", "derived"]
    when: Condition | None = None
    unit: Text | None = None
    options: dict[Code, Text] | None = None
    options_complete: Flag = Field(True, description="false 表示来源只列出部分选项，其他文字也接受")
    longest: int | None = Field(
        None, ge=1, le=texts.MOST_OF_A_REMARK, description="文字最多多少个字符；不写则一行 200，说明和事由 2000"
    )
    zero: Flag = Field(False, description="金额可以填 0（如免收的手续费）；不写则必填的金额应大于 0")
    prefill: Text | None = None
    hint: Text | None = None
    shown_in: Literal["万元"] | None = Field(None, description="金额以万元显示；填写和保存一律按元")
    locator: Text | None = None


class FormVersion(Cited):
    fields: list[FormField] = Field(min_length=1)


class Form(Section):
    label: Text
    read_by: Code | None = Field(None, description="等以后哪项业务来用；现在没有人读取")
    versions: list[FormVersion] = Field(min_length=1)


class MaterialUse(Section):
    list: Code
    when: Condition | None = None


class Notices(Section):
    submitted: Code | None = None
    approved: Code | None = None
    rejected: Code | None = None


class ProcedureVersion(Cited):
    form: Code | None = None
    materials: list[MaterialUse] = []
    reviewer: Literal["hrss_officer", "certification_reviewer", "institution_staff", "industry_officer"] | None
    four_eyes: Flag = Field(False, description="true：通过须经同一单位两名人员先后审核，第二人驳回即退回")
    review_within: Path | None = Field(None, description="期限所在的 values 路径")
    resubmission: Flag = True
    follows: Text | None = Field(None, description="通过后办什么")
    notices: Notices = Notices(submitted=None, approved=None, rejected=None)


class Procedure(Section):
    label: Text
    read_by: Code | None = Field(None, description="等以后哪项业务来用；现在没有人读取")
    versions: list[ProcedureVersion] = Field(min_length=1)


class NoticeVersion(Cited):
    channels: list[Literal["sms", "email"]]
    subject: Text
    body: Text


class Notice(Section):
    label: Text
    read_by: Code | None = Field(None, description="等以后哪项业务来用；现在没有人读取")
    versions: list[NoticeVersion] = Field(min_length=1)


class Reading(Section):
    label: Text
    calculate: Formula | None = None
    value: Any = None
    table: Path | None = Field(None, description="按这种理解改用的判定表")


class Interpretation(Section):
    """An open question of law: the reading chosen, and the others, computable where they can be."""

    question: Text
    status: Literal["needs_confirmation", "confirmed"]
    chosen: Annotated[str, Strict()]
    readings: dict[str, Reading] = Field(min_length=2)
    argument: Text | None = None


class AuthorityRow(Section):
    """Who supervises: the industry authority and the HRSS office for an industry in an area."""

    industry: Text
    area: RegionCode
    industry_authority: Text
    hrss_office: Text


class AuthorityVersion(Cited):
    rows: list[AuthorityRow] = Field(min_length=1)


class Phone(Section):
    number: Text
    extension: Text | None = None


class DirectoryEntry(Cited):
    code: Code
    area: Text
    region: str | None = Field(None, pattern="^[0-9]{6}$", description="所管地区的行政区划代码；全市的不写")
    kind: Literal["enquiry", "technical_support", "report"]
    phones: list[Phone] = []
    other: list[Text] = []
    public: Flag = True


class RulesetFile(Section):
    """One city's file, or the national base."""

    format: Literal[1]
    ruleset: Header
    sources: dict[Code, Source]
    terms: dict[Path, Term] = {}
    facts: dict[Path, Fact] = {}
    values: dict[Path, list[ValueEntry]] = {}
    formulas: dict[Path, FormulaRule] = {}
    tables: dict[Path, TableRule] = {}
    checks: dict[Code, list[Check]] = {}
    materials: dict[Code, MaterialList] = {}
    forms: dict[Code, Form] = {}
    procedures: dict[Code, Procedure] = {}
    notices: dict[Code, Notice] = {}
    interpretations: dict[Code, Interpretation] = {}
    authorities: list[AuthorityVersion] = []
    directory: list[DirectoryEntry] = []


class WorkedExample(Section):
    """One case of a ``tests.yaml``: facts and a day in, the answers a jurist expects out."""

    name: Text
    on: Day
    source: Text = Field(description="例子的出处")
    rows: list[Text] = Field([], description="所证明的需求编号")
    facts: dict[Path, Any] = {}
    expect: dict[Path, Any] = Field({}, description="路径: 结果（公式、判定表或取值）")
    not_configured: list[Path] = []
    certainty: dict[Path, Text] = {}
    alternatives: dict[Path, dict[str, Any]] = Field({}, description="路径: {另一种理解: 结果}")
    refuses: dict[Code, list[Text]] = Field({}, description="办理事项: 不通过的检查项，按顺序写全")
    warns: dict[Code, list[Text]] = {}
    requires: dict[Code, list[Code]] = Field({}, description="办理事项: 必交材料")
    fills: dict[Code, list[Path]] = Field({}, description="表单: 必填项，按顺序写全")


class WorkedExamples(Section):
    suite: Code
    cases: list[WorkedExample] = Field(min_length=1)
