import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createStripePayments } from "./billing/stripe.ts";
import { openKeyVault } from "./config/key-vault.ts";
import { loadSettings } from "./config/settings.ts";
import { createAdminAccounts } from "./database/admin-accounts.ts";
import { createApiKeys } from "./database/api-keys.ts";
import { createAuditLogs } from "./database/audit-logs.ts";
import { createBillingAccounts } from "./database/billing-accounts.ts";
import { createDatabase, type Database } from "./database/client.ts";
import { createConversations } from "./database/conversations.ts";
import { createCreditAccounts } from "./database/credit-accounts.ts";
import { createCreditAudit } from "./database/credit-audit.ts";
import { createLedger } from "./database/credit-ledger.ts";
import { createErasures } from "./database/erasure-reports.ts";
import { createFeedbacks } from "./database/feedback.ts";
import { createFiles } from "./database/files.ts";
import { createGallery } from "./database/gallery.ts";
import { createGenerationWebhooks } from "./database/generation-webhooks.ts";
import { createGenerations } from "./database/generations.ts";
import { createIdempotencyKeys } from "./database/idempotency-keys.ts";
import { createImageHomes } from "./database/image-homes.ts";
import { createImages } from "./database/images.ts";
import { createJobLocks } from "./database/job-locks.ts";
import { createLoginFailures } from "./database/login-failures.ts";
import { createMemories } from "./database/memories.ts";
import { createMessages } from "./database/messages.ts";
import { createOAuthFlows } from "./database/oauth-flows.ts";
import { createOneTimeTokens } from "./database/one-time-tokens.ts";
import { createOrphanReports } from "./database/orphan-reports.ts";
import { createRateLimits } from "./database/rate-limits.ts";
import { createSearchIndex } from "./database/search.ts";
import { createSessions } from "./database/sessions.ts";
import { createShares } from "./database/sharing.ts";
import { createStatistics } from "./database/statistics.ts";
import { createStorageReports } from "./database/storage-reports.ts";
import { createSubscriptions } from "./database/subscriptions.ts";
import { createUsageLogs } from "./database/usage-logs.ts";
import { createUserAccounts } from "./database/user-accounts.ts";
import { createUserData } from "./database/user-data.ts";
import { createUserSettings } from "./database/user-settings.ts";
import { createUsers } from "./database/users.ts";
import { createWebhookEvents } from "./database/webhook-events.ts";
import { createWebhookSecrets } from "./database/webhook-secrets.ts";
import { isApiKey } from "./domain/api-key.ts";
import { concurrentTurns } from "./domain/plans.ts";
import { createPriceBook, type PriceBook } from "./domain/price-book.ts";
import type { Identity } from "./domain/user.ts";
import { createRefusals } from "./http/refusals.ts";
import { createMailService } from "./mail/mail-service.ts";
import { createSignInProviders } from "./oauth/registry.ts";
import { identifyApiKey } from "./operations/accounts/api-keys.ts";
import { loadPrincipal } from "./operations/accounts/load-principal.ts";
import { shutdownReason } from "./operations/chat/turn.ts";
import { createDescribePicture, createSummarizeText } from "./operations/files/ask-about-file.ts";
import { createImageLinks } from "./operations/images/image-links.ts";
import { noticeLogins, noticeSpending, noticeSubscriptions } from "./operations/usage/notice-use.ts";
import { createUsageRecorder } from "./operations/usage/usage-recorder.ts";
import { createAddressList } from "./platform/address-list.ts";
import { createBackground } from "./platform/background.ts";
import { systemClock } from "./platform/clock.ts";
import { createEncryption } from "./platform/encryption.ts";
import { createGuardedHttp } from "./platform/guarded-http.ts";
import { createIds } from "./platform/ids.ts";
import { createLimiter } from "./platform/limiter.ts";
import { createLogger } from "./platform/logger.ts";
import { createPasswordChecker } from "./platform/password-checker.ts";
import { createAccessTokens, createPasswordHasher, createUrlSigner, opaqueTokens } from "./platform/security.ts";
import { createTokenizer } from "./platform/tokenizer.ts";
import { createWebhookSigner } from "./platform/webhook-signer.ts";
import type { PaymentService } from "./ports/billing.ts";
import type { Mail, Mailer, MailService } from "./ports/mail.ts";
import type { Clock, Ids, Logger } from "./ports/platform.ts";
import type { Eraser } from "./ports/user-data.ts";
import { createProviderRegistry, type ProviderExtensions } from "./providers/registry.ts";
import { createReplicateWebhooks } from "./providers/replicate/webhooks.ts";
import { createFileAnalysisQueue } from "./queues/file-analysis-queue.ts";
import { createGenerationQueue } from "./queues/generation-queue.ts";
import { createQueueBacklog } from "./queues/queue-backlog.ts";
import { createWebhookQueue } from "./queues/webhook-queue.ts";
import type { Settings } from "./schemas/settings.ts";
import { createBlobStorage } from "./storage/blob.ts";
import { createContentSniffer } from "./storage/content-sniffer.ts";
import { createImageHosts } from "./storage/hosts/image-hosts.ts";
import { createImageProcessor } from "./storage/image-processor.ts";
import { createLocalCache } from "./storage/local-cache.ts";
import { createPicturePreparer } from "./storage/picture-preparer.ts";
import { createTextExtractor } from "./storage/text-extractor.ts";
import { createConfiguredTelemetry } from "./telemetry/create-telemetry.ts";
import { observeDatabase } from "./telemetry/observe-database.ts";
import { observeProviders } from "./telemetry/observe-providers.ts";
import { observeGenerations, observeImages, observeLedger, observeMessages } from "./telemetry/observe-repositories.ts";
import { observeBlobs, observeQueue } from "./telemetry/observe-storage.ts";

