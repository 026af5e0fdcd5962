"""``anxin rules``: what an operator does with rulesets at a terminal. Plain Chinese text; exit code 1 for trouble."""

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from core.decisions import Certainty, Decision
from core.rulesets import loading, worked_examples
from core.rulesets.facts import FactsInvalid, facts_from_text
from core.rulesets.language.diagnostics import Diagnostic, RulesetInvalid
from core.rulesets.language.format import WorkedExample
from core.rulesets.ruleset import Ruleset, UnknownPath
from plugins import cities
from plugins.cities import Place

app = typer.Typer(help="城市规则：检查、试算、说明、新建。", no_args_is_help=True)

Rules = Annotated[Path | None, typer.Option("--rules", envvar="ANXIN_RULES", help="另一个规则文件夹")]
Cities = Annotated[list[str] | None, typer.Argument(help="城市代码；不写则全部")]
Paths = Annotated[list[Path] | None, typer.Argument(help="城市文件夹、规则文件夹或 ruleset.yaml；不写则全部")]

_CERTAINTY = {
    Certainty.CONFIRMED: "已核对原文",
    Certainty.INTERPRETED: "按所选的理解，或按平台约定",
    Certainty.UNVERIFIED: "未核对原文",
    Certainty.UNDECIDED: "待经办人员认定",
    Certainty.NOT_CONFIGURED: "未配置",
}
_COUNTED = {
    "values": "取值",
    "formulas": "公式",
    "tables": "判定表",
    "checks": "检查",
    "materials": "材料清单",
    "forms": "表单",
    "procedures": "办理事项",
    "notices": "通知",
}


@app.command()
def check(paths: Paths = None, rules: Rules = None) -> None:
    """检查规则文件，指出每个问题的文件、行、位置、原因和改法。"""
    found: list[Diagnostic] = []
    for place in _asked_for(paths, rules):
        try:
            ruleset = cities.load_folder(place.folder, city=place.city)
            examples = _examples(place, ruleset)
        except RulesetInvalid as invalid:
            found += invalid.diagnostics
        else:
            counts = [f"{name} {count}" for section, name in _COUNTED.items() if (count := _count(ruleset, section))]
            typer.echo(f"{_shown(place)}/ruleset.yaml：通过（{'，'.join([*counts, f'算例 {len(examples)}'])}）")
    if not found and not paths:
        found = _problems_together(rules)
    _refuse(found)


@app.command("test")
def run_examples(names: Cities = None, rules: Rules = None) -> None:
    """试算 tests.yaml 中的算例，列出每个不符的算例、应得的结果和得到的结果。"""
    failed = 0
    for place in _cities(names, rules):
        ruleset, examples = _loaded(place)
        wrong = {case.name: found for case in examples if (found := worked_examples.differences(case, ruleset))}
        for name, differences in wrong.items():
            typer.echo(f"{place.city}：算例“{name}”不符")
            for difference in differences:
                typer.echo(f"    {difference}")
        failed += len(wrong)
        typer.echo(f"{place.city}：{len(examples)} 个算例，{len(wrong)} 个不符")
    if failed:
        raise typer.Exit(1)


@app.command()
def explain(
    city: Annotated[str, typer.Argument(help="城市代码，如 benxi")],
    path: Annotated[str, typer.Argument(help="公式、判定表或参数的路径")],
    on: Annotated[str | None, typer.Option("--on", help="适用的日期，如 2025-01-15；不写为今天")] = None,
    fact: Annotated[list[str] | None, typer.Option("--fact", help="事实，写成 路径=值，可以写多次")] = None,
    rules: Rules = None,
) -> None:
    """说明一个结果是怎样得出的：结论、依据、出处、其他理解。"""
    [place] = _cities([city], rules)
    ruleset, _ = _loaded(place)
    day = _day(on)
    try:
        facts = facts_from_text(_stated(fact or []), ruleset)
        decision = ruleset.decide(path, facts, day)
    except FactsInvalid as invalid:
        _fail(*map(str, invalid.problems))
    except UnknownPath:
        known = [name for section in ("formulas", "tables", "terms") for name in ruleset.paths(section)]
        _fail(f"{city} 没有名为“{path}”的公式、判定表或参数{_perhaps(path, known)}")
    for line in _explained(decision):
        typer.echo(line)


@app.command()
def new(
    city: Annotated[str, typer.Argument(help="城市代码：小写字母、数字、下划线，如 chengdu")],
    name: Annotated[str, typer.Option("--name", help="城市名称，如 成都市")],
    region: Annotated[str, typer.Option("--region", help="六位行政区划代码，如 510100")],
    rules: Rules = None,
) -> None:
    """新建一个城市：写好说明的 ruleset.yaml 和第一个算例。"""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", city) or city == cities.BASE:
        _fail(f"“{city}”不能作城市代码；用小写字母开头，只用小写字母、数字和下划线")
    if not re.fullmatch(r"[0-9]{6}", region):
        _fail(f"“{region}”不是行政区划代码；写六位数字，如 510100")
    if not name.strip() or not name.isprintable():
        _fail("城市名称不能为空，也不能含看不见的字符")
    for place in _all(rules if rules and rules.is_dir() else None):
        taken = _loaded(place)[0].own.ruleset
        if region == taken.region:
            _fail(f"区划代码 {region} 已由 {place.city}（{taken.name}）使用；一个地区只有一份规则")
    folder = (rules or cities.shipped()) / city
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        _fail(f"{city} 已经存在；换一个代码，或直接修改其中的文件")
    except OSError as error:
        _fail(f"不能新建文件夹 {folder}（{error.strerror}）")
    level = "province" if region.endswith("0000") else "city"
    words = {"city": city, "name": name.strip(), "region": region, "level": level, "today": _day(None).isoformat()}
    for file, template in (("ruleset.yaml", _RULESET), ("tests.yaml", _TESTS)):
        (folder / file).write_text(_filled(template, words), encoding="utf-8")
    place = Place(city, folder.resolve())
    typer.echo(f"已新建 {_shown(place)}：ruleset.yaml、tests.yaml")
    typer.echo(f"改好后运行 anxin rules check 和 anxin rules test {city}")


