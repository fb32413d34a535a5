import { buffer } from "node:stream/consumers";
import type {
  BlobItem,
  BlobServiceClient,
  ContainerClient,
  ServiceGetUserDelegationKeyResponse,
} from "@azure/storage-blob";
import { callAzure, isMissing, serviceUnavailable } from "../platform/azure-call.ts";
import type { Logger } from "../ports/platform.ts";
import type { BlobStorage, StoredBlob } from "../ports/storage.ts";

/** A connection string (also `UseDevelopmentStorage=true`), or the account's URL, which is used with the app's identity. */
type BlobAccount = { readonly connectionString: string } | { readonly accountUrl: string };

type BlobStorageOptions = BlobAccount & { readonly container: string; readonly logger: Logger };

const baseTryMs = 5_000;
const msPerMegabyte = 1_000;
const pingMs = 3_000;

/** "bytes 0-99/1234" → 1234. */
function totalOf(contentRange: string | undefined): number | undefined {
  const total = /\/(\d+)$/.exec(contentRange ?? "")?.[1];
  return total === undefined ? undefined : Number(total);
}

interface OpenedAccount {
  readonly container: ContainerClient;
  /** For an account that is used by identity: what signs in its place. */
  readonly service?: BlobServiceClient;
}

async function openAccount(options: BlobStorageOptions): Promise<OpenedAccount> {
  const { BlobServiceClient } = await import("@azure/storage-blob");
  // Tries are counted by `callAzure`.
  const pipeline = { retryOptions: { maxTries: 1 } };
  if ("connectionString" in options) {
    const account = BlobServiceClient.fromConnectionString(options.connectionString, pipeline);
    return { container: account.getContainerClient(options.container) };
  }
  const { DefaultAzureCredential } = await import("@azure/identity");
  const service = new BlobServiceClient(options.accountUrl, new DefaultAzureCredential(), pipeline);
  return { container: service.getContainerClient(options.container), service };
}

/** A key by which the app's identity signs addresses is asked for once in a while, not for each of them. In ms. */
const delegationKeyMs = 6 * 3_600_000;
/** It is renewed while it is valid for at least this long: longer than any address is. */
const delegationKeyReserveMs = 3_600_000;
/** Clocks differ: an address is valid from a little before now. */
const clockSkewMs = 300_000;

/**
 * Keeps the user delegation key of an account.
 * Source: https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas
 */
function createDelegationKeys() {
  let asked: Promise<ServiceGetUserDelegationKeyResponse> | undefined;
  let usableUntil = 0;
  return (service: BlobServiceClient): Promise<ServiceGetUserDelegationKeyResponse> => {
    const now = Date.now();
    if (asked !== undefined && now < usableUntil) return asked;
    usableUntil = now + delegationKeyMs - delegationKeyReserveMs;
    const asking = callAzure(baseTryMs, (abortSignal) =>
      service.getUserDelegationKey(new Date(now - clockSkewMs), new Date(now + delegationKeyMs), { abortSignal }),
    );
    asking.catch(() => {
      // The next one asks again.
      if (asked === asking) asked = undefined;
    });
    asked = asking;
    return asking;
  };
}

/** The address of a blob without the signature that a connection string may have added to it. */
function permanentUrl(url: string): string {
  const address = new URL(url);
  address.search = "";
  return address.href;
}

function toStoredBlob({ name, properties }: BlobItem): StoredBlob {
  return { name, bytes: properties.contentLength ?? 0, changedAt: properties.lastModified };
}

