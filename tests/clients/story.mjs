// What a newcomer of Benxi does first: register, log in, hand in a file, apply for certification, look at the list.
// Each client tells it by its own means. One JSON line a step goes to standard output: [step, what was answered].

import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export const { url, messages, person, firm } = JSON.parse(process.argv[2]);

// `ask(document, variables, token)` and `upload(document, variables, token)` promise the `data` of the answer.
// `ask` must not answer from a cache: the list is asked for twice. `__typename` stands wherever Apollo would add it.
export async function tell({ ask, upload }) {
  const city = "benxi";
  const { password, mobile, email, name } = person;

  const registered = await ask(REGISTER, {
    input: { city, mobile, email, name, password, agreementAccepted: true, ...(await code(ask, "REGISTER", "EMAIL", email)) },
  });
  say("register", registered.register);

  const signedIn = await ask(LOG_IN, { input: { city, mobile, password, ...(await code(ask, "LOG_IN", "SMS", mobile)) } });
  const { token, ...others } = signedIn.logIn;
  say("log_in", others);

  const materials = [];
  if (upload) {
    const file = new File(["%PDF-1.7\n%%EOF\n"], "资质证书.pdf", { type: "application/pdf" });
    const { uploadFile } = await upload(UPLOAD, { input: { city, file } }, token);
    say("upload", uploadFile);
    materials.push({ code: "qualification_certificate", documents: [uploadFile.id] });
  }

  const input = { city, ...firm, materials };
  say("act", (await ask(SUBMIT, { input }, token)).submitCertification);
  say("list", (await ask(LIST, { first: 5 }, token)).certifications);
  say("list_again", (await ask(LIST, { first: 5 }, token)).certifications);
}

// Read where a phone or a mailbox would show it.
async function code(ask, purpose, channel, address) {
  const { requestCode } = await ask(REQUEST_CODE, { input: { city: "benxi", purpose, channel, address } });
  const message = `${messages}/${channel.toLowerCase()}/${address}.txt`;
  for (let tries = 0; tries < 300 && !existsSync(message); tries++) await sleep(100);
  return { codeRequest: requestCode.request, code: /\b\d{6}\b/.exec(readFileSync(message, "utf8"))[0] };
}

function say(step, answered) {
  console.log(JSON.stringify([step, answered]));
}

const REQUEST_CODE = /* GraphQL */ `
  mutation RequestCode($input: RequestCodeInput!) {
    requestCode(input: $input) { __typename ... on CodeSent { request } ... on Problem { message } }
  }
`;

const REGISTER = /* GraphQL */ `
  mutation Register($input: RegisterInput!) {
    register(input: $input) { __typename ... on Account { name } ... on Problem { message } }
  }
`;

const LOG_IN = /* GraphQL */ `
  mutation LogIn($input: LogInInput!) {
    logIn(input: $input) { __typename ... on SignedIn { token account { __typename name } } ... on Problem { message } }
  }
`;

const UPLOAD = /* GraphQL */ `
  mutation Upload($input: UploadFileInput!) {
    uploadFile(input: $input) { __typename ... on Document { id name size } ... on Problem { message } }
  }
`;

const SUBMIT = /* GraphQL */ `
  mutation Submit($input: SubmitCertificationInput!) {
    submitCertification(input: $input) {
      __typename
      ... on Certification { name state documents { __typename name } }
      ... on RulesViolated { violations { __typename code } }
    }
  }
`;

const LIST = /* GraphQL */ `
  query List($first: Int!) {
    certifications(first: $first) { __typename totalCount nodes { __typename name state } }
  }
`;
