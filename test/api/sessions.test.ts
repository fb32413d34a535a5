import { describe, expect, it } from "vitest";
import { account, signIn } from "../support/accounts.ts";
import { anonymous, Client, guest } from "../support/client.ts";

const door = anonymous();
const path = "/v1/users/me/sessions";
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

describe("sessions", () => {
  it("are listed with their place, last used first, and this one is marked", async () => {
    const { email, client } = await account();
    const elsewhere = await signIn(door, email, firefox);
    const { status, body } = await client.get(path);
    expect(status).toBe(200);
    expect(body.data).toHaveLength(2);
    expect(body.data[0]).toEqual({
      id: expect.stringMatching(/^sess_/),
      device: "Firefox on Linux",
      user_agent: firefox,
      ip_address: "127.0.0.1",
      is_current: false,
      signed_in_at: expect.any(String),
      last_used_at: expect.any(String),
      expires_at: expect.any(String),
    });
    expect(body.data[1].is_current).toBe(true);
    const renewed = await door.post("/v1/auth/refresh", { refresh_token: elsewhere.refreshToken });
    const seen = (await new Client(door.baseUrl, renewed.body.access_token).get(path)).body.data;
    expect(seen.map(({ id }: { id: string }) => id)).toEqual(body.data.map(({ id }: { id: string }) => id));
    expect(seen[0]).toMatchObject({ is_current: true, signed_in_at: body.data[0].signed_in_at });
    expect(Date.parse(seen[0].last_used_at)).toBeGreaterThan(Date.parse(body.data[0].last_used_at));
  });

  it("end one by one: neither the refresh token nor the access token opens anything", async () => {
    const { email, client } = await account();
    const elsewhere = await signIn(door, email);
    const [{ id }] = (await client.get(path)).body.data;
    expect((await client.call("DELETE", `${path}/${id}`)).status).toBe(204);
    expect((await elsewhere.client.get("/v1/users/me")).status).toBe(401);
    expect((await door.post("/v1/auth/refresh", { refresh_token: elsewhere.refreshToken })).status).toBe(401);
    expect((await client.get("/v1/users/me")).status).toBe(200);
    expect((await client.call("DELETE", `${path}/${id}`)).status).toBe(404);
    expect((await client.get(path)).body.data).toHaveLength(1);
  });

  it("end all but this one", async () => {
    const { email, client, refreshToken } = await account();
    const others = [await signIn(door, email), await signIn(door, email)];
    expect((await client.call("DELETE", path)).status).toBe(204);
    for (const other of others) expect((await other.client.get("/v1/users/me")).status).toBe(401);
    expect((await client.get(path)).body.data).toHaveLength(1);
    expect((await door.post("/v1/auth/refresh", { refresh_token: refreshToken })).status).toBe(200);
  });

  it("of another account are not yours to end", async () => {
    const [one, two] = [await guest(), await guest()];
    const [{ id }] = (await two.get(path)).body.data;
    expect((await one.call("DELETE", `${path}/${id}`)).status).toBe(403);
    expect((await one.call("DELETE", `${path}/sess_nobody`)).status).toBe(404);
    expect((await two.get("/v1/users/me")).status).toBe(200);
  });

  it("end with the sign-out and with the reuse of a refresh token, access tokens too", async () => {
    const one = (await door.post("/v1/auth/guest")).body;
    expect((await door.post("/v1/auth/logout", { refresh_token: one.refresh_token })).status).toBe(204);
    expect((await door.get("/v1/users/me", { token: one.access_token })).status).toBe(401);
    const two = (await door.post("/v1/auth/guest")).body;
    const thief = (await door.post("/v1/auth/refresh", { refresh_token: two.refresh_token })).body;
    expect((await door.get("/v1/users/me", { token: thief.access_token })).status).toBe(200);
    expect((await door.post("/v1/auth/refresh", { refresh_token: two.refresh_token })).status).toBe(401);
    expect((await door.get("/v1/users/me", { token: thief.access_token })).status).toBe(401);
  });
});
