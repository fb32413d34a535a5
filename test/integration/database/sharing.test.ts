import { describe, expect, it } from "vitest";
import { createShares } from "../../../src/database/sharing.ts";
import { type Conversation, newConversation } from "../../../src/domain/conversation.ts";
import { expectIndexed, explainQueries } from "./explained.ts";
import { at, newId, start, times, useDatabase } from "./support.ts";

const context = useDatabase();
const shares = () => createShares(context().database);
const hashOf = (token: string) => `hash of ${token}`;

async function insertConversation(changes: Partial<Conversation> = {}): Promise<string> {
  const conversationId = newId("conv");
  const conversation = {
    ...newConversation({ conversationId, userId: "user_a", model: "m", now: start }),
    ...changes,
  };
  await context()
    .database.collection<Conversation>("conversations")
    .run((collection) => collection.insertOne(conversation));
  return conversationId;
}

describe("a share", () => {
  it("is made once, however many ask at once", async () => {
    const conversationId = await insertConversation();
    const made = await Promise.all(
      times(8, (index) =>
        shares().share({
          userId: "user_a",
          conversationId,
          share: { token: `${conversationId}-${index}`, created_at: at(index) },
        }),
      ),
    );
    expect(made.filter((one) => one?.isNew)).toHaveLength(1);
    expect(new Set(made.map((one) => one?.share.token)).size).toBe(1);
  });

  it("is the owner's to make, and not of a deleted conversation", async () => {
    const share = { token: "t", created_at: start };
    const conversationId = await insertConversation();
    expect(await shares().share({ userId: "user_b", conversationId, share })).toBeNull();
    const deleted = await insertConversation({ status: "deleted" });
    expect(await shares().share({ userId: "user_a", conversationId: deleted, share })).toBeNull();
    expect(await shares().findByToken("t")).toBeNull();
  });

  it("is found by its token until it is revoked, and remembered then", async () => {
    const conversationId = await insertConversation();
    const input = { userId: "user_a", conversationId };
    await shares().share({ ...input, share: { token: "first", created_at: at(1) } });
    const found = await shares().findByToken("first");
    expect(found?.conversation._id).toBe(conversationId);
    expect(found?.share).toEqual({ token: "first", created_at: at(1) });

    expect(await shares().revoke({ ...input, userId: "user_b", hashOf, now: at(2) })).toBe(false);
    expect(await shares().wasRevoked(hashOf("first"))).toBe(false);
    expect(await shares().revoke({ ...input, hashOf, now: at(2) })).toBe(true);
    expect(await shares().revoke({ ...input, hashOf, now: at(3) })).toBe(false);
    expect(await shares().findByToken("first")).toBeNull();
    expect(await shares().wasRevoked(hashOf("first"))).toBe(true);

    const again = await shares().share({ ...input, share: { token: "second", created_at: at(4) } });
    expect(again).toEqual({ share: { token: "second", created_at: at(4) }, isNew: true });
  });

  it("is looked for through its index", async () => {
    const explained = await explainQueries(context(), () => shares().findByToken("second"));
    expect(explained).not.toEqual([]);
    for (const query of explained) expectIndexed(query, 0);
  });
});
