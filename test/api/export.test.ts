import { describe, expect, it } from "vitest";
import { anonymous, guest } from "../support/client.ts";

describe("an export", () => {
  it("as JSON has the conversation and every version, as the API shows them", async () => {
    const someone = await guest();
    const { conversation, user_message: first } = (await someone.post("/v1/chat", { content: "One [[tokens:2]]" }))
      .body;
    await someone.call("PATCH", `/v1/messages/${first.id}`, { body: { content: "One, edited [[tokens:2]]" } });
    const path = `/v1/conversations/${conversation.id}`;
    const { status, headers, body } = await someone.get(`${path}/export`);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(headers.get("content-disposition")).toMatch(/^attachment; filename="[a-z0-9-]+\.json"; filename\*=UTF-8''/);
    expect(body.conversation).toEqual((await someone.get(path)).body);
    expect(body.messages).toEqual((await someone.get(`${path}/messages?versions=all&limit=100`)).body.data);
    expect(body.messages).toHaveLength(4);
  });

  it("as Markdown is clean: headings by role, code kept, HTML as text", async () => {
    const someone = await guest();
    const { id } = (await someone.post("/v1/conversations", { title: 'Héllo <b>*world*</b>"; x=y' })).body;
    const path = `/v1/conversations/${id}`;
    const content = "Look: <img src=x onerror=alert(1)>\n\n```html\n<b>kept</b>\n```\n[[tokens:3]]";
    await someone.post(`${path}/messages`, { content });
    const { status, headers, body } = await someone.get(`${path}/export?format=markdown`);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/markdown; charset=utf-8");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-disposition")).toBe(
      "attachment; filename=\"hello-b-world-b-x-y.md\"; filename*=UTF-8''H%C3%A9llo%20b%20world%20b%20%3B%20x%3Dy.md",
    );
    expect(body).toContain("# Héllo &lt;b>\\*world\\*&lt;/b>");
    expect(body).toMatch(/\n## User\n\nLook: &lt;img src=x onerror=alert\(1\)>\n\n```html\n<b>kept<\/b>\n```/);
    expect(body).toMatch(/\n## Assistant\n\n\S/);
    expect(body).not.toContain("<img");
  });

  it("as Markdown has pictures as links", async () => {
    const someone = await guest();
    const { id } = (await someone.post("/v1/conversations", { title: "Pictures" })).body;
    const generation = (
      await someone.post("/v1/generations", { prompt: "a heron", image_size: "256x256", conversation_id: id })
    ).body;
    await someone.get(`/v1/generations/${generation.id}?wait=20`);
    const { body } = await someone.get(`/v1/conversations/${id}/export?format=markdown`);
    const address = /\[Picture 1[^\]]*\]\((\S+)\)/.exec(body)?.[1] ?? "";
    const response = await fetch(address);
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  });

  it("of an empty conversation is a file too", async () => {
    const someone = await guest();
    const { id } = (await someone.post("/v1/conversations", {})).body;
    expect((await someone.get(`/v1/conversations/${id}/export`)).body.messages).toEqual([]);
    expect((await someone.get(`/v1/conversations/${id}/export?format=markdown`)).body).toMatch(/^# /);
    const head = await someone.raw("HEAD", `/v1/conversations/${id}/export`);
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it("is the owner's alone", async () => {
    const [owner, other] = [await guest(), await guest()];
    const { id } = (await owner.post("/v1/conversations", { title: "Mine" })).body;
    const path = `/v1/conversations/${id}/export`;
    const refused = await other.get(path);
    expect([refused.status, refused.headers.get("content-disposition")]).toEqual([403, null]);
    expect((await anonymous().get(path)).status).toBe(401);
    expect((await owner.get(`${path}?format=pdf`)).status).toBe(400);
    await owner.call("DELETE", `/v1/conversations/${id}`);
    expect((await owner.get(path)).status).toBe(404);
    expect((await owner.get("/v1/conversations/conv_none/export")).status).toBe(404);
  });
});
