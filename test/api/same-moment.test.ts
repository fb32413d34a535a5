import { describe, expect, it } from "vitest";
import { account, mailTo, newEmail, password, signIn, tokenIn } from "../support/accounts.ts";
import { anonymous, Client } from "../support/client.ts";

/** Two things that happen to an account in the same moment: what was ended stays ended, whichever came first. */

const door = anonymous();
const chosen = "the owner's own words";
const rounds = Array.from({ length: 4 }, (_unused, index) => index);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function resetTokenOf(email: string): Promise<string> {
  await door.post("/v1/auth/password-reset/request", { email });
  return tokenIn(await mailTo(door, email, /new password/));
}

const reset = (token: string) => door.post("/v1/auth/password-reset/confirm", { token, password: chosen });

describe("in the moment of a sign-out everywhere else", () => {
  it("a sign-in that is just renewed ends too, access token and all", async () => {
    const { email, client } = await account();
    for (const round of rounds) {
      const elsewhere = await signIn(door, email);
      const [renewed, ended] = await Promise.all([
        pause(round % 4).then(() => door.post("/v1/auth/refresh", { refresh_token: elsewhere.refreshToken })),
        pause(round % 3).then(() => client.call("DELETE", "/v1/users/me/sessions")),
      ]);
      expect(ended.status).toBe(204);
      // Whoever was renewed entirely before or after it is told the truth as well.
      const { access_token: token, refresh_token } = renewed.body;
      if (renewed.status === 200) {
        expect((await door.get("/v1/users/me", { token })).status).toBe(401);
        expect((await door.post("/v1/auth/refresh", { refresh_token })).status).toBe(401);
      }
      expect((await client.get("/v1/users/me/sessions")).body.data).toHaveLength(1);
    }
  });
});

describe("in the moment in which the owner of an address takes their account over", () => {
  it("no key is made that would stay", async () => {
    const squatter = await account();
    const token = await resetTokenOf(squatter.email);
    let isOver = false;
    const making = (async () => {
      const keys: string[] = [];
      while (!isOver) {
        const made = await squatter.client.post("/v1/users/me/api-keys", { name: "mine" });
        if (made.status !== 201) continue;
        keys.push(made.body.key);
        await squatter.client.call("DELETE", `/v1/users/me/api-keys/${made.body.id}`);
      }
      return keys;
    })();
    expect((await reset(token)).status).toBe(204);
    isOver = true;
    await making;
    const owner = await door.post("/v1/auth/login", { email: squatter.email, password: chosen });
    const keys = await new Client(door.baseUrl, owner.body.access_token).get("/v1/users/me/api-keys");
    expect(keys.body.data).toEqual([]);
  });

  it("no change of the address is begun that could be finished later", async () => {
    const squatter = await account();
    const token = await resetTokenOf(squatter.email);
    const next = newEmail();
    const [asked, taken] = await Promise.all([
      squatter.client.post("/v1/users/me/email", { email: next, current_password: password }),
      reset(token),
    ]);
    expect(taken.status).toBe(204);
    if (asked.status === 202) {
      const late = tokenIn(await mailTo(door, next, /new e-mail/));
      expect((await door.post("/v1/auth/verify-email/confirm", { token: late })).status).toBe(400);
    }
    const owner = await door.post("/v1/auth/login", { email: squatter.email, password: chosen });
    expect(owner.body.user).toMatchObject({ id: squatter.id, email: squatter.email });
  });
});

describe("many guesses of the current password at once", () => {
  it("learn nothing after too many wrong ones", async () => {
    const { client } = await account();
    const guess = (current: string) =>
      client.post("/v1/users/me/password", { current_password: current, new_password: "a brand new password" });
    const guesses = [...Array.from({ length: 12 }, (_unused, index) => `wrong guess ${index}`), password];
    const answers = await Promise.all(guesses.map(guess));
    expect(answers.map(({ status }) => status)).not.toContain(204);
    expect(answers.at(-1)?.status).toBe(429);
  });
});