/**
 * The composition root: the one place that wires. Nothing here connects or loads an SDK; every adapter does so on its
 * first use.
 */
function createServices(settings: Settings) {
  const clock = systemClock;
  const ids = createIds();
  const logger = createLogger({ level: settings.LOG_LEVEL, traceId: () => telemetry.traceId() });
  const telemetry = createConfiguredTelemetry(settings, {
    instance: ids.instance,
    onFailure: (error) => logger.warn({ error }, "telemetry not sent"),
  });
  const database = createDatabase({
    uri: settings.MONGODB_URI,
    databaseName: settings.MONGODB_DATABASE,
    minPoolSize: settings.MONGODB_MIN_POOL_SIZE,
    logger,
    observe: observeDatabase(telemetry),
  });
  const storage = storageAccount(settings);
  const queue = (queueName: string) => ({
    ...storage.queues,
    queueName,
    logger,
    envelope: (delaySeconds: number) => ({
      traceparent: telemetry.traceparent(),
      due_at: new Date(clock.now().getTime() + delaySeconds * 1_000).toISOString(),
    }),
  });
  const users = createUsers(database, widened(concurrentTurns, settings.RATE_LIMIT_FACTOR));
  const apiKeys = createApiKeys(database);
  const accessTokens = createAccessTokens({ secrets: settings.JWT_SECRET, issuer: "muse", audience: "muse-api" });
  const urlSigner = createUrlSigner(settings.JWT_SECRET);
  const usageLogs = createUsageLogs(database);
  const usage = createUsageRecorder({ usageLogs, clock, ids, logger });
  const runningTurns = new Map<string, AbortController>();
  const background = createBackground({ clock, logger });
  const mailService = memoise(() =>
    createMailService(
      settings,
      async () => (await loadLocalModule(settings))?.createLocalMail({ database, clock, ids, logger }) ?? null,
    ),
  );
  const mailer: Mailer = { send: async (mail: Mail) => (await mailService()).mailer.send(mail) };
  const prices = createPriceBook(settings);
  const services = {
    clock,
    ids,
    logger,
    telemetry,
    database,
    users,
    sessions: noticeLogins(createSessions(database), usage),
    apiKeys,
    userAccounts: createUserAccounts(database),
    oneTimeTokens: createOneTimeTokens(database),
    oauthFlows: createOAuthFlows(database),
    signInProviders: createSignInProviders(settings),
    loginFailures: createLoginFailures(database),
    ledger: observeLedger(noticeSpending(createLedger(database), usage), telemetry),
    usage,
    usageLogs,
    statistics: createStatistics(database),
    adminAccounts: createAdminAccounts(database),
    userData: createUserData(database),
    erasures: createErasures(database),
    conversations: createConversations(database),
    messages: observeMessages(createMessages(database), telemetry),
    memories: createMemories(database),
    userSettings: createUserSettings(database),
    feedbacks: createFeedbacks(database),
    shares: createShares(database),
    searchIndex: createSearchIndex(database),
    generations: observeGenerations(createGenerations(database), telemetry),
    images: observeImages(createImages(database), telemetry),
    imageHomes: createImageHomes(database),
    imageHosts: createImageHosts(settings),
    gallery: createGallery(database),
    orphanReports: createOrphanReports(database),
    storageReports: createStorageReports(database),
    idempotencyKeys: createIdempotencyKeys(database),
    rateLimits: createRateLimits(database),
    refusals: createRefusals(clock),
    pacedAdmissions: createLimiter({ concurrency: 2, ...waitingAdmissions }),
    jobLocks: createJobLocks(database),
    auditLogs: createAuditLogs(database),
    webhookEvents: createWebhookEvents(database),
    replicateWebhooks:
      settings.REPLICATE_WEBHOOK_SECRET === undefined
        ? null
        : createReplicateWebhooks(settings.REPLICATE_WEBHOOK_SECRET),
    blobs: observeBlobs(createBlobStorage({ ...storage.blobs, container: settings.BLOB_CONTAINER, logger }), telemetry),
    backlogs: ["generations", "file-analysis", "webhooks"].map((name) => createQueueBacklog(queue(name))),
    generationWebhooks: createGenerationWebhooks(database),
    webhookSecrets: createWebhookSecrets(database),
    webhookQueue: createWebhookQueue(queue("webhooks")),
    webhookSigner: createWebhookSigner(settings.JWT_SECRET),
    generationQueue: observeQueue(createGenerationQueue(queue("generations")), "generations", telemetry),
    subscriptions: noticeSubscriptions(createSubscriptions(database), usage),
    billingAccounts: createBillingAccounts(database),
    creditAccounts: createCreditAccounts(database),
    creditAudit: createCreditAudit(database),
    prices,
    payments: paymentService(settings, prices, logger),
    localCache: createLocalCache({ folder: settings.CACHE_DIR }),
    imageProcessor: createImageProcessor(),
    files: createFiles(database),
    fileAnalysisQueue: observeQueue(createFileAnalysisQueue(queue("file-analysis")), "file-analysis", telemetry),
    contentSniffer: createContentSniffer(),
    textExtractor: createTextExtractor(),
    picturePreparer: createPicturePreparer(),
    providers: memoise(async () =>
      observeProviders(
        await createProviderRegistry(
          {
            logger,
            onCircuitOpened: (provider) => telemetry.count("muse.provider.circuit_opened", 1, { provider }),
          },
          settings,
          () => loadExtensions(settings, clock),
        ),
        telemetry,
      ),
    ),
    mailer,
    outbox: async () => (await mailService()).outbox,
    background,
    tokenizer: createTokenizer(),
    passwordHasher: createPasswordHasher({ concurrency: hashesAtOnce }),
    loginsInTurn: createLimiter({ concurrency: hashesAtOnce + 1, ...waitingLogins }),
    passwordChecker: createPasswordChecker({ breachedUrl: settings.PWNED_PASSWORDS_URL, logger }),
    accessTokens,
    opaqueTokens,
    urlSigner,
    encryption: createEncryption(settings.ENCRYPTION_KEYS),
    guardedHttp: createGuardedHttp({ allowsLoopback: settings.ALLOW_LOOPBACK_ADDRESSES }),
    pictureHttp: createGuardedHttp({ allowsLoopback: false }),
    imageLinks: createImageLinks({ urlSigner, clock, publicBaseUrl: settings.PUBLIC_BASE_URL }),
    runningTurns,
    allowedOrigins: settings.ALLOWED_ORIGINS,
    allowedClients: createAddressList(settings.IP_ALLOW_LIST),
    isHttpsOnly: settings.NODE_ENV === "production" && settings.PUBLIC_BASE_URL.startsWith("https:"),
    adminEmails: settings.ADMIN_EMAILS,
    rateLimitFactor: settings.RATE_LIMIT_FACTOR,
    publicBaseUrl: settings.PUBLIC_BASE_URL,
    redirectsToBlob:
      settings.BLOB_REDIRECT === "on" ||
      (settings.BLOB_REDIRECT === "auto" && settings.AzureWebJobsStorage === undefined),
    stuckAfterMs: settings.STUCK_AFTER_MINUTES * 60_000,
    archiveAfterDays: settings.ARCHIVE_AFTER_DAYS,
    purgeAfterDays: settings.PURGE_AFTER_DAYS,
    cacheMaxAgeMs: settings.CACHE_MAX_AGE_DAYS * 86_400_000,
    cacheMaxBytes: settings.CACHE_MAX_MEGABYTES * 1_048_576,
    identify: (token: string) =>
      isApiKey(token)
        ? identifyApiKey({ apiKeys, opaqueTokens, clock, logger }, token)
        : accessTokens.verify(token, clock.now()),
    loadPrincipal: (identity: Identity) => loadPrincipal({ users, adminEmails: settings.ADMIN_EMAILS }, identity),
    /** Ends what runs here, so that answers keep what was written, and lets go of the database. */
    close: async () => {
      for (const turn of runningTurns.values()) turn.abort(shutdownReason);
      const deadline = clock.now().getTime() + shutdownPatienceMs;
      while (runningTurns.size > 0 && clock.now().getTime() < deadline) await clock.sleep(50);
      await Promise.all([
        Promise.race([usage.flush(), clock.sleep(usagePatienceMs)]),
        background.settled(usagePatienceMs),
      ]);
      await Promise.all([database.close(), telemetry.close()]);
    },
  };
  const erasers: readonly Eraser[] = [
    {
      name: "stripe_customers",
      erase: async (input) => (await import("./operations/billing/close-billing.ts")).closeBilling(services, input),
    },
  ];
  return {
    ...services,
    erasers,
    describePicture: createDescribePicture(services),
    summarizeText: createSummarizeText(services),
    tools: memoise(async () => (await import("./operations/tools/registry.ts")).createTools(services)),
  };
}

