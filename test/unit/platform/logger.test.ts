import { describe, expect, it } from "vitest";
import { createLogger } from "../../../src/platform/logger.ts";

function lineOf(fields: object): { text: string; line: Record<string, unknown> } {
  let text = "";
  const logger = createLogger({
    level: "info",
    destination: {
      write: (written: string) => {
        text += written;
      },
    },
    traceId: () => "4bf92f3577b34da6a3ce929d0e0e4736",
  });
  logger.info(fields, "said");
  return { text, line: JSON.parse(text) };
}

const secret = "c0ffee-c0ffee-c0ffee";

describe("a log line", () => {
  it("is JSON with level, time, message, fields and the trace", () => {
    const { line } = lineOf({ generationId: "gen_1", count: 3 });
    expect(line).toMatchObject({
      level: "info",
      msg: "said",
      generationId: "gen_1",
      count: 3,
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    });
    expect(new Date(String(line.time)).getTime()).toBeGreaterThan(0);
  });

  it.each([
    [{ authorization: `Bearer ${secret}` }],
    [{ headers: { authorization: secret, cookie: secret, "set-cookie": [secret], "x-functions-key": secret } }],
    [{ answer: { user: { access_token: secret, refresh_token: secret } } }],
    [{ image: { delete_url: `https://ibb.example/x/${secret}` } }],
    [{ apiKey: secret, connectionString: secret, client_secret: secret }],
    [{ password: secret, hashed_password: secret }],
    [{ url: `https://blob.example/a.png?sv=2024&sig=${secret}&se=1` }],
    [{ url: `https://muse.example/api/v1/auth/google/callback?state=${secret}&code=${secret}` }],
    [{ url: `https://imgbb.example/1/upload?expiration=5&key=${secret}` }],
    [{ url: `https://s3.example/a?X-Amz-Signature=${secret}` }],
    [{ path: `/api/v1/shared/${secret}` }],
    [{ note: `AccountName=muse;AccountKey=${secret};EndpointSuffix=core.windows.net` }],
    [{ note: `endpoint=https://mail.example/;accesskey=${secret}` }],
    [{ error: new Error(`cannot reach mongodb+srv://muse:${secret}@db.example/muse`) }],
    [{ error: new Error(`cannot read cloudinary://1234:${secret}@cloud`) }],
    [{ error: new Error("outer", { cause: new Error(`401 for Bearer ${secret}`) }) }],
    [{ error: new Error("outer", { cause: { headers: { authorization: secret } } }) }],
    [{ error: new Error(`key sk-${secret} and sk_live_${secret} and whsec_${secret} and r8_${secret}`) }],
    [{ error: `muse_sk_${secret}` }],
  ])("never shows a secret: %j", (fields) => {
    const { text, line } = lineOf(fields);
    expect(text).not.toContain(secret);
    expect(line.msg).toBe("said");
  });

  it("never shows a JSON Web Token", () => {
    const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEifQ.c2lnbmF0dXJl";
    expect(lineOf({ note: `got ${token}` }).text).not.toContain("c2lnbmF0dXJl");
  });

  it("leaves alone what is none", () => {
    const fields = {
      code: "provider_failed",
      path: "/api/v1/messages/msg_01/feedback",
      note: "status code=429; the key of the map",
      error: new TypeError("x is not a function"),
    };
    const { line } = lineOf(fields);
    expect(line).toMatchObject({ code: fields.code, path: fields.path, note: fields.note });
    expect(line.error).toMatchObject({ name: "TypeError", message: "x is not a function" });
  });
});
