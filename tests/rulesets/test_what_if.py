"""``anxin rules what-if`` over real files: every row is answered as by itself, or says why it has no amount."""

import csv
import io
import random
import sys
from datetime import date
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from anxin.commands import cells
from anxin.commands.rules import app
from core.decisions import Kind
from core.rulesets.facts import facts_from_text
from core.rulesets.language.values import WrongKind
from plugins import cities

ON = date(2025, 1, 15)
PATH = "wage_deposit.required_amount"
FACTS = [
    "application.contract_amount",
    "contractor.on_serious_list",
    "contractor.arrears_within_2_years",
    "contractor.clean_years",
    "contractor.other_projects_in_area",
]
XIAMEN = cities.load_folder(cities.shipped_folder() / "xiamen")
PLAIN = ["20000000.00", "false", "false", "0", "false"]


def run_what_if(file, *words, city="xiamen", path=PATH, code=0):
    """What is written to standard output and to standard error; no traceback, and the expected exit code."""
    result = CliRunner().invoke(app, ["what-if", city, path, str(file), "--on", str(ON), *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def parse_rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def write_cases(folder, *cases, header=FACTS, encoding="utf-8"):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *cases])
    path = folder / "cases.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def make_cases(count):
    """Cases of every sort, a good part of them with something not known."""
    draw = random.Random(7)
    yes = ["true", "false", "false", ""]
    return [
        [
            draw.choice([f"{draw.randrange(10**12) / 100:.2f}", "100000000.01", "0.00", ""]),
            draw.choice(["true", *yes[1:]]),
            draw.choice(yes),
            draw.choice(["0", "1", "2", "3", ""]),
            draw.choice(yes),
        ]
        for _ in range(count)
    ]


def decide_alone(ruleset, case):
    stated = {fact: cell or None for fact, cell in zip(FACTS, case, strict=True)}
    return ruleset.decide(PATH, facts_from_text(stated, ruleset), ON)


@pytest.fixture
def draft(tmp_path):
    """Xiamen's rules with the ordinary ratio raised from 1.5 to 2 per cent."""
    folder = tmp_path / "drafts" / "xiamen"
    folder.mkdir(parents=True)
    text = (cities.shipped_folder() / "xiamen" / "ruleset.yaml").read_text("utf-8")
    changed = text.replace(
        "value: 1.5%, source: fujian-2024-4, locator: 存储比例}", "value: 2%, source: fujian-2024-4, locator: 存储比例}"
    )
    assert changed != text
    (folder / "ruleset.yaml").write_text(changed, "utf-8")
    return folder


def test_every_row_is_given_what_its_case_alone_is_told(tmp_path):
    cases = make_cases(400)
    printed, _ = run_what_if(write_cases(tmp_path, *cases))
    expected = [decide_alone(XIAMEN, case) for case in cases]
    assert sum(decision.value is None for decision in expected) > 20 < sum(d.value is not None for d in expected)
    assert [(row["结果"], row["原因"]) for row in parse_rows(printed)] == [
        (decision.value or "", "" if decision.value else decision.sentence) for decision in expected
    ]


def test_without_numpy_the_answers_are_the_same(tmp_path, monkeypatch):
    file = write_cases(tmp_path, *make_cases(60))
    together, _ = run_what_if(file)
    monkeypatch.delattr("core.rulesets.bulk.cases")
    monkeypatch.setitem(sys.modules, "core.rulesets.bulk.cases", None)
    one_by_one, said = run_what_if(file)
    assert one_by_one == together
    assert "逐件计算，会慢一些：没有安装 numpy" in said


def test_progress_and_the_sum_are_said_beside_the_answers(tmp_path):
    cases = [PLAIN] * 5_001
    printed, said = run_what_if(write_cases(tmp_path, *cases))
    assert len(parse_rows(printed)) == 5_001
    assert said.splitlines() == [
        "已计算 5,000 / 5,001 件",
        "已计算 5,001 / 5,001 件",
        "共 5,001 件：得出 5,001 件，没有结果 0 件，不能读取 0 件",
        "合计 1,500,300,000.00 元",
    ]


def test_a_bad_row_is_reported_by_its_line_and_no_row_is_lost(tmp_path):
    wrong = ["2,00", "false", "maybe", "0", "false"]
    file = write_cases(tmp_path, PLAIN, wrong, PLAIN[:3], [*PLAIN, "多", "余"], PLAIN)
    out = tmp_path / "out.csv"
    _, said = run_what_if(file, "--out", out, code=1)
    found = parse_rows(out.read_text("utf-8-sig"))
    assert [row["结果"] for row in found] == ["300000.00", "", "", "", "300000.00"]
    assert "应为金额" in found[1]["原因"]
    assert "true 或 false" in found[1]["原因"]
    assert found[1][FACTS[0]] == "2,00"
    assert found[3][FACTS[-1]] == "false,多,余"
    assert "第 3 行不能计算：application.contract_amount" in said
    assert "第 4 行不能计算：这一行有 3 格，表头有 5 格" in said
    assert "第 5 行不能计算：这一行有 7 格，表头有 5 格" in said
    assert "共 5 件：得出 2 件，没有结果 0 件，不能读取 3 件" in said


