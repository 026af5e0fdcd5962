"""Handing in a letter of guarantee that was obtained elsewhere (保单保函上传)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.act import Act
from core.decisions import Violation
from core.documents import actions as documents
from core.errors import InvalidInput, NotApplicable
from core.guarantees import letters, secured
from core.guarantees.actions import cases, extensions, instruments
from core.guarantees.letters import Letter
from core.guarantees.models import Guarantee, LetterSubmission
from core.institutions import queries as institutions
from core.reviews import actions as reviews
from core.reviews import queries
from core.reviews.models import CaseState
from core.reviews.rules import code_choices, procedure
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.statements import fill, stated


async def submit(
    act: Act,
    subject_type: str,
    subject_id: int,
    letter: Letter,
    materials: Mapping[str, Sequence[int]],
    *,
    institution_id: int | None = None,
    correcting: int | None = None,
    extends: int | None = None,
    endorsement_number: str | None = None,
) -> LetterSubmission:
    """Hand in a letter obtained elsewhere (BX-062), or put right what was sent back, or found good and refused since.
    Its issuer is chosen among the institutions of the city (BX-066), or named where it is none of them; the product's
    name is preset by the city (BX-067).

    With ``extends`` it is the endorsement of a guarantee that was handed in before: what it does not state is as in
    that, and a new number is none."""
    subject, ruleset = await secured.find(act, subject_type, subject_id)
    files = await documents.find(act, materials)
    letters.must_be_possible(letter, act.on)
    submission = await _begin(act, subject, subject_type, correcting)
    extends = extends or submission.extends_id
    guarantee = None if extends is None else await act.find(Guarantee, extends, lock=True)
    if guarantee is not None:
        letter, institution_id = await extensions.complete(act, subject, guarantee, letter), guarantee.issuer_id
        extensions.must_be_possible(guarantee, letter, endorsement_number, act.on)
    elif endorsement_number:
        raise InvalidInput(("endorsementNumber",), "endorsement_of_nothing")
    elif institution_id is not None:
        chosen = await institutions.find(act.session, institution_id, subject.region_code, None, "institutionId")
        letter = replace(letter, issuer=chosen.name)
    preset: str | None = ruleset.value_or_none("guarantee.offline_product", act.on)
    letter = replace(letter, product_name=letter.product_name or preset)
    if form := procedure(ruleset, LetterSubmission.procedure, act.on).form:
        letter = Letter(**code_choices(ruleset, form, vars(letter), act.on))
    fill(submission, {**vars(letter), "institution_id": institution_id})
    fill(submission, {"extends_id": extends, "endorsement_number": endorsement_number})
    required = await secured.required(subject, act)
    if guarantee is not None:
        facts = extensions.facts(ruleset, guarantee, letter, required, subject, act.on)
    else:
        place = await instruments.must_be_new(act, subject, letter, corrects_id=submission.corrects_id)
        facts = letters.facts(ruleset, letter, required, act.on, earlier_ends_on=place.earlier_ends_on)
    law = ruleset.check(letters.LAW, facts, act.on)
    await reviews.submit(act, submission, title=required.title, ruleset=ruleset, facts=facts, files=files, also=law)
    return submission


@reviews.facts_of_case.register
async def _facts(submission: LetterSubmission, act: Act, ruleset: Ruleset) -> Facts:
    required = await secured.required(await secured.subject_of(act, submission), act)
    return letters.facts(ruleset, stated(submission, Letter), required, act.on)


@reviews.broken_since.register
async def _find_broken(submission: LetterSubmission, act: Act) -> Sequence[Violation]:
    """What the law asks of a letter it is asked on the day of the approval, too."""
    ruleset = await act.rules(submission.ruleset_version_id)
    return ruleset.check(letters.LAW, await _facts(submission, act, ruleset), act.on)


@reviews.on_approved.register
async def _secure(submission: LetterSubmission, act: Act) -> None:
    subject, letter = await secured.subject_of(act, submission), stated(submission, Letter)
    if submission.extends_id is not None:
        extended = await act.session.get_one(Guarantee, submission.extends_id, with_for_update=True)
        extensions.must_stand(extended, letter.issued_on)
        await instruments.extend(
            act, subject, extended, extensions.endorsement_of(letter, submission.endorsement_number)
        )
        return
    if submission.corrects_id is not None:
        await instruments.correct(act, subject, submission, letter)
        return
    place = await instruments.must_be_new(act, subject, letter)
    guarantee = await instruments.make(act, subject, submission, letter, place, issuer_id=submission.institution_id)
    await instruments.enter(act, subject, guarantee)


async def _begin(act: Act, subject: secured.Subject, subject_type: str, correcting: int | None) -> LetterSubmission:
    """The rejected submission to correct; a new one, or one that puts the approved one right."""
    earlier, corrects = await queries.find_earlier(act, LetterSubmission, correcting)
    await (secured.must_be_correctable if corrects else secured.must_be_open)(subject, act, LetterSubmission)
    act.expect(earlier, LetterSubmission)
    if earlier is not None and (earlier.subject_type, earlier.subject_id) != (subject_type, subject.id):
        raise NotApplicable(LetterSubmission.__name__, str(earlier.id), "of_another_deposit")
    if earlier is None or earlier.state == CaseState.APPROVED:
        corrects_id = earlier.id if earlier else None
        if earlier is not None and earlier.extends_id is not None:  # what is put right is the letter, as extended
            corrects_id = (await act.find(Guarantee, earlier.extends_id)).letter_submission_id
        return LetterSubmission(**cases.begin(act, subject, subject_type), corrects_id=corrects_id)
    return earlier
