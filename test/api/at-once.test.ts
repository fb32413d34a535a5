import { describe, expect, it } from "vitest";
import { type Client, guest } from "../support/client.ts";

/** Things that two tabs, or two devices, do to one conversation in the same moment. */

const rounds = Array.from({ length: 8 }, (_, index) => index);

async function answered(client: Client, content = "Hello [[tokens:2]] [[pace:0]]") {
  const { body } = await client.post("/v1/chat", { content });
  return { path: `/v1/conversations/${body.conversation.id}`, answerId: body.message.id as string };
}

describe("a conversation", () => {
  it("keeps the name that it is given while its first message is sent", async () => {
    for (const _ of rounds) {
      const someone = await guest();
      const path = `/v1/conversations/${(await someone.post("/v1/conversations")).body.id}`;
      const content = "A first message that is by far too long to be taken for a title as it is [[tokens:2]]";
      const [renamed, sent] = await Promise.all([
        someone.call("PATCH", path, { body: { title: "Mine" } }),
        someone.post(`${path}/messages`, { content }),
      ]);
      expect([renamed.status, sent.status]).toEqual([200, 200]);
      expect((await someone.get(path)).body.title).toBe("Mine");
    }
  });

  it("that is restored twice is shown as it is then, both times", async () => {
    const someone = await guest();
    const { path } = await answered(someone);
    for (const _ of rounds) {
      await someone.call("DELETE", path);
      const restored = await Promise.all([1, 2, 3].map(() => someone.post(`${path}/restore`)));
      expect(restored.map(({ status, body }) => [status, body.status])).toEqual(Array(3).fill([200, "active"]));
    }
  });

  it("can be shared while its share is revoked", async () => {
    const someone = await guest();
    const { path } = await answered(someone);
    for (const _ of rounds) {
      await someone.post(`${path}/share`);
      const [revoked, ...shared] = await Promise.all([
        someone.call("DELETE", `${path}/share`),
        ...[1, 2, 3].map(() => someone.post(`${path}/share`)),
      ]);
      expect(revoked.status).toBe(204);
      for (const { status, body } of shared) {
        expect([200, 201]).toContain(status);
        expect(body.token).toBeTruthy();
      }
    }
  });

  it("has one unbroken path when a message is sent while another version is chosen", async () => {
    for (const _ of rounds) {
      const someone = await guest();
      const { path, answerId } = await answered(someone);
      await someone.post(`/v1/messages/${answerId}/regenerate`);
      const [sent, chosen] = await Promise.all([
        someone.post(`${path}/messages`, { content: "More [[tokens:2]] [[pace:0]]" }),
        someone.call("PUT", `/v1/messages/${answerId}/active`),
      ]);
      expect([sent.status, chosen.status]).toEqual([200, 200]);
      const listed: { id: string; previous_message_id: string | null }[] = (await someone.get(`${path}/messages`)).body
        .data;
      const ids = listed.map(({ id }) => id);
      expect(listed.map(({ previous_message_id: previousId }) => previousId)).toEqual([null, ...ids.slice(0, -1)]);
      expect((await someone.get(path)).body.total_messages).toBe(ids.length);
    }
  });
});
