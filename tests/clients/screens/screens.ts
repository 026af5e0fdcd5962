// What a frontend does with the answers: rows of text, with no cast, no alias and no table of its own.

import type {
  AlertsQuery,
  CaseLineFragment,
  DepositDetailQuery,
  DepositListQuery,
  GuaranteeLineFragment,
  MessagesQuery,
  ProjectDetailQuery,
  ProjectListQuery,
  QueueQuery,
  ReviewDetailQuery,
} from "./benxi";
import type { DirectoryQuery, FormsQuery, MyProjectsQuery } from "./guangzhou";
import type { DeclarationsQuery, QuoteQuery } from "./xiamen";

type Row = readonly (string | number)[];

const line = (one: CaseLineFragment): Row => [one.id, one.state, one.round, one.reason ?? ""];

export const projects = ({ projects }: ProjectListQuery): readonly Row[] =>
  (projects?.nodes ?? []).map((project) => [
    project.number,
    project.name ?? "",
    project.contractAmount ?? "",
    project.hrssOffice?.name ?? "",
    ...project.nextSteps.map((step) => step.sentence),
  ]);

export function project({ node }: ProjectDetailQuery): readonly Row[] {
  if (node?.__typename !== "Project") return [];
  const deposits = node.wageDeposits.map((one): Row => [one.stateLabel, one.amountDue, one.securedAmount ?? ""]);
  return [[node.number, node.name ?? ""], ...node.quotaApplications.map(line), ...deposits];
}

export const queue = ({ reviews }: QueueQuery): readonly Row[] =>
  (reviews?.nodes ?? []).map((review) => [review.title, review.dueOn ?? "", ...(review.case ? line(review.case) : [])]);

export function review({ node }: ReviewDetailQuery): readonly Row[] {
  if (node?.__typename !== "Review") return [];
  const history = (node.case?.reviews ?? []).map((one): Row => [one.round, one.outcome ?? "", one.reason ?? ""]);
  return [...node.documents.map((one): Row => [one.name, one.downloadUrl]), ...history];
}

export const alerts = ({ alerts }: AlertsQuery): readonly Row[] =>
  (alerts?.nodes ?? []).map((alert) => [alert.message, alert.endsOn]);

export const messages = ({ messages }: MessagesQuery): readonly Row[] =>
  (messages?.nodes ?? []).map((message) => [message.title, message.body]);

const letter = (one: GuaranteeLineFragment): Row => [one.guaranteeNumber, one.stateLabel, one.issuer, one.amount, one.endsOn];

export const deposits = ({ wageDeposits }: DepositListQuery): readonly Row[] =>
  (wageDeposits?.nodes ?? []).map((one) => [one.project.name ?? "", one.stateLabel, one.filingStatusLabel, one.amountDue]);

export function deposit({ node }: DepositDetailQuery): readonly Row[] {
  if (node?.__typename !== "WageDeposit") return [];
  const cases = [node.orders, node.letterSubmissions, node.cashPayments, node.filings, node.cancellations];
  const uses = node.uses.map((one): Row => [one.noticeNumber, one.amount, one.usedOn, one.replenishBy ?? ""]);
  return [[node.stateLabel, node.amountRequired], ...node.guarantees.map(letter), ...cases.flat().map(line), ...uses];
}

export const forms = ({ ruleset }: FormsQuery): readonly Row[] =>
  (ruleset?.procedures ?? []).flatMap(({ label, form }) =>
    form.map((field): Row => [label, field.label, field.input?.join(".") ?? "", field.shownIn ?? ""]),
  );

export const mine = ({ me, projects }: MyProjectsQuery): readonly Row[] => [
  ...(me?.nextSteps ?? []).map((step): Row => [step.sentence]),
  ...(projects?.nodes ?? []).flatMap((project) => [
    ...project.quotaApplications.flatMap((one) => one.reviews.map((round): Row => [round.round, round.reason ?? ""])),
    ...project.enquiries.flatMap((entry) => entry.phones.map((phone): Row => [entry.area, phone.number])),
  ]),
];

export const directory = ({ directory }: DirectoryQuery): readonly Row[] =>
  (directory ?? []).flatMap((entry) => entry.phones.map((phone): Row => [entry.area, phone.number]));

export const quote = ({ quoteDeposit }: QuoteQuery): readonly Row[] =>
  (quoteDeposit ?? []).map((decision) => [decision.sentence, decision.certainty]);

export const declarations = ({ quotaApplications, contractorRecords }: DeclarationsQuery): readonly Row[] => [
  ...(quotaApplications?.nodes ?? []).flatMap((one) => one.reviews.map((round): Row => [round.round, round.dueOn ?? ""])),
  ...(contractorRecords?.nodes ?? []).map((one): Row => [one.factLabel, one.basis, one.asOf]),
];
