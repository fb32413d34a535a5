import { describe, expect, it } from "vitest";
import { anonymous, type Client, guest } from "../support/client.ts";

async function picture(client: Client): Promise<string> {
  const { body } = await client.post("/v1/generations", { prompt: "a boat [[pace:0]]", image_size: "64x64" });
  return (await client.get(`/v1/generations/${body.id}?wait=60`)).body.images[0].id;
}

describe("structured content", () => {
  const parts = [
    { type: "text", value: "My name is Ada." },
    { type: "code", value: { code: "print(1)", language: "python" } },
    { type: "button", value: { label: "Yes", action: "confirm" } },
    { type: "card", value: { title: "Trip", text: "To Oslo", url: "https://example.com/trip" } },
  ];

  it("is accepted, stored and given back as it was, and read by the model as words", async () => {
    const someone = await guest();
    const { status, body } = await someone.post("/v1/chat", { content: parts });
    expect(status).toBe(200);
    expect(body.user_message.content).toEqual(parts);
    expect(body.conversation.title).toContain("My name is Ada");
    const path = `/v1/conversations/${body.conversation.id}/messages`;
    expect((await someone.post(path, { content: "What is my name?" })).body.message.content).toContain("Ada");
    const [stored] = (await someone.get(`/v1/conversations/${body.conversation.id}/messages`)).body.data;
    expect(stored).toEqual(body.user_message);
  });

  it("is shown as it is in a share, and as Markdown in an export", async () => {
    const someone = await guest();
    const imageId = await picture(someone);
    const shown = [...parts, { type: "image", value: { image_id: imageId, caption: "A boat" } }];
    const { conversation } = (await someone.post("/v1/chat", { content: shown })).body;
    const path = `/v1/conversations/${conversation.id}`;
    const { token } = (await someone.post(`${path}/share`)).body;
    const [question] = (await anonymous().get(`/v1/shared/${token}`)).body.messages;
    expect(question.content).toEqual(shown);
    expect(question.images[0].image_id).toBe(imageId);
    const { body: markdown } = await someone.get(`${path}/export?format=markdown`);
    const written = markdown.slice(markdown.indexOf("## User"), markdown.indexOf("## Assistant"));
    expect(written.replace(/\(http\S+content\S+\)/, "(…)")).toBe(
      [
        "## User",
        "My name is Ada.",
        "```python\nprint(1)\n```",
        "**Yes**",
        "### [Trip](https://example.com/trip)",
        "To Oslo",
        "[Picture: A boat](…)\n\n",
      ].join("\n\n"),
    );
  });

  it.each([
    [[], "content"],
    [[{ type: "video", value: "x" }], "content.0.type"],
    [[{ type: "text", value: "" }], "content.0.value"],
    [[{ type: "button", value: { label: "Go", url: "javascript:alert(1)" } }], "content.0.value.url"],
    [[{ type: "card", value: { title: "x", html: "<b>x</b>" } }], "content.0.value.html"],
    [
      [
        { type: "text", value: "x".repeat(99_999) },
        { type: "text", value: "x".repeat(99) },
      ],
      "content",
    ],
  ])("refuses %j", async (content, path) => {
    const someone = await guest();
    const { status, body } = await someone.post("/v1/chat", { content });
    expect([status, body.errors[0].path]).toEqual([400, path]);
  });
});

describe("pictures in a message", () => {
  it("go to a model that can see", async () => {
    const someone = await guest();
    const imageId = await picture(someone);
    const { status, body } = await someone.post("/v1/chat", { content: "What is this?", images: [imageId] });
    expect(status).toBe(200);
    expect(body.user_message.images).toMatchObject([{ image_id: imageId, generated: true }]);
    expect(body.message.content).toContain("one picture (JPEG)");
    expect((await fetch(body.user_message.images[0].thumbnail_url)).status).toBe(200);
    const again = await someone.post(`/v1/messages/${body.message.id}/regenerate`);
    expect(again.body.message.content).toContain("one picture (JPEG)");
  });

  it("within structured content go too", async () => {
    const someone = await guest();
    const imageId = await picture(someone);
    const content = [
      { type: "text", value: "And this?" },
      { type: "image", value: { image_id: imageId, caption: "a boat" } },
    ];
    const { body } = await someone.post("/v1/chat", { content });
    expect(body.user_message.images).toHaveLength(1);
    expect(body.message.content).toContain("one picture");
  });

  it("within edited content are those of the new version, and one's own", async () => {
    const [someone, other] = [await guest(), await guest()];
    const [imageId, foreignId] = [await picture(someone), await picture(other)];
    const { user_message: question } = (await someone.post("/v1/chat", { content: "What is this?" })).body;
    const edit = (content: unknown) => someone.call("PATCH", `/v1/messages/${question.id}`, { body: { content } });
    const shown = await edit([{ type: "image", value: { image_id: imageId, caption: "a boat" } }]);
    expect(shown.body.user_message.images).toMatchObject([{ image_id: imageId }]);
    expect(shown.body.message.content).toContain("one picture");
    const foreign = await edit([{ type: "image", value: { image_id: foreignId } }]);
    expect([foreign.status, foreign.body.errors[0].path]).toEqual([403, "images.0"]);
    const without = await someone.call("PATCH", `/v1/messages/${shown.body.user_message.id}`, {
      body: { content: "And now?" },
    });
    expect(without.body.user_message.images).toEqual([]);
  });

  it("are 422 for a model that cannot see, and nothing is held or stored", async () => {
    const someone = await guest();
    const imageId = await picture(someone);
    const refused = await someone.post("/v1/chat", { content: "Look", images: [imageId], model: "muse-text" });
    expect([refused.status, refused.body.code, refused.body.errors[0].path]).toEqual([422, "unprocessable", "images"]);
    expect((await someone.get("/v1/users/me/credits")).body).toMatchObject({ balance: 19, held: 0 });
  });

  it("of somebody else are forbidden, and unknown ones not found", async () => {
    const [owner, other] = [await guest(), await guest()];
    const imageId = await picture(owner);
    const refused = await other.post("/v1/chat", { content: "Look", images: [imageId] });
    expect([refused.status, refused.body.errors[0].path]).toEqual([403, "images.0"]);
    const missing = await other.post("/v1/chat", { content: "Look", images: ["img_none"] });
    expect([missing.status, missing.body.errors[0].path]).toEqual([404, "images.0"]);
    expect((await other.get("/v1/users/me/credits")).body).toMatchObject({ balance: 20, held: 0 });
  });
});

describe("a model of one's choice", () => {
  it("answers this turn, or the whole conversation", async () => {
    const someone = await guest();
    const once = await someone.post("/v1/chat", { content: "Hi", model: "simulated:muse-text" });
    expect(once.body.message.metadata.model).toBe("muse-text");
    const path = `/v1/conversations/${once.body.conversation.id}`;
    expect((await someone.call("PATCH", path, { body: { model: "muse-chat" } })).body.model).toBe("muse-chat");
    const next = await someone.post(`${path}/messages`, { content: "Hi" });
    expect(next.body.message.metadata.model).toBe("muse-chat");
    const refused = await someone.call("PATCH", path, { body: { model: "nothing" } });
    expect([refused.status, refused.body.errors[0].path]).toEqual([400, "model"]);
  });
});
