"""What differs by city, as data: files read strictly, validated, asked through one interface.

``language`` is what a file may say: ``strict_yaml`` reads it and remembers where everything stood, ``format`` says what
may be written, ``conditions`` and ``formulas`` are the closed sets of shapes a rule can take. ``lint`` finds what no
single line can show. ``loading`` reads a city's layers, lints them and joins them. ``lookup`` is what stands there and
is in force on a day, ``evaluation`` one question with its trace, ``decision`` the answer to it with the other readings,
``violations`` the rules an act breaks; ``ruleset`` is the face of all of them. ``facts`` reads what a case states;
``worked_examples`` runs the ``tests.yaml`` beside a ruleset; ``versions`` keeps every content that was ever loaded,
because a case stays on the rules it began under; ``bulk`` computes one formula over very many cases at once.

Decided here, because it will be asked again:

* A rule is named by a dotted path (``wage_deposit.requested_amount``); API, tests, traces and hooks use the same name.
* The national file declares the vocabulary (``terms`` and ``facts``): a path that it does not know is a misspelling.
  A city adds to the vocabulary and cannot redeclare it, or it could drop the bounds it must keep.
* Every entry has a day from which it holds and a citation. ``null`` is a value: "not configured", said as such; a
  city's null never falls through to the base.
* Arithmetic is exact until the rounding that the rule writes; it never depends on the thread's decimal context.
* An open question's other readings are computed by asking the same question again under each; none can fail the answer.
* A version is its content: the digest covers the city, its base and its hooks. The number in the file is for people.
"""
