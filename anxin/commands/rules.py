"""``anxin rules``: what an operator does with rulesets at a terminal. Plain Chinese text; exit code 1 for trouble."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from anxin.commands import city_folders, city_template
from anxin.commands.terminal import fail, parse_day, refuse, suggest
from anxin.commands.what_if import what_if
from core import regions, texts
from core.decisions import Certainty, Decision
from core.rulesets import loading, worked_examples
from core.rulesets.coverage import find_unreached
from core.rulesets.facts import FactsInvalid, facts_from_text
from core.rulesets.language.diagnostics import Diagnostic, RulesetInvalid
from core.rulesets.ruleset import Ruleset, UnknownPath
from plugins import cities
from plugins.cities import Place

app = typer.Typer(help="城市规则：检查、试算、说明、成批试算、新建。", no_args_is_help=True)

Rules = Annotated[Path | None, typer.Option("--rules", envvar="ANXIN_RULES", help="另一个规则文件夹")]
Asked = Annotated[
    list[str] | None, typer.Argument(help="城市代码，或城市文件夹、规则文件夹、ruleset.yaml 的路径；不写则全部")
]

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
def check(
    asked: Asked = None,
    rules: Rules = None,
    database: Annotated[
        str | None, typer.Option("--database", help="数据库地址：提示版本号已用于另一内容、且已有业务的规则")
    ] = None,
) -> None:
    """检查规则文件，指出每个问题的文件、行、位置、原因和改法。"""
    found: list[Diagnostic] = []
    sound: list[tuple[Place, Ruleset]] = []
    for place in city_folders.find_under(asked, rules):
        try:
            ruleset = cities.load_folder(place.folder, city=place.city)
            examples = city_folders.read_examples(place, ruleset)
            warnings = cities.find_warnings(place.folder, city=place.city)
        except RulesetInvalid as invalid:
            found += invalid.diagnostics
        else:
            sound.append((place, ruleset))
            counts = [
                f"{name} {count}" for section, name in _COUNTED.items() if (count := _count_entries(ruleset, section))
            ]
            counted = "，".join([*counts, f"算例 {len(examples)}"])
            told = f"，{len(warnings)} 处提示" if warnings else ""
            typer.echo(f"{city_folders.display_name(place)}/ruleset.yaml：通过（{counted}）{told}")
            for warning in warnings:
                typer.echo(warning)
            if not examples and place.city != cities.BASE:
                typer.echo(
                    f"{city_folders.display_name(place)}：提示：没有算例；在 tests.yaml 中写几个，门槛两边都要有"
                )
    if database is not None:
        _warn_of_reuse(database, sound)
    if not found and not asked:
        found = _check_together(rules)
    refuse(found)


def _warn_of_reuse(database: str, sound: Sequence[tuple[Place, Ruleset]]) -> None:
    from anxin.processes.served_rules import look_up_reused  # with all that serves: not for who only checks files
    from anxin.processes.startup import check_address, explain_database_errors

    check_address(database)
    with explain_database_errors():
        reused = look_up_reused(database, [ruleset for _, ruleset in sound])
    for place, ruleset in sound:
        if ruleset.city in reused:
            typer.echo(f"{city_folders.display_name(place)}/ruleset.yaml：提示：{reused[ruleset.city]}")


@app.command("test")
def run_examples(
    asked: Asked = None,
    rules: Rules = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="列出没有算例证明的行、档次、检查项和门槛")] = False,
) -> None:
    """试算 tests.yaml 中的算例，列出每个不符的算例、应得的结果和得到的结果。"""
    failed = 0
    for place in city_folders.find_under(asked, rules):
        if not asked and not (place.folder / "tests.yaml").is_file():
            continue
        ruleset, examples = city_folders.load_with_examples(place)
        wrong = {case.name: found for case in examples if (found := worked_examples.find_differences(case, ruleset))}
        for name, differences in wrong.items():
            typer.echo(f"{place.city}：算例“{name}”不符")
            for difference in differences:
                typer.echo(f"    {difference}")
        failed += len(wrong)
        typer.echo(f"{place.city}：{len(examples)} 个算例，{len(wrong)} 个不符")
        if coverage:
            unreached = list(find_unreached(ruleset, examples))
            for sentence in unreached:
                typer.echo(f"    {sentence}")
            typer.echo(f"{place.city}：{len(unreached)} 处没有算例证明")
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
    [place] = city_folders.find_named([city], rules)
    ruleset = city_folders.load(place)
    day = parse_day(on)
    try:
        facts = facts_from_text(_split_facts(fact or []), ruleset)
        decision = ruleset.decide(path, facts, day)
    except FactsInvalid as invalid:
        fail(*map(str, invalid.problems))
    except UnknownPath:
        known = [name for section in ("formulas", "tables", "terms") for name in ruleset.paths(section)]
        fail(f"{city} 没有名为“{path}”的公式、判定表或参数{suggest(path, known)}")
    for line in _explain_lines(decision):
        typer.echo(line)


app.command("what-if")(what_if)


@app.command()
def new(
    city: Annotated[str, typer.Argument(help="城市代码：小写字母、数字、下划线，如 chengdu")],
    name: Annotated[str, typer.Option("--name", help="城市名称，如 成都市")],
    region: Annotated[str, typer.Option("--region", help="六位行政区划代码，如 510100")],
    rules: Rules = None,
) -> None:
    """新建一个城市：写好说明的 ruleset.yaml 和第一个算例。"""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", city) or city == cities.BASE:
        fail(f"“{city}”不能作城市代码；用小写字母开头，只用小写字母、数字和下划线")
    if not regions.can_be(region):
        fail(f"“{region}”不是行政区划代码；写 GB/T 2260 的六位数字，如 510100")
    if not texts.tidy(name) or texts.find_unseen(name):
        fail("城市名称不能为空，也不能含看不见的字符")
    for place in city_folders.find_all(rules if rules and rules.is_dir() else None):
        taken = city_folders.load(place).own.ruleset
        if region == taken.region:
            fail(f"区划代码 {region} 已由 {place.city}（{taken.name}）使用；一个地区只有一份规则")
    folder = (rules or cities.shipped_folder()) / city
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        fail(f"{city} 已经存在；换一个代码，或直接修改其中的文件")
    except OSError as error:
        fail(f"不能新建文件夹 {folder}（{error.strerror}）")
    level = "province" if region.endswith("0000") else "city"
    words = {"city": city, "name": name.strip(), "region": region, "level": level, "today": parse_day(None).isoformat()}
    for file, template in (("ruleset.yaml", city_template.RULESET), ("tests.yaml", city_template.EXAMPLES)):
        (folder / file).write_text(city_template.fill(template, words), encoding="utf-8")
    place = Place(city, folder.resolve())
    typer.echo(f"已新建 {city_folders.display_name(place)}：ruleset.yaml、tests.yaml")
    named = shlex.quote(str(folder)) if rules else city
    typer.echo(f"改好后运行 anxin rules check {named} 和 anxin rules test {named}")


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
        fail(f"不能写入 {write}（{error.strerror}）")
    typer.echo(f"已写入 {write}")


def _check_together(rules: Path | None) -> list[Diagnostic]:
    """What shows only when all cities are there at once: two of one code or one region."""
    try:
        cities.load(rules)
    except RulesetInvalid as invalid:
        return list(invalid.diagnostics)
    return []


def _split_facts(pairs: Sequence[str]) -> dict[str, str | None]:
    stated: dict[str, str | None] = {}
    for pair in pairs:
        path, sign, value = pair.partition("=")
        if not sign:
            fail(f"“{pair}”看不懂；事实写成 路径=值，如 application.entry_ratio=1.5%")
        stated[path.strip()] = value.strip()
    return stated


def _explain_lines(decision: Decision) -> Iterator[str]:
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


def _count_entries(ruleset: Ruleset, section: str) -> int:
    written = getattr(ruleset.own, section)
    return sum(map(len, written.values())) if section == "checks" else len(written)
