import { describe, expect, it } from "vitest";
import { anonymous, type Client, eventually, guest } from "../support/client.ts";

const say = async (client: Client, content: string) =>
  (await client.post("/v1/chat", { content: `${content} [[tokens:1]]` })).body;

async function shared(client: Client, content = "Hello there") {
  const { conversation, user_message, message } = await say(client, content);
  const path = `/v1/conversations/${conversation.id}`;
  const { status, body: share } = await client.post(`${path}/share`);
  expect(status).toBe(201);
  return { conversation, user_message, message, path, share };
}

describe("a shared conversation", () => {
  it("can be read by anybody with its link, and shows nothing but what was said", async () => {
    const someone = await guest();
    const { id } = (
      await someone.post("/v1/conversations", { title: "Open", system_prompt: "A hidden rule", metadata: {} })
    ).body;
    await someone.post(`/v1/conversations/${id}/messages`, {
      content: "Hi <script>alert(1)</script> [[tokens:2]]",
      metadata: { note: "a private note" },
    });
    const { body: share } = await someone.post(`/v1/conversations/${id}/share`, {});
    expect(share.token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(new URL(share.url).hash).toBe(`#/s/${share.token}`);

    const { status, headers, body } = await anonymous().get(`/v1/shared/${share.token}`);
    expect(status).toBe(200);
    expect(headers.get("x-robots-tag")).toContain("noindex");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(Number(headers.get("ratelimit-remaining"))).toBeGreaterThan(0);
    expect(Object.keys(body).sort()).toEqual(
      ["created_at", "messages", "model", "next_cursor", "shared_at", "title"].sort(),
    );
    expect(body).toMatchObject({ title: "Open", next_cursor: null });
    expect(body.messages.map(({ role }: { role: string }) => role)).toEqual(["user", "assistant"]);
    for (const message of body.messages) {
      expect(Object.keys(message).sort()).toEqual(["content", "created_at", "id", "images", "metadata", "role"]);
      expect(Object.keys(message.metadata).filter((field) => field !== "model")).toEqual([]);
    }
    expect(body.messages[0].content).toContain("<script>alert(1)</script>");
    const { id: userId } = (await someone.get("/v1/users/me")).body;
    for (const hidden of ["A hidden rule", "a private note", userId])
      expect(JSON.stringify(body)).not.toContain(hidden);
  });

  it("has one link, however often it is shared", async () => {
    const someone = await guest();
    const { path, share } = await shared(someone);
    const again = await someone.post(`${path}/share`);
    expect([again.status, again.body]).toEqual([200, share]);
    const other = (await say(someone, "Another")).conversation.id;
    const made = await Promise.all([1, 2, 3, 4].map(() => someone.post(`/v1/conversations/${other}/share`)));
    expect(new Set(made.map(({ body }) => body.token)).size).toBe(1);
    expect(made.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it("is gone at once when the share is revoked, and stays so when it is shared anew", async () => {
    const someone = await guest();
    const { path, share } = await shared(someone);
    expect((await someone.call("DELETE", `${path}/share`)).status).toBe(204);
    expect((await someone.call("DELETE", `${path}/share`)).status).toBe(204);
    const gone = await anonymous().get(`/v1/shared/${share.token}`);
    expect([gone.status, gone.body.code]).toEqual([410, "gone"]);
    const again = await someone.post(`${path}/share`);
    expect(again.status).toBe(201);
    expect(again.body.token).not.toBe(share.token);
    expect((await anonymous().get(`/v1/shared/${share.token}`)).status).toBe(410);
    expect((await anonymous().get(`/v1/shared/${again.body.token}`)).status).toBe(200);
  });

  it("is gone at once when the conversation is deleted", async () => {
    const someone = await guest();
    const { path, share } = await shared(someone, "Soon gone");
    await someone.call("DELETE", path);
    const gone = await anonymous().get(`/v1/shared/${share.token}`);
    expect(gone.status).toBe(410);
    expect(JSON.stringify(gone.body)).not.toContain("Soon gone");
    expect((await someone.post(`${path}/share`)).status).toBe(404);
  });

  it.each(["nothing", "x".repeat(43), "%24ne", "a".repeat(200), "..%2f..%2fusers%2fme"])(
    "is not found under %s",
    async (token) => {
      expect((await anonymous().get(`/v1/shared/${token}`)).status).toBe(404);
    },
  );

  it("is only its owner's to share and to revoke", async () => {
    const [owner, other] = [await guest(), await guest()];
    const { path, share } = await shared(owner);
    expect((await other.post(`${path}/share`)).status).toBe(403);
    expect((await other.call("DELETE", `${path}/share`)).status).toBe(403);
    expect((await anonymous().post(`${path}/share`)).status).toBe(401);
    expect((await owner.post("/v1/conversations/conv_none/share")).status).toBe(404);
    expect((await anonymous().get(`/v1/shared/${share.token}`)).status).toBe(200);
    // The link opens this view and nothing else.
    expect((await anonymous().get(path, { token: share.token })).status).toBe(401);
  });

  it("shows the active path alone, in pages", async () => {
    const someone = await guest();
    const { user_message: first, path, share } = await shared(someone, "The old question");
    await someone.call("PATCH", `/v1/messages/${first.id}`, { body: { content: "The new question [[tokens:1]]" } });
    await someone.post(`${path}/messages`, { content: "A further one [[tokens:1]]" });
    const contents: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const { body } = await anonymous().get(`/v1/shared/${share.token}?limit=1${query}`);
      expect(body.messages.length).toBeLessThanOrEqual(1);
      contents.push(...body.messages.map(({ content }: { content: string }) => content));
      cursor = body.next_cursor;
    }
    expect(contents).toHaveLength(4);
    expect(contents[0]).toContain("The new question");
    expect(contents[2]).toContain("A further one");
    expect((await anonymous().get(`/v1/shared/${share.token}?cursor=x`)).status).toBe(400);
  });

  it("shows its pictures", async () => {
    const someone = await guest();
    const { id } = (await someone.post("/v1/generations", { prompt: "a heron", image_size: "256x256" })).body;
    await someone.get(`/v1/generations/${id}?wait=20`);
    const [conversation] = await eventually(
      async () => (await someone.get("/v1/conversations")).body.data,
      (conversations) => conversations[0]?.total_messages > 0,
    );
    const { token } = (await someone.post(`/v1/conversations/${conversation.id}/share`)).body;
    const { body } = await anonymous().get(`/v1/shared/${token}`);
    const [picture] = body.messages[0].images;
    expect(Object.keys(picture).sort()).toEqual([
      "caption",
      "height",
      "image_id",
      "mime_type",
      "thumbnail_url",
      "url",
      "width",
    ]);
    const response = await fetch(picture.url);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/png"]);
    await response.arrayBuffer();
  });
});
