import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { LRUCache } from "lru-cache";
import { AppError } from "../domain/errors.ts";
import { passwordBytes } from "../domain/password-rules.ts";
import { accessTokenSeconds } from "../domain/session.ts";
import type { Identity } from "../domain/user.ts";
import type { AccessTokens, OpaqueTokens, PasswordHasher, UrlSigner } from "../ports/security.ts";
import { createLimiter } from "./limiter.ts";

const bcryptRounds = 12;
/** bcrypt hash of a random value nobody knows; comparing with it costs what a real comparison costs. */
const hashOfNothing = "$2b$12$Dq9mrGj.jpvsAmlWIsw7yebFmMPZQMM0Pmfj4ehilx06n.E8IbMMa";

/** Hashes that may wait for their turn, half a minute's worth, and how long each may, in ms. */
const waitingHashes = { waiting: 120, patienceMs: 60_000 };

/**
 * bcrypt on libuv's thread pool, a few at a time: the pool has four threads, which names, files and cryptography of all
 * other requests need as well, and a processor that only hashes answers nobody.
 */
export function createPasswordHasher(options: { readonly concurrency: number }): PasswordHasher {
  const inTurn = createLimiter({ concurrency: options.concurrency, ...waitingHashes });
  return {
    hash: (password) => inTurn(async () => (await import("bcrypt")).default.hash(password, bcryptRounds)),
    verify: (password, hash) =>
      inTurn(async () => {
        // What bcrypt would cut cannot have been set, and must not match by its beginning.
        const isWhole = Buffer.byteLength(password) <= passwordBytes && !password.includes("\0");
        const known = isWhole ? hash : undefined;
        const matches = await (await import("bcrypt")).default.compare(password, known ?? hashOfNothing);
        return matches && known !== undefined;
      }),
  };
}

interface SigningKey {
  readonly kid: string;
  readonly bytes: Uint8Array;
}

function signingKey(secret: string): SigningKey {
  return {
    kid: createHash("sha256").update(secret).digest("hex").slice(0, 8),
    bytes: new TextEncoder().encode(secret),
  };
}

/** Tokens whose signature is remembered: as many clients as one instance may have in a quarter of an hour. */
const rememberedTokens = 5_000;

/** What a token says, and until when it may be said. */
interface VerifiedToken {
  readonly identity: Identity;
  /** Seconds since the epoch, as in the token. */
  readonly expiresAt: number;
}

/**
 * Access tokens: JWT (RFC 7519), HS256, 15 minutes, `iss` and `aud` checked. A token that was found genuine stays so
 * until it expires, so its signature is computed once an instance and not with every request; whether it was revoked is
 * asked of its account each time.
 * @param options.secrets newest first: the first signs, all verify (`kid` tells which), so that a secret can be rotated
 */
export function createAccessTokens(options: {
  secrets: readonly string[];
  issuer: string;
  audience: string;
}): AccessTokens {
  const keys = options.secrets.map(signingKey);
  const [newest] = keys;
  if (newest === undefined) throw new Error("access tokens need a secret");
  const refused = (cause?: unknown) =>
    new AppError("unauthenticated", { detail: "The access token is not valid or has expired.", cause });
  const verified = new LRUCache<string, VerifiedToken>({ max: rememberedTokens });

  /** @throws whatever is wrong with the token */
  async function read(token: string, now: Date): Promise<VerifiedToken> {
    const { jwtVerify } = await import("jose");
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const key = keys.find((candidate) => candidate.kid === kid);
        if (key === undefined) throw refused();
        return key.bytes;
      },
      {
        algorithms: ["HS256"],
        issuer: options.issuer,
        audience: options.audience,
        typ: "at+jwt",
        currentDate: now,
        requiredClaims: ["sub", "exp", "iat"],
      },
    );
    const { sub: userId, exp: expiresAt, ver: tokenVersion, sid } = payload;
    // Whatever the library lets through: what is no plain id would be an operator in the query for its account.
    if (typeof userId !== "string" || expiresAt === undefined || typeof tokenVersion !== "number") throw refused();
    const sessionId = typeof sid === "string" ? sid : null;
    return { identity: { userId, tokenVersion, sessionId, scopes: null }, expiresAt };
  }

  return {
    sign: async ({ userId, tokenVersion, sessionId }, now) => {
      const { SignJWT } = await import("jose");
      const issuedAt = Math.floor(now.getTime() / 1_000);
      return new SignJWT({ ver: tokenVersion, sid: sessionId })
        .setProtectedHeader({ alg: "HS256", kid: newest.kid, typ: "at+jwt" })
        .setSubject(userId)
        .setIssuer(options.issuer)
        .setAudience(options.audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + accessTokenSeconds)
        .sign(newest.bytes);
    },
    verify: async (token, now) => {
      const remembered = verified.get(token);
      // The moment of its expiry counts as expired (RFC 7519 §4.1.4).
      if (remembered !== undefined && remembered.expiresAt > Math.floor(now.getTime() / 1_000))
        return remembered.identity;
      try {
        const found = await read(token, now);
        verified.set(token, found);
        return found.identity;
      } catch (cause) {
        throw refused(cause);
      }
    },
  };
}

/** 256 random bits for the client; only their SHA-256 is stored (nothing to guess, so no slow hash is needed). */
export const opaqueTokens: OpaqueTokens = {
  create: () => {
    const token = randomBytes(32).toString("base64url");
    return { token, hash: hashToken(token) };
  },
  hash: hashToken,
};

function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** HMAC-SHA-256 with keys derived (RFC 5869) from the same secrets as the tokens', kept apart by their purpose. */
export function createUrlSigner(secrets: readonly string[]): UrlSigner {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync("sha256", secret, "", "muse image urls", 32)));
  const mac = (key: Buffer, resource: string, expiresAtSeconds: number) =>
    createHmac("sha256", key).update(`${resource}\n${expiresAtSeconds}`).digest("hex");
  const [newest] = keys;
  if (newest === undefined) throw new Error("signed addresses need a secret");
  return {
    sign: (resource, expiresAtSeconds) => mac(newest, resource, expiresAtSeconds),
    verify: (resource, expiresAtSeconds, signature) => {
      const given = Buffer.from(signature);
      return keys.some((key) => {
        const expected = Buffer.from(mac(key, resource, expiresAtSeconds));
        return expected.length === given.length && timingSafeEqual(expected, given);
      });
    },
  };
}
