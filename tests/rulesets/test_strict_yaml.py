"""Every trap of the loader: what stock YAML would make of it, and where and how ours says no."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from core.rulesets import loading
from core.rulesets.language import strict_yaml
from core.rulesets.language.diagnostics import Diagnostic, RulesetInvalid
from plugins import cities
from tests.rulesets import small


def problems(content: bytes | str) -> tuple[Diagnostic, ...]:
    with pytest.raises(RulesetInvalid) as caught:
        strict_yaml.parse(content if isinstance(content, bytes) else content.encode(), "rules/x/ruleset.yaml")
    return caught.value.diagnostics


MANY = 2_000
"""In place of what a file may hold at most, which takes seconds to write down."""

REFUSED = {
    "duplicate key": ("a: 1\nb: 2\na: 3", "DUPLICATE_KEY", 3, "a", "第 1 行", "删去其中一个"),
    "duplicate key inside": ("x: {a: 1,\n  a: 2}", "DUPLICATE_KEY", 2, "x.a", "第 1 行", "删去其中一个"),
    "octal": ("code: 0460000", "LEADING_ZERO", 1, "code", "八进制", '"0460000"'),
    "merge key": ("a: 1\n<<: {b: 2}", "MERGE_KEY", 2, "", "合并键", "完整写出"),
    "anchor": ("a: &x 1", "ALIAS", 1, "a", "锚点", "完整写出"),
    "alias": ("a: 1\nb: *x", "ALIAS", 2, "b", "别名", "完整写出"),
    "tag": ("a: !!python/object/apply:os.system [ls]", "TAG", 1, "a", "标签", "删去标签"),
    "tag on a scalar": ("a: !!str 1", "TAG", 1, "a", "标签", "删去标签"),
    "alias as a key": ("a: 1\n? *a\n: 2", "KEY_NOT_TEXT", 2, "", "键必须是文字", "文字键"),
    "composite key": ("? [a, b]\n: 1", "KEY_NOT_TEXT", 1, "", "键必须是文字", "文字键"),
    "full-width digits": ("rate: ５%", "FULL_WIDTH", 1, "rate", "全角", "半角"),
    "full-width comma": ("sum: 1，000", "THOUSANDS", 1, "", "千分位", "5_000_000.00"),
    "grouped by commas": ("sum: 1,000", "THOUSANDS", 1, "", "千分位", "5_000_000.00"),
    "plus sign": ("sum: +5", "BAD_NUMBER", 1, "sum", "+5", "文字请加引号"),
    "loose underscore": ("sum: 1__0", "BAD_NUMBER", 1, "sum", "1__0", "10_000_000"),
    "endless number": (f"a: {'9' * 5000}", "TOO_MANY_DIGITS", 1, "a", "30 位", "编号请加引号"),
    "no such day": ("on: 2024-02-30", "NO_SUCH_DATE", 1, "on", "2024-02-30", "存在的日期"),
    "empty value": ("a: 1\nb:", "EMPTY_VALUE", 2, "b", "没有写值", "明确写 null"),
    "tilde": ("a: ~", "EMPTY_VALUE", 1, "a", "没有写值", "明确写 null"),
    "braces read as a mapping": ("text: {project.name}", "EMPTY_VALUE", 1, "text.project.name", "没有写值", "花括号"),
    "braces unquoted": ("a: 1\ntext: {name}的申请", "SYNTAX", 2, "", "层级对不上", "含花括号的文字请加引号"),
    "braces in a flow": ("message: { zh-CN: 已逾期{n}日 }", "SYNTAX", 1, "", "语法错误", "含花括号的文字请加引号"),
    "tab": ("a:\n\tb: 1", "SYNTAX", 2, "", "语法错误", "用空格，不用制表符"),
    "two colons": ("a: b: c", "SYNTAX", 1, "", "第二个", "冒号后的空格"),
    "open quote": ('a: "b', "SYNTAX", 1, "", "引号没有结束", "引号是否成对"),
    "two documents": ("a: 1\n---\nb: 2", "MULTIPLE_DOCUMENTS", 2, "", "多个文档", "删去 ---"),
    "directive": ("%YAML 1.1\n---\na: 1", "DIRECTIVE", 1, "", "指令", "删去该行"),
    "nothing": ("", "EMPTY", 1, "", "文件为空", "anxin rules new"),
    "only comments": ("# 注释\n", "EMPTY", 2, "", "文件为空", "anxin rules new"),
    "too deep": ("[" * 21 + "]" * 21, "TOO_DEEP", 1, "[0]" * 20, "嵌套过深", "20 层"),
    "not UTF-8": ("a: 1\nb: 本溪".encode("gb18030"), "NOT_UTF8", 2, "", "不是 UTF-8", "另存为 UTF-8"),
    "not NFC": ("a: 1\nb: caf\u0065\u0301", "NOT_NFC", 2, "", "非 NFC", "重新输入"),
    "zero-width space": ("a: 1\nb: x\u200by", "INVISIBLE", 2, "", "U+200B", "删去该字符"),
    "NUL": ("a: 'x\x00'", "INVISIBLE", 1, "", "U+0000", "删去该字符"),
    "right-to-left override": ("a: \u202ex", "INVISIBLE", 1, "", "U+202E", "删去该字符"),
    "a mark inside": ("a: 1\nb: \ufeffx", "INVISIBLE", 2, "", "U+FEFF", "删去该字符"),
    "too many values": ("a: [" + "1," * MANY + "1]", "TOO_MANY_VALUES", 1, f"a[{MANY - 2}]", f"{MANY} 项", "拆分"),
    "over 1 MiB": (b"a: 1\n" + b"#" * strict_yaml.MOST_BYTES, "TOO_LARGE", 1, "", "1 MiB", "拆分"),
}


@pytest.mark.parametrize(("content", "code", "line", "path", "cause", "remedy"), REFUSED.values(), ids=REFUSED)
def test_a_trap_is_refused_with_its_place_cause_and_remedy(content, code, line, path, cause, remedy, monkeypatch):
    monkeypatch.setattr(strict_yaml, "MOST_VALUES", MANY)
    first = next(problem for problem in problems(content) if problem.code == code)
    assert (first.file, first.line, first.path) == ("rules/x/ruleset.yaml", line, path)
    assert cause in first.message
    assert remedy in first.remedy
    assert str(first).startswith(f"rules/x/ruleset.yaml:{line}:")


READ = {
    "on, yes and no are words": ("on: yes\noff: no", {"on": "yes", "off": "no"}),
    "only true and false are booleans": ("a: true\nb: False\nc: TRUE", {"a": True, "b": "False", "c": "TRUE"}),
    "a time of day is text": ("a: 12:30", {"a": "12:30"}),
    "decimals keep their digits": ("a: 1.10", {"a": Decimal("1.10")}),
    "underscores group": ("a: 10_000_000.01", {"a": Decimal("10000000.01")}),
    "percent is a fraction": ("a: 1.5%", {"a": Decimal("0.015")}),
    "dates": ("a: 2024-07-01", {"a": date(2024, 7, 1)}),
    "quoted is text": ("a: \"0460000\"\nb: 'null'", {"a": "0460000", "b": "null"}),
    "null is written": ("a: null", {"a": None}),
    "scientific notation is text": ("a: 1e5", {"a": "1e5"}),
    "hexadecimal is text": ("a: 0x1F", {"a": "0x1F"}),
    "a byte order mark is stepped over": ("\ufeffa: 1", {"a": 1}),
    "Windows line ends": ("a: 1\r\nb:\r\n  - 2\r\n", {"a": 1, "b": [2]}),
    "negative": ("a: -5\nb: -0.5%", {"a": -5, "b": Decimal("-0.005")}),
}


@pytest.mark.parametrize(("content", "expected"), READ.values(), ids=READ)
def test_what_is_written_is_what_is_read(content, expected):
    read = strict_yaml.parse(content.encode(), "x").data
    assert read == expected
    assert [str(value) for value in read.values()] == [str(value) for value in expected.values()]


def test_stock_yaml_really_falls_into_these_traps():
    stock = yaml.safe_load("a: 1\na: 2\non: 0460000\nb: 12:30\nc: 1.10")
    assert stock == {"a": 2, True: 155648, "b": 750, "c": 1.1}


def test_a_rate_remembers_its_percent_sign():
    read = strict_yaml.parse(b"a: 150%\nb: 1.5", "x").data
    assert isinstance(read["a"], strict_yaml.Rate)
    assert not isinstance(read["b"], strict_yaml.Rate)


def test_every_trap_of_a_file_is_told_at_once():
    codes = [problem.code for problem in problems("a: 0460000\na: 2\nb:\nc: &x 1\n")]
    assert codes == ["LEADING_ZERO", "DUPLICATE_KEY", "EMPTY_VALUE", "ALIAS"]


def test_every_value_and_key_knows_its_line():
    document = strict_yaml.parse(b"a:\n  - b: 1\n    c: 2\n", "x")
    place = document.diagnostic(("a", 0, "c"), "X", "", "")
    assert (place.line, place.column, place.path) == (3, 8, "a[0].c")
    key = document.diagnostic(("a", 0, "c"), "X", "", "", key=True)
    assert (key.line, key.column) == (3, 5)


def test_places_that_do_not_exist_are_told_at_the_nearest_that_does():
    document = strict_yaml.parse(b"a:\n  b: 1\n", "x")
    place = document.diagnostic(("a", "some_tag", "b", "missing"), "X", "", "")
    assert (place.line, place.path) == (2, "a.b")


def test_the_size_limit_is_one_mebibyte_exactly():
    fits = b"a: 1\n#" + b"x" * (strict_yaml.MOST_BYTES - 6)
    assert len(fits) == strict_yaml.MOST_BYTES
    assert strict_yaml.parse(fits, "x").data == {"a": 1}


@given(st.binary(max_size=200) | st.text(alphabet="ab:-[]{}'\"#&*!%|>?,\n\t 01.~<你{}", max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused_and_nothing_else(content):
    with suppress(RulesetInvalid):
        strict_yaml.parse(content, "x")


def both(content: bytes) -> list[object]:
    """What is read or refused by libyaml and without it."""
    outcomes: list[object] = []
    for loader in (strict_yaml._LIBYAML, None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(strict_yaml, "_LIBYAML", loader)
            try:
                document, problems = strict_yaml.read(content, "x")
                outcomes.append((repr(document.data), document.marks, document.key_marks, problems))
            except RulesetInvalid as invalid:
                outcomes.append(invalid.diagnostics)
    return outcomes


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without libyaml")
def test_a_file_in_order_is_read_by_libyaml_and_one_with_a_fault_again_without_it(monkeypatch):
    used: list[object] = []
    events = strict_yaml._events

    def watched(text, loader):
        used.append(loader)
        return events(text, loader)

    monkeypatch.setattr(strict_yaml, "_events", watched)
    strict_yaml.parse(b"a: 1", "x")
    assert used == [yaml.CSafeLoader]
    for wrong in ("a: 01", "a: ["):
        used.clear()
        assert problems(wrong)
        assert used[:2] == [yaml.CSafeLoader, yaml.SafeLoader]
        assert yaml.CSafeLoader not in used[1:]


@pytest.mark.parametrize("city", cities.find_places(), ids=lambda place: place.city)
def test_a_shipped_ruleset_is_read_alike_with_libyaml_and_without(city):
    by_libyaml, without = both((city.folder / "ruleset.yaml").read_bytes())
    assert by_libyaml == without


@pytest.mark.parametrize(
    "content", [*(content for content, *_ in REFUSED.values()), "a: [b ? c]", "a:\tb", "# \n", "? a"]
)
def test_a_trap_is_told_alike_with_libyaml_and_without(content, monkeypatch):
    monkeypatch.setattr(strict_yaml, "MOST_VALUES", MANY)
    by_libyaml, without = both(content if isinstance(content, bytes) else content.encode())
    assert by_libyaml == without


lines = st.sampled_from(
    [
        "a: 1",
        "b:",
        "  c: [d, {e: 5%}]",
        "  - f",
        "  g: |",
        "    h",
        "'i': \"j\\n\"",
        "# k",
        "",
        "? l",
        ": m",
        "n: *o",
        "---",
    ]
)
text = st.text(alphabet="ab:-[]{}'\"#&*!%|>?,\n\t 01.~<你", max_size=4)


@example([("  g: |", "#")])
@given(st.lists(st.tuples(lines, text), max_size=8))
def test_any_text_is_read_or_refused_alike_with_libyaml_and_without(pieces):
    by_libyaml, without = both("\n".join(line + more for line, more in pieces).encode())
    assert by_libyaml == without


def test_a_layer_is_read_once_for_the_same_content_and_name_and_never_for_another():
    content = (small.HEAD + "# 1").encode()
    layer = loading.read_layer(content, "x")
    assert loading.read_layer(bytes(bytearray(content)), "x") is layer
    assert loading.read_layer(content.replace("试验市".encode(), "另一市".encode()), "x").file.ruleset.name == "另一市"
    assert loading.read_layer(content, "y").document.file == "y"


plain = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["x", "percent_of", "2024-01-01", "1%", "law"])
keys = st.sampled_from(
    ["format", "ruleset", "sources", "values", "formulas", "kind", "of", "when", "fact", "is", "all"]
)
trees = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4))


@given(trees)
def test_any_tree_out_of_shape_is_refused_and_nothing_else_happens(tree):
    with pytest.raises(RulesetInvalid):
        loading.read_layer(yaml.safe_dump(tree, allow_unicode=True).encode(), "x")
