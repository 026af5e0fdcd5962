"""The file that says how a provider of short messages is spoken to: its templates, its JSON, its answers.

Chinese providers send approved templates only. So a kind of message (a notice of the rulesets, or ``one_time_code``)
has the provider's template, and names for what the message says; ``docs/operations.md`` shows a file.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.ports import MessageRefused, Sms

TEXT = "text"
"""Among a template's parameters: the whole text, as people read it elsewhere."""
ONE_TIME_CODE = "one_time_code"
_OF_CODES = ("code", "minutes", "purpose", TEXT)
"""What a message with a code says (``core.identity.codes``)."""
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_WHOLE = ("parameters", "parameter_values")
"""Placeholders that are no texts: a value is one of them alone."""
_PLACEHOLDERS = ("to", "text", "template", "reference", "notice", "parameters_text", *_WHOLE)
_HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Template(_Part):
    """The provider's id of a template, and what of the message each of its parameters is."""

    template: str
    parameters: Mapping[str, str] = Field(default_factory=dict[str, str])


class Answer(_Part):
    """Where an answer of 2xx has its code, by dots, and what the codes mean; without ``code`` 2xx is enough."""

    code: str | None = None
    accepted: Sequence[str] = ()
    later: Sequence[str] = ()
    refused: Sequence[str] = ()


class SignatureHeaders(_Part):
    key: _HeaderName = "X-Anxin-Key"
    timestamp: _HeaderName = "X-Anxin-Timestamp"
    nonce: _HeaderName = "X-Anxin-Nonce"
    signature: _HeaderName = "X-Anxin-Signature"


class SmsTemplates(_Part):
    """The whole file. ``otherwise`` is the template of kinds that have none of their own."""

    templates: Mapping[str, Template]
    otherwise: Template | None = None
    request: Mapping[str, Any] = Field(
        default_factory=lambda: {
            "to": "{to}",
            "template": "{template}",
            "parameters": "{parameters}",
            "reference": "{reference}",
        }
    )
    answer: Answer = Answer()
    headers: SignatureHeaders = SignatureHeaders()

    def fill(self, sms: Sms) -> bytes:
        """The JSON to post. Raises MessageRefused for a kind without a template, or with one that asks for more than
        the message says."""
        template = self.templates.get(sms.notice, self.otherwise)
        if template is None:
            raise MessageRefused(f"no template for {sms.notice or 'a message without a kind'}")
        stated = {**sms.parameters, TEXT: sms.body}
        if missing := [name for name in template.parameters.values() if name not in stated]:
            raise MessageRefused(f"{sms.notice} does not say {', '.join(missing)}, as its template asks")
        parameters = {name: stated[meant] for name, meant in template.parameters.items()}
        return orjson.dumps(
            _fill(
                self.request,
                {
                    "to": sms.to,
                    "text": sms.body,
                    "template": template.template,
                    "reference": sms.reference,
                    "notice": sms.notice,
                    "parameters": parameters,
                    "parameter_values": list(parameters.values()),
                    "parameters_text": orjson.dumps(parameters).decode(),
                },
            )
        )


def read(file: Path) -> SmsTemplates:
    """Raises ValueError with the first thing that is wrong, and its place."""
    try:
        stated = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{file}: {' '.join(str(error).split())}") from error
    try:
        templates = SmsTemplates.model_validate(stated)
    except ValidationError as invalid:
        first = invalid.errors()[0]
        raise ValueError(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from invalid
    for text in _texts(templates.request):
        for found in _PLACEHOLDER.finditer(text):
            if found[1] not in _PLACEHOLDERS:
                raise ValueError(f"{file}: request: {found[0]} is none of {', '.join(_PLACEHOLDERS)}")
            if found[1] in _WHOLE and found[0] != text:
                raise ValueError(f"{file}: request: {found[0]} is no text and has to stand alone; see parameters_text")
    if templates.answer.code and not templates.answer.accepted:
        raise ValueError(f"{file}: answer.accepted: say which codes mean that the message was taken")
    code = templates.templates.get(ONE_TIME_CODE, templates.otherwise)
    if code is None:
        raise ValueError(f"{file}: templates: {ONE_TIME_CODE} has none, and there is no otherwise; nobody could log in")
    if unknown := [name for name in code.parameters.values() if name not in _OF_CODES]:
        names = f"{', '.join(unknown)} is none of {', '.join(_OF_CODES)}"
        raise ValueError(f"{file}: the parameters for {ONE_TIME_CODE}: {names}; nobody could log in")
    return templates


def _fill(value: Any, facts: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        whole = _PLACEHOLDER.fullmatch(value)
        return facts[whole[1]] if whole else _PLACEHOLDER.sub(lambda found: str(facts[found[1]]), value)
    if isinstance(value, Mapping):
        return {name: _fill(part, facts) for name, part in cast("Mapping[str, Any]", value).items()}
    return [_fill(part, facts) for part in cast("list[Any]", value)] if isinstance(value, list) else value


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        parts = cast("Mapping[str, Any] | list[Any]", value)
        for part in parts.values() if isinstance(parts, Mapping) else parts:
            yield from _texts(part)
