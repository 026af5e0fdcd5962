"""``anxin rules`` as an operator types it."""

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from anxin.commands.rules import app
from core.rulesets import loading
from plugins import cities

ROOT = Path(__file__).parents[2]


def say(*words, code=0):
    """The output of ``anxin rules`` with these words; no traceback, and the expected exit code."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    return result.output


def new(folder, *words, code=0):
    return say("new", *words, "--rules", folder, code=code)


@pytest.fixture
def chengdu(tmp_path):
    new(tmp_path, "chengdu", "--name", "成都市", "--region", "510100")
    return tmp_path / "chengdu"


def test_the_shipped_rulesets_pass_one_line_each():
    lines = say("check").splitlines()
    assert [line.split("：")[0] for line in lines] == [
        f"rules/{place.city}/ruleset.yaml" for place in cities.places_in(cities.shipped_folder())
    ]
    assert all("：通过（取值 " in line for line in lines)


def test_the_shipped_examples_hold():
    assert re.fullmatch(r"benxi：\d+ 个算例，0 个不符\n", say("test", "benxi"))
    assert all(line.endswith("，0 个不符") for line in say("test").splitlines())


def test_a_new_city_passes_its_checks_and_its_first_example(chengdu):
    assert sorted(path.name for path in chengdu.iterdir()) == ["ruleset.yaml", "tests.yaml"]
    assert say("check", chengdu).startswith(f"{chengdu.parent.name}/chengdu/ruleset.yaml：通过")
    assert say("check", chengdu / "ruleset.yaml") == say("check", chengdu) == say("check", chengdu.parent)
    assert "chengdu/ruleset.yaml：通过" in say("check", "--rules", chengdu.parent)
    assert say("test", "chengdu", "--rules", chengdu.parent) == "chengdu：1 个算例，0 个不符\n"


@pytest.mark.parametrize(("region", "level"), [("510100", "city"), ("510000", "province")])
def test_a_new_city_has_the_level_of_its_region(tmp_path, region, level):
    new(tmp_path, "there", "--name", '"那里", 某地: #1', "--region", region)
    header = cities.load_folder(tmp_path / "there").own.ruleset
    assert (header.level, header.region, header.name) == (level, region, '"那里", 某地: #1')


def test_check_and_test_take_names_and_paths_alike_and_new_says_what_works(tmp_path):
    said = new(tmp_path, "chengdu", "--name", "成都市", "--region", "510100")
    commands = re.findall(r"anxin rules (check|test) (\S+)", said)
    assert [say(*command).splitlines()[0].split("：")[0] for command in commands] == [
        f"{tmp_path.name}/chengdu/ruleset.yaml",
        "chengdu",
    ]
    assert say("check", "benxi") == say("check", ROOT / "rules" / "benxi")
    assert say("test", "benxi") == say("test", ROOT / "rules" / "benxi")
    assert "没有名为“bnxi”的城市规则" in say("check", "bnxi", code=1)


def test_what_no_example_reaches_is_named_row_by_row_and_side_by_side(tmp_path):
    folder = tmp_path / "xiamen"
    shutil.copytree(ROOT / "rules" / "xiamen", folder)
    assert "xiamen：" in say("test", folder, "--coverage")
    tests = folder / "tests.yaml"
    cases = tests.read_text().split("\n  - name: ")
    kept = [case for case in cases if "on_serious_list: true" not in case and "RATIO_BELOW_MINIMUM" not in case]
    assert len(kept) < len(cases)
    tests.write_text("\n  - name: ".join(kept) + "\n")
    said = say("test", folder, "--coverage").splitlines()
    assert "    判定表 wage_deposit.ratio_class 的行“listed”没有算例用到" in said
    assert "    检查项 quota_application.ratio_at_least 没有算例不通过" in said
    assert "    检查项 quota_application.ratio_at_least 没有算例通过" not in said
    assert "没有算例" not in say("test", folder)


def test_a_field_of_some_cases_wants_an_example_too(tmp_path):
    folder = tmp_path / "xiamen"
    shutil.copytree(ROOT / "rules" / "xiamen", folder)
    tests = folder / "tests.yaml"
    cases = tests.read_text().split("\n  - name: ")
    kept = [case for case in cases if "application.entry_ratio, " not in case]
    tests.write_text("\n  - name: ".join(kept) + "\n")
    said = say("test", folder, "--coverage").splitlines()
    assert "    表单 quota_application 的填写项“预缴值”（application.entry_ratio）没有算例要求填写" in said


def test_a_city_without_examples_is_told_so_and_one_that_proves_nothing_is_refused(chengdu):
    tests = chengdu / "tests.yaml"
    text = tests.read_text()
    tests.write_text(text[: text.index("    expect:")])
    said = say("check", chengdu, code=1)
    assert "EXPECTS_NOTHING" in said
    assert "什么也没有验证" in said
    tests.unlink()
    assert "提示：没有算例" in say("check", chengdu)


def test_hooks_that_reach_out_are_refused_by_check_with_their_line_and_leave_the_city_unserved(chengdu):
    (chengdu / "hooks.py").write_text("from plugins import hookimpl\nimport socket\n")
    said = say("check", chengdu, code=1)
    assert "chengdu/hooks.py:2:1: 城市规则程序不能导入 socket；只能导入：" in said
    usable, broken = cities.load_each(cities.find_places(chengdu.parent))  # as serve and demo do
    assert [problem.line for problem in broken["chengdu"]] == [2]
    assert "chengdu" not in {ruleset.city for ruleset in usable}


NOT_NEW = {
    "folder there": (("chengdu", "--name", "成都市", "--region", "510102"), "chengdu 已经存在"),
    "capitals": (("Chengdu", "--name", "成都市", "--region", "510102"), "不能作城市代码"),
    "a path": (("../chengdu", "--name", "成都市", "--region", "510102"), "不能作城市代码"),
    "the base's name": (("national", "--name", "成都市", "--region", "510102"), "不能作城市代码"),
    "region too short": (("mianyang", "--name", "绵阳市", "--region", "5107"), "不是行政区划代码"),
    "a region that is not there": (("mianyang", "--name", "绵阳市", "--region", "990700"), "不是行政区划代码"),
    "region taken": (("mianyang", "--name", "绵阳市", "--region", "210500"), "已由 benxi（本溪市）使用"),
    "no name": (("mianyang", "--name", " ", "--region", "510700"), "城市名称不能为空"),
    "invisible name": (("mianyang", "--name", "绵\u200b阳", "--region", "510700"), "看不见的字符"),
}


@pytest.mark.parametrize(("words", "said"), NOT_NEW.values(), ids=NOT_NEW)
def test_a_new_city_that_cannot_be_is_refused_and_nothing_is_made(chengdu, words, said):
    before = (chengdu / "ruleset.yaml").read_bytes()
    assert said in new(chengdu.parent, *words, code=1)
    assert [path.name for path in chengdu.parent.iterdir()] == ["chengdu"]
    assert (chengdu / "ruleset.yaml").read_bytes() == before


def test_a_new_city_where_no_folder_can_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    assert "不能新建文件夹" in new(tmp_path / "file", "chengdu", "--name", "成都市", "--region", "510100", code=1)


def test_a_broken_file_is_told_problem_by_problem(chengdu):
    path = chengdu / "ruleset.yaml"
    broken = path.read_text().replace("wage_deposit.ratio.ordinary", "wage_deposit.ratio.ordnary")
    path.write_text(broken.replace("source: local-notice, locator: 第一条", "source: local-notce, locator: 第一条"))
    lines = say("check", chengdu, code=1).splitlines()
    name = f"{chengdu.parent.name}/chengdu/ruleset.yaml"
    assert len(lines) == 3
    assert lines[0].startswith(f"{name}:31:")
    assert (
        "values.portal.title[0].source: 没有名为“local-notce”的来源；是不是 local-notice？ [UNKNOWN_NAME]" in lines[0]
    )
    assert lines[1].startswith(f"{name}:32:3: values.wage_deposit.ratio.ordnary: ")
    assert lines[2] == "共 2 个问题"
    for words in (("test", "chengdu"), ("explain", "chengdu", "wage_deposit.cap"), ("check",)):
        assert "共 2 个问题" in say(*words, "--rules", chengdu.parent, code=1)


def test_a_broken_example_is_told_too(chengdu):
    tests = chengdu / "tests.yaml"
    tests.write_text(tests.read_text().replace("requested_amount", "requestd_amount"))
    assert "chengdu/tests.yaml:" in say("check", chengdu, code=1)


def test_a_failing_example_is_told_with_expected_and_got(chengdu):
    tests = chengdu / "tests.yaml"
    tests.write_text(tests.read_text().replace("300_000.00", "300_000.01"))
    lines = say("test", "chengdu", "--rules", chengdu.parent, code=1).splitlines()
    assert lines[0] == "chengdu：算例“2000万元按1.5%申请”不符"
    assert lines[1].startswith("    wage_deposit.requested_amount：应为 300000.01，得到 300000.00")
    assert lines[2] == "chengdu：1 个算例，1 个不符"


def test_a_second_city_of_one_region_is_told(chengdu):
    path = chengdu / "ruleset.yaml"
    path.write_text(path.read_text().replace('"510100"', '"210500"'))
    assert "REGION_TWICE" in say("check", "--rules", chengdu.parent, code=1)


NOWHERE = {
    "check a file that is not there": (("check", "nowhere"), "nowhere 中没有 ruleset.yaml"),
    "check with rules that are not there": (("check", "--rules", "nowhere"), "没有这个规则文件夹"),
    "test a city that is not there": (("test", "nowhere"), "没有名为“nowhere”的城市规则；有：benxi"),
    "explain a city that is not there": (("explain", "nowhere", "x"), "没有名为“nowhere”的城市规则"),
    "explain a path that is not there": (
        ("explain", "benxi", "wage_deposit.requested_amont"),
        "是不是 wage_deposit.requested_amount？",
    ),
    "explain on no day": (("explain", "benxi", "lists.page_size", "--on", "tomorrow"), "“tomorrow”不是日期"),
    "explain with half a fact": (("explain", "benxi", "lists.page_size", "--fact", "x"), "路径=值"),
    "explain with a wrong fact": (
        ("explain", "benxi", "lists.page_size", "--fact", "application.entry_ratio=5"),
        "应为比例",
    ),
}


@pytest.mark.parametrize(("words", "said"), NOWHERE.values(), ids=NOWHERE)
def test_what_is_not_there_is_told(words, said):
    assert said in say(*words, code=1)


def test_an_explanation_shows_the_sentence_and_the_chain():
    facts = ["application.contract_amount=20000000", "application.entry_mode=ratio", "application.entry_ratio=13%"]
    options = [word for fact in facts for word in ("--fact", fact)]
    lines = say("explain", "benxi", "wage_deposit.requested_amount", "--on", "2025-01-15", *options).splitlines()
    assert lines[0].startswith("申请金额为 2,600,000.00 元：20,000,000.00 × 13%。依据《本溪建设工程")
    assert lines[1:4] == ["确定程度：按所选的理解，或按平台约定（interpreted）", "适用日期：2025-01-15", "依据："]
    assert lines[4].startswith("  申请金额：")
    assert "    施工合同金额：20,000,000.00 元  [application.contract_amount]" in lines
    assert lines[-1].startswith("规则：benxi ")


def test_an_explanation_shows_the_other_readings():
    said = say("explain", "benxi", "project.completion_must_be_before_today", "--on", "2025-02-01")
    assert "此处的理解待确认，现按“当日可以”；按“须早于当日”则为“是”。" in said
    assert "其他理解“须早于当日”：true（" in said


def test_an_explanation_without_a_day_is_of_today():
    assert "自 2025-01-15 起" in say("explain", "benxi", "portal.title")


def test_the_schema_beside_the_rules_is_current(tmp_path):
    current = loading.json_schema()
    assert (ROOT / "rules" / "ruleset.schema.json").read_text() == current, (
        "run: anxin rules schema --write rules/ruleset.schema.json"
    )
    assert say("schema") == current
    say("schema", "--write", tmp_path / "schema.json")
    assert (tmp_path / "schema.json").read_text() == current
    assert "不能写入" in say("schema", "--write", tmp_path / "no" / "schema.json", code=1)


def test_every_ruleset_names_the_schema_for_editors():
    for place in cities.places_in(cities.shipped_folder()):
        first = (place.folder / "ruleset.yaml").read_text().splitlines()[0]
        assert first == "# yaml-language-server: $schema=../ruleset.schema.json"
