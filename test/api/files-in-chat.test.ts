import { describe, expect, it } from "vitest";
import { type Client, eventually, guest } from "../support/client.ts";

async function upload(client: Client, name: string, content: string): Promise<string> {
  const response = await fetch(`${client.baseUrl}/api/v1/files`, {
    method: "POST",
    headers: { authorization: `Bearer ${client.token}`, "content-type": "text/plain", "x-file-name": name },
    body: content,
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { id: string }).id;
}

describe("files in a turn", () => {
  it("are kept with the message, shown without their place, and read by the model", async () => {
    const someone = await guest();
    const id = await upload(someone, "boats.txt", "The Albatross is a red boat. Its harbour is Oslo.");
    const { status, body } = await someone.post("/v1/chat", { content: "What is in this file?", files: [id] });
    expect(status).toBe(200);
    expect(body.user_message.files).toMatchObject([{ file_id: id, name: "boats.txt", type: "text" }]);
    expect(JSON.stringify(body)).not.toContain("files/user_");
    // The prompt holds the file's text: far more than the question alone.
    const plain = await someone.post("/v1/chat", { content: "What is in this file?" });
    expect(body.message.metadata.prompt_tokens).toBeGreaterThan(plain.body.message.metadata.prompt_tokens + 20);
  });

  it("stay in mind for the messages that follow", async () => {
    const someone = await guest();
    const id = await upload(someone, "long.txt", "The harbour of Oslo is quiet in winter. ".repeat(40));
    const first = (await someone.post("/v1/chat", { content: "Read this", files: [id] })).body;
    const path = `/v1/conversations/${first.conversation.id}/messages`;
    const second = (await someone.post(path, { content: "And now?" })).body;
    expect(second.message.metadata.prompt_tokens).toBeGreaterThan(300);
    expect(second.user_message.files).toEqual([]);
  });

  it("of somebody else are forbidden, and unknown ones not found; nothing is held", async () => {
    const [owner, other] = [await guest(), await guest()];
    const id = await upload(owner, "secret.txt", "A secret of mine");
    const refused = await other.post("/v1/chat", { content: "Read", files: [id] });
    expect([refused.status, refused.body.errors[0].path]).toEqual([403, "files.0"]);
    const missing = await other.post("/v1/chat", { content: "Read", files: ["file_none"] });
    expect([missing.status, missing.body.errors[0].path]).toEqual([404, "files.0"]);
    expect(JSON.stringify([refused.body, missing.body])).not.toContain("A secret of mine");
    expect((await other.get("/v1/users/me/credits")).body).toMatchObject({ balance: 20, held: 0 });
  });

  it("leave the messages when they are deleted", async () => {
    const someone = await guest();
    const id = await upload(someone, "gone.txt", "Soon gone");
    const { body } = await someone.post("/v1/chat", { content: "Read", files: [id] });
    expect((await someone.call("DELETE", `/v1/files/${id}`)).status).toBe(204);
    const [message] = await eventually(
      async () => (await someone.get(`/v1/conversations/${body.conversation.id}/messages`)).body.data,
      ([first]) => first.files.length === 0,
    );
    expect(message.content).toBe("Read");
    expect((await someone.post(`/v1/messages/${body.message.id}/regenerate`)).status).toBe(200);
  });

  it("are in no message when they are deleted at the same moment, and the conversation goes on", async () => {
    const someone = await guest();
    const rounds = await Promise.all(
      Array.from({ length: 8 }, async (_, round) => {
        const id = await upload(someone, "gone.txt", `Soon gone ${round}`);
        const turn = someone.post("/v1/chat", { content: "Read [[tokens:3]]", files: [id] });
        // Each deletion comes a little later in its turn.
        for (let step = 0; step < round; step += 1) await someone.get("/health");
        expect((await someone.call("DELETE", `/v1/files/${id}`)).status).toBe(204);
        return (await turn).body.conversation?.id;
      }),
    );
    for (const conversationId of rounds.filter((id) => id !== undefined)) {
      const path = `/v1/conversations/${conversationId}/messages`;
      await eventually(
        async () => (await someone.get(path)).body.data,
        ([first]) => first.files.length === 0,
      );
      expect((await someone.post(path, { content: "And now? [[tokens:3]]" })).status).toBe(200);
    }
  });
});
