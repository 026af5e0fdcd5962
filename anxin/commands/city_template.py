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

# 需要时再加：formulas 公式、tables 判定表、checks 检查、materials 材料、forms 表单、procedures 办理事项、
# notices 通知、interpretations 待确认的问题、authorities 主管单位、directory 联系方式。
# 写法照其他城市的文件，说明见 docs/rulesets.md。
"""

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
