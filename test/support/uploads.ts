import type { Answer, Client } from "./client.ts";

type Body = Uint8Array | FormData | string;

/** A request to upload a picture with any body; `call` of the client only knows JSON. */
export async function sendPicture(
  client: Client,
  body: Body,
  headers: Readonly<Record<string, string>> = {},
  query = "",
): Promise<Answer> {
  const response = await fetch(`${client.baseUrl}/api/v1/images${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${client.token}`, ...headers },
    body: body instanceof Uint8Array ? Uint8Array.from(body) : body,
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** A picture as the body itself. */
export function uploadPicture(client: Client, bytes: Uint8Array, name = "picture", query = ""): Promise<Answer> {
  return sendPicture(client, bytes, { "x-file-name": encodeURIComponent(name) }, query);
}

/** A picture in a form, as a browser sends it. */
export function uploadPictureForm(
  client: Client,
  bytes: Uint8Array,
  name: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  form.set("file", new File([Uint8Array.from(bytes)], name));
  return sendPicture(client, form);
}