/** The worker has 5 to 10 s in all when its host stops. In ms. */
const shutdownPatienceMs = 3_000;
/** Of them, what may go into writing what was used in the last second. In ms. */
const usagePatienceMs = 1_500;

/** Password hashes made at once: as many as leave a processor for everything else. */
const hashesAtOnce = availableParallelism() > 2 ? 2 : 1;

/** How long a place for the account and the limit of a paced request stays empty after each, in ms. */
const admissionRestMs = 40;

/** Requests that may wait for such a place, and how long each may, in ms. */
const waitingAdmissions = { waiting: 240, patienceMs: 5_000, restMs: admissionRestMs };

/** Logins that may wait for their turn, half a minute's worth, and how long each may, in ms. */
const waitingLogins = { waiting: 120, patienceMs: 60_000 };

export type Services = ReturnType<typeof createServices>;

/** Limits of this deployment, which may be wider than the product's. */
function widened<K extends string>(limits: Readonly<Record<K, number>>, factor: number): Record<K, number> {
  const wide = Object.entries<number>(limits).map(([name, limit]) => [name, Math.ceil(limit * factor)]);
  return Object.fromEntries(wide) as Record<K, number>;
}

/** Null without a key: then nothing can be bought. */
function paymentService(settings: Settings, prices: PriceBook, logger: Logger): PaymentService | null {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecrets, STRIPE_API_BASE: baseUrl } = settings;
  return secretKey === undefined ? null : createStripePayments({ secretKey, webhookSecrets, baseUrl, prices, logger });
}

