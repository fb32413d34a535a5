import type { UserStorageJson } from "../api-types.ts";
import { element } from "../dom.ts";
import { bytesText } from "../format.ts";
import type { Gallery } from "./gallery-store.ts";
import { serviceName } from "./services.ts";

function describe(storage: UserStorageJson): string {
  const homes = Object.entries(storage.services)
    .filter(([, { count }]) => count > 0)
    .map(([service, { count }]) => `${count} at ${serviceName(service)}`);
  const saved = storage.dedup_saved_bytes > 0 ? [`${bytesText(storage.dedup_saved_bytes)} saved, kept only once`] : [];
  return [`${storage.generated_count} made, ${storage.uploaded_count} uploaded`, ...homes, ...saved].join(" · ");
}

/** What is stored of what the plan holds, and where. */
export function createStorageBar(gallery: Gallery): HTMLElement {
  const meter = element("meter", { min: 0, max: 1, "aria-label": "Storage used" });
  const used = element("p", { class: "storage-used" });
  const detail = element("p", { class: "storage-detail" });
  const node = element("section", { class: "storage-bar", "aria-label": "Storage", hidden: true }, used, meter, detail);
  gallery.watch(
    ({ storage }) => storage,
    (storage) => {
      node.hidden = storage === null;
      if (storage === null) return;
      const { quota } = storage;
      meter.value = quota.bytes === 0 ? 0 : Math.min(1, storage.used.bytes / quota.bytes);
      used.textContent = `${bytesText(storage.used.bytes)} of ${bytesText(quota.bytes)} for files and uploads`;
      detail.textContent = describe(storage);
    },
  );
  return node;
}
