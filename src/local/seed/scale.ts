import type { Document } from "mongodb";
import type { Database } from "../../database/client.ts";
import { bulkWriteProblems } from "../../database/errors.ts";
import { type Counts, loadConversation, loadFile, loadMemory, loadMessage, loadUser } from "./documents.ts";

/** What one year of 1,000 users comes to. */
const capacity: Counts = { users: 1_000, conversations: 10_000, messages: 500_000, memories: 100_000, files: 50_000 };

const batchSize = 1_000;

/** The document number `index`; the same one at every run. */
type Maker = (index: number, counts: Counts) => Document & { _id: string };

const plan: readonly { readonly collection: string; readonly count: keyof Counts; readonly make: Maker }[] = [
  { collection: "users", count: "users", make: loadUser },
  { collection: "conversations", count: "conversations", make: loadConversation },
  { collection: "messages", count: "messages", make: loadMessage },
  { collection: "chatbot_memory", count: "memories", make: loadMemory },
  { collection: "uploaded_files", count: "files", make: loadFile },
];

/** Inserts what is not there yet. */
async function insertBatch(database: Database, collection: string, documents: Document[]): Promise<void> {
  try {
    await database.collection(collection).run((target) => target.insertMany(documents, { ordered: false }));
  } catch (error) {
    const problems = bulkWriteProblems(error);
    if (problems.length === 0 || problems.some((problem) => problem.code !== 11_000)) throw error;
  }
}

/**
 * Fills the database with the data set that Muse has to hold. Running it again adds nothing.
 * @param input.share part of the data set, for a smaller one: 0.01 is 10 users and 5,000 messages
 * @param input.onProgress told after each batch
 */
export async function seedScale(
  database: Database,
  input: { share?: number; onProgress: (progress: { collection: string; done: number; of: number }) => void },
): Promise<Counts> {
  const share = input.share ?? 1;
  const scaled = (count: number): number => Math.max(1, Math.round(count * share));
  const counts: Counts = {
    users: scaled(capacity.users),
    conversations: scaled(capacity.conversations),
    messages: scaled(capacity.messages),
    memories: scaled(capacity.memories),
    files: scaled(capacity.files),
  };
  for (const { collection, count, make } of plan) {
    const of = counts[count];
    for (let start = 0; start < of; start += batchSize) {
      const size = Math.min(batchSize, of - start);
      const documents = Array.from({ length: size }, (_unused, offset) => make(start + offset, counts));
      await insertBatch(database, collection, documents);
      input.onProgress({ collection, done: start + size, of });
    }
  }
  return counts;
}
