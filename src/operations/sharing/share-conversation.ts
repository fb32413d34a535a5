import { AppError } from "../../domain/errors.ts";
import type { Share } from "../../domain/share.ts";
import type { Conversations } from "../../ports/conversations.ts";
import type { Clock } from "../../ports/platform.ts";
import type { OpaqueTokens } from "../../ports/security.ts";
import type { Shares } from "../../ports/sharing.ts";
import type { ShareJson } from "../../schemas/sharing.ts";
import { requireConversation } from "../chat/conversations.ts";

interface Dependencies {
  readonly conversations: Conversations;
  readonly shares: Shares;
  readonly opaqueTokens: OpaqueTokens;
  readonly clock: Clock;
  readonly publicBaseUrl: string;
}

function toShareJson({ token, created_at }: Share, publicBaseUrl: string): ShareJson {
  return { token, url: `${publicBaseUrl}/#/s/${token}`, created_at: created_at.toISOString() };
}

/**
 * Makes a conversation readable by everybody who has its link. One that is shared already keeps its link.
 * @throws AppError `not_found`, `forbidden`
 */
export async function shareConversation(
  dependencies: Dependencies,
  input: { userId: string; conversationId: string },
): Promise<{ share: ShareJson; isNew: boolean }> {
  const { shares, opaqueTokens, clock, publicBaseUrl } = dependencies;
  await requireConversation(dependencies, input);
  const offered: Share = { token: opaqueTokens.create().token, created_at: clock.now() };
  const result = await shares.share({ ...input, share: offered });
  // It was deleted in between.
  if (result === null) throw new AppError("not_found", { detail: "This conversation is deleted." });
  return { share: toShareJson(result.share, publicBaseUrl), isNew: result.isNew };
}

/** Ends a share; its link never works again. Doing it twice is fine. @throws AppError `not_found`, `forbidden` */
export async function unshareConversation(
  dependencies: Pick<Dependencies, "conversations" | "shares" | "opaqueTokens" | "clock">,
  input: { userId: string; conversationId: string },
): Promise<void> {
  const { shares, opaqueTokens, clock } = dependencies;
  await requireConversation(dependencies, input);
  await shares.revoke({ ...input, hashOf: opaqueTokens.hash, now: clock.now() });
}
