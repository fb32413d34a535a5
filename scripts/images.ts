import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { applyLocalSettings } from "../src/local/settings.ts";
import { restoreImages } from "../src/operations/images/restore-images.ts";
import { getServices } from "../src/services.ts";

const usage = "usage: node scripts/images.ts restore [--target blob|cache] [--image <id>]…";

/** Refills Blob Storage, or this machine's cache, from the copies that survive, as `POST /v1/image-restores` does. */
async function restore(target: "blob" | "cache", imageIds: string[] | undefined): Promise<boolean> {
  applyLocalSettings(fileURLToPath(new URL("..", import.meta.url)), process.env);
  // Nothing here shows an address, yet the settings want one.
  process.env.PUBLIC_BASE_URL ||= "http://127.0.0.1:7071";
  const services = await getServices();
  const total = { restored: 0, present: 0, failed: 0 };
  let cursor: string | undefined;
  try {
    do {
      const body = { target, limit: 100, image_ids: imageIds, cursor };
      const result = await restoreImages(services, { actorId: "script:images", body });
      for (const { id, outcome } of result.results) if (outcome !== "present") console.log(`${id} ${outcome}`);
      total.restored += result.restored;
      total.present += result.present;
      total.failed += result.failed;
      cursor = result.next_cursor ?? undefined;
    } while (cursor !== undefined);
  } finally {
    await services.close();
  }
  console.log(`${total.restored} restored, ${total.present} were there, ${total.failed} could not be had`);
  return total.failed === 0;
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { target: { type: "string", default: "blob" }, image: { type: "string", multiple: true } },
});
const { target, image } = values;
if (positionals.join() !== "restore" || (target !== "blob" && target !== "cache")) {
  console.error(usage);
  process.exitCode = 2;
} else if (!(await restore(target, image))) process.exitCode = 1;
