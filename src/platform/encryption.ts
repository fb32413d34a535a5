import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { Encryption, EncryptionContext } from "../ports/security.ts";

export interface EncryptionKey {
  /** Kept beside what it encrypted, so that the key is found again. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
}

const algorithm = "aes-256-gcm";
const version = "v1";
/** Source: NIST SP 800-38D §8.2: 96-bit initialisation vectors; random ones are safe for 2^32 values a key. */
const ivBytes = 12;
const tagBytes = 16;

/**
 * AES-256-GCM with a random IV a value. What comes out is `v1.<key id>.<IV, text and tag in base64url>`; format, key,
 * owner and purpose are authenticated with it, so a value that was moved to another document does not open.
 * @param keys newest first: the first encrypts, all decrypt, so that keys can be rotated
 */
export function createEncryption(keys: readonly EncryptionKey[]): Encryption {
  const [newest] = keys;
  return {
    encrypt: (text, context) => {
      if (newest === undefined) {
        throw new AppError("unavailable", { detail: "This deployment has no key to keep secrets with." });
      }
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv(algorithm, newest.bytes, iv, { authTagLength: tagBytes });
      cipher.setAAD(authenticated(newest.id, context));
      const sealed = Buffer.concat([iv, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${version}.${newest.id}.${sealed.toString("base64url")}`;
    },
    decrypt: (value, context) => {
      const { keyId, sealed } = open(value);
      const key = keys.find(({ id }) => id === keyId);
      if (key === undefined) throw unreadable(new Error(`no key has the id ${keyId}`));
      try {
        const decipher = createDecipheriv(algorithm, key.bytes, sealed.subarray(0, ivBytes), {
          authTagLength: tagBytes,
        });
        decipher.setAAD(authenticated(key.id, context));
        decipher.setAuthTag(sealed.subarray(-tagBytes));
        return Buffer.concat([decipher.update(sealed.subarray(ivBytes, -tagBytes)), decipher.final()]).toString("utf8");
      } catch (cause) {
        throw unreadable(cause);
      }
    },
    needsRotation: (value) => open(value).keyId !== newest?.id,
  };
}

function open(value: string): { keyId: string; sealed: Buffer } {
  const [format, keyId, text, ...rest] = value.split(".");
  if (format !== version || keyId === undefined || text === undefined || rest.length > 0) {
    throw unreadable(new Error("the format is unknown"));
  }
  const sealed = Buffer.from(text, "base64url");
  if (sealed.byteLength < ivBytes + tagBytes) throw unreadable(new Error("it is too short"));
  return { keyId, sealed };
}

/** Parts are parted by a character that none of them has. */
function authenticated(keyId: string, { purpose, ownerId }: EncryptionContext): Buffer {
  return Buffer.from([version, keyId, purpose, ownerId].join("\n"));
}

function unreadable(cause: unknown): AppError {
  return new AppError("internal", { detail: "A stored secret cannot be read.", cause });
}
