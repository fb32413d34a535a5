import type { ImageVariant } from "../../domain/image.ts";
import type { Clock } from "../../ports/platform.ts";
import type { UrlSigner } from "../../ports/security.ts";

const hourSeconds = 3_600;
/** A link works for at least this long. */
const lifetimeSeconds = 24 * hourSeconds;

/** Makes the addresses of stored pictures that work without a token until they expire. */
export type ImageLinks = (imageId: string, variant: ImageVariant) => string;

/** What a signature covers. */
export function signedResource(imageId: string, variant: ImageVariant): string {
  return `${imageId}/${variant}`;
}

/** Expiries are rounded up to a full hour, so that a picture keeps its address, and browsers their copy, for that long. */
export function createImageLinks(dependencies: {
  urlSigner: UrlSigner;
  clock: Clock;
  publicBaseUrl: string;
}): ImageLinks {
  const { urlSigner, clock, publicBaseUrl } = dependencies;
  return (imageId, variant) => {
    const nowSeconds = clock.now().getTime() / 1_000;
    const expires = (Math.ceil(nowSeconds / hourSeconds) + lifetimeSeconds / hourSeconds) * hourSeconds;
    const signature = urlSigner.sign(signedResource(imageId, variant), expires);
    const query = new URLSearchParams({ variant, exp: String(expires), sig: signature });
    return `${publicBaseUrl}/api/v1/images/${encodeURIComponent(imageId)}/content?${query}`;
  };
}
