import { describe, expect, it } from "vitest";
import { anonymous, type Client, guest } from "../support/client.ts";

const path = "/v1/users/me/settings";

const defaults = {
  default_model: null,
  default_image_model: null,
  temperature: null,
  max_tokens: null,
  theme: "system",
  language: "en",
  email_notifications: true,
  memory_enabled: true,
  custom: {},
};

const put = (client: Client, body: unknown) => client.call("PUT", path, { body });

describe("settings", () => {
  it("are the defaults until something is set", async () => {
    const someone = await guest();
    const { status, body } = await someone.get(path);
    expect(status).toBe(200);
    expect(body).toEqual({ ...defaults, updated_at: null });
    expect((await put(someone, {})).body).toEqual({ ...defaults, updated_at: null });
  });

  it("change by the fields that are sent; the others stay", async () => {
    const someone = await guest();
    const models = (await someone.get("/v1/models")).body;
    const first = await put(someone, { theme: "dark", temperature: 0.5, custom: { sidebar: "left", wide: true } });
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ ...defaults, theme: "dark", temperature: 0.5 });
    expect(first.body.updated_at).not.toBeNull();
    const second = await put(someone, {
      default_model: models.chat[0].id,
      default_image_model: models.image[0].id,
      max_tokens: 500,
      language: "PT-br",
      email_notifications: false,
      memory_enabled: false,
      custom: { sidebar: "right" },
    });
    const expected = {
      default_model: models.chat[0].id,
      default_image_model: models.image[0].id,
      temperature: 0.5,
      max_tokens: 500,
      theme: "dark",
      language: "pt-BR",
      email_notifications: false,
      memory_enabled: false,
      custom: { sidebar: "right" },
    };
    expect(second.body).toMatchObject(expected);
    expect(second.body.custom).toEqual({ sidebar: "right" });
    expect((await someone.get(path)).body).toEqual(second.body);
    const back = await put(someone, { default_model: null, temperature: null, custom: {} });
    expect(back.body).toMatchObject({ ...expected, default_model: null, temperature: null, custom: {} });
  });

  it("are each user's own", async () => {
    const [one, two] = [await guest(), await guest()];
    await put(one, { theme: "dark" });
    expect((await two.get(path)).body.theme).toBe("system");
  });

  it("take many changes at once without losing one", async () => {
    const someone = await guest();
    const changes = [
      { theme: "dark" },
      { language: "de" },
      { temperature: 1 },
      { max_tokens: 9 },
      { memory_enabled: false },
    ];
    const answers = await Promise.all(changes.map((body) => put(someone, body)));
    expect(answers.map(({ status }) => status)).toEqual(changes.map(() => 200));
    expect((await someone.get(path)).body).toMatchObject(Object.assign({}, ...changes));
  });

  it.each<[unknown, string]>([
    [{ theme: "pink" }, "theme"],
    [{ theme: null }, "theme"],
    [{ temperature: 2.1 }, "temperature"],
    [{ temperature: "hot" }, "temperature"],
    [{ max_tokens: 0 }, "max_tokens"],
    [{ max_tokens: 1.5 }, "max_tokens"],
    [{ language: "not a language" }, "language"],
    [{ language: "" }, "language"],
    [{ memory_enabled: "yes" }, "memory_enabled"],
    [{ email_notifications: null }, "email_notifications"],
    [{ default_model: "no-such-model" }, "default_model"],
    [{ default_image_model: "no-such-model" }, "default_image_model"],
    [{ custom: { "a.b": 1 } }, "custom"],
    [{ custom: { $set: 1 } }, "custom"],
    [{ custom: { a: "x".repeat(20_000) } }, "custom"],
    [{ custom: [] }, "custom"],
    [{ user_id: "user_other" }, "user_id"],
    [{ "settings.theme": "dark" }, "settings.theme"],
  ])("refuses %j and changes nothing", async (body, field) => {
    const someone = await guest();
    const answer = await put(someone, { ...(body as object), ...(field === "theme" ? {} : { theme: "dark" }) });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(field);
    expect((await someone.get(path)).body.theme).toBe("system");
  });

  it("are not to be had without signing in, and not by another method", async () => {
    expect((await anonymous().get(path)).status).toBe(401);
    expect((await put(anonymous(), {})).status).toBe(401);
    expect((await (await guest()).post(path, {})).status).toBe(405);
  });
});
