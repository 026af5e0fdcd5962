"""The files of a new city, with what a clerk must know written beside what he changes."""

import json


def fill(template: str, words: dict[str, str]) -> str:
    """``<name>`` as YAML text in quotes, which JSON's are; the other words are plain by their patterns."""
    for word, value in words.items():
        template = template.replace(f"<{word}>", json.dumps(value, ensure_ascii=False) if word == "name" else value)
    return template


RULESET = """\
# yaml-language-server: $schema=../ruleset.schema.json
# 本市的规则：只写与全国基准（rules/national/ruleset.yaml）不同的内容，没有写的沿用基准。
# 写法要点：
#   · 每一项都写明从哪一天起（from）、依据哪个来源（source）、哪一条（locator）。
#   · 还不知道的数值写 null，平台会答“未配置”，不会猜测；不要借用其他城市的规定。
#   · 规定改了，不改旧的一项，在下面另加一项，写新的日期。
#   · 日期写 2025-01-15，比例写 1.5% 或 0.015，金额写 5_000_000.00，期限写 5 working_day；区划代码、版本号加引号。
#   · 文字里有 {花括号}、冒号加空格或 # 的，整段加引号。
# 改完运行：anxin rules check 和 anxin rules test <city>
format: 1
ruleset:
  city: <city>
  name: <name>
  region: "<region>"
  level: <level>
  version: "1"                     # 给人看的编号；内容改了就换新号
  product_lines: [wage_deposit]    # 开通的业务：wage_deposit 工资保证金，payment_security 工程款支付担保

# 来源：规定、手册、通知。evidence：text 读过原文，news 报道，summary 摘要，none 未读到。
sources:
  local-notice:
    title: 本市规定的名称（请改）
    number: null                   # 文号
    kind: notice                   # law、regulation、standard、manual、notice、platform_decision
    in_force: null                 # 施行日期
    evidence: none

# 取值：路径须是基准 terms 中声明的名称。下面两项是样子，请改成本市的。
values:
  portal.title:
    - {from: <today>, value: <name>, source: local-notice, locator: 第一条（请改）}
  wage_deposit.ratio.ordinary:
    - {from: <today>, value: null, source: local-notice, locator: 第二条（请改）, note: 比例未见规定，先不配置。}

# 表单：企业认证、项目、定额申请各一份，先用平台通用的填写项（来源 anxin）；本市另有表样的照表样改，来源也改。
forms:
  certification:
    label: 企业基本信息
    versions:
      - from: <today>
        source: anxin
        locator: 企业信息
        fields:
          - {code: enterprise.name, label: 企业名称, kind: text, need: required}
          - {code: enterprise.uscc, label: 统一社会信用代码, kind: uscc, need: required}
          - {code: enterprise.contact, label: 联系人, kind: text, need: required}
  project:
    label: 项目信息
    versions:
      - from: <today>
        source: anxin
        locator: 项目信息
        fields:
          - {code: project.name, label: 工程名称, kind: text, need: required}
          - {code: project.location, label: 工程地点, kind: text, need: required}
          - {code: project.industry_kind, label: 行业主管类型, kind: choice, need: required, options: {housing: 住建}, options_complete: false}
          - {code: project.supervising_area, label: 主管地区, kind: region, need: required}
          - {code: project.contract_amount, label: 施工合同金额, kind: money, need: required, unit: 元}
          - {code: project.planned_start, label: 计划开工日期, kind: date, need: required}
          - {code: project.planned_end, label: 计划竣工日期, kind: date, need: required}
          - {code: project.general_contractor, label: 施工总承包单位名称, kind: text, need: required, prefill: 登录企业}
          - {code: project.general_contractor_uscc, label: 总包单位统一社会信用代码, kind: uscc, need: required, prefill: 登录企业}
          - {code: project.owner, label: 建设单位, kind: text, need: required}
  quota_application:
    label: 定额申请
    versions:
      - from: <today>
        source: anxin
        locator: 定额申请
        fields:
          - {code: application.contract_amount, label: 施工合同金额, kind: money, need: required, unit: 元, prefill: 项目信息}
          - {code: application.type, label: 申请类型, kind: choice, need: required, options: {ordinary: 一般缴纳}}
          - {code: application.payment_method, label: 缴纳方式, kind: choice, need: required, options: {cash: 现金, guarantee: 保函}}
          - {code: application.entry_mode, label: 预缴方式, kind: choice, need: required, options: {amount: 按金额申请, ratio: 按比例申请}}
          - {code: application.entry_ratio, label: 预缴值, kind: rate, need: required, unit: "%", when: {fact: application.entry_mode, is: ratio}}
          - {code: application.entry_amount, label: 预缴值, kind: money, need: required, unit: 元, when: {fact: application.entry_mode, is: amount}}
          - {code: application.handler, label: 经办人, kind: text, need: required}
          - {code: application.handler_phone, label: 经办人电话, kind: phone, need: required}

# 办理事项：谁来审核；期限没有规定的不写 review_within。
procedures:
  certification:
    label: 企业认证
    versions:
      - from: <today>
        source: anxin
        locator: 企业认证
        form: certification
        reviewer: certification_reviewer
        notices: {approved: certification_approved, rejected: certification_rejected}
  quota_application:
    label: 定额申请
    versions:
      - from: <today>
        source: anxin
        locator: 定额申请
        form: quota_application
        reviewer: hrss_officer
        notices: {submitted: quota_submitted, approved: quota_approved, rejected: quota_rejected}

# 需要时再加：formulas 公式、tables 判定表、checks 检查、materials 材料、notices 通知、
# interpretations 待确认的问题、authorities 主管单位、directory 联系方式；forms、procedures 还可以有现金缴纳、
# 线下保函、备案、注销等。写法照其他城市的文件，说明见 docs/rulesets.md。
"""  # noqa: E501 -- one field a line, as clerks write them

EXAMPLES = """\
# 算例：左边是事实，右边是应得的结果。每条规定都写几个，门槛和日期的两边都要有。运行：anxin rules test <city>
suite: <city>
cases:
  - name: 2000万元按1.5%申请
    on: <today>
    source: 平台约定（请改为本市规定或示例的出处）
    facts: {application.contract_amount: 20_000_000.00, application.entry_mode: ratio, application.entry_ratio: 1.5%}
    expect: {wage_deposit.requested_amount: 300_000.00}
    not_configured: [wage_deposit.ratio.ordinary]
"""