WRITTEN = {
    "as excel does": ["20,000,000.00", "FALSE", "false", "0", "False"],
    "in chinese": ["20000000", "否", " 否 ", "0", "否"],
    "in full width": ["２０，０００，０００．００", "ｆａｌｓｅ", "否", "０", "ＦＡＬＳＥ"],
}


@pytest.mark.parametrize("row", WRITTEN.values(), ids=WRITTEN)
def test_a_cell_is_read_as_a_clerks_spreadsheet_writes_it(tmp_path, row):
    assert parse_rows(run_what_if(write_cases(tmp_path, row))[0])[0]["结果"] == "300000.00"
    yes = [row[0], {"否": "是"}.get(row[1], "TRUE"), *row[2:]]
    assert parse_rows(run_what_if(write_cases(tmp_path, yes))[0])[0]["结果"] == "600000.00"


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        *((0, cell) for cell in ("1,5", "1,00,000.00", "1.000,00", "10000,000", "1e7", "①", "二千万", "1 000")),
        *((1, cell) for cell in ("1", "0", "Y", "对", "√")),
        *((3, cell) for cell in ("1,0", "1.5", "²")),
    ],
)
def test_a_cell_that_could_mean_two_things_is_refused_with_its_row_and_column(tmp_path, column, cell):
    wrong = [*PLAIN[:column], cell, *PLAIN[column + 1 :]]
    printed, said = run_what_if(write_cases(tmp_path, PLAIN, wrong), code=1)
    assert f"第 3 行不能计算：{FACTS[column]}：" in said
    assert f"写的是 “{cell}”" in said
    assert [row["结果"] for row in parse_rows(printed)] == ["300000.00", ""]


def test_a_row_that_states_less_than_nothing_is_refused_as_forms_refuse_it(tmp_path):
    file = write_cases(tmp_path, PLAIN, ["-100", *PLAIN[1:]], [*PLAIN[:3], "-1", PLAIN[4]])
    _, said = run_what_if(file, code=1)
    assert "第 3 行不能计算：application.contract_amount：“施工合同金额”不能为负数：-100.00；改到范围之内" in said
    assert "第 4 行不能计算：contractor.clean_years：“连续未拖欠工资的年数”不能为负数：-1；改到范围之内" in said


@pytest.mark.parametrize("cell", ["2024/7/1", "2024-7-01", "2024年7月1日", "２０２４／７／１"])
def test_a_day_may_be_written_year_first_in_any_way(cell):
    assert cells.read(cell, Kind.DATE) == date(2024, 7, 1)
    for wrong in ("7/1/2024", "2024/7-1", "24/7/1", "2024/13/1", "45474"):
        with pytest.raises(WrongKind):
            cells.read(wrong, Kind.DATE)


def test_text_stays_as_it_is_written():
    assert cells.read("１，０００ＴＲＵＥ", Kind.TEXT) == "１，０００ＴＲＵＥ"


def test_a_line_is_that_of_the_file_where_a_cell_has_several_lines(tmp_path):
    file = write_cases(tmp_path, ["甲\n乙", *PLAIN], ["丙", *PLAIN[:4], "maybe"], header=["项目", *FACTS])
    assert "第 4 行不能计算" in run_what_if(file, code=1)[1]


def test_columns_that_state_no_fact_are_carried_along(tmp_path):
    file = write_cases(tmp_path, ["甲楼，一期", *PLAIN], header=["项目", *FACTS])
    printed, said = run_what_if(file)
    assert parse_rows(printed)[0]["项目"] == "甲楼，一期"
    assert "不是事实、原样带出的列：项目" in said


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_are_read_as_spreadsheets_write_them(tmp_path, encoding):
    file = write_cases(tmp_path, ["本溪", *PLAIN], header=["项目", *FACTS], encoding=encoding)
    assert parse_rows(run_what_if(file)[0])[0]["项目"] == "本溪"


def test_the_result_is_a_file_that_spreadsheets_open(tmp_path):
    out = tmp_path / "out.csv"
    assert run_what_if(write_cases(tmp_path, PLAIN), "--out", out)[0] == ""
    assert out.read_bytes().startswith(b"\xef\xbb\xbf" + FACTS[0].encode())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cases.csv", "out.csv"]


def test_figures_beyond_64_bits_are_computed_one_by_one_and_exactly(tmp_path):
    huge = ["99999999999999999999999.99", "true", *PLAIN[2:]]
    printed, said = run_what_if(write_cases(tmp_path, PLAIN, huge))
    assert [row["结果"] for row in parse_rows(printed)] == ["300000.00", decide_alone(XIAMEN, huge).value]
    assert "逐件计算" in said


