import { buffer } from "node:stream/consumers";
import type { ContainerClient } from "@azure/storage-blob";
import { callAzure, isMissing, serviceUnavailable } from "../platform/azure-call.ts";
import type { Logger } from "../ports/platform.ts";
import type { BlobStorage } from "../ports/storage.ts";

/** A connection string (also `UseDevelopmentStorage=true`), or the account's URL, which is used with the app's identity. */
type BlobAccount = { readonly connectionString: string } | { readonly accountUrl: string };

type BlobStorageOptions = BlobAccount & { readonly container: string; readonly logger: Logger };

const baseTryMs = 5_000;
const msPerMegabyte = 1_000;
const pingMs = 3_000;

async function openContainer(options: BlobStorageOptions): Promise<ContainerClient> {
  const { BlobServiceClient } = await import("@azure/storage-blob");
  // Tries are counted by `callAzure`.
  const pipeline = { retryOptions: { maxTries: 1 } };
  if ("connectionString" in options) {
    return BlobServiceClient.fromConnectionString(options.connectionString, pipeline).getContainerClient(
      options.container,
    );
  }
  const { DefaultAzureCredential } = await import("@azure/identity");
  return new BlobServiceClient(options.accountUrl, new DefaultAzureCredential(), pipeline).getContainerClient(
    options.container,
  );
}

/** The address of a blob without the signature that a connection string may have added to it. */
function permanentUrl(url: string): string {
  const address = new URL(url);
  address.search = "";
  return address.href;
}

/** Blobs of one container, which is made when it is missing. Every failure of the service is `unavailable` and may be tried again. */
export function createBlobStorage(options: BlobStorageOptions): BlobStorage {
  let opening: Promise<ContainerClient> | undefined;

  async function withContainer<R>(action: (container: ContainerClient) => Promise<R>): Promise<R> {
    // Outside the try: an account that cannot even be read is a wrong setting, which waiting does not cure.
    opening ??= openContainer(options);
    const container = await opening;
    try {
      return await action(container);
    } catch (error) {
      throw serviceUnavailable("file storage", error);
    }
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
