import type { Memory, MemoryType } from "../domain/memory.ts";
import type { UserPreferences, UserSettings as UserSettingsDocument } from "../domain/user-settings.ts";
import type { ListPosition, Page } from "./database.ts";

/** What may change of a memory; null takes a field away. */
export interface MemoryChanges {
  /** With its key, always together. */
  readonly content?: string;
  readonly content_key?: string;
  readonly memory_type?: MemoryType;
  readonly importance?: number;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly conversation_id?: string;
  readonly context?: string | null;
  readonly expires_at?: Date | null;
  /** Null: it is the user's own from now on. */
  readonly source?: null;
  readonly subject?: string | null;
}

/** Memories that have expired at `now` are not there, for any of these, whether or not the database has removed them. */
export interface Memories {
  /**
   * Stores a memory, unless its user has one of the same content already: that one gets `changes` in its place. One
   * document, however many do so at once.
   * @param input.changes `importanceAtLeast` raises the importance and never lowers it
   */
  upsert(input: {
    memory: Memory;
    changes: MemoryChanges & { readonly importanceAtLeast?: number };
    now: Date;
  }): Promise<{ memory: Memory; isNew: boolean }>;
  find(input: { userId: string; memoryId: string; now: Date }): Promise<Memory | null>;
  /** Whether anybody has it: tells `forbidden` from `not_found`. */
  exists(input: { memoryId: string; now: Date }): Promise<boolean>;
  /** Newest first. */
  list(input: {
    userId: string;
    memoryType?: MemoryType | undefined;
    /** Normalised. */
    tag?: string | undefined;
    /** Part of the content; matched as a case-insensitive text, never as a pattern. */
    contentContains?: string | undefined;
    after?: ListPosition | undefined;
    limit: number;
    now: Date;
  }): Promise<Page<Memory>>;
  /** The most important ones, of equals the newest first. One query along an index. */
  findMostImportant(input: { userId: string; limit: number; now: Date }): Promise<readonly Memory[]>;
  /** Null: not this user's. `same_content`: another one of theirs has the new content already. */
  update(input: {
    userId: string;
    memoryId: string;
    changes: MemoryChanges;
    now: Date;
  }): Promise<Memory | "same_content" | null>;
  /** False: this user has no such memory. */
  remove(input: { userId: string; memoryId: string; now: Date }): Promise<boolean>;
  removeAll(input: { userId: string }): Promise<void>;
  /** How many a user has, counted to `upTo` at most. Expired ones that are not removed yet count too. */
  count(input: { userId: string; upTo: number }): Promise<number>;
  removeExpired(input: { userId: string; now: Date }): Promise<void>;
  /**
   * Removes what was extracted about the same subject before `memory` was last stored. Of several that replace each other
   * at once exactly one stays.
   */
  removeSuperseded(input: { memory: Memory; subject: string }): Promise<void>;
}

export interface UserSettings {
  find(userId: string): Promise<UserSettingsDocument | null>;
  /** Replaces the given fields, one by one, and leaves the rest. */
  set(input: {
    userId: string;
    /** For the document, if this makes it. */
    settingsId: string;
    changes: Partial<UserPreferences>;
    now: Date;
  }): Promise<UserSettingsDocument>;
  remove(userId: string): Promise<void>;
}
