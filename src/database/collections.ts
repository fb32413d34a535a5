import { apiKeysDeclaration } from "./api-keys.ts";
import { auditLogsDeclaration } from "./audit-logs.ts";
import { conversationsDeclaration } from "./conversations.ts";
import { creditLedgerDeclaration } from "./credit-ledger.ts";
import { erasureReportsDeclaration } from "./erasure-reports.ts";
import { uploadedFilesDeclaration } from "./files.ts";
import { generationsDeclaration } from "./generations.ts";
import { idempotencyKeysDeclaration } from "./idempotency-keys.ts";
import { imagesDeclaration } from "./images.ts";
import type { CollectionDeclaration } from "./indexes.ts";
import { jobLocksDeclaration } from "./job-locks.ts";
import { loginFailuresDeclaration } from "./login-failures.ts";
import { memoriesDeclaration } from "./memories.ts";
import { messagesDeclaration } from "./messages.ts";
import { oauthFlowsDeclaration } from "./oauth-flows.ts";
import { oneTimeTokensDeclaration } from "./one-time-tokens.ts";
import { rateLimitsDeclaration } from "./rate-limits.ts";
import { sessionsDeclaration } from "./sessions.ts";
import { revokedSharesDeclaration } from "./sharing.ts";
import { storageReportsDeclaration } from "./storage-reports.ts";
import { subscriptionsDeclaration } from "./subscriptions.ts";
import { usageLogsDeclaration } from "./usage-logs.ts";
import { userSettingsDeclaration } from "./user-settings.ts";
import { usersDeclaration } from "./users.ts";
import { webhookEventsDeclaration } from "./webhook-events.ts";

/** Collections that no repository serves yet. */
const withoutRepository: readonly CollectionDeclaration[] = [
  {
    name: "platform_integrations",
    indexes: [
      { key: { user_id: 1, platform: 1 }, unique: true },
      { key: { status: 1 } },
      { key: { "credentials.token_expiry": 1 } },
    ],
  },
  { name: "chat_analytics", indexes: [{ key: { date: 1 }, unique: true }] },
  {
    name: "projects",
    indexes: [
      { key: { user_id: 1, created_at: -1 } },
      { key: { user_id: 1, task_type: 1 } },
      { key: { status: 1 } },
      { key: { "generated_files.zip_file.expires_at": 1 } },
    ],
  },
];

export const migrationsCollection = "migrations";

/** Every collection of Muse with its indexes. */
export const collectionDeclarations: readonly CollectionDeclaration[] = [
  usersDeclaration,
  sessionsDeclaration,
  apiKeysDeclaration,
  oneTimeTokensDeclaration,
  oauthFlowsDeclaration,
  loginFailuresDeclaration,
  conversationsDeclaration,
  messagesDeclaration,
  revokedSharesDeclaration,
  generationsDeclaration,
  imagesDeclaration,
  creditLedgerDeclaration,
  idempotencyKeysDeclaration,
  rateLimitsDeclaration,
  jobLocksDeclaration,
  auditLogsDeclaration,
  memoriesDeclaration,
  uploadedFilesDeclaration,
  userSettingsDeclaration,
  storageReportsDeclaration,
  webhookEventsDeclaration,
  usageLogsDeclaration,
  subscriptionsDeclaration,
  erasureReportsDeclaration,
  ...withoutRepository,
  { name: migrationsCollection, indexes: [] },
];