/** Blobs of one container, which is made when it is missing. Every failure of the service is `unavailable` and may be tried again. */
export function createBlobStorage(options: BlobStorageOptions): BlobStorage {
  let opening: Promise<OpenedAccount> | undefined;
  const delegationKey = createDelegationKeys();

  async function withContainer<R>(action: (container: ContainerClient) => Promise<R>): Promise<R> {
    // Outside the try: an account that cannot even be read is a wrong setting, which waiting does not cure.
    opening ??= openAccount(options);
    const { container } = await opening;
    try {
      return await action(container);
    } catch (error) {
      throw serviceUnavailable("file storage", error);
    }
  }

  /** By the account's key, or by one that the app's identity is given. */
  async function sign(
    container: ContainerClient,
    { name, mimeType, cacheControl, expiresAt }: Parameters<BlobStorage["signedUrl"]>[0],
  ): Promise<string> {
    const { BlobSASPermissions } = await import("@azure/storage-blob");
    const blob = container.getBlobClient(name);
    const signed = {
      permissions: BlobSASPermissions.parse("r"),
      startsOn: new Date(Date.now() - clockSkewMs),
      expiresOn: expiresAt,
      contentType: mimeType,
      cacheControl,
    };
    const service = (await opening)?.service;
    if (service === undefined) return blob.generateSasUrl(signed);
    return blob.generateUserDelegationSasUrl(signed, await delegationKey(service));
  }

  async function createContainer(container: ContainerClient): Promise<void> {
    await callAzure(baseTryMs, (abortSignal) => container.createIfNotExists({ abortSignal }));
    options.logger.info({ container: options.container }, "blob container created");
  }

  return {
    put: ({ name, bytes, mimeType }) =>
      withContainer(async (container) => {
        const blob = container.getBlockBlobClient(name);
        const tryMs = baseTryMs + Math.ceil(bytes.byteLength / 1_000_000) * msPerMegabyte;
        const upload = () =>
          callAzure(tryMs, (abortSignal) =>
            blob.upload(bytes, bytes.byteLength, { abortSignal, blobHTTPHeaders: { blobContentType: mimeType } }),
          );
        try {
          await upload();
        } catch (error) {
          if (!isMissing(error, "ContainerNotFound")) throw error;
          await createContainer(container);
          await upload();
        }
        return permanentUrl(blob.url);
      }),

    get: (name) =>
      withContainer(async (container) => {
        try {
          // The body is read within the try: one that stops arriving must be given up too.
          return await callAzure(4 * baseTryMs, async (abortSignal) => {
            const answer = await container.getBlobClient(name).download(0, undefined, { abortSignal });
            return answer.readableStreamBody === undefined ? new Uint8Array() : buffer(answer.readableStreamBody);
          });
        } catch (error) {
          if (isMissing(error)) return null;
          throw error;
        }
      }),

    getPiece: ({ name, offset, length }) =>
      withContainer(async (container) => {
        try {
          return await callAzure(baseTryMs, async (abortSignal) => {
            const answer = await container.getBlobClient(name).download(offset, length, { abortSignal });
            const bytes =
              answer.readableStreamBody === undefined ? new Uint8Array() : await buffer(answer.readableStreamBody);
            return { bytes, totalBytes: totalOf(answer.contentRange) ?? bytes.byteLength };
          });
        } catch (error) {
          if (isMissing(error)) return null;
          throw error;
        }
      }),

    sizeOf: (name) =>
      withContainer(async (container) => {
        try {
          const properties = await callAzure(baseTryMs, (abortSignal) =>
            container.getBlobClient(name).getProperties({ abortSignal }),
          );
          return properties.contentLength ?? 0;
        } catch (error) {
          if (isMissing(error)) return null;
          throw error;
        }
      }),

    list: ({ prefix, after, limit }) =>
      withContainer(async (container) => {
        try {
          return await callAzure(baseTryMs, async (abortSignal) => {
            const pages = container
              .listBlobsFlat({ prefix, abortSignal })
              .byPage({ maxPageSize: limit, ...(after === null ? {} : { continuationToken: after }) });
            const { value } = await pages.next();
            return {
              blobs: (value?.segment.blobItems ?? []).map(toStoredBlob),
              next: value?.continuationToken || null,
            };
          });
        } catch (error) {
          if (isMissing(error)) return { blobs: [], next: null };
          throw error;
        }
      }),

    signedUrl: (input) => withContainer((container) => sign(container, input)),

    remove: (name) =>
      withContainer(async (container) => {
        try {
          await callAzure(baseTryMs, (abortSignal) =>
            container.getBlobClient(name).delete({ abortSignal, deleteSnapshots: "include" }),
          );
        } catch (error) {
          if (!isMissing(error)) throw error;
        }
      }),

    ping: () =>
      withContainer(async (container) => {
        // A container that is still missing is an answer as well.
        await container.exists({ abortSignal: AbortSignal.timeout(pingMs) });
      }),
  };
}
