import { newConversation } from "../../domain/conversation.ts";
import { type Generation, generationConversationTitle } from "../../domain/generation.ts";
import { ledgerEntry } from "../../domain/ledger.ts";
import { newGenerationMessage } from "../../domain/message.ts";
import { joinPath } from "../chat/branches.ts";
import { deleteImagesOfGeneration } from "../images/delete-image.ts";
import { toMessageImage } from "../images/image-json.ts";
import type { ImageStorageDependencies } from "../images/image-storage-dependencies.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";
import { startWaiting } from "./start-waiting.ts";

type Dependencies = Pick<
  GenerationDependencies,
  | "users"
  | "ledger"
  | "conversations"
  | "messages"
  | "generations"
  | "gallery"
  | "generationQueue"
  | "providers"
  | "generationWebhooks"
  | "webhookQueue"
> &
  ImageStorageDependencies;

/**
 * Books an ended job: its hold is settled or given back, the ledger gets its entry, the conversation its message. Every
 * step does nothing the second time, so a job that was booked halfway when its process died is simply booked again.
 */
export async function closeGeneration(dependencies: Dependencies, generation: Generation): Promise<void> {
  const { generationWebhooks, clock } = dependencies;
  const generationId = generation._id;
  const isCompleted = generation.status === "completed";
  await Promise.all([
    settle(dependencies, generation, isCompleted ? generation.cost_credits : 0),
    isCompleted ? saveToConversation(dependencies, generation) : removePictures(dependencies, generation),
    generation.webhook_url === undefined ? undefined : generationWebhooks.begin({ generationId, now: clock.now() }),
    // Its place is free for the next one of the same user.
    startWaiting(dependencies, { userId: generation.user_id }),
  ]);
  await dependencies.generations.markClosed(generationId);
  if (generation.webhook_url !== undefined) await tellReceiver(dependencies, generationId);
}

/** By another function, so that nobody waits for a receiver. */
async function tellReceiver({ webhookQueue, logger }: Dependencies, generationId: string): Promise<void> {
  try {
    await webhookQueue.send({ generationId });
  } catch (error) {
    logger.warn({ error, generationId }, "webhook not enqueued; the timer will");
  }
}

/** A job that did not come to its end leaves nothing behind: neither in storage nor in its owner's gallery. */
export async function removePictures(dependencies: ImageStorageDependencies, generation: Generation): Promise<void> {
  const { _id: generationId, user_id: userId } = generation;
  await deleteImagesOfGeneration(dependencies, { userId, generationId });
}

/**
 * What a worker stored after another one had completed its job: a picture that its owner has deleted since then would be
 * there again.
 */
export async function removeStrays(dependencies: ImageStorageDependencies, completed: Generation): Promise<void> {
  const { _id: generationId, user_id: userId, image_ids: except } = completed;
  await deleteImagesOfGeneration(dependencies, { userId, generationId, except });
}

async function settle(
  { users, ledger, clock }: Dependencies,
  generation: Generation,
  costCredits: number,
): Promise<void> {
  const now = clock.now();
  const userId = generation.user_id;
  const wasHeld = await users.settleHold({ userId, resourceId: generation._id, costCredits, now });
  if (costCredits === 0) return;
  await ledger.record(
    ledgerEntry({
      userId,
      reason: "generation",
      resourceId: generation._id,
      amountCredits: -costCredits,
      description: `${generation.num_images} × ${generation.model_type}, ${generation.image_size}`,
      details: { model: generation.model_type, images: generation.num_images },
      now,
    }),
  );
  if (wasHeld) await users.recordGeneration({ userId, now });
}

/** The message that carries the pictures; its id and its conversation were decided with the job's completion. */
async function saveToConversation(
  { conversations, messages, images, gallery, providers, clock }: Dependencies,
  generation: Generation,
): Promise<void> {
  const { conversation_id: conversationId, message_id: messageId } = generation;
  if (conversationId === undefined || messageId === undefined) {
    throw new Error("a completed generation has a conversation and a message");
  }
  const now = clock.now();
  const { image_ids: imageIds, user_id: userId } = generation;
  // A job that came without a conversation has one only now.
  const [stored] = await Promise.all([
    images.findMany(imageIds),
    gallery.placeInConversation({ userId, imageIds, conversationId }),
  ]);
  const inOrder = [...stored].sort((left, right) => left.index - right.index).map(toMessageImage);
  await conversations.insertIfAbsent(
    newConversation({
      conversationId,
      userId: generation.user_id,
      title: generationConversationTitle(generation.prompt),
      model: (await providers()).chatModels[0]?.id ?? "",
      now,
    }),
  );
  const message = newGenerationMessage({
    messageId,
    conversationId,
    userId,
    // What is edited or answered anew before it takes the pictures off the path with it.
    previousMessageId: await messages.findLastId({ userId, conversationId, beforeId: messageId }),
    content: generation.prompt,
    images: inOrder,
    metadata: {
      model: generation.model_type,
      prompt: generation.prompt,
      ...(generation.negative_prompt === null ? {} : { negative_prompt: generation.negative_prompt }),
      ...(generation.denoising_strength === undefined ? {} : { denoising_strength: generation.denoising_strength }),
      ...(generation.processing_time_ms === undefined ? {} : { generation_time_ms: generation.processing_time_ms }),
      ...(inOrder[0] === undefined ? {} : { cloud_service: inOrder[0].service }),
      num_images: inOrder.length,
      finish_reason: "stop",
      generation_id: generation._id,
      cost_credits: generation.cost_credits,
    },
    now,
  });
  await messages.insertMany([message]);
  await joinPath({ messages, conversations, clock }, message, { isChosen: false });
  await conversations.addTurn({ conversationId, turnId: generation._id, messages: 1, tokens: 0, costUsd: 0, now });
}
