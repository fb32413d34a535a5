import type { OAuthFlow } from "../domain/oauth.ts";
import type { OAuthFlows } from "../ports/oauth.ts";
import type { Database } from "./client.ts";
import { type CollectionDeclaration, expiresAtIndex } from "./indexes.ts";

export const oauthFlowsDeclaration: CollectionDeclaration = {
  name: "oauth_flows",
  indexes: [{ key: { user_id: 1 } }, expiresAtIndex],
};

export function createOAuthFlows(database: Database): OAuthFlows {
  const flows = database.collection<OAuthFlow>(oauthFlowsDeclaration.name);

  return {
    insert: async (flow) => {
      await flows.run((collection) => collection.insertOne(flow));
    },

    take: ({ stateHash, provider, browserHash, now }) =>
      flows.run((collection) =>
        collection.findOneAndDelete({
          _id: stateHash,
          provider,
          browser_hash: browserHash,
          expires_at: { $gt: now },
        }),
      ),

    removeAllOf: async (userId) => {
      await flows.run((collection) => collection.deleteMany({ user_id: userId }));
    },
  };
}
