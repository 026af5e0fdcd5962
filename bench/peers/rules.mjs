// What a city's rules decide about the use of a deposit: decision tables exported from our ruleset (bench/decisions.py),
// evaluated by ZEN; the texts and the calendar that came with them.
import { ZenEngine } from "@gorules/zen-engine";

const { versions, calendar } = JSON.parse(process.env.BENCH_RULES);
const engine = new ZenEngine();
const decisions = new Map(Object.entries(versions).map(([id, version]) => [id, engine.createDecision(version.tables)]));
const daysOff = new Set(calendar.daysOff);
const published = new Set(calendar.published);
const DAY = 86_400_000;

export class RulesViolated extends Error {
  constructor(codes) {
    super(codes.join(", "));
    this.codes = codes;
  }
}

// The ruleset's digest, the period in force and the decision that says so; refused where a rule is broken.
export async function decide(versionId, facts) {
  const version = versions[versionId];
  const { result } = await decisions.get(versionId).evaluate(facts);
  const codes = [...result.form, ...result.checks].map(({ code }) => code);
  if (codes.length) throw new RulesViolated(codes);
  const { days, decision } = version.periods[result.period.entry];
  return { ruleset: version.digest, days, decision: { ...decision, on: facts.deposit_use.used_on } };
}

// The last of so many working days, the start not counted, and whether a year's calendar is not published.
export function due(start, days) {
  let day = Date.parse(start);
  let provisional = false;
  for (let left = days; left; ) {
    day += DAY;
    const iso = new Date(day).toISOString().slice(0, 10);
    if (iso > calendar.until) throw new Error(`${iso} is beyond the calendar`);
    if (!daysOff.has(iso)) left -= 1;
    provisional ||= !published.has(iso.slice(0, 4));
  }
  return { on: new Date(day).toISOString().slice(0, 10), provisional };
}

// What a person is told, over the channels the notice names.
export function notice(versionId, facts) {
  const { channels, subject, body, given } = versions[versionId].notice;
  const filled = (text) => text.replace(/\{([a-z][a-z0-9_.]*)\}/g, (_, path) => facts[path] ?? "（未填写）");
  return { channels, subject: filled(subject), body: filled(body), parameters: { ...facts, ...given } };
}
