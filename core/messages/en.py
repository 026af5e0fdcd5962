"""The sentences in English. Fields and materials go by their codes: their labels are the rulesets', in Chinese."""

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    # who may, and what there is
    "Unauthenticated": "Sign in first.",
    "NotAllowed": "Your role does not allow you to {act:act}; that takes the role “{role:role}”.",
    "NotAllowed.alone": "You act for no enterprise yet: have one certified, then you can {act:act}.",
    "NotAllowed.approved_first": "You gave the first approval; you cannot {act:act}: a colleague has to confirm it.",
    "NotAllowed.another's": "The enterprise that entered this project is in charge of it: you can look at it, "
    "and cannot {act:act}.",
    "NotAllowed.official": "You hold an office of supervision, review or administration; you cannot {act:act}.",
    "NotAllowed.elsewhere": "Your office is not in this city; you cannot {act:act}: an office of that city has to.",
    "NotAllowed.own_account": "You cannot {act:act} that is your own; another administrator can, or the platform's "
    "operator on the server.",
    "NotAllowed.own": "You submitted or created this case, or act for its applicant; you cannot {act:act}: "
    "a colleague has to.",
    "NotAllowed.nobody": "Your role does not allow you to {act:act}: the city's rules do not say whose task it is.",
    "role": "{role:role}",
    "role.nobody": "nobody",
    "NotFound": "There is no {kind:type} “{id}”.",
    "CredentialsWrong": "The mobile number, password or code is wrong.",
    "CredentialsWrong.left": "The mobile number, password or code is wrong; {left:try is|tries are} left.",
    "CredentialsWrong.last": "The mobile number, password or code is wrong; that was the last try, and the account "
    "is locked for a while.",
    "AccountLocked": "The account is locked for you after too many wrong tries in a row; "
    "it unlocks at {until}, China time, or an administrator unlocks it.",
    "AccountLocked.everywhere": "There were too many wrong tries with this mobile number today; until {until}, China "
    "time, it logs in only where it logged in before, or an administrator unlocks it.",
    "RateLimited": "Too many requests; try again in {seconds:second|seconds}.",
    # how things stand
    "WrongState": "The {kind:type} {state:state}; you cannot {act:act}.",
    "Outdated": "The {kind:type} was changed after you opened it at revision {expected}, and is at revision {revision} "
    "now; reload it, compare, and submit again.",
    "Outdated.gone": "There is no {kind:type} at revision {expected} to change; reload, compare, and submit again.",
    "NotApplicable.paid_otherwise": "This deposit is to be paid {method:method}; you cannot {act:act}.",
    "NotApplicable.nothing_to_pay": "Nothing is to be paid for this deposit; you cannot {act:act}.",
    "NotApplicable.filed_automatically": "This deposit is put on record by itself once its payment is approved; "
    "no application is needed.",
    "NotApplicable.nothing_to_correct": "No filing of this deposit has been rejected, so a {paid_by:type} that has "
    "been approved cannot be corrected.",
    "NotApplicable.nothing_left_to_correct": "The guarantee that this {kind:type} corrects is in force no longer, or "
    "has been corrected by another; check it.",
    "NotApplicable.of_another_deposit": "This {kind:type} belongs to another deposit and cannot be used for this one.",
    "NotApplicable.of_another_project": "This {kind:type} belongs to another project and cannot be used for this one.",
    "NotApplicable.extended_by_issuer": "This guarantee was issued on the platform; its issuer extends it there.",
    "NotApplicable.extended_by_submission": "This guarantee was handed in by the enterprise, "
    "which hands in its endorsement, too.",
    "NotApplicable.letter_not_issued": "The bank has not issued its letter yet; "
    "issue the letter instead of approving the order.",
    "NotApplicable.stands_against_correction": "A quota application of this project is under review, so the project "
    "cannot be corrected; withdraw the application first.",
    "NotApplicable.approved_against_correction": "A quota application of this project has been approved, so the "
    "project can no longer be corrected by yourself; contact the HRSS department that approved it.",
    "NotApplicable.not_resubmittable": "The {kind:type} has been rejected; "
    "the city's rules do not allow it to be submitted again.",
    "NotApplicable.handed_in_elsewhere": "The file “{name}” is part of another application; "
    "upload it again to use it here.",
    "NotApplicable.submitter_official": "Who submitted this {kind:type} holds an office by now "
    "and cannot act for an enterprise; send it back.",
    "NotApplicable.acts_for_an_enterprise": "This account is an enterprise's handler and cannot hold an office "
    "as well; end that membership first, or use an account with another mobile number.",
    "NotApplicable.another_name": "The account with this mobile number belongs to “{name}”, not to whom you named; "
    "check both.",
    "NotApplicable.holds_an_office": "This account holds an office and cannot be an enterprise's handler as well; "
    "use an account with another mobile number.",
    "NotApplicable.last_handler": "An enterprise keeps at least one handler: invite somebody first, or have a "
    "certification reviewer or an administrator end it.",
    "NotApplicable.own_office": "You cannot end your own office; another administrator can, or the platform's operator "
    "on the server.",
    "NotApplicable.registered_by_owner": "The account with this mobile number was not opened by anxin staff add and is "
    "given no office. Let its owner change its number first; or, if that is the owner's wish, close it by "
    "anxin staff end {mobile} --close, and add it again.",
    "NotApplicable.reset_by_operator": "This account holds an office: its password is not reset by SMS, but by the "
    "platform's operator (anxin staff reset).",
    "NotApplicable.password_given": "The account with this mobile number exists and keeps its password: leave out "
    "--password-stdin, or reset the password by anxin staff reset {mobile}.",
    "NotApplicable.reset_by_owner": "This account was registered by its owner, who resets the password with a code "
    "sent by SMS (resetPassword).",
    "Duplicate.account": "This mobile number is registered already; log in with it.",
    "Duplicate.cancellation": "The cancellation of this deposit has been applied for already; wait for the review.",
    "Duplicate.account_reservation": "An account is booked for this deposit already; wait for the bank's answer, "
    "or go by the reservation once it is confirmed.",
    "Duplicate.deposit_use": "The use under payment notice {notice_number} has been recorded already; "
    "check the number.",
    "Duplicate.enterprise": "The enterprise with this unified social credit code has a handler already; "
    "turn to that handler.",
    "Duplicate.handler": "Who has this mobile number is a handler of your enterprise already.",
    "Duplicate.organization": "The organisation with the unified social credit code {uscc} is known already "
    "and is no financial institution; check the code.",
    "Duplicate.payment": "One {kind:type} for this deposit is under way already; wait for its outcome.",
    "Duplicate.quota_application": "This project has a quota application already: "
    "wait for its review, or correct it and submit it again if it was rejected.",
    "Duplicate.wage_deposit": "This project has a wage deposit already; "
    "apply for a new quota once the deposit has been cancelled.",
    "KeyReused": "The idempotency key {key} was used for a different request; choose a new one.",
    "NotConfiguredHere.procedure": "The rules of “{city}” do not provide for this yet ({procedure:procedure}); "
    "turn to the ruleset operator.",
    "NotConfiguredHere.product_line": "“{city}” does not offer the product that this belongs to "
    "({procedure:procedure}).",
    "NotConfiguredHere.supervisors": "The rules of “{city}” do not say who supervises projects of this industry "
    "in this area; turn to the ruleset operator.",
    # what was stated
    "InvalidInput.code_of_another_address": "The code was sent to another mobile number or mail address.",
    "InvalidInput.codes_not_sent_this_way": "The city does not send codes this way.",
    "InvalidInput.codes_to_mail_only": "Codes for changing the mail address are sent to the new address only.",
    "InvalidInput.codes_to_mobile_only": "Codes for logging in, resetting a password and changing the mobile number "
    "are sent to the mobile number only.",
    "InvalidInput.cursor": "This cursor belongs to another list; start again with the first page.",
    "InvalidInput.notice_before_completion": "The public notice begins after the completion on {completed}; check "
    "its first day.",
    "InvalidInput.differs_from_progress": "The day differs from the one in the progress report, {reported}; check it.",
    "InvalidInput.city_field_twice": "“{path}” is given twice; give it once.",
    "InvalidInput.deferral_basis_missing": "Say what the deferral rests on.",
    "InvalidInput.deferral_day_missing": "Say until which day it is deferred.",
    "InvalidInput.deferral_over": "The last day of the deferral has to lie in the future.",
    "InvalidInput.document_twice": "One file cannot be handed in as two materials; upload it twice.",
    "InvalidInput.draft_of_another_city": "The draft belongs to another city; go on with it there, "
    "or enter a new project.",
    "InvalidInput.ends_before_start": "The guarantee ends before it starts.",
    "InvalidInput.endorsement_number_missing": "An extension needs the number of its endorsement.",
    "InvalidInput.endorsement_of_nothing": "An endorsement belongs to a guarantee; say which one it extends.",
    "InvalidInput.extension_keeps": "An extension leaves this as it is ({value}); hand another letter in as a new one.",
    "InvalidInput.facts": "{problems}",
    "InvalidInput.fee_negative": "The fee cannot be negative.",
    "InvalidInput.id": "“{id}” is not an id; take it from an answer as it is.",
    "InvalidInput.issued_in_future": "The day of issue cannot lie in the future.",
    "InvalidInput.key_length": "An idempotency key has between 1 and {most} characters.",
    "InvalidInput.letter_expired": "The guarantee expired on {ends_on}.",
    "InvalidInput.mail_address": "This is not a mail address.",
    "InvalidInput.mobile": "A mobile number has 11 digits and belongs to mainland China.",
    "InvalidInput.bank_not_listed": "“{name}” is not among the banks that keep such accounts in that city; "
    "choose one of these: {banks}.",
    "InvalidInput.not_a_bank": "“{name}” is not a bank; choose another institution.",
    "InvalidInput.not_extended": "The guarantee lasts until {ends_on} already; an extension ends later.",
    "InvalidInput.not_served": "“{name}” does not serve in that city; choose one of the city's institutions.",
    "InvalidInput.number_taken": "Number {number} of “{issuer}” stands for another guarantee; check the number.",
    "InvalidInput.one_institution": "You can order from one institution at a time; choose one.",
    "InvalidInput.organization": "There is no organisation, or not just one, named “{name}”; check the full name, "
    "and for a new authority name the city, too (--city).",
    "InvalidInput.page_number": "Pages are numbered from 1.",
    "InvalidInput.page_depth": "Pages have numbers down to row {most}; go on from there with “after”.",
    "InvalidInput.page_mixed": "Give “after” with “first”, “before” with “last”, and “page” with “first” alone.",
    "InvalidInput.page_size": "A page has between 1 and {most} entries.",
    "InvalidInput.paid_in_future": "The day of payment cannot lie in the future.",
    "InvalidInput.reason_missing": "A rejection needs its reason.",
    "InvalidInput.record_basis_missing": "Say what it rests on: the name and number of the check, notice or list.",
    "InvalidInput.record_day_missing": "Say as of which day it holds.",
    "InvalidInput.record_in_future": "The day as of which it holds cannot lie in the future.",
    "InvalidInput.record_value_missing": "Say how it is: years for clean years, holds (true or false) for all else.",
    "InvalidInput.record_value_needless": "Leave this out: clean years take years alone, all else holds alone.",
    "InvalidInput.record_years": "Between 0 and {most} years can be stated.",
    "InvalidInput.too_many_ids": "At most {most} ids can be asked for at once; ask several times.",
    "InvalidInput.used_before_deposit": "The day of use is before the deposit was provided ({provided_on}); check it.",
    "InvalidInput.used_in_future": "The day of use cannot lie in the future.",
    "InvalidInput.uscc": "The unified social credit code is wrong: {wrong}.",
    "fact.NOT_AN_OPTION": "{path}: the value is none of the options that the city's rules name.",
    "fact.OUT_OF_BOUNDS": "{path}: {said}",
    "fact.UNKNOWN_NAME": "{path}: the city's rules know no fact of this name.",
    "fact.WRONG_KIND": "{path}: the value is not of the kind that the fact has.",
    "FileTooLarge": "The file is larger than {megabytes} MB; compress or split it, then upload it again.",
    "PictureTooLarge": "The picture has more than {millions} million pixels; make it smaller, then upload it again.",
    "ArchiveTooLarge": "The file unpacks to more than {megabytes} MB; compress its pictures or split it, "
    "then upload it again.",
    "FileTypeRefused": "The file's content is of a type that is not accepted ({found}); upload one of these: {kinds}.",
    "FileTypeRefused.unknown": "The file's content is of no known type; upload one of these: {kinds}.",
    # the city's rules
    "RulesViolated.count": "The city's rules are not met in {count:point|points}; see the violations.",
    "check.no_result": "The city's program {hook} gave no result; an officer decides.",
    "check.not_known": "“{path:field}” is missing, so this cannot be checked and an officer decides.",
    "field.choice": "“{field:field}” is one of these: {codes}.",
    "field.day_of_month": "“{field:field}” lies between 1 and 31.",
    "field.kind": "“{field:field}” takes {kind:kind}; got “{value}”.",
    "field.not_asked": "This form has no “{path}” to be filled in besides; remove it, or use the field of its own.",
    "field.needless": "“{field:field}” is not for this case; leave it empty.",
    "field.negative": "“{field:field}” cannot be negative: {value}.",
    "field.phone": "“{field:field}” is not a valid telephone number: {value}.",
    "field.rate": "“{field:field}” lies between 0% and 100%: {value}.",
    "field.region": "“{field:field}” is a division code of six digits: {value}.",
    "field.required": "Fill in “{field:field}”.",
    "field.in_future": "“{field:field}”, {stated}, lies in the future; check it.",
    "field.elsewhere": "“{field:field}”, {stated}, does not belong to this region ({region}).",
    "field.reversed": "“{field:field}”, {ended}, is earlier than the day of beginning, {begun}.",
    "field.too_long": "“{field:field}” takes at most {most:character|characters}; it has {found}.",
    "field.uscc_to_compare": "The check character of “{field:field}” ({value}) follows the early practice of Fujian "
    "and proves nothing; compare it with the licence.",
    "field.uscc": "“{field:field}” ({value}) is wrong: {wrong}.",
    "field.zero": "“{field:field}” is more than 0.",
    "material.recommended": "Better upload “{code:words}” as well.",
    "material.required": "Upload “{code:words}”.",
    "material.too_large": "The file “{file}” of “{code:words}” is larger than {megabytes} MB.",
    "material.too_many": "“{code:words}” takes {most:file|files} at most; {found:was|were} uploaded.",
    "material.unknown": "The material “{code}” is not asked for in this application; remove it.",
    "password.common": "This password is too common and easily guessed.",
    "password.lacks": "The password also needs {lacking:characters}.",
    "password.too_long": "The password has at most {most:character|characters}.",
    "password.too_short": "The password has at least {least:character|characters}.",
    "registration.agreement": "Read the user agreement and accept it first.",
    "registration.mail_address": "This is not a mail address.",
    "registration.mobile": "A mobile number has 11 digits and belongs to mainland China.",
    "registration.name": "Fill in your name.",
    "text.too_long": "“{name:text}” takes at most {most:character|characters}; it has {found}.",
    "text.unseen": "Character {place} of “{name:text}” cannot be seen ({number}); remove it.",
    "uscc.authority": "its first character, “{found}”, stands for no registration authority (1 to 9, A, N, Y)",
    "uscc.character": "its character {place}, “{found}”, is never used: "
    "there are digits and capital letters without I, O, S, V and Z",
    "uscc.check_digit": "its check character does not fit; look for a typing error",
    "uscc.division": "its characters 3 to 8, “{found}”, are no division code of a registration authority",
    "uscc.identity_number": "it is the number of a person's identity card",
    "uscc.kind": "its second character, “{found}”, stands for no kind of body",
    "uscc.length": "it should have 18 characters and has {found}",
    # what comes next, and how a guarantee can be obtained
    "step.apply_for_certification": "Apply for the enterprise's certification; "
    "business can be done once it is approved.",
    "step.apply_for_certification.label": "enterprise certification",
    "step.apply_for_quota": "Apply for a quota.",
    "step.cancel": "Apply for the deposit's cancellation.",
    "step.choose_bank": "Choose a bank and apply for a guarantee.",
    "step.end_deferral": "Apply for a quota with payment before the deferral ends.",
    "step.enter_project": "You can fill in the rest of the project and enter it.",
    "step.enter_project.label": "fill in and enter the project",
    "step.file": "Ask for the deposit to be put on record.",
    "step.file_again": "The filing has been rejected: {reason}. Check it, and ask again for the deposit to be put "
    "on record.",
    "step.file_corrected": "The filing had been rejected: {reason}. The correction has been approved; ask again for "
    "the deposit to be put on record.",
    "step.correct_cash_payment": "The filing has been rejected: {reason}. If the payment was reported wrongly, correct "
    "it and submit it again; what was paid stands meanwhile.",
    "step.correct_letter_submission": "The filing has been rejected: {reason}. If the letter was stated wrongly, "
    "correct it and submit it again; the letter stands meanwhile.",
    "step.hand_in_letter": "Hand in the guarantee that you obtained.",
    "step.order_renewal": "Apply for a new guarantee at a bank before the present one ends.",
    "step.pay_in_cash": "Pay the cash in and report the payment.",
    "step.amend_beneficiary": "The guarantee names another office than the one that supervises now: "
    "hand in a new guarantee in its favour.",
    "step.renew_letter": "The guarantee ends on {ends_on}: hand in an endorsement that extends it, or a new one.",
    "step.renew_ordered": "The guarantee ends on {ends_on}: have the bank extend it, or hand in a new guarantee.",
    "step.replenish_by_letter": "The deposit was used; make it up: hand in a new guarantee that you obtained.",
    "step.replenish_by_order": "The deposit was used; make it up: choose a bank and apply for a new guarantee.",
    "step.replenish_in_cash": "The deposit was used; make it up: pay cash in and report the payment.",
    "step.rejected": "The {procedure:procedure} has been rejected: {reason}. Correct it and submit it again.",
    "step.report_progress": "You can report the progress of the project.",
    "step.report_progress.label": "report progress",
    "step.reserve_account": "You can choose a bank and book the opening of the special account online.",
    "step.reserve_account_again": "The bank has not accepted the reservation: {reason}. You can choose another bank "
    "and book again.",
    "step.waiting": "The {procedure:procedure} has been submitted and waits for review by this role: {role:role}.",
    "channel": "{channel:channel}",
    "offer.bank_guarantee": "You can choose a bank and apply for a guarantee online.",
    "offer.closed": "This way is not open yet ({channel:channel}); choose another one.",
    "offer.not_due": "The deposit {state:state}; nothing has to be done.",
    "offer.offline_upload": "A guarantee that was obtained offline can be handed in for review.",
    "offer.under_way": "The {kind:type} is under way; wait for its outcome.",
    # how values are written
    "input.missing": "A value has to be given here.",
    "input.no_boolean": "This is true or false; got {seen}.",
    "input.no_integer": "This is a whole number; got {seen}.",
    "input.no_object": "This is an object; got {seen}.",
    "input.no_option": "This is one of the values of {type}; got {seen}.",
    "input.no_text": "This is text; got {seen}.",
    "input.required_field": "“{field}” is missing.",
    "input.unknown_field": "There is no field “{field}” here.",
    "input.unknown_field_near": "There is no field “{field}” here; is “{near}” meant?",
    "input.vast_integer": "This is a whole number of 32 bits; got {seen}.",
    "value.date": "A date is written like “2024-07-01”; got {seen}.",
    "value.moment": "A moment is ISO 8601 with its offset, like “2024-07-01T09:00:00+08:00”; got {seen}.",
    "value.rate": "A rate is a fraction as text with at most six places, like “0.13” for 13%; got {seen}.",
    "value.region": "A division code is six digits as text, like “210500”; got {seen}.",
    "value.text": "“{text}”",
    "value.uscc": "The unified social credit code is wrong: {wrong}; got {seen}.",
    "value.uscc_no_text": "A unified social credit code is text of 18 characters; got {seen}.",
    "value.written": "{json}",
    "value.yuan": "An amount is yuan as text with at most 13 digits and two places, like “2600000.00”; got {seen}.",
    # what one request may ask for
    "limit.aliases": "The query is too complex: it has {found} aliases, at most {most} are allowed; "
    "ask in several requests.",
    "limit.cost": "The query is too complex: its answer could hold {found} values, at most {most} are allowed; "
    "lower first or last, or nest fewer lists.",
    "limit.depth": "The query is too complex: its fields are nested {found} deep, at most {most} are allowed; "
    "nest less, or begin another query at an inner object with node(id:).",
    "limit.directives": "The query is too complex: it has {found} directives, at most {most} are allowed; use fewer.",
    "limit.fields": "The query is too complex: it has {found} fields, at most {most} are allowed; "
    "select what is needed, or ask in several requests.",
    "limit.fragments": "Fragments are nested too deep; nest them less.",
    "limit.introspection_depth": "The query is too complex: introspection is nested {found} deep, "
    "at most {most} are allowed; ask for fewer levels of ofType and the like.",
    "limit.operations": "The query is too complex: the document has {found} operations, at most {most} are allowed; "
    "send them apart.",
    "limit.root_mutations": "The query is too complex: it has {found} mutations, at most {most} are allowed; "
    "send them in several requests.",
    "limit.seconds": "The query was stopped after {seconds:second|seconds}; narrow it and try again.",
    "limit.text": "The query's text is too large; split it into several queries. {reason}",
    "limit.vast": "over a billion",
    "request.empty_character": "{place} holds an invisible null character (U+0000); remove it and try again.",
    "request.away": "The service is unavailable for the moment; nothing was done, please try again later.",
    "request.outcome_unknown": "The service was interrupted, and it is unknown whether this was done: look it up "
    "before you send it again.",
    "request.done_not_shown": "This was done, but its result cannot be shown for the moment; look it up later.",
    "request.internal": "Internal server error, number {number}.",
    "request.no_query": "The request holds no GraphQL query; send one as query.",
    "request.which_operation": "The document has several operations; name the one to run as operationName.",
    "request.not_listed": "Strangers can use the platform's listed queries only; sign in first.",
}
