"""A client that knows no form: it draws whatever a city asks, sends what was filled in, and puts each error beside its
field, by what the API says of the form alone. It has no table of names, and none of cities.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

FIELDS = "code input label kind need when unit prefill hint optionsComplete options { value label }"
MATERIALS = "code name required recommended maxFiles maxMb"
CITY = f"""query City($city: String!) {{ ruleset(city: $city) {{
  procedures {{ code label mutation form {{ {FIELDS} }} materials {{ {MATERIALS} when }} }}
  project: form(code: "project") {{ code label mutation fields {{ {FIELDS} }} }}
  progress: form(code: "progress") {{ code label mutation fields {{ {FIELDS} }} }}
}} }}"""
INPUTS = "{ __schema { mutationType { fields { name args { name type { ofType { name } } } } } } }"
ERRORS = """__typename ... on Node { id } ... on Problem { code message path }
  ... on RulesViolated { violations { code message path refuses } }"""


class Transport(Protocol):
    """Whoever posts a document with its variables."""

    async def post(self, query: str, **variables: Any) -> dict[str, Any]: ...


@dataclass
class Form:
    """A form on the screen: what is asked, what is filled in, and what is wrong."""

    act: str
    label: str
    mutation: str
    input_type: str
    fields: Sequence[Mapping[str, Any]]
    materials: Sequence[Mapping[str, Any]]
    errors: dict[tuple[str, ...], str] = field(default_factory=dict)
    """By the place of the field or material; what is about none of them is under ()."""

    def places(self) -> list[tuple[str, ...]]:
        """Where errors can stand."""
        asked = [tuple(item["input"]) for item in self.fields if item["input"]]
        return [*asked, *(("materials", item["code"]) for item in self.materials)]

    def required(self, answers: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """The fields that must be filled in, with what is answered so far."""
        return [item for item in self.fields if item["need"] == "required" and _holds(item["when"], answers)]

    def required_materials(self, answers: Mapping[str, str]) -> list[str]:
        listed = [item for item in self.materials if item["required"]]
        return [item["code"] for item in listed if _holds(item["when"], answers)]

    def draw(self, answers: Mapping[str, str]) -> str:
        """The form as text: a star before what is required, each error behind its field."""
        lines = [self.label, *(f"  !! {text}" for place, text in self.errors.items() if not place)]
        needed = self.required(answers)
        for item in self.fields:
            star = "*" if item in needed else " "
            shown = answers.get(item["code"], item["prefill"] or "")
            options = "/".join(option["label"] for option in item["options"] or ())
            unit = f"（{item['unit']}）" if item["unit"] else ""
            asked = f"{star} {item['label']}{unit}：[{shown}] {options}"
            lines.append(_with_error(asked, item["input"] and self.errors.get(tuple(item["input"]))))
        for item in self.materials:
            star = "*" if item["required"] else " "
            lines.append(_with_error(f"{star} {item['name']}：[上传]", self.errors.get(("materials", item["code"]))))
        return "\n".join(lines)

    def compose(self, answers: Mapping[str, str], files: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """The input: each answer at its field's place, an option as the field takes it."""
        composed: dict[str, Any] = {}
        for item in self.fields:
            answer = answers.get(item["code"])
            if not item["input"]:
                continue
            *outer, name = item["input"]
            if outer == ["cityFields"]:
                if answer is not None:
                    composed.setdefault("cityFields", []).append({"path": name, "value": answer})
                continue
            into = composed
            for step in outer:
                into = into.setdefault(step, {})
            into[name] = int(answer) if answer is not None and item["kind"] == "integer" else answer
        if self.materials:
            composed["materials"] = [{"code": code, "documents": list(ids)} for code, ids in files.items()]
        return composed

    async def submit(
        self,
        to: Transport,
        subject: Mapping[str, Any],
        answers: Mapping[str, str],
        files: Mapping[str, Sequence[str]] | None = None,
    ) -> dict[str, Any]:
        """What the act answered; what it refused stands among the errors from now on."""
        document = f"mutation Act($input: {self.input_type}!) {{ {self.mutation}(input: $input) {{ {ERRORS} }} }}"
        answer = await to.post(document, input={**self.compose(answers, files or {}), **subject})
        self.errors = {}
        for error in answer.get("errors", ()):
            self._place(error["extensions"].get("path", ()), f"{error['extensions']['code']} {error['message']}")
        told = (answer.get("data") or {}).get(self.mutation) or {"__typename": "Error"}
        if "code" in told and not told.get("violations"):
            self._place(told["path"], told["message"])
        for found in told.get("violations", ()):
            if found["refuses"]:
                self._place(found["path"], found["message"])
        return told

    def _place(self, path: Sequence[str], message: str) -> None:
        known = tuple(path) if tuple(path) in self.places() else ()
        self.errors[known] = f"{self.errors[known]} {message}" if known in self.errors else message


async def load(city: str, client: Transport) -> dict[str, Form]:
    """Every form of a city that has its act, by the procedure's code; the inputs' names are introspected."""
    schema = (await client.post(INPUTS))["data"]["__schema"]["mutationType"]["fields"]
    types = {
        one["name"]: arg["type"]["ofType"]["name"] for one in schema for arg in one["args"] if arg["name"] == "input"
    }
    rules = (await client.post(CITY, city=city))["data"]["ruleset"]
    pages = [
        {"form": page.pop("fields"), "materials": [], **page} for page in (rules["project"], rules["progress"]) if page
    ]
    return {
        page["code"]: Form(
            page["code"], page["label"], page["mutation"], types[page["mutation"]], page["form"], page["materials"]
        )
        for page in [*pages, *rules["procedures"]]
        if page["mutation"]
    }


def _with_error(line: str, error: str | None) -> str:
    return f"{line}  <- {error}" if error else line


def _holds(when: Any, answers: Mapping[str, str]) -> bool:
    """Conditions on what is answered on this page; what is not known yet does not hold."""
    match when:
        case None:
            return True
        case {"all": parts}:
            return all(_holds(part, answers) for part in parts)
        case {"any": parts}:
            return any(_holds(part, answers) for part in parts)
        case {"not": part}:
            return not _holds(part, answers)
        case {"fact": fact, "is": value}:
            return answers.get(fact, "").lower() == str(value).lower()
        case {"fact": fact, "missing": missing}:
            return (fact not in answers) is bool(missing)
        case _:
            return False
