import type { Statistics } from "../ports/usage.ts";
import type { Database } from "./client.ts";
import { conversationsDeclaration } from "./conversations.ts";
import { uploadedFilesDeclaration } from "./files.ts";
import { generationsDeclaration } from "./generations.ts";
import { imagesDeclaration } from "./images.ts";

const present = { deleted_at: { $exists: false } };

/** Sums over one account's documents; each walks the index that begins with the owner. */
export function createStatistics(database: Database): Statistics {
  async function grouped<T>(name: string, match: Record<string, unknown>, group: Record<string, unknown>) {
    return database
      .collection(name)
      .run((collection) => collection.aggregate<T & object>([{ $match: match }, { $group: group }]).toArray());
  }

  async function sizes(name: string, userId: string, field: string): Promise<{ count: number; bytes: number }> {
    const [sum] = await grouped<{ count: number; bytes: number }>(
      name,
      { user_id: userId, ...present },
      { _id: null, count: { $sum: 1 }, bytes: { $sum: `$${field}` } },
    );
    return { count: sum?.count ?? 0, bytes: sum?.bytes ?? 0 };
  }

  return {
    ofAccount: async (userId) => {
      const [[talk], generations, images, files] = await Promise.all([
        grouped<{ total: number; archived: number; messages: number; tokens: number }>(
          conversationsDeclaration.name,
          { user_id: userId, status: { $in: ["active", "archived"] } },
          {
            _id: null,
            total: { $sum: 1 },
            archived: { $sum: { $cond: ["$is_archived", 1, 0] } },
            messages: { $sum: "$total_messages" },
            tokens: { $sum: "$total_tokens" },
          },
        ),
        grouped<{ _id: string; count: number }>(
          generationsDeclaration.name,
          { user_id: userId },
          { _id: "$status", count: { $sum: 1 } },
        ),
        sizes(imagesDeclaration.name, userId, "size"),
        sizes(uploadedFilesDeclaration.name, userId, "file_size"),
      ]);
      return {
        conversations: { total: talk?.total ?? 0, archived: talk?.archived ?? 0 },
        messages: talk?.messages ?? 0,
        tokens: talk?.tokens ?? 0,
        generations: Object.fromEntries(generations.map(({ _id, count }) => [_id, count])),
        images,
        files,
      };
    },
  };
}
