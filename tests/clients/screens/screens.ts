// What a frontend does with the answers: rows of text, with no cast, no alias and no table of its own.

import type {
  AlertsQuery,
  CaseLineFragment,
  MessagesQuery,
  ProjectDetailQuery,
  ProjectListQuery,
  QueueQuery,
  ReviewDetailQuery,
} from "./benxi";

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
  (messages?.nodes ?? []).map((message) => [message.subject, message.body]);
