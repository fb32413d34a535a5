import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** What the stand-in does at its next sign-in, beside what is right. */
export interface Person {
  /** Claims of the id token over the right ones; of GitHub's answers `id`, `login`, `emails`. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly emails?: readonly { email: string; primary: boolean; verified: boolean }[];
  readonly expired?: boolean;
  /** Signs with a key that is not among the published ones. */
  readonly foreignKey?: boolean;
  readonly tokenStatus?: number;
  /** Happens while Muse waits to hear who the person is. */
  readonly meanwhile?: () => Promise<unknown>;
}

interface Grant {
  readonly challenge: string;
  readonly nonce: string | null;
  readonly redirectUri: string;
  readonly person: Person;
}

/** An OpenID provider and a GitHub in one, on the loopback address: real signatures, PKCE checked, codes work once. */
export async function startSignInProvider() {
  const [key, foreign] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")]);
  const jwk = { ...(await exportJWK(key.publicKey)), kid: "one", use: "sig", alg: "RS256" };
  const grants = new Map<string, Grant>();
  const people = new Map<string, Person>();
  let baseUrl = "";

  async function idToken(grant: Grant, clientId: string): Promise<string> {
    const now = Math.floor(Date.now() / 1_000) - (grant.person.expired ? 7_200 : 0);
    const claims = {
      iss: baseUrl,
      aud: clientId,
      iat: now,
      exp: now + 3_600,
      nonce: grant.nonce,
      ...grant.person.claims,
    };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", kid: "one" })
      .sign(grant.person.foreignKey ? foreign.privateKey : key.privateKey);
  }

  /** What an access token opens at GitHub's API. */
  function github(path: string, token: string, response: ServerResponse): void {
    const person = people.get(token);
    if (person === undefined) send(response, 401, { message: "Bad credentials" });
    else if (path === "/api/v3/user/emails") send(response, 200, person.emails ?? []);
    else send(response, 200, { login: "ada", name: "Ada Example", avatar_url: null, ...person.claims });
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const grant = grants.get(form.get("code") ?? "");
    grants.delete(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const isRight =
      grant !== undefined && challenge === grant.challenge && form.get("redirect_uri") === grant.redirectUri;
    if (!isRight || form.get("client_secret") !== "secret") return send(response, 400, { error: "invalid_grant" });
    await grant.person.meanwhile?.();
    if (grant.person.tokenStatus !== undefined) return send(response, grant.person.tokenStatus, {});
    const accessToken = randomBytes(16).toString("hex");
    people.set(accessToken, grant.person);
    const id = grant.nonce === null ? {} : { id_token: await idToken(grant, form.get("client_id") ?? "") };
    send(response, 200, { access_token: accessToken, token_type: "bearer", expires_in: 3_600, ...id });
  }

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", baseUrl);
    if (pathname.endsWith("/.well-known/openid-configuration")) {
      const issuer = `${baseUrl}${pathname.replace("/.well-known/openid-configuration", "")}`;
      return send(response, 200, {
        issuer,
        authorization_endpoint: `${baseUrl}/authorize`,
        token_endpoint: `${baseUrl}/token`,
        jwks_uri: `${baseUrl}/jwks`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        code_challenge_methods_supported: ["S256"],
      });
    }
    if (pathname === "/jwks") return send(response, 200, { keys: [jwk] });
    if (pathname === "/token" || pathname === "/login/oauth/access_token") {
      void token(request, response);
      return;
    }
    github(pathname, (request.headers.authorization ?? "").replace(/^bearer /i, ""), response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    baseUrl,
    /** The person consents at the address that Muse sent the browser to. @returns the query that goes to the callback */
    consent(authorizationUrl: string, person: Person): URLSearchParams {
      const asked = new URL(authorizationUrl).searchParams;
      if (asked.get("code_challenge_method") !== "S256") throw new Error("no PKCE");
      const code = randomBytes(16).toString("hex");
      grants.set(code, {
        challenge: asked.get("code_challenge") ?? "",
        nonce: asked.get("nonce"),
        redirectUri: asked.get("redirect_uri") ?? "",
        person,
      });
      return new URLSearchParams({ code, state: asked.get("state") ?? "" });
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
