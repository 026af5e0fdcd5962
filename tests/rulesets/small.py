"""A small base and a city on it, for tests that each add one thing."""

from datetime import date

from core.rulesets import loading
from core.rulesets.hooks import Hooks
from core.rulesets.language.diagnostics import Diagnostic, RulesetInvalid
from core.rulesets.ruleset import Ruleset

DAY = date(2024, 6, 1)

BASE = """\
format: 1
ruleset: {city: national, name: 全国, region: CN, level: national, version: "1"}
sources:
  law: {title: 基本法, number: 1号, kind: law, in_force: 2020-01-01, evidence: text}
  platform: {title: 平台约定, kind: platform_decision, evidence: text}
  report: {title: 报道, kind: notice, evidence: news}
terms:
  rate: {label: 比例, kind: rate, bounds: {min: 1%, max: 3%, source: law, locator: 第一条}, optional: true}
  cap: {label: 上限, kind: money}
  fixed: {label: 定数, kind: integer, unit: 次, may_set: []}
  count: {label: 次数, kind: integer, unit: 次}
  due: {label: 期限, kind: span}
  mode: {label: 方式, kind: code, options: [slow, fast]}
  modes: {label: 各种方式, kind: codes, options: [slow, fast]}
  open: {label: 开放, kind: boolean}
  cutoff: {label: 界限, kind: date}
  title: {label: 名称, kind: text}
facts:
  amount: {label: 合同金额, kind: money, unit: 元}
  share: {label: 所填比例, kind: rate}
  days: {label: 天数, kind: integer, unit: 天}
  agreed: {label: 已协商, kind: boolean}
  done_on: {label: 办结日, kind: date}
  kind: {label: 类型, kind: code, options: {services: 房屋, road: 道路}}
  name: {label: 姓名, kind: text}
values:
  rate:
    - {from: 2020-01-01, value: 1%, source: law, locator: 第一条}
  fixed:
    - {from: 2020-01-01, value: 5, source: law, locator: 第二条}
formulas:
  due_amount:
    label: 应存金额
    kind: money
    versions:
      - from: 2020-01-01
        source: law
        locator: 第三条
        calculate: {kind: percent_of, of: {fact: amount}, rate: {value: rate}}
        round: {to: 0.01, mode: half_up}
  by_class:
    label: 按类金额
    kind: money
    versions:
      - from: 2020-01-01
        source: law
        locator: 第三条
        calculate: {kind: lookup, table: class, cases: {small: 100, large: {fact: amount}}}
        round: {to: 0.01, mode: half_up}
tables:
  class:
    label: 档次
    outcomes: {small: 小额, large: 大额}
    versions:
      - from: 2020-01-01
        source: law
        locator: 第四条
        hit_policy: first
        rows:
          - {id: small, when: {fact: amount, lt: 1_000}, outcome: small, message: "{amount}属小额。"}
          - {id: rest, outcome: large, message: 其余为大额。}
checks:
  quota_application:
    - id: share_enough
      from: 2020-01-01
      source: law
      locator: 第五条
      must: {fact: share, at_least: {value: rate}}
      code: SHARE_TOO_LOW
      at: entry.share
      message: "比例 {share} 低于 {rate}。"
    - id: agreed
      from: 2020-01-01
      source: platform
      locator: 协商
      when: {fact: kind, is: road}
      must: {fact: agreed, is: true}
      code: NOT_AGREED
      message: 道路工程须先协商。
      severity: warn
      overridable: true
"""

HEAD = """\
format: 1
ruleset: {city: testville, name: 试验市, region: "659900", level: city, version: "1"}
sources:
  local: {title: 本地办法, kind: regulation, in_force: 2022-01-01, evidence: text}
"""


def city(body: str = "", *, base: str = BASE, hooks: Hooks | None = None) -> Ruleset:
    """A city whose file is the head and ``body``; raises RulesetInvalid."""
    layers = _read(body, base)
    loading.lint(layers, has_hooks=hooks is not None)
    return loading.join(layers, hooks=hooks)


def kept(body: str) -> Ruleset:
    """A city whose file was taken when less was refused, and whose cases go on under it."""
    return loading.join(_read(body, BASE))


def _read(body: str, base: str) -> list[loading.Layer]:
    return [loading.read_layer((HEAD + body).encode(), "testville"), loading.read_layer(base.encode(), "national")]


def found(body: str, *, base: str = BASE) -> list[Diagnostic]:
    """Everything wrong with that city, the base excepted."""
    try:
        city(body, base=base)
    except RulesetInvalid as invalid:
        return list(invalid.diagnostics)
    return []


def version(extra: str = "", *, since: str = "2022-01-01", source: str = "local") -> str:
    """The head of a dated entry."""
    return f"from: {since}, source: {source}, locator: 第九条{extra}"


def said(body: str, *, base: str = BASE) -> list[Diagnostic]:
    """Everything said of that city: what refuses it, or else what only warns."""
    return found(body, base=base) or list(loading.find_warnings(_read(body, base)))