function storageAccount(settings: Settings) {
  const connectionString = settings.AzureWebJobsStorage;
  if (connectionString !== undefined) return { blobs: { connectionString }, queues: { connectionString } };
  const account = settings.AzureWebJobsStorage__accountName;
  return {
    blobs: { accountUrl: settings.AzureWebJobsStorage__blobServiceUri ?? `https://${account}.blob.core.windows.net` },
    queues: {
      accountUrl: settings.AzureWebJobsStorage__queueServiceUri ?? `https://${account}.queue.core.windows.net`,
    },
  };
}

/** What only a laptop has: a module outside of this bundle. */
interface LocalModule {
  createExtensions(dependencies: { clock: Clock }): ProviderExtensions;
  createLocalMail(dependencies: { database: Database; clock: Clock; ids: Ids; logger: Logger }): MailService;
}

async function loadLocalModule(settings: Settings): Promise<LocalModule | null> {
  if (settings.LOCAL_EXTENSIONS === undefined) return null;
  return import(pathToFileURL(resolve(settings.LOCAL_EXTENSIONS)).href);
}

/** The simulated providers. */
async function loadExtensions(settings: Settings, clock: Clock): Promise<ProviderExtensions | null> {
  return (await loadLocalModule(settings))?.createExtensions({ clock }) ?? null;
}

/** The first success is kept; a failure is forgotten, so that the next caller tries again. */
function memoise<T>(create: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= create().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

export const getServices: () => Promise<Services> = memoise(async () =>
  createServices(await loadSettings(process.env, openKeyVault)),
);
