/** The wire types of the routes that the page uses: the server's own schemas, so that a change there fails here. */

import type { CreditsJson, SignedInJson, UpdateUser, UserJson } from "../schemas/accounts.ts";
import type { AdminUserChange, AdminUserJson, AuditLogJson, JobRunJson, OverviewJson } from "../schemas/admin.ts";
import type { ApiKeyJson, CreatedApiKeyJson } from "../schemas/api-keys.ts";
import type { CheckoutJson, PlansJson, SubscriptionJson } from "../schemas/billing.ts";
import type { ConversationJson, MessageJson } from "../schemas/chat.ts";
import type { FileJson } from "../schemas/files.ts";
import type { AdminStorageJson, SimilarImageJson, UserStorageJson } from "../schemas/gallery.ts";
import type { GenerationJson } from "../schemas/generations.ts";
import type { ImageJson, ImageSummaryJson } from "../schemas/images.ts";
import type { MemoryJson } from "../schemas/memories.ts";
import type { ModelsJson } from "../schemas/operation.ts";
import type { SearchResultJson, searchScopes } from "../schemas/search.ts";
import type { SessionJson } from "../schemas/sessions.ts";
import type { SharedConversationJson, ShareJson } from "../schemas/sharing.ts";
import type { UsageJson } from "../schemas/usage.ts";
import type { SettingsJson } from "../schemas/user-settings.ts";

export type {
  AdminStorageJson,
  AdminUserChange,
  AdminUserJson,
  ApiKeyJson,
  AuditLogJson,
  CheckoutJson,
  ConversationJson,
  CreatedApiKeyJson,
  CreditsJson,
  FileJson,
  GenerationJson,
  ImageJson,
  ImageSummaryJson,
  JobRunJson,
  MemoryJson,
  MessageJson,
  ModelsJson,
  OverviewJson,
  PlansJson,
  SearchResultJson,
  SessionJson,
  SettingsJson,
  SharedConversationJson,
  ShareJson,
  SignedInJson,
  SimilarImageJson,
  SubscriptionJson,
  UpdateUser as UserChanges,
  UsageJson,
  UserJson,
  UserStorageJson,
};

export type SearchScope = (typeof searchScopes)[number];

/** Providers that this deployment has a sign-in with. */
export interface SignInProvidersJson {
  readonly data: readonly { readonly name: string }[];
}

/** One part of structured content. */
export type ContentPart = Exclude<MessageJson["content"], string>[number];

export interface Page<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}

/** What `POST /v1/generations` takes from the page. */
export interface PictureRequest {
  readonly prompt: string;
  readonly image_size: string;
  readonly num_images: number;
  readonly negative_prompt?: string;
  readonly seed?: number;
  readonly init_image?: { readonly image_id: string };
  /** How far the result may be from the picture that it begins with, 0 to 1. */
  readonly denoising_strength?: number;
}
