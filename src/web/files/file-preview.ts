import * as api from "../api.ts";
import { element } from "../dom.ts";
import type { MessageFile } from "../state.ts";

const pictureName = /\.(png|jpe?g|gif|webp)$/i;
/** Bytes; what is larger is not fetched for the sake of a small picture. */
const largest = 10_000_000;

/** Addresses of pictures that were fetched: a message is drawn more than once. */
const addresses = new Map<string, Promise<string>>();

function addressOf(fileId: string): Promise<string> {
  const known = addresses.get(fileId);
  if (known !== undefined) return known;
  const address = api.getFileContent(fileId).then(async (response) => URL.createObjectURL(await response.blob()));
  addresses.set(fileId, address);
  address.catch(() => addresses.delete(fileId));
  return address;
}

/** A small picture of a file that is one, fetched when it comes near. @returns null for other files */
export function filePreview({ fileId, name, size }: MessageFile, onShown: () => void): HTMLElement | null {
  if (!pictureName.test(name) || (size ?? 0) > largest) return null;
  const picture = element("img", { class: "file-preview", alt: "", width: 48, height: 48, hidden: true });
  const place = element("span", { class: "file-preview-place" }, picture);
  picture.addEventListener("load", () => {
    picture.hidden = false;
    onShown();
  });
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    void addressOf(fileId).then(
      (address) => {
        picture.src = address;
      },
      () => undefined,
    );
  });
  observer.observe(place);
  return place;
}