@app.command()
def schema(
    write: Annotated[Path | None, typer.Option("--write", help="写到文件；不写则显示")] = None,
) -> None:
    """规则文件的 JSON Schema，供编辑器提示和补全。"""
    if write is None:
        typer.echo(loading.json_schema(), nl=False)
        return
    try:
        write.write_text(loading.json_schema(), encoding="utf-8")
    except OSError as error:
        _fail(f"不能写入 {write}（{error.strerror}）")
    typer.echo(f"已写入 {write}")


# Finding -------------------------------------------------------------------------------------------------------------


def _all(rules: Path | None) -> list[Place]:
    try:
        return cities.places(rules)
    except RulesetInvalid as invalid:
        _refuse(invalid.diagnostics)
        raise


def _asked_for(paths: Sequence[Path] | None, rules: Path | None) -> list[Place]:
    if not paths:
        return _all(rules)
    found: list[Place] = []
    for path in paths:
        folder = (path.parent if path.is_file() else path).resolve()
        if path.is_file() or (folder / "ruleset.yaml").is_file():
            found.append(Place(folder.name, folder))
        elif folder.is_dir() and (inside := cities.in_folder(folder)):
            found += inside
        else:
            _fail(f"{path} 中没有 ruleset.yaml；写城市文件夹、规则文件夹或 ruleset.yaml 的路径")
    return found


def _cities(names: Sequence[str] | None, rules: Path | None) -> list[Place]:
    known = _all(rules)
    if not names:
        return [place for place in known if (place.folder / "tests.yaml").is_file()]
    by_name = {place.city: place for place in known}
    for name in names:
        if name not in by_name:
            _fail(f"没有名为“{name}”的城市规则；有：{'、'.join(by_name)}")
    return [by_name[name] for name in names]


def _loaded(place: Place) -> tuple[Ruleset, list[WorkedExample]]:
    try:
        ruleset = cities.load_folder(place.folder, city=place.city)
        return ruleset, _examples(place, ruleset)
    except RulesetInvalid as invalid:
        _refuse(invalid.diagnostics)
        raise


def _examples(place: Place, ruleset: Ruleset) -> list[WorkedExample]:
    path = place.folder / "tests.yaml"
    if not path.is_file():
        return []
    return worked_examples.read(path.read_bytes(), f"{_shown(place)}/tests.yaml", ruleset)


def _problems_together(rules: Path | None) -> list[Diagnostic]:
    """What shows only when all cities are there at once: two of one code or one region."""
    try:
        cities.load(rules)
    except RulesetInvalid as invalid:
        return list(invalid.diagnostics)
    return []


def _stated(pairs: Sequence[str]) -> dict[str, str | None]:
    stated: dict[str, str | None] = {}
    for pair in pairs:
        path, sign, value = pair.partition("=")
        if not sign:
            _fail(f"“{pair}”看不懂；事实写成 路径=值，如 application.entry_ratio=1.5%")
        stated[path.strip()] = value.strip()
    return stated


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError:
        _fail(f"“{text}”不是日期；写成 2025-01-15")


# Showing -------------------------------------------------------------------------------------------------------------


def _explained(decision: Decision) -> Iterator[str]:
    yield decision.sentence
    yield f"确定程度：{_CERTAINTY[decision.certainty]}（{decision.certainty}）"
    yield f"适用日期：{decision.on}"
    yield "依据："
    for reason in decision.because:
        since = f"，自 {reason.since} 起" if reason.since else ""
        cited = f"（{reason.citation}{since}）" if reason.citation else ""
        yield f"{'  ' * (reason.depth + 1)}{reason.sentence}  [{reason.path}]{cited}"
    for other in decision.alternatives:
        yield f"其他理解“{other.label}”：{'无法得出' if other.value is None else other.value}（{other.question}）"
    ref = decision.ruleset
    yield f"规则：{ref.city} {ref.version}（{ref.digest[:12]}）"


def _count(ruleset: Ruleset, section: str) -> int:
    written = getattr(ruleset.own, section)
    return sum(map(len, written.values())) if section == "checks" else len(written)


def _shown(place: Place) -> str:
    return f"{place.folder.parent.name}/{place.folder.name}"


def _perhaps(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"，是不是 {near[0]}？" if near else ""


def _refuse(problems: Sequence[Diagnostic]) -> None:
    """Every problem once, then the end."""
    if problems:
        _fail(*dict.fromkeys(map(str, problems)), f"共 {len(set(problems))} 个问题")


def _fail(*lines: str) -> NoReturn:
    for line in lines:
        typer.echo(line)
    raise typer.Exit(1)


# A new city ----------------------------------------------------------------------------------------------------------


def _filled(template: str, words: dict[str, str]) -> str:
    """``{name}`` as YAML text in quotes, which JSON's are; the other words are plain by their patterns."""
    for word, value in words.items():
        template = template.replace(f"<{word}>", json.dumps(value, ensure_ascii=False) if word == "name" else value)
    return template


_RULESET = """\
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

_TESTS = """\
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