def test_changed_rules_are_compared_case_by_case(tmp_path, draft):
    listed = ["20000000.00", "true", "false", "0", "false"]
    unknown = ["", *PLAIN[1:]]
    file = write_cases(tmp_path, PLAIN, listed, unknown)
    printed, said = run_what_if(file, "--against", draft)
    changed = cities.load_folder(draft)
    found = parse_rows(printed)
    assert [row["现行结果"] for row in found] == [
        decide_alone(XIAMEN, case).value or "" for case in (PLAIN, listed, unknown)
    ]
    assert [row["拟改结果"] for row in found] == [
        decide_alone(changed, case).value or "" for case in (PLAIN, listed, unknown)
    ]
    assert [row["差额"] for row in found] == ["100000.00", "200000.00", ""]
    assert found[2]["原因"] == decide_alone(XIAMEN, unknown).sentence
    sums = [sum(Decimal(row[name] or 0) for row in found) for name in ("现行结果", "拟改结果", "差额")]
    assert "改变 2 件" in said
    assert "两边都得出的各件合计：现行 {:,} 元，拟改 {:,} 元，差额 {:,} 元".format(*sums) in said


REFUSED = {
    "a misspelt fact": (["application.contract_amout"], "是不是 application.contract_amount？"),
    "a path that is no fact": (["application.contract_amount", "nothing.like_it"], "没有名为“nothing.like_it”的事实"),
    "no fact at all": (["项目", "金额"], "没有一列是事实"),
    "two columns of one name": ([FACTS[0], FACTS[0]], "有两列都叫"),
    "a column without a name": ([FACTS[0], ""], "第 2 列没有列名"),
    "a column of ours": ([FACTS[0], "结果"], "已有“结果”一列"),
}


@pytest.mark.parametrize(("header", "said"), REFUSED.values(), ids=REFUSED)
def test_a_header_that_would_mislead_is_refused(tmp_path, header, said):
    file = write_cases(tmp_path, PLAIN[: len(header)], header=header)
    assert said in run_what_if(file, code=1)[0]


NO_TABLE = {
    "empty": (b"", "是空的"),
    "a quote that does not end": (b'application.contract_amount\n"1', "不成表格"),
    "a picture": (b"\x89PNG\r\n\x1a\n\xff\xff", "不是 UTF-8"),
}


@pytest.mark.parametrize(("content", "said"), NO_TABLE.values(), ids=NO_TABLE)
def test_a_file_that_is_no_table_is_refused(tmp_path, content, said):
    file = tmp_path / "cases.csv"
    file.write_bytes(content)
    assert said in run_what_if(file, code=1)[0]


def test_what_cannot_be_computed_for_many_cases_is_refused_with_the_way_out(tmp_path):
    file = write_cases(tmp_path, PLAIN)
    assert "是不是 wage_deposit.required_amount？" in run_what_if(file, path="wage_deposit.required_amout", code=1)[0]
    assert "用 anxin rules explain 逐件说明" in run_what_if(file, path="wage_deposit.ratio_class", code=1)[0]
    assert "没有名为“nowhere”的城市规则" in run_what_if(file, city="nowhere", code=1)[0]
    assert "中没有 ruleset.yaml" in run_what_if(file, "--against", tmp_path, code=1)[0]
    assert "--out 不能是案件文件本身" in run_what_if(file, "--out", file, code=1)[0]
    assert "不能读取" in run_what_if(tmp_path / "missing.csv", code=1)[0]
    assert "不能写入" in run_what_if(file, "--out", tmp_path / "nowhere" / "out.csv", code=1)[0]
    assert file.read_bytes().startswith(FACTS[0].encode())


def test_a_formula_that_asks_a_hook_is_computed_one_by_one(tmp_path):
    new = CliRunner().invoke(app, ["new", "harbour", "--name", "港市", "--region", "510100", "--rules", str(tmp_path)])
    assert new.exit_code == 0
    folder = tmp_path / "harbour"
    (folder / "hooks.py").write_text(
        "from decimal import Decimal\n\nfrom plugins import hookimpl\n\n\n"
        "@hookimpl\ndef calculate(name, facts):\n    return facts['application.contract_amount'] * Decimal('0.02')\n"
    )
    with (folder / "ruleset.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "formulas:\n  harbour.fee:\n    label: 港口费\n    kind: money\n    versions:\n"
            "      - {from: 2020-01-01, source: local-notice, locator: 第三条, round: {to: 0.01, mode: half_up},\n"
            "         calculate: {kind: hook, name: harbour_fee, facts: [application.contract_amount]}}\n"
        )
    cases = write_cases(tmp_path, ["100.00"], ["12.34"], header=FACTS[:1])
    printed, said = run_what_if(cases, "--rules", tmp_path, city="harbour", path="harbour.fee")
    assert [row["结果"] for row in parse_rows(printed)] == ["2.00", "0.25"]
    assert "由城市规则程序 harbour_fee 计算" in said
