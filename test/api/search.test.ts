import { describe, expect, it } from "vitest";
import { anonymous, type Client, eventually, guest } from "../support/client.ts";

interface Result {
  message?: { id: string; role: string; created_at: string };
  conversation: { id: string; title: string } | null;
  image?: { id: string; url: string; thumbnail_url: string; prompt: string };
  highlights: { field: string; snippet: string; matches: { start: number; length: number }[] }[];
  score: number;
}

async function search(client: Client, q: string, more = ""): Promise<Result[]> {
  const { status, body } = await client.get(`/v1/search?q=${encodeURIComponent(q)}${more}`);
  expect(status).toBe(200);
  return body.data;
}

const say = async (client: Client, content: string) =>
  (await client.post("/v1/chat", { content: `${content} [[tokens:1]]` })).body;

/** What the highlights point at. */
const marked = ({ highlights }: Result) =>
  highlights.flatMap(({ snippet, matches }) =>
    matches.map(({ start, length }) => snippet.slice(start, start + length).toLowerCase()),
  );

const asked = (results: readonly Result[]) => results.filter(({ message }) => message?.role === "user");

describe("search in messages", () => {
  it("ranks, highlights, and says where each is", async () => {
    const someone = await guest();
    const both = await say(someone, "A quetzal above the zeppelin");
    const one = await say(someone, "One quetzal");
    await say(someone, "Nothing of the kind");
    const found = asked(await search(someone, "quetzal zeppelin"));
    expect(found.map(({ message }) => message?.id)).toEqual([both.user_message.id, one.user_message.id]);
    expect(found[0]).toMatchObject({
      message: { role: "user", created_at: both.user_message.created_at },
      conversation: { id: both.conversation.id, title: both.conversation.title },
    });
    expect(found[0]?.highlights[0]?.field).toBe("content");
    expect(marked(found[0] as Result)).toEqual(["quetzal", "zeppelin"]);
    expect(found[0]?.score).toBeGreaterThan(found[1]?.score ?? Number.NaN);
  });

  it("takes phrases, exclusions, beginnings of words and letters with diacritics", async () => {
    const someone = await guest();
    const first = (await say(someone, "The crème brûlée of Zanzibar")).user_message.id;
    const second = (await say(someone, "Zanzibar has brulee, and creme")).user_message.id;
    const ids = async (q: string) =>
      asked(await search(someone, q))
        .map(({ message }) => message?.id)
        .sort();
    expect(await ids("creme zanzibar")).toEqual([first, second]);
    expect(await ids('"creme brulee"')).toEqual([first]);
    expect(await ids("zanz")).toEqual([first, second]);
    expect(await ids('zanzibar -"creme brulee"')).toEqual([second]);
    expect(await ids("zanzibar -has")).toEqual([first]);
    expect(await ids("-zanzibar")).toEqual([]);
  });

  it("takes operators, patterns and markup as the text that they are", async () => {
    const someone = await guest();
    await say(someone, "plain words only");
    const odd = (await say(someone, 'odd $where (a+)+$ <img src=x onerror=alert(1)> {"$gt":""}')).user_message.id;
    for (const q of [".*", "^", "$ne", "[a-z]+", "\\w", "p|o", "(?i)PLAIN", '{"$ne":null}', "'; drop", "\\", "("])
      expect(asked(await search(someone, q)).filter(({ message }) => message?.id !== odd)).toEqual([]);
    expect(asked(await search(someone, "\u0000plain\u0000"))).toHaveLength(1);
    const [found] = asked(await search(someone, "onerror"));
    expect(found?.message?.id).toBe(odd);
    expect(found?.highlights[0]?.snippet).toContain("<img src=x onerror=alert(1)>");
    expect(asked(await search(someone, "$where")).map(({ message }) => message?.id)).toEqual([odd]);
    const bracketed = await someone.get("/v1/search?q[$ne]=x");
    expect(bracketed.status).toBe(400);
  });

  it("never finds or counts what is somebody else's", async () => {
    const [owner, other] = [await guest(), await guest()];
    const { conversation } = await say(owner, "The secret marzipan");
    expect(await search(owner, "marzipan")).not.toEqual([]);
    for (const scope of ["messages", "conversations", "images"]) {
      const { body } = await other.get(`/v1/search?q=marzipan&scope=${scope}`);
      expect(body).toEqual({ data: [], next_cursor: null });
    }
    // A cursor of another account's list is only a place in one's own.
    const { body } = await owner.get("/v1/search?q=marzipan&limit=1");
    const cursor = body.next_cursor ?? Buffer.from(JSON.stringify([99, "msg_z"])).toString("base64url");
    expect((await other.get(`/v1/search?q=marzipan&cursor=${cursor}`)).body.data).toEqual([]);
    expect(JSON.stringify(await search(other, conversation.title))).not.toContain("marzipan");
    expect((await anonymous().get("/v1/search?q=marzipan")).status).toBe(401);
  });

  it("leaves deleted conversations out, and finds them again when they are restored", async () => {
    const someone = await guest();
    const { conversation } = await say(someone, "A pelican");
    await someone.call("DELETE", `/v1/conversations/${conversation.id}`);
    expect(await search(someone, "pelican")).toEqual([]);
    expect(await search(someone, "pelican", "&scope=conversations")).toEqual([]);
    await someone.post(`/v1/conversations/${conversation.id}/restore`);
    expect(asked(await search(someone, "pelican"))).toHaveLength(1);
    await someone.call("PATCH", `/v1/conversations/${conversation.id}`, { body: { status: "archived" } });
    expect(asked(await search(someone, "pelican"))).toHaveLength(1);
  });

  it("leaves superseded versions and failed, empty answers out", async () => {
    const someone = await guest();
    const { user_message: message } = await say(someone, "An albatross");
    const edited = await someone.call("PATCH", `/v1/messages/${message.id}`, {
      body: { content: "A cormorant [[tokens:1]]" },
    });
    expect(edited.status).toBe(200);
    expect(asked(await search(someone, "albatross"))).toEqual([]);
    expect(asked(await search(someone, "cormorant"))).toHaveLength(1);
    await someone.post("/v1/chat", { content: "A gannet [[fail:500]]" });
    expect((await search(someone, "gannet")).map(({ message }) => message?.role)).toEqual(["user"]);
  });

  it("pages without gaps and repeats while more is being said", async () => {
    const someone = await guest();
    const said: string[] = [];
    for (let count = 0; count < 7; count += 1) said.push((await say(someone, "The same flamingo")).user_message.id);
    const everything = (await search(someone, "flamingo", "&limit=100")).map(({ message }) => message?.id);
    const paged: (string | undefined)[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const { body } = await someone.get(`/v1/search?q=flamingo&limit=2${query}`);
      paged.push(...body.data.map(({ message }: Result) => message?.id));
      if (cursor === "") await say(someone, "flamingo flamingo flamingo");
      cursor = body.next_cursor;
    }
    expect(new Set(paged).size).toBe(paged.length);
    expect(paged).toEqual(everything);
    expect(said.every((id) => paged.includes(id))).toBe(true);
  });

  it.each([
    ["q=", "q"],
    ["", "q"],
    [`q=${"x".repeat(201)}`, "q"],
    ["q=x&scope=users", "scope"],
    ["q=x&limit=0", "limit"],
    ["q=x&limit=101", "limit"],
    ["q=x&cursor=nonsense", "cursor"],
  ])("refuses %s", async (query, path) => {
    const { status, body } = await (await guest()).get(`/v1/search?${query}`);
    expect([status, body.code, body.errors[0].path]).toEqual([400, "validation_failed", path]);
  });
});

