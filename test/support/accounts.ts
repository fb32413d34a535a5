import { anonymous, Client, eventually } from "./client.ts";

export const password = "correct horse battery";
export const newEmail = (): string => `person-${crypto.randomUUID()}@example.com`;

export interface Account {
  readonly email: string;
  readonly id: string;
  readonly client: Client;
  readonly refreshToken: string;
}

/** A fresh account with a password, signed in. */
export async function account(door: Client = anonymous(), email: string = newEmail()): Promise<Account> {
  const { status, body } = await door.post("/v1/auth/register", { email, password });
  if (status !== 201) throw new Error(`no account: ${status} ${JSON.stringify(body)}`);
  const client = new Client(door.baseUrl, body.access_token);
  return { email, id: body.user.id, client, refreshToken: body.refresh_token };
}

/** Another sign-in of the same account. */
export async function signIn(door: Client, email: string, userAgent = "test"): Promise<Account> {
  const headers = { "user-agent": userAgent };
  const { status, body } = await door.post("/v1/auth/login", { email, password }, { headers });
  if (status !== 200) throw new Error(`not signed in: ${status} ${JSON.stringify(body)}`);
  const client = new Client(door.baseUrl, body.access_token);
  return { email, id: body.user.id, client, refreshToken: body.refresh_token };
}

interface OutboxMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly links: readonly string[];
}

/** Mail to an address, newest first, once there is one with these words in its subject. */
export async function mailTo(door: Client, email: string, subject: RegExp): Promise<OutboxMail> {
  const look = async (): Promise<OutboxMail | undefined> => {
    const { body } = await door.get(`/dev/outbox?to=${encodeURIComponent(email)}`, { token: undefined });
    return body.data.find((mail: OutboxMail) => subject.test(mail.subject));
  };
  const mail = await eventually(look, (found) => found !== undefined);
  if (mail === undefined) throw new Error("no mail");
  return mail;
}

/** The token behind `?token=` in a mail's link. */
export function tokenIn(mail: OutboxMail): string {
  const token = /[?&]token=([\w-]+)/.exec(mail.links[0] ?? "")?.[1];
  if (token === undefined) throw new Error(`no token in ${mail.text}`);
  return token;
}
