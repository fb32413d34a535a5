const censored = "[redacted]";

/** Parameters of an address that are secrets or stand for one: signatures, codes, tokens, keys. */
const secretParameters = [
  "sig",
  "signature",
  "code",
  "code_verifier",
  "state",
  "token",
  "access_token",
  "refresh_token",
  "id_token",
  "client_secret",
  "password",
  "secret",
  "key",
  "api_key",
  "apikey",
].join("|");

const rules: readonly (readonly [RegExp, string])[] = [
  // User and password of any address: mongodb://, cloudinary://, https://
  [/(\w+:\/\/)[^/@\s]+@/g, `$1${censored}@`],
  [new RegExp(`([?&](?:x-amz-|x-goog-)?(?:${secretParameters})=)[^&#\\s"'<>]+`, "gi"), `$1${censored}`],
  // Connection strings of storage, messaging and mail.
  [/\b(AccountKey|SharedAccessKey|SharedAccessSignature|AccessKey|Password|Pwd)=[^;\s"']+/gi, `$1=${censored}`],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${censored}`],
  // Keys that tell their maker by how they begin: OpenAI, Muse, Stripe, Replicate, GitHub.
  [/\b(sk-|muse_sk_|[sr]k_(?:live|test)_|whsec_|r8_|gh[opsu]_)[A-Za-z0-9_-]{8,}/g, `$1${censored}`],
  // JSON Web Tokens.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, censored],
  // Whoever has the token of a share can read it.
  [/(\/shared\/)[^/?#\s"']+/g, `$1${censored}`],
];

/** Cuts out of a text whatever looks like a secret. It may cut too much, for a log is no place to find out. */
export function redactText(text: string): string {
  return rules.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text);
}

/** Names of fields whose values never reach a log, whatever object has them. */
export const secretFields: readonly string[] = [
  "authorization",
  "cookie",
  "set-cookie",
  "x-functions-key",
  "password",
  "hashed_password",
  "token",
  "access_token",
  "refresh_token",
  "accessToken",
  "refreshToken",
  "id_token",
  "apiKey",
  "api_key",
  "secret",
  "client_secret",
  "connectionString",
  "connection_string",
  "delete_url",
  "deleteUrl",
];
