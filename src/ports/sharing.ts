import type { Conversation } from "../domain/conversation.ts";
import type { Share } from "../domain/share.ts";

export interface SharedConversation {
  readonly conversation: Conversation;
  readonly share: Share;
}

/** Public links to conversations. */
export interface Shares {
  /** Adds the share unless one is there. @returns the one that is there now, or null: not this user's, or deleted */
  share(input: {
    userId: string;
    conversationId: string;
    share: Share;
  }): Promise<{ share: Share; isNew: boolean } | null>;
  /** Ends the share and remembers `hashOf` its token. @returns false when there was none */
  revoke(input: {
    userId: string;
    conversationId: string;
    hashOf: (token: string) => string;
    now: Date;
  }): Promise<boolean>;
  /** By its token, deleted conversations included. */
  findByToken(token: string): Promise<SharedConversation | null>;
  wasRevoked(tokenHash: string): Promise<boolean>;
}