describe("search in conversations", () => {
  it("goes by the title", async () => {
    const someone = await guest();
    for (const title of ["Trip to Oslo", "Oslo, Oslo", "Home"]) await someone.post("/v1/conversations", { title });
    const found = await search(someone, "oslo", "&scope=conversations");
    expect(found.map(({ conversation }) => conversation?.title)).toEqual(["Oslo, Oslo", "Trip to Oslo"]);
    expect(found[1]?.highlights).toEqual([
      { field: "title", snippet: "Trip to Oslo", matches: [{ start: 8, length: 4 }] },
    ]);
  });
});

describe("search in pictures", () => {
  it("goes by the prompt, with addresses that work and without deleted conversations", async () => {
    const someone = await guest();
    const { body: generation } = await someone.post("/v1/generations", {
      prompt: "a turquoise gramophone",
      image_size: "256x256",
    });
    await eventually(
      async () => (await someone.get(`/v1/generations/${generation.id}?wait=10`)).body,
      ({ status }) => status === "completed",
    );
    const [found] = await eventually(
      () => search(someone, "gramophone", "&scope=images"),
      (results) => results[0]?.conversation != null,
    );
    expect(found?.image?.prompt).toBe("a turquoise gramophone");
    expect(found?.highlights).toEqual([
      { field: "prompt", snippet: "a turquoise gramophone", matches: [{ start: 12, length: 10 }] },
    ]);
    const thumbnail = await fetch(found?.image?.thumbnail_url ?? "");
    expect([thumbnail.status, thumbnail.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
    await thumbnail.arrayBuffer();
    expect(await search(await guest(), "gramophone", "&scope=images")).toEqual([]);
    await someone.call("DELETE", `/v1/conversations/${found?.conversation?.id}`);
    expect(await search(someone, "gramophone", "&scope=images")).toEqual([]);
  });
});
