import * as z from "zod";
import { memoryTypes } from "../../domain/memory.ts";
import { rememberFact } from "../memories/remember-fact.ts";
import { defineTool, type Tool } from "./tool.ts";

const input = z.strictObject({
  content: z.string().min(1).max(1_000).describe("What to remember about the user, as one sentence"),
  type: z.enum(memoryTypes).default("fact"),
  importance: z.int().min(1).max(10).default(6),
});

const output = z.object({ memory_id: z.string(), content: z.string(), is_new: z.boolean() });

/** Keeps something about the user for later conversations; they can see and delete it. */
export function createRemember(dependencies: Parameters<typeof rememberFact>[0]): Tool {
  return defineTool({
    name: "remember",
    description: "Keeps something about the user for later conversations. Use it when they ask you to remember it.",
    input,
    output,
    run: async ({ userId, conversationId }, fact) => {
      const { memory, isNew } = await rememberFact(dependencies, { userId, conversationId, ...fact });
      return { memory_id: memory._id, content: memory.content, is_new: isNew };
    },
  });
}
