import { failedExpiry } from "../../domain/generation.ts";
import { closeGeneration } from "../generations/close-generation.ts";
import type { GenerationDependencies } from "../generations/generation-dependencies.ts";
import { tellProviderToCancel } from "../generations/tell-provider.ts";

const batchSize = 200;
/** A hold older than this whose job or answer does not exist was made by a process that died right after. In ms. */
const orphanAfterMs = 10 * 60_000;

type Dependencies = GenerationDependencies & { readonly stuckAfterMs: number };

/** Fails jobs that nobody works on and that began too long ago, and gives back holds that belong to nothing. */
export async function expireStuckJobs(dependencies: Dependencies): Promise<{ expired: number; releasedHolds: number }> {
  const { generations, clock } = dependencies;
  const now = clock.now();
  let expired = 0;
  for (const generation of await generations.findLapsed({ before: now, limit: batchSize })) {
    const startedAt = generation.started_at ?? generation.created_at;
    if (now.getTime() - startedAt.getTime() <= dependencies.stuckAfterMs) continue;
    const failed = await generations.fail({
      generationId: generation._id,
      lapsedAt: now,
      errorCode: "timed_out",
      errorMessage: "The generation took too long.",
      expiresAt: failedExpiry(now),
      now,
    });
    if (failed === null) continue;
    await Promise.all([closeGeneration(dependencies, failed), tellProviderToCancel(dependencies, failed)]);
    expired += 1;
  }
  return { expired, releasedHolds: await releaseOrphanedHolds(dependencies, now) };
}

/** What is in the ledger already is paid: its process died before it could end the hold. The rest is given back. */
async function releaseOrphanedHolds(
  { users, generations, messages, ledger }: Dependencies,
  now: Date,
): Promise<number> {
  let released = 0;
  const before = new Date(now.getTime() - orphanAfterMs);
  for (const user of await users.findWithHolds({ before, limit: batchSize })) {
    for (const resourceId of Object.keys(user.credit_holds)) {
      const exists = resourceId.startsWith("gen_")
        ? await generations.exists(resourceId)
        : await messages.exists(resourceId);
      if (exists) continue;
      const paid = await ledger.find({ reason: "chat", resource_id: resourceId });
      const costCredits = Math.abs(paid?.amount_credits ?? 0);
      if (await users.settleHold({ userId: user._id, resourceId, costCredits, now })) released += 1;
    }
    if (user.last_hold_at !== undefined) await users.clearHoldMark({ userId: user._id, lastHoldAt: user.last_hold_at });
  }
  return released;
}
