import type { Memory } from "../../domain/memory.ts";
import type { MemoryJson } from "../../schemas/memories.ts";

export function toMemoryJson(memory: Memory): MemoryJson {
  return {
    id: memory._id,
    memory_type: memory.memory_type,
    content: memory.content,
    importance: memory.importance,
    tags: [...memory.tags],
    context: memory.context ?? null,
    metadata: memory.metadata,
    conversation_id: memory.conversation_id ?? null,
    source: memory.source ?? "user",
    expires_at: memory.expires_at?.toISOString() ?? null,
    created_at: memory.created_at.toISOString(),
    updated_at: memory.updated_at.toISOString(),
  };
}
