import { describe, expect, it } from "vitest";
import { anonymous, Client, eventually, guest } from "../support/client.ts";

/** An account has more credits than a guest. */
async function account(): Promise<Client> {
  const email = `person-${crypto.randomUUID()}@example.com`;
  const { body } = await anonymous().post("/v1/auth/register", { email, password: "correct horse battery" });
  return new Client(anonymous().baseUrl, body.access_token);
}

describe("titles", () => {
  it("are the first message when it is short", async () => {
    const someone = await guest();
    const { body } = await someone.post("/v1/chat", { content: "Plan a trip to Oslo" });
    expect((await someone.get(`/v1/conversations/${body.conversation.id}`)).body.title).toBe("Plan a trip to Oslo");
  });

  it("of a long first message are a cut at once, and the model's own soon after", async () => {
    const someone = await guest();
    const content = `I would like to plan a trip to Oslo in winter with my family, ${"with many details ".repeat(20)}`;
    const { body } = await someone.post("/v1/chat", { content });
    expect(body.conversation.title).toMatch(/^I would like to plan a trip.*…$/);
    const titled = await eventually(
      async () => (await someone.get(`/v1/conversations/${body.conversation.id}`)).body.title,
      (title) => title !== body.conversation.title,
    );
    expect(titled.length).toBeGreaterThan(2);
    expect(titled.length).toBeLessThanOrEqual(61);
  });

  it("that somebody gave stay", async () => {
    const someone = await guest();
    const { body } = await someone.post("/v1/conversations", { title: "My own" });
    await someone.post(`/v1/conversations/${body.id}/messages`, { content: "Hello" });
    expect((await someone.get(`/v1/conversations/${body.id}`)).body.title).toBe("My own");
  });
});

describe("a conversation that outgrows the model's window", () => {
  it("says what was left out, and keeps a summary of it instead of a cliff", async () => {
    const someone = await account();
    const words = (count: number) => `${"harbour ".repeat(count)}[[tokens:1]]`;
    const conversation = (await someone.post("/v1/conversations", { system_prompt: "Rule. ".repeat(3_300) })).body;
    const path = `/v1/conversations/${conversation.id}`;
    const first = (await someone.post(`${path}/messages`, { content: words(12_300) })).body;
    expect(first.message.metadata.omitted_messages).toBe(0);
    // The system prompt and twice 12,300 tokens are more than the 28,672 that the window leaves for a prompt.
    const second = (await someone.post(`${path}/messages`, { content: words(12_300) })).body;
    expect(second.message.metadata.omitted_messages).toBeGreaterThan(0);
    const summary = await eventually(
      async () => (await someone.get(path)).body.summary,
      (text) => text !== null,
    );
    expect(summary).not.toBe("");
    expect((await someone.get(`${path}/messages`)).body.data).toHaveLength(4);
  });
});

describe("what the user said in other conversations", () => {
  const tellAndAsk = async (someone: Client) => {
    await someone.post("/v1/chat", { content: "My name is Ada and I live in Oslo." });
    await eventually(
      async () => (await someone.get("/v1/memories")).body.data.length,
      (count) => count > 0,
    );
    return (await someone.post("/v1/chat", { content: "What is my name?" })).body.message.content;
  };

  it("is recalled", async () => {
    expect(await tellAndAsk(await guest())).toContain("Ada");
  });

  it("is neither noted nor recalled when the user has switched memory off", async () => {
    const someone = await guest();
    await tellAndAsk(someone);
    await someone.call("PUT", "/v1/users/me/settings", { body: { memory_enabled: false } });
    const { body } = await someone.post("/v1/chat", { content: "What is my name? By the way, I love cats." });
    expect(body.message.content).not.toContain("Ada");
    const after = (await someone.get("/v1/memories?q=cats")).body.data;
    expect(after).toEqual([]);
  });

  it("is nobody else's", async () => {
    const [one, other] = [await guest(), await guest()];
    await tellAndAsk(one);
    const { body } = await other.post("/v1/chat", { content: "What is my name?" });
    expect(body.message.content).not.toContain("Ada");
  });
});
